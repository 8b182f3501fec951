//! A key of a configuration file: the lines that set it become one with the wanted value; without such a line, one is
//! added after the commented example, else at the end of the file or section.

use crate::fix::draft::{Draft, Trouble};
use crate::fix::edit::{SettingEdit, Syntax};
use crate::fix::lines::Lines;

pub(super) fn draw(draft: &mut Draft<'_>, edit: &SettingEdit, item: &str) -> Result<(), Trouble> {
    let (real, _) = draft.text(&edit.path, item)?;
    let key = if edit.key.any_case { edit.key.name.to_lowercase() } else { edit.key.name.clone() };
    let key = edit.section.as_ref().map_or(key.clone(), |section| format!("[{section}] {key}"));
    draft.claim(&real, &key, &edit.value, item)?;
    let (real, lines) = draft.text(&real, item)?;
    let (from, to) = range(lines, edit);
    let texts: Vec<String> =
        lines.iter().map(|line| line.text().into_owned()).skip(from).take(to - from).collect();
    let set: Vec<usize> = positions(&texts, edit, false).map(|at| from + at).collect();
    let example = positions(&texts, edit, true).last().map(|at| from + at);
    let written = written(edit);
    match set.split_last() {
        Some((last, others)) => {
            let old = lines.iter().nth(*last).map(|line| line.text().into_owned());
            let keeps = old.as_deref().is_some_and(|old| value_of(old, edit) == Some(&edit.value));
            if !keeps {
                let export = edit.syntax == Syntax::Shell
                    && old.as_deref().is_some_and(|old| old.trim_start().starts_with("export "));
                let indent = indent(old.as_deref().unwrap_or_default());
                let line =
                    if export { format!("{indent}export {written}") } else { indent + &written };
                lines.replace(&real, *last, &[line], item)?;
            }
            for at in others.iter().rev() {
                lines.replace(&real, *at, &[], item)?;
            }
        }
        None => {
            let at = example.map_or(to, |at| at + 1);
            let mut new = Vec::new();
            if let (Some(section), None) = (&edit.section, section_start(lines, edit)) {
                new.push(format!("[{section}]"));
            }
            new.push(written);
            lines.insert(at, &new, item);
        }
    }
    Ok(())
}

/// The white space before a line.
fn indent(line: &str) -> String {
    line.chars().take_while(|letter| letter.is_whitespace()).collect()
}

fn written(SettingEdit { syntax, key, value, .. }: &SettingEdit) -> String {
    let key = &key.name;
    match syntax {
        Syntax::Spaced => format!("{key} {value}"),
        Syntax::Equals => format!("{key} = {value}"),
        Syntax::Tight | Syntax::Shell => format!("{key}={value}"),
        Syntax::Bare => key.clone(),
    }
}

/// The lines in which the key is looked for: those of its section, else all.
fn range(lines: &Lines, edit: &SettingEdit) -> (usize, usize) {
    let all = lines.iter().len();
    if edit.section.is_none() {
        return (0, all);
    }
    let Some(start) = section_start(lines, edit) else { return (all, all) };
    let is_head = |text: &str| text.trim_start().starts_with('[');
    let end = lines.iter().skip(start).position(|line| is_head(&line.text()));
    let mut end = end.map_or(all, |length| start + length);
    // Empty lines before the next section belong to it.
    while end > start && lines.iter().nth(end - 1).is_some_and(|line| line.text().trim().is_empty())
    {
        end -= 1;
    }
    (start, end)
}

/// The line after the head of the section.
fn section_start(lines: &Lines, edit: &SettingEdit) -> Option<usize> {
    let section = edit.section.as_ref()?;
    let head = format!("[{section}]");
    lines.iter().position(|line| line.text().trim().eq_ignore_ascii_case(&head)).map(|at| at + 1)
}

/// Lines that set the key, or, if `commented`, that show it after a comment sign.
fn positions<'a>(
    texts: &'a [String],
    edit: &'a SettingEdit,
    commented: bool,
) -> impl Iterator<Item = usize> + 'a {
    texts.iter().enumerate().filter_map(move |(at, text)| {
        let text = text.trim_start();
        let bare = text.strip_prefix(['#', ';']);
        let text = match (commented, bare) {
            (true, Some(rest)) => rest.trim_start(),
            (false, None) => text,
            _ => return None,
        };
        value_of(text, edit).map(|_| at)
    })
}

/// The value that a line gives the key; `None` for a line about something else.
fn value_of<'a>(line: &'a str, edit: &SettingEdit) -> Option<&'a str> {
    let line = line.trim();
    let line = match edit.syntax {
        Syntax::Shell => line.strip_prefix("export ").map_or(line, str::trim_start),
        _ => line,
    };
    let name = edit.key.name.as_str();
    let head = line.get(..name.len())?;
    let is_key = if edit.key.any_case { head.eq_ignore_ascii_case(name) } else { head == name };
    let rest = line.get(name.len()..).filter(|_| is_key)?;
    match edit.syntax {
        Syntax::Bare => rest.trim().is_empty().then_some(""),
        Syntax::Spaced if rest.is_empty() => Some(""),
        Syntax::Spaced => rest
            .starts_with([' ', '\t', '='])
            .then(|| rest.trim_start_matches([' ', '\t', '=']).trim_end()),
        Syntax::Equals => Some(rest.trim_start().strip_prefix('=')?.trim()),
        Syntax::Tight | Syntax::Shell => Some(rest.strip_prefix('=')?.trim_end()),
    }
}
