//! The build information in an executable made by Go (`debug/buildinfo` of Go's library documents it).
//!
//! A 32-byte header begins with `\xff Go buildinf:`, the size of a pointer and flags. From Go 1.18 on two strings
//! follow it, each after its length as a varint: Go's version and the modules. Before, the header holds two pointers to
//! Go strings. The modules are text between 16 bytes of sentinel on either side, fields apart by tabs:
//!
//! ```text
//! path    github.com/acme/app/cmd/app
//! mod    github.com/acme/app    v1.0.0    h1:…
//! dep    github.com/old/lib    v1.0.0
//! =>    github.com/new/lib    v1.0.1    h1:…
//! build    -ldflags="-X main.version=1.0.0"
//! ```

use crate::DetectError;
use crate::language::elf::{Elf, Extent, read_exactly, read_up_to};
use pasu_system::SystemFile;

const MAGIC: &[u8] = b"\xff Go buildinf:";
/// The header stands at a multiple of this.
const ALIGNMENT: usize = 16;
const HEADER: u64 = 32;
/// Flags of the header.
const BIG_ENDIAN: u8 = 1;
const INLINE_STRINGS: u8 = 2;
/// How much of the section or segment is searched for the header, as in Go's own reader.
const MAX_SEARCH: u64 = 64 << 20;
/// The longest Go version and module list that is read, in bytes. Large programs have about 100 kB of modules.
const MAX_VERSION: u64 = 4 << 10;
const MAX_MODULES: u64 = 8 << 20;

/// What Go's linker wrote down.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct BuildInfo {
    /// As `runtime.Version` has it: `go1.22.3 X:boringcrypto`.
    pub go_version: String,
    /// The main module.
    pub main: Option<Module>,
    /// The other modules.
    pub dependencies: Vec<Module>,
    /// Value of the `-ldflags` build setting.
    pub linker_flags: Option<String>,
}

/// One module of a build.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Module {
    /// Module path.
    pub path: String,
    /// Version; `(devel)` where Go does not know it.
    pub version: String,
    /// What was built in its place: path and version.
    pub replacement: Option<(String, String)>,
}

impl BuildInfo {
    /// Reads an executable; `None` if it is not ELF or not made by Go.
    pub(super) fn read(file: &dyn SystemFile) -> Result<Option<Self>, DetectError> {
        let Some(elf) = Elf::open(file)? else { return Ok(None) };
        let extent = match elf.section(b".go.buildinfo") {
            Some(extent) => Some(extent),
            None if elf.has_sections() => None,
            None => elf.data_segment()?,
        };
        let Some(extent) = extent else { return Ok(None) };
        let Some(header_at) = find_header(file, extent)? else { return Ok(None) };
        let (go_version, modules) = strings(&elf, file, header_at)?;
        if go_version.is_empty() {
            return Ok(None);
        }
        let mut info = Self { go_version, ..Self::default() };
        info.read_modules(&modules)?;
        Ok(Some(info))
    }

    fn read_modules(&mut self, text: &str) -> Result<(), DetectError> {
        for (number, line) in (1..).zip(text.lines()) {
            let (key, rest) = line.split_once('\t').unwrap_or((line, ""));
            let mut fields = rest.split('\t').map(str::to_owned);
            let mut field = || fields.next().unwrap_or_default();
            match key {
                "mod" => self.main = Some(Module::new(field(), field())),
                "dep" => self.dependencies.push(Module::new(field(), field())),
                "=>" => {
                    let replacement = (field(), field());
                    let module = self.dependencies.last_mut().or(self.main.as_mut());
                    let module = module.ok_or_else(|| {
                        DetectError::malformed(format!("module line {number}: nothing to replace"))
                    })?;
                    module.replacement = Some(replacement);
                }
                "build" => self.read_setting(rest),
                _ => {}
            }
        }
        Ok(())
    }

    /// `key=value`; a value with spaces or quotes is written as a Go string.
    fn read_setting(&mut self, setting: &str) {
        let Some(value) = setting.strip_prefix("-ldflags=") else { return };
        self.linker_flags = Some(unquote(value));
    }
}

impl Module {
    fn new(path: String, version: String) -> Self {
        Self { path, version, replacement: None }
    }
}

/// Where in the file the header is.
fn find_header(file: &dyn SystemFile, extent: Extent) -> Result<Option<u64>, DetectError> {
    const WINDOW: usize = 64 << 10;
    let length = extent.size.min(MAX_SEARCH);
    // Almost always it is at the section's very start.
    let mut size = 64;
    let mut window = Vec::new();
    let mut searched = 0;
    while searched < length {
        let wanted = usize::try_from(length - searched).map_or(size, |rest| rest.min(size));
        window.resize(wanted, 0);
        let at = extent.offset.saturating_add(searched);
        let filled = read_up_to(file, &mut window, at)?;
        let bytes = window.get(..filled).unwrap_or_default();
        // Aligned as mapped, which linkers keep equal to aligned in the section.
        let found = bytes.chunks(ALIGNMENT).position(|chunk| chunk.starts_with(MAGIC));
        if let Some(index) = found {
            return Ok(Some(at.saturating_add((index * ALIGNMENT) as u64)));
        }
        if filled < wanted {
            return Ok(None);
        }
        searched = searched.saturating_add(wanted as u64);
        size = WINDOW;
    }
    Ok(None)
}

