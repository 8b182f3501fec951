//! A writer of very small ELF files, enough for tests of what lies in their sections.

/// A 64-bit little-endian executable whose one section is also its writable segment, mapped at [`ADDRESS`].
pub(in crate::language) fn elf_with_section(name: &str, content: &[u8]) -> Vec<u8> {
    let names = format!("\0{name}\0.shstrtab\0");
    let content_at = 64 + 56;
    let names_at = content_at + content.len();
    let headers_at = names_at + names.len();
    let mut elf = file_header(headers_at as u64, 3);
    elf.extend(segment(ADDRESS, content_at as u64, content.len() as u64));
    elf.extend(content);
    elf.extend(names.as_bytes());
    elf.extend([0; 64]);
    elf.extend(section(1, ADDRESS, content_at as u64, content.len() as u64));
    elf.extend(section(2 + name.len() as u32, 0, names_at as u64, names.len() as u64));
    elf
}

/// The same without section headers, as `sstrip` leaves it, and with one writable segment for each content. All but
/// the first are mapped from their place in the file on, as linkers do.
pub(in crate::language) fn elf_with_segments(contents: &[&[u8]]) -> Vec<u8> {
    let mut elf = file_header(0, 0);
    elf[56..58].copy_from_slice(&(contents.len() as u16).to_le_bytes());
    let mut at = 64 + 56 * contents.len() as u64;
    for (number, content) in contents.iter().enumerate() {
        let address = if number == 0 { ADDRESS } else { 2 * ADDRESS + at };
        elf.extend(segment(address, at, content.len() as u64));
        at += content.len() as u64;
    }
    elf.extend(contents.concat());
    elf
}

/// Where the content is mapped.
pub(in crate::language) const ADDRESS: u64 = 0x50_0000;

fn file_header(sections: u64, section_count: u16) -> Vec<u8> {
    let mut header = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    header.extend(2u16.to_le_bytes());
    header.extend(62u16.to_le_bytes());
    header.extend(1u32.to_le_bytes());
    header.extend(0u64.to_le_bytes());
    header.extend(64u64.to_le_bytes());
    header.extend(sections.to_le_bytes());
    header.extend(0u32.to_le_bytes());
    for half in [64, 56, 1, 64, section_count, section_count.saturating_sub(1)] {
        header.extend(half.to_le_bytes());
    }
    header
}

fn segment(address: u64, offset: u64, size: u64) -> Vec<u8> {
    let mut header = [1u32.to_le_bytes(), 6u32.to_le_bytes()].concat();
    for word in [offset, address, address, size, size, 16] {
        header.extend(word.to_le_bytes());
    }
    header
}

fn section(name: u32, address: u64, offset: u64, size: u64) -> Vec<u8> {
    let mut header = [name.to_le_bytes(), 1u32.to_le_bytes()].concat();
    for word in [3, address, offset, size, 0, 16, 0] {
        header.extend(word.to_le_bytes());
    }
    header
}
