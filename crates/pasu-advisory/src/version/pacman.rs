//! Arch Linux's order: `[epoch:]pkgver[-pkgrel]`, as pacman's `vercmp` and libalpm apply it.
//!
//! A relative of RPM's without `~` and `^`: letters after a number come before the bare number (`1.0rc1 < 1.0`), and
//! a longer separator after a shorter one. The release counts only when both versions have one.

use super::digits;
use super::evr::Evr;
use std::cmp::Ordering;

pub(super) fn compare(a: &str, b: &str) -> Option<Ordering> {
    let (a, b) = (Evr::parse(a.as_bytes())?, Evr::parse(b.as_bytes())?);
    let order = digits::compare(a.epoch.unwrap_or_default(), b.epoch.unwrap_or_default());
    let order = order.then_with(|| compare_part(a.version, b.version));
    Some(match (a.release, b.release) {
        (Some(a), Some(b)) => order.then_with(|| compare_part(a, b)),
        _ => order,
    })
}

fn compare_part(mut a: &[u8], mut b: &[u8]) -> Ordering {
    if a == b {
        return Ordering::Equal;
    }
    while !a.is_empty() && !b.is_empty() {
        let ((separator_a, rest_a), (separator_b, rest_b)) =
            (split_separator(a), split_separator(b));
        (a, b) = (rest_a, rest_b);
        let Some(first) = a.first().filter(|_| !b.is_empty()) else { break };
        if separator_a.len() != separator_b.len() {
            return separator_a.len().cmp(&separator_b.len());
        }
        let numeric = first.is_ascii_digit();
        let wanted = if numeric { u8::is_ascii_digit } else { u8::is_ascii_alphabetic };
        let ((run_a, rest_a), (run_b, rest_b)) =
            (digits::split_while(a, wanted), digits::split_while(b, wanted));
        let order = match (run_b.is_empty(), numeric) {
            // A number is newer than letters.
            (true, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, true) => digits::compare(run_a, run_b),
            (false, false) => run_a.cmp(run_b),
        };
        if order.is_ne() {
            return order;
        }
        (a, b) = (rest_a, rest_b);
    }
    compare_rests(a, b)
}

/// What is left when one side has ended: letters lose against nothing, anything else wins.
fn compare_rests(a: &[u8], b: &[u8]) -> Ordering {
    let is_alphabetic = |rest: &[u8]| rest.first().is_some_and(u8::is_ascii_alphabetic);
    match (a.is_empty(), b.is_empty()) {
        (true, true) => Ordering::Equal,
        (true, false) if !is_alphabetic(b) => Ordering::Less,
        _ if is_alphabetic(a) => Ordering::Less,
        _ => Ordering::Greater,
    }
}

fn split_separator(text: &[u8]) -> (&[u8], &[u8]) {
    digits::split_while(text, |byte| !byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::compare;
    use std::cmp::Ordering::{Equal, Greater, Less};

    #[test]
    fn the_release_counts_only_on_both_sides() {
        for (a, b, expected) in [
            ("1.5-1", "1.5", Equal),
            ("1.5-1", "1.5-2", Less),
            ("1:1.0-1", "2.0-1", Greater),
            ("1.0rc1", "1.0", Less),
            ("1.0.", "1.0", Greater),
        ] {
            assert_eq!(compare(a, b), Some(expected), "{a} {b}");
        }
    }

    #[test]
    fn no_version() {
        for refused in ["", "1:", "-1", "1 2"] {
            assert_eq!(compare(refused, refused), None, "{refused:?}");
        }
    }
}
