//! What everybody may write. The sticky bit keeps everybody from removing what others put into a directory.

use super::{Gathered, Listed, Visitor};
use pasu_system::{Entry, EntryKind};

#[derive(Default)]
pub(super) struct WorldWritable {
    files: Gathered,
    directories: Gathered,
}

impl WorldWritable {
    pub(super) fn take(self) -> (Listed, Listed) {
        (self.files.take(), self.directories.take())
    }
}

impl Visitor for WorldWritable {
    fn visit(&self, entry: &Entry<'_>) {
        if entry.metadata.mode & 0o002 == 0 {
            return;
        }
        match entry.metadata.kind {
            EntryKind::File => self.files.add(entry),
            EntryKind::Directory if entry.metadata.mode & 0o1000 == 0 => {
                self.directories.add(entry)
            }
            _ => {}
        }
    }
}
