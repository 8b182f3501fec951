//! The order of Dart's Pub: Semantic Versioning, but build metadata counts, and counts as newer (`1.0.0 < 1.0.0+1`).

use super::semver::{Grammar, Semver, compare_identifiers};
use std::cmp::Ordering;

const GRAMMAR: Grammar = Grammar { numbers: 3, leading_zeros: true, partial_suffix: false };

pub(super) fn compare(a: &str, b: &str) -> Option<Ordering> {
    let (a, b) = (Semver::parse(a, GRAMMAR)?, Semver::parse(b, GRAMMAR)?);
    Some(
        a.compare(&b).then_with(|| compare_identifiers(identifiers(a.build), identifiers(b.build))),
    )
}

fn identifiers(build: &str) -> impl Iterator<Item = &str> {
    build.split('.').filter(|identifier| !identifier.is_empty())
}

#[cfg(test)]
mod tests {
    use super::compare;
    use std::cmp::Ordering::{self, Equal, Less};

    #[test]
    fn build_metadata_counts() {
        for (a, b, expected) in [
            ("1.0.0", "1.0.0+1", Less),
            ("1.0.0+1", "1.0.0+2", Less),
            ("1.0.0+9", "1.0.0+10", Less),
            ("1.0.0+1", "1.0.0+a", Less),
            ("1.0.0+1", "1.0.0+1.1", Less),
            ("1.0.0-dev+9", "1.0.0", Less),
            ("1.02.0", "1.2.0", Equal),
        ] {
            assert_eq!(compare(a, b), Some(expected), "{a} {b}");
            assert_eq!(compare(b, a), Some(Ordering::reverse(expected)), "{b} {a}");
        }
    }
}
