//! The connection that somebody came over, told by the process of sshd that serves it, and the boot it belongs to.

use pasu_system::System;
use std::path::Path;

/// How many parents of a process are looked at.
const MAX_DEPTH: usize = 64;

/// The most bytes of a file of `/proc`.
const MAX_STAT: u64 = 4096;

/// Daemons whose process serves one connection.
const SERVERS: [&str; 3] = ["sshd", "sshd-session", "dropbear"];

/// What `/proc/PID/stat` says of a process.
pub(super) struct Stat {
    name: String,
    pub(super) parent: u32,
    /// When it was started, in ticks since the kernel was.
    started: u64,
}

pub(super) fn stat(system: &dyn System, pid: u32) -> Option<Stat> {
    let bytes = system.read(Path::new(&format!("/proc/{pid}/stat")), MAX_STAT).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    // The name is the process's own choice and may hold anything, so it ends at the last bracket.
    let (head, rest) = text.rsplit_once(')')?;
    let (_, name) = head.split_once('(')?;
    let mut fields = rest.split_whitespace();
    let parent = fields.nth(1)?.parse().ok()?;
    let started = fields.nth(17)?.parse().ok()?;
    Some(Stat { name: name.to_owned(), parent, started })
}

/// The SSH connection that a process came over; `None` at a console. Sessions that share one connection are one.
pub(super) fn of(system: &dyn System, pid: u32) -> Option<String> {
    let mut pid = pid;
    for _ in 0..MAX_DEPTH {
        let stat = stat(system, pid)?;
        if SERVERS.contains(&stat.name.as_str()) {
            return Some(format!("{pid}@{}", stat.started));
        }
        pid = stat.parent;
    }
    None
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
    use super::{boot_id, of, stat};
    use pasu_system::MemorySystem;

    fn system(processes: &[(u32, &str, u32, u64)]) -> MemorySystem {
        let mut system = MemorySystem::new();
        for (pid, name, parent, started) in processes {
            let zeros = "0 ".repeat(17);
            let text = format!("{pid} ({name}) S {parent} {zeros}{started} 0 0");
            system = system.with_file(&format!("/proc/{pid}/stat"), text);
        }
        system
    }

    #[test]
    fn the_nearest_daemon_is_the_connection() {
        let processes = [
            (1, "systemd", 0, 5),
            (20, "sshd", 1, 90),
            (30, "sshd", 20, 400),
            (31, "a) b (c", 30, 410),
            (32, "sudo", 31, 420),
        ];
        let system = system(&processes);
        assert_eq!(of(&system, 32).as_deref(), Some("30@400"));
        assert_eq!(stat(&system, 31).map(|stat| stat.name).as_deref(), Some("a) b (c"));
        assert_eq!(of(&system, 1), None);
        assert_eq!(of(&system, 99), None);
    }

    #[test]
    fn a_container_that_is_started_again_is_another_boot() {
        let before = system(&[(1, "init", 0, 5)]);
        let after = system(&[(1, "init", 0, 700)]);
        assert_ne!(boot_id(&before), boot_id(&after));
        assert_eq!(boot_id(&before), boot_id(&before));
    }
}
