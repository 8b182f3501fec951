//! Statements of BIND, found by the file and line of what was judged and changed where they stand.

use super::span;
use crate::fix::draft::{Draft, Trouble};
use crate::fix::lines::Lines;
use crate::fix::statement::{Head, NamedChange};
use crate::host::bind::syntax::parse;
use crate::host::bind::{Span, spans};
use crate::judgement::reason;

pub(super) fn draw(
    draft: &mut Draft<'_>,
    at: &Head,
    change: &NamedChange,
    item: &str,
) -> Result<(), Trouble> {
    let (real, lines) = draft.text(&at.path, item)?;
    let line = lines.position(&real, at.line, item)?;
    let text = span::whole(lines);
    let all = spans(&text).unwrap_or_default();
    let is_meant =
        |one: &Span| usize::try_from(one.line).ok() == Some(line + 1) && is_named(one, at, &text);
    let found: Vec<usize> =
        all.iter().enumerate().filter(|(_, one)| is_meant(one)).map(|(index, _)| index).collect();
    if found.is_empty() {
        return Err(Trouble::Unfit(reason("fix-no-block").line(&real, at.line)));
    }
    // From the end, so that what stands before keeps its place.
    for index in found.into_iter().rev() {
        let text = span::whole(lines);
        match (all.get(index), change) {
            (Some(Span { block: Some((open, close)), .. }), NamedChange::List(list)) => {
                let with = format!("{{ {list} }}");
                span::splice(&real, lines, *open..close + 1, &with, item)?;
            }
            (Some(one), NamedChange::Add(new)) => add(&real, lines, (&text, &all), one, new, item)?,
            _ => {}
        }
    }
    let (key, value) = match change {
        NamedChange::List(list) => (at.words.join(" "), list),
        NamedChange::Add(new) => {
            let keyword = new.split(' ').next().unwrap_or_default();
            (format!("{} {keyword}", at.words.join(" ")), new)
        }
    };
    Ok(draft.claim(&real, &format!("{}: {key}", at.line), value, item)?)
}

/// Whether a statement is the one meant: a keyword alone, a keyword with a name, or all of what was judged.
fn is_named(one: &Span, at: &Head, text: &str) -> bool {
    let is_keyword =
        |word: &String| at.words.first().is_some_and(|keyword| keyword.eq_ignore_ascii_case(word));
    if !one.words.first().is_some_and(is_keyword) {
        return false;
    }
    let Some(rest) = at.words.get(1) else { return true };
    let statement = || parse("", text.get(one.start..one.end)?).ok()?.into_iter().next();
    one.words.get(1) == Some(rest)
        || statement().is_some_and(|statement| statement.shown() == *rest)
}

/// Adds a statement at the beginning of a block.
fn add(
    real: &str,
    lines: &mut Lines,
    (text, all): (&str, &[Span]),
    block: &Span,
    new: &str,
    item: &str,
) -> Result<(), Trouble> {
    let Some((open, close)) = block.block else { return Ok(()) };
    let mut inside = all.iter().filter(|one| one.start > open && one.end <= close);
    let keyword = new.split(' ').next().unwrap_or_default();
    let is_same = |one: &Span| {
        let is_own = one.parent.and_then(|parent| all.get(parent)) == Some(block);
        is_own && one.words.first().is_some_and(|word| word.eq_ignore_ascii_case(keyword))
    };
    if inside.clone().any(is_same) {
        return Ok(());
    }
    let rest = text.get(open + 1..span::line_around(text, open).end).unwrap_or_default();
    let is_end = ["", "//", "#"].iter().any(|sign| match *sign {
        "" => rest.trim().is_empty(),
        sign => rest.trim_start().starts_with(sign),
    });
    if !is_end {
        let gap = if rest.starts_with([' ', '\t']) { "" } else { " " };
        return span::splice(real, lines, open + 1..open + 1, &format!(" {new}{gap}"), item);
    }
    let own = span::indent(text, block.start);
    let indent = match inside.find(|one| one.line > block.line) {
        Some(first) => span::indent(text, first.start).to_owned(),
        None => format!("{own}\t"),
    };
    lines.insert(span::line_of(text, open) + 1, &[format!("{indent}{new}")], item);
    Ok(())
}
