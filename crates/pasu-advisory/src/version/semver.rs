//! What the orders of the Semantic Versioning family share: up to four numbers, a pre-release and build metadata.
//!
//! Each registry's own file says what it accepts; the comparison follows semver.org 2.0.0, section 11.

use super::digits;
use std::cmp::Ordering;

/// What a registry accepts.
#[derive(Clone, Copy)]
pub(super) struct Grammar {
    /// How many numbers there may be; those that are missing count as zero.
    pub(super) numbers: usize,
    /// Whether a number of the core or the pre-release may begin with a zero.
    pub(super) leading_zeros: bool,
    /// Whether fewer than three numbers may be followed by a pre-release or build metadata.
    pub(super) partial_suffix: bool,
}

/// As semver.org writes it, but with partial versions: advisories bound ranges with `0` and `1.2`.
pub(super) const STRICT: Grammar =
    Grammar { numbers: 3, leading_zeros: false, partial_suffix: false };

/// As people write tags.
pub(super) const LENIENT: Grammar =
    Grammar { numbers: 4, leading_zeros: true, partial_suffix: true };

/// A version cut into its parts, which stay text.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Semver<'a> {
    pub(super) numbers: [&'a str; 4],
    pub(super) pre_release: &'a str,
    /// A last identifier written without a dot: the `1` of Go's `go1.21rc1`.
    pub(super) pre_release_number: &'a str,
    pub(super) build: &'a str,
}

impl<'a> Semver<'a> {
    pub(super) fn parse(text: &'a str, grammar: Grammar) -> Option<Self> {
        let (text, build) = split_part(text, '+')?;
        let (core, pre_release) = split_part(text, '-')?;
        let (numbers, count) = parse_numbers(core, grammar)?;
        let bare = pre_release.is_empty() && build.is_empty();
        let complete = bare || grammar.partial_suffix || count >= 3;
        let valid =
            are_identifiers(pre_release, grammar.leading_zeros) && are_identifiers(build, true);
        (complete && valid).then_some(Self { numbers, pre_release, pre_release_number: "", build })
    }

    /// Precedence; build metadata takes no part.
    pub(super) fn compare(&self, other: &Self) -> Ordering {
        self.compare_numbers(other).then_with(|| self.compare_pre_release(other))
    }

    pub(super) fn compare_numbers(&self, other: &Self) -> Ordering {
        self.numbers
            .iter()
            .zip(&other.numbers)
            .map(|(a, b)| digits::compare(a.as_bytes(), b.as_bytes()))
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    }

    fn compare_pre_release(&self, other: &Self) -> Ordering {
        match (self.pre_release.is_empty(), other.pre_release.is_empty()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            (false, false) => {
                compare_identifiers(self.pre_release_identifiers(), other.pre_release_identifiers())
            }
        }
    }

    fn pre_release_identifiers(&self) -> impl Iterator<Item = &'a str> {
        let last = Some(self.pre_release_number).filter(|number| !number.is_empty());
        self.pre_release.split('.').chain(last)
    }
}

/// Compares identifier by identifier: numbers as numbers and before words, words by their bytes, the shorter list first.
pub(super) fn compare_identifiers<'a>(
    a: impl Iterator<Item = &'a str>,
    mut b: impl Iterator<Item = &'a str>,
) -> Ordering {
    for first in a {
        let Some(second) = b.next() else { return Ordering::Greater };
        let order = compare_identifier(first.as_bytes(), second.as_bytes());
        if order.is_ne() {
            return order;
        }
    }
    if b.next().is_some() { Ordering::Less } else { Ordering::Equal }
}

fn compare_identifier(a: &[u8], b: &[u8]) -> Ordering {
    match (digits::is_number(a), digits::is_number(b)) {
        (true, true) => digits::compare(a, b),
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        (false, false) => a.cmp(b),
    }
}

/// Splits at the first separator; `None` if nothing follows it.
fn split_part(text: &str, separator: char) -> Option<(&str, &str)> {
    match text.split_once(separator) {
        Some((_, "")) => None,
        Some(parts) => Some(parts),
        None => Some((text, "")),
    }
}

fn parse_numbers(core: &str, grammar: Grammar) -> Option<([&str; 4], usize)> {
    let mut numbers = [""; 4];
    let mut count = 0;
    for number in core.split('.') {
        let valid = digits::is_number(number.as_bytes())
            && (grammar.leading_zeros || !has_leading_zero(number));
        if !valid || count >= grammar.numbers {
            return None;
        }
        *numbers.get_mut(count)? = number;
        count += 1;
    }
    Some((numbers, count))
}

/// Whether the text is empty or a list of identifiers.
fn are_identifiers(text: &str, leading_zeros: bool) -> bool {
    text.is_empty() || text.split('.').all(|identifier| is_identifier(identifier, leading_zeros))
}

fn is_identifier(text: &str, leading_zeros: bool) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && (leading_zeros || !(digits::is_number(text.as_bytes()) && has_leading_zero(text)))
}

fn has_leading_zero(number: &str) -> bool {
    number.len() > 1 && number.starts_with('0')
}
