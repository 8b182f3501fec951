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

mod strings;
#[cfg(test)]
pub(super) mod testing;
#[cfg(test)]
mod tests;

use crate::DetectError;
use crate::language::elf::Elf;
use pasu_system::SystemFile;

/// What Go's linker wrote down.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::language::go) struct BuildInfo {
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
pub(in crate::language::go) struct Module {
    /// Module path.
    pub path: String,
    /// Version; `(devel)` where Go does not know it.
    pub version: String,
    /// What was built in its place: path and version.
    pub replacement: Option<(String, String)>,
}

impl BuildInfo {
    /// Reads an executable; `None` if it is not ELF or not made by Go.
    pub(in crate::language::go) fn read(
        file: &dyn SystemFile,
    ) -> Result<Option<Self>, DetectError> {
        let Some(elf) = Elf::open(file)? else { return Ok(None) };
        let extents = match elf.section(b".go.buildinfo") {
            Some(extent) => vec![extent],
            None if elf.has_sections() => return Ok(None),
            None => elf.data_segments()?,
        };
        let Some(header_at) = strings::find_header(file, &extents)? else { return Ok(None) };
        let (go_version, modules) = strings::strings(&elf, file, header_at)?;
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
