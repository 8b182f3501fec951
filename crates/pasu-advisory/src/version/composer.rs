//! Packagist's order: what Composer's `VersionParser::normalize` makes of a version (four numbers, a date or a branch;
//! then a stability and its number), compared as PHP's `version_compare` does.
//!
//! `dev-*` branches come before every number. Composer can't order two branches; here their names do, so that the
//! order stays one.

use super::digits;
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
const FLAGS: [&str; 5] = ["@stable", "@RC", "@beta", "@alpha", "@dev"];
/// In the order in which Composer tries them.
const STABILITIES: [(&str, Option<Form>); 9] = [
    ("stable", None),
    ("beta", Some(Form::Beta)),
    ("b", Some(Form::Beta)),
    ("RC", Some(Form::Candidate)),
    ("alpha", Some(Form::Alpha)),
    ("a", Some(Form::Alpha)),
    ("patch", Some(Form::Patch)),
    ("pl", Some(Form::Patch)),
    ("p", Some(Form::Patch)),
];

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

fn parse(text: &str) -> Option<Version<'_>> {
    let text = strip_flag(strip_alias(text.trim()));
    if matches!(text, "master" | "trunk" | "default") {
        return Some(Version { core: Core::Branch(text), modifier: Modifier::default() });
    }
    if let Some(name) = strip_prefix_ignoring_case(text, "dev-") {
        return Some(Version { core: Core::Branch(name), modifier: Modifier::default() });
    }
    let text = strip_build(text);
    let bare = strip_prefix_ignoring_case(text, "v").unwrap_or(text);
    parse_classical(bare).or_else(|| parse_date(bare)).or_else(|| parse_numeric_branch(bare))
}

/// `dev-main as 1.2.3` is `dev-main`.
fn strip_alias(text: &str) -> &str {
    match text.split_once(" as ") {
        Some((version, alias))
            if !version.contains([',', ' ']) && !alias.trim().contains([',', ' ']) =>
        {
            version
        }
        _ => text,
    }
}

fn strip_flag(text: &str) -> &str {
    FLAGS.iter().find_map(|flag| strip_suffix_ignoring_case(text, flag)).unwrap_or(text)
}

fn strip_build(text: &str) -> &str {
    match text.split_once('+') {
        Some((version, build))
            if !version.is_empty() && !build.is_empty() && !text.contains([' ', ',']) =>
        {
            version
        }
        _ => text,
    }
}

fn parse_classical(text: &str) -> Option<Version<'_>> {
    let mut end = leading_digits(text);
    if !(1..=5).contains(&end) {
        return None;
    }
    for _ in 1..PLACES {
        let Some(rest) = text.get(end..).and_then(|rest| rest.strip_prefix('.')) else { break };
        match leading_digits(rest) {
            0 => break,
            count => end += 1 + count,
        }
    }
    let (core, modifier) = text.split_at_checked(end)?;
    Some(Version { core: Core::Numbers(core), modifier: parse_modifier(modifier)? })
}

fn parse_date(text: &str) -> Option<Version<'_>> {
    let mut end = leading_digits(text);
    while let Some(rest) = text.get(end..).and_then(|rest| rest.strip_prefix(['.', ':', '-'])) {
        match leading_digits(rest) {
            0 => break,
            count => end += 1 + count,
        }
    }
    let (core, modifier) = text.split_at_checked(end)?;
    is_date(core).then_some(())?;
    Some(Version { core: Core::Date(core), modifier: parse_modifier(modifier)? })
}

/// Four digits, one to six pairs of digits, then up to two groups of one to three.
fn is_date(text: &str) -> bool {
    let mut rest = take_digits(text, 4);
    for _ in 0..6 {
        rest = rest.and_then(|rest| take_digits(strip_separator(rest), 2));
        if rest.is_some_and(|rest| is_date_tail(rest, 2)) {
            return true;
        }
    }
    false
}

fn is_date_tail(text: &str, groups: usize) -> bool {
    text.is_empty()
        || groups > 0
            && (1..=3).any(|count| {
                take_digits(strip_separator(text), count)
                    .is_some_and(|rest| is_date_tail(rest, groups - 1))
            })
}

fn strip_separator(text: &str) -> &str {
    text.strip_prefix(['.', ':', '-']).unwrap_or(text)
}

fn take_digits(text: &str, count: usize) -> Option<&str> {
    let (run, rest) = text.split_at_checked(count)?;
    digits::is_number(run.as_bytes()).then_some(rest)
}

/// `1.2.x-dev`, and numbers too long for a classical version.
fn parse_numeric_branch(text: &str) -> Option<Version<'_>> {
    let name = strip_suffix_ignoring_case(text, "dev")?;
    let name = name.strip_suffix(['.', '-']).unwrap_or(name).trim();
    let mut parts = name.split('.');
    let first = parts.next().is_some_and(|part| digits::is_number(part.as_bytes()));
    let others = parts
        .clone()
        .all(|part| matches!(part, "x" | "X" | "*") || digits::is_number(part.as_bytes()));
    let valid = first && others && parts.count() < PLACES;
    valid.then_some(Version {
        core: Core::NumericBranch(name),
        modifier: Modifier { dev: true, ..Modifier::default() },
    })
}

fn parse_modifier(text: &str) -> Option<Modifier<'_>> {
    let rest = text.strip_prefix(['.', '_', '-']).unwrap_or(text);
    let with_stability = STABILITIES.iter().find_map(|(name, stability)| {
        let rest = strip_prefix_ignoring_case(rest, name)?;
        let (number, rest) = rest.split_at_checked(stability_number(rest))?;
        let dev = parse_dev(rest)?;
        Some(match stability {
            None => Modifier::default(),
            Some(_) => Modifier { stability: *stability, number, dev },
        })
    });
    with_stability.or_else(|| parse_dev(rest).map(|dev| Modifier { dev, ..Modifier::default() }))
}

/// The end may be nothing or `dev`; `None` if it is something else.
fn parse_dev(text: &str) -> Option<bool> {
    let word = text.strip_prefix(['.', '-']).unwrap_or(text);
    match text {
        "" => Some(false),
        _ => word.eq_ignore_ascii_case("dev").then_some(true),
    }
}

/// The length of `1`, `.1`, `-1.2` and the like at the front.
fn stability_number(text: &str) -> usize {
    let mut end = 0;
    loop {
        let rest = text.get(end..).unwrap_or_default();
        let bare = rest.strip_prefix(['.', '-']).unwrap_or(rest);
        match leading_digits(bare) {
            0 => return end,
            count => end += rest.len() - bare.len() + count,
        }
    }
}

fn leading_digits(text: &str) -> usize {
    digits::split(text.as_bytes()).0.len()
}

fn strip_prefix_ignoring_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (start, rest) = text.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}

fn strip_suffix_ignoring_case<'a>(text: &'a str, suffix: &str) -> Option<&'a str> {
    let (rest, end) = text.split_at_checked(text.len().checked_sub(suffix.len())?)?;
    end.eq_ignore_ascii_case(suffix).then_some(rest)
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
