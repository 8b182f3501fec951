//! How far an update has come, so that one that was cut off can be finished or taken back.
//!
//! `/var/lib/pasu/fix/ID/packages/packages.json` holds the plan, what was kept, and the stage. It is replaced as a whole
//! before each stage begins, and carries its own checksum.

use super::PackagesError;
use super::plan::UpdatePlan;
use pasu_model::FixAuthor;
use pasu_system::{Attributes, Disk, State, System};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use std::io;
use std::path::{Path, PathBuf};

/// Where fixes are kept.
pub(super) const FIXES: &str = "/var/lib/pasu/fix";

/// The most bytes of a journal.
const LIMIT: u64 = 16 << 20;

/// How far an update has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Package files are fetched and kept; nothing is changed yet.
    Preparing,
    /// The package manager is at work.
    Installing,
    /// Everything is as planned.
    Done,
    /// Old packages are being put back.
    TakingBack,
    /// Everything is as it was before.
    TakenBack,
}

/// An old package file that is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saved {
    /// Name of the package, as the plan has it.
    pub package: String,
    /// Its version.
    pub version: String,
    /// Name of the file.
    pub file: String,
    /// SHA-256 of the file.
    pub sha256: String,
}

/// An update and how far it has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Journal {
    /// Its name.
    pub id: String,
    /// When it began, seconds since 1970.
    pub started: i64,
    /// Who began it.
    #[serde(default)]
    pub by: FixAuthor,
    /// How far it has come.
    pub stage: Stage,
    /// What was planned.
    pub plan: UpdatePlan,
    /// What is kept.
    pub saved: Vec<Saved>,
}

#[derive(Serialize, Deserialize)]
struct Sealed {
    sha256: String,
    journal: Box<RawValue>,
}

impl Journal {
    /// The folder of an update.
    ///
    /// # Errors
    /// The name is none that we give.
    pub(super) fn folder(id: &str) -> Result<PathBuf, PackagesError> {
        let is_good = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        if id.is_empty() || id.len() > 64 || id.starts_with('.') || !id.bytes().all(is_good) {
            return Err(PackagesError::Unknown { id: id.chars().take(80).collect() });
        }
        Ok(Path::new(FIXES).join(id).join("packages"))
    }

    /// Reads the journal of an update.
    pub(super) fn read(system: &dyn System, id: &str) -> Result<Self, PackagesError> {
        let path = Self::folder(id)?.join("packages.json");
        let bytes = match system.read(&path, LIMIT) {
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                ) =>
            {
                return Err(PackagesError::Unknown { id: id.to_owned() });
            }
            other => other.map_err(|error| journal_error(&path, &error))?,
        };
        let damaged = |why: &dyn std::fmt::Display| PackagesError::Journal {
            path: path.clone(),
            why: format!("damaged: {why}"),
        };
        let sealed: Sealed = serde_json::from_slice(&bytes).map_err(|error| damaged(&error))?;
        if sealed.sha256 != hex(&Sha256::digest(sealed.journal.get())) {
            return Err(damaged(&"its checksum is wrong"));
        }
        let journal: Self =
            serde_json::from_str(sealed.journal.get()).map_err(|error| damaged(&error))?;
        if journal.id != id {
            return Err(damaged(&format!("it is that of {}", journal.id)));
        }
        Ok(journal)
    }

    /// Writes it down, flushed, before the stage begins.
    pub(super) fn enter(&mut self, disk: &dyn Disk, stage: Stage) -> Result<(), PackagesError> {
        self.stage = stage;
        let folder = Self::folder(&self.id)?;
        let path = folder.join("packages.json");
        let error = |error: io::Error| journal_error(&path, &error);
        make_folders(disk, &folder, self.started).map_err(error)?;
        let journal =
            serde_json::value::to_raw_value(self).map_err(io::Error::from).map_err(error)?;
        let sha256 = hex(&Sha256::digest(journal.get()));
        let bytes = serde_json::to_vec(&Sealed { sha256, journal })
            .map_err(io::Error::from)
            .map_err(error)?;
        let state = State::File {
            content: bytes.into(),
            attributes: attributes(0o600, self.started),
            links: 1,
        };
        disk.put(&path, &state, ".packages.json.new").map_err(error)
    }
}

fn make_folders(disk: &dyn Disk, folder: &Path, now: i64) -> io::Result<()> {
    let mut folders: Vec<&Path> =
        folder.ancestors().take_while(|path| !disk.exists(path)).collect();
    folders.reverse();
    for path in folders {
        disk.put(path, &State::Directory(attributes(0o700, now)), ".folder.new")?;
    }
    Ok(())
}

fn attributes(mode: u32, now: i64) -> Attributes {
    Attributes { mode, modified: (now, 0), ..Attributes::default() }
}

fn journal_error(path: &Path, error: &io::Error) -> PackagesError {
    PackagesError::Journal { path: path.to_path_buf(), why: error.to_string() }
}

/// Bytes in hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// SHA-256 of a file.
pub(super) fn sha256_of(system: &dyn System, path: &Path) -> io::Result<String> {
    let file = system.open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    let mut offset = 0;
    loop {
        let read = file.read_at(&mut buffer, offset)?;
        if read == 0 {
            return Ok(hex(&hash.finalize()));
        }
        hash.update(&buffer[..read]);
        offset += read as u64;
    }
}