/// Go's version and the module text without sentinels.
fn strings(elf: &Elf<'_>, file: &dyn SystemFile, at: u64) -> Result<(String, String), DetectError> {
    let header = read_exactly(file, at, HEADER)?;
    let byte = |index: usize| header.get(index).copied().unwrap_or_default();
    let (pointer_size, flags) = (byte(14), byte(15));
    let (version, modules) = if flags & INLINE_STRINGS != 0 {
        let (version, next) = inline_string(file, at.saturating_add(HEADER), MAX_VERSION)?;
        let (modules, _) = inline_string(file, next, MAX_MODULES)?;
        (version, modules)
    } else {
        let pointers = Pointers { elf, size: pointer_size, big_endian: flags & BIG_ENDIAN != 0 };
        let pointer = |index: usize| {
            let size = usize::from(pointer_size);
            header.get(16 + index * size..).and_then(|bytes| pointers.decode(bytes))
        };
        (pointers.string(pointer(0), MAX_VERSION)?, pointers.string(pointer(1), MAX_MODULES)?)
    };
    let modules = without_sentinels(&modules);
    Ok((text(&version)?.to_owned(), text(modules)?.to_owned()))
}

/// A string after its length; also returns where the next one begins.
fn inline_string(
    file: &dyn SystemFile,
    at: u64,
    limit: u64,
) -> Result<(Vec<u8>, u64), DetectError> {
    let mut buffer = [0; 10];
    let filled = read_up_to(file, &mut buffer, at)?;
    let (length, used) = varint(buffer.get(..filled).unwrap_or_default())
        .ok_or_else(|| DetectError::malformed(format!("no string length at {at:#x}")))?;
    check_length(length, limit)?;
    let start = at.saturating_add(used);
    Ok((read_exactly(file, start, length)?, start.saturating_add(length)))
}

/// An unsigned LEB128 number and how many bytes it takes.
fn varint(bytes: &[u8]) -> Option<(u64, u64)> {
    let mut value = 0u64;
    for (index, byte) in (0u32..).zip(bytes) {
        let part = u64::from(byte & 0x7f);
        let shifted = part.checked_shl(index * 7)?;
        if shifted >> (index * 7) != part {
            return None;
        }
        value |= shifted;
        if byte & 0x80 == 0 {
            return Some((value, u64::from(index) + 1));
        }
    }
    None
}

/// Pointers of the form before Go 1.18.
struct Pointers<'a> {
    elf: &'a Elf<'a>,
    size: u8,
    big_endian: bool,
}

impl Pointers<'_> {
    fn decode(&self, bytes: &[u8]) -> Option<u64> {
        let narrow = |bytes: &[u8; 4]| {
            if self.big_endian { u32::from_be_bytes(*bytes) } else { u32::from_le_bytes(*bytes) }
        };
        let wide = |bytes: &[u8; 8]| {
            if self.big_endian { u64::from_be_bytes(*bytes) } else { u64::from_le_bytes(*bytes) }
        };
        match self.size {
            4 => bytes.first_chunk().map(|bytes| narrow(bytes).into()),
            8 => bytes.first_chunk().map(wide),
            _ => None,
        }
    }

    /// The string behind a pointer to a Go string: a pointer to its bytes, then its length.
    fn string(&self, pointer: Option<u64>, limit: u64) -> Result<Vec<u8>, DetectError> {
        let bad = || {
            DetectError::malformed(format!("build information with {}-byte pointers", self.size))
        };
        let address = pointer.ok_or_else(bad)?;
        if address == 0 {
            return Ok(Vec::new());
        }
        let size = u64::from(self.size);
        let header = self.elf.read_address(address, size.saturating_mul(2))?;
        let (data, length) = header.split_at_checked(usize::from(self.size)).ok_or_else(bad)?;
        let data = self.decode(data).ok_or_else(bad)?;
        let length = self.decode(length).ok_or_else(bad)?;
        if length == 0 {
            return Ok(Vec::new());
        }
        check_length(length, limit)?;
        self.elf.read_address(data, length)
    }
}

fn check_length(length: u64, limit: u64) -> Result<(), DetectError> {
    if length > limit {
        return Err(DetectError::Limit(format!(
            "build information of {length} bytes, limit {limit}"
        )));
    }
    Ok(())
}

/// The module text: what is between the sentinels, if it ends with a line end as it must.
fn without_sentinels(framed: &[u8]) -> &[u8] {
    const SENTINEL: usize = 16;
    let end = framed.len().saturating_sub(SENTINEL);
    let inner = framed.get(SENTINEL..end).unwrap_or_default();
    if inner.ends_with(b"\n") { inner } else { &[] }
}

fn text(bytes: &[u8]) -> Result<&str, DetectError> {
    std::str::from_utf8(bytes)
        .map_err(|error| DetectError::malformed(format!("build information: {error}")))
}

/// The value of a Go string literal, or the text itself if it is none.
fn unquote(text: &str) -> String {
    if let Some(raw) = text.strip_prefix('`').and_then(|text| text.strip_suffix('`')) {
        return raw.to_owned();
    }
    let Some(inner) = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) else {
        return text.to_owned();
    };
    let mut value = String::with_capacity(inner.len());
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some('n') => value.push('\n'),
                Some('t') => value.push('\t'),
                Some(escaped) => value.push(escaped),
                None => {}
            },
            _ => value.push(character),
        }
    }
    value
}

#[cfg(test)]
pub(super) mod testing {
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
}

#[cfg(test)]
mod tests {
    use super::testing::{inline, pointers};
    use super::{BuildInfo, unquote, varint};
    use crate::DetectError;
    use crate::language::elf::testing::{elf_with_section, elf_with_segment};
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
            let padded = [vec![0; 96], content.clone()].concat();
            let mut files =
                vec![elf_with_section(".go.buildinfo", &content), elf_with_segment(&content)];
            if content[15] == 2 {
                files.push(elf_with_segment(&padded));
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
            elf_with_segment(b"anything"),
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
}
