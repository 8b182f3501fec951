//! Which package manager a machine has.

use super::{Manager, PackagesError};
use pasu_system::System;
use std::path::Path;

/// Those that we know of and do not handle, and how to update by them.
const OTHERS: [(&str, &str); 8] = [
    // Fedora from 41 on: another program of the same name.
    ("dnf5", "dnf upgrade --security"),
    ("yum", "yum update --security"),
    ("microdnf", "microdnf update"),
    // Also that of OpenWrt and Wolfi, whose files lie elsewhere.
    ("apk", "apk upgrade"),
    ("zypper", "zypper patch --category security"),
    ("pacman", "pacman -Syu"),
    ("tdnf", "tdnf update"),
    ("xbps-install", "xbps-install -Su"),
];

impl Manager {
    /// The one that keeps the installed packages. A Debian may have `dnf` too, and then none of its packages is from it.
    ///
    /// # Errors
    /// There is none, or one that is not handled.
    pub fn of(system: &dyn System) -> Result<Self, PackagesError> {
        let has = |program: &str| {
            ["/usr/bin", "/usr/sbin", "/bin", "/sbin"]
                .iter()
                .any(|folder| system.exists(&Path::new(folder).join(program)))
        };
        if has("apt-get") && system.exists(Path::new("/var/lib/dpkg/status")) {
            return Ok(Self::Apt);
        }
        if has("dnf") && !has("dnf5") {
            return Ok(Self::Dnf);
        }
        if has("apk") && system.exists(Path::new("/etc/alpine-release")) {
            return Ok(Self::Apk);
        }
        let other = OTHERS.iter().find(|(program, _)| has(program));
        Err(other.map_or(PackagesError::NoManager, |(program, command)| {
            PackagesError::Unsupported { program: (*program).into(), command: (*command).into() }
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Machine, Manager, PackagesError};
    use pasu_system::MemorySystem;

    fn of(files: &[&str]) -> Result<Manager, PackagesError> {
        let system =
            files.iter().fold(MemorySystem::new(), |system, file| system.with_file(file, ""));
        Manager::of(&system)
    }

    #[test]
    fn the_manager_is_the_one_that_keeps_the_packages() {
        let debian = ["/usr/bin/apt-get", "/var/lib/dpkg/status", "/usr/bin/dnf"];
        assert_eq!(of(&debian).unwrap(), Manager::Apt);
        assert_eq!(of(&["/usr/bin/dnf", "/usr/bin/yum"]).unwrap(), Manager::Dnf);
        assert_eq!(of(&["/sbin/apk", "/etc/alpine-release"]).unwrap(), Manager::Apk);
        for (file, said) in [
            ("/sbin/apk", "apk upgrade"),
            ("/usr/bin/yum", "yum update --security"),
            ("/usr/bin/dnf5", "dnf upgrade --security"),
            ("/usr/bin/vi", "neither apt-get, dnf nor apk"),
        ] {
            let error =
                of(&["/usr/bin/dnf5", file][usize::from(file != "/usr/bin/dnf5")..]).unwrap_err();
            assert!(error.to_string().contains(said), "{file}: {error}");
        }
    }

    #[test]
    fn a_tree_is_refused() {
        assert!(matches!(Machine::live(&MemorySystem::new()), Err(PackagesError::NotRunning)));
        assert!(Machine::live(&MemorySystem::new().live()).is_ok());
    }
}
