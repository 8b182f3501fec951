//! What brings a home directory when it is needed: autofs, and file systems of `/etc/fstab` that are not mounted.

use super::{ConfigFile, Host};
use crate::cause::{Cause, CauseKind};
use pasu_model::Place;
use std::collections::HashSet;

/// How many map files of autofs are read.
const MAX_MAPS: usize = 64;

/// Types of file systems of other machines.
const REMOTE: [&str; 12] = [
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "glusterfs",
    "ceph",
    "lustre",
    "afs",
    "9p",
    "gfs2",
    "fuse.sshfs",
];

/// Mount points that may hold homes.
#[derive(Debug, Default)]
pub struct HomeMounts {
    points: Vec<Point>,
    /// Sources of maps that could not be looked into.
    unknown_maps: Vec<Place>,
}

#[derive(Debug)]
struct Point {
    path: String,
    provider: Provider,
}

/// What brings a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Provider {
    /// autofs, by a line of its maps.
    Automounter(Place),
    /// A file system of another machine that is not mounted now.
    Remote(Place),
    /// Something that was not seen.
    Unseen(Cause),
}

impl HomeMounts {
    /// Reads `/etc/fstab`, what is mounted, and the maps of autofs where that is in use.
    ///
    /// # Errors
    /// One of them is there and cannot be read.
    pub fn read(host: &Host) -> Result<Self, Cause> {
        let mut mounts = Self::default();
        mounts.read_fstab(host)?;
        if host.service("automount")?.is_used() {
            mounts.read_maps(host)?;
        }
        // The longest mount point above a directory is the one that holds it.
        mounts.points.sort_by_key(|point| std::cmp::Reverse(point.path.len()));
        Ok(mounts)
    }

