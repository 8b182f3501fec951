//! How much of the contents of layers may be in memory at once, however many are read in parallel.

use super::limits::MAX_LOOK;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};

/// Files up to this size, in bytes, are looked at without asking: even with many threads they come to little.
const SMALL: u64 = 512 << 10;

/// Bytes of small files that are kept of all layers of an image which can only be read from their beginning.
const KEPT: u64 = 16 << 20;

/// The room for contents of all layers of an image.
pub struct Room {
    /// Bytes that may still be kept to the end.
    keep: AtomicU64,
    /// Bytes that may be held now to be looked at.
    look: Mutex<u64>,
    freed: Condvar,
}

impl Default for Room {
    /// What an image may take.
    fn default() -> Self {
        Self::new(KEPT)
    }
}

impl Room {
    /// Room to keep so many bytes, and to look at [`MAX_LOOK`] at once.
    #[must_use]
    pub fn new(keep: u64) -> Self {
        Self { keep: AtomicU64::new(keep), look: Mutex::new(MAX_LOOK), freed: Condvar::new() }
    }

    /// Takes room for bytes that are kept, if there is enough.
    pub(super) fn keep(&self, bytes: u64) -> bool {
        let left = |left: u64| left.checked_sub(bytes);
        self.keep.fetch_update(Ordering::Relaxed, Ordering::Relaxed, left).is_ok()
    }

    /// Waits until a file may be held; until the answer is dropped. Who holds one must not ask for another.
    pub(super) fn look(&self, bytes: u64) -> Held<'_> {
        let bytes = if bytes <= SMALL { 0 } else { bytes.min(MAX_LOOK) };
        if bytes > 0 {
            let left = self.look.lock().unwrap_or_else(PoisonError::into_inner);
            let full = |left: &mut u64| *left < bytes;
            let mut left =
                self.freed.wait_while(left, full).unwrap_or_else(PoisonError::into_inner);
            *left -= bytes;
        }
        Held { room: self, bytes }
    }
}

/// Room that is held.
pub(super) struct Held<'a> {
    room: &'a Room,
    bytes: u64,
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        *self.room.look.lock().unwrap_or_else(PoisonError::into_inner) += self.bytes;
        self.room.freed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicBool;
    use std::time::Duration;

    #[test]
    fn what_does_not_fit_beside_another_waits_for_it() {
        let room = Room::new(0);
        let first_is_held = AtomicBool::new(true);
        let first = room.look(MAX_LOOK - 1);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                drop(room.look(SMALL));
                drop(room.look(MAX_LOOK));
                assert!(!first_is_held.load(Ordering::SeqCst));
            });
            std::thread::sleep(Duration::from_millis(50));
            first_is_held.store(false, Ordering::SeqCst);
            drop(first);
        });
    }

    #[test]
    fn no_more_is_kept_than_there_is_room_for() {
        let room = Room::new(10);
        assert!(room.keep(6));
        assert!(!room.keep(5));
        assert!(room.keep(4));
    }
}
