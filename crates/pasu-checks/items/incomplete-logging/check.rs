//! Whether what must be logged is written somewhere that lasts, and was of late.

mod fix;

pub use fix::plan;

use crate::cause::Cause;
use crate::host::journald::{self, Journald};
use crate::host::services::ServiceState;
use crate::host::syslog::{self, Rules};
use crate::host::{FileFacts, Host};
use crate::judgement::{Judgement, reason};
use crate::params::Params;
use serde::{Deserialize, Serialize};

/// How many log files are looked at.
const MAX_FILES: usize = 100;

/// Who writes logs, and where.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    container: bool,
    live: bool,
    now: i64,
    journal: Journald,
    /// rsyslog or a syslogd, with its rules.
    writers: Vec<Writer>,
    syslog_ng: ServiceState,
    files: Vec<FileFacts>,
    rotates: bool,
    unseen: Vec<Cause>,
    /// What a fix needs to know.
    ways: Ways,
}

/// Where rules go, and what could write logs.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Ways {
    /// Whether rsyslog reads `/etc/rsyslog.d`.
    drop_ins: bool,
    /// Whether log files have Debian's names.
    debian: bool,
    /// Whether rsyslog has a unit that may be started.
    unit: bool,
}

#[derive(Debug, Serialize, Deserialize)]
struct Writer {
    name: String,
    state: ServiceState,
    rules: Result<Rules, Cause>,
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    let mut writers = Vec::new();
    let mut unseen = Vec::new();
    for (name, path) in [("rsyslog", "/etc/rsyslog.conf"), ("sysklogd", "/etc/syslog.conf")] {
        let state = host.service(name)?;
        unseen.extend(state.unseen.iter().cloned());
        if state.is_used() {
            writers.push(Writer { name: name.to_owned(), state, rules: syslog::read(host, path) });
        }
    }
    unseen.dedup();
    let paths = writers.iter().filter_map(|writer| writer.rules.as_ref().ok());
    let paths = paths.flat_map(|rules| rules.files().map(|(path, _)| path));
    // A log file that cannot be looked at is no sign that nothing is written.
    let files = paths.take(MAX_FILES).filter_map(|path| host.file_followed(path).ok().flatten());
    let files = files.collect();
    Ok(Facts {
        container: host.is_container(),
        live: host.is_live(),
        now: host.now(),
        journal: journald::read(host)?,
        syslog_ng: host.service("syslog-ng")?,
        files,
        rotates: host.file("/etc/logrotate.conf")?.is_some(),
        writers,
        unseen,
        ways: ways(host)?,
    })
}

fn ways(host: &Host) -> Result<Ways, Cause> {
    // What cannot be read blocks the item itself.
    let main = host.text("/etc/rsyslog.conf").ok().flatten();
    let includes = |(_, line): (u32, &str)| line.contains("/etc/rsyslog.d/");
    let unit = host.units()?.named("rsyslog.service").cloned();
    Ok(Ways {
        drop_ins: main.is_some_and(|file| file.settings().any(includes)),
        debian: host.system().exists(std::path::Path::new("/etc/debian_version")),
        unit: unit.is_some_and(|unit| !unit.masked && !unit.path.is_empty() && !unit.is_script),
    })
}

pub fn judge(facts: &Facts, params: &Params) -> Judgement {
    let mut judgement = Judgement::new();
    for cause in &facts.unseen {
        judgement.unseen(cause);
    }
    let keeps_journal = facts.journal.is_persistent() && params.flag("accept_journald_only");
    for writer in &facts.writers {
        judge_writer(writer, facts, (keeps_journal, params), &mut judgement);
    }
    if facts.syslog_ng.is_used() {
        let place = facts.syslog_ng.signs.iter().find_map(|sign| sign.place.clone());
        judgement.ask(reason("syslog-ng").at(place));
    }
    judge_journal(facts, params, &mut judgement);
    judge_age(facts, params, &mut judgement);
    if !facts.writers.is_empty() && !facts.rotates {
        judgement.warn(reason("no-rotation"));
    }
    if params.flag("policy_reviewed") {
        judgement.good(reason("policy-reviewed"));
    } else {
        judgement.ask(reason("policy"));
    }
    judgement
}

fn judge_writer(
    writer: &Writer,
    facts: &Facts,
    (keeps_journal, params): (bool, &Params),
    judgement: &mut Judgement,
) {
    let name = &writer.name;
    if facts.live && !writer.state.is_running() {
        return judgement.bad(reason("not-running").arg("name", name));
    }
    let rules = match &writer.rules {
        Ok(rules) => rules,
        Err(cause) => return judgement.unseen(cause),
    };
    let missing = missing(rules, params);
    let path = if name == "rsyslog" { "/etc/rsyslog.conf" } else { "/etc/syslog.conf" };
    for facility in &missing {
        let said = |key| reason(key).arg("name", name).arg("facility", facility).file(path);
        if keeps_journal {
            judgement.warn(said("only-journal"));
        } else {
            judgement.bad(said("missing"));
        }
    }
    if missing.is_empty() {
        judgement.good(reason("complete").arg("name", name));
    }
    for (path, rule) in rules.files().take(20) {
        judgement
            .note(reason("target").arg("path", path).at(rule.place.clone()).excerpt(&rule.text));
    }
}

/// What is required and neither written to a file nor sent to another machine.
fn missing<'a>(rules: &Rules, params: &'a Params) -> Vec<&'a str> {
    let (kept, shown) = (rules.kept(false), rules.kept(true));
    let is_kept = |facility: &&str| {
        // What concerns everybody at once may also be shown on screens.
        let mask = if facility.ends_with(".emerg") { &shown } else { &kept };
        mask.covers(facility)
    };
    params.list("required_facilities").filter(|facility| !is_kept(facility)).collect()
}

fn judge_journal(facts: &Facts, params: &Params, judgement: &mut Judgement) {
    let place = facts.journal.storage.as_ref().map(|storage| storage.place.clone());
    let is_alone = facts.writers.is_empty() && !facts.syslog_ng.is_used();
    match (facts.journal.present, facts.journal.is_persistent(), is_alone) {
        (true, true, true) if !params.flag("accept_journald_only") => {
            judgement.bad(reason("journal-alone").at(place));
        }
        (true, true, _) => judgement.good(reason("journal").at(place)),
        (true, false, true) => judgement.bad(reason("volatile").at(place)),
        (false, _, true) if !facts.unseen.is_empty() => {}
        (false, _, true) if facts.container => judgement.ask(reason("container")),
        (false, _, true) => judgement.bad(reason("none")),
        _ => {}
    }
    for limit in &facts.journal.limits {
        let said = reason("limit").arg("name", &limit.key).arg("value", &limit.value);
        judgement.note(said.at(limit.place.clone()));
    }
}

/// Whether even the newest of the log files is old; a single one may be, where nothing happens.
fn judge_age(facts: &Facts, params: &Params, judgement: &mut Judgement) {
    let newest = facts.files.iter().max_by_key(|file| file.modified);
    let Some(newest) = newest.filter(|_| facts.live) else { return };
    let days = facts.now.saturating_sub(newest.modified) / 86_400;
    if days > params.integer("stale_days") {
        judgement.bad(reason("stale").arg("days", days).file(&newest.path));
    }
}
