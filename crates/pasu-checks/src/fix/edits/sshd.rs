//! A keyword of sshd. The first line that sets it wins, over all files in the order of their inclusion; lines under
//! `Match` win over those for the connections they name.

use crate::cause::Cause;
use crate::fix::draft::{Draft, Trouble};
use crate::host::sshd::SshdConfig;
use crate::judgement::reason;
use pasu_model::Place;

pub(super) fn draw(
    draft: &mut Draft<'_>,
    keyword: &str,
    value: &str,
    everywhere: bool,
    item: &str,
) -> Result<(), Trouble> {
    for daemon in draft.host.sshd_daemons()? {
        let config = draft.host.sshd_of("root", &daemon)?;
        one(draft, &config, keyword, value, everywhere, item)?;
        draft.claim(&config.path, &keyword.to_ascii_lowercase(), value, item)?;
    }
    Ok(())
}

fn one(
    draft: &mut Draft<'_>,
    config: &SshdConfig,
    keyword: &str,
    value: &str,
    everywhere: bool,
    item: &str,
) -> Result<(), Trouble> {
    let mut is_set = false;
    for setting in config.lines(keyword) {
        if setting.is_conditional() && !everywhere || !setting.is_conditional() && is_set {
            continue;
        }
        is_set |= !setting.is_conditional();
        match &setting.place {
            Place::File { path, line: Some(line) } => {
                replace(draft, path, *line, keyword, value, item)?;
            }
            // An option of the command line wins over every file.
            place => return Err(Trouble::Unfit(reason("fix-command-line").at(place.clone()))),
        }
    }
    if is_set { Ok(()) } else { add(draft, config, keyword, value, item) }
}

/// Keeps the indentation of a line under `Match`.
fn replace(
    draft: &mut Draft<'_>,
    path: &str,
    line: u32,
    keyword: &str,
    value: &str,
    item: &str,
) -> Result<(), Trouble> {
    let (real, lines) = draft.text(path, item)?;
    let at = lines.position(&real, line, item)?;
    let old = lines.iter().nth(at).map(|line| line.text().into_owned()).unwrap_or_default();
    let indent: String = old.chars().take_while(|c| c.is_whitespace()).collect();
    Ok(lines.replace(&real, at, &[format!("{indent}{keyword} {value}")], item)?)
}

/// No line sets it: one goes after the commented example of the main file, else before its first line, where nothing
/// stands under `Match`.
fn add(
    draft: &mut Draft<'_>,
    config: &SshdConfig,
    keyword: &str,
    value: &str,
    item: &str,
) -> Result<(), Trouble> {
    if draft.host.file(&config.path)?.is_none() {
        let cause = Cause::malformed(&config.path, None, "the file is missing");
        return Err(Trouble::Unseen(cause));
    }
    let (_, lines) = draft.text(&config.path, item)?;
    let words = |text: &str| {
        text.split(|c: char| c.is_whitespace() || c == '=')
            .find(|word| !word.is_empty())
            .unwrap_or_default()
            .to_ascii_lowercase()
    };
    let first_match = lines.iter().position(|line| words(&line.text()) == "match");
    let end = first_match.unwrap_or(lines.iter().len());
    let wanted = keyword.to_ascii_lowercase();
    let is_example = |text: &str| {
        text.strip_prefix('#').is_some_and(|rest| !rest.starts_with(' ') && words(rest) == wanted)
    };
    let example = lines.iter().take(end).position(|line| is_example(&line.text()));
    let at = example.map_or(0, |at| at + 1);
    lines.insert(at, &[format!("{keyword} {value}")], item);
    Ok(())
}
