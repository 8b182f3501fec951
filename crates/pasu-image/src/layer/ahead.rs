//! Reads on in another thread while what was read is worked on.

use super::scan::Timely;
use std::io::{self, BufRead, BufReader, Read};
use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{Builder, Scope, available_parallelism};
use std::time::Instant;

/// Bytes of a block: large enough that waking the other thread costs little, small enough for the second cache.
const BLOCK: usize = 128 << 10;
/// Blocks of one reader: one is worked on, one is read, and one or two wait.
const BLOCKS: usize = 4;
/// The most readers at once, so that their blocks take at most 8 MiB however many processors there are.
const MAX_READERS: usize = 16;

/// Readers that there are now.
static READERS: AtomicUsize = AtomicUsize::new(0);

/// A reader of `inner`, which is read ahead in a thread of `scope` where there is another processor for it. It gives
/// bytes and errors in their order, and leaves off at the deadline or once it is dropped: what was read by then, no one
/// knows but `inner`.
///
/// # Errors
///
/// When no thread can be started.
pub(crate) fn ahead<'scope, R: Read + Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    inner: R,
    deadline: Option<Instant>,
) -> io::Result<Box<dyn BufRead + Send + 'scope>> {
    let inner = Timely { inner, deadline };
    let Some(place) = Place::take() else {
        return Ok(Box::new(BufReader::with_capacity(BLOCK, inner)));
    };
    let (empty, to_fill) = sync_channel(BLOCKS);
    let (filled, full) = sync_channel(BLOCKS);
    for _ in 0..BLOCKS {
        // There is room for all of them.
        let _ = empty.send(Vec::new());
    }
    let is_left = Arc::new(AtomicBool::new(false));
    let left = Arc::clone(&is_left);
    Builder::new().spawn_scoped(scope, move || {
        let _place = place;
        read_on(inner, &to_fill, &filled, &left);
    })?;
    Ok(Box::new(Ahead { full, empty, block: Vec::new(), at: 0, has_ended: false, is_left }))
}

/// The right to be one of [`MAX_READERS`].
struct Place;

impl Place {
    fn take() -> Option<Self> {
        let has_more =
            available_parallelism().is_ok_and(|processors| processors > NonZero::<usize>::MIN);
        let more = |readers| (has_more && readers < MAX_READERS).then_some(readers + 1);
        READERS.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).ok().map(|_| Self)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        READERS.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Fills blocks until the end, which is an empty one, an error, or until no one wants more.
fn read_on(
    mut inner: impl Read,
    to_fill: &Receiver<Vec<u8>>,
    filled: &SyncSender<io::Result<Vec<u8>>>,
    is_left: &AtomicBool,
) {
    while let Ok(mut block) = to_fill.recv() {
        block.resize(BLOCK, 0);
        let (length, error) = fill(&mut inner, &mut block, is_left);
        block.truncate(length);
        let has_ended = length == 0 || error.is_some();
        if (length > 0 || error.is_none()) && filled.send(Ok(block)).is_err() {
            return;
        }
        if let Some(error) = error {
            let _ = filled.send(Err(error));
        }
        if has_ended {
            return;
        }
    }
}

/// Fills a block as far as there is something; how far, and what kept it from more.
fn fill(
    inner: &mut impl Read,
    block: &mut [u8],
    is_left: &AtomicBool,
) -> (usize, Option<io::Error>) {
    let mut length = 0;
    while length < block.len() && !is_left.load(Ordering::Relaxed) {
        match inner.read(&mut block[length..]) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return (length, Some(error)),
        }
    }
    (length, None)
}

/// What another thread reads.
struct Ahead {
    full: Receiver<io::Result<Vec<u8>>>,
    empty: SyncSender<Vec<u8>>,
    block: Vec<u8>,
    at: usize,
    has_ended: bool,
    is_left: Arc<AtomicBool>,
}

