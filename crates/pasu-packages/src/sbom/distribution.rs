//! Which distribution a bill speaks of.

use pasu_model::{OperatingSystem, OsFamily, PurlParts};

/// A distribution as a package URL names it.
pub(super) struct Distribution {
    name: String,
    version: String,
}

impl Distribution {
    /// The operating system.
    pub(super) fn into_operating_system(self) -> OperatingSystem {
        operating_system(&self.name, &self.version)
    }
}

/// The operating system of a name and a release: `debian` and `12.11`, `Red Hat Enterprise Linux` and `9.4`.
pub(super) fn operating_system(name: &str, version: &str) -> OperatingSystem {
    let mut os = OperatingSystem {
        family: family(name, version),
        id: name.to_owned(),
        version: version.to_owned(),
        codename: None,
        pretty_name: None,
        extended: false,
        end_of_life: None,
    };
    os.end_of_life = crate::os::end_of_life(&os);
    os
}

/// The distribution of a package URL: `distro=debian-12.11` with the namespace `debian`, or `distro=3.19.1` with `alpine`.
pub(super) fn of_purl(parts: &PurlParts) -> Option<Distribution> {
    let (_, distro) = parts.qualifiers.iter().find(|(key, _)| key == "distro")?;
    let version = match distro.char_indices().find(|(_, letter)| letter.is_ascii_digit()) {
        Some((start, _)) => distro.get(start..).unwrap_or_default(),
        None => "",
    };
    let prefix = distro.strip_suffix(version).unwrap_or_default().trim_end_matches('-');
    let name = if prefix.is_empty() { parts.namespace.clone()? } else { prefix.to_owned() };
    Some(Distribution { name, version: version.to_owned() })
}

/// The family of an `os-release` identifier or of a name that people write.
fn family(name: &str, version: &str) -> OsFamily {
    let plain: String =
        name.to_ascii_lowercase().chars().filter(|letter| letter.is_ascii_alphanumeric()).collect();
    match plain.as_str() {
        "debian" | "debiangnulinux" => OsFamily::Debian,
        "ubuntu" => OsFamily::Ubuntu,
        "alpine" | "alpinelinux" => OsFamily::Alpine,
        "redhat" | "rhel" | "redhatenterpriselinux" | "redhatenterpriselinuxserver" => {
            OsFamily::RedHat
        }
        "rocky" | "rockylinux" => OsFamily::Rocky,
        "alma" | "almalinux" => OsFamily::Alma,
        "centos" | "centoslinux" | "centosstream" => OsFamily::CentOs,
        "fedora" | "fedoralinux" => OsFamily::Fedora,
        "oracle" | "ol" | "oraclelinux" | "oraclelinuxserver" => OsFamily::Oracle,
        "amazon" | "amzn" | "amazonlinux" => OsFamily::Amazon,
        "sles" | "suse" | "suselinuxenterpriseserver" => OsFamily::Suse,
        "opensuse" if version.len() == 8 && !version.contains('.') => OsFamily::OpenSuseTumbleweed,
        "opensuse" | "opensuseleap" => OsFamily::OpenSuseLeap,
        "opensusetumbleweed" => OsFamily::OpenSuseTumbleweed,
        "wolfi" => OsFamily::Wolfi,
        "chainguard" => OsFamily::Chainguard,
        "arch" | "archlinux" => OsFamily::Arch,
        _ => OsFamily::Other,
    }
}