    /// What brings a directory that is not there; `None` where nothing does.
    #[must_use]
    pub fn provider(&self, path: &str) -> Option<Provider> {
        let above = |point: &&Point| {
            path.strip_prefix(&*point.path)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        if let Some(point) = self.points.iter().find(above) {
            return Some(point.provider.clone());
        }
        let place = self.unknown_maps.first()?;
        let detail = format!("whether a map of autofs that is not in a file brings {path}");
        Some(Provider::Unseen(Cause {
            kind: CauseKind::Elsewhere,
            place: Some(place.clone()),
            detail,
        }))
    }

    /// `server:/export/home  /home  nfs  rw,noauto  0 0`.
    fn read_fstab(&mut self, host: &Host) -> Result<(), Cause> {
        let Some(file) = host.text("/etc/fstab")? else { return Ok(()) };
        let mounted = mounted(host)?;
        for (number, line) in file.settings() {
            let mut fields = line.split_whitespace();
            let (Some(_), Some(path), Some(kind)) = (fields.next(), fields.next(), fields.next())
            else {
                continue;
            };
            let path = unescaped(path.trim_end_matches('/'));
            if !path.starts_with('/') || mounted.contains(&path) || has_content(host, &path)? {
                continue;
            }
            let place = file.place(number);
            let provider = if REMOTE.contains(&kind) {
                Provider::Remote(place)
            } else {
                let detail = format!("{path} is a file system that is not mounted here");
                Provider::Unseen(Cause { kind: CauseKind::Elsewhere, place: Some(place), detail })
            };
            self.points.push(Point { path, provider });
        }
        Ok(())
    }

    /// `/home  /etc/auto.home  --timeout=60`, `/-  auto.direct`, `+dir:/etc/auto.master.d`, `+auto.master`.
    fn read_maps(&mut self, host: &Host) -> Result<(), Cause> {
        let mut files = vec!["/etc/auto.master".to_owned(), "/etc/autofs/auto.master".to_owned()];
        files.extend(host.glob("/etc/auto.master.d/*.autofs")?.into_iter().take(MAX_MAPS));
        for path in files {
            let Some(file) = host.text(&path)? else { continue };
            for (number, line) in file.settings() {
                let place = file.place(number);
                let mut fields = line.split_whitespace();
                match (fields.next(), fields.next()) {
                    (Some("/-"), Some(map)) => self.read_direct_map(host, map, place)?,
                    (Some(point), Some(_)) if point.starts_with('/') => {
                        self.automounted(point, place);
                    }
                    (Some(call), _)
                        if call.starts_with('+')
                            && !call.starts_with("+dir:")
                            && asks_elsewhere(host)? =>
                    {
                        self.unknown_maps.push(place);
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }

    /// `/data/kim  -rw  server:/export/kim`.
    fn read_direct_map(&mut self, host: &Host, map: &str, place: Place) -> Result<(), Cause> {
        let map = map.trim_start_matches("file:").trim_start_matches("file,sun:");
        let path = if map.starts_with('/') { map.to_owned() } else { format!("/etc/{map}") };
        let Some(file) = host.text(&path)? else {
            self.unknown_maps.push(place);
            return Ok(());
        };
        self.add_keys(&file);
        Ok(())
    }

    fn add_keys(&mut self, file: &ConfigFile) {
        for (number, line) in file.settings() {
            let key = line.split_whitespace().next().unwrap_or_default();
            if key.starts_with('/') {
                self.automounted(key, file.place(number));
            }
        }
    }

    fn automounted(&mut self, path: &str, place: Place) {
        let path = path.trim_end_matches('/').to_owned();
        self.points.push(Point { path, provider: Provider::Automounter(place) });
    }
}

/// Whether `+auto.master` leads to a server: `automount: sss files`.
fn asks_elsewhere(host: &Host) -> Result<bool, Cause> {
    let Some(file) = host.text("/etc/nsswitch.conf")? else { return Ok(false) };
    let mut values = file.settings().filter_map(|(_, line)| line.strip_prefix("automount:"));
    Ok(values.any(|value| {
        value.split_whitespace().any(|word| word != "files" && !word.starts_with('['))
    }))
}

/// What is mounted now; nothing in a tree.
fn mounted(host: &Host) -> Result<HashSet<String>, Cause> {
    if !host.is_live() {
        return Ok(HashSet::new());
    }
    let Some(file) = host.text("/proc/self/mounts")? else { return Ok(HashSet::new()) };
    let points = file.lines.iter().filter_map(|line| line.split(' ').nth(1)).map(unescaped);
    Ok(points.collect())
}

/// Whether a tree holds what is mounted there: a mount point without its file system is empty.
fn has_content(host: &Host, path: &str) -> Result<bool, Cause> {
    Ok(!host.is_live() && !host.list(path)?.is_empty())
}

/// `\040` is a space (fstab(5)).
fn unescaped(field: &str) -> String {
    field.replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\")
}

#[cfg(test)]
mod tests {
    use super::{HomeMounts, Provider};
    use crate::case::TestHost;
    use crate::cause::CauseKind;

    fn provider(host: TestHost, path: &str) -> Option<Provider> {
        HomeMounts::read(&host.host()).unwrap().provider(path)
    }

    #[test]
    fn file_systems_that_are_not_mounted_may_hold_a_home() {
        let fstab = "#x:/h /home nfs\nsrv:/h /home/ nfs4 rw 0 0\n/dev/sdb1 /data\\040a ext4 defaults\nnone none swap\n";
        let host = TestHost::new().file("/etc/fstab", fstab);
        assert!(matches!(provider(host.clone(), "/home/kim"), Some(Provider::Remote(_))));
        let Some(Provider::Unseen(cause)) = provider(host.clone(), "/data a/kim") else { panic!() };
        assert_eq!(cause.kind, CauseKind::Elsewhere);
        assert_eq!(provider(host.clone(), "/homes/kim"), None);
        assert_eq!(provider(host.clone().directory("/home/lee"), "/home/kim"), None);
        let mounts = "srv:/h /home nfs4 rw 0 0\n/dev/sdb1 /data\\040a ext4 rw 0 0\n";
        let live = host.live().file("/proc/self/mounts", mounts);
        assert_eq!(provider(live.clone(), "/home/kim"), None);
        assert_eq!(provider(live, "/data a/kim"), None);
    }

    #[test]
    fn maps_count_only_where_autofs_is_in_use() {
        let master = "/home /etc/auto.home\n/- auto.direct\n+auto.master\n";
        let host = TestHost::new()
            .file("/etc/auto.master", master)
            .file("/etc/auto.direct", "/data/kim -rw srv:/kim\n")
            .file("/lib/systemd/system/autofs.service", "[Service]\n");
        assert_eq!(provider(host.clone(), "/home/kim"), None);
        let used = host.link(
            "/etc/systemd/system/multi-user.target.wants/autofs.service",
            "/lib/systemd/system/autofs.service",
        );
        assert!(matches!(provider(used.clone(), "/home/kim"), Some(Provider::Automounter(_))));
        assert!(matches!(provider(used.clone(), "/data/kim"), Some(Provider::Automounter(_))));
        assert_eq!(provider(used.clone(), "/data/lee"), None);
        let sss = used.file("/etc/nsswitch.conf", "automount: sss files\n");
        assert!(matches!(provider(sss, "/data/lee"), Some(Provider::Unseen(_))));
    }
}
