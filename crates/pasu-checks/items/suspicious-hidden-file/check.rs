//! Hidden and oddly named entries outside homes, by how suspicious they are. Names decide nothing: a person does.

use crate::allowlist;
use crate::cause::Cause;
use crate::host::{FileFacts, FileKind, Host, path_matches};
use crate::judgement::{Judgement, reason};
use crate::kinds::file_mode::owner_name;
use crate::params::Params;
use crate::walk::{Found, Scope, is_odd};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How many entries that nothing but their name speaks against are shown.
const MAX_OTHER: usize = 30;

/// What is at home under such names, everywhere or in one place. Each part of a path is matched as a whole.
const KNOWN: [&str; 20] = [
    "/etc/.pwd.lock",
    "/etc/.updated",
    "/etc/.java",
    "/etc/.etckeeper",
    "/etc/.git",
    "/etc/.gitignore",
    "/etc/skel/.*",
    "/usr/etc/skel/.*",
    "/usr/share/skel/.*",
    "/var/.updated",
    "/.autorelabel",
    "/.dockerenv",
    "/.snapshots",
    "/boot/.vmlinuz-*.hmac",
    "/var/lib/*/.bash_history",
    "/var/lib/rpm/.*.lock",
    "/var/spool/at/.SEQ",
    "/var/spool/cron/atjobs/.SEQ",
    "/var/spool/cron/crontabs/.placeholder",
    "/lost+found/.*",
];

/// Folders that the X server makes for everybody, root's and with the sticky bit.
const SHARED_FOLDERS: [&str; 5] =
    ["/tmp/.X11-unix", "/tmp/.ICE-unix", "/tmp/.XIM-unix", "/tmp/.font-unix", "/tmp/.Test-unix"];

/// Where a hidden entry stands out.
const EXPOSED: [&str; 14] = [
    "/tmp/",
    "/var/tmp/",
    "/dev/",
    "/usr/",
    "/etc/",
    "/bin/",
    "/sbin/",
    "/lib/",
    "/lib64/",
    "/boot/",
    "/var/www/",
    "/srv/www/",
    "/usr/share/nginx/",
    "/var/spool/cron/",
];

/// What was found, without what packages own.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    entries: Vec<Hidden>,
    /// How many packages own.
    packaged: u64,
    cut_off: Option<Cause>,
    scope: Scope,
}

/// One entry.
#[derive(Debug, Serialize, Deserialize)]
struct Hidden {
    found: Found,
    owner: String,
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    let walked = host.walk()?;
    let mut found = walked.hidden.found.clone();
    let mut scope = walked.scope();
    for folder in ["/dev", "/dev/shm"] {
        if let Err(cause) = list_hidden(host, folder, &mut found) {
            scope.unseen.push(cause);
        }
    }
    let paths: BTreeSet<String> = found.iter().map(|found| found.path.clone()).collect();
    let owners = host.package_owners(&paths)?;
    found.retain(|found| !is_engine_mark(host, &found.path));
    let total = found.len();
    found.retain(|found| owners.of(&found.path).is_none());
    let packaged = (total - found.len()) as u64;
    let entries =
        found.into_iter().map(|found| Ok(Hidden { owner: owner_name(host, found.uid)?, found }));
    Ok(Facts {
        entries: entries.collect::<Result<_, Cause>>()?,
        packaged,
        cut_off: walked.hidden.cut_off(),
        scope,
    })
}

/// Docker marks a container by an empty file that may be run. With something in it, it is no such mark.
fn is_engine_mark(host: &Host, path: &str) -> bool {
    let is_empty = |file: FileFacts| file.kind == FileKind::File && file.size == 0 && file.uid == 0;
    path == "/.dockerenv" && host.file(path).ok().flatten().is_some_and(is_empty)
}

/// The walk leaves `/dev` out.
fn list_hidden(host: &Host, folder: &str, found: &mut Vec<Found>) -> Result<(), Cause> {
    for name in host.list(folder)? {
        if !name.starts_with('.') && !is_odd(name.as_bytes()) {
            continue;
        }
        let path = format!("{folder}/{name}");
        let Some(facts) = host.file(&path)? else { continue };
        let FileFacts { kind, mode, uid, gid, .. } = facts;
        if matches!(kind, FileKind::File | FileKind::Directory) {
            let directory = kind == FileKind::Directory;
            found.push(Found { path, mode, uid, gid, directory });
        }
    }
    Ok(())
}

pub fn judge(facts: &Facts, params: &Params) -> Judgement {
    let mut judgement = Judgement::new();
    let mut ranked: Vec<(u8, &'static str, &Hidden)> = Vec::new();
    for entry in &facts.entries {
        let path = &entry.found.path;
        if let Some(why) = allowlist::reason_for(params, "allowlist", path) {
            judgement.note(reason("allowed").arg("why", why).file(path));
        } else if let Some((rank, key)) = rank(&entry.found) {
            ranked.push((rank, key, entry));
        }
    }
    ranked.sort_by_key(|(rank, _, entry)| (*rank, &entry.found.path));
    let mut shown_others = 0;
    for (_, key, entry) in &ranked {
        if *key == "other" {
            shown_others += 1;
            if shown_others > MAX_OTHER {
                continue;
            }
        }
        let said = reason(*key)
            .arg("owner", &entry.owner)
            .arg("mode", format!("{:04o}", entry.found.mode));
        judgement.ask(said.file(&entry.found.path));
    }
    if shown_others > MAX_OTHER {
        let more = reason("walk-more").arg("count", shown_others - MAX_OTHER);
        judgement.ask(more.arg("what", ".*"));
    }
    if let Some(cause) = &facts.cut_off {
        judgement.unseen(cause);
    }
    facts.scope.tell(&mut judgement);
    if ranked.is_empty() && facts.cut_off.is_none() && facts.scope.is_whole() {
        judgement.good(reason("none").arg("entries", facts.scope.entries));
    }
    if facts.packaged > 0 {
        judgement.note(reason("packaged").arg("count", facts.packaged));
    }
    judgement
}

/// How suspicious an entry is, 0 the most, and the sentence; `None` for what is known.
fn rank(found: &Found) -> Option<(u8, &'static str)> {
    let path = found.path.as_str();
    let name = path.rsplit('/').next().unwrap_or_default();
    let is_program = !found.directory && found.mode & 0o111 != 0;
    if is_odd(name.as_bytes()) {
        return Some((0, "odd-name"));
    }
    if !found.directory && found.mode & 0o6000 != 0 {
        return Some((0, "set-id"));
    }
    if SHARED_FOLDERS.contains(&path) {
        let is_usual = found.directory && found.uid == 0 && found.mode & 0o1000 != 0;
        return (!is_usual).then_some((1, "mimic"));
    }
    // `/tmp/.X0-lock` holds a process number and belongs to whoever runs the server.
    if path_matches("/tmp/.X*-lock", path) && !found.directory && !is_program {
        return None;
    }
    // Locks of PostgreSQL and MySQL beside their sockets.
    if path_matches("/tmp/.s.PGSQL.*.lock", path) && !is_program {
        return None;
    }
    if is_program {
        return Some((1, "executable"));
    }
    if KNOWN.iter().any(|known| path_matches(known, path)) {
        return None;
    }
    if EXPOSED.iter().any(|place| path.starts_with(place)) {
        return Some((2, "exposed"));
    }
    Some((3, "other"))
}
