//! Files whose owner or group has no name, as the walk found them, held against every source of accounts.

mod fix;

pub use fix::plan;

use crate::cause::{Cause, CauseKind};
use crate::host::{FileKind, Host};
use crate::judgement::{Judgement, reason};
use crate::params::Params;
use crate::walk::{Scope, UnknownId};
use pasu_model::Place;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Sources of names that stand in files of the machine itself; `systemd` gives out numbers for as long as a service
/// runs, and `myhostname` and the like none at all.
const LOCAL: [&str; 6] = ["files", "compat", "db", "systemd", "altfiles", "extrausers"];

/// Account files of those sources beside `/etc/passwd` and `/etc/group`.
const FILES: [(&str, &str, &str); 2] = [
    ("altfiles", "/usr/lib/passwd", "/usr/lib/group"),
    ("extrausers", "/var/lib/extrausers/passwd", "/var/lib/extrausers/group"),
];

/// How many numbers getent is asked for at once.
const BATCH: usize = 200;

/// What the walk found and what sources of accounts say of it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    unknown: Vec<UnknownId>,
    /// Numbers that another source knows: of a group, the number.
    resolved: BTreeSet<(bool, u32)>,
    /// Sources on other machines, such as `sss`.
    remote: BTreeSet<String>,
    /// Such a source has answered.
    remote_answers: bool,
    /// Lines of `/etc/passwd` that may name an owner.
    damaged: Vec<Cause>,
    /// What kind of thing each path is, for the plan.
    kinds: BTreeMap<String, FileKind>,
    scope: Scope,
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    let walked = host.walk()?;
    let mut facts = Facts {
        unknown: walked.unowned.clone(),
        resolved: BTreeSet::new(),
        remote: BTreeSet::new(),
        remote_answers: false,
        damaged: Vec::new(),
        kinds: BTreeMap::new(),
        scope: walked.scope(),
    };
    facts.scope.unseen.extend(walked.unowned_unknown.clone());
    if !facts.unknown.is_empty() {
        facts.damaged = host.accounts()?.damage();
        facts.ask_sources(host)?;
        for path in facts.unknown.iter().flat_map(|found| &found.paths) {
            if let Ok(Some(file)) = host.file(path) {
                facts.kinds.insert(path.clone(), file.kind);
            }
        }
    }
    Ok(facts)
}

impl Facts {
    fn ask_sources(&mut self, host: &Host) -> Result<(), Cause> {
        let sources = sources(host)?;
        for (source, users, groups) in FILES {
            if sources.contains(source) {
                self.read(host, users, false)?;
                self.read(host, groups, true)?;
            }
        }
        let is_remote =
            |name: &String| !LOCAL.contains(&name.as_str()) && !host.is_idle_source(name);
        self.remote = sources.into_iter().filter(is_remote).collect();
        if !host.accounts()?.compat.is_empty() {
            self.remote.insert("nis".to_owned());
        }
        for (group, database) in [(false, "passwd"), (true, "group")] {
            let ids: Vec<String> = self
                .unknown
                .iter()
                .filter(|found| found.group == group)
                .map(|found| found.id.to_string())
                .collect();
            for batch in ids.chunks(BATCH) {
                self.ask(host, database, group, batch)?;
            }
        }
        Ok(())
    }

    /// `name:x:NUMBER:…`, as passwd and group both begin.
    fn take(&mut self, lines: &str, group: bool) -> bool {
        let before = self.resolved.len();
        let ids = lines.lines().filter_map(|line| line.split(':').nth(2)?.trim().parse().ok());
        for id in ids {
            if self.unknown.iter().any(|found| found.group == group && found.id == id) {
                self.resolved.insert((group, id));
            }
        }
        self.resolved.len() > before
    }

    fn read(&mut self, host: &Host, path: &str, group: bool) -> Result<(), Cause> {
        if let Some(file) = host.text(path)? {
            self.take(&file.lines.join("\n"), group);
        }
        Ok(())
    }

