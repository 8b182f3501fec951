//! What says which system it is where there is no `os-release`: old releases and very small images.

use super::ReleaseFiles;
use super::os_release::{OsRelease, assignments};
use std::path::Path;

/// `<Name> release <version>` in the files of Red Hat and its kin, by the name's beginning.
const RELEASE_NAMES: [(&str, &str); 10] = [
    ("Red Hat", "rhel"),
    ("CentOS", "centos"),
    ("Rocky", "rocky"),
    ("AlmaLinux", "almalinux"),
    ("Oracle Linux", "ol"),
    ("Enterprise Linux Enterprise Linux", "ol"),
    ("Fedora", "fedora"),
    ("Amazon Linux", "amzn"),
    ("Scientific Linux", "scientific"),
    ("CloudLinux", "cloudlinux"),
];

/// The more exact first: Oracle also carries a `redhat-release`, Ubuntu a `debian_version`.
const RELEASE_FILES: [&str; 7] = [
    "/etc/oracle-release",
    "/etc/rocky-release",
    "/etc/almalinux-release",
    "/etc/centos-release",
    "/etc/fedora-release",
    "/etc/system-release",
    "/etc/redhat-release",
];

/// The first stand-in that is there and says something.
pub fn find(files: &mut ReleaseFiles<'_>) -> Option<OsRelease> {
    RELEASE_FILES
        .iter()
        .find_map(|path| release_line(&files.read(path)?))
        .or_else(|| suse_release(&files.read("/etc/SuSE-release")?))
        .or_else(|| lsb_release(&files.read("/etc/lsb-release")?))
        .or_else(|| alpine_release(&files.read("/etc/alpine-release")?))
        .or_else(|| debian_version(&files.read("/etc/debian_version")?))
        .or_else(|| arch_release(files))
}

/// `CentOS Linux release 7.9.2009 (Core)`, `Amazon Linux AMI release 2018.03`.
pub fn release_line(text: &str) -> Option<OsRelease> {
    let line = text.lines().next()?.trim();
    let (_, id) = RELEASE_NAMES.iter().find(|(name, _)| line.starts_with(name))?;
    let (name, rest) = line.split_once(" release ")?;
    let version = rest.split_whitespace().next().filter(|version| is_number(version))?;
    Some(named(id, version, name, line))
}

/// ```text
/// SUSE Linux Enterprise Server 11 (x86_64)
/// VERSION = 11
/// PATCHLEVEL = 4
/// ```
fn suse_release(text: &str) -> Option<OsRelease> {
    let line = text.lines().next()?.trim();
    let value = |key: &str| {
        let found = text.lines().find_map(|line| {
            let (name, value) = line.split_once('=')?;
            (name.trim() == key).then(|| value.trim().to_owned())
        });
        found.filter(|value| is_number(value))
    };
    let version = value("VERSION")?;
    if line.starts_with("openSUSE") {
        return Some(named("opensuse", &version, "openSUSE", line));
    }
    let version = match value("PATCHLEVEL").filter(|level| level != "0") {
        Some(level) => format!("{version}.{level}"),
        None => version,
    };
    line.starts_with("SUSE Linux Enterprise").then(|| named("sles", &version, "SLES", line))
}

/// `DISTRIB_ID=Ubuntu`, `DISTRIB_RELEASE=14.04`.
fn lsb_release(text: &str) -> Option<OsRelease> {
    let mut release = OsRelease::default();
    for (key, value) in assignments(text).filter(|(_, value)| !value.is_empty()) {
        match key {
            "DISTRIB_ID" => release.id = value.to_ascii_lowercase(),
            "DISTRIB_RELEASE" => release.version = value,
            "DISTRIB_CODENAME" => release.codename = Some(value),
            "DISTRIB_DESCRIPTION" => release.pretty_name = Some(value),
            _ => {}
        }
    }
    (!release.id.is_empty()).then_some(release)
}

/// `3.19.1`, `3.21.0_alpha20240807`.
fn alpine_release(text: &str) -> Option<OsRelease> {
    let version = text.trim();
    is_number(version)
        .then(|| named("alpine", version, "Alpine Linux", &format!("Alpine Linux v{version}")))
}

/// `12.11`, `trixie/sid`; the number is worked out with the family.
fn debian_version(text: &str) -> Option<OsRelease> {
    let written = text.trim();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '/');
    let version = if is_number(written) { written } else { "" };
    let testing = written.ends_with("/sid") && written.len() <= 64 && written.chars().all(plain);
    if version.is_empty() && !testing {
        return None;
    }
    Some(named("debian", version, "Debian GNU/Linux", &format!("Debian GNU/Linux {written}")))
}

/// Empty on purpose: that it is there is all it says.
fn arch_release(files: &ReleaseFiles<'_>) -> Option<OsRelease> {
    let there = files.system.exists(Path::new("/etc/arch-release"));
    there.then(|| named("arch", "", "Arch Linux", "Arch Linux"))
}

fn named(id: &str, version: &str, name: &str, pretty_name: &str) -> OsRelease {
    OsRelease {
        id: id.to_owned(),
        version: version.to_owned(),
        codename: None,
        name: Some(name.to_owned()),
        pretty_name: Some(pretty_name.to_owned()),
    }
}

fn is_number(version: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    version.len() <= 64
        && version.starts_with(|c: char| c.is_ascii_digit())
        && version.chars().all(plain)
}
