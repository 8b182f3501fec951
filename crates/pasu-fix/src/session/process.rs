//! What `/proc` says of a process, and which boot it belongs to.

use pasu_system::System;
use std::path::Path;

/// The most bytes of a file of `/proc`.
const MAX_STAT: u64 = 4096;

/// What `/proc/PID/stat` says of a process.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stat {
    pub(super) parent: u32,
    /// When it was started, in ticks since the kernel was.
    started: u64,
}

pub(super) fn stat(system: &dyn System, pid: u32) -> Option<Stat> {
    let bytes = system.read(Path::new(&format!("/proc/{pid}/stat")), MAX_STAT).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    // The name is the process's own choice and may hold anything, so it ends at the last bracket.
    let (_, rest) = text.rsplit_once(')')?;
    let mut fields = rest.split_whitespace();
    let parent = fields.nth(1)?.parse().ok()?;
    let started = fields.nth(17)?.parse().ok()?;
    Some(Stat { parent, started })
}

/// What tells one start of this machine from another: the kernel's number of it, and when the first process was started,
/// because a container is started anew under the same kernel.
#[must_use]
pub fn boot_id(system: &dyn System) -> String {
    let id = system.read(Path::new("/proc/sys/kernel/random/boot_id"), MAX_STAT);
    let id = id.unwrap_or_default();
    let first = stat(system, 1).map_or(0, |stat| stat.started);
    format!("{}@{first}", String::from_utf8_lossy(&id).trim())
}

#[cfg(test)]
mod tests {
    use super::{Stat, boot_id, stat};
    use pasu_system::MemorySystem;

    fn system(pid: u32, name: &str, parent: u32, started: u64) -> MemorySystem {
        let zeros = "0 ".repeat(17);
        let text = format!("{pid} ({name}) S {parent} {zeros}{started} 0 0");
        MemorySystem::new().with_file(&format!("/proc/{pid}/stat"), text)
    }

    #[test]
    fn a_name_may_hold_brackets_and_spaces() {
        let found = stat(&system(31, "a) S 1 (c", 30, 410), 31);
        assert_eq!(found, Some(Stat { parent: 30, started: 410 }));
        assert_eq!(stat(&system(31, "a", 30, 410), 99), None);
    }

    #[test]
    fn a_container_that_is_started_again_is_another_boot() {
        let (before, after) = (system(1, "init", 0, 5), system(1, "init", 0, 700));
        assert_ne!(boot_id(&before), boot_id(&after));
        assert_eq!(boot_id(&before), boot_id(&before));
    }
}
