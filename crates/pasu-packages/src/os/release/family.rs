//! From the `ID` of `os-release` to the family, and the release number as exactly as the target knows it.

use super::ReleaseFiles;
use super::os_release::OsRelease;
use super::stand_in;
use pasu_model::OsFamily;

/// Debian's numbers by code name, for releases that were not out when the target was made.
const DEBIAN_CODENAMES: [(&str, &str); 9] = [
    ("wheezy", "7"),
    ("jessie", "8"),
    ("stretch", "9"),
    ("buster", "10"),
    ("bullseye", "11"),
    ("bookworm", "12"),
    ("trixie", "13"),
    ("forky", "14"),
    ("duke", "15"),
];

/// The family of an `ID`.
///
/// `ID_LIKE` is not asked: a derivative rebuilds or replaces packages under versions of its own, so its parent's
/// advisories would be right for some of them and wrong for others. It is [`OsFamily::Other`], which is said.
pub fn of(release: &OsRelease) -> OsFamily {
    match release.id.as_str() {
        "debian" => OsFamily::Debian,
        "ubuntu" => OsFamily::Ubuntu,
        "alpine" => OsFamily::Alpine,
        "rhel" => OsFamily::RedHat,
        "rocky" => OsFamily::Rocky,
        "almalinux" => OsFamily::Alma,
        "centos" => OsFamily::CentOs,
        "fedora" => OsFamily::Fedora,
        "ol" => OsFamily::Oracle,
        "amzn" => OsFamily::Amazon,
        "sles" | "sled" | "sles_sap" => OsFamily::Suse,
        "opensuse-leap" => OsFamily::OpenSuseLeap,
        // Leap 42 called itself just "opensuse".
        "opensuse" if release.version.starts_with("42.") => OsFamily::OpenSuseLeap,
        "opensuse-tumbleweed" => OsFamily::OpenSuseTumbleweed,
        "wolfi" => OsFamily::Wolfi,
        "chainguard" => OsFamily::Chainguard,
        "arch" => OsFamily::Arch,
        _ => OsFamily::Other,
    }
}

/// The release number: `VERSION_ID`, or a point release where another file knows it.
pub fn version(family: OsFamily, release: &OsRelease, files: &mut ReleaseFiles<'_>) -> String {
    let exact = match family {
        OsFamily::Debian => debian_version(release, files),
        // CentOS Linux writes VERSION_ID="7" but "CentOS Linux release 7.9.2009 (Core)".
        OsFamily::CentOs if !release.is_stream() => files
            .read("/etc/centos-release")
            .and_then(|text| stand_in::release_line(&text))
            .map(|line| line.version)
            .filter(|exact| is_refined(exact, &release.version)),
        _ => None,
    };
    exact.unwrap_or_else(|| release.version.clone())
}

/// `/etc/debian_version` holds `12.11` on a stable release and `trixie/sid` on testing and unstable.
fn debian_version(release: &OsRelease, files: &mut ReleaseFiles<'_>) -> Option<String> {
    let text = files.read("/etc/debian_version").unwrap_or_default();
    let written = text.trim();
    if written.starts_with(|c: char| c.is_ascii_digit()) {
        let exact = written.split_whitespace().next().unwrap_or(written);
        return (release.version.is_empty() || is_refined(exact, &release.version))
            .then(|| exact.to_owned());
    }
    if !release.version.is_empty() {
        return None;
    }
    let codename = written.split('/').next().filter(|name| !name.is_empty());
    let codename = codename.or(release.codename.as_deref())?;
    let known = DEBIAN_CODENAMES.iter().find(|(name, _)| *name == codename);
    known.map(|(_, number)| (*number).to_owned())
}

/// Whether `exact` is `coarse` or a point release of it.
fn is_refined(exact: &str, coarse: &str) -> bool {
    exact.strip_prefix(coarse).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}
