//! Every text database with every kind of damage: nothing to compare, it must come back without a panic, and what does
//! come out must be fit to print.

use super::testing::Numbers;
use super::{DETECTORS, is_token, licenses, operating_system, owners};
use crate::TargetFile;
use pasu_system::{MemorySystem, System};
use std::path::Path;

const FILES: [(&str, &str); 9] = [
    (
        "/var/lib/dpkg/status",
        "Package: a\nStatus: install ok installed\nVersion: 1:2-3\nSource: b (4)\n\
         Depends: c (>= 1), d | e:any\nProvides: f (= 1)\nDescription: x\n y\n\n\
         Package: c\nVersion: 1\nProvides: a\nDepends: a, c\n",
    ),
    ("/var/lib/dpkg/status.d/a", "Package: a\nVersion: 1\n"),
    ("/var/lib/dpkg/status.d/a.md5sums", "d41d8cd98f00b204e9800998ecf8427e  usr/bin/a\n"),
    ("/var/lib/dpkg/info/a.list", "/.\n/usr/bin/a\n"),
    (
        "/lib/apk/db/installed",
        "P:a\nV:1-r0\nD:so:x>=1 !b\np:so:x=1\nF:usr/bin\nR:a\n\nP:b\nV:2\n\n",
    ),
    ("/var/lib/pacman/local/a-1-1/desc", "%NAME%\na\n\n%VERSION%\n1-1\n\n%LICENSE%\nMIT\n"),
    ("/etc/os-release", "ID=debian\nVERSION_ID=\"12\"\nPRETTY_NAME='x\\'\n"),
    ("/etc/debian_version", "12.11\n"),
    ("/usr/share/doc/a/copyright", "License: GPL-2+\n see /usr/share/common-licenses/GPL-2.\n"),
];

#[test]
fn damaged_text_neither_panics_nor_gets_through() {
    let mut numbers = Numbers::default();
    for _ in 0..400 {
        let system = FILES.iter().fold(MemorySystem::new(), |system, (path, text)| {
            system.with_file(path, damaged(text, &mut numbers))
        });
        let (os, _) = operating_system(&system);
        assert!(os.is_none_or(|os| !os.pretty_name.unwrap_or_default().contains('\x1b')));
        let asked = ["/usr/bin/a".to_owned(), "/".to_owned()].into();
        assert!(owners(&system, &asked).keys().all(|path| asked.contains(path)));
        for detector in DETECTORS {
            for (path, _) in FILES {
                let metadata = system.symlink_metadata(Path::new(path)).unwrap();
                let file = TargetFile::new(&system, Path::new(path), metadata);
                for mut set in detector.detect(&file).unwrap_or_default() {
                    licenses(&system, &mut set.packages);
                    assert!(set.packages.iter().all(|package| is_token(&package.name)));
                    assert!(set.packages.iter().all(|package| is_token(&package.version)));
                }
            }
        }
    }
}

/// Some bytes overwritten, some taken out, some put in, and the end cut off.
fn damaged(text: &str, numbers: &mut Numbers) -> Vec<u8> {
    const BYTES: &[u8] = b"\0\n\r\t :=%\"'\\()/.-~\x1b\xff\xc3Aa0";
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..numbers.below(6) {
        let at = numbers.below(bytes.len().max(1)).min(bytes.len());
        let byte = BYTES[numbers.below(BYTES.len())];
        match numbers.below(4) {
            0 => bytes.truncate(at),
            1 => bytes.insert(at, byte),
            2 if at < bytes.len() => drop(bytes.remove(at)),
            _ => bytes.get_mut(at..=at).unwrap_or_default().fill(byte),
        }
    }
    bytes
}
