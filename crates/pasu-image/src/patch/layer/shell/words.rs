//! The values of words, as far as they are known before a script runs.

use super::run::{Value, World};
use std::collections::HashMap;

/// `name=text`.
pub(super) fn assignment(word: &str) -> Option<(&str, &str)> {
    let (name, text) = word.split_once('=')?;
    let is_name = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    is_name(name).then_some((name, text))
}

/// The texts of the commands that a word substitutes.
pub(super) fn inner(word: &str) -> Vec<String> {
    let chars: Vec<char> = word.chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    let mut single = false;
    let mut double = false;
    while at < chars.len() {
        match chars[at] {
            '\\' if !single => at += 1,
            '\'' if !double => single = !single,
            '"' if !single => double = !double,
            '`' if !single => {
                let end =
                    (at + 1..chars.len()).find(|end| chars[*end] == '`' && chars[end - 1] != '\\');
                let end = end.unwrap_or(chars.len());
                found.push(chars[at + 1..end].iter().collect());
                at = end;
            }
            '$' if !single
                && chars.get(at + 1) == Some(&'(')
                && chars.get(at + 2) != Some(&'(') =>
            {
                let end = closing(&chars, at + 1);
                found.push(chars[at + 2..end].iter().collect());
                at = end;
            }
            _ => {}
        }
        at += 1;
    }
    found
}

/// Where a parenthesis that opens at `start` closes.
fn closing(chars: &[char], start: usize) -> usize {
    let mut depth = 0;
    let mut quote = None;
    for (at, found) in chars.iter().enumerate().skip(start) {
        match (quote, found) {
            (Some(open), found) if open == *found => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(*found),
            (None, '(') => depth += 1,
            (None, ')') => {
                depth -= 1;
                if depth == 0 {
                    return at;
                }
            }
            _ => {}
        }
    }
    chars.len()
}

/// A word's value; `None` where it is made at run time.
pub(super) fn expand(word: &str, arguments: &[Value], variables: &HashMap<String, Value>) -> Value {
    let chars: Vec<char> = word.chars().collect();
    let mut text = String::new();
    let (mut at, mut single, mut double) = (0, false, false);
    while at < chars.len() {
        let found = chars[at];
        at += 1;
        match found {
            '\'' if !double => single = !single,
            '"' if !single => double = !double,
            _ if single => text.push(found),
            '\\' => {
                text.extend(chars.get(at));
                at += 1;
            }
            '`' => return None,
            '*' | '?' | '[' if !double && word.len() > 1 => return None,
            '~' if !double && text.is_empty() && word.len() > 1 => return None,
            '$' => {
                let (name, next, default) = reference(&chars, at)?;
                at = next;
                let value = variable(&name, arguments, variables)?;
                text.push_str(if value.is_empty() { &default } else { &value });
            }
            _ => text.push(found),
        }
    }
    Some(text)
}

/// `$x`, `${x}` and `${x:-text}` with plain text: the name, where the word goes on, and the text.
fn reference(chars: &[char], at: usize) -> Option<(String, usize, String)> {
    let is_name = |c: &char| c.is_ascii_alphanumeric() || *c == '_';
    match chars.get(at)? {
        '{' => {
            let end = (at..chars.len()).find(|end| chars[*end] == '}')?;
            let inside: String = chars[at + 1..end].iter().collect();
            let (name, default) = inside.split_once(":-").unwrap_or((&inside, ""));
            let plain =
                name.chars().all(|c| is_name(&c)) && !default.contains(['$', '`', '"', '\'']);
            plain.then(|| (name.to_owned(), end + 1, default.to_owned()))
        }
        digit if digit.is_ascii_digit() => Some((digit.to_string(), at + 1, String::new())),
        found if is_name(found) => {
            let name: String = chars[at..].iter().take_while(|c| is_name(c)).collect();
            let next = at + name.len();
            Some((name, next, String::new()))
        }
        _ => None,
    }
}

fn variable(name: &str, arguments: &[Value], variables: &HashMap<String, Value>) -> Value {
    if let Ok(number) = name.parse::<usize>() {
        let number = number.checked_sub(1)?;
        return arguments.get(number).cloned().unwrap_or_else(|| Some(String::new()));
    }
    match variables.get(name) {
        Some(value) => value.clone(),
        // dpkg's environment has upper-case names only.
        None => (!name.chars().any(|c| c.is_ascii_uppercase())).then(String::new),
    }
}

/// Whether a pattern of a `case` fits; `None` if that is not to be told.
pub(super) fn matches(pattern: &str, subject: Option<&str>) -> Option<bool> {
    let plain = pattern.replace(['"', '\'', '\\'], "");
    if plain == "*" {
        return Some(true);
    }
    let subject = subject?;
    if plain.contains(['$', '`', '[', '?']) {
        return None;
    }
    let mut parts = plain.split('*');
    let first = parts.next().unwrap_or_default();
    let rest: Vec<&str> = parts.collect();
    Some(match rest[..] {
        [] => first == subject,
        [last] => {
            subject.len() >= first.len() + last.len()
                && subject.starts_with(first)
                && subject.ends_with(last)
        }
        _ => return None,
    })
}

/// `test` with its words.
pub(super) fn test(words: &[Option<&str>], world: &dyn World) -> Option<bool> {
    if words.len() > 200 {
        return None;
    }
    let joined = |operator: &str| {
        words.iter().skip(1).position(|word| *word == Some(operator)).map(|at| at + 1)
    };
    if let Some(at) = joined("-o") {
        let (left, right) = (test(&words[..at], world), test(&words[at + 1..], world));
        return match (left, right) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (Some(false), Some(false)) => Some(false),
            _ => None,
        };
    }
    if let Some(at) = joined("-a") {
        let (left, right) = (test(&words[..at], world), test(&words[at + 1..], world));
        return match (left, right) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            _ => None,
        };
    }
    match words {
        [] => Some(false),
        [Some("!"), rest @ ..] => test(rest, world).map(|status| !status),
        [word] => word.map(|word| !word.is_empty()),
        [Some("-n"), word] => word.map(|word| !word.is_empty()),
        [Some("-z"), word] => word.map(str::is_empty),
        [Some(flag), word] => {
            let what = flag.strip_prefix('-').filter(|flag| flag.len() == 1)?.chars().next()?;
            let path = (*word)?;
            if path.is_empty() { Some(false) } else { world.file(what, path) }
        }
        [Some(left), Some("=" | "=="), Some(right)] => Some(left == right),
        [Some(left), Some("!="), Some(right)] => Some(left != right),
        [Some(left), Some(operator), Some(right)] => {
            let (left, right) = (left.parse::<i64>().ok()?, right.parse::<i64>().ok()?);
            match *operator {
                "-eq" => Some(left == right),
                "-ne" => Some(left != right),
                "-lt" => Some(left < right),
                "-le" => Some(left <= right),
                "-gt" => Some(left > right),
                "-ge" => Some(left >= right),
                _ => None,
            }
        }
        _ => None,
    }
}
