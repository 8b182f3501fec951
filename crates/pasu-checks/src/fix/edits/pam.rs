//! Lines of PAM, by their position in the stack: an edit is made in the file where the line that it goes by really
//! stands, and every jump (`[success=1 default=ignore]`) over that place counts the line more or less, in this file and
//! in each service that includes it.
//!
//! Before an edit is taken, all services that it touches are gone through as the library does: whoever got in by a right
//! password must still get in, root first, and a wrong one must still be refused.
//!
//! Debian generates `common-auth` and its kin by `pam-auth-update`. Its own way, a profile in `/usr/share/pam-configs`,
//! takes effect only once that program rewrites its private state in `/var/lib/pam`, which no file edit may do in its
//! place. So the lines are edited where they stand, which pam-auth-update(8) respects: it carries changed arguments over,
//! and a file with a module that it does not know is «locally modified» and left alone, whatever package asks, until
//! somebody says `--force`. `authselect` of RHEL respects nothing: where it manages a file, the edit is for a person.

mod line;
#[cfg(test)]
mod tests;

use crate::cause::Cause;
use crate::fix::draft::{Draft, Trouble};
use crate::fix::pam_edit::{PamChange, PamEdit, PamSpot};
use crate::fix::{PASSWORD_MODULES, predict};
use crate::host::Host;
use crate::host::pam::{ORDINARY, PamEntry, PamStack, Phase, Subject};
use crate::judgement::reason;
use line::PamLine;
use pasu_model::Place;
use std::collections::{BTreeMap, BTreeSet};

/// Where services lie, the first winning.
const FOLDERS: [&str; 2] = ["/etc/pam.d/", "/usr/lib/pam.d/"];

pub(super) fn draw(draft: &mut Draft<'_>, edit: &PamEdit, item: &str) -> Result<(), Trouble> {
    let now = predict::host_after(draft);
    let Some(stack) = now.pam(&edit.service, edit.phase)? else {
        return Err(Trouble::Unfit(reason("fix-pam-no-line").arg("module", &edit.service)));
    };
    match &edit.change {
        PamChange::Insert { control, module, arguments, at } => {
            let new = NewLine { phase: edit.phase, control, module, arguments };
            insert(draft, &now, &stack, &new, at, item)?;
        }
        PamChange::Arguments { module, set, unset } => {
            for entry in stack.modules(module) {
                let (file, at) = place(draft, entry, item)?;
                amend(draft, &file, at, item, |line| line.set_arguments(set, unset))?;
                for value in set.iter().chain(unset) {
                    let key = format!("{at} {}", value.split('=').next().unwrap_or_default());
                    draft.claim(&file, &key, value, item)?;
                }
            }
        }
        PamChange::Control { module, argument, control } => {
            let has = |entry: &&PamEntry| argument.as_ref().is_none_or(|word| entry.has(word));
            for entry in stack.modules(module).filter(has) {
                let (file, at) = place(draft, entry, item)?;
                amend(draft, &file, at, item, |line| line.set_control(control))?;
            }
        }
        PamChange::CommentOut { module, below } => {
            comment_out(draft, &stack, module, below, item)?;
        }
    }
    sound(&now, &predict::host_after(draft), edit.phase)
}

/// A line to be added.
struct NewLine<'a> {
    phase: Phase,
    control: &'a str,
    module: &'a str,
    arguments: &'a [String],
}

impl NewLine<'_> {
    fn is(&self, entry: &PamEntry) -> bool {
        entry.is(self.module)
            && entry.arguments == self.arguments
            && entry.control.written == self.control
    }
}

/// Where a line comes in or goes, by the line of the file that it goes by.
struct Spot<'a> {
    anchor: &'a PamEntry,
    /// After the anchor, not before it.
    after: bool,
    /// The anchor itself goes.
    gone: bool,
}

fn insert(
    draft: &mut Draft<'_>,
    now: &Host,
    stack: &PamStack,
    new: &NewLine<'_>,
    at: &PamSpot,
    item: &str,
) -> Result<(), Trouble> {
    let (names, after) = match at {
        PamSpot::Before(names) => (names, false),
        PamSpot::After(names) => (names, true),
    };
    let is_named = |entry: &PamEntry| names.iter().any(|name| entry.is(name));
    let position = if after {
        stack.entries.iter().rposition(is_named)
    } else {
        stack.entries.iter().position(is_named)
    };
    let Some(position) = position else {
        let missing = reason("fix-pam-no-line").arg("module", names.join(", "));
        return Err(Trouble::Unfit(missing.file(&stack.path)));
    };
    let position = if after { position } else { above_jumps(stack, position) };
    let neighbour = if after { position.checked_add(1) } else { position.checked_sub(1) };
    if neighbour.and_then(|at| stack.entries.get(at)).is_some_and(|entry| new.is(entry)) {
        return Ok(());
    }
    if now.has_pam_module(new.module)? == Some(false) {
        return Err(Trouble::Unfit(missing_module(new.module)));
    }
    let anchor = &stack.entries[position];
    let (file, index) = place(draft, anchor, item)?;
    let spot = Spot { anchor, after, gone: false };
    jumps(draft, now, new.phase, &spot, item)?;
    let (_, lines) = draft.text(&file, item)?;
    let like = lines.iter().nth(index).map(|line| line.text().into_owned()).unwrap_or_default();
    let text = PamLine::parse(&like)
        .map(|like| like.written_like(new.phase, new.control, new.module, new.arguments))
        .ok_or_else(|| odd(&file, index))?;
    lines.insert(index + usize::from(after), &[text], item);
    Ok(())
}