impl BufRead for Ahead {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.at == self.block.len() && !self.has_ended {
            let next = self.full.recv();
            // Its end is a block, too: without one, the thread has come to grief.
            let next =
                next.unwrap_or_else(|_| Err(io::Error::other("the thread that reads failed")));
            self.has_ended = !next.as_ref().is_ok_and(|block| !block.is_empty());
            let done = std::mem::replace(&mut self.block, next?);
            self.at = 0;
            if done.capacity() > 0 {
                // The thread has gone where nothing is left to read.
                let _ = self.empty.try_send(done);
            }
        }
        Ok(&self.block[self.at..])
    }

    fn consume(&mut self, count: usize) {
        self.at = (self.at + count).min(self.block.len());
    }
}

impl Read for Ahead {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        self.is_left.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::{BLOCK, ahead};
    use std::io::{self, Read};
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::thread;
    use std::time::{Duration, Instant};

    /// Gives so many bytes, a few at a time, and then what it is told to.
    struct Source<F> {
        left: u64,
        end: F,
    }

    impl<F: FnMut() -> io::Result<usize>> Read for Source<F> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.left == 0 {
                return (self.end)();
            }
            let count = buffer.len().min(7000).min(usize::try_from(self.left).unwrap());
            for byte in &mut buffer[..count] {
                *byte = u8::try_from(self.left % 251).unwrap();
                self.left -= 1;
            }
            Ok(count)
        }
    }

    fn read(mut source: impl Read + Send) -> (Vec<u8>, io::Result<usize>) {
        let mut bytes = Vec::new();
        let end =
            thread::scope(|scope| ahead(scope, &mut source, None).unwrap().read_to_end(&mut bytes));
        (bytes, end)
    }

    #[test]
    fn every_byte_comes_in_its_order() {
        let block = u64::try_from(BLOCK).unwrap();
        for left in [0, 1, block - 1, block, block + 1, 9 * block] {
            let mut expected = Vec::new();
            Source { left, end: || Ok(0) }.read_to_end(&mut expected).unwrap();
            let (bytes, end) = read(Source { left, end: || Ok(0) });
            assert!(bytes == expected, "{left}");
            assert_eq!(end.unwrap() as u64, left);
        }
    }

    #[test]
    fn an_error_comes_after_what_was_read_before_it() {
        let refuse = || Err(io::Error::other("the source gave up"));
        let (bytes, end) = read(Source { left: 300_000, end: refuse });
        assert_eq!(bytes.len(), 300_000);
        assert_eq!(end.unwrap_err().to_string(), "the source gave up");
    }

    #[test]
    fn who_leaves_early_is_not_waited_for() {
        let slow = AtomicU64::new(0);
        let more = || {
            slow.fetch_add(1, Ordering::Relaxed);
            thread::sleep(Duration::from_millis(10));
            Ok(1)
        };
        thread::scope(|scope| {
            let left = u64::try_from(BLOCK).unwrap();
            let mut reader = ahead(scope, Source { left, end: more }, None).unwrap();
            reader.read_exact(&mut [0; 10]).unwrap();
        });
        // Of the second block only as much as came until then.
        assert!(slow.into_inner() < 1000);
    }

    #[test]
    fn an_endless_source_ends_at_the_deadline() {
        let deadline = Instant::now() + Duration::from_millis(20);
        let error = thread::scope(|scope| {
            let endless = Source { left: u64::MAX, end: || Ok(0) };
            let mut reader = ahead(scope, endless, Some(deadline)).unwrap();
            io::copy(&mut reader, &mut io::sink()).unwrap_err()
        });
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[test]
    fn more_readers_than_there_is_room_for_read_by_themselves() {
        thread::scope(|scope| {
            let source = || Source { left: 3_000_000, end: || Ok(0) };
            let readers: Vec<_> = (0..50).map(|_| ahead(scope, source(), None).unwrap()).collect();
            for mut reader in readers {
                assert_eq!(io::copy(&mut reader, &mut io::sink()).unwrap(), 3_000_000);
            }
        });
    }
}
