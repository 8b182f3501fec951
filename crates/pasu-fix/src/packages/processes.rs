//! Which running services use which files: what must be restarted after an upgrade.
//!
//! Read from `/proc/PID/maps`, whose lines look like
//! `7f2c1a000000-7f2c1a021000 r-xp 00000000 08:01 131 /usr/lib/x86_64-linux-gnu/libssl.so.1.1 (deleted)`.

use pasu_system::System;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The most bytes of a process's map: some hundred thousand mappings, more than the kernel allows by default.
const MAPS_LIMIT: u64 = 64 << 20;

/// The most bytes of the other files of a process.
const LIMIT: u64 = 64 << 10;

/// Where programs and libraries of packages lie. Other deleted files that are mapped (`/memfd:`, `/dev/shm`, `/tmp`) are
/// no leftovers of an upgrade.
const FOLDERS: [&str; 6] = ["/usr/", "/lib/", "/lib64/", "/bin/", "/sbin/", "/opt/"];

/// A service, and what of it runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceInUse {
    /// Its systemd unit (`ssh.service`, `session-3.scope`); `None` for processes of no unit.
    pub unit: Option<String>,
    /// Its processes that use the files.
    pub processes: Vec<Process>,
}

/// A process.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Process {
    /// Its number.
    pub pid: u32,
    /// Its name, as the kernel has it.
    pub name: String,
}

/// Services that run programs or libraries which were deleted or replaced since.
#[must_use]
pub fn outdated(system: &dyn System) -> Vec<ServiceInUse> {
    by_unit(system, |maps| {
        maps.lines().filter_map(mapped_program).any(|(path, is_deleted)| {
            is_deleted && FOLDERS.iter().any(|folder| path.starts_with(folder))
        })
    })
}

/// Services that run programs or libraries among these files.
#[must_use]
pub fn users_of(system: &dyn System, files: &BTreeSet<String>) -> Vec<ServiceInUse> {
    let files: BTreeSet<&str> = files.iter().map(|file| below_usr(file)).collect();
    by_unit(system, |maps| {
        maps.lines().filter_map(mapped_program).any(|(path, _)| files.contains(below_usr(path)))
    })
}

/// `/lib` is `/usr/lib` on merged systems: packages name one, the kernel the other.
fn below_usr(path: &str) -> &str {
    match path.strip_prefix("/usr") {
        Some(rest) if rest.starts_with('/') => rest,
        _ => path,
    }
}

/// The file of a mapping that may be executed, and whether it is deleted.
fn mapped_program(line: &str) -> Option<(&str, bool)> {
    let permissions = line.split(' ').nth(1)?;
    if permissions.as_bytes().get(2) != Some(&b'x') {
        return None;
    }
    let path = &line[line.find('/')?..];
    Some(match path.strip_suffix(" (deleted)") {
        Some(path) => (path, true),
        None => (path, false),
    })
}

fn by_unit(system: &dyn System, is_concerned: impl Fn(&str) -> bool) -> Vec<ServiceInUse> {
    let mut units: BTreeMap<Option<String>, Vec<Process>> = BTreeMap::new();
    for (pid, folder) in processes(system) {
        // A process may end while we look: then there is nothing to restart.
        let Some(maps) = text(system, &folder.join("maps"), MAPS_LIMIT) else { continue };
        if is_concerned(&maps) {
            let name = text(system, &folder.join("comm"), LIMIT).unwrap_or_default();
            let unit = text(system, &folder.join("cgroup"), LIMIT).and_then(|text| unit(&text));
            units.entry(unit).or_default().push(Process { pid, name: name.trim().to_owned() });
        }
    }
    let services = units.into_iter().map(|(unit, mut processes)| {
        processes.sort();
        ServiceInUse { unit, processes }
    });
    services.collect()
}

fn processes(system: &dyn System) -> Vec<(u32, PathBuf)> {
    let entries = system.read_dir(Path::new("/proc")).unwrap_or_default();
    let mut processes: Vec<(u32, PathBuf)> = entries
        .into_iter()
        .filter_map(|(path, _)| {
            let name = path.file_name()?.to_str()?;
            Some((name.parse().ok()?, Path::new("/proc").join(name)))
        })
        .collect();
    processes.sort();
    processes
}

fn text(system: &dyn System, path: &Path, limit: u64) -> Option<String> {
    let bytes = system.read(path, limit).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// The unit of a process, from a line such as `0::/system.slice/ssh.service` or, before cgroup 2,
/// `1:name=systemd:/system.slice/ssh.service`.
fn unit(cgroup: &str) -> Option<String> {
    let path = cgroup.lines().find_map(|line| {
        let (_, rest) = line.split_once(':')?;
        let (controllers, path) = rest.split_once(':')?;
        matches!(controllers, "" | "name=systemd").then_some(path)
    })?;
    let is_unit = |part: &&str| part.ends_with(".service") || part.ends_with(".scope");
    path.split('/').find(is_unit).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::{outdated, unit, users_of};
    use pasu_system::MemorySystem;
    use std::collections::BTreeSet;

    fn machine() -> MemorySystem {
        let mut system = MemorySystem::default();
        for (pid, name, cgroup, maps) in [
            (7, "sshd", "0::/system.slice/ssh.service", "/usr/lib/x/libssl.so.1.1 (deleted)"),
            (9, "bash", "0::/user.slice/user-0.slice/session-3.scope", "/usr/bin/bash"),
            (12, "app", "0::/", "/tmp/.cache/jit (deleted)"),
            (30, "sshd", "0::/system.slice/ssh.service", "/usr/sbin/sshd (deleted)"),
        ] {
            let line = format!("7f2c1a000000-7f2c1a021000 r-xp 00000000 08:01 131    {maps}\n");
            system = system
                .with_file(&format!("/proc/{pid}/maps"), line)
                .with_file(&format!("/proc/{pid}/comm"), format!("{name}\n"))
                .with_file(&format!("/proc/{pid}/cgroup"), format!("{cgroup}\n"));
        }
        let data = "7f2c1a000000-7f2c1a021000 r--p 00000000 08:01 131 /usr/lib/locale (deleted)\n";
        system.with_file("/proc/40/maps", data).with_file("/proc/self/maps", "")
    }

    #[test]
    fn a_service_is_named_once_with_its_processes_and_other_deleted_files_are_none() {
        let services = outdated(&machine());
        assert_eq!(services.len(), 1, "{services:?}");
        assert_eq!(services[0].unit.as_deref(), Some("ssh.service"));
        let pids: Vec<u32> = services[0].processes.iter().map(|process| process.pid).collect();
        assert_eq!(pids, [7, 30]);
    }

    #[test]
    fn files_of_a_package_are_found_on_a_merged_system() {
        let files = BTreeSet::from(["/bin/bash".to_owned()]);
        let services = users_of(&machine(), &files);
        assert_eq!(services[0].unit.as_deref(), Some("session-3.scope"));
        assert!(users_of(&machine(), &BTreeSet::from(["/bin/dash".to_owned()])).is_empty());
    }

    #[test]
    fn units_are_read_from_both_kinds_of_control_groups() {
        for (text, expected) in [
            ("0::/system.slice/ssh.service\n", Some("ssh.service")),
            ("5:cpu:/x.service\n1:name=systemd:/system.slice/cron.service\n", Some("cron.service")),
            (
                "0::/user.slice/user-1000.slice/user@1000.service/app.slice/a.service",
                Some("user@1000.service"),
            ),
            ("0::/\n", None),
            ("", None),
        ] {
            assert_eq!(unit(text).as_deref(), expected, "{text}");
        }
    }
}