    /// getent ends with status 2 where one of the numbers has no name.
    fn ask(
        &mut self,
        host: &Host,
        database: &str,
        group: bool,
        ids: &[String],
    ) -> Result<(), Cause> {
        let arguments: Vec<&str> =
            std::iter::once(database).chain(ids.iter().map(String::as_str)).collect();
        match host.tool_with_status("getent", &arguments) {
            Ok(answer) if matches!(answer.output.status, Some(0 | 2)) => {
                let is_remote = self.take(&answer.text(), group);
                self.remote_answers |= is_remote;
                Ok(())
            }
            Ok(answer) => Err(Cause::of_status("getent", &answer.output)),
            Err(Cause { kind: CauseKind::MissingTool | CauseKind::NotRunning, .. }) => Ok(()),
            Err(cause) => Err(cause),
        }
    }
}

/// `passwd: files [!NOTFOUND=return] sss`.
fn sources(host: &Host) -> Result<BTreeSet<String>, Cause> {
    let Some(file) = host.text("/etc/nsswitch.conf")? else { return Ok(BTreeSet::new()) };
    let values = file.settings().filter_map(|(_, line)| {
        let (database, value) = line.split_once(':')?;
        matches!(database.trim(), "passwd" | "group" | "passwd_compat" | "group_compat")
            .then_some(value)
    });
    let mut names = BTreeSet::new();
    for value in values {
        let value = value.split('#').next().unwrap_or_default();
        let mut in_action = false;
        for word in value.replace('[', " [").replace(']', "] ").split_whitespace() {
            in_action |= word.starts_with('[');
            if !in_action {
                names.insert(word.to_owned());
            }
            in_action &= !word.ends_with(']');
        }
    }
    Ok(names)
}

pub fn judge(facts: &Facts, _params: &Params) -> Judgement {
    let mut judgement = Judgement::new();
    let is_resolved = |found: &&UnknownId| facts.resolved.contains(&(found.group, found.id));
    let unknown: Vec<&UnknownId> =
        facts.unknown.iter().filter(|found| !is_resolved(found)).collect();
    for found in &unknown {
        if !facts.remote.is_empty() && !facts.remote_answers {
            judgement.unseen(&silent(facts, found));
        } else if found.group || facts.damaged.is_empty() {
            tell(found, &mut judgement);
        }
    }
    for cause in facts.damaged.iter().filter(|_| !unknown.is_empty()) {
        judgement.unseen(cause);
    }
    facts.scope.tell(&mut judgement);
    if unknown.is_empty() && facts.scope.is_whole() {
        judgement.good(reason("none").arg("entries", facts.scope.entries));
    }
    if !facts.resolved.is_empty() {
        judgement.note(reason("resolved").arg("count", facts.resolved.len()));
    }
    judgement
}

fn tell(found: &UnknownId, judgement: &mut Judgement) {
    let key = if found.group { "group" } else { "user" };
    for path in &found.paths {
        judgement.bad(reason(key).arg("id", found.id).file(path));
    }
    let rest = found.total.saturating_sub(found.paths.len() as u64);
    if rest > 0 {
        let what = format!("{key} {}", found.id);
        judgement.bad(reason("walk-more").arg("count", rest).arg("what", what));
    }
}

/// A directory on another machine that is down makes every file look like an orphan.
fn silent(facts: &Facts, found: &UnknownId) -> Cause {
    let sources = facts.remote.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    let kind = if found.group { "group" } else { "user" };
    let detail = format!(
        "{kind} number {} may belong to {sources} of /etc/nsswitch.conf, which did not answer for any number",
        found.id
    );
    let mut cause = Cause::new(CauseKind::NotRunning, detail);
    let path = found.paths.first().cloned();
    cause.place = path.map(|path| Place::File { path, line: None });
    cause
}
