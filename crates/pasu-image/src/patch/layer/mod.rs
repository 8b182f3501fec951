//! Building the new layer without an engine: packages of Debian, Ubuntu and Alpine are unpacked over the merged tree, and
//! the package database is brought up to date. Nothing of the image or of a package is executed.
//!
//! The layer follows byte for byte from the image, the packages and [`Request::epoch`].

mod apk;
mod ar;
mod choose;
mod deb;
mod depends;
mod dpkg;
mod error;
mod nodes;
mod scripts;
mod shell;
mod spool;
pub(crate) mod stanza;
#[cfg(test)]
mod tests;
mod unpack;
pub(crate) use unpack::unpack;
mod write;

pub use apk::read_control as read_apk_control;
pub(crate) use apk::{Members, members, translated};
pub use deb::{Control, DataItem, read_control, read_data};
pub use error::{LayerError, Refusal, Unserved};
pub use shell::judged_script;
pub use stanza::Stanza;

use super::export::NewLayer;
use super::packages::{Packages, Verified};
use crate::layer::{Gather, Wish};
use pasu_model::Text;
use pasu_system::{Metadata, System};
use std::cmp::Ordering;
use std::path::Path;

/// Compares two versions as the image's package manager does; `None` if either is no version.
pub type Order = fn(&str, &str) -> Option<Ordering>;

/// A package that shall be upgraded.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Upgrade {
    /// The binary package.
    pub name: String,
    /// Its source package (Alpine: origin); its own name where that is the same.
    pub source: String,
    /// The architecture as the package manager calls it; empty for whichever is installed.
    pub architecture: String,
    /// The version that is installed.
    pub installed: String,
    /// The version from which on it is fixed.
    pub fixed: String,
    /// The lowest version with any of its fixes: where nobody has `fixed`, this is better than nothing.
    pub least: String,
}

/// What is asked for.
pub struct Request<'a> {
    /// The image's merged tree, opened with [`Records`] among what is gathered.
    pub system: &'a dyn System,
    /// What to upgrade; the order does not matter.
    pub upgrades: &'a [Upgrade],
    /// Where packages come from.
    pub packages: &'a dyn Packages,
    /// The version order of the image's package manager.
    pub order: Order,
    /// `SOURCE_DATE_EPOCH`: no time in the layer is later. Without it, the newest time in the packages.
    pub epoch: Option<i64>,
    /// Accept packages whose scripts would have to run.
    pub skip_scripts: bool,
    /// A folder with room for the unpacked packages.
    pub scratch: &'a Path,
}

/// What was made of it.
#[derive(Debug)]
pub struct Outcome {
    /// The layer; `None` if no package could be upgraded.
    pub layer: Option<NewLayer>,
    /// The newest time in the layer, seconds since 1970.
    pub epoch: i64,
    /// What was upgraded, by name, also what had to go along.
    pub upgraded: Vec<Upgraded>,
    /// What stays as it is, or goes without some of its fixes, and why.
    pub refused: Vec<(Upgrade, Refusal)>,
    /// What else has to be known of the layer.
    pub notes: Vec<Text>,
}

/// A package that was upgraded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upgraded {
    /// The binary package.
    pub name: String,
    /// Its architecture.
    pub architecture: String,
    /// The version before.
    pub from: String,
    /// The version now.
    pub to: String,
    /// It was not asked for, but another package needs it.
    pub along: bool,
    /// What vouches for its file.
    pub verified: Verified,
    /// Scripts that were not run: name, and what they would do.
    pub scripts: Vec<(String, Text)>,
}

/// Builds the layer.
///
/// # Errors
///
/// An image that cannot be served this way, a damaged package, and a full disk. What goes against one package alone is
/// in [`Outcome::refused`].
pub fn build(request: &Request<'_>) -> Result<Outcome, LayerError> {
    let has = |path: &str| request.system.exists(Path::new(path));
    if has("/var/lib/dpkg/status") || has("/var/lib/dpkg/status.d") {
        return dpkg::build(request);
    }
    if has("/lib/apk/db/installed") || has("/usr/lib/apk/db/installed") {
        return apk::build(request);
    }
    Err(LayerError::Unserved(unserved(has)))
}

fn unserved(has: impl Fn(&str) -> bool) -> Unserved {
    let rpm = ["/var/lib/rpm", "/usr/lib/sysimage/rpm", "/var/lib/rpmmanifest"];
    if has("/var/lib/chisel/manifest.wall") {
        Unserved::Chiselled
    } else if rpm.iter().any(|path| has(path)) {
        Unserved::Rpm
    } else if has("/var/lib/pacman/local") {
        Unserved::Pacman
    } else {
        Unserved::NoDatabase
    }
}

/// Keeps what the layer's making reads of an image whose layers pass by: package databases and configuration.
pub struct Records;

impl Gather for Records {
    fn wish(&self, path: &Path, _metadata: &Metadata, _head: &[u8]) -> Wish {
        let database =
            ["/var/lib/dpkg/status", "/lib/apk/db/installed", "/usr/lib/apk/db/installed"];
        let folders =
            ["/var/lib/dpkg", "/lib/apk/db", "/usr/lib/apk/db", "/etc", "/usr/share/keyrings"];
        Wish {
            keep: folders.iter().any(|folder| path.starts_with(folder)),
            database: database.iter().any(|file| path == Path::new(file)),
            look: false,
        }
    }

    fn look(
        &self,
        _system: &dyn System,
        _path: &Path,
        _metadata: Metadata,
    ) -> Vec<(String, Vec<u8>)> {
        Vec::new()
    }
}
