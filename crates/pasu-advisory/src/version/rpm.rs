//! RPM's order: `[epoch:]version[-release]` with `~` before and `^` after a release (rpm-version(7)), as librpm's
//! `rpmvercmp` applies it to each part.
//!
//! A missing epoch is 0, and `rpm -q` prints it as `(none)`. A version without a release comes before the same version
//! with one, as rpm's own comparison of two such strings says; a dependency without a release is another matter and
//! never reaches this place.

use super::digits;
use super::evr::Evr;
use std::cmp::Ordering;

pub(super) fn compare(a: &str, b: &str) -> Option<Ordering> {
    let (a, b) = (parse(a)?, parse(b)?);
    Some(
        digits::compare(a.epoch.unwrap_or_default(), b.epoch.unwrap_or_default())
            .then_with(|| compare_part(a.version, b.version))
            .then_with(|| compare_releases(a.release, b.release)),
    )
}

fn compare_releases(a: Option<&[u8]>, b: Option<&[u8]>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => compare_part(a, b),
        _ => a.is_some().cmp(&b.is_some()),
    }
}

fn parse(text: &str) -> Option<Evr<'_>> {
    Evr::parse(text.strip_prefix("(none):").unwrap_or(text).as_bytes())
}

/// Compares run by run: letters with letters, digits with digits, whatever separates them.
fn compare_part(mut a: &[u8], mut b: &[u8]) -> Ordering {
    if a == b {
        return Ordering::Equal;
    }
    loop {
        (a, b) = (skip_separators(a), skip_separators(b));
        let (Some(first), Some(second)) = (a.first(), b.first()) else { return compare_ends(a, b) };
        let order = match (mark(*first), mark(*second)) {
            (None, None) => {
                let ((run_a, rest_a), (run_b, rest_b)) = (split_run(a), split_run(b));
                (a, b) = (rest_a, rest_b);
                compare_runs(run_a, run_b)
            }
            (mark_a, mark_b) => {
                (a, b) = (a.get(1..).unwrap_or_default(), b.get(1..).unwrap_or_default());
                mark_a.unwrap_or(Mark::Run).cmp(&mark_b.unwrap_or(Mark::Run))
            }
        };
        if order.is_ne() {
            return order;
        }
    }
}

/// What may stand at the same place in two versions, in its order.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Mark {
    Tilde,
    Caret,
    Run,
}

fn mark(byte: u8) -> Option<Mark> {
    match byte {
        b'~' => Some(Mark::Tilde),
        b'^' => Some(Mark::Caret),
        _ => None,
    }
}

/// One side has ended: a tilde makes the other one older, anything else newer.
fn compare_ends(a: &[u8], b: &[u8]) -> Ordering {
    match (a.first(), b.first()) {
        (Some(b'~'), _) => Ordering::Less,
        (_, Some(b'~')) => Ordering::Greater,
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
}

/// A number is newer than letters.
fn compare_runs(a: &[u8], b: &[u8]) -> Ordering {
    let is_number = |run: &[u8]| run.first().is_some_and(u8::is_ascii_digit);
    match (is_number(a), is_number(b)) {
        (true, true) => digits::compare(a, b),
        (false, false) => a.cmp(b),
        (a, b) => a.cmp(&b),
    }
}

fn split_run(text: &[u8]) -> (&[u8], &[u8]) {
    match text.first() {
        Some(byte) if byte.is_ascii_digit() => digits::split(text),
        _ => digits::split_while(text, u8::is_ascii_alphabetic),
    }
}

fn skip_separators(text: &[u8]) -> &[u8] {
    digits::split_while(text, |byte| !byte.is_ascii_alphanumeric() && mark(*byte).is_none()).1
}

#[cfg(test)]
mod tests {
    use super::compare;
    use std::cmp::Ordering::{self, Equal, Greater, Less};

    fn check(a: &str, b: &str, expected: Ordering) {
        assert_eq!(compare(a, b), Some(expected), "{a} {b}");
        assert_eq!(compare(b, a), Some(expected.reverse()), "{b} {a}");
    }

    #[test]
    fn a_missing_epoch_is_zero() {
        check("0:1.0-1.el9", "1.0-1.el9", Equal);
        check("(none):1.0-1.el9", "1.0-1.el9", Equal);
        check("1:1.0-1.el9", "9.0-1.el9", Greater);
    }

    #[test]
    fn a_missing_release_comes_first() {
        check("1.0", "1.0-1", Less);
        check("1.0", "1.0-~1", Less);
        check("1.0", "0.9-1", Greater);
    }

    #[test]
    fn tilde_and_caret() {
        check("1.0~rc1-1", "1.0-1", Less);
        check("1.0^git1-1", "1.0-1", Greater);
        check("1.0^git1-1", "1.0.1-1", Less);
    }

    #[test]
    fn no_version() {
        for refused in ["", "1:", "-1", "1.0 2", "1:-1"] {
            assert_eq!(compare(refused, refused), None, "{refused:?}");
        }
    }
}
