//! Where systemd's journal keeps its entries: `journald.conf` with its drop-ins.

use super::units::ini_values;
use super::{Host, KeyValue};
use crate::cause::Cause;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// Where drop-ins lie, the first winning where two have the same name.
const FOLDERS: [&str; 4] = [
    "/etc/systemd/journald.conf.d",
    "/run/systemd/journald.conf.d",
    "/usr/local/lib/systemd/journald.conf.d",
    "/usr/lib/systemd/journald.conf.d",
];

/// The journal's settings that count.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Journald {
    /// Whether systemd with its journal is there.
    pub present: bool,
    /// `Storage=`, if set; `auto` otherwise.
    pub storage: Option<KeyValue>,
    /// Limits of size and time that are set, by key.
    pub limits: Vec<KeyValue>,
    /// Whether `/var/log/journal` is there, which makes `auto` persistent.
    pub has_folder: bool,
}

impl Journald {
    /// Whether entries outlive a restart.
    #[must_use]
    pub fn is_persistent(&self) -> bool {
        let storage = self.storage.as_ref().map_or("auto", |found| found.value.as_str());
        self.present
            && match storage.to_ascii_lowercase().as_str() {
                "persistent" => true,
                "volatile" | "none" => false,
                // Anything else is ignored, and `auto` holds.
                _ => self.has_folder,
            }
    }
}

/// Reads the settings of the journal.
///
/// # Errors
/// One of its files is there and cannot be read.
pub fn read(host: &Host) -> Result<Journald, Cause> {
    let mut journal = Journald {
        present: host.units()?.named("systemd-journald.service").is_some(),
        has_folder: host.system().exists(Path::new("/var/log/journal")),
        ..Journald::default()
    };
    if host.is_live() {
        let runs = |name: &str| name == "systemd-journal" || name == "systemd-journald";
        journal.present =
            host.processes()?.iter().any(|one| runs(&one.name) || runs(one.program()));
    }
    for path in files(host)? {
        let Some(file) = host.text(&path)? else { continue };
        let last = |key: &str| ini_values(&file, "Journal", key).into_iter().next_back();
        if let Some(storage) = last("Storage") {
            // An empty value takes back what stood before.
            journal.storage = Some(storage).filter(|storage| !storage.value.is_empty());
        }
        for key in ["SystemMaxUse", "MaxRetentionSec", "MaxFileSec"] {
            if let Some(found) = last(key) {
                journal.limits.retain(|limit| limit.key != key);
                journal.limits.push(found);
            }
        }
    }
    Ok(journal)
}

/// The main file, then the drop-ins in the order of their names.
fn files(host: &Host) -> Result<Vec<String>, Cause> {
    let mains = [
        "/etc/systemd/journald.conf",
        "/run/systemd/journald.conf",
        "/usr/local/lib/systemd/journald.conf",
        "/usr/lib/systemd/journald.conf",
    ];
    let main = mains.into_iter().find(|path| host.system().exists(Path::new(path)));
    let mut files: Vec<String> = main.map(str::to_owned).into_iter().collect();
    let mut drop_ins = BTreeMap::new();
    for folder in FOLDERS {
        for name in host.list(folder)?.into_iter().filter(|name| name.ends_with(".conf")) {
            drop_ins.entry(name.clone()).or_insert_with(|| format!("{folder}/{name}"));
        }
    }
    for path in drop_ins.into_values() {
        // A link to /dev/null takes away a file of the same name in a lower folder.
        let is_file = host
            .file_followed(&path)?
            .is_some_and(|facts| facts.kind == super::files::FileKind::File);
        if is_file {
            files.push(path);
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::case::TestHost;

    #[test]
    fn drop_ins_win_in_the_order_of_their_names() {
        let tree = TestHost::new()
            .file("/usr/lib/systemd/system/systemd-journald.service", "[Service]\n")
            .file("/etc/systemd/journald.conf", "[Journal]\nStorage=volatile\n")
            .file("/usr/lib/systemd/journald.conf.d/10.conf", "[Journal]\nStorage=persistent\n")
            .file("/etc/systemd/journald.conf.d/20.conf", "[Journal]\n#Storage=none\n");
        assert!(read(&tree.clone().host()).unwrap().is_persistent());
        let masked = tree.clone().link("/etc/systemd/journald.conf.d/10.conf", "/dev/null");
        assert!(!read(&masked.host()).unwrap().is_persistent());
        let auto = tree.file("/etc/systemd/journald.conf.d/30.conf", "[Journal]\nStorage=auto\n");
        assert!(!read(&auto.clone().host()).unwrap().is_persistent());
        let folder = auto.directory("/var/log/journal");
        assert!(read(&folder.host()).unwrap().is_persistent());
    }
}
