//! Processes of a container, seen from the machine that it runs on.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What the processes of a container have.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Processes {
    /// Their user IDs.
    pub uids: BTreeSet<u32>,
    /// Ports that are listened on: `tcp/80`.
    pub ports: BTreeSet<String>,
}

/// Looks at a container by the first of its processes; `None` where the engine's processes are not to be seen from here.
pub fn look(id: &str, pid: i64) -> Option<Processes> {
    let first = PathBuf::from(format!("/proc/{pid}"));
    if pid <= 0 || !is_of(&first, id) {
        return None;
    }
    let mut processes = Processes::default();
    for (file, kind, state) in
        [("tcp", "tcp", "0A"), ("tcp6", "tcp", "0A"), ("udp", "udp", "07"), ("udp6", "udp", "07")]
    {
        // IPv6 may be switched off.
        let Ok(text) = std::fs::read_to_string(first.join("net").join(file)) else { continue };
        processes.ports.extend(ports(&text, kind, state));
    }
    for entry in std::fs::read_dir("/proc").ok()?.flatten() {
        let path = entry.path();
        if is_of(&path, id) {
            let status = std::fs::read_to_string(path.join("status")).unwrap_or_default();
            processes.uids.extend(uid(&status));
        }
    }
    Some(processes)
}

/// Whether a process is in the container: a number alone may be that of another process, where the engine's are not ours.
fn is_of(process: &Path, id: &str) -> bool {
    std::fs::read_to_string(process.join("cgroup")).is_ok_and(|text| text.contains(id))
}

/// Reads `/proc/PID/net/tcp`:
///
/// ```text
///   sl  local_address rem_address   st …
///    0: 00000000:0050 00000000:0000 0A …
/// ```
fn ports(text: &str, kind: &str, state: &str) -> BTreeSet<String> {
    let lines = text.lines().skip(1).filter_map(|line| {
        let mut words = line.split_whitespace().skip(1);
        let (local, _, found) = (words.next()?, words.next()?, words.next()?);
        let port = u16::from_str_radix(local.rsplit(':').next()?, 16).ok()?;
        (found == state).then(|| format!("{kind}/{port}"))
    });
    lines.collect()
}

/// The effective user of `/proc/PID/status`: `Uid: 0 33 33 33`, with tabs between.
fn uid(status: &str) -> Option<u32> {
    let line = status.lines().find_map(|line| line.strip_prefix("Uid:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{look, ports, uid};

    #[test]
    fn listening_sockets_are_told_from_others() {
        let text = "  sl  local_address rem_address   st tx_queue\n\
            \x20  0: 00000000:0050 00000000:0000 0A 00000000:00000000\n\
            \x20  1: 0100007F:1F90 0100007F:B000 01 00000000:00000000\n broken\n";
        assert_eq!(ports(text, "tcp", "0A").into_iter().collect::<Vec<_>>(), ["tcp/80"]);
        assert_eq!(uid("Name:\tx\nUid:\t0\t33\t33\t33\n"), Some(33));
    }

    #[test]
    fn a_process_of_somebody_else_is_not_taken_for_the_container() {
        assert_eq!(look("0123456789abcdef", i64::from(std::process::id())), None);
        assert_eq!(look("", 0), None);
    }
}
