//! `/var/lib/dpkg/info/<package>.list`, a path a line; in distroless images `/var/lib/dpkg/status.d/<package>.md5sums`,
//! a checksum and a path without its first `/`.

use super::{MAX_LIST, Wanted};
use pasu_system::System;
use std::path::{Path, PathBuf};

/// A file of paths and the package it belongs to.
type List = (PathBuf, String);

/// Looks through every list.
pub fn search(system: &dyn System, wanted: &mut Wanted) {
    search_lists(system, &lists(system, "/var/lib/dpkg/info", ".list"), wanted, whole_line);
    search_lists(
        system,
        &lists(system, "/var/lib/dpkg/status.d", ".md5sums"),
        wanted,
        after_checksum,
    );
}

fn whole_line(line: &[u8]) -> &[u8] {
    line
}

/// `9b0e…d2  usr/bin/x`: the checksum has 32 digits.
fn after_checksum(line: &[u8]) -> &[u8] {
    line.get(32..).unwrap_or_default().trim_ascii_start()
}

/// Reads the lists in parallel: there are up to some thousands of them. What they have is given out afterwards and in
/// their order, so that the result does not depend on which thread was first.
fn search_lists(
    system: &dyn System,
    lists: &[List],
    wanted: &mut Wanted,
    path_of: fn(&[u8]) -> &[u8],
) {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(8);
    let share = lists.len().div_ceil(threads).max(1);
    let hits = std::thread::scope(|scope| {
        let asked = &*wanted;
        let part = |part| move || hits_of(system, part, asked, path_of);
        let threads: Vec<_> = lists.chunks(share).map(|lists| scope.spawn(part(lists))).collect();
        // A thread that panicked found nothing; none of them can.
        threads.into_iter().flat_map(|thread| thread.join().unwrap_or_default()).collect::<Vec<_>>()
    });
    for (canonical, package) in hits {
        wanted.give(&canonical, package);
    }
}

/// The files asked for that are in these lists.
fn hits_of<'l>(
    system: &dyn System,
    lists: &'l [List],
    wanted: &Wanted,
    path_of: fn(&[u8]) -> &[u8],
) -> Vec<(Vec<u8>, &'l str)> {
    let mut hits = Vec::new();
    for (list, package) in lists {
        let Ok(bytes) = system.read(list, MAX_LIST) else { continue };
        let lines = bytes.split(|byte| *byte == b'\n').map(path_of);
        let canonical = lines.filter_map(|path| wanted.is_open(path));
        hits.extend(canonical.map(|canonical| (canonical, package.as_str())));
    }
    hits
}

/// The lists of a directory, each with its package's name: `libc6:amd64.list` is of `libc6`.
fn lists(system: &dyn System, directory: &str, suffix: &str) -> Vec<List> {
    let entries = system.read_dir(Path::new(directory)).unwrap_or_default();
    let mut lists: Vec<List> = entries
        .into_iter()
        .filter_map(|(name, _)| {
            let stem = name.to_str()?.strip_suffix(suffix)?;
            let package = stem.split(':').next().unwrap_or(stem).to_owned();
            Some((Path::new(directory).join(&name), package))
        })
        .collect();
    // Where several packages have a file, which one it is given to must not depend on the directory's order.
    lists.sort();
    lists
}
