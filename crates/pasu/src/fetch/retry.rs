//! When a failed request is made again, and how long after.

use super::client::Client;
use jiff::Timestamp;
use std::thread;
use std::time::Duration;

/// The first pause; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// The longest pause. A server that wants a longer one is left alone for this run.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// A request that failed.
#[derive(Debug)]
pub struct Failure {
    pub error: anyhow::Error,
    pub retry: Retry,
}

/// Whether it is worth asking again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// It will fail again.
    Never,
    /// It may pass: after a pause of our own.
    Soon,
    /// It may pass: the server said when.
    After(Duration),
    /// Nobody is there. When that lasts, the host's other files are not tried.
    Unreachable,
}

impl Failure {
    /// A failure that asking again will not mend.
    pub fn last(error: anyhow::Error) -> Self {
        Self { error, retry: Retry::Never }
    }

    /// A failure that may pass.
    pub fn passing(error: anyhow::Error) -> Self {
        Self { error, retry: Retry::Soon }
    }
}

/// Tries until it works, is hopeless, or was tried often enough.
pub fn retrying<T>(
    client: &Client,
    url: &str,
    mut attempt: impl FnMut() -> Result<T, Failure>,
) -> anyhow::Result<T> {
    let mut made = 0;
    loop {
        let failure = match attempt() {
            Ok(value) => return Ok(value),
            Err(failure) => failure,
        };
        let pause = match failure.retry {
            Retry::Never => return Err(failure.error),
            Retry::After(asked) if asked > LONGEST_PAUSE => {
                let seconds = asked.as_secs();
                return Err(failure.error.context(format!("come back in {seconds} seconds")));
            }
            Retry::After(asked) => asked,
            Retry::Soon | Retry::Unreachable => pause(made, jitter()),
        };
        if made >= client.retries {
            if failure.retry == Retry::Unreachable {
                client.give_up_on(url);
            }
            return Err(failure.error);
        }
        made += 1;
        thread::sleep(pause);
    }
}

/// Between half and the whole of a pause that doubles each time, so that many clients do not come back together.
fn pause(made: u32, jitter: f64) -> Duration {
    let whole = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(made)).min(LONGEST_PAUSE);
    whole.mul_f64(0.5 + jitter.clamp(0.0, 1.0) / 2.0)
}

/// A number from 0 to 1 that differs between clients; nothing secret hangs on it.
fn jitter() -> f64 {
    use std::hash::{BuildHasher, RandomState};
    let random = RandomState::new().hash_one(0_u8) >> 32;
    random as f64 / f64::from(u32::MAX)
}

/// Reads `Retry-After`: seconds, or a date.
pub fn retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::parse(value).ok()?.timestamp();
    Some(Duration::try_from(date.duration_since(now)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_and_end() {
        assert_eq!(pause(0, 1.0), Duration::from_millis(500));
        assert_eq!(pause(0, 0.0), Duration::from_millis(250));
        assert_eq!(pause(2, 1.0), Duration::from_secs(2));
        assert_eq!(pause(40, 1.0), LONGEST_PAUSE);
    }

    #[test]
    fn servers_say_when_in_seconds_or_as_a_date() {
        let now: Timestamp = "2026-11-22T04:00:00Z".parse().unwrap();
        for (value, seconds) in [
            ("7", Some(7)),
            (" 0 ", Some(0)),
            ("Sun, 22 Nov 2026 04:00:30 GMT", Some(30)),
            ("Sun, 22 Nov 2026 03:00:00 GMT", Some(0)),
            ("soon", None),
            ("-5", None),
        ] {
            assert_eq!(retry_after(value, now), seconds.map(Duration::from_secs), "{value}");
        }
    }

    #[test]
    fn what_is_hopeless_is_tried_once_and_what_may_pass_again() {
        let client = Client::new(2).unwrap();
        for (retry, attempts) in [(Retry::Never, 1), (Retry::After(Duration::ZERO), 3)] {
            let mut made = 0;
            let result: anyhow::Result<()> = retrying(&client, "http://x/", || {
                made += 1;
                Err(Failure { error: anyhow::anyhow!("no"), retry })
            });
            assert!(result.is_err());
            assert_eq!(made, attempts, "{retry:?}");
        }
    }
}
