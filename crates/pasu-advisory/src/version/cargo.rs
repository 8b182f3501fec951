//! The order of crates.io: Semantic Versioning precedence, with partial versions as bounds.

use super::semver::{STRICT, Semver};
use std::cmp::Ordering;

pub(super) fn compare(a: &str, b: &str) -> Option<Ordering> {
    Some(Semver::parse(a, STRICT)?.compare(&Semver::parse(b, STRICT)?))
}

#[cfg(test)]
mod tests {
    use super::compare;
    use std::cmp::Ordering::{Equal, Less};

    #[test]
    fn precedence() {
        for (a, b, expected) in [
            ("1.0.0-alpha", "1.0.0-alpha.1", Less),
            ("1.0.0-alpha.beta", "1.0.0-beta.2", Less),
            ("1.0.0-beta.2", "1.0.0-beta.11", Less),
            ("0.0.0-0", "0", Less),
            ("1.0.0+a", "1.0.0+b", Equal),
        ] {
            assert_eq!(compare(a, b), Some(expected), "{a} {b}");
        }
        assert_eq!(compare("v1.0.0", "1.0.0"), None);
    }
}
