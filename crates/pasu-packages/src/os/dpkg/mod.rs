//! Installed Debian packages: `/var/lib/dpkg/status`, and `/var/lib/dpkg/status.d/*` of distroless images.

mod copyright;
mod status;

pub use copyright::licenses;

use super::{Damage, detected};
use crate::{DetectError, Detector, Interest, Scope, TargetFile};
use pasu_model::{PackageSet, PackageType};

/// `/var/lib/dpkg/status`, one stanza a package.
pub struct Status;

/// `/var/lib/dpkg/status.d/<package>`, one file a package, as distroless images have it.
pub struct StatusDirectory;

impl Detector for Status {
    fn id(&self) -> &'static str {
        "os/dpkg-status"
    }

    fn scope(&self) -> Scope {
        Scope::Installed
    }

    fn interest(&self) -> Interest {
        Interest { paths: &["/var/lib/dpkg/status"], ..Interest::default() }
    }

    fn detect(&self, file: &TargetFile<'_>) -> Result<Vec<PackageSet>, DetectError> {
        packages(file)
    }
}

impl Detector for StatusDirectory {
    fn id(&self) -> &'static str {
        "os/dpkg-status-d"
    }

    fn scope(&self) -> Scope {
        Scope::Installed
    }

    fn interest(&self) -> Interest {
        Interest { directories: &["/var/lib/dpkg/status.d"], ..Interest::default() }
    }

    fn detect(&self, file: &TargetFile<'_>) -> Result<Vec<PackageSet>, DetectError> {
        // The lists of files lie beside the stanzas: `libc6`, `libc6.md5sums`.
        let name = file.name();
        if [".md5sums", ".list", ".preinst", ".postinst"].iter().any(|end| name.ends_with(end)) {
            return Ok(Vec::new());
        }
        packages(file)
    }
}

fn packages(file: &TargetFile<'_>) -> Result<Vec<PackageSet>, DetectError> {
    let mut damage = Damage::default();
    let packages = status::packages(file.bytes()?, &mut damage);
    Ok(detected(file, PackageType::Dpkg, packages, damage))
}

#[cfg(test)]
mod tests;
