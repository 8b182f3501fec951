//! Archives on their way from an engine and to it.

use super::session::stopped;
use super::stop::Stop;
use crate::error::ImageError;
use crate::source::engine::Engine;
use futures_util::{Stream, StreamExt};
use std::cell::RefCell;
use std::io::{self, Read, Write};
use std::pin::Pin;
use std::time::Duration;
use tokio::sync::mpsc;

/// How long an engine may say nothing while it hands out an image.
const PIECE: Duration = Duration::from_secs(300);

pub(super) type Pieces<'a, B> = Pin<Box<dyn Stream<Item = Result<B, bollard::errors::Error>> + 'a>>;

/// An archive that the engine hands out, piece by piece.
pub(super) struct Handed<'a, B> {
    pub engine: &'a Engine,
    pub stop: &'a Stop,
    pub stream: Pieces<'a, B>,
    pub piece: Vec<u8>,
    pub at: usize,
    /// Why reading failed, where `io::Error` cannot say it.
    pub failure: &'a RefCell<Option<ImageError>>,
}

impl<B: AsRef<[u8]>> Read for Handed<'_, B> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.piece.len() {
            let stop = self.stop;
            let stream = &mut self.stream;
            let piece = self.engine.within(PIECE, "save", async {
                tokio::select! {
                    biased;
                    () = stop.asked() => Ok(None),
                    piece = stream.next() => piece.transpose(),
                }
            });
            let piece = match piece {
                _ if self.stop.is_set() => Err(stopped()),
                Ok(Some(piece)) => Ok(piece),
                Ok(None) => return Ok(0),
                Err(error) => Err(error),
            };
            match piece {
                Ok(piece) => self.piece = piece.as_ref().to_vec(),
                Err(error) => {
                    let message = io::Error::other(error.to_string());
                    self.failure.replace(Some(error));
                    return Err(message);
                }
            }
            self.at = 0;
        }
        let rest = &self.piece[self.at..];
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.at += count;
        Ok(count)
    }
}

/// Counts what is written.
pub(super) struct Counted<W> {
    pub sink: W,
    pub count: u64,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.sink.write(bytes)?;
        self.count += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sink.flush()
    }
}

/// Hands pieces over to the request that uploads them.
pub(super) struct Pipe {
    pub sender: mpsc::Sender<io::Result<Vec<u8>>>,
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let sent = self.sender.blocking_send(Ok(bytes.to_vec()));
        sent.map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
