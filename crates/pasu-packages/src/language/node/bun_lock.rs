//! Bun's text lock file `bun.lock`, JSON with trailing commas:
//! ```text
//! "debug-new/ms": ["ms@2.1.2", "", {}, "sha512-…"],
//! ```
//! Keys of `packages` are paths of names: `debug-new/ms` is the `ms` inside `debug-new`.

use super::jsonc::to_json;
use super::manifest::Manifest;
use super::specifier::{registry_package, split_name};
use super::{inside_node_modules, package};
use crate::language::entry_lines::EntryLines;
use crate::language::lenient::{Scalar, Table};
use crate::language::listing;
use crate::language::reach::dev_only;
use crate::{DetectError, Detector, Interest, Scope, TargetFile};
use pasu_model::{Package, PackageSet, PackageType, Relationship};
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::collections::{HashMap, HashSet};
use std::fmt;

/// Reads `bun.lock`.
pub(super) struct BunLock;

impl Detector for BunLock {
    fn id(&self) -> &'static str {
        "npm/bun-lock"
    }

    fn scope(&self) -> Scope {
        Scope::Locked
    }

    fn interest(&self) -> Interest {
        Interest { names: &["bun.lock"], ..Interest::default() }
    }

    fn detect(&self, file: &TargetFile<'_>) -> Result<Vec<PackageSet>, DetectError> {
        if inside_node_modules(file.path) {
            return Ok(Vec::new());
        }
        let text = to_json(file.text()?);
        let lock: Lock<'_> = serde_json::from_str(&text).map_err(DetectError::malformed)?;
        let packages = Graph::new(&lock).packages(&mut EntryLines::new(&text));
        Ok(listing::set(PackageType::Bun, file.target(), packages))
    }
}

#[derive(Deserialize)]
struct Lock<'a> {
    #[serde(borrow, default)]
    workspaces: Table<'a, Manifest<'a>>,
    #[serde(borrow)]
    packages: Table<'a, Entry<'a>>,
}

/// `["name@version", …, { "dependencies": … }, …]`: how many items stand between depends on where it comes from.
#[derive(Default)]
struct Entry<'a> {
    resolution: Scalar<'a>,
    details: Details<'a>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Details<'a> {
    #[serde(borrow)]
    dependencies: Table<'a, Scalar<'a>>,
    #[serde(borrow)]
    optional_dependencies: Table<'a, Scalar<'a>>,
    #[serde(borrow)]
    peer_dependencies: Table<'a, Scalar<'a>>,
}

impl Entry<'_> {
    fn needs(&self) -> impl Iterator<Item = &str> {
        let details = &self.details;
        let tables =
            [&details.dependencies, &details.optional_dependencies, &details.peer_dependencies];
        tables.into_iter().flat_map(Table::keys)
    }

    /// The package; `None` for members of the workspace, folders and git repositories.
    fn package(&self) -> Option<Package> {
        let (name, source) = split_name(self.resolution.text()?)?;
        match registry_package(source) {
            Some((name, version)) => package(PackageType::Bun, &name, version),
            None => package(PackageType::Bun, name, source),
        }
    }
}

/// No `node_modules` nests deeper; looking for packages from such a key stops.
const MAX_KEY: usize = 4096;
const MAX_NESTING: usize = 128;

struct Graph<'a> {
    lock: &'a Lock<'a>,
    by_key: HashMap<&'a str, usize>,
}

impl<'a> Graph<'a> {
    fn new(lock: &'a Lock<'a>) -> Self {
        let keys = lock.packages.0.iter().enumerate();
        Self { lock, by_key: keys.map(|(index, (key, _))| (key.as_ref(), index)).collect() }
    }

    fn packages(&self, lines: &mut EntryLines<'_>) -> Vec<Package> {
        let entries = &self.lock.packages.0;
        let edges: Vec<Vec<usize>> = entries
            .iter()
            .map(|(key, entry)| entry.needs().filter_map(|name| self.find(key, name)).collect())
            .collect();
        let (prod, dev) = self.roots();
        let direct: HashSet<usize> = prod.iter().chain(&dev).copied().collect();
        let for_development = dev_only(&edges, &prod, &dev);
        let found: Vec<Option<Package>> =
            entries.iter().map(|(_, entry)| entry.package()).collect();
        let mut packages = Vec::new();
        for (index, package) in found.iter().enumerate() {
            let Some(mut package) = package.clone() else { continue };
            package.dev = for_development.get(index).copied().unwrap_or(false);
            package.relationship =
                if direct.contains(&index) { Relationship::Direct } else { Relationship::Indirect };
            let needs = edges.get(index).map(Vec::as_slice).unwrap_or_default();
            let id = |need: &usize| Some(found.get(*need)?.as_ref()?.id());
            package.lines.extend(entries.get(index).and_then(|(key, _)| lines.of(key)));
            package.depends_on = needs.iter().filter_map(id).collect();
            packages.push(package);
        }
        packages
    }

    /// What the project and the members of its workspace name; a member's own copy stands below the member's name.
    fn roots(&self) -> (Vec<usize>, Vec<usize>) {
        let (mut prod, mut dev) = (Vec::new(), Vec::new());
        for (_, manifest) in &self.lock.workspaces.0 {
            let from = manifest.name.text().unwrap_or_default();
            for wanted in manifest.wanted() {
                let side = if wanted.dev { &mut dev } else { &mut prod };
                side.extend(self.find(from, &wanted.name));
            }
        }
        (prod, dev)
    }

    /// The nearest package of a name, seen from a key: `a/b/name`, `a/name`, `name`.
    fn find(&self, from: &str, name: &str) -> Option<usize> {
        if from.len() > MAX_KEY {
            return None;
        }
        let mut base = from;
        for _ in 0..MAX_NESTING {
            let key = if base.is_empty() { name.to_owned() } else { format!("{base}/{name}") };
            if let Some(index) = self.by_key.get(key.as_str()) {
                return Some(*index);
            }
            if base.is_empty() {
                return None;
            }
            base = base.rsplit_once('/').map_or("", |(above, _)| above);
        }
        None
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Entry<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(EntryVisitor)
    }
}

struct EntryVisitor;

impl<'de> Visitor<'de> for EntryVisitor {
    type Value = Entry<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list that begins with `name@version`")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Entry<'de>, A::Error> {
        let mut entry = Entry {
            resolution: list.next_element()?.unwrap_or_default(),
            details: Details::default(),
        };
        while let Some(Item(details)) = list.next_element()? {
            entry.details = details.unwrap_or(entry.details);
        }
        Ok(entry)
    }
}

/// A later item of an entry: the details if it is a table.
struct Item<'a>(Option<Details<'a>>);

impl<'de: 'a, 'a> Deserialize<'de> for Item<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ItemVisitor)
    }
}

struct ItemVisitor;

impl<'de> Visitor<'de> for ItemVisitor {
    type Value = Item<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text or a table")
    }

    fn visit_str<E>(self, _: &str) -> Result<Item<'de>, E> {
        Ok(Item(None))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Item<'de>, E> {
        Ok(Item(None))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Item<'de>, E> {
        Ok(Item(None))
    }

    fn visit_unit<E>(self) -> Result<Item<'de>, E> {
        Ok(Item(None))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Item<'de>, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Item(None))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Item<'de>, A::Error> {
        let details = Details::deserialize(serde::de::value::MapAccessDeserializer::new(map))?;
        Ok(Item(Some(details)))
    }
}
