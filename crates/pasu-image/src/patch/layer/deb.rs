//! A Debian package file, `deb(5)`: `debian-binary`, `control.tar.*` with the control file and scripts, `data.tar.*` with
//! the files.

use super::ar::ArReader;
use super::stanza::{self, Stanza};
use super::unpack::unpack;
use crate::layer::{Forward, TarItem, TarReader, normalise};
use std::collections::BTreeMap;
use std::io::{self, Read};
use tar::EntryType;

/// Bytes of an unpacked `control.tar`: the longest lists of checksums have some 10 MB.
const MAX_CONTROL: u64 = 64 << 20;
/// Bytes of an unpacked `data.tar`.
const MAX_DATA: u64 = 8 << 30;
/// Files in one package.
const MAX_FILES: usize = 1_000_000;

/// What a package says of itself.
#[derive(Debug, Clone, Default)]
pub struct Control {
    /// The control file.
    pub stanza: Stanza,
    /// The control file as it is.
    pub raw: Vec<u8>,
    /// Everything else in `control.tar`, by name: `md5sums`, `conffiles`, `postinst`…
    pub files: BTreeMap<String, Vec<u8>>,
    /// The newest time in `control.tar`, seconds since 1970: when the package was built.
    pub newest: i64,
}

fn malformed(what: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.into())
}

/// Reads what a package says of itself.
///
/// # Errors
///
/// Bytes that are no package of format 2, or break a limit.
pub fn read_control(reader: impl Read) -> io::Result<Control> {
    let mut ar = open(reader)?;
    member(&mut ar, "control.tar")?;
    let mut tar = TarReader::new(Forward(unpack(ar, MAX_CONTROL)?));
    let mut control = Control::default();
    while let Some(item) = tar.next_item()? {
        if item.kind != Some(EntryType::Regular) {
            continue;
        }
        let name = String::from_utf8_lossy(&item.path).trim_start_matches("./").to_owned();
        // Names of control files are letters; anything with a slash is nobody's.
        if name.contains('/') || control.files.len() > 100 {
            return Err(malformed(format!("control.tar has {name:?}")));
        }
        control.newest = control.newest.max(item.modified);
        let mut bytes = Vec::new();
        Content { tar: &mut tar, item: &item }.read_to_end(&mut bytes)?;
        if name == "control" {
            control.stanza = stanza::parse(&bytes);
            control.raw = bytes;
        } else {
            control.files.insert(name, bytes);
        }
    }
    for field in ["Package", "Version", "Architecture"] {
        let value = control.stanza.text(field);
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.~:_".contains(&byte);
        if value.is_empty() || value.starts_with('.') || !value.bytes().all(plain) {
            return Err(malformed(format!("the control file has no usable {field}: {value:?}")));
        }
    }
    Ok(control)
}

/// One file of a package.
pub struct DataItem<'a> {
    /// What the archive says; [`TarItem::path`] and the link of hard links are normalised, without a leading `/`.
    pub item: &'a TarItem,
    /// Its content.
    pub content: &'a mut dyn Read,
}

/// Shows a package's files one after the other.
///
/// # Errors
///
/// As [`read_control`], a name that leads out of the tree, and those of `visit`.
pub fn read_data<E: From<io::Error>>(
    reader: impl Read,
    mut visit: impl FnMut(DataItem<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let mut ar = open(reader)?;
    member(&mut ar, "data.tar")?;
    let mut tar = TarReader::new(Forward(unpack(ar, MAX_DATA)?));
    let mut files = 0;
    while let Some(mut item) = tar.next_item()? {
        files += 1;
        if files > MAX_FILES {
            return Err(malformed(format!("more than {MAX_FILES} files")).into());
        }
        let shown = String::from_utf8_lossy(&item.path).into_owned();
        let out = || malformed(format!("{shown:?} leads out of the tree by `..`"));
        item.path = normalise(&item.path).ok_or_else(out)?;
        if item.kind == Some(EntryType::Link) {
            item.link = normalise(&item.link).ok_or_else(out)?;
        }
        if item.sparse {
            return Err(malformed(format!("{shown:?} is stored with holes")).into());
        }
        let mut content = Content { tar: &mut tar, item: &item };
        visit(DataItem { item: &item, content: &mut content })?;
    }
    Ok(())
}

fn open<R: Read>(reader: R) -> io::Result<ArReader<R>> {
    let mut ar = ArReader::new(reader)?;
    let first = ar.next()?;
    let mut version = Vec::new();
    (&mut ar).take(64).read_to_end(&mut version)?;
    match first {
        Some((name, _)) if name == "debian-binary" && version.starts_with(b"2.") => Ok(ar),
        _ => Err(malformed("not a .deb of format 2")),
    }
}

/// Goes to a member: `data.tar`, however packed.
fn member<R: Read>(ar: &mut ArReader<R>, wanted: &str) -> io::Result<()> {
    while let Some((name, _)) = ar.next()? {
        if name == wanted || name.strip_prefix(wanted).is_some_and(|rest| rest.starts_with('.')) {
            return Ok(());
        }
    }
    Err(malformed(format!("the package has no {wanted}")))
}

/// The content of the item read last.
struct Content<'a, R> {
    tar: &'a mut TarReader<R>,
    item: &'a TarItem,
}

impl<R: crate::layer::Skip> Read for Content<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.tar.read_content(self.item, buffer)
    }
}
