//! RPM's order: `[epoch:]version[-release]` with `~` before and `^` after a release (rpm-version(7)), as librpm's
//! `rpmvercmp` applies it to each part.
//!
//! A missing epoch is 0, and `rpm -q` prints it as `(none)`. A version without a release comes before the same version
//! with one, as rpm's own comparison of two such strings says; a dependency without a release is another matter and
//! never reaches this place.

use rpm_version::Evr;
use std::cmp::Ordering;

struct Parts<'a> {
    epoch: &'a str,
    version: &'a str,
    release: &'a str,
}

pub(super) fn compare(a: &str, b: &str) -> Option<Ordering> {
    let (a, b) = (parse(a)?, parse(b)?);
    Some(Evr::from(a).cmp(&Evr::from(b)))
}

impl<'a> From<Parts<'a>> for Evr<'a> {
    fn from(parts: Parts<'a>) -> Self {
        Evr::new(parts.epoch, parts.version, parts.release)
    }
}

fn parse(text: &str) -> Option<Parts<'_>> {
    if text.bytes().any(|byte| byte.is_ascii_whitespace()) {
        return None;
    }
    let (epoch, rest) = split_epoch(text);
    let (version, release) = rest.rsplit_once('-').unwrap_or((rest, ""));
    (!version.is_empty()).then_some(Parts { epoch, version, release })
}

/// Only digits before the first colon are an epoch; anything else belongs to the version.
fn split_epoch(text: &str) -> (&str, &str) {
    match text.split_once(':') {
        Some(("(none)", rest)) => ("", rest),
        Some((epoch, rest)) if epoch.bytes().all(|byte| byte.is_ascii_digit()) => (epoch, rest),
        _ => ("", text),
    }
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
