//! Which detectors want a file, asked once for every file of a target: a few table lookups and no allocation.

use crate::{Detector, Interest};
use std::collections::HashMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// The interests of a set of detectors.
pub struct InterestIndex {
    names: HashMap<&'static [u8], Vec<usize>>,
    suffixes: Vec<(&'static [u8], usize)>,
    path_ends: Vec<(&'static [u8], usize)>,
    paths: HashMap<&'static [u8], Vec<usize>>,
    directories: HashMap<&'static [u8], Vec<usize>>,
    elf: Vec<usize>,
}

impl InterestIndex {
    /// Numbers are places in `detectors`.
    pub fn new(detectors: &[&'static dyn Detector]) -> Self {
        let interests: Vec<(usize, Interest)> =
            detectors.iter().map(|detector| detector.interest()).enumerate().collect();
        Self {
            names: table(&interests, |interest| interest.names),
            suffixes: list(&interests, |interest| interest.suffixes),
            path_ends: list(&interests, |interest| interest.path_ends),
            paths: table(&interests, |interest| interest.paths),
            directories: table(&interests, |interest| interest.directories),
            elf: interests
                .iter()
                .filter(|(_, interest)| interest.elf)
                .map(|(number, _)| *number)
                .collect(),
        }
    }

    /// The detectors that want a file by its path, each once, in ascending order.
    pub fn by_path(&self, path: &Path, wanted: &mut Vec<usize>) {
        let whole = path.as_os_str().as_bytes();
        let name = path.file_name().map(OsStr::as_bytes).unwrap_or_default();
        wanted.extend(self.names.get(name).into_iter().flatten());
        wanted.extend(
            self.suffixes
                .iter()
                .filter(|(suffix, _)| name.ends_with(suffix))
                .map(|(_, number)| number),
        );
        wanted.extend(
            self.path_ends
                .iter()
                .filter(|(end, _)| ends_at_part(whole, end))
                .map(|(_, number)| number),
        );
        wanted.extend(self.paths.get(whole).into_iter().flatten());
        let parent = path.parent().map(|parent| parent.as_os_str().as_bytes()).unwrap_or_default();
        wanted.extend(self.directories.get(parent).into_iter().flatten());
        wanted.sort_unstable();
        wanted.dedup();
    }

    /// The detectors that want ELF files.
    pub fn elf(&self) -> &[usize] {
        &self.elf
    }
}

/// `.dist-info/METADATA` ends `/x.dist-info/METADATA`; `node/x.json` does not end `/renode/x.json`.
fn ends_at_part(path: &[u8], end: &[u8]) -> bool {
    let Some(before) = path.strip_suffix(end) else { return false };
    end.first() == Some(&b'.')
        || before.is_empty()
        || before.ends_with(b"/")
        || end.first() == Some(&b'/')
}

type Pick = fn(&Interest) -> &'static [&'static str];

fn table(interests: &[(usize, Interest)], pick: Pick) -> HashMap<&'static [u8], Vec<usize>> {
    let mut table: HashMap<&'static [u8], Vec<usize>> = HashMap::new();
    for (key, number) in list(interests, pick) {
        table.entry(key).or_default().push(number);
    }
    table
}

fn list(interests: &[(usize, Interest)], pick: Pick) -> Vec<(&'static [u8], usize)> {
    interests
        .iter()
        .flat_map(|(number, interest)| pick(interest).iter().map(|key| (key.as_bytes(), *number)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::ends_at_part;

    #[test]
    fn path_ends_begin_at_a_part_or_a_dot() {
        assert!(ends_at_part(b"/usr/lib/x-1.dist-info/METADATA", b".dist-info/METADATA"));
        assert!(ends_at_part(b"/a/vendor/composer/installed.json", b"composer/installed.json"));
        assert!(!ends_at_part(b"/a/mycomposer/installed.json", b"composer/installed.json"));
    }
}
