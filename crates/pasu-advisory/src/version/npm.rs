//! npm's order: Semantic Versioning as node-semver reads it, with its `v` and `=` in front.
//!
//! node-semver itself refuses `1.2`; it is a version here, because advisories bound ranges with such.

use super::semver::{STRICT, Semver};
use std::cmp::Ordering;

pub(super) fn compare(a: &str, b: &str) -> Option<Ordering> {
    Some(parse(a)?.compare(&parse(b)?))
}

fn parse(text: &str) -> Option<Semver<'_>> {
    Semver::parse(text.trim().trim_start_matches(['v', '=', ' ']), STRICT)
}

#[cfg(test)]
mod tests {
    use super::compare;
    use std::cmp::Ordering::Equal;

    #[test]
    fn bounds_may_be_partial_and_prefixed() {
        for (a, b) in
            [("0", "0.0.0"), ("1.2", "1.2.0"), ("v1.2.3", "=1.2.3"), ("1.2.3+build", "1.2.3")]
        {
            assert_eq!(compare(a, b), Some(Equal), "{a} {b}");
        }
    }

    #[test]
    fn no_version() {
        for refused in [
            "",
            "v",
            "latest",
            "1.2.3.4",
            "1.2.3-",
            "1.2.3-a..b",
            "01.2.3",
            "1.2.3-01",
            "1.x",
            "^1.2.3",
            "1.2-beta",
            "1.2.3-é",
        ] {
            assert_eq!(compare(refused, refused), None, "{refused:?}");
        }
    }
}
