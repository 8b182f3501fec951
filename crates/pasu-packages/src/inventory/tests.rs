//! The walk as a whole: what is handed to whom, and what is said of what could not be read.

use super::{InventoryOptions, inventory};
use crate::Scope;
use pasu_model::{Inventory, PackageType, UnseenReason};
use pasu_system::MemorySystem;
use std::path::PathBuf;

const STATUS: &str = "Package: python3-requests\nStatus: install ok installed\nMaintainer: Debian Python Team <x@lists.debian.org>\n\
Architecture: all\nSource: requests\nVersion: 2.28.1+dfsg-1\n\n";

fn look(system: &MemorySystem, scope: Scope) -> Inventory {
    look_with(system, scope, &[])
}

fn look_with(system: &MemorySystem, scope: Scope, skip_dirs: &[&str]) -> Inventory {
    let options = InventoryOptions {
        scope,
        os_packages: true,
        start: PathBuf::from("/"),
        cross_file_systems: false,
        skip_dirs: skip_dirs.iter().map(|dir| (*dir).to_owned()).collect(),
        skip_files: Vec::new(),
        licenses: false,
        deadline: None,
    };
    inventory(system, &options).unwrap()
}

fn names(inventory: &Inventory, kind: PackageType) -> Vec<&str> {
    let sets = inventory.sets.iter().filter(|set| set.kind == kind);
    sets.flat_map(|set| &set.packages).map(|package| package.name.as_str()).collect()
}

fn debian() -> MemorySystem {
    MemorySystem::new()
        .with_file("/etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n")
        .with_file("/var/lib/dpkg/status", STATUS)
        .with_file(
            "/var/lib/dpkg/info/python3-requests.list",
            "/.\n/usr/lib/python3/dist-packages/requests-2.28.1.egg-info/PKG-INFO\n",
        )
        .with_file(
            "/usr/lib/python3/dist-packages/requests-2.28.1.egg-info/PKG-INFO",
            "Metadata-Version: 2.1\nName: requests\nVersion: 2.28.1\n\n",
        )
        .with_file(
            "/usr/local/lib/python3.11/dist-packages/flask-2.0.0.dist-info/METADATA",
            "Metadata-Version: 2.1\nName: Flask\nVersion: 2.0.0\n\n",
        )
}

#[test]
fn a_language_package_knows_the_distribution_package_that_owns_it() {
    let found = look(&debian(), Scope::Installed);
    assert_eq!(names(&found, PackageType::Dpkg), ["python3-requests"]);
    let python = found.sets.iter().find(|set| set.kind == PackageType::PythonPkg).unwrap();
    let owners: Vec<_> = python
        .packages
        .iter()
        .map(|package| (package.name.as_str(), package.owner.as_deref()))
        .collect();
    assert_eq!(owners, [("Flask", None), ("requests", Some("python3-requests"))]);
    assert_eq!(python.target, "Python", "installed packages of a language stand together");
    assert!(found.unseen.is_empty(), "{:?}", found.unseen);
}

#[test]
fn a_distribution_package_has_its_package_url() {
    let found = look(&debian(), Scope::Installed);
    let purl = found.sets.iter().find(|set| set.kind == PackageType::Dpkg).unwrap().packages[0]
        .purl
        .clone()
        .unwrap();
    assert!(purl.as_str().starts_with("pkg:deb/debian/python3-requests@2.28.1"), "{purl}");
}

#[test]
fn scopes_choose_between_what_is_installed_and_what_is_locked() {
    let tree = debian().with_file("/srv/app/requirements.txt", "django==3.2.1\n");
    assert_eq!(names(&look(&tree, Scope::Installed), PackageType::Pip), [""; 0]);
    assert_eq!(names(&look(&tree, Scope::Locked), PackageType::Pip), ["django"]);
    assert_eq!(names(&look(&tree, Scope::Locked), PackageType::PythonPkg), [""; 0]);
}

#[test]
fn one_damaged_file_is_told_and_spoils_nothing_else() {
    let tree = MemorySystem::new()
        .with_file("/a/package-lock.json", "{\"lockfileVersion\": 3, \"packages\": {")
        .with_unreadable("/b/poetry.lock")
        .with_file("/c/requirements.txt", "django==3.2.1\n");
    let found = look(&tree, Scope::Locked);
    assert_eq!(names(&found, PackageType::Pip), ["django"]);
    let unseen: Vec<_> =
        found.unseen.iter().map(|unseen| (unseen.path.as_str(), unseen.reason)).collect();
    assert_eq!(
        unseen,
        [
            ("/a/package-lock.json", UnseenReason::Malformed),
            ("/b/poetry.lock", UnseenReason::Permission)
        ]
    );
}

#[test]
fn a_lock_file_of_another_shape_is_not_a_clean_one() {
    for (path, content) in [
        ("/package-lock.json", "[]"),
        ("/composer.lock", "[1]"),
        ("/Pipfile.lock", "null"),
        ("/packages.lock.json", "\"x\""),
    ] {
        let found = look(&MemorySystem::new().with_file(path, content), Scope::Locked);
        assert_eq!(
            found.unseen.first().map(|unseen| unseen.reason),
            Some(UnseenReason::Malformed),
            "{path}"
        );
    }
}

#[test]
fn skipped_folders_version_control_and_source_caches_are_left_out() {
    let lock = "django==3.2.1\n";
    let tree = MemorySystem::new()
        .with_file("/vendor/requirements.txt", lock)
        .with_file("/.git/requirements.txt", lock)
        .with_file("/home/x/.cargo/registry/src/a/requirements.txt", lock)
        .with_file("/dev/requirements.txt", lock);
    let found = look_with(&tree, Scope::Locked, &["vendor"]);
    let targets: Vec<_> = found.sets.iter().map(|set| set.target.as_str()).collect();
    assert_eq!(targets, ["dev/requirements.txt"], "a project may have a folder of that name");
}

#[test]
fn only_forbidden_places_where_programs_could_be_are_told() {
    for (path, expected) in [
        ("/root", false),
        ("/opt/app", false),
        ("/etc", false),
        ("/etc/ssl/private", true),
        ("/var/cache/ldconfig", true),
        ("/srv/lost+found", true),
        ("/etcetera", false),
    ] {
        assert_eq!(super::holds_no_software(std::path::Path::new(path)), expected, "{path}");
    }
}
