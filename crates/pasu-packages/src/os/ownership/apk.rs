//! The `F:` (directory) and `R:` (file in it) lines of apk's `installed` database.

use super::Wanted;
use crate::os::apk::DATABASES;
use crate::target_file::MAX_TEXT;
use pasu_system::System;
use std::path::Path;

/// Looks through the database.
pub fn search(system: &dyn System, wanted: &mut Wanted) {
    for database in DATABASES {
        if let Ok(bytes) = system.read(Path::new(database), MAX_TEXT) {
            offer_all(&bytes, wanted);
        }
    }
}

fn offer_all(bytes: &[u8], wanted: &mut Wanted) {
    let (mut package, mut directory): (String, &[u8]) = (String::new(), b"");
    let mut path = Vec::new();
    for line in bytes.split(|byte| *byte == b'\n') {
        match line {
            [b'P', b':', name @ ..] => package = String::from_utf8_lossy(name).into_owned(),
            [b'F', b':', name @ ..] => directory = name,
            [b'R', b':', name @ ..] => {
                path.clear();
                path.extend_from_slice(directory);
                path.push(b'/');
                path.extend_from_slice(name);
                wanted.offer(&path, &package);
            }
            _ if wanted.is_done() => return,
            _ => {}
        }
    }
}
