//! `pnpm-lock.yaml`, lockfile versions 5.x (pnpm 3 to 7), 6.0 (pnpm 8) and 9.0 (pnpm 9 and later):
//! ```yaml
//! packages:
//!   /debug@2.6.8:
//!     dependencies:
//!       ms: 2.0.0
//!     dev: false
//! ```
//! Version 9 keeps dependencies apart, in `snapshots`, and no longer says what is for development.

use super::pnpm_key::KeyStyle;
use super::{inside_node_modules, package};
use crate::language::lenient::{Scalar, Table};
use crate::language::listing;
use crate::language::reach::dev_only;
use crate::{DetectError, Detector, Interest, Scope, TargetFile};
use pasu_model::{Package, PackageSet, PackageType, Relationship};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fmt;

/// Reads `pnpm-lock.yaml`.
pub(super) struct PnpmLock;

impl Detector for PnpmLock {
    fn id(&self) -> &'static str {
        "npm/pnpm-lock"
    }

    fn scope(&self) -> Scope {
        Scope::Locked
    }

    fn interest(&self) -> Interest {
        Interest { names: &["pnpm-lock.yaml"], ..Interest::default() }
    }

    fn detect(&self, file: &TargetFile<'_>) -> Result<Vec<PackageSet>, DetectError> {
        if inside_node_modules(file.path) {
            return Ok(Vec::new());
        }
        let lock = parse(file.text()?)?;
        let version = lock.lockfile_version.text().unwrap_or_default();
        let style = KeyStyle::of(version).ok_or_else(|| {
            DetectError::Unsupported(format!("lockfileVersion `{version}` is not 5, 6 or 9"))
        })?;
        let packages = Graph::new(&lock, style).packages();
        Ok(listing::set(PackageType::Pnpm, file.target(), packages))
    }
}

/// A lock file of 100,000 packages has some millions of nodes; none nests deeply.
const MAX_NODES: usize = 20_000_000;
const MAX_DEPTH: usize = 32;

fn parse(text: &str) -> Result<Lock<'_>, DetectError> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_nodes: MAX_NODES,
            max_events: 2 * MAX_NODES,
            max_depth: MAX_DEPTH,
            max_total_scalar_bytes: text.len(),
        },
        with_snippet: false,
    };
    serde_saphyr::from_str_with_options(text, options).map_err(DetectError::malformed)
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Lock<'a> {
    #[serde(borrow)]
    lockfile_version: Scalar<'a>,
    // The project itself, where it is no workspace (5.x and 6.0).
    #[serde(borrow)]
    dependencies: Table<'a, Reference<'a>>,
    #[serde(borrow)]
    optional_dependencies: Table<'a, Reference<'a>>,
    #[serde(borrow)]
    dev_dependencies: Table<'a, Reference<'a>>,
    /// The projects of a workspace; since 9.0 also a project alone.
    #[serde(borrow)]
    importers: Table<'a, Importer<'a>>,
    #[serde(borrow)]
    packages: Table<'a, Entry<'a>>,
    /// 9.0: what each package depends on, once for each set of peers.
    #[serde(borrow)]
    snapshots: Table<'a, Entry<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Importer<'a> {
    #[serde(borrow)]
    dependencies: Table<'a, Reference<'a>>,
    #[serde(borrow)]
    optional_dependencies: Table<'a, Reference<'a>>,
    #[serde(borrow)]
    dev_dependencies: Table<'a, Reference<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Entry<'a> {
    /// Only where the key does not say: git repositories, tarballs.
    #[serde(borrow)]
    name: Scalar<'a>,
    #[serde(borrow)]
    version: Scalar<'a>,
    dev: Scalar<'a>,
    #[serde(borrow)]
    dependencies: Table<'a, Scalar<'a>>,
    #[serde(borrow)]
    optional_dependencies: Table<'a, Scalar<'a>>,
}

/// The packages and what they need. A node is an entry of `snapshots` where there are any, else of `packages`.
struct Graph<'a> {
    lock: &'a Lock<'a>,
    style: KeyStyle,
    nodes: &'a [(Cow<'a, str>, Entry<'a>)],
    by_key: HashMap<&'a str, usize>,
    /// 9.0: name and version of a package whose key does not say them.
    details: HashMap<&'a str, &'a Entry<'a>>,
}

