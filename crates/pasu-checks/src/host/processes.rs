//! The running processes, from `/proc`.

use super::Host;
use crate::cause::Cause;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

/// A file of `/proc` that is larger than this is no such file.
const MAX_PROC: u64 = 1 << 20;

/// How many arguments of a process are kept, and how many bytes of each.
const MAX_ARGUMENTS: usize = 64;
const MAX_ARGUMENT: usize = 512;

/// One process outside containers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    /// Process number.
    pub pid: u32,
    /// Effective user.
    pub uid: u32,
    /// The name it gave itself or got from its file, at most 15 bytes (`/proc/PID/comm`).
    pub name: String,
    /// Its program file, where we may see it. A file that was replaced since keeps its path.
    pub executable: Option<String>,
    /// Its arguments, the first being its own name; empty for threads of the kernel.
    pub arguments: Vec<String>,
    /// The systemd unit it belongs to: `ssh.service`.
    pub unit: Option<String>,
}

impl Process {
    /// The name by which services know it: its file's, else that of its first argument, else its own.
    #[must_use]
    pub fn program(&self) -> &str {
        // `sshd: /usr/sbin/sshd -D [listener] …` and `nginx: master process` write over their arguments.
        let first =
            self.arguments.first().filter(|first| first.starts_with('/') && !first.contains(' '));
        let path = self.executable.as_ref().or(first).unwrap_or(&self.name);
        path.rsplit('/').next().unwrap_or(path)
    }

    /// Whether it goes by one of these names: its program's or the one it gave itself.
    #[must_use]
    pub fn is_any_of(&self, names: &[String]) -> bool {
        names.iter().any(|name| {
            let short: &str = name.get(..15).unwrap_or(name);
            self.program() == name || self.name == short
        })
    }
}

impl Host {
    /// Who has some files open, by path: the users of processes outside containers. Nobody where processes cannot be
    /// seen.
    #[must_use]
    pub fn openers(&self, paths: &BTreeSet<&str>) -> BTreeMap<String, BTreeSet<u32>> {
        let mut found: BTreeMap<String, BTreeSet<u32>> = BTreeMap::new();
        let Ok(processes) = self.processes() else { return found };
        if paths.is_empty() {
            return found;
        }
        for process in processes.iter() {
            let folder = format!("/proc/{}/fd", process.pid);
            let Ok(entries) = self.system().read_dir(Path::new(&folder)) else { continue };
            for (name, _) in entries {
                let Ok(target) = self.system().read_link(&Path::new(&folder).join(name)) else {
                    continue;
                };
                if let Some(path) = target.to_str().filter(|path| paths.contains(path)) {
                    found.entry(path.to_owned()).or_default().insert(process.uid);
                }
            }
        }
        found
    }
}

pub(super) fn read(host: &Host) -> Result<Vec<Process>, Cause> {
    if !host.is_live() {
        return Err(Cause::not_running("processes"));
    }
    let mut processes = Vec::new();
    for name in host.list("/proc")? {
        let Ok(pid) = name.parse::<u32>() else { continue };
        // One that ended meanwhile is none.
        if let Some(process) = process(host, pid) {
            processes.push(process);
        }
    }
    processes.sort_by_key(|process| process.pid);
    Ok(processes)
}

fn process(host: &Host, pid: u32) -> Option<Process> {
    let status = text(host, &format!("/proc/{pid}/status"))?;
    let field = |name: &str| {
        status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
    };
    // A process in a PID namespace below ours has a number in each: it is a container's.
    if field("NSpid").is_some_and(|numbers| numbers.split_whitespace().count() > 1) {
        return None;
    }
    // One that ended and that nobody has waited for yet runs no more.
    if field("State").is_some_and(|state| state.starts_with('Z')) {
        return None;
    }
    let uid = field("Uid")?.split_whitespace().nth(1)?.parse().ok()?;
    let name = field("Name")?.to_owned();
    let executable = host.system().read_link(Path::new(&format!("/proc/{pid}/exe"))).ok();
    let executable = executable.map(|path| {
        let path = path.to_string_lossy().into_owned();
        path.strip_suffix(" (deleted)").map(str::to_owned).unwrap_or(path)
    });
    let arguments = text(host, &format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let arguments = arguments
        .split_terminator('\0')
        .take(MAX_ARGUMENTS)
        .map(|argument| argument.chars().take(MAX_ARGUMENT).collect())
        .collect();
    let unit = text(host, &format!("/proc/{pid}/cgroup")).as_deref().and_then(unit_of);
    Some(Process { pid, uid, name, executable, arguments, unit })
}

fn text(host: &Host, path: &str) -> Option<String> {
    let bytes = host.system().read(Path::new(path), MAX_PROC).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// The innermost service or socket in the path of systemd's control group.
fn unit_of(cgroup: &str) -> Option<String> {
    let line = cgroup
        .lines()
        .find(|line| line.starts_with("0::"))
        .or_else(|| cgroup.lines().find(|line| line.contains(":name=systemd:")))?;
    let path = line.splitn(3, ':').nth(2)?;
    let unit =
        path.rsplit('/').find(|part| part.ends_with(".service") || part.ends_with(".scope"))?;
    // Escapes as in `dbus-\x2d1` are left as they are.
    Some(unit.to_owned())
}

/// Which processes hold which sockets, by inode, those of containers included: with the host's network, a container
/// listens on the host's own ports. Only root sees those of others.
pub(super) fn socket_owners(host: &Host) -> Result<HashMap<u64, Vec<u32>>, Cause> {
    let mut owners: HashMap<u64, Vec<u32>> = HashMap::new();
    for pid in host.list("/proc")?.iter().filter_map(|name| name.parse::<u32>().ok()) {
        let folder = format!("/proc/{pid}/fd");
        let Ok(entries) = host.system().read_dir(Path::new(&folder)) else { continue };
        for (name, _) in entries {
            let link = Path::new(&folder).join(name);
            let Ok(target) = host.system().read_link(&link) else { continue };
            let inode = target
                .to_str()
                .and_then(|text| text.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok());
            if let Some(inode) = inode {
                owners.entry(inode).or_default().push(pid);
            }
        }
    }
    Ok(owners)
}

#[cfg(test)]
mod tests {
    use super::unit_of;

    #[test]
    fn the_unit_is_the_innermost_service() {
        for (cgroup, unit) in [
            ("0::/system.slice/ssh.service\n", Some("ssh.service")),
            ("0::/user.slice/user-0.slice/session-3.scope\n", Some("session-3.scope")),
            ("12:pids:/x\n1:name=systemd:/system.slice/cron.service\n", Some("cron.service")),
            ("0::/\n", None),
            ("", None),
        ] {
            assert_eq!(unit_of(cgroup).as_deref(), unit, "{cgroup}");
        }
    }
}
