//! What an engine hands out of an image: `GET /images/{name}/get`, as `docker save`.

use super::connect::Engine;
use super::error::from_engine;
use crate::error::ImageError;
use crate::image::Blob;
use bollard::errors::Error;
use futures_util::{Stream, StreamExt};
use std::io::{self, Read};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// How long an engine may be silent: those before 25 gather the whole image before they send the first byte.
const SILENCE: Duration = Duration::from_secs(15 * 60);

/// Bytes as they come.
type Chunks = Pin<Box<dyn Stream<Item = Result<Chunk, Error>> + Send>>;
type Chunk = io::Cursor<Vec<u8>>;

/// An image as its engine saves it, as often as it is asked for.
pub(super) struct SaveBlob {
    engine: Arc<Engine>,
    reference: String,
}

impl SaveBlob {
    pub fn new(engine: Arc<Engine>, reference: String) -> Self {
        Self { engine, reference }
    }
}

impl Blob for SaveBlob {
    fn open(&self) -> Result<Box<dyn Read + Send>, ImageError> {
        let client = self.engine.client().clone().with_timeout(SILENCE);
        let chunks = client.export_image(&self.reference);
        let chunks = chunks.map(|chunk| chunk.map(|bytes| io::Cursor::new(Vec::from(bytes))));
        Ok(Box::new(SaveReader {
            engine: Arc::clone(&self.engine),
            reference: self.reference.clone(),
            chunks: Box::pin(chunks),
            chunk: Chunk::default(),
        }))
    }

    fn size(&self) -> Option<u64> {
        None
    }

    fn place(&self) -> String {
        format!("{}: {}", self.engine.place(), self.reference)
    }
}

struct SaveReader {
    engine: Arc<Engine>,
    reference: String,
    chunks: Chunks,
    chunk: Chunk,
}

impl Read for SaveReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.chunk.read(buffer)?;
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            let chunks = &mut self.chunks;
            let next = async { Ok(chunks.next().await) };
            let next = self.engine.within(SILENCE, &self.reference, next);
            match next.map_err(io::Error::other)? {
                None => return Ok(0),
                Some(Ok(chunk)) => self.chunk = chunk,
                Some(Err(error)) => {
                    let (place, what) = (self.engine.place(), &self.reference);
                    return Err(io::Error::other(from_engine(place, what, &error)));
                }
            }
        }
    }
}
