//! Package URLs of operating-system packages, which name the distribution.

use pasu_model::{OperatingSystem, OsFamily, Package, PackageType, Purl};

/// Sets the package URL of every operating-system package: `pkg:deb/debian/bash@5.2.15-2%2Bb7?arch=amd64&distro=debian-12.11`.
///
/// The purl specification keeps an epoch out of the version: it becomes the qualifier `epoch`.
pub fn set_purls(os: &OperatingSystem, packages: &mut [Package]) {
    let release = os.version.as_str();
    let distro = match (os.family, release) {
        (_, "") => namespace(os).to_owned(),
        (OsFamily::Alpine | OsFamily::Wolfi | OsFamily::Chainguard, release) => release.to_owned(),
        (_, release) => format!("{}-{release}", distro_name(os)),
    };
    for package in packages.iter_mut().filter(|package| package.kind.is_os()) {
        package.purl = purl(namespace(os), &distro, package);
    }
}

fn purl(namespace: &str, distro: &str, package: &Package) -> Option<Purl> {
    let kind = match package.kind {
        PackageType::Dpkg => "deb",
        PackageType::Apk => "apk",
        PackageType::Rpm => "rpm",
        PackageType::Pacman => "alpm",
        _ => return None,
    };
    let (epoch, version) = split_epoch(package);
    let qualifiers = [
        ("arch", package.arch.as_deref().unwrap_or_default()),
        ("distro", distro),
        ("epoch", epoch),
    ];
    Purl::new(kind, Some(namespace), &package.name, Some(version), &qualifiers)
}

/// The epoch, empty if there is none, and the rest of the version. pacman's stays where it is: the specification's
/// `alpm` examples write it into the version.
fn split_epoch(package: &Package) -> (&str, &str) {
    let split = package.version.split_once(':').filter(|(epoch, _)| {
        matches!(package.kind, PackageType::Dpkg | PackageType::Rpm)
            && epoch.bytes().all(|byte| byte.is_ascii_digit())
    });
    split.unwrap_or(("", &package.version))
}

/// The vendor in the purl: Trivy's family name, SUSE's two by their maker's.
fn namespace(os: &OperatingSystem) -> &str {
    match os.family {
        OsFamily::Suse => "suse",
        OsFamily::OpenSuseLeap | OsFamily::OpenSuseTumbleweed => "opensuse",
        OsFamily::Other => &os.id,
        family => family.name(),
    }
}

fn distro_name(os: &OperatingSystem) -> &str {
    match os.family {
        OsFamily::Other => &os.id,
        family => family.name(),
    }
}

#[cfg(test)]
mod tests {
    use super::set_purls;
    use pasu_model::{OperatingSystem, OsFamily, Package, PackageType};

    fn os(family: OsFamily, id: &str, version: &str) -> OperatingSystem {
        OperatingSystem {
            family,
            id: id.to_owned(),
            version: version.to_owned(),
            codename: None,
            pretty_name: None,
            extended: false,
            end_of_life: None,
        }
    }

    #[test]
    fn the_distribution_and_the_epoch_are_qualifiers() {
        use OsFamily::{
            Alpine, Arch, Debian, OpenSuseLeap, OpenSuseTumbleweed, Other, RedHat, Suse,
        };
        use PackageType::{Apk, Dpkg, Pacman, Rpm};
        let cases = [
            (
                Debian,
                "debian",
                "12.11",
                Dpkg,
                "1:4.13+dfsg1-1",
                "pkg:deb/debian/p@4.13%2Bdfsg1-1?arch=a&distro=debian-12.11&epoch=1",
            ),
            (
                Alpine,
                "alpine",
                "3.19.1",
                Apk,
                "1.36.1-r15",
                "pkg:apk/alpine/p@1.36.1-r15?arch=a&distro=3.19.1",
            ),
            (
                RedHat,
                "rhel",
                "9.4",
                Rpm,
                "1:3.0.7-27.el9",
                "pkg:rpm/redhat/p@3.0.7-27.el9?arch=a&distro=redhat-9.4&epoch=1",
            ),
            (Suse, "sles", "15.5", Rpm, "1.1-2", "pkg:rpm/suse/p@1.1-2?arch=a&distro=sles-15.5"),
            (
                OpenSuseLeap,
                "opensuse-leap",
                "15.6",
                Rpm,
                "1.1-2",
                "pkg:rpm/opensuse/p@1.1-2?arch=a&distro=opensuse-leap-15.6",
            ),
            (
                OpenSuseTumbleweed,
                "opensuse-tumbleweed",
                "",
                Rpm,
                "1.1-2",
                "pkg:rpm/opensuse/p@1.1-2?arch=a&distro=opensuse",
            ),
            (Arch, "arch", "", Pacman, "1:2-1", "pkg:alpm/arch/p@1:2-1?arch=a&distro=arch"),
            (
                Other,
                "linuxmint",
                "21.3",
                Dpkg,
                "2-1",
                "pkg:deb/linuxmint/p@2-1?arch=a&distro=linuxmint-21.3",
            ),
        ];
        for (family, id, release, kind, version, expected) in cases {
            let mut package = Package::new(kind, "p", version);
            package.arch = Some("a".to_owned());
            set_purls(&os(family, id, release), std::slice::from_mut(&mut package));
            let found = package.purl.map(|purl| purl.to_string());
            assert_eq!(found.as_deref(), Some(expected));
        }
    }
}
