//! Licences out of `/usr/share/doc/<package>/copyright`.
//!
//! In the machine-readable form (DEP-5) they are fields, `License: GPL-2+`; in free text a mention of
//! `/usr/share/common-licenses/GPL-2` says as much. One file a package has to be read, so this is done only when
//! somebody asks for licences, and in parallel.

use pasu_model::{Package, PackageType};
use pasu_system::System;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// The largest `copyright` file that is read; the largest in Debian (of chromium) has about 2 MB.
const MAX_COPYRIGHT: u64 = 4 << 20;

/// How many licences of one package are kept.
const MAX_LICENSES: usize = 200;

/// Where Debian keeps the texts of common licences.
const COMMON: &str = "/usr/share/common-licenses/";

/// Fills in the licences of Debian packages from their `copyright` files. A package without one is left as it is.
pub fn licenses(system: &dyn System, packages: &mut [Package]) {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(8);
    let share = packages.len().div_ceil(threads).max(1);
    std::thread::scope(|scope| {
        for part in packages.chunks_mut(share) {
            scope.spawn(move || part.iter_mut().for_each(|package| fill(system, package)));
        }
    });
}

fn fill(system: &dyn System, package: &mut Package) {
    // The name becomes part of a path and comes from the target.
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    if package.kind != PackageType::Dpkg || !package.name.chars().all(plain) {
        return;
    }
    let path = PathBuf::from(format!("/usr/share/doc/{}/copyright", package.name));
    if let Ok(bytes) = system.read(&path, MAX_COPYRIGHT) {
        package.licenses = named_licenses(&String::from_utf8_lossy(&bytes));
    }
}

/// Every licence a `copyright` file names, each once, in alphabetical order.
fn named_licenses(text: &str) -> Vec<String> {
    let declared = text.lines().filter_map(|line| line.strip_prefix("License:"));
    let mut found: BTreeSet<&str> = declared.map(str::trim).filter(|name| is_name(name)).collect();
    if found.is_empty() {
        found = text.split(COMMON).skip(1).filter_map(common_name).collect();
    }
    found.into_iter().take(MAX_LICENSES).map(str::to_owned).collect()
}

/// A DEP-5 short name or an expression of them, not a sentence.
fn is_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= 120 && !name.chars().any(char::is_control)
}

/// The file name after `/usr/share/common-licenses/`, without the full stop or quote that may follow it.
fn common_name(rest: &str) -> Option<&str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '+');
    let end = rest.find(|c| !plain(c)).unwrap_or(rest.len());
    let name = rest.get(..end)?.trim_end_matches(['.', '-']);
    (!name.is_empty() && name.len() <= 40).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::{licenses, named_licenses};
    use pasu_model::{Package, PackageType};
    use pasu_system::MemorySystem;

    /// From bookworm's `libssl3` and `bash`, shortened.
    const DEP5: &str = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\
        \nFiles: *\nCopyright: 1998-2022 The OpenSSL Project\nLicense: Apache-2.0\n\
        \nFiles: debian/*\nLicense: GPL-2+ or Artistic\n\
        \nLicense: Apache-2.0\n On Debian systems, see /usr/share/common-licenses/Apache-2.0.\n";
    const FREE: &str = "On Debian systems, the complete text of the GNU General Public License\n\
        can be found in `/usr/share/common-licenses/GPL-3'.\nSee also /usr/share/common-licenses/GFDL-1.3.\n";

    #[test]
    fn declared_licences_come_before_mentioned_ones() {
        assert_eq!(named_licenses(DEP5), ["Apache-2.0", "GPL-2+ or Artistic"]);
        assert_eq!(named_licenses(FREE), ["GFDL-1.3", "GPL-3"]);
        assert_eq!(named_licenses("/usr/share/common-licenses/"), Vec::<String>::new());
    }

    #[test]
    fn each_package_gets_its_own() {
        let system = MemorySystem::new()
            .with_file("/usr/share/doc/libssl3/copyright", DEP5)
            .with_file("/usr/share/doc/bash/copyright", FREE);
        let mut packages: Vec<Package> = ["bash", "libssl3", "none", "../doc/bash"]
            .iter()
            .map(|name| Package::new(PackageType::Dpkg, *name, "1"))
            .collect();
        licenses(&system, &mut packages);
        let counts: Vec<usize> = packages.iter().map(|package| package.licenses.len()).collect();
        assert_eq!(counts, [2, 2, 0, 0]);
    }
}
