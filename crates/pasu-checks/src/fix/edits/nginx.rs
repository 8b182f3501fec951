//! Directives of nginx, found by the file and line of what was judged and changed where they stand. A directive of a
//! block hides that of the block around it, and one that stands twice keeps nginx from starting.

use super::span;
use crate::fix::draft::{Draft, Trouble};
use crate::fix::lines::Lines;
use crate::fix::statement::{Head, NginxChange};
use crate::host::nginx::{Statement, statements};
use crate::judgement::reason;

pub(super) fn draw(
    draft: &mut Draft<'_>,
    at: &Head,
    change: &NginxChange,
    item: &str,
) -> Result<(), Trouble> {
    let (real, lines) = draft.text(&at.path, item)?;
    let found = find(&real, lines, at, item)?;
    // From the end, so that what stands before keeps its place.
    for index in found.into_iter().rev() {
        let text = span::whole(lines);
        let all = statements(&text).unwrap_or_default();
        let Some(statement) = all.get(index) else { continue };
        match change {
            NginxChange::Arguments(arguments) => {
                let name = at.words.first().map_or("", String::as_str);
                let end = if statement.close.is_some() { " {" } else { ";" };
                let with = format!("{name} {arguments}{end}");
                span::splice(&real, lines, statement.start..statement.end, &with, item)?;
            }
            NginxChange::Add(new) => add(&real, lines, &text, &all, index, new, item)?,
        }
    }
    let (key, value) = match change {
        NginxChange::Arguments(arguments) => (at.words.join(" "), arguments.clone()),
        NginxChange::Add(new) => {
            let name = new.split([' ', ';']).next().unwrap_or_default();
            let is_list = matches!(name, "location" | "error_page");
            (format!("{} {}", at.words.join(" "), if is_list { new } else { name }), new.clone())
        }
    };
    Ok(draft.claim(&real, &format!("{}: {key}", at.line), &value, item)?)
}

/// The statements that begin in the judged line with these words; several that are alike are meant together.
fn find(real: &str, lines: &Lines, at: &Head, item: &str) -> Result<Vec<usize>, Trouble> {
    let line = lines.position(real, at.line, item)?;
    let all = statements(&span::whole(lines)).unwrap_or_default();
    let is_meant = |statement: &Statement| {
        usize::try_from(statement.line).ok() == Some(line + 1) && statement.words == at.words
    };
    let found: Vec<usize> =
        all.iter().enumerate().filter(|(_, one)| is_meant(one)).map(|(index, _)| index).collect();
    if found.is_empty() {
        return Err(Trouble::Unfit(reason("fix-no-block").line(real, at.line)));
    }
    Ok(found)
}

/// Adds statements at the beginning of a block, after a commented example of the same name where there is one.
fn add(
    real: &str,
    lines: &mut Lines,
    text: &str,
    all: &[Statement],
    index: usize,
    new: &str,
    item: &str,
) -> Result<(), Trouble> {
    let Some(block) = all.get(index) else { return Ok(()) };
    let inside: Vec<&Statement> = all.iter().filter(|one| one.parent == Some(index)).collect();
    if let [wanted, ..] = statements(new).unwrap_or_default().as_slice()
        && inside.iter().any(|one| one.words == wanted.words)
    {
        return Ok(());
    }
    let rest = text.get(block.end..span::line_around(text, block.end).end).unwrap_or_default();
    if !rest.trim().is_empty() && !rest.trim_start().starts_with('#') {
        let gap = if rest.starts_with([' ', '\t']) { "" } else { " " };
        let with =
            format!(" {}{gap}", new.split('\n').map(str::trim).collect::<Vec<_>>().join(" "));
        return span::splice(real, lines, block.end..block.end, &with, item);
    }
    let name = new.split([' ', ';']).next().unwrap_or_default();
    let example = example(text, all, index, name);
    let own = span::indent(text, block.start);
    let is_below =
        |one: &&&Statement| span::line_of(text, one.start) > span::line_of(text, block.end);
    let indent = match (example, inside.iter().find(is_below)) {
        (Some(at), _) => span::indent(text, at).to_owned(),
        (None, Some(first)) => span::indent(text, first.start).to_owned(),
        (None, None) if own.contains('\t') => format!("{own}\t"),
        (None, None) => format!("{own}    "),
    };
    let new: Vec<String> = new.split('\n').map(|line| format!("{indent}{line}")).collect();
    lines.insert(span::line_of(text, example.unwrap_or(block.end)) + 1, &new, item);
    Ok(())
}

/// The first line of the block itself that shows the directive behind a comment sign: `# server_tokens off;`.
fn example(text: &str, all: &[Statement], index: usize, name: &str) -> Option<usize> {
    let block = all.get(index)?;
    let close = block.close?;
    let in_child = |at: usize| {
        let inner = all.iter().filter(|one| one.parent == Some(index));
        inner.filter_map(|one| Some(one.start..one.close?)).any(|range| range.contains(&at))
    };
    let mut at = span::line_around(text, block.end).end + 1;
    while at < close {
        let line = span::line_around(text, at);
        let shown = text.get(line.clone())?.trim_start().strip_prefix('#').map(str::trim_start);
        let is_example = shown.and_then(|shown| shown.strip_prefix(name)).is_some_and(|rest| {
            rest.starts_with(char::is_whitespace) && rest.trim_end().ends_with(';')
        });
        if is_example && !in_child(at) {
            return Some(line.start);
        }
        at = line.end + 1;
    }
    None
}
