//! Targets of `pasu-packages`: detectors, the release of the operating system, and a whole inventory.

use pasu_model::PackageSet;
use pasu_packages::language::{dotnet, go, java, node, php, python, ruby, rust};
use pasu_packages::{Detector, InventoryOptions, Scope, TargetFile, language, os, sbom, software};
use pasu_system::{MemorySystem, System};
use std::path::Path;

/// dpkg, apk, rpm and pacman.
pub fn os_packages(data: &[u8]) {
    run(os::DETECTORS, data);
}

/// npm, Yarn, pnpm, Bun, `node_modules`.
pub fn node(data: &[u8]) {
    run(node::DETECTORS, data);
}

/// Lock files, requirements, installed distributions.
pub fn python(data: &[u8]) {
    run(python::DETECTORS, data);
}

/// `go.mod` and executables.
pub fn go(data: &[u8]) {
    run(go::DETECTORS, data);
}

/// `Cargo.lock` and executables.
pub fn rust(data: &[u8]) {
    run(rust::DETECTORS, data);
}

/// POMs, Gradle lock files, archives.
pub fn java(data: &[u8]) {
    run(java::DETECTORS, data);
}

/// `Gemfile.lock` and gemspecs.
pub fn ruby(data: &[u8]) {
    run(ruby::DETECTORS, data);
}

/// `composer.lock` and `installed.json`.
pub fn php(data: &[u8]) {
    run(php::DETECTORS, data);
}

/// NuGet lock files, `deps.json`, `packages.config`.
pub fn dotnet(data: &[u8]) {
    run(dotnet::DETECTORS, data);
}

/// Programs outside packages.
pub fn software(data: &[u8]) {
    run(software::DETECTORS, data);
}

/// CycloneDX and SPDX documents.
pub fn sbom(data: &[u8]) {
    if let Ok((_, inventory)) = sbom::read(data) {
        check(&inventory.sets);
    }
}

/// `os-release` and what stood in for it.
pub fn operating_system(data: &[u8]) {
    const FILES: [&str; 9] = [
        "/etc/os-release",
        "/usr/lib/os-release",
        "/etc/alpine-release",
        "/etc/debian_version",
        "/etc/redhat-release",
        "/etc/centos-release",
        "/etc/lsb-release",
        "/etc/SuSE-release",
        "/var/lib/ubuntu-advantage/status.json",
    ];
    for path in FILES {
        let _ = os::operating_system(&MemorySystem::new().with_file(path, data));
    }
    let everywhere =
        FILES.into_iter().fold(MemorySystem::new(), |system, path| system.with_file(path, data));
    let _ = os::operating_system(&everywhere);
}

/// A tree of several files: one byte chooses a path that some detector wants, two bytes the length of what is in it.
pub fn inventory(data: &[u8]) {
    let paths: Vec<String> = all().flat_map(example_paths).collect();
    let mut system = MemorySystem::new();
    let mut rest = data;
    while let [path, low, high, after @ ..] = rest {
        let length = usize::from(u16::from_le_bytes([*low, *high])).min(after.len());
        let (content, next) = after.split_at(length);
        rest = next;
        if let Some(path) = paths.get(usize::from(*path)) {
            system = system.with_executable(path, content);
        }
    }
    for scope in [Scope::Installed, Scope::Locked] {
        let options = InventoryOptions {
            scope,
            os_packages: true,
            start: "/".into(),
            cross_file_systems: false,
            skip_dirs: Vec::new(),
            skip_files: Vec::new(),
            licenses: true,
            deadline: None,
        };
        let found = pasu_packages::inventory(&system, &options).expect("no pattern is wrong");
        check(&found.sets);
        // The inventory survives a detector that panics and says so; here that is a find.
        let broken = found.unseen.iter().find(|unseen| unseen.detail.contains("please report"));
        assert!(broken.is_none(), "{broken:?}");
    }
}

fn all() -> impl Iterator<Item = &'static dyn Detector> {
    let os = os::DETECTORS.iter().copied();
    os.chain(language::detectors()).chain(software::DETECTORS.iter().copied())
}

/// Hands the bytes to each detector, under every path that it wants.
fn run(detectors: &[&dyn Detector], data: &[u8]) {
    for detector in detectors {
        for path in example_paths(*detector) {
            let system = MemorySystem::new().with_executable(&path, data);
            let path = Path::new(&path);
            let Ok(metadata) = system.symlink_metadata(path) else { continue };
            let file = TargetFile::new(&system, path, metadata);
            check(&detector.detect(&file).unwrap_or_default());
        }
    }
}

/// What holds for every package, whatever the bytes were.
fn check(sets: &[PackageSet]) {
    for package in sets.iter().flat_map(|set| &set.packages) {
        assert!(!package.name.is_empty(), "a package without a name: {package:?}");
    }
}

/// A path for each line of a detector's interest.
fn example_paths(detector: &dyn Detector) -> Vec<String> {
    let interest = detector.interest();
    let mut paths = Vec::new();
    // pacman's records have a common name; only their place tells them.
    paths.extend(interest.names.contains(&"desc").then(|| PACMAN.to_owned()));
    paths.extend(interest.names.iter().map(|name| format!("/srv/app/{name}")));
    paths.extend(interest.suffixes.iter().map(|suffix| format!("/srv/app/some-1.0{suffix}")));
    paths.extend(interest.path_ends.iter().map(|end| match end.strip_prefix('.') {
        Some(_) => format!("/srv/lib/some-1.0{end}"),
        None => format!("/srv/lib/{}", end.trim_start_matches('/')),
    }));
    paths.extend(interest.paths.iter().map(|path| (*path).to_owned()));
    paths.extend(interest.directories.iter().map(|directory| format!("{directory}/some")));
    paths.extend(interest.elf.then(|| "/usr/local/bin/nginx".to_owned()));
    paths
}

const PACMAN: &str = "/var/lib/pacman/local/some-1.0-1/desc";
