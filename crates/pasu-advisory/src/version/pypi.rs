//! The order of the Python Package Index: PEP 440, legacy versions refused as `packaging` refuses them.

use pep440_rs::Version;
use std::cmp::Ordering;

pub(super) fn compare(a: &str, b: &str) -> Option<Ordering> {
    Some(parse(a)?.cmp(&parse(b)?))
}

fn parse(text: &str) -> Option<Version> {
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::compare;
    use std::cmp::Ordering::{Equal, Less};

    #[test]
    fn normal_forms_are_equal_and_legacy_is_refused() {
        assert_eq!(compare("1.0.0", "1"), Some(Equal));
        assert_eq!(compare("v1.0-ALPHA_1", "1.0a1"), Some(Equal));
        assert_eq!(compare("1.0.dev1", "1.0a1"), Some(Less));
        for refused in ["", "abc", "1.0-final-x", "2004d!", "1.0+"] {
            assert_eq!(compare(refused, refused), None, "{refused:?}");
        }
    }
}
