//! Who uses NFS here: directories that are exported, and file systems of other machines that are mounted.

use super::exports::Export;
use super::{Host, KeyValue};
use crate::cause::Cause;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Entries beyond this are only counted.
const MAX_SHOWN: usize = 50;

/// What needs NFS.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NfsUse {
    /// What is exported: the directory as key, its line as value.
    pub exports: Vec<KeyValue>,
    /// File systems of `/etc/fstab` and of the running machine whose type is `nfs` or `nfs4`: where they lie as key.
    pub mounts: Vec<KeyValue>,
    /// How many directories are exported.
    pub export_count: usize,
    /// How many such file systems there are.
    pub mount_count: usize,
}

impl NfsUse {
    /// Whether a file system is mounted by version 2 or 3, or by a version that the two sides choose: these need
    /// rpcbind and rpc.statd.
    #[must_use]
    pub fn may_need_rpcbind(&self) -> bool {
        self.mounts.iter().any(|mount| {
            let (kind, options) = mount.value.split_once(' ').unwrap_or((&mount.value, ""));
            let is_four = |option: &str| {
                option
                    .strip_prefix("vers=")
                    .or_else(|| option.strip_prefix("nfsvers="))
                    .is_some_and(|version| version.starts_with('4'))
            };
            kind != "nfs4" && !options.split(',').any(is_four)
        }) || self.mount_count > self.mounts.len()
    }
}

/// Reads the export tables of the kernel's server and the tables of mounts.
///
/// # Errors
/// One of them is there and cannot be read.
pub fn read(host: &Host) -> Result<NfsUse, Cause> {
    let mut found = NfsUse::default();
    exports(host, &mut found)?;
    mounts(host, "/etc/fstab", &mut found)?;
    if host.is_live() {
        mounts(host, "/proc/self/mounts", &mut found)?;
    }
    Ok(found)
}

/// Each directory once, whoever it is given to.
fn exports(host: &Host, found: &mut NfsUse) -> Result<(), Cause> {
    let mut known = BTreeSet::new();
    for Export { path, text, place, .. } in host.exports()? {
        if !known.insert(path.clone()) {
            continue;
        }
        found.export_count += 1;
        if found.exports.len() < MAX_SHOWN {
            found.exports.push(KeyValue { key: path, value: text, place });
        }
    }
    Ok(())
}

/// `10.0.0.9:/home /home nfs4 rw,vers=4.2 0 0`.
fn mounts(host: &Host, path: &str, found: &mut NfsUse) -> Result<(), Cause> {
    let Some(file) = host.text(path)? else { return Ok(()) };
    for (number, line) in file.settings() {
        let mut words = line.split_whitespace();
        let (Some(_), Some(point), Some(kind)) = (words.next(), words.next(), words.next()) else {
            continue;
        };
        if !matches!(kind, "nfs" | "nfs4") {
            continue;
        }
        found.mount_count += 1;
        if found.mounts.len() < MAX_SHOWN {
            let value = format!("{kind} {}", words.next().unwrap_or_default());
            found.mounts.push(KeyValue { key: point.to_owned(), value, place: file.place(number) });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::case::TestHost;

    #[test]
    fn exports_and_mounts_are_found() {
        let host = TestHost::new()
            .file("/etc/exports", "# /a *(rw)\n\n/srv 10.0.0.1(ro) \\\n  10.0.0.2(rw)\n/x *(ro)\n")
            .file("/etc/exports.d/a.exports", "/y *(ro)\n")
            .file("/etc/exports.d/a.bak", "/z *(ro)\n")
            .file("/etc/fstab", "UUID=1 / ext4 defaults 0 1\nh:/home /home nfs vers=4.2 0 0\n")
            .host();
        let found = read(&host).unwrap();
        let names: Vec<&str> = found.exports.iter().map(|export| export.key.as_str()).collect();
        assert_eq!(names, ["/srv", "/x", "/y"]);
        assert_eq!(found.mount_count, 1);
        assert!(!found.may_need_rpcbind());
    }
}
