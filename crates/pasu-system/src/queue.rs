//! Work that is still to be done, shared by the threads of one walk: mostly directories.
//!
//! Each thread works depth first through a stack of its own, which keeps few directories waiting, and gives half of it
//! away as soon as another thread has nothing to do.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// What waits for a thread.
pub struct Queue<T> {
    shared: Mutex<Shared<T>>,
    wake: Condvar,
    /// A copy of [`Shared::idle`] that can be looked at without the lock.
    hungry: AtomicUsize,
}

struct Shared<T> {
    items: Vec<T>,
    workers: usize,
    idle: usize,
    finished: bool,
}

impl<T> Queue<T> {
    /// A queue with its first item.
    pub fn new(first: T) -> Self {
        let shared = Shared { items: vec![first], workers: 0, idle: 0, finished: false };
        Self { shared: Mutex::new(shared), wake: Condvar::new(), hungry: AtomicUsize::new(0) }
    }

    /// Must be called for each worker before any starts, so that none takes an empty queue for the end.
    pub fn join(&self) -> Worker<'_, T> {
        self.lock().workers += 1;
        Worker { queue: self, own: Vec::new() }
    }

    /// Ends the walk for all threads.
    pub fn finish(&self) {
        self.lock().finished = true;
        self.wake.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Shared<T>> {
        // Nothing that can panic runs under the lock.
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One thread's end of the queue.
pub struct Worker<'a, T> {
    queue: &'a Queue<T>,
    own: Vec<T>,
}

impl<T> Worker<'_, T> {
    /// Adds a directory, and shares if somebody waits.
    pub fn push(&mut self, item: T) {
        self.own.push(item);
        self.share_if_wanted();
    }

    /// The next directory; waits for one; `None` when all are done.
    pub fn pop(&mut self) -> Option<T> {
        self.share_if_wanted();
        if let Some(item) = self.own.pop() {
            return Some(item);
        }
        let mut shared = self.queue.lock();
        loop {
            if shared.finished {
                return None;
            }
            if let Some(item) = shared.items.pop() {
                return Some(item);
            }
            shared.idle += 1;
            if shared.idle == shared.workers {
                shared.finished = true;
                drop(shared);
                self.queue.wake.notify_all();
                return None;
            }
            self.queue.hungry.store(shared.idle, Ordering::Relaxed);
            shared = self.queue.wake.wait(shared).unwrap_or_else(PoisonError::into_inner);
            shared.idle -= 1;
            self.queue.hungry.store(shared.idle, Ordering::Relaxed);
        }
    }

    /// Gives away the older half: what was met first lies highest in the tree and holds most.
    fn share_if_wanted(&mut self) {
        if self.own.len() < 2 || self.queue.hungry.load(Ordering::Relaxed) == 0 {
            return;
        }
        let half = self.own.len() / 2;
        self.queue.lock().items.extend(self.own.drain(..half));
        self.queue.wake.notify_all();
    }
}

impl<T> Drop for Worker<'_, T> {
    /// A worker that could not be started, or whose visitor panicked, must not be waited for.
    fn drop(&mut self) {
        let mut shared = self.queue.lock();
        shared.workers -= 1;
        shared.finished |= std::thread::panicking();
        let finished = shared.finished || shared.idle >= shared.workers && shared.items.is_empty();
        shared.finished = finished;
        drop(shared);
        if finished {
            self.queue.wake.notify_all();
        }
    }
}
