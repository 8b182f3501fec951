//! Programs that run with the rights of their owner or group.

use super::{Gathered, Visitor};
use pasu_system::{Entry, EntryKind};

#[derive(Default)]
pub(super) struct SetId {
    pub(super) gathered: Gathered,
}

impl Visitor for SetId {
    fn visit(&self, entry: &Entry<'_>) {
        if entry.metadata.mode & 0o6000 != 0 && entry.metadata.kind == EntryKind::File {
            self.gathered.add(entry);
        }
    }
}
