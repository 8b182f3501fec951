//! Looking at transactions, without a lock and without changing anything.

use super::change::Kept;
use super::image::Image;
use super::journal::Record;
use super::standing::Standing;
use super::store::Store;
use super::{Error, FOLDER};
use crate::{EntryKind, System};
use serde::Serialize;
use serde_json::Value;
use std::io;
use std::path::{Path, PathBuf};

/// The transactions of a target, to be looked at.
pub struct History<'s> {
    system: &'s dyn System,
    folder: PathBuf,
}

/// One transaction in a list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// Its name.
    pub id: String,
    /// What the caller wrote down when it began; null where that is damaged.
    pub header: Value,
    /// How it stands.
    #[serde(flatten)]
    pub standing: Standing,
}

/// Everything about one transaction.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Account {
    /// What the caller wrote down when it began.
    pub header: Value,
    /// How it stands.
    pub standing: Standing,
    /// What it changes, before and after.
    pub changes: Vec<Kept>,
    /// What was done, in order.
    pub journal: Vec<Record>,
}

impl<'s> History<'s> {
    /// The transactions of a target, in [`FOLDER`].
    #[must_use]
    pub fn new(system: &'s dyn System) -> Self {
        Self { system, folder: FOLDER.into() }
    }

    /// All transactions that began, the newest last.
    ///
    /// # Errors
    /// Their folder cannot be read.
    pub fn list(&self) -> Result<Vec<Summary>, Error> {
        let mut summaries = Vec::new();
        for id in ids(self.system, &self.folder)? {
            let outcome = Store::new(&self.folder, &id).and_then(|store| {
                let journal = store.journal(self.system)?;
                if journal.records.is_empty() {
                    return Ok(None);
                }
                Ok(Some((store.header(self.system, &journal)?, Standing::of(&journal.records))))
            });
            let (header, standing) = match outcome {
                Ok(Some(found)) => found,
                Ok(None) => continue,
                Err(error) => (Value::Null, Standing::Damaged { what: error.to_string() }),
            };
            summaries.push(Summary { id, header, standing });
        }
        Ok(summaries)
    }

    /// Everything about a transaction.
    ///
    /// # Errors
    /// There is none of this name, or what is kept of it is damaged.
    pub fn show(&self, id: &str) -> Result<Account, Error> {
        let store = Store::new(&self.folder, id)?;
        let journal = store.journal(self.system)?;
        if journal.records.is_empty() {
            return Err(Error::Unknown(id.to_owned()));
        }
        Ok(Account {
            header: store.header(self.system, &journal)?,
            standing: Standing::of(&journal.records),
            changes: store.changes(self.system, &journal)?,
            journal: journal.records,
        })
    }

    /// The bytes of a file before or after a change of a transaction; `None` where they were not changed.
    ///
    /// # Errors
    /// They are damaged.
    pub fn content(&self, id: &str, image: &Image) -> Result<Option<Vec<u8>>, Error> {
        let store = Store::new(&self.folder, id)?;
        image.content().map(|name| store.blob(self.system, name)).transpose()
    }
}

/// The names of all transactions, the newest last.
pub(super) fn ids(system: &dyn System, folder: &Path) -> Result<Vec<String>, Error> {
    let entries = match system.read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(Error::Look { path: folder.to_path_buf(), source }),
    };
    let folders = entries.into_iter().filter(|(_, kind)| *kind == EntryKind::Directory);
    let mut ids: Vec<String> = folders
        .filter_map(|(name, _)| Some(name.to_str()?.to_owned()))
        .filter(|name| Store::new(folder, name).is_ok())
        .collect();
    ids.sort_by_cached_key(|id| order(id));
    Ok(ids)
}

/// What names are sorted by: numbers by what they are worth, so that `-10` comes after `-9`.
fn order(id: &str) -> String {
    let mut key = String::new();
    for run in id.split_inclusive(|one: char| !one.is_ascii_digit()) {
        let digits = run.trim_end_matches(|one: char| !one.is_ascii_digit());
        if !digits.is_empty() {
            key.push_str(&format!("{digits:0>64}"));
        }
        key.push_str(&run[digits.len()..]);
    }
    key
}
