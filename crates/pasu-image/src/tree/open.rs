//! Opens an image: its layers are read in parallel, then merged in order.

use super::build::{Problem, add_layer};
use super::file::{Found, Place, Store};
use super::nodes::Nodes;
use super::system::{ImageSystem, Shared};
use crate::compression::decode;
use crate::digest::{Digest, HashingReader};
use crate::error::ImageError;
use crate::image::{Blob, Content, Image};
use crate::layer::{Gather, LayerTable, Region, ScanOptions, Scanned, list, scan};
use crate::source::folder;
use pasu_system::TreeSystem;
use std::io;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// Bytes of small files that are kept of layers which can only be read from their beginning.
const ROOM: u64 = 24 << 20;

/// How an image is opened.
#[derive(Clone, Copy)]
pub struct OpenOptions<'a> {
    /// What is wanted of layers that pass by.
    pub gather: &'a dyn Gather,
    /// When to stop.
    pub deadline: Option<Instant>,
}

/// What was read of a layer.
struct Read {
    table: LayerTable,
    store: Store,
    size: u64,
}

/// Reads and merges an image's layers, and holds each against its digests. Layers that lie uncompressed in a file are
/// only listed: [`verify`] reads them whole.
///
/// # Errors
///
/// A layer that cannot be read, is damaged, or is not the one that the manifest or configuration names: such an image
/// is refused as a whole.
pub fn open(image: &mut Image, options: OpenOptions<'_>) -> Result<ImageSystem, ImageError> {
    let room = AtomicU64::new(ROOM);
    let scan_options =
        ScanOptions { gather: options.gather, room: &room, deadline: options.deadline };
    let count = image.layers.len();
    let results: Vec<Mutex<Option<Result<Read, ImageError>>>> =
        (0..count).map(|_| Mutex::new(None)).collect();
    let next = AtomicUsize::new(0);
    let layers: Vec<Mutex<&mut crate::image::Layer>> =
        image.layers.iter_mut().map(Mutex::new).collect();
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let work = || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(layer) = layers.get(number) else { return };
            let mut layer = layer.lock().unwrap_or_else(PoisonError::into_inner);
            let read = read_layer(&mut layer, number, scan_options);
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
    Ok(merge(found))
}

fn merge(layers: Vec<Read>) -> ImageSystem {
    let mut nodes = Nodes::new();
    let mut stores = Vec::with_capacity(layers.len());
    let mut problems: Vec<Problem> = Vec::new();
    let count = u16::try_from(layers.len()).unwrap_or(u16::MAX);
    let mut sizes = Vec::with_capacity(layers.len());
    for read in layers {
        add_layer(&mut nodes, Arc::new(read.table), &mut problems);
        stores.push(read.store);
        sizes.push(read.size);
    }
    let shared = Shared { nodes, stores, problems, sizes };
    ImageSystem { shared: Arc::new(shared), layer: count.saturating_sub(1) }
}

fn read_layer(
    layer: &mut crate::image::Layer,
    number: usize,
    options: ScanOptions<'_>,
) -> Result<Read, ImageError> {
    let place = format!("layer {} ({})", number + 1, layer.diff_id);
    match &layer.content {
        Content::Region(region) => {
            let table = list(region, options.deadline).map_err(|error| wrong(&place, error))?;
            let store = Store { place: Place::Region(region.clone()), found: Found::new() };
            Ok(Read { table, store, size: region.length() })
        }
        Content::Folder(path) => {
            let table = folder::list(path, options.deadline)?;
            let system = TreeSystem::new(path).map_err(ImageError::file(path))?;
            let store = Store { place: Place::Folder(system), found: Found::new() };
            Ok(Read { table, store, size: 0 })
        }
        Content::Stream(blob) => {
            let blob = Arc::clone(blob);
            let scanned = scan_blob(blob.as_ref(), layer.digest.as_ref(), &place, options)?;
            check(&place, &layer.diff_id, &scanned.diff_id)?;
            Ok(kept(scanned, Some(blob)))
        }
        Content::Scanned(_) => {
            let diff_id = layer.diff_id.clone();
            let taken = std::mem::replace(&mut layer.content, Content::Folder("/dev/null".into()));
            let Content::Scanned(scanned) = taken else {
                return Err(ImageError::malformed(place, "read twice"));
            };
            check(&place, &diff_id, &scanned.diff_id)?;
            Ok(kept(*scanned, None))
        }
    }
}

fn kept(scanned: Scanned, blob: Option<Arc<dyn Blob>>) -> Read {
    let mut found = Found::new();
    for (entry, analyzer, bytes) in scanned.found {
        found.entry(entry).or_default().push((analyzer, bytes));
    }
    Read {
        table: scanned.table,
        store: Store { place: Place::Kept(scanned.kept, blob), found },
        size: scanned.size,
    }
}

/// Reads a blob to its end and holds it against the digest of its stored bytes.
fn scan_blob(
    blob: &dyn Blob,
    digest: Option<&Digest>,
    place: &str,
    options: ScanOptions<'_>,
) -> Result<Scanned, ImageError> {
    let raw = Mutex::new(HashingReader::new(blob.open()?));
    let shared: Box<dyn io::Read + Send + '_> = Box::new(SharedReader(&raw));
    let scanned = decode(shared).and_then(|reader| scan(reader, options));
    let scanned = scanned.map_err(|error| wrong(&format!("{}: {place}", blob.place()), error))?;
    let (actual, _) = raw
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner)
        .finish()
        .map_err(|error| wrong(&blob.place(), error))?;
    if let Some(expected) = digest {
        check(&blob.place(), expected, &actual)?;
    }
    Ok(scanned)
}

/// A reader that is looked at again once the decoder is done with it.
struct SharedReader<'a, R>(&'a Mutex<R>);

impl<R: io::Read> io::Read for SharedReader<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).read(buffer)
    }
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
    error.downcast().unwrap_or_else(|error| ImageError::malformed(place, error))
}

/// Reads the layers that lie uncompressed in files whole, and holds them against their digests.
///
/// # Errors
///
/// A layer that is not what the configuration names.
pub fn verify(layers: &[(Region, Digest)], deadline: Option<Instant>) -> Result<(), ImageError> {
    let mut buffer = vec![0; 1 << 20];
    for (number, (region, expected)) in layers.iter().enumerate() {
        let place = format!("layer {} ({expected})", number + 1);
        let mut hasher = crate::digest::Hasher::default();
        let mut offset = 0;
        loop {
            let read = region.read_at(&mut buffer, offset).map_err(|error| wrong(&place, error))?;
            if read == 0 {
                break;
            }
            hasher.update(&buffer[..read]);
            offset += read as u64;
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                let problem = "the time given with --timeout is up".to_owned();
                return Err(ImageError::Limit { place, problem });
            }
        }
        check(&place, expected, &hasher.finish())?;
    }
    Ok(())
}

/// The layers of an image that [`verify`] has to read.
#[must_use]
pub fn unverified(image: &Image) -> Vec<(Region, Digest)> {
    let region = |layer: &crate::image::Layer| match &layer.content {
        Content::Region(region) => Some((region.clone(), layer.diff_id.clone())),
        _ => None,
    };
    image.layers.iter().filter_map(region).collect()
}
