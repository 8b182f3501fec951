//! A writer of build information.

use crate::language::elf::testing::ADDRESS;

/// Build information as Go 1.18 and later lay it out.
pub(in crate::language::go) fn inline(version: &str, modules: &str) -> Vec<u8> {
    let mut bytes = b"\xff Go buildinf:\x08\x02".to_vec();
    bytes.resize(32, 0);
    for string in [version.as_bytes().to_vec(), framed(modules)] {
        let mut length = string.len();
        while length >= 0x80 {
            bytes.push((length & 0x7f) as u8 | 0x80);
            length >>= 7;
        }
        bytes.push(length as u8);
        bytes.extend(string);
    }
    bytes
}

/// The same as Go 1.13 to 1.17 lay it out: pointers to Go strings.
pub(in crate::language::go) fn pointers(version: &str, modules: &str) -> Vec<u8> {
    let modules = framed(modules);
    let version_at = ADDRESS + 64;
    let modules_at = version_at + version.len() as u64;
    let mut bytes = b"\xff Go buildinf:\x08\x00".to_vec();
    for word in [
        ADDRESS + 32,
        ADDRESS + 48,
        version_at,
        version.len() as u64,
        modules_at,
        modules.len() as u64,
    ] {
        bytes.extend(word.to_le_bytes());
    }
    bytes.extend(version.as_bytes());
    bytes.extend(modules);
    bytes
}

fn framed(modules: &str) -> Vec<u8> {
    [&[b'0'; 16], modules.as_bytes(), &[b'f'; 16]].concat()
}