impl<'a> Graph<'a> {
    fn new(lock: &'a Lock<'a>, style: KeyStyle) -> Self {
        let of = |table: &'a Table<'a, Entry<'a>>| table.0.as_slice();
        let nodes =
            if lock.snapshots.0.is_empty() { of(&lock.packages) } else { of(&lock.snapshots) };
        let by_key =
            nodes.iter().enumerate().map(|(index, (key, _))| (key.as_ref(), index)).collect();
        let details = lock.packages.0.iter().map(|(key, entry)| (key.as_ref(), entry)).collect();
        Self { lock, style, nodes, by_key, details }
    }

    fn packages(&self) -> Vec<Package> {
        let edges: Vec<Vec<usize>> =
            self.nodes.iter().map(|(_, entry)| self.needs(entry)).collect();
        let found: Vec<Option<Package>> =
            self.nodes.iter().map(|(key, entry)| self.read(key, entry)).collect();
        let (prod, dev) = self.roots();
        let direct: HashSet<usize> = prod.iter().chain(&dev).copied().collect();
        let for_development = dev_only(&edges, &prod, &dev);
        let mut packages = Vec::new();
        for (index, (_, entry)) in self.nodes.iter().enumerate() {
            let Some(mut package) = found.get(index).cloned().flatten() else { continue };
            package.dev = match entry.dev {
                Scalar::Flag(dev) => dev,
                _ => for_development.get(index).copied().unwrap_or(false),
            };
            package.relationship =
                if direct.contains(&index) { Relationship::Direct } else { Relationship::Indirect };
            let needs = edges.get(index).map(Vec::as_slice).unwrap_or_default();
            let id = |need: &usize| Some(found.get(*need)?.as_ref()?.id());
            package.depends_on = needs.iter().filter_map(id).collect();
            packages.push(package);
        }
        packages
    }

    /// The package of an entry; `None` for a folder, and for an address that says no version.
    fn read(&self, key: &str, entry: &Entry<'_>) -> Option<Package> {
        let details = self.details.get(key.split('(').next()?).copied().unwrap_or(entry);
        let parsed = self.style.parse(key);
        let name = details.name.text().or(parsed.map(|(name, _)| name));
        let version = details.version.text().or(parsed.map(|(_, version)| version));
        package(PackageType::Pnpm, name?, version?)
    }

    fn needs(&self, entry: &Entry<'_>) -> Vec<usize> {
        let needs = entry.dependencies.texts().chain(entry.optional_dependencies.texts());
        needs.filter_map(|(name, reference)| self.find(name, reference)).collect()
    }

    fn roots(&self) -> (Vec<usize>, Vec<usize>) {
        let lock = self.lock;
        let mut prod = vec![&lock.dependencies, &lock.optional_dependencies];
        let mut dev = vec![&lock.dev_dependencies];
        for (_, importer) in &lock.importers.0 {
            prod.extend([&importer.dependencies, &importer.optional_dependencies]);
            dev.push(&importer.dev_dependencies);
        }
        (self.all(&prod), self.all(&dev))
    }

    fn all(&self, tables: &[&Table<'_, Reference<'_>>]) -> Vec<usize> {
        let entries = tables.iter().flat_map(|table| &table.0);
        entries.filter_map(|(name, reference)| self.find(name, reference.0.text()?)).collect()
    }

    fn find(&self, name: &str, reference: &str) -> Option<usize> {
        let keys = self.style.key(name, reference);
        keys.iter().find_map(|key| self.by_key.get(key.as_str()).copied())
    }
}

/// `2.6.8`, or since version 6 `{specifier: ^2.0.0, version: 2.6.8}`.
struct Reference<'a>(Scalar<'a>);

impl<'de: 'a, 'a> Deserialize<'de> for Reference<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ReferenceVisitor)
    }
}

struct ReferenceVisitor;

impl<'de> Visitor<'de> for ReferenceVisitor {
    type Value = Reference<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a version or a table with one")
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Reference(Scalar::Text(Cow::Owned(text.to_owned()))))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Reference(Scalar::Text(Cow::Owned(number.to_string()))))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Reference(Scalar::Text(Cow::Owned(number.to_string()))))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Reference(Scalar::Other))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut version = Scalar::Other;
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            let value = map.next_value()?;
            if key == "version" {
                version = value;
            }
        }
        Ok(Reference(version))
    }
}
