//! Settings of Postfix. In `main.cf` the last line of a name counts, and lines that begin with white space belong to
//! the one before; in `master.cf` a service may have settings of its own.

use crate::fix::draft::{Draft, Trouble};
use crate::fix::lines::Lines;
use crate::judgement::reason;

pub(super) fn main(
    draft: &mut Draft<'_>,
    folder: &str,
    name: &str,
    value: &str,
    item: &str,
) -> Result<(), Trouble> {
    let (real, lines) = draft.text(&format!("{folder}/main.cf"), item)?;
    let texts = texts(lines);
    let written = format!("{name} = {value}");
    let sets = |text: &str| text.split_once('=').is_some_and(|(key, _)| key.trim_end() == name);
    match texts.iter().rposition(|text| sets(text)) {
        Some(at) => {
            for more in continued(&texts, at).into_iter().rev() {
                lines.replace(&real, more, &[], item)?;
            }
            lines.replace(&real, at, &[written], item)?;
        }
        None => {
            let is_example =
                |text: &String| text.strip_prefix('#').is_some_and(|rest| sets(rest.trim_start()));
            let example = texts.iter().rposition(is_example);
            lines.insert(example.map_or(texts.len(), |at| at + 1), &[written], item);
        }
    }
    Ok(draft.claim(&real, name, value, item)?)
}

fn texts(lines: &Lines) -> Vec<String> {
    lines.iter().map(|line| line.text().into_owned()).collect()
}

/// The lines that go on with the one at a position; comments and empty lines between them stay.
fn continued(texts: &[String], at: usize) -> Vec<usize> {
    let is_nothing = |text: &str| text.trim().is_empty() || text.trim_start().starts_with('#');
    let rest = texts.iter().enumerate().skip(at + 1);
    let of_it = rest.take_while(|(_, text)| is_nothing(text) || text.starts_with([' ', '\t']));
    of_it.filter(|(_, text)| !is_nothing(text)).map(|(at, _)| at).collect()
}

/// Replaces the value of `-o name=value` or `-o { name = value }` of a service.
pub(super) fn service(
    draft: &mut Draft<'_>,
    folder: &str,
    line: u32,
    (name, value): (&str, &str),
    item: &str,
) -> Result<(), Trouble> {
    let (real, lines) = draft.text(&format!("{folder}/master.cf"), item)?;
    let at = lines.position(&real, line, item)?;
    let texts = texts(lines);
    let mut is_set = false;
    for at in std::iter::once(at).chain(continued(&texts, at)) {
        if let Some(new) = texts.get(at).and_then(|text| with_value(text, name, value)) {
            is_set = true;
            lines.replace(&real, at, &[new], item)?;
        }
    }
    match is_set {
        true => Ok(()),
        false => Err(Trouble::Unfit(reason("fix-no-block").line(&real, line))),
    }
}

fn with_value(text: &str, name: &str, value: &str) -> Option<String> {
    let (at, _) = text.match_indices(name).find(|(at, _)| {
        let before = text.get(..*at).unwrap_or_default();
        let after = text.get(at + name.len()..).unwrap_or_default();
        let is_option = before.trim_end_matches([' ', '\t', '{']).ends_with("-o");
        is_option && after.trim_start().starts_with('=')
    })?;
    let start = at + name.len() + text.get(at + name.len()..)?.find('=')? + 1;
    let is_braced = text.get(..at)?.trim_end().ends_with('{');
    let rest = text.get(start..)?;
    let space = rest.len() - rest.trim_start().len();
    let (space, rest) = if is_braced { rest.split_at(space) } else { ("", rest) };
    let end = match is_braced {
        true => rest
            .find('}')
            .map_or(rest.len(), |at| rest.get(..at).unwrap_or_default().trim_end().len()),
        false => rest.find(char::is_whitespace).unwrap_or(rest.len()),
    };
    Some(format!("{}{space}{value}{}", text.get(..start)?, rest.get(end..)?))
}

#[cfg(test)]
mod tests {
    use super::with_value;

    #[test]
    fn only_the_value_of_the_named_option_changes() {
        for (text, wanted) in [
            ("  -o a=b -o x=no -o xy=no", Some("  -o a=b -o x=yes -o xy=no")),
            ("  -o { x = no way }", Some("  -o { x = yes }")),
            ("  -ox=no", Some("  -ox=yes")),
            ("  -o y=x=no", None),
            ("smtp inet n - y - - smtpd", None),
        ] {
            assert_eq!(with_value(text, "x", "yes").as_deref(), wanted, "{text}");
        }
    }
}
