//! What Composer's `VersionParser::normalize` takes for a version, and the parts it finds in one.

use super::{Core, Form, Modifier, PLACES, Version};
use crate::version::digits;

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

pub(super) fn parse(text: &str) -> Option<Version<'_>> {
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
