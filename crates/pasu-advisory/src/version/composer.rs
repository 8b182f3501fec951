//! Packagist's order: what Composer's `VersionParser::normalize` makes of a version (four numbers, a date or a branch;
//! then a stability and its number), compared as PHP's `version_compare` does.
//!
//! `dev-*` branches come before every number. Composer can't order two branches; here their names do, so that the
//! order stays one.

mod parse;

use super::digits;
use parse::parse;
use std::cmp::Ordering;

/// PHP's forms in their order, with numbers among them; words it doesn't know come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Form {
    Unknown,
    Dev,
    Alpha,
    Beta,
    Candidate,
    Number,
    Patch,
}

#[derive(Debug, Clone, Copy)]
enum Token<'a> {
    Number(&'a [u8]),
    Word(Form),
}

/// What stands before the stability.
#[derive(Debug, Clone, Copy)]
enum Core<'a> {
    /// Up to four numbers; missing ones are zero.
    Numbers(&'a str),
    /// Any count of numbers: `2024-01-31`.
    Date(&'a str),
    /// `1.2.x`, whose open places are higher than any number.
    NumericBranch(&'a str),
    /// `dev-main`.
    Branch(&'a str),
}

#[derive(Debug, Clone, Copy, Default)]
struct Modifier<'a> {
    stability: Option<Form>,
    number: &'a str,
    dev: bool,
}

#[derive(Debug, Clone, Copy)]
struct Version<'a> {
    core: Core<'a>,
    modifier: Modifier<'a>,
}

/// The places of a classical version.
const PLACES: usize = 4;
/// What Composer writes for `x`.
const ANY: &str = "9999999";

pub(super) fn compare(a: &str, b: &str) -> Option<Ordering> {
    let (a, b) = (parse(a)?, parse(b)?);
    if let (Core::Branch(a), Core::Branch(b)) = (a.core, b.core) {
        return Some(a.cmp(b));
    }
    let (mut tokens_a, mut tokens_b) = (a.tokens(), b.tokens());
    loop {
        let order = match (tokens_a.next(), tokens_b.next()) {
            (None, None) => return Some(Ordering::Equal),
            (Some(token), None) => compare_with_nothing(token),
            (None, Some(token)) => compare_with_nothing(token).reverse(),
            (Some(Token::Number(a)), Some(Token::Number(b))) => digits::compare(a, b),
            (Some(a), Some(b)) => form(a).cmp(&form(b)),
        };
        if order.is_ne() {
            return Some(order);
        }
    }
}

/// A further number makes a version newer, a further word does what it says.
fn compare_with_nothing(token: Token) -> Ordering {
    match token {
        Token::Number(_) => Ordering::Greater,
        Token::Word(form) => form.cmp(&Form::Number),
    }
}

fn form(token: Token) -> Form {
    match token {
        Token::Number(_) => Form::Number,
        Token::Word(form) => form,
    }
}

impl<'a> Version<'a> {
    fn tokens(self) -> impl Iterator<Item = Token<'a>> {
        let Modifier { stability, number, dev } = self.modifier;
        let words =
            stability.into_iter().map(Token::Word).chain(numbers(number).map(Token::Number));
        self.core.tokens().chain(words).chain(dev.then_some(Token::Word(Form::Dev)))
    }
}

impl<'a> Core<'a> {
    fn tokens(self) -> impl Iterator<Item = Token<'a>> {
        let (text, places, missing) = match self {
            Self::Numbers(text) => (text, PLACES, "0"),
            Self::NumericBranch(text) => (text, PLACES, ANY),
            Self::Date(text) => (text, 0, ""),
            Self::Branch(name) => (name, 0, ""),
        };
        let branch = matches!(self, Self::Branch(_));
        let written =
            if branch { "" } else { text }.split(['.', ':', '-']).filter(|part| !part.is_empty());
        let count = written.clone().count();
        let padding = std::iter::repeat_n(missing, places.saturating_sub(count));
        let dev = branch.then_some(Token::Word(Form::Dev));
        let rest = branch.then(|| words(text)).into_iter().flatten();
        written.chain(padding).map(number_or_any).chain(dev).chain(rest)
    }
}

fn number_or_any(part: &str) -> Token<'_> {
    let number = if digits::is_number(part.as_bytes()) { part } else { ANY };
    Token::Number(number.as_bytes())
}

fn numbers(text: &str) -> impl Iterator<Item = &[u8]> {
    text.split(['.', '-']).filter(|part| !part.is_empty()).map(str::as_bytes)
}

/// A branch's name as `version_compare` sees it.
fn words(name: &str) -> impl Iterator<Item = Token<'_>> {
    let mut text = name.as_bytes();
    std::iter::from_fn(move || {
        let (_, start) = digits::split_while(text, |byte| !byte.is_ascii_alphanumeric());
        let numeric = start.first()?.is_ascii_digit();
        let wanted = if numeric { u8::is_ascii_digit } else { u8::is_ascii_alphabetic };
        let (run, rest) = digits::split_while(start, wanted);
        text = rest;
        Some(if numeric { Token::Number(run) } else { Token::Word(word_form(run)) })
    })
}

/// PHP looks only at how a word begins.
fn word_form(word: &[u8]) -> Form {
    match word {
        [b'd', b'e', b'v', ..] => Form::Dev,
        [b'a', ..] => Form::Alpha,
        [b'b', ..] => Form::Beta,
        [b'R', b'C', ..] | [b'r', b'c', ..] => Form::Candidate,
        [b'p', ..] => Form::Patch,
        _ => Form::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::compare;
    use std::cmp::Ordering::{self, Equal, Greater, Less};

    #[test]
    fn composer() {
        for (a, b, expected) in [
            ("1.0", "v1.0.0.0", Equal),
            ("1.0.0-alpha1", "1.0.0-beta1", Less),
            ("1.0.0-RC1", "1.0.0", Less),
            ("1.0.0", "1.0.0-p1", Less),
            ("1.0.0-pl2", "1.0.0-patch2", Equal),
            ("1.0.0-stable", "1.0.0", Equal),
            ("1.0.0-beta", "1.0.0-beta1", Less),
            ("1.x-dev", "1.9999", Greater),
            ("dev-main", "0.0.1", Less),
            ("2024-01-31", "2024.02.01", Less),
            ("1.0.0+build", "1.0.0", Equal),
            ("0", "0.0.0.1", Less),
        ] {
            assert_eq!(compare(a, b), Some(expected), "{a} {b}");
            assert_eq!(compare(b, a), Some(Ordering::reverse(expected)), "{b} {a}");
        }
    }

    #[test]
    fn no_version() {
        for refused in [
            "",
            "a",
            "1.0.0-foo",
            "1.0.0.0.0",
            "feature-dev",
            "1.0 2",
            "1.0.0-beta-foo",
            "^1.0",
            "é",
        ] {
            assert_eq!(compare(refused, refused), None, "{refused:?}");
        }
    }
}
