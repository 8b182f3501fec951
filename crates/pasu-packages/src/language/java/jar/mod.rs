//! Java archives: `*.jar`, `*.war`, `*.ear`, `*.par`, and the archives inside them.
//!
//! Only the central directory and the few entries that identify an artifact are read: `META-INF/MANIFEST.MF`,
//! `META-INF/maven/GROUP/ARTIFACT/pom.properties` and nested archives such as `BOOT-INF/lib/spring-core-6.1.3.jar`.
//! A stored (not compressed) nested archive, as Spring Boot writes them, is read in place.

mod archive;
mod budget;
mod identity;
mod known;
mod manifest;
mod pom_properties;
mod region;
#[cfg(test)]
mod tests;

use crate::{DetectError, Detector, Interest, Scope, TargetFile};
use archive::Walk;
use pasu_model::{PackageSet, PackageType};
use region::Region;

/// Ends of file names that hold a Java archive.
const SUFFIXES: &[&str] = &[".jar", ".war", ".ear", ".par"];

/// Installed Java archives.
pub struct Jar;

impl Detector for Jar {
    fn id(&self) -> &'static str {
        "java/jar"
    }

    fn scope(&self) -> Scope {
        Scope::Installed
    }

    fn interest(&self) -> Interest {
        Interest { suffixes: SUFFIXES, ..Interest::default() }
    }

    fn detect(&self, file: &TargetFile<'_>) -> Result<Vec<PackageSet>, DetectError> {
        let open = file.open()?;
        if open.size() == 0 || is_other_par(file)? {
            return Ok(Vec::new());
        }
        let mut walk = Walk::new(file);
        walk.archive(&Region::whole(open), &file.target(), 0)?;
        let mut packages = walk.packages;
        super::sort(&mut packages);
        if packages.is_empty() {
            return Ok(Vec::new());
        }
        let target = PackageType::Jar.aggregate_target().unwrap_or_default().to_owned();
        Ok(vec![PackageSet { kind: PackageType::Jar, target, packages }])
    }
}

/// Whether a `.par` file is not a Java archive: Parchive volumes and others share the ending.
fn is_other_par(file: &TargetFile<'_>) -> Result<bool, DetectError> {
    if !file.name().ends_with(".par") {
        return Ok(false);
    }
    let mut magic = [0; 2];
    let read = file.open()?.read_at(&mut magic, 0)?;
    Ok(read < 2 || &magic != b"PK")
}

/// Whether an entry's name is that of a Java archive.
fn is_archive(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SUFFIXES.iter().any(|suffix| name.ends_with(suffix))
}
