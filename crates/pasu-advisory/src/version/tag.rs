//! The order of tags people call versions: Swift packages by URL and GitHub Actions (`v4`, `v1.2.3.4`, `2.0.0-beta.1`).

use super::semver::{LENIENT, Semver};
use std::cmp::Ordering;

pub(super) fn compare(a: &str, b: &str) -> Option<Ordering> {
    Some(parse(a)?.compare(&parse(b)?))
}

fn parse(text: &str) -> Option<Semver<'_>> {
    Semver::parse(text.trim_start_matches(['v', 'V']), LENIENT)
}

#[cfg(test)]
mod tests {
    use super::compare;
    use std::cmp::Ordering::{Equal, Less};

    #[test]
    fn tags() {
        assert_eq!(compare("v4", "4.0.0"), Some(Equal));
        assert_eq!(compare("v1.2-beta", "v1.2.0.1"), Some(Less));
        assert_eq!(compare("main", "v1"), None);
    }
}
