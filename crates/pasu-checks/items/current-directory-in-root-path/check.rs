//! Whether root's `PATH` holds the current directory, computed from files.

mod fix;

pub use fix::plan;

use crate::cause::Cause;
use crate::host::login_shell::{Setting, Who};
use crate::host::{FileFacts, Host};
use crate::judgement::{Judgement, Reason, reason};
use crate::params::Params;
use pasu_model::Place;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How many directories are looked at.
const MAX_FOLDERS: usize = 200;

/// Stands for a part that only running the script would tell.
const COMPUTED: char = '\u{fffc}';

/// The values of root's `PATH`, by where they come from.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    sources: Vec<Source>,
    users: Vec<Setting>,
    writable: Vec<FileFacts>,
    unseen: Vec<Cause>,
    /// The `login.defs` that was read.
    defs: String,
}

/// One way to a `PATH`: a kind of session, or a file.
#[derive(Debug, Serialize, Deserialize)]
struct Source {
    name: String,
    /// More than one where a condition decides that could not be decided.
    values: Vec<Setting>,
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    let mut facts = Facts {
        sources: Vec::new(),
        users: Vec::new(),
        writable: Vec::new(),
        unseen: Vec::new(),
        defs: host.login_defs().map(|defs| defs.path.clone()).unwrap_or_default(),
    };
    let shells = host.login_shells();
    for session in shells.sessions.iter().filter(|session| session.who == Who::Root) {
        facts.unseen.extend(session.damage_of("PATH").cloned());
        let values = session.variable("PATH").to_vec();
        facts.sources.push(Source { name: session.shown(), values });
    }
    let defs = host.login_defs();
    match &defs {
        Ok(defs) => {
            let setting =
                |key: &str| defs.value(key).map(|found| fixed(&found.value, found.place.clone()));
            facts.sources.extend(setting("ENV_SUPATH").map(|value| source("ENV_SUPATH", value)));
            facts.users.extend(setting("ENV_PATH"));
        }
        Err(cause) => facts.unseen.push(cause.clone()),
    }
    keep(environment(host), &mut facts);
    let secure_paths = secure_paths(host, &mut facts);
    keep(secure_paths, &mut facts);
    facts.writable = writable(host, &facts);
    Ok(facts)
}

fn keep(found: Result<Vec<Source>, Cause>, facts: &mut Facts) {
    match found {
        Ok(sources) => facts.sources.extend(sources),
        Err(cause) => facts.unseen.push(cause),
    }
}

fn source(name: &str, value: Setting) -> Source {
    Source { name: name.to_owned(), values: vec![value] }
}

/// A `PATH` that a file gives as it is; `login.defs` may write its name before it.
fn fixed(text: &str, place: Place) -> Setting {
    let value = text.strip_prefix("PATH=").unwrap_or(text).trim_matches(['"', '\'']);
    let value = Some(value.to_owned());
    Setting { value, place: Some(place), exported: true, ..Setting::default() }
}

/// `PATH="/usr/local/sbin:/usr/sbin"` of `/etc/environment`.
fn environment(host: &Host) -> Result<Vec<Source>, Cause> {
    let Some(file) = host.text("/etc/environment")? else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for (number, line) in file.settings() {
        let line = line.strip_prefix("export ").unwrap_or(line).trim_start();
        if line.starts_with("PATH=") {
            found.push(source("/etc/environment", fixed(line, file.place(number))));
        }
    }
    Ok(found)
}

/// `Defaults secure_path="/usr/sbin:/usr/bin"`.
fn secure_paths(host: &Host, facts: &mut Facts) -> Result<Vec<Source>, Cause> {
    let sudoers = host.sudoers()?;
    facts.unseen.extend(sudoers.unseen);
    let mut found = Vec::new();
    for default in &sudoers.defaults {
        for setting in &default.settings {
            let Some(rest) = setting.strip_prefix("secure_path") else { continue };
            let value = rest.trim_start().trim_start_matches('+');
            let Some(value) = value.strip_prefix('=') else { continue };
            let place = Place::File { path: default.path.clone(), line: Some(default.line) };
            found.push(source("secure_path", fixed(value.trim(), place)));
        }
    }
    Ok(found)
}

