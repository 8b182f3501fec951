//! Archives on their way from an engine and to it.

use super::session::stopped;
use super::stop::Stop;
use crate::error::ImageError;
use crate::source::engine::Engine;
use bollard::errors::Error;
use futures_util::{Stream, StreamExt};
use std::cell::RefCell;
use std::io::{self, Read, Write};
use std::pin::Pin;
use std::time::Duration;
use tokio::sync::mpsc;

/// How long an engine may say nothing while it hands out an image.
const PIECE: Duration = Duration::from_secs(300);

/// What the client says where bytes are left at the end of an answer that make no message.
const REST: &str = "bytes remaining on stream";

/// The next message of an engine's answer; `None` at its end. The line end of the last message may come in a piece of its
/// own, which the client takes for the beginning of another message. So what is left at the end is no error here; that
/// what was asked for did come, the caller holds.
pub(super) async fn message<T>(
    answer: &mut (impl Stream<Item = Result<T, Error>> + Unpin),
) -> Option<Result<T, Error>> {
    match answer.next().await? {
        Err(Error::IOError { err }) if err.to_string() == REST => None,
        message => Some(message),
    }
}

pub(super) type Pieces<'a, B> = Pin<Box<dyn Stream<Item = Result<B, Error>> + 'a>>;

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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

    use super::message;
    use bollard::query_parameters::BuildImageOptionsBuilder;
    use bollard::{API_DEFAULT_VERSION, Docker};
    use std::io::{Read, Write};
    use std::os::unix::net::UnixListener;
    use std::time::Duration;

    #[test]
    fn a_line_end_that_comes_by_itself_is_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let listener = UnixListener::bind(&path).unwrap();
        let engine = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _request = stream.read(&mut [0; 4096]).unwrap();
            let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
            for piece in [head, "f\r\n{\"stream\":\"ok\"}\r\n", "2\r\n\r\n\r\n", "0\r\n\r\n"] {
                stream.write_all(piece.as_bytes()).unwrap();
                std::thread::sleep(Duration::from_millis(100));
            }
        });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let said = runtime.block_on(async {
            let client =
                Docker::connect_with_unix(&path.to_string_lossy(), 10, API_DEFAULT_VERSION)
                    .unwrap();
            let options = BuildImageOptionsBuilder::default().build();
            let mut answer =
                client.build_image(options, None, Some(bollard::body_full("x".into())));
            let mut said = Vec::new();
            while let Some(info) = message(&mut answer).await {
                said.extend(info.unwrap().stream);
            }
            said
        });
        engine.join().unwrap();
        assert_eq!(said, ["ok"]);
    }
}
