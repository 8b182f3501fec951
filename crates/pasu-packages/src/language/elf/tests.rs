use super::testing::{ADDRESS, elf_with_section, elf_with_segments};
use super::{Elf, Extent};
use crate::DetectError;
use pasu_system::{MemorySystem, System, SystemFile};
use std::path::Path;

fn open(bytes: &[u8]) -> Box<dyn SystemFile> {
    MemorySystem::new().with_executable("/x", bytes).open(Path::new("/x")).unwrap()
}

#[test]
fn sections_and_addresses_are_found() {
    let file = open(&elf_with_section(".go.buildinfo", b"content"));
    let elf = Elf::open(file.as_ref()).unwrap().unwrap();
    let extent = Extent { address: ADDRESS, offset: 120, size: 7 };
    assert!(elf.has_sections());
    assert_eq!(elf.section(b".go.buildinfo"), Some(extent));
    assert_eq!(elf.section(b".dep-v0"), None);
    assert_eq!(elf.data_segments().unwrap(), [extent]);
    assert_eq!(elf.read_address(ADDRESS + 3, 4).unwrap(), b"tent");
    assert!(elf.read_address(ADDRESS + 3, 5).is_err());
    assert!(elf.read_address(ADDRESS - 1, 1).is_err());
}

/// The section of a 32-bit big-endian file, as MIPS routers have them, with its count of sections where large counts
/// stand.
#[test]
fn other_word_sizes_and_byte_orders_are_read() {
    let mut elf = b"\x7fELF\x01\x02\x01".to_vec();
    elf.resize(32, 0);
    elf.extend(80u32.to_be_bytes());
    elf.resize(46, 0);
    for half in [40u16, 0, 0xffff] {
        elf.extend(half.to_be_bytes());
    }
    elf.extend(b"\0.dep-v0\0content");
    elf.resize(80, 0);
    // Name, type, flags, address, offset, size, link, info, alignment, entry size.
    for header in [
        [0, 0, 0, 0, 0, 3, 2, 0, 0, 0],
        [1, 1, 2, 0x40_0000, 61, 7, 0, 0, 1, 0],
        [0, 3, 0, 0, 52, 9, 0, 0, 1, 0u32],
    ] {
        elf.extend(header.iter().flat_map(|word| word.to_be_bytes()));
    }
    let file = open(&elf);
    let elf = Elf::open(file.as_ref()).unwrap().unwrap();
    let extent = Extent { address: 0x40_0000, offset: 61, size: 7 };
    assert_eq!(elf.section(b".dep-v0"), Some(extent));
}

#[test]
fn a_file_without_sections_still_has_segments() {
    let file = open(&elf_with_segments(&[b"content"]));
    let elf = Elf::open(file.as_ref()).unwrap().unwrap();
    assert!(!elf.has_sections());
    assert_eq!(elf.section(b""), None);
    assert_eq!(elf.data_segments().unwrap().len(), 1);
}

#[test]
fn what_is_not_elf_is_passed_over() {
    for bytes in [&b""[..], b"\x7fEL", b"#!/bin/sh\n", b"MZ"] {
        assert!(Elf::open(open(bytes).as_ref()).unwrap().is_none(), "{bytes:?}");
    }
}

#[test]
fn damaged_tables_are_errors_and_never_panics() {
    let good = elf_with_section(".dep-v0", b"content");
    for length in 6..good.len() {
        let file = open(&good[..length]);
        assert!(matches!(Elf::open(file.as_ref()), Err(DetectError::Malformed(_))), "{length}");
    }
    for at in 4..good.len() {
        let mut bad = good.clone();
        bad[at] = 0xff;
        if let Ok(Some(elf)) = Elf::open(open(&bad).as_ref()) {
            let _ = elf.section(b".dep-v0");
            let _ = elf.data_segments();
            let _ = elf.read_address(ADDRESS, 1);
        }
    }
}
