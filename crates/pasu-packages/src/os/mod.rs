//! Operating-system packages and the operating system itself.
//!
//! A package database becomes one [`PackageSet`](pasu_model::PackageSet) with an empty target. The detectors do not ask
//! which distribution they look at: package URLs, which name it, are set afterwards by [`set_purls`].

mod apk;
mod depends;
mod dpkg;
mod eol;
mod ownership;
mod pacman;
mod purl;
mod release;
mod rpm;

pub use dpkg::licenses;
pub use eol::end_of_life;
pub use ownership::owners;
pub use purl::set_purls;
pub use release::operating_system;

use crate::{Detector, TargetFile};
use pasu_model::{Package, PackageSet, PackageType, UnseenReason};

/// Its detectors.
pub const DETECTORS: &[&dyn Detector] =
    &[&dpkg::Status, &dpkg::StatusDirectory, &apk::Installed, &rpm::Database, &pacman::Local];

/// The packages of one database as a set, in the fixed order.
fn package_set(kind: PackageType, mut packages: Vec<Package>) -> PackageSet {
    packages.sort_by(|a, b| {
        (&a.name, &a.version, &a.arch, &a.path).cmp(&(&b.name, &b.version, &b.arch, &b.path))
    });
    PackageSet { kind, target: String::new(), packages }
}

/// What a database gave: its packages as one set. Its damaged records are told in one line.
fn detected(
    file: &TargetFile<'_>,
    kind: PackageType,
    packages: Vec<Package>,
    damage: Damage,
) -> Vec<PackageSet> {
    if let Some(problem) = damage.into_problem() {
        file.report(UnseenReason::Malformed, problem);
    }
    match packages.is_empty() {
        true => Vec::new(),
        false => vec![package_set(kind, packages)],
    }
}

/// Records of a database that could not be read: how many, and what was wrong with the first.
#[derive(Debug, Default)]
struct Damage {
    count: usize,
    first: String,
}

impl Damage {
    /// Counts one more; `what` is called for the first only.
    fn add(&mut self, what: impl FnOnce() -> String) {
        if self.count == 0 {
            self.first = what();
        }
        self.count += 1;
    }

    fn into_problem(self) -> Option<String> {
        let more = match self.count {
            0 => return None,
            1 => String::new(),
            count => format!(" (and {} more)", count - 1),
        };
        Some(format!("{}{more}", self.first))
    }
}

/// Whether a name or a version may be one: not empty, no spaces, no control characters, not absurdly long.
fn is_token(value: &str) -> bool {
    !value.is_empty()
        && value.len() <= 1024
        && !value.chars().any(|c| c.is_control() || c.is_whitespace())
}

#[cfg(test)]
mod testing {
    use crate::{Detector, TargetFile};
    use pasu_model::{PackageSet, UnseenReason};
    use pasu_system::{MemorySystem, System};
    use std::path::Path;

    /// What a detector made of one file.
    pub struct Detected {
        pub sets: Vec<PackageSet>,
        pub problems: Vec<(UnseenReason, String)>,
    }

    /// Runs a detector on one file of a tree.
    pub fn inspect(detector: &dyn Detector, system: &MemorySystem, path: &str) -> Detected {
        let path = Path::new(path);
        let metadata = system.symlink_metadata(path).unwrap();
        let file = TargetFile::new(system, path, metadata);
        let outcome = detector.detect(&file);
        let mut problems = file.take_notes();
        let sets = outcome.unwrap_or_else(|problem| {
            problems.push((problem.reason(), problem.to_string()));
            Vec::new()
        });
        Detected { sets, problems }
    }

    /// A fixed sequence of numbers (xorshift), so that a failure can be seen again.
    pub struct Numbers(u64);

    impl Default for Numbers {
        fn default() -> Self {
            Self(0x9e37_79b9_7f4a_7c15)
        }
    }

    impl Numbers {
        /// The next number, reduced to a range.
        pub fn below(&mut self, limit: usize) -> usize {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            usize::try_from(self.0 % limit as u64).unwrap()
        }
    }

    /// `name version` of every package found.
    pub fn names(detected: &Detected) -> Vec<String> {
        let packages = detected.sets.iter().flat_map(|set| &set.packages);
        packages.map(|package| format!("{} {}", package.name, package.version)).collect()
    }
}

#[cfg(test)]
mod tests;