/// Directories of these paths, and root's home, that others than their owner may write.
fn writable(host: &Host, facts: &Facts) -> Vec<FileFacts> {
    let values = facts.sources.iter().flat_map(|source| &source.values);
    let values = values.filter_map(|setting| setting.value.as_deref());
    let mut folders: BTreeSet<&str> = values.flat_map(|value| value.split(':')).collect();
    folders.insert("/root");
    let folders =
        folders.into_iter().filter(|folder| folder.starts_with('/') && !folder.contains(COMPUTED));
    // What cannot be looked at does not decide.
    let found =
        folders.take(MAX_FOLDERS).filter_map(|folder| host.file_followed(folder).ok().flatten());
    found.filter(FileFacts::is_writable_by_others).collect()
}

/// What a `PATH` holds at worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Holds {
    Nothing,
    Computed,
    /// The current directory, at this place of the list.
    Current(usize),
}

fn holds(value: &str) -> Holds {
    let elements: Vec<&str> = value.split(':').collect();
    // `PATH=$PATH:.` in a file that is read twice leaves it there twice: still the end.
    let at_end = elements.iter().rev().take_while(|element| is_current(element)).count();
    let inner_count = elements.len() - at_end;
    let is_all = inner_count == 0;
    let inner = || elements.iter().enumerate().filter(move |(at, _)| *at < inner_count || is_all);
    if let Some((at, _)) = inner().find(|(_, element)| is_current(element)) {
        // An unset list of one empty element is no list at all.
        return if value.is_empty() { Holds::Nothing } else { Holds::Current(at + 1) };
    }
    if inner().any(|(_, element)| element.starts_with(COMPUTED)) {
        Holds::Computed
    } else {
        Holds::Nothing
    }
}

fn is_current(element: &str) -> bool {
    element.is_empty() || element.trim_end_matches('/') == "." && !element.starts_with('/')
}

pub fn judge(facts: &Facts, _params: &Params) -> Judgement {
    let mut judgement = Judgement::new();
    for source in &facts.sources {
        judge_source(source, &mut judgement);
    }
    for cause in &facts.unseen {
        judgement.unseen(cause);
    }
    for file in &facts.writable {
        judgement.warn(reason("writable").arg("mode", file.octal()).file(&file.path));
    }
    for setting in &facts.users {
        let value = setting.value.as_deref().unwrap_or_default();
        if matches!(holds(value), Holds::Current(_)) {
            judgement.warn(reason("users-path").arg("path", value).at(setting.place.clone()));
        }
    }
    judgement
}

fn judge_source(source: &Source, judgement: &mut Judgement) {
    let of = |setting: &Setting| holds(setting.value.as_deref().unwrap_or_default());
    let is_current = |setting: &Setting| matches!(of(setting), Holds::Current(_));
    let all_bad = source.values.iter().all(is_current);
    let mut is_clean = true;
    for setting in &source.values {
        match of(setting) {
            Holds::Current(position) if all_bad => {
                judgement.bad(said("current", source, setting).arg("position", position));
                is_clean = false;
            }
            Holds::Current(_) => {
                judgement.ask(said("maybe", source, setting));
                is_clean = false;
            }
            Holds::Computed => {
                judgement.ask(said("computed", source, setting));
                is_clean = false;
            }
            Holds::Nothing => warn_of_end(source, setting, judgement),
        }
    }
    if let Some(setting) = source.values.last().filter(|_| is_clean) {
        judgement.good(said("clean", source, setting));
    }
}

fn warn_of_end(source: &Source, setting: &Setting, judgement: &mut Judgement) {
    let value = setting.value.as_deref().unwrap_or_default();
    let elements = || value.split(':');
    if !value.is_empty() && elements().next_back().is_some_and(is_current) {
        judgement.warn(said("current-at-end", source, setting));
    }
    let is_relative = |element: &str| !is_current(element) && !element.starts_with(['/', COMPUTED]);
    if elements().any(is_relative) {
        judgement.warn(said("relative", source, setting));
    }
}

fn said(key: &'static str, source: &Source, setting: &Setting) -> Reason {
    let path = setting.value.as_deref().unwrap_or_default().replace(COMPUTED, "?");
    let said = reason(key).arg("source", &source.name).arg("path", path).at(setting.place.clone());
    if setting.excerpt.is_empty() { said } else { said.excerpt(&setting.excerpt) }
}
