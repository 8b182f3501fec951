//! Rules for what is left out, a journal on disk, and a log service that is installed switched on.

use super::{Facts, Writer, missing};
use crate::fix::{Anchor, Edit, Fix, SettingEdit, Syntax};
use crate::host::syslog::Mask;
use crate::judgement::reason;
use crate::params::Params;
use pasu_model::Place;

/// Read after the distributions' own files.
const OURS: &str = "/etc/rsyslog.d/90-pasu.conf";
const JOURNAL: &str = "/etc/systemd/journald.conf.d/90-pasu.conf";

pub fn plan(facts: &Facts, params: &Params) -> Fix {
    let mut fix = Fix::new();
    let accepts_journal = params.flag("accept_journald_only");
    let keeps_journal = facts.journal.is_persistent() && accepts_journal;
    for writer in &facts.writers {
        if facts.live && !writer.state.is_running() {
            start(&mut fix, facts);
        }
        if !keeps_journal {
            rules(&mut fix, writer, facts, params);
        }
    }
    if facts.writers.is_empty() && !facts.syslog_ng.is_used() {
        match (facts.journal.present, facts.journal.is_persistent()) {
            (true, true) if accepts_journal => {}
            (true, false) if accepts_journal => journal(&mut fix, facts),
            _ => start(&mut fix, facts),
        }
    }
    fix
}

fn start(fix: &mut Fix, facts: &Facts) {
    if facts.ways.unit {
        fix.edit(Edit::Enable { unit: "rsyslog.service".to_owned() });
    } else {
        fix.leave(reason("no-writer"));
    }
}

fn rules(fix: &mut Fix, writer: &Writer, facts: &Facts, params: &Params) {
    let Ok(read) = &writer.rules else { return };
    let mut kept = read.kept(false);
    let mut lines = Vec::new();
    for name in missing(read, params) {
        // A rule for mail may have been all that `*.info` lacked.
        if kept.covers(name) {
            continue;
        }
        let (selector, rule) = rule(name, facts.ways.debian);
        Mask::parse(&selector).into_iter().for_each(|mask| kept.add(mask));
        lines.push(rule);
    }
    if lines.is_empty() {
        return;
    }
    let path = match writer.name.as_str() {
        "rsyslog" if facts.ways.drop_ins => OURS,
        "rsyslog" => "/etc/rsyslog.conf",
        _ => "/etc/syslog.conf",
    };
    fix.edit(Edit::Insert { path: path.to_owned(), at: Anchor::End, lines });
}

/// The selector, and its rule `authpriv.*<TAB>/var/log/secure`, into the file where the distribution has it.
fn rule(facility: &str, debian: bool) -> (String, String) {
    let selector =
        if facility.contains('.') { facility.to_owned() } else { format!("{facility}.*") };
    let name = match (facility.split('.').next().unwrap_or_default(), debian) {
        ("auth" | "authpriv", true) => "auth.log",
        ("auth" | "authpriv", false) => "secure",
        ("cron", true) => "cron.log",
        ("cron", false) => "cron",
        ("mail", true) => "mail.log",
        ("mail", false) => "maillog",
        ("kern", true) => "kern.log",
        (_, true) => "syslog",
        (_, false) => "messages",
    };
    let rule = match selector.as_str() {
        "*.emerg" => format!("{selector}\t:omusrmsg:*"),
        _ => format!("{selector}\t/var/log/{name}"),
    };
    (selector, rule)
}

/// Where a file of the administrator's says otherwise, it is changed there.
fn journal(fix: &mut Fix, facts: &Facts) {
    let path = match facts.journal.storage.as_ref().map(|storage| &storage.place) {
        Some(Place::File { path, .. }) if path.starts_with("/etc/") => path,
        _ => JOURNAL,
    };
    let storage = SettingEdit::new(path, Syntax::Tight, "Storage", "persistent");
    fix.edit(storage.in_section("Journal"));
    if facts.live {
        let unit = "systemd-journald.service".to_owned();
        fix.edit(Edit::Restart { unit, closes: Vec::new() });
    }
}
