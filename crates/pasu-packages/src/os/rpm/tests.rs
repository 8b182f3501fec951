//! Databases written by the real libraries; `testdata/README.md` says how.

use super::{Database, read_open};
use crate::DetectError;
use crate::os::Damage;
use crate::os::testing::{Detected, Numbers, inspect, names};
use pasu_model::{Package, UnseenReason};
use pasu_system::{MemorySystem, SystemFile};
use std::io::Read;
use std::path::Path;

const SQLITE: &[u8] = include_bytes!("testdata/rpmdb.sqlite.gz");
const LOGGED: &[u8] = include_bytes!("testdata/logged.sqlite.gz");
const LOG: &[u8] = include_bytes!("testdata/logged.sqlite-wal.gz");
const NDB: &[u8] = include_bytes!("testdata/Packages.ndb.gz");
const MANY_SQLITE: &[u8] = include_bytes!("testdata/many.sqlite.gz");
const MANY_BDB: &[u8] = include_bytes!("testdata/many.bdb.gz");
const REQUIRES: &[u8] = include_bytes!("testdata/requires.sqlite.gz");
const BIG_ENDIAN: &[u8] = include_bytes!("testdata/big-endian.bdb.gz");
const BDB: &[u8] = include_bytes!("testdata/Packages.bdb.gz");

const KINDS: [(&str, &[u8]); 3] = [
    ("/var/lib/rpm/rpmdb.sqlite", SQLITE),
    ("/usr/lib/sysimage/rpm/Packages.db", NDB),
    ("/var/lib/rpm/Packages", BDB),
];

fn unpacked(gzip: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(gzip).read_to_end(&mut bytes).unwrap();
    bytes
}

fn read(path: &str, bytes: impl AsRef<[u8]>) -> Detected {
    inspect(&Database, &MemorySystem::new().with_file(path, bytes), path)
}

fn find<'a>(detected: &'a Detected, name: &str) -> &'a Package {
    detected.sets[0].packages.iter().find(|package| package.name == name).unwrap()
}

#[test]
fn all_three_databases_give_the_same_packages() {
    for (path, gzip) in KINDS.into_iter().chain([("/var/lib/rpm/Packages", BIG_ENDIAN)]) {
        let detected = read(path, unpacked(gzip));
        assert!(detected.problems.is_empty(), "{path}: {:?}", detected.problems);
        assert_eq!(
            names(&detected),
            [
                "bash 5.1.8-6.el9_1",
                "nodejs 1:18.19.0-1.module_el8.9.0+3715+a5e8c6b5",
                "openssl-libs 1:3.0.7-27.el9",
                "tzdata 2024a-1.amzn2023.0.1",
            ],
            "{path}"
        );
    }
}

#[test]
fn tables_of_several_levels_are_read_whole() {
    let sqlite = read("/var/lib/rpm/rpmdb.sqlite", unpacked(MANY_SQLITE));
    assert!(sqlite.problems.is_empty(), "{:?}", sqlite.problems);
    let expected = (1..=400).filter(|number| number % 50 != 0);
    let expected: Vec<String> =
        expected.map(|number| format!("p{number:03} 5.1.8-6.el9_1")).collect();
    assert_eq!(names(&sqlite), expected);

    let bdb = read("/var/lib/rpm/Packages", unpacked(MANY_BDB));
    assert!(bdb.problems.is_empty(), "{:?}", bdb.problems);
    assert_eq!(
        names(&bdb),
        (1..=150).map(|number| format!("p{number:03} 5.1.8-6.el9_1")).collect::<Vec<_>>()
    );
}

#[test]
fn headers_give_source_vendor_licence_and_module() {
    let detected = read("/var/lib/rpm/rpmdb.sqlite", unpacked(SQLITE));
    let nodejs = find(&detected, "nodejs");
    assert_eq!(nodejs.module_label.as_deref(), Some("nodejs:18:8090020240109123456:ab12cd34"));
    assert_eq!(nodejs.source_or_self(), ("nodejs", "1:18.19.0-1.module_el8.9.0+3715+a5e8c6b5"));
    assert_eq!(nodejs.vendor.as_deref(), Some("AlmaLinux"));
    assert_eq!(
        nodejs.maintainer.as_deref(),
        Some("AlmaLinux Packaging Team <packager@almalinux.org>")
    );
    assert_eq!(nodejs.licenses, ["MIT and ASL 2.0"]);
    assert_eq!(nodejs.arch.as_deref(), Some("noarch"));
    let bash = find(&detected, "bash");
    assert_eq!(bash.module_label, None);
    assert_eq!(bash.source_or_self(), ("bash", "5.1.8-6.el9_1"));
}

#[test]
fn requirements_lead_to_what_is_installed() {
    let detected = read("/var/lib/rpm/rpmdb.sqlite", unpacked(REQUIRES));
    assert_eq!(find(&detected, "app").depends_on, ["nodejs@1:18.19.0-1.noarch"]);
    assert_eq!(find(&detected, "nodejs").depends_on, Vec::<String>::new());
}

