//! What is known of an image's layers without decoding them.
//!
//! That a layer's bytes have the digest that the configuration names is never taken on trust: they were held against it
//! in this run, or in an earlier one and lie unchanged in the same file since, or the source finds them by a digest of
//! which is known, from an earlier run, what it decodes to.

use super::entry::{Key, pack, unpack};
use super::store::Cache;
use crate::digest::{Digest, Hasher};
use crate::error::ImageError;
use crate::image::{Content, Image, Layer};
use crate::layer::{Identity, Region, ahead};
use std::io;
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

/// The name under which a digest is stored that something decodes to.
const DIFF_ID: &str = "diff-id";

/// What is known of one layer.
pub enum Standing {
    /// It is what the configuration names.
    Known,
    /// It is, if these bytes have this digest.
    Claimed(Check),
    /// Only decoding it tells.
    Unknown,
}

/// Bytes that have to be held against a digest.
#[derive(Debug, Clone)]
pub struct Check {
    /// The layer's number, from 0.
    pub number: usize,
    /// The bytes.
    pub region: Region,
    /// The digest.
    pub digest: Digest,
}

/// What is known of all layers.
pub struct Known {
    /// Of each layer, the lowest first.
    pub standings: Vec<Standing>,
    identities: Vec<Option<Identity>>,
}

impl Known {
    /// Asks the store, if there is one.
    #[must_use]
    pub fn of(image: &Image, cache: Option<&Cache>) -> Self {
        let identities: Vec<Option<Identity>> =
            image.layers.iter().map(|layer| region(layer).and_then(Region::identity)).collect();
        let layers = image.layers.iter().zip(&identities).enumerate();
        let standings = layers
            .map(|(number, (layer, identity))| standing(number, layer, identity.as_ref(), cache))
            .collect();
        Self { standings, identities }
    }

    /// Whether no layer has to be decoded to know what it is.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        !self.standings.iter().any(|standing| matches!(standing, Standing::Unknown))
    }

    /// What is still to be checked.
    #[must_use]
    pub fn checks(&self) -> Vec<Check> {
        let check = |standing: &Standing| match standing {
            Standing::Claimed(check) => Some(check.clone()),
            Standing::Known | Standing::Unknown => None,
        };
        self.standings.iter().filter_map(check).collect()
    }

    /// Entries that say what was learnt, once every check succeeded and every unknown layer was decoded.
    #[must_use]
    pub fn learnt(&self, image: &Image) -> Vec<(Key, Vec<u8>)> {
        let mut entries = Vec::new();
        let layers = image.layers.iter().zip(&self.standings).zip(&self.identities);
        for ((layer, standing), identity) in layers {
            if matches!(standing, Standing::Known) || matches!(layer.content, Content::Folder(_)) {
                continue;
            }
            let Ok(value) = pack(layer.diff_id.as_str()) else { continue };
            // A file that was changed while it was read, or just before, may change again without a new time.
            let now = region(layer).and_then(Region::identity);
            if let Some(identity) = identity
                && now.as_ref() == Some(identity)
                && identity.is_settled()
            {
                entries.push((place_key(identity), value.clone()));
            }
            if let (Some(digest), Content::Stream(_)) = (&layer.digest, &layer.content) {
                entries.push((digest_key(digest), value));
            }
        }
        entries
    }
}

fn region(layer: &Layer) -> Option<&Region> {
    match &layer.content {
        Content::Region(region) => Some(region),
        Content::Stream(blob) => blob.region(),
        Content::Folder(_) | Content::Scanned(_) => None,
    }
}

fn place_key(identity: &Identity) -> Key {
    Key::new(format!("file:{}", identity.digest().hex()), DIFF_ID, 1)
}

fn digest_key(digest: &Digest) -> Key {
    Key::new(digest.as_str(), DIFF_ID, 1)
}

fn standing(
    number: usize,
    layer: &Layer,
    identity: Option<&Identity>,
    cache: Option<&Cache>,
) -> Standing {
    let is_diff_id = |key: Key| {
        let value = cache.and_then(|cache| cache.get(&key));
        value.and_then(|value| unpack::<String>(&value)).as_deref() == Some(layer.diff_id.as_str())
    };
    if identity.is_some_and(|identity| is_diff_id(place_key(identity))) {
        return Standing::Known;
    }
    match &layer.content {
        Content::Region(region) => Standing::Claimed(Check {
            number,
            region: region.clone(),
            digest: layer.diff_id.clone(),
        }),
        Content::Stream(blob) => match &layer.digest {
            Some(digest) if blob.is_found_by_digest() && is_diff_id(digest_key(digest)) => {
                Standing::Known
            }
            Some(digest) if is_diff_id(digest_key(digest)) => match blob.region() {
                Some(region) => Standing::Claimed(Check {
                    number,
                    region: region.clone(),
                    digest: digest.clone(),
                }),
                None => Standing::Unknown,
            },
            _ => Standing::Unknown,
        },
        Content::Folder(_) | Content::Scanned(_) => Standing::Unknown,
    }
}

