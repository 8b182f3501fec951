//! Lines of a text file.

use crate::fix::draft::{Draft, Trouble};
use crate::fix::edit::{Anchor, LineChange};
use crate::fix::lines::Lines;
use crate::judgement::reason;

pub(super) fn line(
    draft: &mut Draft<'_>,
    path: &str,
    line: u32,
    change: &LineChange,
    item: &str,
) -> Result<(), Trouble> {
    let (real, lines) = draft.text(path, item)?;
    let at = lines.position(&real, line, item)?;
    match change {
        LineChange::Replace(with) => Ok(lines.replace(&real, at, with, item)?),
        LineChange::CommentOut => comment_out(&real, lines, at, item),
        LineChange::Statement(with) => statement(&real, lines, at, with, item),
        LineChange::Word { index, word: new } => {
            let old = text_at(lines, at);
            let Some(changed) = word(&old, *index as usize, new) else {
                return Err(Trouble::Unfit(reason("fix-quoted").line(&real, line)));
            };
            Ok(lines.replace(&real, at, &[changed], item)?)
        }
        LineChange::CommentOutSection => {
            let Some(end) = section_end(lines, at) else {
                return Err(Trouble::Unfit(reason("fix-no-block").line(&real, line)));
            };
            (at..=end).try_for_each(|at| comment_out(&real, lines, at, item))
        }
    }
}

fn text_at(lines: &Lines, at: usize) -> String {
    lines.iter().nth(at).map(|line| line.text().into_owned()).unwrap_or_default()
}

fn comment_out(real: &str, lines: &mut Lines, at: usize, item: &str) -> Result<(), Trouble> {
    let old = text_at(lines, at);
    if old.trim_start().starts_with('#') {
        return Ok(());
    }
    Ok(lines.replace(real, at, &[format!("# {old}")], item)?)
}

/// The line with another word; `None` where quotes or a comment make it unsure which that is.
fn word(text: &str, index: usize, new: &str) -> Option<String> {
    if text.contains(['"', '\'', '#']) {
        return None;
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let Some(old) = words.get(index) else {
        return (words.len() == index).then(|| format!("{} {new}", text.trim_end()));
    };
    let mut at = 0;
    for word in words.get(..index)? {
        at += text.get(at..)?.find(word)? + word.len();
    }
    at += text.get(at..)?.find(old)?;
    Some(format!("{}{new}{}", text.get(..at)?, text.get(at + old.len()..)?))
}

fn statement(
    real: &str,
    lines: &mut Lines,
    at: usize,
    with: &str,
    item: &str,
) -> Result<(), Trouble> {
    let old = text_at(lines, at);
    let indent: String = old.chars().take_while(|c| c.is_whitespace()).collect();
    let mut last = at;
    while text_at(lines, last).trim_end().ends_with('\\') && last + 1 < lines.iter().len() {
        last += 1;
    }
    for at in (at + 1..=last).rev() {
        lines.replace(real, at, &[], item)?;
    }
    Ok(lines.replace(real, at, &[format!("{indent}{with}")], item)?)
}

/// The line that closes the section which a line opens, sections of the same name within it included.
fn section_end(lines: &Lines, start: usize) -> Option<usize> {
    let name_of = |text: &str| {
        let name = text.split(|c: char| c.is_whitespace() || c == '>').next().unwrap_or_default();
        name.to_ascii_lowercase()
    };
    let opening = text_at(lines, start);
    let name = name_of(opening.trim_start().strip_prefix('<')?);
    let mut depth = 0_usize;
    for at in start..lines.iter().len() {
        let text = text_at(lines, at);
        let text = text.trim_start();
        if let Some(closed) = text.strip_prefix("</") {
            depth -= usize::from(name_of(closed) == name);
        } else if let Some(opened) = text.strip_prefix('<') {
            depth += usize::from(name_of(opened) == name);
        }
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

/// Two items may change two parts of one line.
pub(super) fn part(
    draft: &mut Draft<'_>,
    path: &str,
    line: u32,
    (old, new): (&str, &str),
    item: &str,
) -> Result<(), Trouble> {
    let (real, lines) = draft.text(path, item)?;
    let at = lines.position(&real, line, item)?;
    let text = lines.iter().nth(at).map(|line| line.text().into_owned()).unwrap_or_default();
    // Another item may have asked for the same.
    if !text.contains(old) && text.contains(new) {
        return Ok(());
    }
    let code = text.find(" #").map_or(text.as_str(), |end| &text[..end]);
    if code.matches(old).count() != 1 || old.is_empty() {
        return Err(Trouble::Unfit(reason("fix-odd-line").line(&real, line)));
    }
    lines.amend(at, &text.replacen(old, new, 1), item);
    draft.claim(&real, &format!("line {line} {old}"), new, item)?;
    Ok(())
}

pub(super) fn insert(
    draft: &mut Draft<'_>,
    path: &str,
    anchor: &Anchor,
    new: &[String],
    item: &str,
) -> Result<(), Trouble> {
    let (real, lines) = draft.text(path, item)?;
    let at = match anchor {
        Anchor::Start => 0,
        Anchor::End => lines.iter().len(),
        Anchor::Before(line) => lines.position(&real, *line, item)?,
        Anchor::After(line) => lines.position(&real, *line, item)? + 1,
    };
    // The same lines by two items are wanted once.
    let is_there = lines
        .iter()
        .skip(at.saturating_sub(new.len()))
        .take(2 * new.len())
        .map(|line| line.text().into_owned())
        .collect::<Vec<_>>()
        .windows(new.len().max(1))
        .any(|window| window == new);
    if !is_there {
        lines.insert(at, new, item);
    }
    Ok(())
}
