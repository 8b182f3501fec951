//! Maven projects: `pom.xml`.
//!
//! What the project declares, with versions filled in from properties, from parents and imported bills of materials
//! that lie in the same target. A version managed by a parent that lies elsewhere (Spring Boot's) stays empty: the
//! package is listed and cannot match.

mod interpolate;
mod lineage;
mod neighbours;
mod project;
mod resolve;
#[cfg(test)]
mod tests;
mod xml;

use crate::{DetectError, Detector, Interest, Scope, TargetFile};
use pasu_model::{PackageSet, PackageType};
use project::Project;

/// The largest `pom.xml` that is read, in bytes; the largest known ones have about 300 KB.
const MAX_POM: u64 = 16 << 20;

/// Maven project files.
pub struct Pom;

impl Detector for Pom {
    fn id(&self) -> &'static str {
        "java/pom"
    }

    fn scope(&self) -> Scope {
        Scope::Locked
    }

    fn interest(&self) -> Interest {
        Interest { names: &["pom.xml"], ..Interest::default() }
    }

    fn detect(&self, file: &TargetFile<'_>) -> Result<Vec<PackageSet>, DetectError> {
        if file.open()?.size() > MAX_POM {
            return Err(DetectError::Limit(format!("larger than {MAX_POM} bytes")));
        }
        let project = Project::parse(file.bytes()?)?;
        let mut packages = resolve::packages(file, project);
        super::sort(&mut packages);
        if packages.is_empty() {
            return Ok(Vec::new());
        }
        Ok(vec![PackageSet { kind: PackageType::Pom, target: file.target(), packages }])
    }
}
