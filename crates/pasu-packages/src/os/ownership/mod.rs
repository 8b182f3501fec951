//! Which operating-system package owns a file.
//!
//! A language package whose files belong to a distribution's package is that package's business: the distribution
//! mends it under its own version. Asking costs a pass over every list of files on the target, so it is done once, for
//! all files of interest, and stops when the last has its owner.

mod apk;
mod dpkg;
mod pacman;
mod rpm;
mod wanted;

use pasu_system::System;
use std::collections::{BTreeMap, BTreeSet};
use wanted::Wanted;

/// The largest list of files that is read; a kernel's has about 1 MB.
const MAX_LIST: u64 = 64 << 20;

/// For absolute paths inside the target, the names of the packages that own them. Paths nobody owns are left out.
///
/// `/bin/x` and `/usr/bin/x` are one file where `/bin` is a link to `usr/bin`, whichever of them the list has.
#[must_use]
pub fn owners(system: &dyn System, candidates: &BTreeSet<String>) -> BTreeMap<String, String> {
    let mut wanted = Wanted::new(system, candidates);
    for search in [dpkg::search, apk::search, rpm::search, pacman::search] {
        if wanted.is_done() {
            break;
        }
        search(system, &mut wanted);
    }
    wanted.into_owners()
}

#[cfg(test)]
mod tests;
