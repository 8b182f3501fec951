//! Installed packages of Arch Linux: `/var/lib/pacman/local/<name>-<version>/desc`.
//!
//! ```text
//! %NAME%
//! openssl
//!
//! %VERSION%
//! 3.4.0-1
//! ```

use super::{Damage, detected, is_token};
use crate::{DetectError, Detector, Interest, Scope, TargetFile};
use pasu_model::{Package, PackageSet, PackageType, SourcePackage};
use std::path::Path;

/// Where pacman keeps a directory for every installed package.
pub const LOCAL: &str = "/var/lib/pacman/local";

/// One package's `desc`.
pub struct Local;

impl Detector for Local {
    fn id(&self) -> &'static str {
        "os/pacman-local"
    }

    fn scope(&self) -> Scope {
        Scope::Installed
    }

    fn interest(&self) -> Interest {
        Interest { names: &["desc"], ..Interest::default() }
    }

    fn detect(&self, file: &TargetFile<'_>) -> Result<Vec<PackageSet>, DetectError> {
        // `desc` is also the name of other things; pacman's lie two levels below its own directory.
        if file.path.parent().and_then(Path::parent) != Some(Path::new(LOCAL)) {
            return Ok(Vec::new());
        }
        let bytes = file.bytes()?;
        let mut damage = Damage::default();
        let package = package(&String::from_utf8_lossy(bytes));
        if package.is_none() {
            damage.add(|| "no usable %NAME% or %VERSION%".to_owned());
        }
        Ok(detected(file, PackageType::Pacman, package.into_iter().collect(), damage))
    }
}

fn package(text: &str) -> Option<Package> {
    let single = |field| values(text, field).next().filter(|value| is_token(value));
    let (name, version) = (single("%NAME%")?, single("%VERSION%")?);
    let mut package = Package::new(PackageType::Pacman, name, version);
    package.arch = single("%ARCH%").map(str::to_owned);
    package.source = Some(SourcePackage {
        name: single("%BASE%").unwrap_or(name).to_owned(),
        version: version.to_owned(),
    });
    package.licenses = values(text, "%LICENSE%").map(str::to_owned).collect();
    package.maintainer = values(text, "%PACKAGER%").next().map(str::to_owned);
    Some(package)
}

/// The lines below a `%FIELD%` up to the next empty one.
fn values<'a>(text: &'a str, field: &str) -> impl Iterator<Item = &'a str> {
    text.lines()
        .skip_while(move |line| line.trim() != field)
        .skip(1)
        .take_while(|line| !line.is_empty())
}

#[cfg(test)]
mod tests {
    use super::Local;
    use crate::os::testing::{inspect, names};
    use pasu_system::MemorySystem;

    /// From `archlinux:base-20241201`, shortened.
    const DESC: &str = "%NAME%\nlib32-glibc\n\n%VERSION%\n1:2.40+r16-1\n\n%BASE%\nglibc\n\n%DESC%\nC library\n\n\
        %ARCH%\nx86_64\n\n%LICENSE%\nGPL-2.0-or-later\nLGPL-2.1-or-later\n\n\
        %PACKAGER%\nFrederik Schwan <freswa@archlinux.org>\n\n";

    #[test]
    fn arch_packages_have_their_base() {
        let path = "/var/lib/pacman/local/lib32-glibc-1:2.40+r16-1/desc";
        let detected = inspect(&Local, &MemorySystem::new().with_file(path, DESC), path);
        assert!(detected.problems.is_empty());
        assert_eq!(names(&detected), ["lib32-glibc 1:2.40+r16-1"]);
        let package = &detected.sets[0].packages[0];
        assert_eq!(package.source_or_self(), ("glibc", "1:2.40+r16-1"));
        assert_eq!(package.licenses, ["GPL-2.0-or-later", "LGPL-2.1-or-later"]);
        assert_eq!(package.arch.as_deref(), Some("x86_64"));
    }

    #[test]
    fn other_files_of_that_name_are_left_alone_and_damage_is_said() {
        for (path, content, problems) in [
            ("/srv/desc", "hello", 0),
            ("/var/lib/pacman/local/a-1/desc", "%NAME%\na\n", 1),
            ("/var/lib/pacman/local/a-1/desc", "\0\0\0", 1),
        ] {
            let detected = inspect(&Local, &MemorySystem::new().with_file(path, content), path);
            assert_eq!(detected.problems.len(), problems, "{path} {content:?}");
            assert!(detected.sets.is_empty());
        }
    }
}
