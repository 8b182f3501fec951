//! Lists of numbers, compared number by number, the shorter list first: R's package versions (`1.2-3`, of CRAN) and
//! Haskell's (`1.2.3`, of Hackage). Unlike most orders, `1.0` comes before `1.0.0`.

use super::digits;
use std::cmp::Ordering;

/// R separates by `.` or `-`, which mean the same.
pub(super) fn compare_cran(a: &str, b: &str) -> Option<Ordering> {
    compare(a, b, &['.', '-'])
}

/// Haskell's `Data.Version` without tags.
pub(super) fn compare_hackage(a: &str, b: &str) -> Option<Ordering> {
    compare(a, b, &['.'])
}

fn compare(a: &str, b: &str, separators: &'static [char]) -> Option<Ordering> {
    let is_valid =
        |text: &str| text.split(separators).all(|number| digits::is_number(number.as_bytes()));
    (is_valid(a) && is_valid(b)).then(|| compare_lists(a.split(separators), b.split(separators)))
}

fn compare_lists<'a>(
    a: impl Iterator<Item = &'a str>,
    mut b: impl Iterator<Item = &'a str>,
) -> Ordering {
    for first in a {
        let Some(second) = b.next() else { return Ordering::Greater };
        let order = digits::compare(first.as_bytes(), second.as_bytes());
        if order.is_ne() {
            return order;
        }
    }
    if b.next().is_some() { Ordering::Less } else { Ordering::Equal }
}

#[cfg(test)]
mod tests {
    use super::{compare_cran, compare_hackage};
    use std::cmp::Ordering::{Equal, Less};

    #[test]
    fn lists() {
        assert_eq!(compare_cran("1.2-3", "1.2.3"), Some(Equal));
        assert_eq!(compare_cran("1.0", "1.0.0"), Some(Less));
        assert_eq!(compare_hackage("1.9", "1.10"), Some(Less));
        assert_eq!(compare_hackage("1.2-3", "1"), None);
        assert_eq!(compare_cran("1.2-", "1"), None);
        assert_eq!(compare_cran("", ""), None);
    }
}
