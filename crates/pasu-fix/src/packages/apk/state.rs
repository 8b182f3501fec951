//! Whether packages may be touched at all, what is installed, and how old the lists are.

use super::super::plan::Note;
use super::super::{PackagesError, machine};
use super::database::{self, Installed};
use super::policy::{self, Policies};
use super::world::WORLD;
use super::{Apk, REFRESH};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// How old lists may be.
const DAYS: i64 = 7;

/// The database of installed packages, older and newer.
const DATABASES: [&str; 2] = ["/lib/apk/db/installed", "/usr/lib/apk/db/installed"];

/// Files that `apk` locks while it changes something, older and newer.
const LOCKS: [&str; 3] = ["/lib/apk/db/lock", "/usr/lib/apk/db/lock", "/run/apk/db.lock"];

/// Where lists and package files are kept: the administrator's own cache, and the one that is always there.
pub const CACHES: [&str; 2] = ["/etc/apk/cache", "/var/cache/apk"];

/// The most bytes of the database: a hundred times what a large machine has.
const LIMIT: u64 = 256 << 20;

/// The most bytes of other files.
const SMALL: u64 = 4 << 20;

impl Apk<'_> {
    /// Refuses while another one is at work, and where what is installed is gone after a boot.
    pub(super) fn refuse(&self) -> Result<(), PackagesError> {
        if self.is_diskless() {
            return Err(PackagesError::Unsupported {
                program: "apk on a root file system in memory".into(),
                command: "apk upgrade && lbu commit".into(),
            });
        }
        // A simulation takes no lock, so the kernel is asked who holds one.
        let Some(text) = self.file("/proc/locks", SMALL) else { return Ok(()) };
        for path in LOCKS {
            let Ok(metadata) = self.machine.system.symlink_metadata(Path::new(path)) else {
                continue;
            };
            if let Some(said) = held(&text, metadata.inode) {
                return Err(PackagesError::Locked { said: format!("{path}: {said}") });
            }
        }
        Ok(())
    }

    /// Alpine may run from memory, and then `apk` takes only what it can find again at the next boot.
    fn is_diskless(&self) -> bool {
        let mounts = self.file("/proc/mounts", SMALL).unwrap_or_default();
        let mut root = mounts.lines().filter_map(|line| {
            let mut words = line.split(' ').skip(1);
            (words.next()? == "/").then(|| words.next())?
        });
        root.next_back().is_some_and(|kind| matches!(kind, "tmpfs" | "ramfs" | "rootfs"))
    }

    /// What is installed.
    pub(super) fn installed(&self) -> Result<BTreeMap<String, Installed>, PackagesError> {
        let path = DATABASES.iter().find(|path| self.machine.system.exists(Path::new(path)));
        let path = path.unwrap_or(&DATABASES[0]);
        let error = |why: String| PackagesError::Journal { path: PathBuf::from(path), why };
        let bytes = self
            .machine
            .system
            .read(Path::new(path), LIMIT)
            .map_err(|source| error(source.to_string()))?;
        database::parse(&String::from_utf8_lossy(&bytes))
            .ok_or_else(|| error("not a database of apk".into()))
    }

    /// The packages that the administrator asked for.
    pub(super) fn world(&self) -> Result<String, PackagesError> {
        let bytes = self.machine.system.read(Path::new(WORLD), SMALL);
        let bytes = bytes.map_err(|error| PackagesError::Journal {
            path: WORLD.into(),
            why: error.to_string(),
        })?;
        String::from_utf8(bytes)
            .map_err(|error| PackagesError::Journal { path: WORLD.into(), why: error.to_string() })
    }

    /// Versions of packages and where they are.
    pub(super) fn policies(&self, names: &[&str]) -> Result<Policies, PackagesError> {
        if names.is_empty() {
            return Ok(Policies::new());
        }
        let words = [&super::GLOBAL[..], &["policy"]].concat();
        let text = self.machine.text_of_many("apk", &words, names)?;
        policy::parse(&text).ok_or_else(|| PackagesError::Answer {
            line: machine::line("apk", &words),
            what: "no list of versions".into(),
        })
    }

    /// Whether a version is older than another, in apk's order.
    pub(super) fn is_older(&self, version: &str, than: &str) -> Result<bool, PackagesError> {
        let words = ["version", "-t", version, than];
        let bad = |what: &str| PackagesError::Answer {
            line: machine::line("apk", &words),
            what: what.to_owned(),
        };
        let is_version = |text: &str| {
            text.starts_with(|first: char| first.is_ascii_digit())
                && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-~+".contains(&byte))
        };
        if !is_version(version) || !is_version(than) {
            return Err(bad("no version"));
        }
        match self.text(&words)?.trim() {
            "<" => Ok(true),
            "=" | ">" => Ok(false),
            _ => Err(bad("none of <, = and >")),
        }
    }

    /// The branch that the machine is of, and that its repositories should be of.
    pub(super) fn branch(&self) -> Option<String> {
        let release = self.file("/etc/alpine-release", SMALL)?;
        if release.contains("_alpha") {
            return Some("edge".into());
        }
        let mut parts = release.trim().split('.');
        Some(format!("v{}.{}", parts.next()?, parts.next()?))
    }

    /// Whether any repository is configured.
    pub(super) fn has_repositories(&self) -> bool {
        let system = self.machine.system;
        let lists =
            ["/etc/apk/repositories.d", "/lib/apk/repositories.d"].iter().flat_map(|path| {
                let entries = system.read_dir(Path::new(path)).unwrap_or_default();
                entries.into_iter().filter_map(move |(entry, _)| {
                    let name = entry.file_name()?.to_str()?;
                    name.ends_with(".list").then(|| format!("{path}/{name}"))
                })
            });
        let is_one = |line: &str| {
            let line = line.trim();
            !line.is_empty() && !line.starts_with(['#', '@']) && !line.starts_with("set ")
        };
        std::iter::once("/etc/apk/repositories".to_owned())
            .chain(lists)
            .any(|path| self.file(&path, SMALL).is_some_and(|text| text.lines().any(is_one)))
    }

    /// What there is to say about the age of the lists.
    pub(super) fn list_age(&self, now: i64) -> Option<Note> {
        let system = self.machine.system;
        let lists = CACHES.iter().flat_map(|folder| {
            let entries = system.read_dir(&self.folder(folder)).unwrap_or_default();
            entries.into_iter().filter_map(|(entry, _)| {
                let name = entry.file_name()?.to_str()?.to_owned();
                name.starts_with("APKINDEX.").then(|| self.folder(folder).join(name))
            })
        });
        let times = lists.filter_map(|path| system.symlink_metadata(&path).ok());
        let refresh = REFRESH.to_owned();
        let Some(fetched) = times.map(|metadata| metadata.modified).max() else {
            return Some(Note::NoLists { refresh });
        };
        let days = now.saturating_sub(fetched) / 86_400;
        (days > DAYS).then_some(Note::OldLists { days, refresh })
    }

    /// A folder, or what it links to.
    pub(super) fn folder(&self, path: &str) -> PathBuf {
        let path = Path::new(path);
        match (self.machine.system.read_link(path), path.parent()) {
            (Ok(target), Some(parent)) => parent.join(target),
            _ => path.to_owned(),
        }
    }

    pub(super) fn file(&self, path: &str, limit: u64) -> Option<String> {
        let bytes = self.machine.system.read(Path::new(path), limit).ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// The line of `/proc/locks` that holds a file for writing: `1: FLOCK  ADVISORY  WRITE 812 08:01:1311 0 EOF`.
pub fn held(locks: &str, inode: u64) -> Option<&str> {
    locks.lines().find(|line| {
        let mut words = line.split_whitespace().skip_while(|word| *word != "WRITE").skip(1);
        let (process, file) = (words.next(), words.next());
        let number = file.and_then(|file| file.rsplit(':').next()?.parse::<u64>().ok());
        process.is_some() && number == Some(inode)
    })
}