#[test]
fn what_is_only_in_the_log_is_installed_too() {
    let path = "/var/lib/rpm/rpmdb.sqlite";
    let alone = MemorySystem::new().with_file(path, unpacked(LOGGED));
    assert_eq!(names(&inspect(&Database, &alone, path)), ["bash 5.1.8-6.el9_1"]);

    let log = unpacked(LOG);
    let with_log = alone.clone().with_file("/var/lib/rpm/rpmdb.sqlite-wal", &log);
    let detected = inspect(&Database, &with_log, path);
    assert!(detected.problems.is_empty(), "{:?}", detected.problems);
    assert_eq!(names(&detected).len(), 3);

    // A log that ends in the middle of its last transaction: what was committed before counts.
    let cut = alone.clone().with_file("/var/lib/rpm/rpmdb.sqlite-wal", &log[..log.len() - 10]);
    assert_eq!(names(&inspect(&Database, &cut, path)).len(), 2);
    let empty = alone.clone().with_file("/var/lib/rpm/rpmdb.sqlite-wal", "");
    assert_eq!(names(&inspect(&Database, &empty, path)).len(), 1);
    let unreadable = alone.clone().with_unreadable("/var/lib/rpm/rpmdb.sqlite-wal");
    let junk = alone.with_file("/var/lib/rpm/rpmdb.sqlite-wal", "junk".repeat(50));
    for system in [unreadable, junk] {
        let detected = inspect(&Database, &system, path);
        assert_eq!((names(&detected).len(), detected.problems.len()), (1, 1));
    }
}

#[test]
fn a_converted_database_is_not_read_twice() {
    let path = "/var/lib/rpm/Packages";
    let system = MemorySystem::new()
        .with_file(path, unpacked(BDB))
        .with_file("/var/lib/rpm/rpmdb.sqlite", unpacked(SQLITE));
    let detected = inspect(&Database, &system, path);
    assert!(detected.sets.is_empty() && detected.problems.is_empty());
}

#[test]
fn an_empty_file_is_a_database_without_packages() {
    for (path, _) in KINDS {
        let detected = read(path, "");
        assert!(detected.sets.is_empty() && detected.problems.is_empty(), "{path}");
    }
}

#[test]
fn what_is_no_database_is_said() {
    for (path, _) in KINDS {
        for junk in ["junk".repeat(100), "x".to_owned()] {
            let detected = read(path, junk);
            assert!(matches!(detected.problems[..], [(UnseenReason::Malformed, _)]), "{path}");
        }
    }
}

#[test]
fn a_database_that_is_cut_off_is_never_clean() {
    for (path, gzip) in KINDS {
        let whole = unpacked(gzip);
        for part in [1, 3, 7, 10] {
            let detected = read(path, &whole[..whole.len() * part / 11]);
            assert!(!detected.problems.is_empty(), "{path} at {part}/11");
        }
    }
}

/// A file that says it has 16 TB, as a sparse one does, and holds nothing.
struct Sparse;

impl SystemFile for Sparse {
    fn size(&self) -> u64 {
        1 << 44
    }

    fn read_at(&self, buffer: &mut [u8], _: u64) -> std::io::Result<usize> {
        buffer.fill(0);
        Ok(buffer.len())
    }
}

#[test]
fn a_database_beyond_all_measure_is_refused() {
    let mut damage = Damage::default();
    for (path, _) in KINDS {
        let read = read_open(Path::new(path), &Sparse, None, &mut damage, &mut |_| Ok(()));
        assert!(matches!(read, Err(DetectError::Limit(_))), "{path}");
    }
}

/// Nothing to compare: it must come back, whatever the bytes are.
#[test]
fn damaged_databases_neither_panic_nor_hang() {
    let mut numbers = Numbers::default();
    let log = unpacked(LOG);
    let cases = KINDS.iter().copied().chain([("/var/lib/rpm/rpmdb.sqlite", LOGGED)]);
    for (path, gzip) in cases {
        let whole = unpacked(gzip);
        for _ in 0..150 {
            let (mut bytes, mut log) = (whole.clone(), log.clone());
            for _ in 0..=numbers.below(40) {
                // Half of the damage goes where it hurts: to the descriptions at the beginning.
                let reach = if numbers.below(2) == 0 { 4096 } else { bytes.len() };
                let at = numbers.below(reach);
                bytes[at] = u8::try_from(numbers.below(256)).unwrap();
                let at = numbers.below(log.len());
                log[at] ^= 1;
            }
            let system = MemorySystem::new()
                .with_file(path, bytes)
                .with_file("/var/lib/rpm/rpmdb.sqlite-wal", log);
            inspect(&Database, &system, path);
        }
    }
}

/// A Berkeley DB whose overflow chain is a ring: rpm's readers in other programs have hung on this.
#[test]
fn a_ring_of_pages_comes_to_an_end() {
    let mut bytes = unpacked(BDB);
    let page_size = 4096;
    for page in bytes.chunks_exact_mut(page_size).filter(|page| page[25] == 7) {
        let own: [u8; 4] = page[8..12].try_into().unwrap();
        page[16..20].copy_from_slice(&own);
        page[22..24].copy_from_slice(&1u16.to_le_bytes());
    }
    let detected = read("/var/lib/rpm/Packages", bytes);
    assert!(!detected.problems.is_empty());
}
