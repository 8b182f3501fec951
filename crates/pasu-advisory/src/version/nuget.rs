//! NuGet's order: one to four numbers and Semantic Versioning pre-releases whose words ignore case
//! (`NuGetVersion` and `VersionComparer.Default`); build metadata takes no part.

use super::semver::{LENIENT, Semver};
use std::cmp::Ordering;

pub(super) fn compare(a: &str, b: &str) -> Option<Ordering> {
    let (a, b) = (parse(a)?, parse(b)?);
    Some(a.compare_numbers(&b).then_with(|| compare_pre_releases(a.pre_release, b.pre_release)))
}

fn parse(text: &str) -> Option<Semver<'_>> {
    Semver::parse(text.trim(), LENIENT)
}

fn compare_pre_releases(a: &str, b: &str) -> Ordering {
    if a.is_empty() || b.is_empty() {
        return a.is_empty().cmp(&b.is_empty());
    }
    let mut others = b.split('.');
    for label in a.split('.') {
        let Some(other) = others.next() else { return Ordering::Greater };
        let order = compare_labels(label, other);
        if order.is_ne() {
            return order;
        }
    }
    if others.next().is_some() { Ordering::Less } else { Ordering::Equal }
}

/// A label is a number only where it fits .NET's `int`; longer runs of digits, such as times, compare as text.
fn compare_labels(a: &str, b: &str) -> Ordering {
    match (a.parse::<i32>(), b.parse::<i32>()) {
        (Ok(a), Ok(b)) => a.cmp(&b),
        (Ok(_), Err(_)) => Ordering::Less,
        (Err(_), Ok(_)) => Ordering::Greater,
        (Err(_), Err(_)) => upper_bytes(a).cmp(upper_bytes(b)),
    }
}

/// .NET's `OrdinalIgnoreCase` compares capitals.
fn upper_bytes(text: &str) -> impl Iterator<Item = u8> {
    text.bytes().map(|byte| byte.to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::compare;
    use std::cmp::Ordering::{self, Equal, Less};

    #[test]
    fn four_numbers_and_caseless_words() {
        for (a, b, expected) in [
            ("1.0", "1.0.0.0", Equal),
            ("1.0.0", "1.0.0.1", Less),
            ("1.0.0-BETA", "1.0.0-beta", Equal),
            ("1.0.0-rc1", "1.0.0", Less),
            ("1.0.0-beta.2", "1.0.0-beta.10", Less),
            ("1.0.0-beta.10000000000", "1.0.0-beta.9999999999", Less),
            ("1.0.0+a", "1.0.0+b", Equal),
            ("1.01", "1.1", Equal),
        ] {
            assert_eq!(compare(a, b), Some(expected), "{a} {b}");
            assert_eq!(compare(b, a), Some(Ordering::reverse(expected)), "{b} {a}");
        }
    }

    #[test]
    fn no_version() {
        for refused in ["", "v1.0", "1.0.0.0.0", "1.0-", "1.0-a..b", "1.a", "[1.0,2.0)"] {
            assert_eq!(compare(refused, refused), None, "{refused:?}");
        }
    }
}
