//! Opens an image: its layers are read in parallel, then merged in order.

use super::build::{Problem, Steps, Stop, add_layer};
use super::file::Store;
use super::overlay::Overlay;
use super::pool::{LayerPool, Unpacked};
use super::system::{ImageSystem, Shared};
use crate::digest::{Digest, HashingReader};
use crate::error::ImageError;
use crate::image::{Blob, Content, Image, Layer};
use crate::layer::{
    Gather, LATE, LayerTable, MAX_ENTRIES, MAX_NAMES, Room, ScanOptions, Scanned, list, scan_stored,
};
use crate::source::folder as unpacked;
use std::cmp::Reverse;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// How an image is opened.
#[derive(Clone, Copy)]
pub struct OpenOptions<'a> {
    /// What is wanted of layers that pass by.
    pub gather: &'a dyn Gather,
    /// When to stop.
    pub deadline: Option<Instant>,
}

/// What was read of a layer.
#[derive(Clone)]
pub(super) struct Read {
    table: Arc<LayerTable>,
    store: Arc<Store>,
    /// Bytes of its uncompressed archive, or of its files where it has none.
    size: u64,
}

impl Read {
    fn new(table: LayerTable, store: Store, size: u64) -> Self {
        Self { table: Arc::new(table), store: Arc::new(store), size }
    }

    /// Bytes that it takes, as far as it is no part of the program.
    pub(super) fn weight(&self) -> usize {
        let notes = match self.store.as_ref() {
            Store::Folder(unpacked) => unpacked.weight(),
            Store::Region(_) | Store::Passed(_) => 0,
        };
        self.table.memory() + notes
    }

    fn passed(scanned: Arc<Scanned>) -> Self {
        let table = Arc::clone(&scanned.table);
        let size = scanned.size;
        Self { table, store: Arc::new(Store::Passed(scanned)), size }
    }
}

/// Reads and merges an image's layers, and holds each against its digests. Layers that lie uncompressed in a file are
/// only listed: [`crate::cache::verify`] reads them whole.
///
/// # Errors
///
/// A layer that cannot be read, is damaged, or is not the one that the manifest or configuration names: such an image
/// is refused as a whole.
pub fn open(image: &mut Image, options: OpenOptions<'_>) -> Result<ImageSystem, ImageError> {
    open_known(image, options, &|_| None)
}

/// The same; layers that passed by in an earlier run are not read again. Whoever knows them, by number, answers for
/// their digests.
///
/// # Errors
///
/// As [`open`].
pub fn open_known(
    image: &Image,
    options: OpenOptions<'_>,
    known: &(dyn Fn(usize) -> Option<Scanned> + Sync),
) -> Result<ImageSystem, ImageError> {
    open_pooled(image, options, known, None)
}

/// The same; unpacked layers that were read for images before are taken from a pool, and put into it.
///
/// # Errors
///
/// As [`open`].
pub fn open_pooled(
    image: &Image,
    options: OpenOptions<'_>,
    known: &(dyn Fn(usize) -> Option<Scanned> + Sync),
    pool: Option<&LayerPool>,
) -> Result<ImageSystem, ImageError> {
    let room = Room::default();
    let scan_options =
        ScanOptions { gather: options.gather, room: &room, deadline: options.deadline };
    let count = image.layers.len();
    let results: Vec<Mutex<Option<Result<Read, ImageError>>>> =
        (0..count).map(|_| Mutex::new(None)).collect();
    let next = AtomicUsize::new(0);
    // The largest first, so that no thread comes to it when the others are done.
    let mut layers: Vec<(usize, &Layer)> = image.layers.iter().enumerate().collect();
    layers.sort_by_key(|(_, layer)| Reverse(layer.content.stored_size()));
    let weights = Weights::default();
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let work = || {
        loop {
            let turn = next.fetch_add(1, Ordering::Relaxed);
            let Some((number, layer)) = layers.get(turn).copied() else { return };
            let read = read_layer(layer, number, known, pool, scan_options)
                .and_then(|read| weights.add(&image.name, read));
            if read.is_err() {
                // The others need not be read any more.
                next.store(count, Ordering::Relaxed);
            }
            *results[number].lock().unwrap_or_else(PoisonError::into_inner) = Some(read);
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads.min(count) {
            scope.spawn(work);
        }
        work();
    });
    let mut found = Vec::with_capacity(count);
    for slot in results {
        match slot.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Some(Ok(read)) => found.push(read),
            Some(Err(error)) => return Err(error),
            // Left out because another one failed, whose error comes.
            None => {}
        }
    }
    if found.len() < count {
        return Err(ImageError::malformed(&image.name, "a layer was not read"));
    }
    merge(&image.name, found, options.deadline)
}

/// What the lists of all layers take together.
#[derive(Default)]
struct Weights {
    entries: AtomicUsize,
    names: AtomicUsize,
}

