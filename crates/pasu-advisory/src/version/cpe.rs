//! The order of software outside package managers, whose versions come from its vendors and from NVD's bounds:
//! `1.0.2k`, `9.3p1`, `8u292`, `2.4.49-beta`, `1.0.0_rc1`.
//!
//! No tool defines it; the rules are ours. A version is cut into numbers and words, whatever stands between them, and
//! a `v` in front is dropped. Numbers compare as numbers, and missing ones are zero (`1.0 = 1.0.0`). A word that names
//! a pre-release comes before the bare version (`dev` and `snapshot`, `alpha`, `beta`, `milestone`, `pre`, `rc`, in this
//! order), one like `final` or `ga` says nothing, any other word comes after it, in alphabetical order without regard to case (`1.0.2 < 1.0.2a < 1.0.2k`), yet
//! before a further number (`1.0.2k < 1.0.2.1`). A text without a digit is no version.

use super::digits;
use std::cmp::Ordering;

#[derive(Clone, Copy)]
enum Token<'a> {
    Number(&'a [u8]),
    Word(&'a [u8]),
}

/// Words for what comes before a release, in their order.
const STAGES: [&[&str]; 6] = [
    &["dev", "snapshot", "nightly"],
    &["alpha"],
    &["beta"],
    &["milestone"],
    &["pre", "prerelease", "preview"],
    &["rc", "cr", "candidate"],
];

/// Words that say no more than that it is the release itself.
const RELEASES: [&str; 5] = ["final", "ga", "release", "stable", "lts"];

/// Where a token stands against tokens of other kinds, and against the end.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    PreRelease(usize),
    Nothing,
    Word,
    Number,
}

pub(super) fn compare(a: &str, b: &str) -> Option<Ordering> {
    let (mut a, mut b) = (tokens(parse(a)?), tokens(parse(b)?));
    loop {
        let (first, second) = (a.next(), b.next());
        if first.is_none() && second.is_none() {
            return Some(Ordering::Equal);
        }
        let order = compare_tokens(first, second);
        if order.is_ne() {
            return Some(order);
        }
    }
}

fn parse(text: &str) -> Option<&[u8]> {
    let text = text.as_bytes();
    let has_digit = text.iter().any(u8::is_ascii_digit);
    has_digit.then(|| match text {
        [b'v' | b'V', rest @ ..] if rest.first().is_some_and(u8::is_ascii_digit) => rest,
        _ => text,
    })
}

fn tokens(mut text: &[u8]) -> impl Iterator<Item = Token<'_>> {
    std::iter::from_fn(move || {
        let (_, start) = digits::split_while(text, |byte| !byte.is_ascii_alphanumeric());
        let numeric = start.first()?.is_ascii_digit();
        let wanted = if numeric { u8::is_ascii_digit } else { u8::is_ascii_alphabetic };
        let (run, rest) = digits::split_while(start, wanted);
        text = rest;
        Some(if numeric { Token::Number(run) } else { Token::Word(run) })
    })
}

fn compare_tokens(a: Option<Token>, b: Option<Token>) -> Ordering {
    rank(a).cmp(&rank(b)).then_with(|| match (a, b) {
        (Some(Token::Number(a)), Some(Token::Number(b))) => digits::compare(a, b),
        (Some(Token::Word(a)), Some(Token::Word(b))) if stage(a).is_none() && !is_release(a) => {
            lower_bytes(a).cmp(lower_bytes(b))
        }
        _ => Ordering::Equal,
    })
}

fn rank(token: Option<Token>) -> Rank {
    match token {
        None => Rank::Nothing,
        Some(Token::Number(run)) if digits::is_zero(run) => Rank::Nothing,
        Some(Token::Number(_)) => Rank::Number,
        Some(Token::Word(word)) if is_release(word) => Rank::Nothing,
        Some(Token::Word(word)) => stage(word).map_or(Rank::Word, Rank::PreRelease),
    }
}

fn stage(word: &[u8]) -> Option<usize> {
    STAGES
        .iter()
        .position(|names| names.iter().any(|name| name.as_bytes().eq_ignore_ascii_case(word)))
}

fn is_release(word: &[u8]) -> bool {
    RELEASES.iter().any(|name| name.as_bytes().eq_ignore_ascii_case(word))
}

fn lower_bytes(word: &[u8]) -> impl Iterator<Item = u8> {
    word.iter().map(u8::to_ascii_lowercase)
}

#[cfg(test)]
mod tests {
    use super::compare;
    use std::cmp::Ordering::{self, Equal, Less};

    #[test]
    fn vendors_versions() {
        for (a, b, expected) in [
            ("1.0.2", "1.0.2a", Less),
            ("1.0.2a", "1.0.2k", Less),
            ("1.0.2k", "1.0.2zf", Less),
            ("1.0.2k", "1.0.3", Less),
            ("1.0.2k", "1.1.0", Less),
            ("9.3", "9.3p1", Less),
            ("9.3p1", "9.3p2", Less),
            ("9.3p2", "9.4", Less),
            ("8u291", "8u292", Less),
            ("8u292", "11.0.1", Less),
            ("2.4.49-beta", "2.4.49", Less),
            ("1.0.0_rc1", "1.0.0", Less),
            ("1.0.0-alpha2", "1.0.0beta1", Less),
            ("1.0.0:rc1", "1.0.0rc2", Less),
            ("1.0-SNAPSHOT", "1.0-alpha", Less),
            ("1.0", "1.0.0", Equal),
            ("v2.3", "2.3.0", Equal),
            ("10.0", "9.99", Ordering::Greater),
            ("1.0-rc1", "1.0.0", Less),
            ("1.0.0.Final", "1.0-GA", Equal),
            ("1.0.0.Final", "1.0.0.SP1", Less),
            ("1.0-rc1", "1.0.0-rc2", Less),
        ] {
            assert_eq!(compare(a, b), Some(expected), "{a} {b}");
            assert_eq!(compare(b, a), Some(expected.reverse()), "{b} {a}");
        }
    }

    #[test]
    fn no_version() {
        for refused in ["", "*", "-", "unspecified", "é"] {
            assert_eq!(compare(refused, refused), None, "{refused:?}");
        }
    }
}
