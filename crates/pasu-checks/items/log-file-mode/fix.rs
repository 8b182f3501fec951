//! Logs lose the bits beyond the limit, and what makes or sets them anew asks for no more. A log that a service writes by
//! its own right stays as it is; what somebody else writes, by the evidence, has to be accepted.

use super::{Facts, LogFile, limit};
use crate::fix::{AttributesEdit, Fix};
use crate::host::FileKind;
use crate::judgement::{Reason, reason};
use crate::kinds::file_mode::consent_to_lost_entries;
use crate::params::Params;
use pasu_model::Place;
use std::collections::BTreeMap;

/// A log that changed within this many seconds is written by somebody.
const LATELY: i64 = 7 * 86_400;

/// Records of logins, to which programs of a group add.
const LOGINS: [&str; 4] = ["wtmp", "btmp", "lastlog", "faillog"];

pub fn plan(facts: &Facts, params: &Params) -> Fix {
    let mut plan = Planning { facts, fix: Fix::new(), created: BTreeMap::new() };
    for log in &facts.deviating {
        let is_shipped = params.flag("use_exception_table") && log.is_shipped_so();
        if log.file.file.kind == FileKind::File && !is_shipped {
            let shipped = log.shipped().filter(|_| params.flag("use_exception_table"));
            // Of several lines, the one that takes the least away.
            let kept = |mode: &u32| (log.file.file.mode & mode).count_ones();
            plan.close(log, shipped.max_by_key(kept));
        }
    }
    for log in &facts.open_below {
        plan.take(log, 0o7775, None);
    }
    for (place, text) in plan.created.into_values().map(|(place, text, _)| (place, text)) {
        plan.fix.replace_line(Some(&place), text);
    }
    plan.fix
}

struct Planning<'a> {
    facts: &'a Facts,
    fix: Fix,
    /// Lines of logrotate with what they become and the bits that may stay, by place.
    created: BTreeMap<String, (Place, String, u32)>,
}

impl Planning<'_> {
    /// Brings a log within the mode that distributions ship, else within root and 0644.
    fn close(&mut self, log: &LogFile, shipped: Option<u32>) {
        let file = &log.file.file;
        let is_foreign = shipped.is_none() && file.uid != 0;
        if is_foreign {
            let owner = &log.file.owner;
            let makes =
                |create: &crate::host::logrotate::Create| create.owner.as_ref() == Some(owner);
            let is_made = log.upkeep.create.as_ref().is_some_and(makes);
            if log.upkeep.is_owner_running || is_made {
                self.fix.leave(self.said("written-as-owner", log));
                return;
            }
            if log.upkeep.is_owner_known {
                self.fix.consent(self.said("owned", log));
            }
        }
        let name = file.path.rsplit('/').next().unwrap_or_default();
        let is_record = LOGINS.iter().any(|record| name.starts_with(record));
        if is_record && shipped.is_none() && file.gid != 0 && file.mode & 0o020 != 0 {
            self.fix.consent(self.said("login-record", log));
        }
        let owner = is_foreign.then(|| "root".to_owned());
        self.take(log, shipped.unwrap_or(limit().mode), owner);
    }

    /// Takes bits away, here and from what would bring them back.
    fn take(&mut self, log: &LogFile, limit: u32, owner: Option<String>) {
        let file = &log.file.file;
        if !log.upkeep.writers.is_empty() {
            let who = log.upkeep.writers.join(", ");
            self.fix.consent(self.said("written-by", log).arg("who", who));
        } else if self.is_written_unseen(log, limit) {
            self.fix.consent(self.said("written-lately", log));
        }
        consent_to_lost_entries(&mut self.fix, file, limit);
        self.fix.edit(AttributesEdit {
            path: file.path.clone(),
            owner,
            limit: Some(limit),
            limit_acl: true,
            ..AttributesEdit::default()
        });
        self.keep(log, limit);
    }

    /// It changed lately although nobody has it open: some program opens it for each line, perhaps by the bits that go.
    fn is_written_unseen(&self, log: &LogFile, limit: u32) -> bool {
        let file = &log.file.file;
        self.facts.is_live
            && !log.upkeep.is_open
            && file.bits_beyond(limit) & 0o022 != 0
            && self.facts.now - file.modified < LATELY
    }

    fn keep(&mut self, log: &LogFile, limit: u32) {
        if let Some((place, mode)) = &log.upkeep.at_boot
            && mode & !limit != 0
        {
            let told = self.said("set-at-boot", log);
            self.fix.leave(told.at(place.clone()));
        }
        let Some(create) = &log.upkeep.create else { return };
        // Several logs may share the line.
        let key = create.place.shown();
        let limit = self.created.get(&key).map_or(limit, |(.., known)| known & limit);
        let Some(text) = create.within(limit) else { return };
        if create.is_global {
            let told = self.said("made-for-all", log);
            self.fix.leave(told.at(create.place.clone()));
        } else {
            self.created.insert(key, (create.place.clone(), text, limit));
        }
    }

    fn said(&self, key: &'static str, log: &LogFile) -> Reason {
        reason(key)
            .arg("owner", &log.file.owner)
            .arg("path", &log.file.file.path)
            .file(&log.file.file.path)
    }
}
