//! Debian's order: `[epoch:]upstream[-revision]` (Debian Policy 5.6.12), as `dpkg --compare-versions` applies it.
//!
//! dpkg refuses a version only where it could not be split (an epoch that is no number, an empty part, an embedded
//! blank). A character the policy does not allow is a warning there and is compared, so it is compared here too.

use super::digits;
use super::evr::Evr;
use std::cmp::Ordering;

/// dpkg keeps an epoch in a C `int`.
const LARGEST_EPOCH: &[u8] = b"2147483647";

pub(super) fn compare(a: &str, b: &str) -> Option<Ordering> {
    let (a, b) = (parse(a)?, parse(b)?);
    Some(
        digits::compare(a.epoch.unwrap_or_default(), b.epoch.unwrap_or_default())
            .then_with(|| compare_part(a.version, b.version))
            .then_with(|| {
                compare_part(a.release.unwrap_or_default(), b.release.unwrap_or_default())
            }),
    )
}

fn parse(text: &str) -> Option<Evr<'_>> {
    let version = Evr::parse(text.trim_matches([' ', '\t']).as_bytes())?;
    let valid = match version.epoch {
        Some(epoch) => !epoch.is_empty() && digits::compare(epoch, LARGEST_EPOCH).is_le(),
        // Where there is a colon, an epoch is meant.
        None => !text.contains(':'),
    };
    (valid && version.release.is_none_or(|revision| !revision.is_empty())).then_some(version)
}

/// Compares by turns the longest stretch without digits and the longest stretch of digits.
fn compare_part(mut a: &[u8], mut b: &[u8]) -> Ordering {
    while !(a.is_empty() && b.is_empty()) {
        loop {
            let (first, second) = (weight(a.first()), weight(b.first()));
            if first != second {
                return first.cmp(&second);
            }
            // Equal weights mean equal bytes, or that both stand at a digit or the end.
            if first == 0 {
                break;
            }
            a = a.get(1..).unwrap_or_default();
            b = b.get(1..).unwrap_or_default();
        }
        let ((number_a, rest_a), (number_b, rest_b)) = (digits::split(a), digits::split(b));
        let order = digits::compare(number_a, number_b);
        if order.is_ne() {
            return order;
        }
        (a, b) = (rest_a, rest_b);
    }
    Ordering::Equal
}

/// A tilde sorts before the end, the end and digits before letters, letters before all else.
fn weight(byte: Option<&u8>) -> i32 {
    match byte {
        None => 0,
        Some(b'~') => -1,
        Some(byte) if byte.is_ascii_digit() => 0,
        // dpkg reads bytes above ASCII as negative characters, which land right after the letters.
        Some(byte) if byte.is_ascii_alphabetic() || !byte.is_ascii() => i32::from(*byte),
        Some(byte) => i32::from(*byte) + 256,
    }
}

#[cfg(test)]
mod tests {
    use super::compare;
    use std::cmp::Ordering::{Equal, Greater, Less};

    #[test]
    fn what_dpkg_cannot_split_is_no_version() {
        for refused in [
            "",
            " ",
            "1.0 2",
            "1:",
            ":1",
            "-1:2",
            "a:1",
            "12a:1",
            "2147483648:1",
            "1.0-",
            "-1",
            "1:-2",
            "1.0-1:2",
            "1\n2",
        ] {
            assert_eq!(compare(refused, refused), None, "{refused:?}");
        }
    }

    #[test]
    fn what_dpkg_only_warns_about_is_compared() {
        for (a, b, expected) in [
            (" 1.0\t", "1.0", Equal),
            ("01:2", "1:2", Equal),
            ("1:2:3", "1:2", Greater),
            ("1.0_beta", "1.0", Greater),
            ("a", "0.0", Greater),
            ("2147483647:1", "1", Greater),
            ("1.0~", "1.0~~", Greater),
            ("1é", "1z", Greater),
            ("1é", "1.", Less),
        ] {
            assert_eq!(compare(a, b), Some(expected), "{a} {b}");
        }
    }
}