impl Weights {
    fn add(&self, place: &str, read: Read) -> Result<Read, ImageError> {
        let count = |sum: &AtomicUsize, more| sum.fetch_add(more, Ordering::Relaxed) + more;
        let entries = count(&self.entries, read.table.count());
        let names = count(&self.names, read.table.weight());
        let problem = if entries > MAX_ENTRIES {
            format!("more than {MAX_ENTRIES} entries in all layers")
        } else if names > MAX_NAMES {
            format!("more than {MAX_NAMES} bytes of names in all layers")
        } else {
            return Ok(read);
        };
        Err(ImageError::Limit { place: place.to_owned(), problem })
    }
}

fn merge(
    place: &str,
    layers: Vec<Read>,
    deadline: Option<Instant>,
) -> Result<ImageSystem, ImageError> {
    let mut overlay = Overlay::new();
    let mut steps = Steps::new(deadline);
    let mut stores = Vec::with_capacity(layers.len());
    let mut problems: Vec<Problem> = Vec::new();
    let count = u16::try_from(layers.len()).unwrap_or(u16::MAX);
    let mut sizes = Vec::with_capacity(layers.len());
    for read in layers {
        add_layer(&mut overlay, &read.table, &mut problems, &mut steps).map_err(|stop| {
            let problem = match stop {
                Stop::Late => LATE,
                Stop::TooMuch => "the layers take more work to merge than those of any real image",
            };
            ImageError::Limit { place: place.to_owned(), problem: problem.to_owned() }
        })?;
        stores.push(read.store);
        sizes.push(read.size);
    }
    let shared = Shared { overlay, stores, problems, sizes };
    Ok(ImageSystem { shared: Arc::new(shared), layer: count.saturating_sub(1) })
}

fn read_layer(
    layer: &Layer,
    number: usize,
    known: &(dyn Fn(usize) -> Option<Scanned> + Sync),
    pool: Option<&LayerPool>,
    options: ScanOptions<'_>,
) -> Result<Read, ImageError> {
    let place = format!("layer {} ({})", number + 1, layer.diff_id);
    match &layer.content {
        Content::Region(region) => {
            let table = list(region, options.deadline).map_err(|error| wrong(&place, error))?;
            Ok(Read::new(table, Store::Region(region.clone()), region.length()))
        }
        Content::Folder(folder) => {
            let path = &folder.path;
            if let Some(read) = pool.and_then(|pool| pool.get(path)) {
                return Ok(read);
            }
            let table = unpacked::list(folder, options.deadline)?;
            let unpacked = Unpacked::open(path).map_err(ImageError::file(path))?;
            let size = table.content();
            let read = Read::new(table, Store::Folder(unpacked), size);
            if let Some(pool) = pool {
                pool.put(path, &read);
            }
            Ok(read)
        }
        Content::Stream(blob) => {
            let mut scanned = match known(number) {
                Some(scanned) => scanned,
                None => scan_blob(blob.as_ref(), layer.digest.as_ref(), &place, options)?,
            };
            check(&place, &layer.diff_id, &scanned.diff_id)?;
            scanned.again = Some(Arc::clone(blob));
            Ok(Read::passed(Arc::new(scanned)))
        }
        Content::Scanned(scanned) => {
            check(&place, &layer.diff_id, &scanned.diff_id)?;
            Ok(Read::passed(Arc::clone(scanned)))
        }
    }
}

/// Reads a blob to its end and holds it against the digest of its stored bytes.
fn scan_blob(
    blob: &dyn Blob,
    digest: Option<&Digest>,
    place: &str,
    options: ScanOptions<'_>,
) -> Result<Scanned, ImageError> {
    let stored = scan_stored(blob.open()?, options)
        .map_err(|error| wrong(&format!("{}: {place}", blob.place()), error))
        .map_err(|error| damaged(blob, digest, options.deadline, error))?;
    if let Some(expected) = digest {
        check(&blob.place(), expected, &stored.digest)?;
    }
    Ok(stored.scanned)
}

/// What is wrong with a blob that cannot be read as a layer: first of all that it is not the one which was named, damaged on
/// the way or exchanged.
fn damaged(
    blob: &dyn Blob,
    digest: Option<&Digest>,
    deadline: Option<Instant>,
    error: ImageError,
) -> ImageError {
    let late = deadline.is_some_and(|deadline| Instant::now() >= deadline);
    let (ImageError::Malformed { .. }, Some(expected), false) = (&error, digest, late) else {
        return error;
    };
    let whole = blob.open().ok().and_then(|reader| HashingReader::new(reader).finish().ok());
    let mismatch = whole.and_then(|(actual, _)| check(&blob.place(), expected, &actual).err());
    mismatch.unwrap_or(error)
}

fn check(place: &str, expected: &Digest, actual: &Digest) -> Result<(), ImageError> {
    if expected == actual {
        return Ok(());
    }
    Err(ImageError::DigestMismatch {
        place: place.to_owned(),
        expected: expected.to_string(),
        actual: actual.to_string(),
    })
}

/// An error of a reader. One of ours that went through it, because a source gave up in the middle, stays what it is.
fn wrong(place: &str, error: io::Error) -> ImageError {
    if error.kind() == io::ErrorKind::TimedOut && error.to_string() == LATE {
        return ImageError::Limit { place: place.to_owned(), problem: LATE.to_owned() };
    }
    error.downcast().unwrap_or_else(|error| ImageError::malformed(place, error))
}
