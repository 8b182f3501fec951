//! The file lists in rpm's headers: names, the directories, and for each name the number of its directory.

use super::Wanted;
use crate::os::Damage;
use crate::os::rpm::{Header, databases, each_header, tag};
use pasu_system::System;

/// Looks through the headers of every database in use. Damage is not counted here: the detector says it.
pub fn search(system: &dyn System, wanted: &mut Wanted) {
    for database in databases(system) {
        let mut damage = Damage::default();
        let _ = each_header(system, &database, &mut damage, &mut |header| {
            if !wanted.is_done() {
                offer_all(header, wanted);
            }
            Ok(())
        });
    }
}

fn offer_all(header: &Header<'_>, wanted: &mut Wanted) {
    let Some(package) = header.string(tag::NAME) else { return };
    let directories: Vec<&[u8]> = header.strings(tag::DIRNAMES).collect();
    let mut path = Vec::new();
    for (name, index) in header.strings(tag::BASENAMES).zip(header.numbers(tag::DIRINDEXES)) {
        let directory = usize::try_from(index).ok().and_then(|index| directories.get(index));
        let Some(directory) = directory else { continue };
        path.clear();
        path.extend_from_slice(directory);
        path.extend_from_slice(name);
        wanted.offer(&path, &package);
    }
}
