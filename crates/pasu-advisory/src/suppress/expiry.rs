//! The day on which an ignore entry ends: `2025-01-31`, or a whole time stamp.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};

/// The first day on which an entry no longer holds.
///
/// A bare date is the midnight it begins with, so that day itself is over, as in Trivy. A time later than midnight
/// lasts to the end of its day: runs know the date only.
pub(super) fn parse(text: &str) -> Option<Date> {
    if let Some(date) = bare_date(text) {
        return Some(date);
    }
    let date_time = stamp(text)?;
    if date_time.time() == Time::midnight() {
        return Some(date_time.date());
    }
    date_time.date().tomorrow().ok()
}

/// `YYYY-MM-DD` and nothing else.
fn bare_date(text: &str) -> Option<Date> {
    let is_date = text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    text.parse().ok().filter(|_| is_date)
}

/// A time stamp, with or without an offset, as the clock where it was written shows it.
fn stamp(text: &str) -> Option<DateTime> {
    bare_date(text.get(..10)?)?;
    if text.ends_with(['Z', 'z']) {
        let timestamp: Timestamp = text.parse().ok()?;
        return Some(jiff::tz::Offset::UTC.to_datetime(timestamp));
    }
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn dates_and_stamps_are_read() {
        for (text, expected) in [
            ("2025-01-31", Some("2025-01-31")),
            ("2025-01-31T00:00:00Z", Some("2025-01-31")),
            ("2025-01-31T23:59:59Z", Some("2025-02-01")),
            ("2024-12-31T12:00:00+09:00", Some("2025-01-01")),
            ("2025-01-31 00:00:00", Some("2025-01-31")),
            ("2024-02-29", Some("2024-02-29")),
            ("2023-02-29", None),
            ("20250131", None),
            ("31.01.2025", None),
            ("2025-1-31", None),
            ("2025-01-31T", None),
            ("2025-01-31X00:00:00Z", None),
            ("tomorrow", None),
            ("", None),
            ("9999-12-31T23:00:00Z", None),
        ] {
            assert_eq!(parse(text).map(|date| date.to_string()).as_deref(), expected, "{text}");
        }
    }
}