/// Reads bytes whole, and holds them against their digests: several layers at once, the largest first.
///
/// # Errors
///
/// A layer that is not what the manifest or configuration names.
pub fn verify(checks: &[Check], deadline: Option<Instant>) -> Result<(), ImageError> {
    let mut order: Vec<&Check> = checks.iter().collect();
    order.sort_by_key(|check| std::cmp::Reverse(check.region.length()));
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some(check) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
            verify_one(check, deadline).inspect_err(|_| {
                // The others need not be read any more.
                next.store(order.len(), Ordering::Relaxed);
            })?;
        }
        Ok(())
    };
    let processors = thread::available_parallelism().map_or(1, NonZero::get);
    thread::scope(|scope| {
        let others: Vec<_> = (1..processors.min(checks.len())).map(|_| scope.spawn(work)).collect();
        let mut outcome = work();
        for other in others {
            let failed = || Err(ImageError::malformed("digests", "the check of a layer failed"));
            outcome = outcome.and(other.join().unwrap_or_else(|_| failed()));
        }
        outcome
    })
}

fn verify_one(check: &Check, deadline: Option<Instant>) -> Result<(), ImageError> {
    let place = || format!("layer {} ({})", check.number + 1, check.digest);
    let hashed = thread::scope(|scope| {
        let mut reader = ahead(scope, check.region.reader(), deadline)?;
        let mut hasher = Hasher::default();
        loop {
            let bytes = reader.fill_buf()?;
            if bytes.is_empty() {
                return Ok(hasher.finish());
            }
            hasher.update(bytes);
            let count = bytes.len();
            reader.consume(count);
        }
    });
    let actual = hashed.map_err(|error: io::Error| {
        if error.kind() == io::ErrorKind::TimedOut {
            return ImageError::Limit { place: place(), problem: error.to_string() };
        }
        ImageError::malformed(place(), error)
    })?;
    if actual == check.digest {
        return Ok(());
    }
    let (expected, actual) = (check.digest.to_string(), actual.to_string());
    Err(ImageError::DigestMismatch { place: place(), expected, actual })
}

#[cfg(test)]
mod tests {
    use super::{Check, verify};
    use crate::digest::Digest;
    use crate::error::ImageError;
    use crate::layer::Region;
    use std::io::Write;
    use std::sync::Arc;
    use std::time::Instant;

    /// Layers of these lengths, one after the other in a file.
    fn layers(lengths: &[usize]) -> Vec<Check> {
        let mut file = tempfile::tempfile().unwrap();
        let shared = Arc::new(file.try_clone().unwrap());
        let mut start = 0;
        let layer = |(number, length): (usize, &usize)| {
            let bytes: Vec<u8> =
                (number..number + length).map(|byte| byte.to_le_bytes()[0]).collect();
            file.write_all(&bytes).unwrap();
            let region = Region::new(Arc::clone(&shared), start, bytes.len() as u64);
            start += bytes.len() as u64;
            Check { number, region, digest: Digest::of(&bytes) }
        };
        lengths.iter().enumerate().map(layer).collect()
    }

    #[test]
    fn every_layer_is_held_against_its_digest() {
        let right = layers(&[1, 1_000_000, 0, 200_000, 512, 300_000, 3_000_000]);
        verify(&right, None).unwrap();
        for wrong in 0..right.len() {
            let mut checks = right.clone();
            checks[wrong].digest = Digest::of(b"other");
            let error = verify(&checks, None).unwrap_err();
            assert!(matches!(error, ImageError::DigestMismatch { .. }), "{error}");
            assert!(error.to_string().starts_with(&format!("layer {} ", wrong + 1)), "{error}");
        }
    }

    #[test]
    fn what_cannot_be_read_to_its_end_is_not_believed() {
        let mut checks = layers(&[10, 2_000_000]);
        let late = verify(&checks, Some(Instant::now())).unwrap_err();
        assert!(matches!(late, ImageError::Limit { .. }), "{late}");
        let long = &checks[1].region;
        let file = tempfile::tempfile().unwrap();
        file.set_len(long.length() / 2).unwrap();
        checks[1].region = Region::new(Arc::new(file), 0, long.length());
        let short = verify(&checks, None).unwrap_err();
        assert!(matches!(short, ImageError::Malformed { .. }), "{short}");
        assert!(short.to_string().starts_with("layer 2 "), "{short}");
    }
}
