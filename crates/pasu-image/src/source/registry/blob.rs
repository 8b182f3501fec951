//! A layer in a registry, streamed: it takes as much memory as the connection does, and goes on after a cut.

use super::client::failure::{Failure, Request, transport};
use super::client::{Ask, Client, Lane, blob_path};
use super::patience::{Patience, time_is_up, time_left};
use crate::digest::Digest;
use crate::error::ImageError;
use crate::image::Blob;
use reqwest::header::CONTENT_RANGE;
use reqwest::{Response, StatusCode};
use std::io::{self, Read};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How often a blob is gone on with after a cut.
const MAX_RESUMES: u32 = 16;

/// A layer in a registry.
pub(super) struct RemoteBlob {
    pub client: Arc<Client>,
    pub digest: Digest,
    /// Bytes, by the manifest.
    pub size: u64,
    /// As the user named the image.
    pub reference: String,
}

impl Blob for RemoteBlob {
    fn open(&self) -> Result<Box<dyn Read + Send>, ImageError> {
        let mut reader = BlobReader {
            client: Arc::clone(&self.client),
            digest: self.digest.clone(),
            size: self.size,
            reference: self.reference.clone(),
            response: None,
            lane: Some(self.client.lane()?),
            chunk: io::Cursor::default(),
            position: 0,
            skip: 0,
            resumes: 0,
            progress: Progress::default(),
        };
        reader.response = Some(reader.ask()?);
        Ok(Box::new(reader))
    }

    fn size(&self) -> Option<u64> {
        Some(self.size)
    }

    fn place(&self) -> String {
        format!("{}: {}", self.client.endpoint.place(), self.digest)
    }

    fn is_found_by_digest(&self) -> bool {
        true
    }
}

/// A blob while it is read.
struct BlobReader {
    client: Arc<Client>,
    digest: Digest,
    size: u64,
    reference: String,
    // In this order: the answer lives on the lane's runtime.
    response: Option<Response>,
    lane: Option<Lane>,
    /// What came and was not read yet.
    chunk: io::Cursor<Vec<u8>>,
    /// Bytes that came.
    position: u64,
    /// Bytes that come again, of a registry that gives no part of a blob.
    skip: u64,
    resumes: u32,
    progress: Progress,
}

/// How fast bytes come, while we wait for them; the time in which they are worked on does not count.
#[derive(Default)]
struct Progress {
    bytes: u64,
    waited: Duration,
    /// Resumes since it last was fast enough.
    resumes: u32,
}

impl Progress {
    fn waited(&mut self, time: Duration, bytes: u64) {
        self.waited += time;
        self.bytes += bytes;
        if self.bytes >= Patience::PROGRESS {
            *self = Self::default();
        }
    }
}

impl Read for BlobReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.chunk.read(buffer)?;
            if read > 0 || buffer.is_empty() || !self.more().map_err(io::Error::other)? {
                return Ok(read);
            }
        }
    }
}

impl BlobReader {
    /// Asks for what is still missing.
    fn ask(&mut self) -> Result<Response, ImageError> {
        let path = blob_path(&self.digest);
        let what = format!("blob {}", self.digest);
        let request = Request { reference: &self.reference, what: &what };
        let ask = Ask { path: &path, accept: "*/*", from: self.position, request };
        let Some(lane) = &self.lane else { return Err(self.wrong("read after its end")) };
        let response = self.client.blob(lane, ask)?;
        let expected = self.expected(&response)?;
        match response.content_length() {
            Some(length) if length != expected => Err(self.wrong(&format!(
                "the registry announces {length} bytes instead of {expected}, as by the manifest"
            ))),
            _ => Ok(response),
        }
    }

