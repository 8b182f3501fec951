//! The stanzas of `/var/lib/dpkg/status`:
//!
//! ```text
//! Package: libssl3
//! Status: install ok installed
//! Source: openssl (3.0.15-1~deb12u1)
//! Version: 3.0.15-1~deb12u1
//! ```
//!
//! The file has up to some megabytes and most of it is descriptions, so fields are picked out of the bytes and only
//! those that are kept become strings.

use crate::os::depends::Relations;
use crate::os::{Damage, is_token};
use pasu_model::{Package, PackageType, SourcePackage};

/// The fields of one stanza that matter, as written.
#[derive(Default)]
struct Stanza<'a> {
    line: usize,
    package: &'a [u8],
    version: &'a [u8],
    status: Option<&'a [u8]>,
    source: &'a [u8],
    architecture: &'a [u8],
    maintainer: &'a [u8],
    /// `Pre-Depends` and `Depends`.
    depends: [&'a [u8]; 2],
    provides: &'a [u8],
}

/// Every package that is there. Damaged lines and stanzas are counted and left out.
pub fn packages(bytes: &[u8], damage: &mut Damage) -> Vec<Package> {
    let mut found = Found::default();
    let mut stanza = None;
    for (number, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match line.first() {
            None => found.take(stanza.take(), damage),
            // A continuation line, of a description or of a list of configuration files.
            Some(b' ' | b'\t') => {}
            Some(_) => {
                let begun = || Stanza { line: number + 1, ..Stanza::default() };
                stanza.get_or_insert_with(begun).take_field(line, number + 1, damage);
            }
        }
    }
    found.take(stanza, damage);
    found.relations.resolve(&mut found.packages);
    found.packages
}

/// The packages so far and what they say about each other.
#[derive(Default)]
struct Found {
    packages: Vec<Package>,
    relations: Relations,
}

impl Found {
    fn take(&mut self, stanza: Option<Stanza<'_>>, damage: &mut Damage) {
        let Some(stanza) = stanza else { return };
        let Some(package) = package(&stanza, damage) else { return };
        let index = self.packages.len();
        self.packages.push(package);
        self.relations.provide(index, stanza.package);
        for name in relation_names(stanza.provides) {
            self.relations.provide(index, name);
        }
        for name in stanza.depends.into_iter().flat_map(relation_names) {
            self.relations.require(index, name);
        }
    }
}

/// The names in `libc6 (>= 2.34), default-mta | mail-transport-agent, python3:any`.
fn relation_names(field: &[u8]) -> impl Iterator<Item = &[u8]> {
    let relations = field.split(|byte| matches!(byte, b',' | b'|'));
    relations.filter_map(|relation| {
        let end = |byte: &u8| matches!(byte, b' ' | b'(' | b':' | b'[');
        relation.trim_ascii().split(end).next().filter(|name| !name.is_empty())
    })
}

impl<'a> Stanza<'a> {
    fn take_field(&mut self, line: &'a [u8], number: usize, damage: &mut Damage) {
        let Some(colon) = line.iter().take(128).position(|byte| *byte == b':') else {
            damage.add(|| format!("line {number}: not a field"));
            return;
        };
        let (name, value) = line.split_at(colon);
        let value = value.get(1..).unwrap_or_default().trim_ascii();
        match name {
            b"Package" => self.package = value,
            b"Version" => self.version = value,
            b"Status" => self.status = Some(value),
            b"Source" => self.source = value,
            b"Architecture" => self.architecture = value,
            b"Maintainer" => self.maintainer = value,
            b"Pre-Depends" => self.depends[0] = value,
            b"Depends" => self.depends[1] = value,
            b"Provides" => self.provides = value,
            _ => {}
        }
    }

    /// Whether the package's files are on the target: the third word of `Status`, its state. The first word, what the
    /// administrator wants, does not matter: `deinstall ok installed` and `hold ok installed` are still there.
    /// Interrupted states (`half-installed`, `unpacked`, `half-configured`, `triggers-…`) count as there, as their
    /// files are. The stanzas of distroless images have no `Status`.
    fn is_present(&self) -> bool {
        let state =
            self.status.and_then(|status| status.split(u8::is_ascii_whitespace).next_back());
        !matches!(state, Some(b"config-files" | b"not-installed"))
    }
}

fn package(stanza: &Stanza<'_>, damage: &mut Damage) -> Option<Package> {
    if !stanza.is_present() {
        return None;
    }
    let name = token(stanza.package);
    let version = token(stanza.version).map(without_zero_epoch);
    let (Some(name), Some(version)) = (name, version) else {
        let named = String::from_utf8_lossy(stanza.package);
        let missing = if token(stanza.package).is_none() { "Package" } else { "Version" };
        damage.add(|| match missing {
            "Package" => format!("line {}: a package without a usable name", stanza.line),
            _ => format!("line {}: {named}: no usable version", stanza.line),
        });
        return None;
    };
    let mut package = Package::new(PackageType::Dpkg, name, version);
    package.source = Some(source(stanza.source, &package));
    package.arch = token(stanza.architecture).map(str::to_owned);
    package.maintainer = Some(stanza.maintainer)
        .filter(|maintainer| !maintainer.is_empty())
        .map(|maintainer| String::from_utf8_lossy(maintainer).into_owned());
    Some(package)
}

/// `openssl`, or `openssl (3.0.15-1)` where the versions differ; without the field both are the package's own.
fn source(field: &[u8], package: &Package) -> SourcePackage {
    let mut words = field.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let name = words.next().and_then(token).unwrap_or(&package.name);
    let version = words
        .next()
        .and_then(|word| word.strip_prefix(b"(")?.strip_suffix(b")"))
        .and_then(token)
        .map_or(package.version.as_str(), without_zero_epoch);
    SourcePackage { name: name.to_owned(), version: version.to_owned() }
}

fn token(value: &[u8]) -> Option<&str> {
    std::str::from_utf8(value).ok().filter(|value| is_token(value))
}

fn without_zero_epoch(version: &str) -> &str {
    version.strip_prefix("0:").unwrap_or(version)
}
