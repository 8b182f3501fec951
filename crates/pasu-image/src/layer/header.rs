//! A tar archive item by item: POSIX ustar with PAX records, and GNU long names.
//!
//! The `tar` crate reads the blocks; the extended headers are read here, for each may be of any size.

use super::limits::MAX_EXTENSION;
use std::io::{self, Read};
use tar::{EntryType, Header};

/// The size of a block.
const BLOCK: u64 = 512;

/// What precedes an item's content.
#[derive(Debug, Clone, Default)]
pub struct TarItem {
    /// The path as written.
    pub path: Vec<u8>,
    /// The link's target as written.
    pub link: Vec<u8>,
    /// The type flag.
    pub kind: Option<EntryType>,
    /// Permission bits.
    pub mode: u32,
    /// Owner.
    pub uid: u64,
    /// Group.
    pub gid: u64,
    /// Bytes of content.
    pub size: u64,
    /// Seconds since 1970.
    pub modified: i64,
    /// Extended attributes, by name.
    pub xattrs: Vec<(String, Vec<u8>)>,
    /// Where the content begins, in bytes from the archive's beginning.
    pub offset: u64,
}

/// Reads the items of an archive one after the other.
pub struct TarReader<R> {
    inner: R,
    /// How many bytes were read or skipped.
    position: u64,
    /// Where the next header begins.
    next: u64,
    /// PAX records for all that follow.
    global: Extension,
}

/// What extended headers say about the next item.
#[derive(Debug, Clone, Default)]
struct Extension {
    path: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    size: Option<u64>,
    uid: Option<u64>,
    gid: Option<u64>,
    modified: Option<i64>,
    xattrs: Vec<(String, Vec<u8>)>,
    sparse: bool,
}

/// How bytes that nobody wants are passed over.
pub trait Skip: Read {
    /// Passes over some bytes.
    fn skip(&mut self, bytes: u64) -> io::Result<()>;
}

/// A reader that can only go on.
pub struct Forward<R>(pub R);

impl<R: Read> Read for Forward<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl<R: Read> Skip for Forward<R> {
    fn skip(&mut self, bytes: u64) -> io::Result<()> {
        let skipped = io::copy(&mut self.0.by_ref().take(bytes), &mut io::sink())?;
        if skipped < bytes { Err(ends_early()) } else { Ok(()) }
    }
}

pub(crate) fn ends_early() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the archive ends early")
}

fn malformed(what: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.into())
}

impl<R: Skip> TarReader<R> {
    /// Reads an archive from its beginning.
    pub fn new(inner: R) -> Self {
        Self { inner, position: 0, next: 0, global: Extension::default() }
    }

    /// The next item; `None` at the end. Its content need not be read.
    pub fn next_item(&mut self) -> io::Result<Option<TarItem>> {
        let mut local = self.global.clone();
        loop {
            let Some(header) = self.header()? else { return Ok(None) };
            let size = header.entry_size().map_err(|error| self.wrong(&error))?;
            match header.entry_type() {
                EntryType::XHeader => {
                    let records = self.extension(size)?;
                    self.pax(&records, &mut local)?;
                }
                EntryType::XGlobalHeader => {
                    let records = self.extension(size)?;
                    let mut global = std::mem::take(&mut self.global);
                    self.pax(&records, &mut global)?;
                    self.global = global;
                }
                EntryType::GNULongName => local.path = Some(name(self.extension(size)?)),
                EntryType::GNULongLink => local.link = Some(name(self.extension(size)?)),
                kind => return self.item(&header, kind, size, local).map(Some),
            }
        }
    }

    fn item(
        &mut self,
        header: &Header,
        kind: EntryType,
        size: u64,
        local: Extension,
    ) -> io::Result<TarItem> {
        if kind == EntryType::GNUSparse || local.sparse {
            return Err(malformed(format!("sparse entry at byte {}", self.position - BLOCK)));
        }
        let wrong =
            |error: io::Error| malformed(format!("header before byte {}: {error}", self.position));
        // Links and devices have no content, whatever their headers say; ustar and GNU agree on that.
        let has_content = !matches!(
            kind,
            EntryType::Link
                | EntryType::Symlink
                | EntryType::Char
                | EntryType::Block
                | EntryType::Directory
                | EntryType::Fifo
        );
        let size = if has_content { local.size.unwrap_or(size) } else { 0 };
        let item = TarItem {
            path: local.path.unwrap_or_else(|| header.path_bytes().into_owned()),
            link: local
                .link
                .or_else(|| header.link_name_bytes().map(std::borrow::Cow::into_owned))
                .unwrap_or_default(),
            kind: Some(kind),
            mode: header.mode().map_err(wrong)? & 0o7777,
            uid: local.uid.map_or_else(|| header.uid(), Ok).map_err(wrong)?,
            gid: local.gid.map_or_else(|| header.gid(), Ok).map_err(wrong)?,
            size,
            modified: match local.modified {
                Some(modified) => modified,
                None => header.mtime().map_err(wrong)?.cast_signed(),
            },
            xattrs: local.xattrs,
            offset: self.position,
        };
        self.next = self.after(size)?;
        Ok(item)
    }

