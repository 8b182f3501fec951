//! Files that give more rights than their caller has, and folders that are written to.

use super::capabilities;
use crate::tree::ImageSystem;
use pasu_system::{Entry, EntryKind, System, WalkOptions, WalkStep};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// Folders of which nothing is put into memory: what lies there is the program itself.
const FIXED: [&str; 9] = ["/", "/bin", "/boot", "/etc", "/lib", "/lib64", "/root", "/sbin", "/usr"];

/// Files that give more rights than their caller has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Special {
    /// Programs with set-user-ID or set-group-ID, by path.
    pub setuid: Vec<String>,
    /// Files with capabilities: `/bin/ping = cap_net_raw+ep`.
    pub capabilities: Vec<String>,
}

/// Looks for them in the whole image.
#[must_use]
pub fn special(system: &ImageSystem) -> Special {
    let found = Mutex::new(Special::default());
    system.walk(&WalkOptions::default(), &|entry: &Entry<'_>| {
        if entry.metadata.kind == EntryKind::File {
            let path = entry.path.to_string_lossy().into_owned();
            let capabilities =
                system.capabilities(entry.path).and_then(|bytes| capabilities::shown(&bytes));
            let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(capabilities) = capabilities {
                found.capabilities.push(format!("{path} = {capabilities}"));
            }
            if entry.metadata.mode & 0o6000 != 0 {
                found.setuid.push(path);
            }
        }
        WalkStep::Continue
    });
    let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    found.setuid.sort();
    found.capabilities.sort();
    found
}

/// The folders in which a container wrote, from the paths that it changed: those whose own folders are not among them.
/// Folders of the program itself are left out.
#[must_use]
pub fn folders(changed: &[String], system: &dyn System) -> BTreeSet<String> {
    let is_parent = |path: &String| {
        changed
            .iter()
            .any(|other| other.strip_prefix(&**path).is_some_and(|rest| rest.starts_with('/')))
    };
    let leaves = changed.iter().filter(|path| !is_parent(path));
    let folders = leaves.filter_map(|path| {
        let is_folder = system
            .symlink_metadata(Path::new(path))
            .is_ok_and(|metadata| metadata.kind == EntryKind::Directory);
        if is_folder {
            Some(path.clone())
        } else {
            Some(Path::new(path).parent()?.to_string_lossy().into_owned())
        }
    });
    let all: BTreeSet<String> = folders
        .filter(|path| {
            !FIXED.contains(&&**path)
                && !["/usr/bin", "/usr/sbin", "/usr/lib"]
                    .iter()
                    .any(|fixed| path.starts_with(fixed))
        })
        .collect();
    // One inside another goes with it.
    let is_inside = |path: &String| {
        all.iter()
            .any(|other| path.strip_prefix(&**other).is_some_and(|rest| rest.starts_with('/')))
    };
    all.iter().filter(|path| !is_inside(path)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::folders;
    use pasu_system::MemorySystem;

    #[test]
    fn folders_are_those_that_hold_what_was_written() {
        let system =
            MemorySystem::new().with_file("/var/log/nginx/old", "").with_file("/etc/x", "");
        let changed = [
            "/run",
            "/run/nginx.pid",
            "/var",
            "/var/log",
            "/var/log/nginx",
            "/var/log/nginx/access.log",
            "/var/lib",
            "/var/lib/nginx",
            "/var/lib/nginx/body",
            "/var/lib/nginx/body/1",
            "/etc",
            "/etc/x",
        ];
        let changed = changed.map(str::to_owned);
        let found: Vec<String> = folders(&changed, &system).into_iter().collect();
        assert_eq!(found, ["/run", "/var/lib/nginx/body", "/var/log/nginx"]);
    }
}
