//! Files whose rights differ between two images: what an upgrade laid anew has the rights that its package gives, also
//! where the image had others.

use super::capabilities;
use crate::tree::ImageSystem;
use pasu_system::{Entry, EntryKind, Metadata, System, WalkOptions, WalkStep};
use std::fmt;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// Who may do what with a file, and what it gives to who runs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rights {
    /// Permission bits, with set-user-ID, set-group-ID and sticky.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Its capabilities: `cap_net_raw+ep`.
    pub capabilities: Option<String>,
}

/// A file that is in both images, with other rights in the second.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedRights {
    /// Its path.
    pub path: String,
    /// Its rights in the first.
    pub before: Rights,
    /// Its rights in the second.
    pub after: Rights,
}

impl fmt::Display for Rights {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { mode, uid, gid, capabilities } = self;
        write!(formatter, "{mode:04o} {uid}:{gid}")?;
        capabilities.iter().try_for_each(|capabilities| write!(formatter, " {capabilities}"))
    }
}

impl ChangedRights {
    /// Whether the second gives its owner's or group's rights to who runs it, and the first does not.
    #[must_use]
    pub const fn gains_setuid(&self) -> bool {
        self.after.mode & !self.before.mode & 0o6000 != 0
    }
}

/// Looks for them in the whole image; those that gain most come first.
#[must_use]
pub fn changed_rights(before: &ImageSystem, after: &ImageSystem) -> Vec<ChangedRights> {
    let found = Mutex::new(Vec::new());
    before.walk(&WalkOptions::default(), &|entry: &Entry<'_>| {
        let new = after.symlink_metadata(entry.path).ok();
        let is_file = |metadata: &Metadata| metadata.kind == EntryKind::File;
        if let Some(new) = new.filter(|new| is_file(new) && is_file(&entry.metadata)) {
            let changed = ChangedRights {
                path: entry.path.to_string_lossy().into_owned(),
                before: rights(before, entry.path, &entry.metadata),
                after: rights(after, entry.path, &new),
            };
            if changed.before != changed.after {
                found.lock().unwrap_or_else(PoisonError::into_inner).push(changed);
            }
        }
        WalkStep::Continue
    });
    let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    found.sort_by(|one, other| {
        let gains = other.gains_setuid().cmp(&one.gains_setuid());
        gains.then_with(|| one.path.cmp(&other.path))
    });
    found
}

fn rights(system: &ImageSystem, path: &Path, metadata: &Metadata) -> Rights {
    let capabilities = system.capabilities(path).and_then(|bytes| capabilities::shown(&bytes));
    Rights { mode: metadata.mode, uid: metadata.uid, gid: metadata.gid, capabilities }
}