    /// How many bytes an answer must have.
    fn expected(&mut self, response: &Response) -> Result<u64, ImageError> {
        self.skip = 0;
        if response.status() == StatusCode::OK {
            self.skip = self.position;
            return Ok(self.size);
        }
        let range = response.headers().get(CONTENT_RANGE).and_then(|value| value.to_str().ok());
        let begins = format!("bytes {}-", self.position);
        if self.position == 0 || !range.is_some_and(|range| range.starts_with(&begins)) {
            return Err(self.wrong("the registry gives another part than was asked for"));
        }
        Ok(self.size - self.position)
    }

    /// Waits for more bytes; whether there are any.
    fn more(&mut self) -> Result<bool, ImageError> {
        let (Some(response), Some(lane)) = (&mut self.response, &self.lane) else {
            return Ok(false);
        };
        let client = &self.client;
        let place = client.endpoint.place();
        let limit = client.patience.stall.saturating_sub(self.progress.waited);
        let limit = time_left(&place, limit, client.deadline)?;
        let start = Instant::now();
        let got =
            lane.runtime.block_on(async { tokio::time::timeout(limit, response.chunk()).await });
        let bytes = got.as_ref().ok().and_then(|chunk| chunk.as_ref().ok()?.as_ref());
        self.progress.waited(start.elapsed(), bytes.map_or(0, |bytes| bytes.len() as u64));
        match got {
            Ok(Ok(Some(bytes))) => self.take(bytes.into())?,
            Ok(_) if self.position == self.size => {
                self.finish();
                return Ok(false);
            }
            Ok(Ok(None)) => self.resume("the connection ended")?,
            Ok(Err(error)) => {
                let (Failure::Final(error) | Failure::Again(error, _)) =
                    transport(&client.endpoint, &error);
                let problem = match error {
                    ImageError::Unreachable { problem, .. } => problem,
                    other => other.to_string(),
                };
                self.resume(&problem)?;
            }
            Err(_) if client.deadline.is_some_and(|end| Instant::now() >= end) => {
                return Err(time_is_up(&place));
            }
            Err(_) => {
                let stall = client.patience.stall.as_secs_f32();
                self.resume(&format!(
                    "too slow: not even {} bytes in {stall} s",
                    Patience::PROGRESS
                ))?;
            }
        }
        Ok(true)
    }

    fn take(&mut self, mut bytes: Vec<u8>) -> Result<(), ImageError> {
        let known = self.skip.min(bytes.len() as u64);
        self.skip -= known;
        bytes.drain(..usize::try_from(known).unwrap_or(bytes.len()));
        self.position += bytes.len() as u64;
        if self.position > self.size {
            return Err(self.wrong(&format!("longer than the {} bytes of the manifest", self.size)));
        }
        self.chunk = io::Cursor::new(bytes);
        Ok(())
    }

    /// Goes on after a cut, unless that happens too often.
    fn resume(&mut self, problem: &str) -> Result<(), ImageError> {
        self.response = None;
        self.resumes += 1;
        self.progress = Progress { resumes: self.progress.resumes + 1, ..Progress::default() };
        let patience = self.client.patience;
        if self.progress.resumes >= patience.tries || self.resumes > MAX_RESUMES {
            let (position, size) = (self.position, self.size);
            let problem = format!(
                "blob {}: {problem} after {position} of {size} bytes, {} times; hint: try again, or \
                 save the image into a file where it is and use --input",
                self.digest, self.resumes
            );
            return Err(ImageError::Unreachable { place: self.client.endpoint.place(), problem });
        }
        let pause = time_left(&self.client.endpoint.place(), patience.pause, self.client.deadline)?;
        std::thread::sleep(pause);
        self.response = Some(self.ask()?);
        Ok(())
    }

    fn wrong(&self, problem: &str) -> ImageError {
        let place = format!("{}: {}", self.client.endpoint.place(), self.digest);
        ImageError::malformed(place, problem)
    }

    fn finish(&mut self) {
        self.response = None;
        if let Some(lane) = self.lane.take() {
            self.client.give_back(lane);
        }
    }
}

impl Drop for BlobReader {
    fn drop(&mut self) {
        self.finish();
    }
}
