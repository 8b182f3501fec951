//! Executables built by `cargo auditable`: the ELF section `.dep-v0` holds zlib-compressed JSON
//! (<https://rustsec.org/schemas/cargo-auditable.json>):
//!
//! ```text
//! {"packages": [{"name": "adler", "version": "0.2.3", "source": "crates.io", "kind": "build", "dependencies": [1]}]}
//! ```

use super::package;
use crate::language::elf::{Elf, read_exactly};
use crate::language::listing;
use crate::{DetectError, Detector, Interest, Scope, TargetFile};
use flate2::read::ZlibDecoder;
use pasu_model::{Package, PackageSet, PackageType, Relationship};
use serde::Deserialize;
use std::io::Read;

/// Reads the dependency list of an executable.
pub(super) struct Auditable;

/// The largest section and the largest list that is read, in bytes.
const MAX_SIZE: u64 = 8 << 20;

#[derive(Deserialize)]
struct VersionInfo {
    packages: Vec<Crate>,
}

#[derive(Deserialize)]
struct Crate {
    name: String,
    version: String,
    #[serde(default)]
    kind: DependencyKind,
    /// Indices in the same list.
    #[serde(default)]
    dependencies: Vec<usize>,
    #[serde(default)]
    root: bool,
}

#[derive(Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum DependencyKind {
    Build,
    #[default]
    Runtime,
}

impl Detector for Auditable {
    fn id(&self) -> &'static str {
        "rust/auditable"
    }

    fn scope(&self) -> Scope {
        Scope::Installed
    }

    fn interest(&self) -> Interest {
        Interest { elf: true, ..Interest::default() }
    }

    fn detect(&self, file: &TargetFile<'_>) -> Result<Vec<PackageSet>, DetectError> {
        let opened = file.open()?;
        let section = Elf::open(opened)?.and_then(|elf| elf.section(b".dep-v0"));
        let Some(section) = section else { return Ok(Vec::new()) };
        check_size(section.size)?;
        let json = decompress(&read_exactly(opened, section.offset, section.size)?)?;
        let list: VersionInfo = serde_json::from_str(&json)
            .map_err(|error| DetectError::malformed(format!("section .dep-v0: {error}")))?;
        Ok(listing::set(PackageType::Rustbinary, file.target(), packages(&list)))
    }
}

fn decompress(compressed: &[u8]) -> Result<String, DetectError> {
    let mut json = String::new();
    ZlibDecoder::new(compressed)
        .take(MAX_SIZE + 1)
        .read_to_string(&mut json)
        .map_err(|error| DetectError::malformed(format!("section .dep-v0: {error}")))?;
    check_size(json.len() as u64)?;
    Ok(json)
}

fn check_size(size: u64) -> Result<(), DetectError> {
    if size > MAX_SIZE {
        return Err(DetectError::Limit(format!(
            "section .dep-v0 of {size} bytes or more, limit {MAX_SIZE}"
        )));
    }
    Ok(())
}

/// The crates that are part of the program; what only ran while it was built is not in it.
fn packages(list: &VersionInfo) -> Vec<Package> {
    let root = list.packages.iter().find(|found| found.root);
    let built_in = |found: &&Crate| found.kind == DependencyKind::Runtime;
    let numbered = list.packages.iter().enumerate();
    numbered
        .filter(|(_, found)| built_in(found))
        .map(|(index, found)| {
            let mut package = package(PackageType::Rustbinary, &found.name, &found.version);
            package.relationship = match root {
                _ if found.root => Relationship::Root,
                Some(root) if root.dependencies.contains(&index) => Relationship::Direct,
                Some(_) => Relationship::Indirect,
                None => Relationship::Unknown,
            };
            let needed = found.dependencies.iter().filter_map(|index| list.packages.get(*index));
            package.depends_on = needed
                .filter(built_in)
                .map(|needed| format!("{}@{}", needed.name, needed.version))
                .collect();
            package.depends_on.sort_unstable();
            package
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::Auditable;
    use crate::DetectError;
    use crate::language::elf::testing::elf_with_section;
    use crate::language::testing::{detect, listed};
    use flate2::{Compression, write::ZlibEncoder};
    use pasu_model::PackageSet;
    use pasu_system::MemorySystem;
    use std::io::Write;

    fn found(json: &[u8]) -> Result<Vec<PackageSet>, DetectError> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(json).unwrap();
        let tree = MemorySystem::new().with_executable(
            "/usr/bin/app",
            elf_with_section(".dep-v0", &encoder.finish().unwrap()),
        );
        detect(&Auditable, &tree, "/usr/bin/app")
    }

    #[test]
    fn crates_of_the_program_are_listed() {
        let sets = found(
            br#"{"packages":[
                {"name":"app","version":"0.1.0","source":"local","dependencies":[1,2,3],"root":true},
                {"name":"cc","version":"1.0.83","source":"crates.io","kind":"build"},
                {"name":"libc","version":"0.2.150","source":"crates.io"},
                {"name":"openssl","version":"0.10.60","source":"registry","dependencies":[1,2,4]},
                {"name":"openssl-sys","version":"0.9.96+3.1","source":"git","dependencies":[2]}
            ],"format":1}"#,
        )
        .unwrap();
        assert_eq!(
            listed(&sets),
            [
                "app 0.1.0 Root pkg:cargo/app@0.1.0",
                "libc 0.2.150 Direct pkg:cargo/libc@0.2.150",
                "openssl 0.10.60 Direct pkg:cargo/openssl@0.10.60",
                "openssl-sys 0.9.96+3.1 Indirect pkg:cargo/openssl-sys@0.9.96%2B3.1",
            ]
        );
        assert_eq!(sets[0].target, "usr/bin/app");
        assert_eq!(sets[0].packages[2].depends_on, ["libc@0.2.150", "openssl-sys@0.9.96+3.1"]);
    }

    #[test]
    fn other_executables_are_passed_over() {
        let tree = MemorySystem::new()
            .with_executable("/a", elf_with_section(".data", b"x"))
            .with_executable("/b", "#!/bin/sh\n");
        for path in ["/a", "/b"] {
            assert_eq!(detect(&Auditable, &tree, path).unwrap(), []);
        }
    }

    #[test]
    fn damage_and_bombs_are_errors() {
        assert!(matches!(found(b"{}"), Err(DetectError::Malformed(_))));
        assert!(matches!(found(&vec![b' '; 9 << 20]), Err(DetectError::Limit(_))));
        let tree = MemorySystem::new()
            .with_executable("/a", elf_with_section(".dep-v0", b"not compressed"));
        assert!(matches!(detect(&Auditable, &tree, "/a"), Err(DetectError::Malformed(_))));
    }
}