/// The position at or above another, in its file, that nobody jumps over: authselect's profiles ask whether an account
/// is local first, and what stands between that question and its answer would be passed over by all others.
fn above_jumps(stack: &PamStack, mut position: usize) -> usize {
    let file = |at: usize| match stack.entries.get(at).map(|entry| &entry.place) {
        Some(Place::File { path, .. }) => Some(path.as_str()),
        _ => None,
    };
    let passes = |from: usize, position: usize| {
        let control = stack.entries.get(from).map_or("", |entry| &entry.control.written);
        let lasts = line::jumps_of(control).into_iter().filter_map(|(_, n)| stack.jump(from, n));
        lasts.into_iter().any(|last| position <= last)
    };
    while let Some(from) =
        (0..position).find(|from| file(*from) == file(position) && passes(*from, position))
    {
        position = from;
    }
    position
}

fn comment_out(
    draft: &mut Draft<'_>,
    stack: &PamStack,
    module: &str,
    below: &[String],
    item: &str,
) -> Result<(), Trouble> {
    let is_below = |entry: &PamEntry| below.iter().any(|name| entry.is(name));
    let start = if below.is_empty() { Some(0) } else { stack.entries.iter().position(is_below) };
    let Some(start) = start else { return Ok(()) };
    let mut places: Vec<Place> = Vec::new();
    for entry in stack.entries.iter().skip(start).filter(|entry| entry.is(module)) {
        if !places.contains(&entry.place) {
            places.push(entry.place.clone());
        }
    }
    for found in places {
        // Lines keep their numbers here, and the jumps are counted anew each time.
        let now = predict::host_after(draft);
        let Some(stack) = now.pam(&stack.service, stack.phase)? else { continue };
        let Some(anchor) = stack.entries.iter().find(|entry| entry.place == found) else {
            continue;
        };
        let (file, index) = place(draft, anchor, item)?;
        jumps(draft, &now, stack.phase, &Spot { anchor, after: false, gone: true }, item)?;
        let (_, lines) = draft.text(&file, item)?;
        let old = lines.iter().nth(index).map(|line| line.text().into_owned()).unwrap_or_default();
        if PamLine::parse(&old).is_none() {
            return Err(odd(&file, index));
        }
        lines.amend(index, &format!("# {old}"), item);
    }
    Ok(())
}

/// The file in which an entry is edited, and its place among that file's lines.
fn place(draft: &mut Draft<'_>, entry: &PamEntry, item: &str) -> Result<(String, usize), Trouble> {
    let Place::File { path, line: Some(line) } = &entry.place else {
        return Err(Trouble::Unfit(reason("fix-pam-odd-line").at(entry.place.clone())));
    };
    let path = own_copy(draft, path, item)?;
    let (real, lines) = draft.text(&path, item)?;
    let head = lines.iter().take(5).any(|line| line.text().contains("Generated by authselect"));
    if head || real.starts_with("/etc/authselect/") {
        return Err(Trouble::Unfit(reason("fix-authselect").file(&path)));
    }
    Ok((real, line.saturating_sub(1) as usize))
}

/// A vendor's file stays as it is: its copy below `/etc` wins and outlives the next update.
fn own_copy(draft: &mut Draft<'_>, path: &str, item: &str) -> Result<String, Trouble> {
    let Some(name) = path.strip_prefix(FOLDERS[1]) else { return Ok(path.to_owned()) };
    let own = format!("{}{name}", FOLDERS[0]);
    let vendor = draft.host.text(path)?;
    let (_, lines) = draft.text(&own, item)?;
    if let Some(vendor) = vendor.filter(|_| lines.iter().len() == 0) {
        lines.insert(0, &vendor.lines, item);
    }
    Ok(own)
}

fn amend(
    draft: &mut Draft<'_>,
    file: &str,
    at: usize,
    item: &str,
    change: impl FnOnce(&mut PamLine),
) -> Result<(), Trouble> {
    let (_, lines) = draft.text(file, item)?;
    let old = lines.iter().nth(at).map(|line| line.text().into_owned()).unwrap_or_default();
    let mut line = PamLine::parse(&old).ok_or_else(|| odd(file, at))?;
    change(&mut line);
    lines.amend(at, &line.text(), item);
    Ok(())
}

