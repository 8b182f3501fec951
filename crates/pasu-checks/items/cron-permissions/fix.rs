//! Each file within its limit, and the commands for root alone. Jobs keep running; who has some is told of, because
//! nobody but root can change them afterwards. No list of allowed accounts is made: that would shut others out.

use super::{Facts, PartFile, SHARED, Sort, limit};
use crate::fix::{AttributesEdit, Fix};
use crate::judgement::reason;
use crate::kinds::file_mode;
use crate::params::Params;
use std::collections::BTreeSet;

/// Trees whose files are the system's own; a link may lead elsewhere.
const SYSTEM: [&str; 6] = ["/etc/", "/usr/", "/bin/", "/var/spool/", "/var/cron/", "/lib/"];

/// Lists that the commands read with the rights of their own group.
const LISTS: [&str; 4] = ["/etc/cron.allow", "/etc/cron.deny", "/etc/at.allow", "/etc/at.deny"];

pub fn plan(facts: &Facts, params: &Params) -> Fix {
    let mut fix = Fix::new();
    for found in &facts.files {
        let limit = limit(found.sort);
        if file_mode::deviations(&found.file, &limit).is_empty() {
            continue;
        }
        let path = &found.file.file.path;
        if !SYSTEM.iter().any(|tree| path.starts_with(tree)) {
            fix.leave(reason("linked").file(path));
        } else if found.sort == Sort::Command {
            command(&mut fix, facts, found, params);
        } else {
            if found.file.owner != "root" && !limit.owners.is_empty() {
                // cron ignores a table of somebody else's: as root's it would begin to run.
                fix.consent(reason("foreign").arg("owner", &found.file.owner).file(path));
            }
            file_mode::bring_within(&mut fix, &found.file, &limit);
            readable_list(&mut fix, facts, found);
        }
    }
    fix
}

fn command(fix: &mut Fix, facts: &Facts, found: &PartFile, params: &Params) {
    let file = &found.file.file;
    let target = file.path.rsplit('/').next().unwrap_or_default();
    if SHARED.contains(&target) {
        let command = found.name.rsplit('/').next().unwrap_or_default();
        fix.leave(reason("shared-command").arg("command", command).file(&file.path));
        return;
    }
    let (for_root, users) = match found.is_cron {
        true => (facts.cron_for_root, &facts.cron_users),
        false => (facts.at_for_root, &facts.at_users),
    };
    if for_root && params.flag("accept_allow_list") && found.file.owner == "root" {
        return;
    }
    if !users.is_empty() {
        fix.consent(reason("users").arg("users", named(users)).file(&file.path));
    }
    file_mode::bring_within(fix, &found.file, &limit(Sort::Command));
}

/// A few names, and how many more.
fn named(users: &BTreeSet<String>) -> String {
    let first: Vec<&str> = users.iter().take(20).map(String::as_str).collect();
    let more = users.len() - first.len();
    let shown = first.join(", ");
    if more > 0 { format!("{shown}, … (+{more})") } else { shown }
}

/// Debian's crontab reads the lists as its group, and takes one that it cannot read for missing, which lets everybody
/// in: the list belongs to that group when others lose the right to read it.
fn readable_list(fix: &mut Fix, facts: &Facts, found: &PartFile) {
    let file = &found.file.file;
    if !LISTS.contains(&file.path.as_str()) || file.mode & 0o004 == 0 {
        return;
    }
    let commands = facts
        .files
        .iter()
        .filter(|other| other.sort == Sort::Command && other.is_cron == found.is_cron)
        .map(|other| &other.file.file);
    let reads_as_group = |command: &&crate::host::FileFacts| {
        command.mode & 0o2000 != 0 || (command.mode & 0o4000 != 0 && command.uid != 0)
    };
    let group = commands.filter(reads_as_group).map(|command| command.gid).next();
    let Some(group) = group.filter(|group| *group != 0 && *group != file.gid) else { return };
    fix.edit(AttributesEdit {
        path: file.path.clone(),
        group: Some(group.to_string()),
        ..AttributesEdit::default()
    });
}
