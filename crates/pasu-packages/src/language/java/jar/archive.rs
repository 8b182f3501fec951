//! Walks an archive's entries and the archives inside it, within a [`Budget`].

use super::budget::{Budget, MAX_DEPTH, MAX_DIRECTORY, MAX_ENTRIES, MAX_TEXT, limit};
use super::identity::{Contents, identify};
use super::manifest::Manifest;
use super::pom_properties::PomProperties;
use super::region::{Region, RegionReader};
use crate::{DetectError, TargetFile};
use pasu_model::Package;
use std::cell::Cell;
use std::io::Read;
use zip::CompressionMethod;
use zip::result::ZipError;

type Zip<'a> = zip::ZipArchive<RegionReader<'a>>;

/// One walk through one file on the target.
pub struct Walk<'a> {
    /// What was found so far.
    pub packages: Vec<Package>,
    file: &'a TargetFile<'a>,
    budget: Budget,
}

/// What an entry is to us.
enum Role {
    Manifest,
    PomProperties,
    Archive,
}

impl<'a> Walk<'a> {
    /// A walk that has found nothing yet.
    pub fn new(file: &'a TargetFile<'a>) -> Self {
        Self { packages: Vec::new(), file, budget: Budget::new() }
    }

    /// Reads one archive. An error says that the archive itself cannot be read; what goes wrong inside it is reported
    /// to the file and the walk goes on.
    pub fn archive(
        &mut self,
        region: &Region<'_>,
        path: &str,
        depth: usize,
    ) -> Result<(), DetectError> {
        self.budget.take_archive()?;
        let allowance = Cell::new(MAX_DIRECTORY);
        let reader = RegionReader::new(region, &allowance);
        let mut zip = Zip::new(reader).map_err(|error| zip_error(&error))?;
        allowance.set(u64::MAX);
        if zip.len() > MAX_ENTRIES {
            return Err(limit(format!("{} entries, limit {MAX_ENTRIES}", zip.len())));
        }
        let mut contents = Contents::default();
        for (index, name, role) in wanted(&zip) {
            let inner = format!("{path}/{name}");
            let read = match role {
                Role::Archive => self.nested(&mut zip, index, region, &inner, depth),
                Role::Manifest => self.text(&mut zip, index).map(|text| {
                    contents.manifest = Manifest::parse(&text);
                }),
                Role::PomProperties => self.text(&mut zip, index).map(|text| {
                    contents.poms.extend(PomProperties::parse(&text));
                }),
            };
            if let Err(error) = read {
                self.file.report(error.reason(), format!("{inner}: {error}"));
            }
        }
        let has_directory = |directory: &str| {
            zip.file_names_raw().any(|name| name.starts_with(directory.as_bytes()))
        };
        self.packages.extend(identify(path, &contents, &has_directory));
        Ok(())
    }

    /// Reads an archive inside an archive: in place if it is stored, else inflated into memory.
    fn nested(
        &mut self,
        zip: &mut Zip<'_>,
        index: usize,
        region: &Region<'_>,
        path: &str,
        depth: usize,
    ) -> Result<(), DetectError> {
        if depth >= MAX_DEPTH {
            return Err(limit(format!("archives nested more than {MAX_DEPTH} deep")));
        }
        if let Some(part) = stored(zip, index, region)? {
            return self.archive(&part, path, depth + 1);
        }
        let bytes = self.inflate(zip, index, u64::MAX)?;
        let held = bytes.len() as u64;
        let result = self.archive(&Region::Memory(bytes), path, depth + 1);
        self.budget.release(held);
        result
    }

    /// A small text, lossily decoded.
    fn text(&mut self, zip: &mut Zip<'_>, index: usize) -> Result<String, DetectError> {
        let bytes = self.inflate(zip, index, MAX_TEXT)?;
        self.budget.release(bytes.len() as u64);
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// An entry's content, counted as memory in use until the caller releases it.
    fn inflate(
        &mut self,
        zip: &mut Zip<'_>,
        index: usize,
        most: u64,
    ) -> Result<Vec<u8>, DetectError> {
        let compressed =
            zip.by_index_data(index).map_err(|error| zip_error(&error))?.compressed_size();
        let most = self.budget.allowance(compressed).min(most);
        let mut bytes = Vec::new();
        let entry = zip.by_index(index).map_err(|error| zip_error(&error))?;
        let read = entry.take(most.saturating_add(1)).read_to_end(&mut bytes);
        self.budget.take(bytes.len() as u64);
        if bytes.len() as u64 <= most && read.is_ok() {
            return Ok(bytes);
        }
        self.budget.release(bytes.len() as u64);
        read?;
        Err(limit(format!("inflates from {compressed} to more than {most} bytes")))
    }
}

/// The entries that matter, in the order of their names, so that results do not depend on the packer.
fn wanted(zip: &Zip<'_>) -> Vec<(usize, String, Role)> {
    let names = zip.file_names_raw().enumerate();
    let mut wanted: Vec<_> = names
        .filter_map(|(index, name)| {
            let name = String::from_utf8_lossy(name).into_owned();
            role(&name).map(|role| (index, name, role))
        })
        .collect();
    wanted.sort_by(|a, b| a.1.cmp(&b.1));
    wanted
}

fn role(name: &str) -> Option<Role> {
    if name == "META-INF/MANIFEST.MF" {
        Some(Role::Manifest)
    } else if name.ends_with("/pom.properties") && name.contains("META-INF/maven/") {
        Some(Role::PomProperties)
    } else {
        super::is_archive(name).then_some(Role::Archive)
    }
}

/// The part of a region where a stored entry lies, if it is stored, not encrypted and the region is a file.
fn stored<'r>(
    zip: &mut Zip<'_>,
    index: usize,
    region: &Region<'r>,
) -> Result<Option<Region<'r>>, DetectError> {
    let entry = zip.by_index_raw(index).map_err(|error| zip_error(&error))?;
    if entry.compression() != CompressionMethod::Stored || entry.encrypted() {
        return Ok(None);
    }
    let size = entry.compressed_size();
    Ok(entry.data_start().and_then(|start| region.part(start, size)))
}

fn zip_error(error: &ZipError) -> DetectError {
    match error {
        ZipError::Io(error) => std::io::Error::new(error.kind(), error.to_string()).into(),
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => {
            DetectError::Unsupported("encrypted".to_owned())
        }
        ZipError::UnsupportedArchive(_) | ZipError::CompressionMethodNotSupported(_) => {
            DetectError::Unsupported(error.to_string())
        }
        _ => DetectError::malformed(error),
    }
}
