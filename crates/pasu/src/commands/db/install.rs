//! The place of the database in use, and replacing what lies there in one step.

use crate::durable;
use anyhow::{Context, Result, bail};
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Where a database is kept. Holds the lock that keeps other updates away.
pub struct Slot {
    pub database: PathBuf,
    /// The signature of the database in use.
    pub signature: PathBuf,
    folder: PathBuf,
    _lock: File,
}

impl Slot {
    /// Takes the place for this run. The folder is created; a link is followed, so that it stays one.
    pub fn lock(path: &Path) -> Result<Self> {
        let shown = path.display();
        let database = match fs::canonicalize(path) {
            Ok(real) if real.is_file() => real,
            Ok(_) => bail!("{shown}: not a file"),
            Err(error) if error.kind() == io::ErrorKind::NotFound => path.to_owned(),
            Err(error) => return Err(error).with_context(|| format!("cannot look at {shown}")),
        };
        let folder = durable::folder(&database).to_owned();
        fs::create_dir_all(&folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
        let lock = durable::lock(&folder)
            .with_context(|| format!("cannot lock {}", folder.display()))?
            .with_context(|| format!("another update of {shown} is running"))?;
        Ok(Self { signature: durable::beside(&database, ".sig"), database, folder, _lock: lock })
    }

    /// A folder for what is not checked yet, on the same file system. What a killed run left in it goes.
    pub fn stage(&self) -> Result<Staged> {
        let name = self.database.file_name().unwrap_or_default().to_string_lossy();
        let folder = self.folder.join(format!(".{name}.update"));
        let created = match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => fs::DirBuilder::new().mode(0o700).create(&folder),
        };
        created.with_context(|| format!("cannot write in {}", self.folder.display()))?;
        Ok(Staged { folder })
    }

    /// Puts a checked database in place; the old one stays as `pasu.db.previous`.
    pub fn install(&self, staged: Staged) -> Result<()> {
        self.exchange(&staged)
            .with_context(|| format!("cannot replace {}", self.database.display()))
    }

    fn exchange(&self, staged: &Staged) -> io::Result<()> {
        let new = staged.database();
        fs::set_permissions(&new, fs::Permissions::from_mode(0o644))?;
        fs::set_permissions(staged.signature(), fs::Permissions::from_mode(0o644))?;
        if self.database.exists() {
            let old = staged.folder.join("previous");
            // A second name where the file system has them: at no moment is there no database.
            fs::hard_link(&self.database, &old)
                .or_else(|_| fs::copy(&self.database, &old).map(|_| ()))?;
            durable::replace(&old, &durable::beside(&self.database, ".previous"))?;
        }
        durable::replace(&new, &self.database)?;
        // Between these two the signature is of the old database: then the next update fetches once more than it must.
        durable::replace(&staged.signature(), &self.signature)
    }
}

/// Files that are not checked yet; dropped, they are gone.
pub struct Staged {
    folder: PathBuf,
}

impl Staged {
    /// The new database.
    pub fn database(&self) -> PathBuf {
        self.folder.join("database")
    }

    /// Its signature.
    pub fn signature(&self) -> PathBuf {
        self.folder.join("signature")
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        // What stays behind is removed by the next update.
        let _ = fs::remove_dir_all(&self.folder);
    }
}
