//! How long a registry is waited for, and how often it is asked again.

use crate::error::ImageError;
use std::time::{Duration, Instant};

/// Times and counts; tests have shorter ones.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// Until a connection stands.
    pub connect: Duration,
    /// Until an answer begins, and until a whole document is here.
    pub answer: Duration,
    /// How long [`Patience::PROGRESS`] bytes of a blob may be waited for.
    pub stall: Duration,
    /// How often the same thing is asked for, the first time included.
    pub tries: u32,
    /// Before it is asked for again; twice as long each time.
    pub pause: Duration,
    /// The longest pause that a registry may ask of us (`Retry-After`).
    pub longest_pause: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(15),
            answer: Duration::from_secs(60),
            stall: Duration::from_secs(60),
            tries: 4,
            pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(60),
        }
    }
}

impl Patience {
    /// Bytes of a blob that have to come while we wait for [`Patience::stall`]: about a kilobyte a second.
    pub const PROGRESS: u64 = 64 << 10;
}

/// The time left for something that may take `limit`.
pub(super) fn time_left(
    place: &str,
    limit: Duration,
    deadline: Option<Instant>,
) -> Result<Duration, ImageError> {
    let Some(deadline) = deadline else { return Ok(limit) };
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(time_is_up(place)) } else { Ok(left.min(limit)) }
}

/// The time that the user gave is over.
pub(super) fn time_is_up(place: &str) -> ImageError {
    let problem = "the time given with --timeout is up".to_owned();
    ImageError::Limit { place: place.to_owned(), problem }
}