fn odd(file: &str, at: usize) -> Trouble {
    let line = u32::try_from(at + 1).unwrap_or(u32::MAX);
    Trouble::Unfit(reason("fix-pam-odd-line").line(file, line))
}

fn missing_module(module: &str) -> crate::Reason {
    let packages = match module.trim_end_matches(".so") {
        "pam_pwquality" => "libpam-pwquality (Debian, Ubuntu), libpwquality (RHEL)",
        _ => "libpam-modules (Debian, Ubuntu), pam (RHEL)",
    };
    reason("fix-pam-module-missing").arg("module", module).arg("packages", packages)
}

/// Every service by its name.
fn services(host: &Host) -> Result<BTreeSet<String>, Cause> {
    let mut names = BTreeSet::new();
    for folder in FOLDERS {
        names.extend(host.list(folder.trim_end_matches('/'))?);
    }
    Ok(names)
}

/// A jump of a line: its place, and which of its answers.
type Jump = (String, u32, String);

/// Corrects every jump over a place.
fn jumps(
    draft: &mut Draft<'_>,
    now: &Host,
    phase: Phase,
    spot: &Spot<'_>,
    item: &str,
) -> Result<(), Trouble> {
    let mut found: BTreeMap<Jump, BTreeSet<bool>> = BTreeMap::new();
    for service in services(now)? {
        // A service that is damaged lets nobody in, before as after.
        let Ok(Some(stack)) = now.pam(&service, phase) else { continue };
        crossing(&stack, spot, &mut found);
    }
    for ((path, line, answer), crosses) in found {
        if !crosses.contains(&true) {
            continue;
        }
        // One line that must count differently in two services cannot be written.
        if crosses.contains(&false) {
            return Err(Trouble::Unfit(reason("fix-pam-jump").line(&path, line)));
        }
        let path = own_copy(draft, &path, item)?;
        let (real, _) = draft.text(&path, item)?;
        let index = line.saturating_sub(1) as usize;
        amend(draft, &real, index, item, |line| line.count(&answer, !spot.gone))?;
    }
    Ok(())
}

/// The jumps of a stack, and whether each passes over the place.
fn crossing(stack: &PamStack, spot: &Spot<'_>, found: &mut BTreeMap<Jump, BTreeSet<bool>>) {
    for (from, entry) in stack.entries.iter().enumerate() {
        let Place::File { path, line: Some(line) } = &entry.place else { continue };
        for (answer, count) in line::jumps_of(&entry.control.written) {
            let Some(last) = stack.jump(from, count) else { continue };
            let passes = stack.entries.iter().enumerate().any(|(at, anchor)| {
                let is_here = anchor.place == spot.anchor.place && anchor.level == entry.level;
                let position = at + usize::from(spot.after);
                let is_inside = from < position && position <= last;
                // A right password that leads just behind the anchor is not led to a line about wrong ones.
                let is_behind = spot.after
                    && from < position
                    && position == last + 1
                    && matches!(answer.as_str(), "success" | "new_authtok_reqd");
                is_here && (is_inside || is_behind)
            });
            found.entry((path.clone(), *line, answer)).or_default().insert(passes);
        }
    }
}

/// Whether everybody who got in by a right password still does, and a wrong one is refused as before.
fn sound(before: &Host, after: &Host, phase: Phase) -> Result<(), Trouble> {
    let of = |target, caller, foreign| Subject { target, caller, in_group: true, foreign };
    let subjects = [
        of(0, 0, false),
        of(0, ORDINARY, false),
        of(ORDINARY, 0, false),
        of(ORDINARY, ORDINARY, false),
        of(ORDINARY, ORDINARY, true),
    ];
    for service in services(after)? {
        let Ok(Some(old)) = before.pam(&service, phase) else { continue };
        let new = after.pam(&service, phase)?.unwrap_or_else(|| old.clone());
        for subject in subjects {
            let right = |stack: &PamStack| stack.run(|entry| entry.usual_answer(subject)).success;
            let wrong = |stack: &PamStack| {
                let asks = |entry: &PamEntry| PASSWORD_MODULES.iter().any(|name| entry.is(name));
                let answer = |entry: &PamEntry| {
                    if asks(entry) { "auth_err" } else { entry.usual_answer(subject) }
                };
                stack.run(answer).success
            };
            if right(&old) && !right(&new) || wrong(&new) && !wrong(&old) {
                let why = reason("fix-pam-unsound").arg("service", &service);
                return Err(Trouble::Unfit(why.file(&new.path)));
            }
        }
    }
    Ok(())
}
