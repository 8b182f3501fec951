//! Whether packages may be touched at all, what is installed, and how old the lists are.

use super::super::PackagesError;
use super::super::error::last_words;
use super::super::plan::Note;
use super::{Apt, REFRESH};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// How old lists may be.
const DAYS: i64 = 7;

/// The format of [`Apt::installed`]: one line a package.
const FORMAT: &str = "-f=${binary:Package}\t${Package}\t${Architecture}\t${Version}\t${db:Status-Status}\t${Installed-Size}\n";

/// An installed package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// Its name.
    pub name: String,
    /// Its architecture.
    pub architecture: String,
    /// Its version.
    pub version: String,
    /// Bytes that it takes, about.
    pub size: u64,
}

/// Installed packages by name, once as `libc6` and, where several architectures are installed, as `libc6:amd64`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InstalledPackages {
    packages: BTreeMap<String, Installed>,
    native: String,
}

impl InstalledPackages {
    /// The package of a name.
    pub fn get(&self, name: &str) -> Option<&Installed> {
        self.packages.get(self.key(name))
    }

    /// The name without the machine's own architecture, as `apt-get` writes it.
    pub fn key<'n>(&self, name: &'n str) -> &'n str {
        match name.rsplit_once(':') {
            Some((short, architecture)) if architecture == self.native || architecture == "all" => {
                short
            }
            _ => name,
        }
    }
}

impl Apt<'_> {
    /// Refuses while another package manager works, and after one that was cut off.
    pub(in super::super) fn check(&self) -> Result<(), PackagesError> {
        // Takes the locks that an upgrade would take, and changes nothing.
        let check = self.machine.ask("apt-get", &["check", "-q", "-o", "DPkg::Lock::Timeout=0"])?;
        let said = last_words(&check);
        if said.contains("Could not get lock") || said.contains("Unable to lock") {
            return Err(PackagesError::Locked { said });
        }
        // What is half there may leave `apt-get check` content, or be the reason why dependencies do not hold.
        self.check_whole()?;
        if check.status == Some(0) {
            return Ok(());
        }
        Err(if said.contains("dpkg was interrupted") {
            PackagesError::Interrupted { remedy: "dpkg --configure -a".into(), said }
        } else if said.contains("Unmet dependencies") || said.contains("unmet dependencies") {
            PackagesError::Broken { remedy: "apt-get --fix-broken install".into(), said }
        } else {
            PackagesError::failed("apt-get check".into(), &check)
        })
    }

    fn check_whole(&self) -> Result<(), PackagesError> {
        let audit = self.machine.ask("dpkg", &["--audit"])?;
        if !audit.stdout.trim_ascii().is_empty() {
            return Err(PackagesError::Interrupted {
                remedy: "dpkg --configure -a".into(),
                said: last_words(&audit),
            });
        }
        Ok(())
    }

    /// What is installed.
    pub(in super::super) fn installed(&self) -> Result<InstalledPackages, PackagesError> {
        let native = self.machine.text("dpkg", &["--print-architecture"])?.trim().to_owned();
        let text = self.machine.text("dpkg-query", &["-W", FORMAT])?;
        let mut installed = InstalledPackages { packages: BTreeMap::new(), native };
        for line in text.lines() {
            let fields: Vec<&str> = line.split('\t').collect();
            let [binary, name, architecture, version, "installed", size] = fields[..] else {
                continue;
            };
            let package = Installed {
                name: name.to_owned(),
                architecture: architecture.to_owned(),
                version: version.to_owned(),
                size: size.parse::<u64>().unwrap_or(0).saturating_mul(1024),
            };
            let key = installed.key(binary).to_owned();
            installed.packages.insert(key, package);
        }
        Ok(installed)
    }

    /// Names of `apt-mark`, such as those held.
    pub(super) fn marked(&self, which: &str) -> Result<BTreeSet<String>, PackagesError> {
        let text = self.machine.text("apt-mark", &[which])?;
        Ok(text
            .lines()
            .map(|line| line.trim().to_owned())
            .filter(|line| !line.is_empty())
            .collect())
    }

    /// Whether a version is older than another, in dpkg's order.
    pub(super) fn is_older(&self, version: &str, than: &str) -> Result<bool, PackagesError> {
        if version == than {
            return Ok(false);
        }
        let words = ["--compare-versions", version, "lt", than];
        let output = self.machine.ask("dpkg", &words)?;
        match output.status {
            Some(0) => Ok(true),
            Some(1) => Ok(false),
            _ => Err(PackagesError::failed(super::super::machine::line("dpkg", &words), &output)),
        }
    }

    /// What there is to say about the age of the lists.
    pub(super) fn list_age(&self, now: i64) -> Option<Note> {
        let system = self.machine.system;
        let lists = Path::new("/var/lib/apt/lists");
        let entries = system.read_dir(lists).unwrap_or_default();
        let is_list = |path: &Path| path.to_string_lossy().contains("_Packages");
        if !entries.iter().any(|(path, _)| is_list(path)) {
            return Some(Note::NoLists { refresh: REFRESH.into() });
        }
        // A list keeps the time of its publication. Fetching goes through `partial`, also when nothing is new.
        let marks = [
            lists.to_path_buf(),
            lists.join("partial"),
            "/var/lib/apt/periodic/update-success-stamp".into(),
        ];
        let times = marks.iter().filter_map(|path| system.symlink_metadata(path).ok());
        let fetched = times.map(|metadata| metadata.modified).max()?;
        let days = now.saturating_sub(fetched) / 86_400;
        (days > DAYS).then(|| Note::OldLists { days, refresh: REFRESH.into() })
    }
}
