//! Installed RPMs, from any of the three databases rpm has used: SQLite, NDB and Berkeley DB.
//!
//! Each of the three readers only finds the packages' header blobs in its file; what a header says is read in one
//! place, [`header`]. They read pages straight from the target, so nothing is copied and no C library sees foreign
//! bytes.

mod bdb;
mod bytes;
mod header;
mod ndb;
mod package;
mod sqlite;
mod wal;

use super::{Damage, detected};
use crate::{DetectError, Detector, Interest, Scope, TargetFile};
pub use header::{Header, tag};
use package::Found;
use pasu_model::{PackageSet, PackageType};
use pasu_system::{System, SystemFile};
use std::path::{Path, PathBuf};

/// Where the databases are: `/usr/share/rpm` on ostree, the second on SUSE and newer Fedora.
const DIRECTORIES: [&str; 3] = ["/var/lib/rpm", "/usr/lib/sysimage/rpm", "/usr/share/rpm"];

/// File names, the newest kind first: where a database was converted the older file may still lie about.
const NAMES: [&str; 3] = ["rpmdb.sqlite", "Packages.db", "Packages"];

/// The largest header of one package; rpm itself refuses more than 256 MiB, real ones stay below 10.
const MAX_BLOB: usize = 64 << 20;

/// The largest database that is read; those of hosts with thousands of packages have some hundred megabytes. The
/// readers look at every page, which a sparse file could have any number of.
const MAX_DATABASE: u64 = 2 << 30;

/// The databases of rpm.
pub struct Database;

impl Detector for Database {
    fn id(&self) -> &'static str {
        "os/rpm"
    }

    fn is_alone(&self) -> bool {
        false
    }

    fn scope(&self) -> Scope {
        Scope::Installed
    }

    fn interest(&self) -> Interest {
        Interest {
            paths: &[
                "/var/lib/rpm/rpmdb.sqlite",
                "/var/lib/rpm/Packages.db",
                "/var/lib/rpm/Packages",
                "/usr/lib/sysimage/rpm/rpmdb.sqlite",
                "/usr/lib/sysimage/rpm/Packages.db",
                "/usr/lib/sysimage/rpm/Packages",
                "/usr/share/rpm/rpmdb.sqlite",
                "/usr/share/rpm/Packages.db",
                "/usr/share/rpm/Packages",
            ],
            ..Interest::default()
        }
    }

    fn detect(&self, file: &TargetFile<'_>) -> Result<Vec<PackageSet>, DetectError> {
        if is_superseded(file.system, file.path) {
            return Ok(Vec::new());
        }
        let mut found = Found::default();
        let mut damage = Damage::default();
        let read =
            each_header(file.system, file.path, &mut damage, &mut |header| found.take(header));
        if let Err(problem) = read {
            file.report(problem.reason(), problem.to_string());
        }
        Ok(detected(file, PackageType::Rpm, found.into_packages(), damage))
    }
}

/// Takes one package's header, or says what is wrong with it.
type OnHeader<'f> = &'f mut dyn FnMut(&Header<'_>) -> Result<(), String>;

/// The rpm databases of a target that are in use, each once: one directory may be a link to another.
pub fn databases(system: &dyn System) -> Vec<PathBuf> {
    let mut seen = Vec::new();
    let paths =
        DIRECTORIES.iter().flat_map(|directory| NAMES.map(|name| Path::new(directory).join(name)));
    paths
        .filter(|path| {
            let Ok(metadata) = system.symlink_metadata(path) else { return false };
            let identity = (metadata.device, metadata.inode);
            let known = identity.1 != 0 && seen.contains(&identity);
            seen.push(identity);
            !known && !is_superseded(system, path)
        })
        .collect()
}

/// Hands over every package's header. Damaged ones are counted; an error ends the reading.
pub fn each_header(
    system: &dyn System,
    path: &Path,
    damage: &mut Damage,
    visit: OnHeader<'_>,
) -> Result<(), DetectError> {
    let file = system.open(path)?;
    let log = open_log(system, path, damage);
    read_open(path, file.as_ref(), log.as_deref(), damage, visit)
}

/// Reads an open database; its name says of which kind it is.
fn read_open(
    path: &Path,
    file: &dyn SystemFile,
    log: Option<&dyn SystemFile>,
    damage: &mut Damage,
    visit: OnHeader<'_>,
) -> Result<(), DetectError> {
    let size = log.map_or(0, SystemFile::size).saturating_add(file.size());
    // A database that was made and not filled yet; SQLite's may be in its log still.
    if size == 0 {
        return Ok(());
    }
    if size > MAX_DATABASE {
        return Err(DetectError::Limit(format!("{size} bytes, limit {MAX_DATABASE}")));
    }
    let mut sink = Sink { damage, visit };
    match path.file_name().and_then(|name| name.to_str()) {
        Some("rpmdb.sqlite") => sqlite::each_blob(file, log, &mut sink),
        Some("Packages.db") => ndb::each_blob(file, &mut sink),
        _ => bdb::each_blob(file, &mut sink),
    }
}

/// The write-ahead log beside an SQLite database, if there is one; that it could not be opened counts as damage.
fn open_log(
    system: &dyn System,
    database: &Path,
    damage: &mut Damage,
) -> Option<Box<dyn SystemFile>> {
    if database.file_name()? != "rpmdb.sqlite" {
        return None;
    }
    match system.open(&database.with_file_name("rpmdb.sqlite-wal")) {
        Ok(log) => Some(log),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => {
            damage.add(|| format!("rpmdb.sqlite-wal: {error}"));
            None
        }
    }
}

/// Whether a newer kind of database lies beside this one.
fn is_superseded(system: &dyn System, path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let newer = NAMES.iter().take_while(|newer| **newer != name);
    newer
        .map(|newer| path.with_file_name(newer))
        .any(|newer| system.symlink_metadata(&newer).is_ok_and(|metadata| metadata.size > 0))
}

/// Where the readers put what they find.
struct Sink<'a> {
    damage: &'a mut Damage,
    visit: OnHeader<'a>,
}

impl Sink<'_> {
    /// One package's blob; `place` says where it was for messages.
    fn blob(&mut self, blob: &[u8], place: impl Fn() -> String) {
        let result = Header::parse(blob).and_then(|header| (self.visit)(&header));
        if let Err(problem) = result {
            self.damage.add(|| format!("{}: {problem}", place()));
        }
    }

    /// Something that is damaged outside the blobs.
    fn damaged(&mut self, what: impl FnOnce() -> String) {
        self.damage.add(what);
    }
}

/// Reads exactly that many bytes; a file that ends before is damaged.
fn read_exact(file: &dyn SystemFile, offset: u64, buffer: &mut [u8]) -> Result<(), DetectError> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match file.read_at(rest, offset.saturating_add(filled as u64)) {
            Ok(0) => {
                let end = offset.saturating_add(filled as u64);
                return Err(DetectError::Malformed(format!(
                    "ends at byte {end}, in the middle of a page"
                )));
            }
            Ok(read) => filled += read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
