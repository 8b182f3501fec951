//! `packages.config`, the list of older .NET Framework projects:
//!
//! ```text
//! <packages>
//!   <package id="Newtonsoft.Json" version="6.0.4" targetFramework="net46" />
//! </packages>
//! ```

use super::package;
use crate::language::listing;
use crate::{DetectError, Detector, Interest, Scope, TargetFile};
use pasu_model::{Package, PackageSet, PackageType};
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

/// Reads the list of packages of an older project.
pub(super) struct PackagesConfig;

/// `packages` and `package` are all there is; deeper files are something else.
const MAX_DEPTH: usize = 64;

impl Detector for PackagesConfig {
    fn id(&self) -> &'static str {
        "dotnet/packages-config"
    }

    fn scope(&self) -> Scope {
        Scope::Always
    }

    fn interest(&self) -> Interest {
        Interest { names: &["packages.config"], ..Interest::default() }
    }

    fn detect(&self, file: &TargetFile<'_>) -> Result<Vec<PackageSet>, DetectError> {
        let packages = parse(file.text()?)?;
        Ok(listing::set(PackageType::Nuget, file.target(), packages))
    }
}

fn parse(text: &str) -> Result<Vec<Package>, DetectError> {
    let mut reader = Reader::from_str(text);
    let mut packages = Vec::new();
    let mut depth = 0usize;
    loop {
        let at = reader.buffer_position();
        let event = reader
            .read_event()
            .map_err(|error| DetectError::malformed(format!("byte {at}: {error}")))?;
        match event {
            Event::Start(element) => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return Err(DetectError::Limit(format!(
                        "elements nested over {MAX_DEPTH} deep"
                    )));
                }
                packages.extend(read(&element, at)?);
            }
            Event::Empty(element) => packages.extend(read(&element, at)?),
            Event::End(_) => depth = depth.saturating_sub(1),
            Event::Eof if depth > 0 => {
                return Err(DetectError::malformed("the file ends inside an element"));
            }
            Event::Eof => return Ok(packages),
            _ => {}
        }
    }
}

/// The package of a `package` element.
fn read(element: &BytesStart<'_>, at: u64) -> Result<Option<Package>, DetectError> {
    if element.local_name().as_ref() != "package" {
        return Ok(None);
    }
    let attribute = |name: &str| -> Result<Option<String>, DetectError> {
        let place =
            |error: &dyn std::fmt::Display| DetectError::malformed(format!("byte {at}: {error}"));
        let Some(found) = element.try_get_attribute(name).map_err(|error| place(&error))? else {
            return Ok(None);
        };
        // Only the entities of XML itself are known, so none can be made to grow.
        let value =
            found.normalized_value(XmlVersion::Implicit1_0).map_err(|error| place(&error))?;
        Ok(Some(value.into_owned()))
    };
    let missing = |what| DetectError::malformed(format!("byte {at}: a package without {what}"));
    let id = attribute("id")?.ok_or_else(|| missing("id"))?;
    let version = attribute("version")?.ok_or_else(|| missing("version"))?;
    let mut package = package(PackageType::Nuget, &id, &version);
    package.dev = attribute("developmentDependency")?.as_deref() == Some("true");
    Ok(Some(package))
}

#[cfg(test)]
mod tests {
    use super::PackagesConfig;
    use crate::DetectError;
    use crate::language::testing::{detect, listed};
    use pasu_system::MemorySystem;

    fn found(text: &str) -> Result<Vec<String>, DetectError> {
        let tree = MemorySystem::new().with_file("/packages.config", text);
        detect(&PackagesConfig, &tree, "/packages.config").map(|sets| listed(&sets))
    }

    #[test]
    fn packages_are_listed() {
        let text = "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?>
<!-- Written by Visual Studio. -->
<packages>
  <package id=\"Newtonsoft.Json\" version=\"6.0.4\" targetFramework=\"net46\" />
  <package id=\"A&amp;B\" version='1.0'></package>
  <package id=\"NUnit\" version=\"3.0.0\" developmentDependency=\"true\" />
</packages>";
        assert_eq!(
            found(text).unwrap(),
            [
                "A&B 1.0 Unknown pkg:nuget/A&B@1.0",
                "NUnit 3.0.0 Unknown pkg:nuget/NUnit@3.0.0 dev",
                "Newtonsoft.Json 6.0.4 Unknown pkg:nuget/Newtonsoft.Json@6.0.4",
            ]
        );
        assert_eq!(found("<packages/>").unwrap(), [""; 0]);
    }

    #[test]
    fn damage_is_an_error() {
        for text in [
            "<packages>",
            "<packages></other>",
            "<packages><package id=\"A\"/></packages>",
            "<packages><package version=\"1\"/></packages>",
            "<packages><package id=\"A\" version=\"1/></packages>",
            "<!DOCTYPE p [<!ENTITY a \"b\">]><packages><package id=\"&a;\" version=\"1\"/></packages>",
        ] {
            assert!(matches!(found(text), Err(DetectError::Malformed(_))), "{text}");
        }
        let deep = "<a>".repeat(100_000);
        assert!(matches!(found(&deep), Err(DetectError::Limit(_))));
    }
}
