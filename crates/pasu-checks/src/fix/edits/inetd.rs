//! A service of inetd or xinetd switched off; the super-server itself goes on for the others.

use crate::fix::draft::{Draft, Trouble};
use crate::fix::edit::LineChange;
use crate::host::units::Unit;
use crate::judgement::reason;
use pasu_model::{FixEffect, Place};

/// Units of super-servers, by what their distributions call them.
const SERVERS: [&str; 4] =
    ["inetd.service", "openbsd-inetd.service", "inetutils-inetd.service", "xinetd.service"];

pub(super) fn draw(
    draft: &mut Draft<'_>,
    place: &Place,
    ports: &[u16],
    item: &str,
) -> Result<(), Trouble> {
    let Place::File { path, line: Some(line) } = place else {
        return Err(Trouble::Unfit(reason("fix-command-line").at(place.clone())));
    };
    if is_block(draft, path, *line, item)? {
        block(draft, path, *line, item)?;
    } else {
        super::text::line(draft, path, *line, &LineChange::CommentOut, item)?;
    }
    if !draft.host.is_live() {
        return Ok(());
    }
    // Without a unit nobody here tells the super-server, which then holds its ports until it is started again.
    if let Some(unit) = unit_of_server(draft, path)? {
        draft.effect(FixEffect::Reload { unit }, item);
        ports.iter().for_each(|port| draft.close(*port));
    }
    Ok(())
}

/// The unit of the running super-server that reads a file.
fn unit_of_server(draft: &Draft<'_>, path: &str) -> Result<Option<String>, Trouble> {
    let units = draft.host.units()?;
    let is_of_path = |name: &str| name.contains("xinetd") == path.contains("xinetd");
    let is_active =
        |name: &&&str| is_of_path(name) && units.named(name).is_some_and(Unit::is_active);
    if let Some(name) = SERVERS.iter().find(is_active) {
        return Ok(Some((*name).to_owned()));
    }
    let processes = draft.host.processes()?;
    let found = processes
        .iter()
        .find(|process| process.program().ends_with("inetd") && is_of_path(process.program()));
    let unit = found.and_then(|process| process.unit.clone());
    Ok(unit.filter(|unit| unit.contains("inetd")))
}

fn is_block(draft: &mut Draft<'_>, path: &str, line: u32, item: &str) -> Result<bool, Trouble> {
    let (real, lines) = draft.text(path, item)?;
    let at = lines.position(&real, line, item)?;
    let is_head = lines.iter().nth(at).is_some_and(|line| {
        let text = line.text();
        let mut words = text.split_whitespace();
        words.next() == Some("service") && words.nth(1).is_none_or(|word| word == "{")
    });
    Ok(is_head)
}

/// Sets `disable = yes` in the block that begins at a line.
fn block(draft: &mut Draft<'_>, path: &str, line: u32, item: &str) -> Result<(), Trouble> {
    let (real, lines) = draft.text(path, item)?;
    let start = lines.position(&real, line, item)?;
    let texts: Vec<String> = lines.iter().map(|line| line.text().trim().to_owned()).collect();
    let Some(open) = (start..texts.len()).find(|at| texts[*at].ends_with('{')) else {
        return Err(Trouble::Unfit(reason("fix-no-block").line(&real, line)));
    };
    let end = (open..texts.len()).find(|at| texts[*at] == "}").unwrap_or(texts.len());
    let is_disable = |text: &str| {
        text.split_once('=').is_some_and(|(key, _)| key.trim().eq_ignore_ascii_case("disable"))
    };
    let off = "\tdisable = yes".to_owned();
    let set: Vec<usize> = (open + 1..end).filter(|at| is_disable(&texts[*at])).collect();
    for at in &set {
        lines.replace(&real, *at, std::slice::from_ref(&off), item)?;
    }
    if set.is_empty() {
        lines.insert(open + 1, &[off], item);
    }
    Ok(())
}
