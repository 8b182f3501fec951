//! Archives of images that pass by once: an engine's `save`, standard input, compressed archives.
//!
//! Layers and the documents that name them come in any order, so whatever looks like a layer is scanned under its path,
//! and every small JSON document is kept, until all is known.

use super::Platform;
use super::saved::{self, Files, check, digest_of_path, missing};
use crate::compression::{Compression, decode};
use crate::error::ImageError;
use crate::image::{Blob, Content, Image, MAX_DOCUMENT, MAX_LAYERS};
use crate::layer::{
    Forward, Gather, MAX_ENTRIES, Room, ScanOptions, Scanned, Stored, TarItem, TarReader, Timely,
    is_header, normalise, scan_stored,
};
use std::collections::HashMap;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use tar::EntryType;

/// Bytes of documents that are kept.
const MAX_DOCUMENTS: u64 = 2 * MAX_DOCUMENT;
/// Items of an archive: layers, documents and folders.
const MAX_ITEMS: usize = 100_000;

/// How an archive that passes by is read.
#[derive(Clone)]
pub struct PassOptions<'a> {
    /// What is wanted of layers.
    pub gather: &'a dyn Gather,
    /// The platform wanted, if one was asked for.
    pub platform: Option<&'a Platform>,
    /// When to stop.
    pub deadline: Option<Instant>,
    /// The same archive from its beginning, where it can be had again: large files of layers are read from there.
    pub again: Option<Arc<dyn Blob>>,
}

/// Reads an archive, compressed or not, to its end, and gives its images.
///
/// # Errors
///
/// The reader's own, and whatever is wrong with the archive or a layer that an image needs.
pub fn read<'a>(
    place: &str,
    reader: Box<dyn Read + Send + 'a>,
    options: &PassOptions<'_>,
) -> Result<Vec<Image>, ImageError> {
    let wrong = |error| wrong(place, error);
    let inner = decode(reader).map_err(wrong)?;
    let mut tar = TarReader::new(Forward(Timely { inner, deadline: options.deadline }));
    let mut pass = Pass::new(place, options);
    let mut items = 0;
    while let Some(item) = tar.next_item().map_err(wrong)? {
        items += 1;
        if items > MAX_ITEMS {
            let problem = format!("more than {MAX_ITEMS} files in the archive");
            return Err(ImageError::Limit { place: place.to_owned(), problem });
        }
        pass.item(&mut tar, &item)?;
    }
    // What compresses the archive has a checksum at its end, and who writes into a pipe wants to be rid of all of it.
    io::copy(&mut tar.into_inner(), &mut io::sink()).map_err(wrong)?;
    saved::images(&mut pass.files, options.platform)
}

/// An error of a reader; one of ours that went through it stays what it is.
fn wrong(place: &str, error: io::Error) -> ImageError {
    if error.kind() == io::ErrorKind::TimedOut {
        return ImageError::Limit { place: place.to_owned(), problem: error.to_string() };
    }
    error.downcast().unwrap_or_else(|error| ImageError::malformed(place, error))
}

struct Pass<'a> {
    files: Passed,
    room: Room,
    options: &'a PassOptions<'a>,
}

/// What passed by.
struct Passed {
    place: String,
    documents: HashMap<Vec<u8>, Vec<u8>>,
    document_bytes: u64,
    /// Layers; and why what looked like one is none.
    layers: HashMap<Vec<u8>, Result<Layer, String>>,
    entries: usize,
    /// Files that are another one: old engines link equal layers to each other.
    links: HashMap<Vec<u8>, Vec<u8>>,
}

struct Layer {
    scanned: Arc<Scanned>,
    digest: crate::digest::Digest,
}

impl<'a> Pass<'a> {
    fn new(place: &str, options: &'a PassOptions<'a>) -> Self {
        let files = Passed {
            place: place.to_owned(),
            documents: HashMap::new(),
            document_bytes: 0,
            layers: HashMap::new(),
            entries: 0,
            links: HashMap::new(),
        };
        Self { files, room: Room::default(), options }
    }

