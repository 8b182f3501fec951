//! Elements of Tomcat's files, changed where they stand: nothing else of the file is written anew.

use super::span;
use crate::fix::draft::{Draft, Trouble};
use crate::fix::lines::Lines;
use crate::fix::statement::{ElementHead, XmlChange};
use crate::host::tomcat::{ElementSpan, attribute, elements};
use crate::judgement::reason;

pub(super) fn draw(
    draft: &mut Draft<'_>,
    at: &ElementHead,
    change: &XmlChange,
    item: &str,
) -> Result<(), Trouble> {
    let real = draft.real(&at.path)?;
    let commented = format!("{} {}: {}", at.line, at.nth, at.name);
    if *change == XmlChange::CommentOut && draft.is_claimed(&real, &commented, "#") {
        return Ok(());
    }
    let (real, lines) = draft.text(&real, item)?;
    let line = lines.position(&real, at.line, item)?;
    let text = span::whole(lines);
    let all = elements(&text).unwrap_or_default();
    let is_meant = |one: &&ElementSpan| {
        one.name == at.name && usize::try_from(one.line).ok() == Some(line + 1)
    };
    let Some(element) = all.iter().filter(is_meant).nth(at.nth) else {
        return Err(Trouble::Unfit(reason("fix-no-block").line(&real, at.line)));
    };
    let (key, value) = match change {
        XmlChange::Attribute { name, value } => {
            set(&real, lines, &text, element, (name, value), item)?;
            (name.clone(), value.clone())
        }
        XmlChange::ChildText { child, text: new } => {
            child_text(&real, lines, &text, &all, element, (child, new), item)?;
            (child.clone(), new.clone())
        }
        XmlChange::Valve { class, name, value } => {
            valve(&real, lines, &text, &all, element, (class, name, value), item)?;
            (format!("{class} {name}"), value.clone())
        }
        XmlChange::CommentOut => {
            let part = text.get(element.start..element.end).unwrap_or_default();
            // A comment cannot hold another.
            let with = if part.contains("--") { String::new() } else { format!("<!-- {part} -->") };
            span::splice(&real, lines, element.start..element.end, &with, item)?;
            (at.name.clone(), "#".to_owned())
        }
    };
    Ok(draft.claim(&real, &format!("{} {}: {key}", at.line, at.nth), &value, item)?)
}

fn escaped(value: &str) -> String {
    quick_xml::escape::escape(value).into_owned()
}

fn set(
    real: &str,
    lines: &mut Lines,
    text: &str,
    element: &ElementSpan,
    (name, value): (&str, &str),
    item: &str,
) -> Result<(), Trouble> {
    if let Some(range) = attribute(text, element, name) {
        return span::splice(real, lines, range, &escaped(value), item);
    }
    let head = text.get(element.start..element.head_end).unwrap_or_default();
    let bare = head.trim_end_matches('>').trim_end_matches('/').trim_end();
    let at = element.start + bare.len();
    span::splice(real, lines, at..at, &format!(" {name}=\"{}\"", escaped(value)), item)
}

fn child_text(
    real: &str,
    lines: &mut Lines,
    text: &str,
    all: &[ElementSpan],
    element: &ElementSpan,
    (child, new): (&str, &str),
    item: &str,
) -> Result<(), Trouble> {
    let index = all.iter().position(|one| one == element);
    let found = all.iter().find(|one| one.parent == index && one.name == child);
    let Some(found) = found.filter(|one| one.close >= one.head_end && one.close < one.end) else {
        let line = span::line_of(text, element.start) + 1;
        let line = u32::try_from(line).unwrap_or_default();
        return Err(Trouble::Unfit(reason("fix-no-block").line(real, line)));
    };
    span::splice(real, lines, found.head_end..found.close, &escaped(new), item)
}

fn valve(
    real: &str,
    lines: &mut Lines,
    text: &str,
    all: &[ElementSpan],
    element: &ElementSpan,
    (class, name, value): (&str, &str, &str),
    item: &str,
) -> Result<(), Trouble> {
    let short = class.rsplit('.').next().unwrap_or_default();
    let is_inside = |one: &ElementSpan| element.start < one.start && one.end <= element.end;
    let has_class = |one: &ElementSpan| {
        let range = attribute(text, one, "className");
        range.and_then(|range| text.get(range)).is_some_and(|found| found.ends_with(short))
    };
    let known = all.iter().find(|one| one.name == "Valve" && is_inside(one) && has_class(one));
    if let Some(known) = known {
        return set(real, lines, text, known, (name, value), item);
    }
    let new = format!("<Valve className=\"{class}\" {name}=\"{}\" />", escaped(value));
    let indent = span::indent(text, element.start).to_owned();
    if element.close == element.end {
        // `<Host … />` gets an end of its own.
        let head = text.get(element.start..element.end).unwrap_or_default();
        let bare = head.trim_end_matches('>').trim_end_matches('/').trim_end();
        let with = format!(">\n{indent}  {new}\n{indent}</{}>", element.name);
        return span::splice(real, lines, element.start + bare.len()..element.end, &with, item);
    }
    let line = span::line_around(text, element.close);
    let is_alone = text.get(line.start..element.close).unwrap_or_default().trim().is_empty();
    if !is_alone {
        return span::splice(real, lines, element.close..element.close, &new, item);
    }
    let inner = all.iter().rev().find(|one| {
        one.parent.is_some_and(|parent| all.get(parent) == Some(element))
            && span::line_of(text, one.start) > span::line_of(text, element.start)
    });
    let inner = inner
        .map_or_else(|| format!("{indent}  "), |inner| span::indent(text, inner.start).to_owned());
    lines.insert(span::line_of(text, line.start), &[format!("{inner}{new}")], item);
    Ok(())
}
