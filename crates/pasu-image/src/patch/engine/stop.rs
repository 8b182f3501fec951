//! Interrupts: whatever is asked of an engine ends early, so that what was made there can be taken away again.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Notify;

/// The exit status of a program that was interrupted twice: 128 and the number of SIGINT.
const STATUS: i32 = 130;

/// SIGXFSZ on all of Linux but MIPS: a file grows beyond `ulimit -f`.
const FILE_SIZE: i32 = 25;

/// Whether we have been asked to stop.
#[derive(Debug, Default)]
pub struct Stop {
    is_set: AtomicBool,
    waiting: Notify,
}

impl Stop {
    /// From now on SIGINT, SIGTERM and SIGHUP ask to stop; the second one ends the program at once. A file that may not
    /// grow any more is an error from now on, as a full disk is, and no longer the end of the program.
    #[must_use]
    pub fn on_signals() -> Arc<Self> {
        static STOP: OnceLock<Arc<Stop>> = OnceLock::new();
        let stop = STOP.get_or_init(|| {
            let stop = Arc::new(Self::default());
            let theirs = Arc::clone(&stop);
            std::thread::spawn(move || theirs.listen());
            stop
        });
        Arc::clone(stop)
    }

    /// Asks to stop.
    pub fn set(&self) {
        self.is_set.store(true, Ordering::SeqCst);
        self.waiting.notify_waiters();
    }

    /// Whether somebody asked.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.is_set.load(Ordering::SeqCst)
    }

    /// The flag itself, for work that looks at it now and then.
    #[must_use]
    pub fn flag(&self) -> &AtomicBool {
        &self.is_set
    }

    /// Waits until somebody asks.
    pub(super) async fn asked(&self) {
        let notified = self.waiting.notified();
        tokio::pin!(notified);
        // Registered before the look at the flag, so that nothing is missed between the two.
        notified.as_mut().enable();
        if !self.is_set() {
            notified.await;
        }
    }

    fn listen(&self) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        // Without signals an interrupt ends the program as ever, and the next run cleans up.
        let Ok(runtime) = runtime else { return };
        runtime.block_on(async {
            // Once a signal has a handler, writing fails with EFBIG; nobody needs to hear of it otherwise.
            let _handled = signal(SignalKind::from_raw(FILE_SIZE));
            let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
            let [Ok(mut interrupt), Ok(mut terminate), Ok(mut hangup)] = kinds.map(signal) else {
                return;
            };
            loop {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                    _ = hangup.recv() => {}
                }
                if self.is_set() {
                    std::process::exit(STATUS);
                }
                self.set();
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::Stop;
    use std::sync::Arc;
    use std::time::Duration;

    #[test]
    fn who_waits_is_told_whether_it_was_asked_before_or_after() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let stop = Arc::new(Stop::default());
        let theirs = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(20));
            theirs.set();
        });
        runtime.block_on(stop.asked());
        assert!(stop.is_set());
        runtime.block_on(stop.asked());
        thread.join().unwrap();
    }
}
