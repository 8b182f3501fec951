//! How the contents of one layer are read.

use super::pool::Unpacked;
use crate::compression::decode;
use crate::image::Blob;
use crate::layer::{Bytes, LayerEntry, LayerTable, Region, Scanned, absolute};
use pasu_system::{System, SystemFile};
use std::collections::VecDeque;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

/// A layer's contents.
pub(super) enum Store {
    /// In a file.
    Region(Region),
    /// In a folder.
    Folder(Unpacked),
    /// Kept in memory as it passed by, and else read again from the blob's beginning, where there is one.
    Passed(Arc<Scanned>),
}

impl Store {
    pub fn found(&self, entry: u32, analyzer: &str) -> Option<&[u8]> {
        match self {
            Self::Passed(scanned) => scanned.found(entry, analyzer),
            Self::Region(_) | Self::Folder(_) => None,
        }
    }

    pub fn open(
        &self,
        table: &LayerTable,
        number: u32,
        entry: &LayerEntry,
    ) -> io::Result<Box<dyn SystemFile>> {
        match self {
            Self::Region(region) => {
                let part = region.part(entry.offset, entry.size);
                let part = part.ok_or_else(crate::layer::ends_early)?;
                Ok(Box::new(RegionFile(part)))
            }
            Self::Folder(unpacked) => unpacked.system.open(&absolute(&table.path(entry))),
            Self::Passed(scanned) => {
                if let Some(bytes) = scanned.kept.get(&number) {
                    return Ok(Box::new(Bytes(Arc::clone(bytes))));
                }
                if entry.size == 0 {
                    return Ok(Box::new(Bytes(Arc::default())));
                }
                match &scanned.again {
                    Some(blob) => Ok(Box::new(Again::new(Arc::clone(blob), entry))),
                    None => Err(io::Error::new(
                        io::ErrorKind::Unsupported,
                        "the image passed by on standard input and cannot be read twice; hint: --input FILE",
                    )),
                }
            }
        }
    }
}

struct RegionFile(Region);

impl SystemFile for RegionFile {
    fn size(&self) -> u64 {
        self.0.length()
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.0.read_at(buffer, offset)
    }
}

/// How much of a file in a blob is read at once, in bytes.
const PAGE: usize = 256 << 10;
/// How many pages are kept.
const PAGES: usize = 16;

/// A file inside a blob that can only be read from its beginning: large ones that were not kept. Going back means
/// decoding the blob again.
struct Again {
    blob: Arc<dyn Blob>,
    offset: u64,
    size: u64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    reader: Option<Box<dyn Read + Send>>,
    /// The number of the page that comes next.
    next: u64,
    pages: VecDeque<(u64, Vec<u8>)>,
}

impl Again {
    fn new(blob: Arc<dyn Blob>, entry: &LayerEntry) -> Self {
        Self { blob, offset: entry.offset, size: entry.size, state: Mutex::default() }
    }

    /// Reads on until a page is there.
    fn fetch(&self, state: &mut State, wanted: u64) -> io::Result<()> {
        if state.reader.is_none() || state.next > wanted {
            let raw = self.blob.open().map_err(io::Error::other)?;
            let mut reader = decode(raw)?;
            let skipped = io::copy(&mut reader.by_ref().take(self.offset), &mut io::sink())?;
            if skipped < self.offset {
                return Err(crate::layer::ends_early());
            }
            state.reader = Some(reader);
            state.next = 0;
        }
        while state.next <= wanted {
            let start = state.next * PAGE as u64;
            let length = (self.size - start).min(PAGE as u64);
            let mut page = vec![0; usize::try_from(length).unwrap_or(PAGE)];
            let Some(reader) = &mut state.reader else { return Err(crate::layer::ends_early()) };
            reader.read_exact(&mut page)?;
            if state.pages.len() == PAGES {
                state.pages.pop_front();
            }
            state.pages.push_back((state.next, page));
            state.next += 1;
        }
        Ok(())
    }
}

impl SystemFile for Again {
    fn size(&self) -> u64 {
        self.size
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        if offset >= self.size || buffer.is_empty() {
            return Ok(0);
        }
        let number = offset / PAGE as u64;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if !state.pages.iter().any(|(page, _)| *page == number)
            && let Err(error) = self.fetch(&mut state, number)
        {
            state.reader = None;
            return Err(error);
        }
        let page = state.pages.iter().find(|(page, _)| *page == number);
        let inside = usize::try_from(offset - number * PAGE as u64).unwrap_or(usize::MAX);
        let rest = page.and_then(|(_, bytes)| bytes.get(inside..)).unwrap_or(&[]);
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }
}