    /// Reads from the content of the item read last; 0 at its end.
    pub fn read_content(&mut self, item: &TarItem, buffer: &mut [u8]) -> io::Result<usize> {
        let end = item.offset + item.size;
        let left = usize::try_from(end.saturating_sub(self.position)).unwrap_or(usize::MAX);
        let wanted = left.min(buffer.len());
        if wanted == 0 {
            return Ok(0);
        }
        let read = self.inner.read(&mut buffer[..wanted])?;
        if read == 0 {
            return Err(ends_early());
        }
        self.position += read as u64;
        Ok(read)
    }

    /// The reader below, wherever it stands.
    pub fn into_inner(self) -> R {
        self.inner
    }

    /// Where the next header begins when an item's content is so long.
    fn after(&self, size: u64) -> io::Result<u64> {
        size.checked_next_multiple_of(BLOCK)
            .and_then(|padded| self.position.checked_add(padded))
            .ok_or_else(|| malformed(format!("entry of {size} bytes at byte {}", self.position)))
    }

    /// The next header that is not empty. The end is two empty blocks, or, as many tools accept, the end of the file.
    fn header(&mut self) -> io::Result<Option<Header>> {
        let skip = self.next - self.position;
        if skip > 0 {
            self.inner.skip(skip)?;
            self.position = self.next;
        }
        let mut header = Header::new_old();
        let block = header.as_mut_bytes();
        let read = read_up_to(&mut self.inner, block)?;
        self.position += read as u64;
        if read == 0 {
            // Whether something was jumped over that is not there is seen by who knows the length.
            return Ok(None);
        }
        if read < block.len() {
            return Err(ends_early());
        }
        if block.iter().all(|byte| *byte == 0) {
            return Ok(None);
        }
        let sum = checksum(block);
        self.next = self.position;
        let stated = header.cksum().map_err(|error| self.wrong(&error))?;
        if stated != sum {
            return Err(malformed(format!(
                "no tar header at byte {}: its checksum is wrong",
                self.position - BLOCK
            )));
        }
        Ok(Some(header))
    }

    /// The content of an extended header.
    fn extension(&mut self, size: u64) -> io::Result<Vec<u8>> {
        if size > MAX_EXTENSION {
            return Err(malformed(format!(
                "extended header of {size} bytes at byte {}, limit {MAX_EXTENSION}",
                self.position - BLOCK
            )));
        }
        self.next = self.after(size)?;
        let mut bytes = vec![0; usize::try_from(size).map_err(|_| ends_early())?];
        self.inner.read_exact(&mut bytes)?;
        self.position += size;
        Ok(bytes)
    }

    fn pax(&self, records: &[u8], into: &mut Extension) -> io::Result<()> {
        for record in tar::PaxExtensions::new(records) {
            let record = record.map_err(|error| self.wrong(&error))?;
            let value = record.value_bytes();
            let number = || {
                let text = std::str::from_utf8(value).ok()?;
                text.split('.').next()?.parse::<i64>().ok()
            };
            let unsigned = || number().and_then(|number| u64::try_from(number).ok());
            match record.key_bytes() {
                b"path" => into.path = Some(value.to_vec()),
                b"linkpath" => into.link = Some(value.to_vec()),
                b"size" => {
                    into.size = Some(unsigned().ok_or_else(|| malformed("PAX size is no number"))?)
                }
                b"uid" => into.uid = unsigned(),
                b"gid" => into.gid = unsigned(),
                b"mtime" => into.modified = number(),
                key if key.starts_with(b"GNU.sparse.") => into.sparse = true,
                key => {
                    if let Some(name) = key.strip_prefix(b"SCHILY.xattr.")
                        && let Ok(name) = std::str::from_utf8(name)
                    {
                        into.xattrs.push((name.to_owned(), value.to_vec()));
                    }
                }
            }
        }
        Ok(())
    }

    fn wrong(&self, error: &io::Error) -> io::Error {
        malformed(format!("header before byte {}: {error}", self.position))
    }
}

/// The sum of a header's bytes, its own field counted as blanks.
fn checksum(block: &[u8; 512]) -> u32 {
    let bytes = block[..148].iter().chain(&block[156..]);
    bytes.map(|byte| u32::from(*byte)).sum::<u32>() + 8 * 32
}

/// Whether a block is a header, or the first of the two empty ones at an archive's end.
pub(crate) fn is_header(block: &[u8]) -> bool {
    let Ok(block) = <&[u8; 512]>::try_from(block) else { return false };
    let mut header = Header::new_old();
    *header.as_mut_bytes() = *block;
    block.iter().all(|byte| *byte == 0) || header.cksum().is_ok_and(|sum| sum == checksum(block))
}

/// A GNU long name ends with a zero byte.
fn name(mut bytes: Vec<u8>) -> Vec<u8> {
    if let Some(end) = bytes.iter().position(|byte| *byte == 0) {
        bytes.truncate(end);
    }
    bytes
}

fn read_up_to(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match reader.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
