//! Runs of digits compared as numbers of any length, without turning them into one.

use std::cmp::Ordering;

/// As many digits as a `u64` always holds.
const SHORT: usize = 19;

/// Compares two runs of ASCII digits as numbers; an empty run is zero.
pub(super) fn compare(a: &[u8], b: &[u8]) -> Ordering {
    // Nearly all runs are short, and a loop over few digits is several times as fast as comparing memory.
    if a.len() <= SHORT && b.len() <= SHORT {
        return short(a).cmp(&short(b));
    }
    let (a, b) = (trim_zeros(a), trim_zeros(b));
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

/// Whether a run of digits is the number zero; an empty run is.
pub(super) fn is_zero(run: &[u8]) -> bool {
    trim_zeros(run).is_empty()
}

/// Splits the digits off the front.
pub(super) fn split(text: &[u8]) -> (&[u8], &[u8]) {
    split_while(text, u8::is_ascii_digit)
}

/// Splits what satisfies the predicate off the front.
pub(super) fn split_while(text: &[u8], wanted: impl Fn(&u8) -> bool) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| !wanted(byte)).unwrap_or(text.len());
    text.split_at(end)
}

/// Whether the text is one or more digits and nothing else.
pub(super) fn is_number(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(u8::is_ascii_digit)
}

fn short(run: &[u8]) -> u64 {
    run.iter().fold(0, |number, digit| number * 10 + u64::from(digit & 0x0f))
}

fn trim_zeros(run: &[u8]) -> &[u8] {
    let zeros = run.iter().take_while(|digit| **digit == b'0').count();
    run.get(zeros..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::compare;
    use std::cmp::Ordering::{Equal, Greater, Less};

    #[test]
    fn runs_compare_as_numbers_of_any_length() {
        for (a, b, expected) in [
            ("9", "10", Less),
            ("007", "7", Equal),
            ("", "0", Equal),
            ("9999999999999999999", "10000000000000000000", Less),
            ("00000000000000000000000001", "1", Equal),
            (
                "340282366920938463463374607431768211456",
                "340282366920938463463374607431768211455",
                Greater,
            ),
        ] {
            assert_eq!(compare(a.as_bytes(), b.as_bytes()), expected, "{a} {b}");
        }
    }
}
