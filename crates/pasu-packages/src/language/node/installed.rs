//! `package.json` of an installed module: any that has both a name and a version, wherever it lies.
//! ```json
//! { "name": "debug", "version": "2.6.8", "license": "MIT" }
//! ```

use super::package;
use crate::language::lenient::Scalar;
use crate::{DetectError, Detector, Interest, Scope, TargetFile};
use pasu_model::{Package, PackageSet, PackageType};
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;
use std::path::Path;

/// Reads `package.json`.
pub(super) struct InstalledModule;

impl Detector for InstalledModule {
    fn id(&self) -> &'static str {
        "npm/installed"
    }

    fn scope(&self) -> Scope {
        Scope::Installed
    }

    fn interest(&self) -> Interest {
        Interest { names: &["package.json"], ..Interest::default() }
    }

    fn detect(&self, file: &TargetFile<'_>) -> Result<Vec<PackageSet>, DetectError> {
        let manifest: Module<'_> = match file
            .text()
            .and_then(|text| serde_json::from_str(text).map_err(DetectError::malformed))
        {
            Ok(manifest) => manifest,
            // Modules ship broken files on purpose, as cases for their own tests.
            Err(DetectError::Malformed(_)) if !is_module_root(file.path) => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let Some(package) = manifest.package(file) else { return Ok(Vec::new()) };
        let kind = PackageType::NodePkg;
        let target = kind.aggregate_target().unwrap_or_default().to_owned();
        Ok(vec![PackageSet { kind, target, packages: vec![package] }])
    }
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Module<'a> {
    #[serde(borrow)]
    name: Scalar<'a>,
    #[serde(borrow)]
    version: Scalar<'a>,
    license: Licenses,
    licenses: Licenses,
}

impl Module<'_> {
    fn package(self, file: &TargetFile<'_>) -> Option<Package> {
        let (name, version) = (self.name.text()?.trim(), self.version.text()?.trim());
        let mut package = package(PackageType::NodePkg, name, version)?;
        package.licenses = self.license.0;
        package.licenses.extend(self.licenses.0);
        package.licenses.dedup();
        package.path = Some(file.target());
        Some(package)
    }
}

/// Whether the file lies where npm puts a module: `node_modules/name/` or `node_modules/@scope/name/`.
fn is_module_root(path: &Path) -> bool {
    let is_modules =
        |folder: Option<&Path>| folder.is_some_and(|path| path.ends_with("node_modules"));
    let above = path.parent().and_then(Path::parent);
    let scope = above.and_then(Path::file_name).and_then(std::ffi::OsStr::to_str);
    let scoped = scope.is_some_and(|name| name.starts_with('@'));
    is_modules(above) || (scoped && is_modules(above.and_then(Path::parent)))
}

/// `"MIT"`, `{"type": "MIT"}`, or a list of either.
#[derive(Default)]
struct Licenses(Vec<String>);

impl<'de> Deserialize<'de> for Licenses {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LicensesVisitor)
    }
}

struct LicensesVisitor;

impl<'de> Visitor<'de> for LicensesVisitor {
    type Value = Licenses;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a licence")
    }

    fn visit_str<E>(self, text: &str) -> Result<Licenses, E> {
        Ok(Licenses(if text.is_empty() { Vec::new() } else { vec![text.to_owned()] }))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Licenses, A::Error> {
        let mut all = Vec::new();
        while let Some(Licenses(some)) = list.next_element()? {
            all.extend(some);
        }
        Ok(Licenses(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Licenses, A::Error> {
        let mut found = Licenses::default();
        while let Some(key) = map.next_key::<String>()? {
            if key == "type" {
                found = map.next_value()?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Licenses, E> {
        Ok(Licenses::default())
    }

    fn visit_i64<E>(self, _: i64) -> Result<Licenses, E> {
        Ok(Licenses::default())
    }

    fn visit_u64<E>(self, _: u64) -> Result<Licenses, E> {
        Ok(Licenses::default())
    }

    fn visit_f64<E>(self, _: f64) -> Result<Licenses, E> {
        Ok(Licenses::default())
    }

    fn visit_unit<E>(self) -> Result<Licenses, E> {
        Ok(Licenses::default())
    }
}
