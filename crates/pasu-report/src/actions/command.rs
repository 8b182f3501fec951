//! The command that upgrades packages of an operating system.

use pasu_model::{OperatingSystem, OsFamily, PackageType};

/// More names than this make no line that somebody would paste.
const MOST_NAMES: usize = 40;

/// One line for the shell; `None` if the family has none, or a name could be read as more than a name.
pub(super) fn upgrade(
    os: &OperatingSystem,
    kind: PackageType,
    packages: &[String],
) -> Option<String> {
    if packages.is_empty() || packages.len() > MOST_NAMES {
        return None;
    }
    if !packages.iter().all(|package| is_plain(package)) {
        return None;
    }
    let names = packages.join(" ");
    Some(match kind {
        PackageType::Dpkg => format!("apt-get update && apt-get install --only-upgrade {names}"),
        PackageType::Apk => format!("apk update && apk upgrade {names}"),
        PackageType::Rpm => format!("{} {names}", rpm_tool(os)),
        // Arch supports only whole upgrades.
        PackageType::Pacman => "pacman -Syu".to_owned(),
        _ => return None,
    })
}

/// The front end of RPM that a family ships.
fn rpm_tool(os: &OperatingSystem) -> &'static str {
    let major: u32 = os.major().parse().unwrap_or(u32::MAX);
    match os.family {
        OsFamily::Suse | OsFamily::OpenSuseLeap | OsFamily::OpenSuseTumbleweed => "zypper update",
        OsFamily::Amazon if major <= 2 || (2016..2022).contains(&major) => "yum update",
        OsFamily::RedHat | OsFamily::CentOs | OsFamily::Oracle if major <= 7 => "yum update",
        _ => "dnf upgrade",
    }
}

/// Whether a name is only a name to a shell: the target decides what its packages are called.
fn is_plain(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.' | '_');
    name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.chars().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::upgrade;
    use pasu_model::{OperatingSystem, OsFamily, PackageType};

    fn os(family: OsFamily, version: &str) -> OperatingSystem {
        OperatingSystem {
            family,
            id: family.name().to_owned(),
            version: version.to_owned(),
            codename: None,
            pretty_name: None,
            extended: false,
            end_of_life: None,
        }
    }

    fn command(family: OsFamily, version: &str, kind: PackageType, name: &str) -> Option<String> {
        upgrade(&os(family, version), kind, &[name.to_owned()])
    }

    #[test]
    fn each_family_has_its_command() {
        for (family, version, kind, expected) in [
            (
                OsFamily::Debian,
                "12",
                PackageType::Dpkg,
                "apt-get update && apt-get install --only-upgrade g++",
            ),
            (OsFamily::Alpine, "3.20.1", PackageType::Apk, "apk update && apk upgrade g++"),
            (OsFamily::Rocky, "9.4", PackageType::Rpm, "dnf upgrade g++"),
            (OsFamily::CentOs, "7", PackageType::Rpm, "yum update g++"),
            (OsFamily::Amazon, "2", PackageType::Rpm, "yum update g++"),
            (OsFamily::Amazon, "2023", PackageType::Rpm, "dnf upgrade g++"),
            (OsFamily::Suse, "15.5", PackageType::Rpm, "zypper update g++"),
        ] {
            assert_eq!(command(family, version, kind, "g++").as_deref(), Some(expected));
        }
    }

    #[test]
    fn a_name_that_is_more_than_a_name_gets_no_command() {
        for name in ["a; rm -rf /", "-o=Dpkg::x", "$(id)", "", "a\nb"] {
            assert_eq!(command(OsFamily::Debian, "12", PackageType::Dpkg, name), None, "{name:?}");
        }
    }
}