    fn item<R: Read + Send>(
        &mut self,
        tar: &mut TarReader<Forward<R>>,
        item: &TarItem,
    ) -> Result<(), ImageError> {
        let Some(path) = normalise(&item.path) else { return Ok(()) };
        match item.kind {
            Some(EntryType::Symlink) => {
                if let Some(target) = beside(&path, &item.link) {
                    self.files.links.insert(path, target);
                }
            }
            Some(EntryType::Link) => {
                if let Some(target) = normalise(&item.link) {
                    self.files.links.insert(path, target);
                }
            }
            Some(EntryType::Regular | EntryType::Continuous) => self.file(tar, item, path)?,
            _ => {}
        }
        Ok(())
    }

    fn file<R: Read + Send>(
        &mut self,
        tar: &mut TarReader<Forward<R>>,
        item: &TarItem,
        path: Vec<u8>,
    ) -> Result<(), ImageError> {
        let fault = Mutex::new(None);
        let outcome = self.content(Part { tar, item, fault: &fault }, item.size, path);
        // What ended the archive itself is no fault of this file, whatever a decoder made of it.
        match fault.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Some(error) => Err(wrong(&self.files.place, error)),
            None => outcome,
        }
    }

    fn content<R: Read + Send>(
        &mut self,
        mut content: Part<'_, R>,
        size: u64,
        path: Vec<u8>,
    ) -> Result<(), ImageError> {
        let place = self.files.place.clone();
        let wrong = |error| wrong(&place, error);
        let mut head = Vec::with_capacity(512);
        content.by_ref().take(512).read_to_end(&mut head).map_err(wrong)?;
        let is_layer = is_layer(&head);
        let is_document = is_document(&head) && self.files.has_room(size);
        let mut whole = io::Cursor::new(head).chain(content);
        if is_layer {
            self.layer(Box::new(whole), &path)?;
        } else if is_document {
            let mut bytes = Vec::new();
            whole.read_to_end(&mut bytes).map_err(wrong)?;
            self.files.document_bytes += size;
            self.files.documents.insert(path, bytes);
        }
        Ok(())
    }

    fn layer<'r>(
        &mut self,
        reader: Box<dyn Read + Send + 'r>,
        path: &[u8],
    ) -> Result<(), ImageError> {
        let place = format!("{}: {}", self.files.place, shown(path));
        let limit = |problem: String| Err(ImageError::Limit { place: place.clone(), problem });
        let (gather, deadline) = (self.options.gather, self.options.deadline);
        let stored = match scan_stored(reader, ScanOptions { gather, room: &self.room, deadline }) {
            Ok(Stored { mut scanned, digest, .. }) => {
                self.files.entries += scanned.table.count();
                scanned.again = self.options.again.as_ref().map(|archive| {
                    let (archive, path) = (Arc::clone(archive), path.to_vec());
                    Arc::new(Inside { archive, path }) as Arc<dyn Blob>
                });
                Ok(Layer { scanned: Arc::new(scanned), digest })
            }
            Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                return limit(error.to_string());
            }
            Err(error) => Err(error.to_string()),
        };
        self.files.layers.insert(path.to_vec(), stored);
        if self.files.layers.len() > MAX_LAYERS {
            return limit(format!("more than {MAX_LAYERS} layers in one archive"));
        }
        if self.files.entries > MAX_ENTRIES {
            return limit(format!("more than {MAX_ENTRIES} entries in all layers"));
        }
        Ok(())
    }
}

/// Whether a file begins as layers do: compressed, or with a tar header, or with the end of an empty archive.
fn is_layer(head: &[u8]) -> bool {
    Compression::of(head) != Compression::None || head.len() == 512 && is_header(head)
}

