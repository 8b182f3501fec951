//! The metadata of an installed distribution: `NAME-VERSION.dist-info/METADATA`, `NAME.egg-info/PKG-INFO`, an
//! `.egg-info` that is a file, and `EGG-INFO/PKG-INFO` in an unpacked egg. All are headers as in a mail, then a text:
//! ```text
//! Metadata-Version: 2.1
//! Name: requests
//! Version: 2.31.0
//! License: Apache 2.0
//! ```

use super::package;
use crate::{DetectError, Detector, Interest, Scope, TargetFile};
use pasu_model::{Package, PackageSet, PackageType};
use std::path::Path;

/// Reads installed metadata.
pub(super) struct InstalledMetadata;

impl Detector for InstalledMetadata {
    fn id(&self) -> &'static str {
        "python/installed"
    }

    fn scope(&self) -> Scope {
        Scope::Installed
    }

    fn interest(&self) -> Interest {
        Interest {
            suffixes: &[".egg-info"],
            path_ends: &[".dist-info/METADATA", ".egg-info/PKG-INFO", "EGG-INFO/PKG-INFO"],
            ..Interest::default()
        }
    }

    fn detect(&self, file: &TargetFile<'_>) -> Result<Vec<PackageSet>, DetectError> {
        let headers = Headers::read(file.bytes()?);
        let found = headers.package().or_else(|| named_by_folder(file.path, &headers));
        let package = found.ok_or_else(|| {
            DetectError::malformed("no `Name` and `Version` in the headers, nor in the path")
        })?;
        Ok(vec![set(file, package)])
    }
}

/// The set of one installed package, with its place.
pub(super) fn set(file: &TargetFile<'_>, mut package: Package) -> PackageSet {
    package.path = Some(file.target());
    let kind = PackageType::PythonPkg;
    let target = kind.aggregate_target().unwrap_or_default().to_owned();
    PackageSet { kind, target, packages: vec![package] }
}

/// The headers that say what a distribution is.
#[derive(Default)]
pub(super) struct Headers {
    name: String,
    version: String,
    license: String,
    license_expression: String,
    classifiers: Vec<String>,
}

/// A licence header may hold a whole licence; a name is never that long.
const MAX_LICENSE: usize = 200;

impl Headers {
    /// Reads up to the first empty line. Old metadata is in any encoding; names and versions are ASCII.
    pub(super) fn read(bytes: &[u8]) -> Self {
        let mut headers = Self::default();
        for line in bytes.split(|byte| *byte == b'\n') {
            let line = String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line));
            if line.is_empty() {
                break;
            }
            // A line that begins with a blank continues the last header, whose first line is enough here.
            let Some((key, value)) =
                line.split_once(':').filter(|_| !line.starts_with([' ', '\t']))
            else {
                continue;
            };
            headers.set(key.trim_start_matches('\u{feff}'), value.trim());
        }
        headers
    }

    fn set(&mut self, key: &str, value: &str) {
        let field = match key.to_ascii_lowercase().as_str() {
            "name" => &mut self.name,
            "version" => &mut self.version,
            "license" => &mut self.license,
            "license-expression" => &mut self.license_expression,
            "classifier" if value.starts_with("License ::") => {
                self.classifiers.push(value.to_owned());
                return;
            }
            _ => return,
        };
        if field.is_empty() {
            value.clone_into(field);
        }
    }

    /// The package, if the headers name one.
    pub(super) fn package(&self) -> Option<Package> {
        let mut package = package(PackageType::PythonPkg, &self.name, &self.version)?;
        package.licenses = self.licenses();
        Some(package)
    }

    /// The SPDX expression, else the classifiers' last parts, else the free text.
    fn licenses(&self) -> Vec<String> {
        if !self.license_expression.is_empty() {
            return vec![self.license_expression.clone()];
        }
        let last = |classifier: &String| {
            let last = classifier.rsplit("::").next().unwrap_or_default().trim();
            (last != "OSI Approved").then(|| last.to_owned())
        };
        let classified: Vec<String> = self.classifiers.iter().filter_map(last).collect();
        let text = &self.license;
        if !classified.is_empty()
            || text.is_empty()
            || text == "UNKNOWN"
            || text.len() > MAX_LICENSE
        {
            return classified;
        }
        vec![text.clone()]
    }
}

/// `requests-2.31.0.dist-info` -> requests 2.31.0, for metadata without the headers.
fn named_by_folder(path: &Path, headers: &Headers) -> Option<Package> {
    let folder = |path: &Path| {
        let name = path.file_name()?.to_str()?;
        let stem = name.strip_suffix(".dist-info").or_else(|| name.strip_suffix(".egg-info"))?;
        let (name, rest) = stem.split_once('-')?;
        Some((name.to_owned(), rest.split("-py").next().unwrap_or(rest).to_owned()))
    };
    let (name, version) = folder(path).or_else(|| folder(path.parent()?))?;
    let name = if headers.name.is_empty() { &name } else { &headers.name };
    let mut package = package(PackageType::PythonPkg, name, &version)?;
    package.licenses = headers.licenses();
    Some(package)
}
