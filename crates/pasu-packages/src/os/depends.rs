//! From what packages require and provide to which package needs which.

use pasu_model::Package;
use std::collections::{BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

/// The most dependencies of one package that are kept; metapackages have some hundreds.
const MAX_DEPENDENCIES: usize = 1000;

/// What the packages of one database say about each other, by their index in it.
///
/// Names are kept as hashes: an RPM host has some hundred thousand of them, and all that is asked is which are equal.
#[derive(Default)]
pub struct Relations {
    provided: HashMap<u64, Vec<usize>>,
    required: Vec<(usize, u64)>,
}

impl Relations {
    /// A package provides a name: its own, or another one.
    pub fn provide(&mut self, package: usize, name: &[u8]) {
        self.provided.entry(key(name)).or_default().push(package);
    }

    /// A package requires a name, or would be content with it.
    pub fn require(&mut self, package: usize, name: &[u8]) {
        self.required.push((package, key(name)));
    }

    /// Sets `depends_on`. Of several packages that provide a name the one of the same architecture is taken, else the
    /// first; a name that nobody provides is an alternative that is not installed.
    pub fn resolve(self, packages: &mut [Package]) {
        let mut needed: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); packages.len()];
        for (package, name) in self.required {
            let Some(providers) = self.provided.get(&name) else { continue };
            let arch = packages.get(package).map(|package| &package.arch);
            let same =
                |provider: &&usize| packages.get(**provider).map(|other| &other.arch) == arch;
            let provider = providers.iter().take(8).find(same).or_else(|| providers.first());
            let (Some(provider), Some(needed)) = (provider, needed.get_mut(package)) else {
                continue;
            };
            if *provider != package && needed.len() < MAX_DEPENDENCIES {
                needed.insert(*provider);
            }
        }
        let ids: Vec<String> = packages.iter().map(Package::id).collect();
        for (package, needed) in packages.iter_mut().zip(needed) {
            package.depends_on =
                needed.iter().filter_map(|index| ids.get(*index).cloned()).collect();
            package.depends_on.sort_unstable();
        }
    }
}

fn key(name: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish()
}
