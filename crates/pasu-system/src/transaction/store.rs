//! What a transaction keeps, and where.
//!
//! `<folder>/lock`, `<folder>/open` (the name of what is unfinished), and for each transaction `<folder>/<id>/` with
//! `header.json`, `changes.json`, `blobs/<sha256>` and `journal`. Blobs may hold password hashes: only their owner may
//! read them.

use super::change::Kept;
use super::image::{MAX_CONTENT, sha256};
use super::journal::{Journal, MAX_JOURNAL, Record, read_journal};
use super::{Change, Error};
use crate::{Attributes, Disk, EntryKind, State, System};
use serde_json::Value;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The most that a header or a list of changes may be.
const MAX_FILE: u64 = 64 << 20;
/// The longest name of a transaction.
const MAX_ID: usize = 64;
/// The name under which a file of ours is written before it gets its own.
const TEMPORARY: &str = ".pasu-new";

/// The folder of one transaction.
#[derive(Debug, Clone)]
pub(super) struct Store {
    pub(super) id: String,
    pub(super) folder: PathBuf,
}

impl Store {
    pub(super) fn new(transactions: &Path, id: &str) -> Result<Self, Error> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        let good = !id.is_empty() && id.len() <= MAX_ID && id.bytes().all(plain);
        // `open` and `lock` are names of ours.
        if !good || id.starts_with('.') || matches!(id, "open" | "lock") {
            return Err(Error::Id(id.to_owned()));
        }
        Ok(Self { id: id.to_owned(), folder: transactions.join(id) })
    }

    pub(super) fn blob_path(&self, name: &str) -> PathBuf {
        self.folder.join("blobs").join(name)
    }

    /// Writes everything down that is needed to undo, and last of all the journal's first record.
    pub(super) fn write(
        &self,
        disk: &dyn Disk,
        header: &Value,
        changes: &[Kept],
        blobs: &[Arc<[u8]>],
    ) -> Result<Journal, Error> {
        make_folder(disk, &self.folder, 0o700)?;
        make_folder(disk, &self.folder.join("blobs"), 0o700)?;
        for blob in blobs {
            write_file(disk, &self.blob_path(&sha256(blob)), blob)?;
        }
        let mut sums = Vec::new();
        let files = [
            ("header.json", serde_json::to_vec(header)),
            ("changes.json", serde_json::to_vec(changes)),
        ];
        for (name, json) in files {
            let path = self.folder.join(name);
            let json = json.map_err(|error| store_error(&path, error.into()))?;
            write_file(disk, &path, &json)?;
            sums.push(sha256(&json));
        }
        let [header, changes] = <[String; 2]>::try_from(sums).unwrap_or_default();
        let path = self.folder.join("journal");
        let mut journal = Journal { path, records: Vec::new(), length: 0 };
        let begun = journal.append(disk, Record::Begun { header, changes });
        begun.map_err(|error| store_error(&journal.path, error))?;
        Ok(journal)
    }

    /// The journal, empty where nothing was begun.
    pub(super) fn journal(&self, system: &dyn System) -> Result<Journal, Error> {
        let path = self.folder.join("journal");
        let bytes = match system.read(&path, MAX_JOURNAL) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(source) => return Err(Error::Look { path, source }),
        };
        let (records, length) = read_journal(&bytes).map_err(|what| self.damaged(what))?;
        if !matches!(records.first(), None | Some(Record::Begun { .. })) {
            return Err(self.damaged("journal: has no beginning".into()));
        }
        Ok(Journal { path, records, length })
    }

    /// The header.
    pub(super) fn header(&self, system: &dyn System, journal: &Journal) -> Result<Value, Error> {
        let Some(Record::Begun { header, .. }) = journal.records.first() else {
            return Err(self.damaged("journal: has no beginning".into()));
        };
        self.json(&self.checked(system, "header.json", header, MAX_FILE)?, "header.json")
    }

    /// The changes.
    pub(super) fn changes(
        &self,
        system: &dyn System,
        journal: &Journal,
    ) -> Result<Vec<Kept>, Error> {
        let Some(Record::Begun { changes, .. }) = journal.records.first() else {
            return Err(self.damaged("journal: has no beginning".into()));
        };
        let kept: Vec<Kept> =
            self.json(&self.checked(system, "changes.json", changes, MAX_FILE)?, "changes.json")?;
        let beyond = |record: &Record| match record {
            Record::Step { change } | Record::Left { change } | Record::Restore { change } => {
                *change >= kept.len()
            }
            _ => false,
        };
        if journal.records.iter().any(beyond) {
            return Err(self.damaged("journal: names a change that is not there".into()));
        }
        Ok(kept)
    }

    /// The bytes that are kept under a checksum.
    pub(super) fn blob(&self, system: &dyn System, name: &str) -> Result<Vec<u8>, Error> {
        if name.len() != 64 || !name.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(self.damaged("changes.json: a checksum of unknown form".into()));
        }
        self.checked(system, &format!("blobs/{name}"), name, MAX_CONTENT)
    }

    /// Makes sure that every byte that is kept is as it was written.
    pub(super) fn verify(&self, system: &dyn System, changes: &[Kept]) -> Result<(), Error> {
        let images = changes.iter().flat_map(|kept| [&kept.before, &kept.after]);
        for name in images.filter_map(super::Image::content) {
            self.blob(system, name)?;
        }
        Ok(())
    }

    fn checked(
        &self,
        system: &dyn System,
        name: &str,
        sum: &str,
        limit: u64,
    ) -> Result<Vec<u8>, Error> {
        let bytes = system.read(&self.folder.join(name), limit);
        let bytes = bytes.map_err(|error| self.damaged(format!("{name}: {error}")))?;
        if sha256(&bytes) != sum {
            return Err(self.damaged(format!("{name}: not what was written (checksum)")));
        }
        Ok(bytes)
    }

    fn json<T: serde::de::DeserializeOwned>(&self, bytes: &[u8], name: &str) -> Result<T, Error> {
        serde_json::from_slice(bytes).map_err(|error| self.damaged(format!("{name}: {error}")))
    }

    pub(super) fn damaged(&self, what: String) -> Error {
        Error::Damaged { id: self.id.clone(), what }
    }

    pub(super) fn order(&self, what: &'static str) -> Error {
        Error::Order { id: self.id.clone(), what }
    }

    /// Whether everything in the folder is what a transaction writes. Other kinds of fixes keep theirs beside.
    pub(super) fn is_ours(&self, disk: &dyn Disk) -> Result<bool, Error> {
        const OURS: [&str; 5] = ["blobs", "changes.json", "header.json", "journal", TEMPORARY];
        let names = disk
            .read_dir(&self.folder)
            .map_err(|source| Error::Look { path: self.folder.clone(), source })?;
        Ok(names.iter().all(|(name, _)| OURS.iter().any(|own| name.as_os_str() == *own)))
    }

    /// Takes away what was written of a transaction that never began: its journal first, for with one it has begun.
    pub(super) fn discard(&self, disk: &dyn Disk) -> Result<(), Error> {
        let journal = self.folder.join("journal");
        let unwritten = if disk.exists(&journal) { remove(disk, &journal) } else { Ok(()) };
        for folder in [self.folder.join("blobs"), self.folder.clone()] {
            let names = match disk.read_dir(&folder) {
                Ok(names) => names,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(source) => return Err(Error::Look { path: folder, source }),
            };
            for (name, _) in names {
                remove(disk, &folder.join(name))?;
            }
            remove(disk, &folder)?;
        }
        unwritten
    }

    /// The name of a file in the making beside a path: at most 255 bytes, and ours alone.
    pub(super) fn temporary(&self, path: &Path) -> String {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let end = format!(".pasu-{}", self.id);
        let mut length = name.len().min(255 - 1 - end.len());
        while !name.is_char_boundary(length) {
            length -= 1;
        }
        format!(".{}{end}", &name[..length])
    }

    /// Whether the path of a change lies where transactions are kept.
    pub(super) fn is_own(&self, change: &Change) -> bool {
        self.folder.parent().is_some_and(|folder| change.path.starts_with(folder))
    }
}

