//! From headers to packages.

use super::header::{Header, tag};
use crate::os::depends::Relations;
use crate::os::is_token;
use pasu_model::{Package, PackageType, SourcePackage};

/// The packages so far and what they say about each other.
#[derive(Default)]
pub struct Found {
    packages: Vec<Package>,
    relations: Relations,
}

impl Found {
    /// Adds the package a header describes.
    pub fn take(&mut self, header: &Header<'_>) -> Result<(), String> {
        let Some(package) = from_header(header)? else { return Ok(()) };
        let index = self.packages.len();
        self.packages.push(package);
        // Every package provides its own name.
        for name in header.strings(tag::PROVIDENAME) {
            self.relations.provide(index, name);
        }
        for name in header.strings(tag::REQUIRENAME) {
            self.relations.require(index, name);
        }
        Ok(())
    }

    /// The packages, with their dependencies.
    pub fn into_packages(mut self) -> Vec<Package> {
        self.relations.resolve(&mut self.packages);
        self.packages
    }
}

/// The package a header describes; `None` for `gpg-pubkey`, which stands for an imported key and holds no software.
fn from_header(header: &Header<'_>) -> Result<Option<Package>, String> {
    let required = |tag, what: &str| {
        header
            .string(tag)
            .filter(|value| is_token(value))
            .ok_or_else(|| format!("no usable {what}"))
    };
    let name = required(tag::NAME, "name")?;
    if name == "gpg-pubkey" {
        return Ok(None);
    }
    let version =
        required(tag::VERSION, "version").map_err(|problem| format!("{name}: {problem}"))?;
    let release =
        required(tag::RELEASE, "release").map_err(|problem| format!("{name}: {problem}"))?;
    let epoch = header.numbers(tag::EPOCH).next().unwrap_or(0);
    let mut package =
        Package::new(PackageType::Rpm, name, with_epoch(epoch, &format!("{version}-{release}")));
    let text = |tag| header.string(tag).filter(|value| !value.is_empty() && value != "(none)");
    package.source = text(tag::SOURCERPM).and_then(|file| source(&file, &package.version, epoch));
    package.arch = text(tag::ARCH);
    package.licenses.extend(text(tag::LICENSE));
    package.maintainer = text(tag::PACKAGER);
    package.vendor = text(tag::VENDOR);
    package.module_label = text(tag::MODULARITYLABEL);
    Ok(Some(package))
}

/// `bash-5.1.8-6.el9_1.src.rpm`: the file's name does not tell the epoch. Where the rest is the package's own version
/// the source has the package's epoch; where it differs (subpackages with versions of their own) it stays unknown.
fn source(file: &str, package_version: &str, epoch: u32) -> Option<SourcePackage> {
    let stem = file.strip_suffix(".src.rpm").or_else(|| file.strip_suffix(".nosrc.rpm"))?;
    let (rest, release) = stem.rsplit_once('-')?;
    let (name, version) = rest.rsplit_once('-')?;
    if !is_token(stem) || name.is_empty() {
        return None;
    }
    let full = with_epoch(epoch, &format!("{version}-{release}"));
    let version = if full == package_version { full } else { format!("{version}-{release}") };
    Some(SourcePackage { name: name.to_owned(), version })
}

fn with_epoch(epoch: u32, version: &str) -> String {
    match epoch {
        0 => version.to_owned(),
        epoch => format!("{epoch}:{version}"),
    }
}
