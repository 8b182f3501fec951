//! A folder with package files that the operator gives.

use super::{Available, Packages, Place, Verified};
use crate::error::ImageError;
use crate::patch::layer::{Stanza, read_control};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

/// Package files in one folder, and folders below it.
const MAX_FILES: usize = 200_000;
const MAX_DEPTH: usize = 8;

/// The folder, read.
pub struct Folder {
    packages: BTreeMap<String, Vec<Available>>,
    /// Files that look like packages and are none: path and why.
    pub problems: Vec<(PathBuf, String)>,
}

impl Folder {
    /// Reads what is in a folder and in those below it.
    ///
    /// # Errors
    ///
    /// A folder that cannot be read. A file that is no package is in [`Folder::problems`].
    pub fn open(path: &Path) -> Result<Self, ImageError> {
        let mut files = Vec::new();
        list(path, 0, &mut files)?;
        files.sort();
        let mut folder = Self { packages: BTreeMap::new(), problems: Vec::new() };
        for file in files {
            match read(&file) {
                Ok(Some(fields)) => folder.add(file, fields),
                Ok(None) => {}
                Err(error) => folder.problems.push((file, error.to_string())),
            }
        }
        Ok(folder)
    }

    fn add(&mut self, file: PathBuf, fields: Stanza) {
        let name = fields.text("Package").to_owned();
        let available = Available { fields, place: Place::File(file), verified: Verified::Given };
        self.packages.entry(name).or_default().push(available);
    }
}

impl Packages for Folder {
    fn versions(&self, name: &str) -> Vec<&Available> {
        self.packages.get(name).map(|found| found.iter().collect()).unwrap_or_default()
    }

    fn open(&self, package: &Available) -> Result<Box<dyn Read>, ImageError> {
        match &package.place {
            Place::File(path) => Ok(Box::new(File::open(path).map_err(ImageError::file(path))?)),
            Place::Url(url) => Err(ImageError::Unsupported {
                place: url.clone(),
                problem: "a folder has no URLs".to_owned(),
            }),
        }
    }
}

fn list(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<(), ImageError> {
    let entries = fs::read_dir(folder).map_err(ImageError::file(folder))?;
    for entry in entries {
        let entry = entry.map_err(ImageError::file(folder))?;
        let kind = entry.file_type().map_err(ImageError::file(entry.path()))?;
        if kind.is_dir() && depth < MAX_DEPTH {
            list(&entry.path(), depth + 1, files)?;
        } else if !kind.is_dir() {
            files.push(entry.path());
        }
        if files.len() > MAX_FILES {
            return Err(ImageError::Limit {
                place: folder.display().to_string(),
                problem: format!("more than {MAX_FILES} files"),
            });
        }
    }
    Ok(())
}

/// What a package file says of itself; `None` for other files.
fn read(file: &Path) -> std::io::Result<Option<Stanza>> {
    if file.extension().is_some_and(|extension| extension == "deb") {
        return Ok(Some(read_control(File::open(file)?)?.stanza));
    }
    Ok(None)
}