/// Whether a file begins as JSON does.
fn is_document(head: &[u8]) -> bool {
    head.iter().find(|byte| !byte.is_ascii_whitespace()).is_some_and(|byte| b"{[".contains(byte))
}

pub(crate) fn shown(path: &[u8]) -> String {
    String::from_utf8_lossy(path).chars().filter(|char| !char.is_control()).take(200).collect()
}

/// Where a symbolic link leads, inside the archive.
pub(crate) fn beside(path: &[u8], target: &[u8]) -> Option<Vec<u8>> {
    let mut parts: Vec<&[u8]> = Vec::new();
    if !target.starts_with(b"/") {
        parts.extend(path.split(|byte| *byte == b'/'));
        parts.pop();
    }
    for part in target.split(|byte| *byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join(&b'/'))
}

impl Passed {
    /// Whether another document can be kept.
    fn has_room(&self, size: u64) -> bool {
        size <= MAX_DOCUMENT && self.document_bytes + size <= MAX_DOCUMENTS
    }

    /// Where a path's content is; links of links are followed for a while.
    fn real<'p>(&'p self, path: &'p [u8]) -> &'p [u8] {
        let mut at = path;
        for _ in 0..8 {
            match self.links.get(at) {
                Some(target) => at = target,
                None => break,
            }
        }
        at
    }
}

impl Files for Passed {
    fn place(&self) -> &str {
        &self.place
    }

    fn document(&mut self, path: &str) -> Result<Option<Vec<u8>>, ImageError> {
        let path = normalise(path.as_bytes()).unwrap_or_default();
        Ok(self.documents.get(self.real(&path)).cloned())
    }

    fn layer(&mut self, path: &str) -> Result<Content, ImageError> {
        let asked = normalise(path.as_bytes()).unwrap_or_default();
        let place = || format!("{}: {}", self.place, shown(path.as_bytes()));
        match self.layers.get(self.real(&asked)) {
            Some(Ok(layer)) => {
                if let Some(expected) = digest_of_path(path) {
                    check(&place(), &expected, &layer.digest)?;
                }
                Ok(Content::Scanned(Arc::clone(&layer.scanned)))
            }
            Some(Err(problem)) => Err(ImageError::malformed(place(), problem)),
            None => Err(missing(&self.place, path)),
        }
    }
}

/// The content of the item that a tar reader stands at.
struct Part<'a, R> {
    tar: &'a mut TarReader<Forward<R>>,
    item: &'a TarItem,
    /// The archive's own error; decoders do not always give it on as it was.
    fault: &'a Mutex<Option<io::Error>>,
}

impl<R: Read> Read for Part<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.tar.read_content(self.item, buffer).map_err(|error| {
            let kind = error.kind();
            if kind != io::ErrorKind::Interrupted {
                *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            }
            kind.into()
        })
    }
}

/// A layer in an archive that can be had again.
struct Inside {
    archive: Arc<dyn Blob>,
    path: Vec<u8>,
}

impl Blob for Inside {
    fn open(&self) -> Result<Box<dyn Read + Send>, ImageError> {
        let wrong = |error| wrong(&self.place(), error);
        let mut tar = TarReader::new(Forward(decode(self.archive.open()?).map_err(wrong)?));
        while let Some(item) = tar.next_item().map_err(wrong)? {
            if normalise(&item.path).as_ref() == Some(&self.path) {
                return Ok(Box::new(Rest { tar, item }));
            }
        }
        Err(missing(&self.archive.place(), &shown(&self.path)))
    }

    fn size(&self) -> Option<u64> {
        None
    }

    fn place(&self) -> String {
        format!("{}: {}", self.archive.place(), shown(&self.path))
    }
}

/// One item of an archive, to its end.
struct Rest<R> {
    tar: TarReader<Forward<R>>,
    item: TarItem,
}

impl<R: Read> Read for Rest<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.tar.read_content(&self.item, buffer)
    }
}
