//! A tar archive item by item: POSIX ustar with PAX records, and GNU long names.
//!
//! Where readers of tar differ, this one does as Go's `archive/tar` does: Docker, containerd and Podman read layers with
//! it, and a scanner that saw another tree than they would miss what somebody hid there.

use super::block::{self, BLOCK, Block};
use super::limits::MAX_EXTENSION;
use super::pax::Extension;
use std::io::{self, Read};
use tar::EntryType;

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
    /// The content is stored without its holes: it is not what the file holds.
    pub sparse: bool,
    /// The numbers of a device.
    pub device: (i64, i64),
}

/// Reads the items of an archive one after the other.
pub struct TarReader<R> {
    inner: R,
    /// How many bytes were read or skipped.
    position: u64,
    /// Where the next header begins.
    next: u64,
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
        Self { inner, position: 0, next: 0 }
    }

    /// The next item; `None` at the end. Its content need not be read.
    ///
    /// Records for all that follow (`g`) are passed over, as engines do.
    pub fn next_item(&mut self) -> io::Result<Option<TarItem>> {
        let mut extension = Extension::default();
        let (mut long_name, mut long_link) = (None, None);
        loop {
            let Some(header) = self.header()? else { return Ok(None) };
            let size = self.placed(header.number(block::SIZE, "size"))?;
            let size = u64::try_from(size).map_err(|_| malformed("a negative size"));
            let size = self.placed(size)?;
            match header.kind() {
                EntryType::XHeader => {
                    let records = self.extension(size)?;
                    extension = self.placed(Extension::parse(&records))?;
                }
                EntryType::XGlobalHeader => self.next = self.after(size)?,
                EntryType::GNULongName => long_name = self.long_name(size)?,
                EntryType::GNULongLink => long_link = self.long_name(size)?,
                _ => {
                    extension.path = long_name.or(extension.path);
                    extension.link = long_link.or(extension.link);
                    return self.item(&header, size, extension).map(Some);
                }
            }
        }
    }

    fn item(&mut self, header: &Block, size: u64, said: Extension) -> io::Result<TarItem> {
        let number = |field, what| self.placed(header.number(field, what));
        let owner = |said: Option<u64>, field, what| match said {
            Some(number) => Ok(number),
            // Negative ones are nobody's.
            None => number(field, what).map(|number| u64::try_from(number).unwrap_or(u64::MAX)),
        };
        let path = said.sparse_name.or(said.path).unwrap_or_else(|| header.name());
        let mut kind = header.kind();
        if header.has_no_flag() && path.ends_with(b"/") {
            kind = EntryType::Directory;
        }
        let mut item = TarItem {
            path,
            link: said.link.unwrap_or_else(|| header.link()),
            kind: Some(kind),
            mode: u32::try_from(number(block::MODE, "mode")? & 0o7777).unwrap_or(0),
            uid: owner(said.uid, block::UID, "owner")?,
            gid: owner(said.gid, block::GID, "group")?,
            size: 0,
            modified: match said.modified {
                Some(modified) => modified,
                None => number(block::MODIFIED, "time")?,
            },
            xattrs: said.xattrs,
            offset: 0,
            sparse: said.sparse || kind == EntryType::GNUSparse,
            device: (0, 0),
        };
        if matches!(kind, EntryType::Char | EntryType::Block) {
            item.device = (number(block::MAJOR, "device")?, number(block::MINOR, "device")?);
        }
        // Links and devices have no content, whatever their headers say.
        let has_content = !matches!(
            kind,
            EntryType::Link
                | EntryType::Symlink
                | EntryType::Char
                | EntryType::Block
                | EntryType::Directory
                | EntryType::Fifo
        );
        if has_content {
            item.size = said.size.unwrap_or(size);
        }
        if kind == EntryType::GNUSparse {
            self.pass_map(header)?;
        }
        item.offset = self.position;
        self.next = self.after(item.size)?;
        Ok(item)
    }

    /// Passes over the blocks that hold more of the map of a GNU sparse file.
    fn pass_map(&mut self, header: &Block) -> io::Result<()> {
        let mut goes_on = header.map_goes_on(true);
        while goes_on {
            let mut block = Block([0; BLOCK]);
            self.inner.read_exact(&mut block.0)?;
            self.position += BLOCK as u64;
            goes_on = block.map_goes_on(false);
        }
        Ok(())
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
        size.checked_next_multiple_of(BLOCK as u64)
            .and_then(|padded| self.position.checked_add(padded))
            .ok_or_else(|| malformed(format!("entry of {size} bytes at byte {}", self.position)))
    }

    /// The next header. The end is two empty blocks, or, as many tools accept, the end of the file.
    fn header(&mut self) -> io::Result<Option<Block>> {
        let Some(header) = self.block()? else { return Ok(None) };
        let start = self.position - BLOCK as u64;
        if header.is_empty() {
            // More after a single empty block is what some readers see and others do not.
            return match self.block()? {
                Some(second) if !second.is_empty() => {
                    Err(malformed(format!("a lone empty block at byte {start}")))
                }
                _ => Ok(None),
            };
        }
        if !header.sums() {
            let problem = format!("no tar header at byte {start}: its checksum is wrong");
            return Err(malformed(problem));
        }
        Ok(Some(header))
    }

    /// The next block of a header, what is between being passed over.
    fn block(&mut self) -> io::Result<Option<Block>> {
        let skip = self.next - self.position;
        if skip > 0 {
            self.inner.skip(skip)?;
            self.position = self.next;
        }
        let mut block = Block([0; BLOCK]);
        let read = read_up_to(&mut self.inner, &mut block.0)?;
        self.position += read as u64;
        self.next = self.position;
        match read {
            // Whether something was jumped over that is not there is seen by who knows the length.
            0 => Ok(None),
            BLOCK => Ok(Some(block)),
            _ => Err(ends_early()),
        }
    }

    /// The content of an extended header.
    fn extension(&mut self, size: u64) -> io::Result<Vec<u8>> {
        if size > MAX_EXTENSION {
            return Err(malformed(format!(
                "extended header of {size} bytes at byte {}, limit {MAX_EXTENSION}",
                self.position - BLOCK as u64
            )));
        }
        self.next = self.after(size)?;
        let mut bytes = vec![0; usize::try_from(size).map_err(|_| ends_early())?];
        if read_up_to(&mut self.inner, &mut bytes)? < bytes.len() {
            return Err(ends_early());
        }
        self.position += size;
        Ok(bytes)
    }

    /// A GNU long name, which ends with a zero byte; an empty one says nothing.
    fn long_name(&mut self, size: u64) -> io::Result<Option<Vec<u8>>> {
        let bytes = self.extension(size)?;
        let name = block::text(&bytes);
        Ok((!name.is_empty()).then(|| name.to_vec()))
    }

    /// Says where an error is.
    fn placed<T>(&self, result: io::Result<T>) -> io::Result<T> {
        result.map_err(|error| malformed(format!("header before byte {}: {error}", self.position)))
    }
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
