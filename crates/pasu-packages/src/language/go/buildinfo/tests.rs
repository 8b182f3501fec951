use super::strings::varint;
use super::testing::{inline, pointers};
use super::{BuildInfo, unquote};
use crate::DetectError;
use crate::language::elf::testing::{ADDRESS, elf_with_section, elf_with_segments};
use pasu_system::{MemorySystem, System};
use std::path::Path;

const MODULES: &str = "path\tgithub.com/acme/app\nmod\tgithub.com/acme/app\t(devel)\t\n";

fn read(bytes: &[u8]) -> Result<Option<BuildInfo>, DetectError> {
    let tree = MemorySystem::new().with_executable("/x", bytes);
    BuildInfo::read(tree.open(Path::new("/x")).unwrap().as_ref())
}

#[test]
fn both_layouts_are_found_with_and_without_section_headers() {
    for content in [inline("go1.22.3", MODULES), pointers("go1.22.3", MODULES)] {
        let mut files =
            vec![elf_with_section(".go.buildinfo", &content), elf_with_segments(&[&content])];
        // Pointers hold only at the address they were made for.
        if content[15] == 2 {
            files.push(elf_with_segments(&[&[&[0; 96][..], &content].concat()]));
            // The second segment begins 5 bytes before an aligned address.
            files.push(elf_with_segments(&[&[0; 11], &[&[0; 5][..], &content].concat()]));
        }
        for file in files {
            let info = read(&file).unwrap().unwrap();
            assert_eq!(info.go_version, "go1.22.3");
            assert_eq!(info.main.unwrap().version, "(devel)");
        }
    }
}

#[test]
fn executables_of_other_makers_are_passed_over() {
    for file in [
        elf_with_section(".data", b"anything"),
        elf_with_section(".data", &inline("go1.22.3", MODULES)),
        elf_with_section(".go.buildinfo", b"anything"),
        elf_with_segments(&[b"anything"]),
        b"#!/bin/sh\n".to_vec(),
    ] {
        assert_eq!(read(&file).unwrap(), None);
    }
}

#[test]
fn foreign_lengths_and_pointers_cost_no_memory() {
    let mut huge = inline("go1.22.3", MODULES);
    huge.splice(41..42, [0xff, 0xff, 0xff, 0xff, 0x7f]);
    let mut endless = inline("go1.22.3", MODULES);
    endless.splice(32..42, [0xff; 10]);
    let mut astray = pointers("go1.22.3", MODULES);
    astray[23] = 0x7f;
    let mut odd = pointers("go1.22.3", MODULES);
    odd[14] = 3;
    for content in [huge, endless, astray, odd] {
        assert!(read(&elf_with_section(".go.buildinfo", &content)).is_err());
    }
}

/// Debian builds without modules, and their text is then a variable that is not in the file, as in its docker-registry
/// 2.7.1 built by Go 1.15.
#[test]
fn a_text_of_modules_that_is_not_in_the_file_is_empty() {
    let mut content = pointers("go1.15.15", MODULES);
    let size = content.len() as u64;
    content[24..32].copy_from_slice(&(ADDRESS + size + 8).to_le_bytes());
    let mut file = elf_with_section(".go.buildinfo", &content);
    assert!(read(&file).is_err());
    // `p_memsz` of the only segment.
    file[104..112].copy_from_slice(&(size + 24).to_le_bytes());
    let found = read(&file).unwrap().unwrap();
    assert_eq!((found.go_version.as_str(), found.main.is_none()), ("go1.15.15", true));
    file[104..112].copy_from_slice(&(size + 23).to_le_bytes());
    assert!(read(&file).is_err());
}

#[test]
fn every_damaged_byte_is_survived() {
    for content in [inline("go1.22.3", MODULES), pointers("go1.22.3", MODULES)] {
        let good = elf_with_section(".go.buildinfo", &content);
        for at in 0..good.len() {
            for value in [0, 0x7f, 0xff] {
                let mut bad = good.clone();
                bad[at] = value;
                let _ = read(&bad);
            }
        }
    }
}

#[test]
fn numbers_and_quotes() {
    assert_eq!(varint(&[0x96, 0x01]), Some((150, 2)));
    assert_eq!(varint(&[0x80]), None);
    assert_eq!(varint(&[0xff; 10]), None);
    assert_eq!(unquote(r#""-X \"a b\"""#), r#"-X "a b""#);
    assert_eq!(unquote("`-s -w`"), "-s -w");
    assert_eq!(unquote("-s"), "-s");
}