pub(super) fn store_error(path: &Path, source: io::Error) -> Error {
    Error::Store { path: path.to_path_buf(), source }
}

pub(super) fn write_file(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let attributes = Attributes { mode: 0o600, ..owned(disk, path) };
    let state = State::File { content: bytes.into(), attributes, links: 1 };
    disk.put(path, &state, TEMPORARY).map_err(|error| store_error(path, error))
}

pub(super) fn remove(disk: &dyn Disk, path: &Path) -> Result<(), Error> {
    disk.put(path, &State::Absent, TEMPORARY).map_err(|error| store_error(path, error))
}

/// Makes a folder unless one is there.
pub(super) fn make_folder(disk: &dyn Disk, path: &Path, mode: u32) -> Result<(), Error> {
    match disk.symlink_metadata(path) {
        Ok(found) if matches!(found.kind, EntryKind::Directory | EntryKind::Symlink) => Ok(()),
        Ok(_) => Err(Error::Folder(path.to_path_buf())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let attributes = Attributes { mode, ..owned(disk, path) };
            let state = State::Directory(attributes);
            disk.put(path, &state, TEMPORARY).map_err(|error| store_error(path, error))
        }
        Err(source) => Err(Error::Look { path: path.to_path_buf(), source }),
    }
}

/// The owner of the folder that something of ours lies in: root, but for the tree of a user.
fn owned(disk: &dyn Disk, path: &Path) -> Attributes {
    let folder = path.parent().and_then(|folder| disk.status(folder).ok());
    let (uid, gid) = folder.map_or((0, 0), |status| (status.attributes.uid, status.attributes.gid));
    Attributes { uid, gid, ..Attributes::default() }
}
