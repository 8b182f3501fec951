//! RubyGems' order, `Gem::Version`: numbers and words by turns, a word before any number, trailing zeros without
//! meaning (also those before the first word), `-` read as `.pre.`.

use super::digits;
use std::cmp::Ordering;

#[derive(Clone, Copy)]
enum Segment<'a> {
    Number(&'a [u8]),
    Word(&'a [u8]),
}

const ZERO: Segment<'static> = Segment::Number(b"");

pub(super) fn compare(a: &str, b: &str) -> Option<Ordering> {
    let (a, b) = (parse(a)?, parse(b)?);
    let (mut a, mut b) = (canonical(a), canonical(b));
    loop {
        let (first, second) = (a.next(), b.next());
        if first.is_none() && second.is_none() {
            return Some(Ordering::Equal);
        }
        let order = compare_segments(first.unwrap_or(ZERO), second.unwrap_or(ZERO));
        if order.is_ne() {
            return Some(order);
        }
    }
}

/// Checks the form `digits(.alnum)*(-alnum(.alnum)*)?` that RubyGems asks for; nothing at all is version 0 there.
fn parse(text: &str) -> Option<&[u8]> {
    let text = text.trim();
    let (release, pre_release) = match text.split_once('-') {
        Some((release, pre_release)) => (release, Some(pre_release)),
        None => (text, None),
    };
    let mut parts = release.split('.');
    let number = parts.next().is_some_and(|part| digits::is_number(part.as_bytes()));
    let words = parts.all(|part| is_word(part, false));
    let suffix = pre_release.is_none_or(|suffix| suffix.split('.').all(|part| is_word(part, true)));
    (number && words && suffix).then_some(text.as_bytes())
}

fn is_word(part: &str, hyphen: bool) -> bool {
    !part.is_empty()
        && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || (hyphen && byte == b'-'))
}

/// The segments without the zeros that end the numbers before the first word. Zeros at the very end need no care: a
/// missing segment counts as zero.
fn canonical(text: &[u8]) -> impl Iterator<Item = Segment<'_>> {
    let numbers = || segments(text).take_while(|segment| matches!(segment, Segment::Number(_)));
    let is_zero =
        |segment: Segment<'_>| matches!(segment, Segment::Number(run) if digits::is_zero(run));
    let mut kept = 0;
    let mut count = 0;
    for segment in numbers() {
        count += 1;
        if !is_zero(segment) {
            kept = count;
        }
    }
    numbers().take(kept).chain(segments(text).skip(count))
}

fn segments(mut text: &[u8]) -> impl Iterator<Item = Segment<'_>> {
    std::iter::from_fn(move || {
        loop {
            let (first, rest) = text.split_first()?;
            let (segment, rest) = match first {
                b'-' => (Segment::Word(b"pre"), rest),
                byte if byte.is_ascii_digit() => {
                    let (run, rest) = digits::split(text);
                    (Segment::Number(run), rest)
                }
                byte if byte.is_ascii_alphabetic() => {
                    let (word, rest) = digits::split_while(text, u8::is_ascii_alphabetic);
                    (Segment::Word(word), rest)
                }
                _ => {
                    text = rest;
                    continue;
                }
            };
            text = rest;
            return Some(segment);
        }
    })
}

fn compare_segments(a: Segment, b: Segment) -> Ordering {
    match (a, b) {
        (Segment::Number(a), Segment::Number(b)) => digits::compare(a, b),
        (Segment::Word(a), Segment::Word(b)) => a.cmp(b),
        (Segment::Word(_), Segment::Number(_)) => Ordering::Less,
        (Segment::Number(_), Segment::Word(_)) => Ordering::Greater,
    }
}

#[cfg(test)]
mod tests {
    use super::compare;
    use std::cmp::Ordering::{Equal, Greater, Less};

    #[test]
    fn words_come_before_numbers() {
        for (a, b, expected) in [
            ("1.0.0", "1", Equal),
            ("1.0.a", "1.a", Equal),
            ("1.0.0.rc1", "1.0.0", Less),
            ("1.0.0-java", "1.0.0", Less),
            ("1.0.0-1", "1.0.0.pre.1", Equal),
            ("1.a.10", "1.a.9", Greater),
        ] {
            assert_eq!(compare(a, b), Some(expected), "{a} {b}");
        }
    }

    #[test]
    fn no_version() {
        for refused in ["", "a", "1.", "1..2", "1.0_1", "1 2", "v1", "1-", "1.0-a+b"] {
            assert_eq!(compare(refused, refused), None, "{refused:?}");
        }
    }
}
