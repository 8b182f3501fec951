//! Files that nobody ships so lose set-user-ID and set-group-ID, or get the mode that is shipped. Programs by which people
//! log in, become root or mount keep theirs whatever is found.

use super::{Class, Facts, SetIdFile, class, normal, shipped};
use crate::fix::{AttributesEdit, Fix};
use crate::judgement::reason;
use crate::params::Params;

/// What a system needs to be worked with, wherever it lies below /usr.
const ESSENTIAL: [&str; 22] = [
    "su",
    "sudo",
    "sudoedit",
    "doas",
    "passwd",
    "chsh",
    "chfn",
    "chage",
    "gpasswd",
    "newgrp",
    "mount",
    "umount",
    "pkexec",
    "polkit-agent-helper-1",
    "unix_chkpwd",
    "pam_timestamp_check",
    "ssh-keysign",
    "dbus-daemon-launch-helper",
    "newuidmap",
    "newgidmap",
    "bbsuid",
    "busybox",
];

pub fn plan(facts: &Facts, params: &Params) -> Fix {
    let mut fix = Fix::new();
    for file in &facts.files {
        let Class::Bad(key, _) = class(file, facts.knows_packages, params) else { continue };
        let path = &file.found.path;
        let Some(limit) = limit(file, key, params) else {
            fix.leave(reason("essential").file(path));
            continue;
        };
        fix.edit(AttributesEdit {
            path: path.clone(),
            limit: Some(limit),
            ..AttributesEdit::default()
        });
    }
    fix
}

/// The bits that may stay; `None` for what is not touched.
fn limit(file: &SetIdFile, key: &str, params: &Params) -> Option<u32> {
    let path = file.found.path.as_str();
    let is_allowed = crate::allowlist::reason_for(params, "allowlist", path).is_some();
    let shipped_mode = shipped(path)
        .iter()
        .filter(|line| line.owner == file.owner && line.group == file.group)
        .map(|line| line.mode)
        .max_by_key(|mode| (mode & file.found.mode).count_ones());
    match (key, shipped_mode) {
        ("writable", _) if is_allowed => Some(0o7755),
        ("writable" | "differs", Some(mode)) => Some(mode),
        _ if is_essential(path) => None,
        ("writable", None) => Some(0o1755),
        _ => Some(0o1777),
    }
}

fn is_essential(path: &str) -> bool {
    let path = normal(path);
    let name = path.rsplit('/').next().unwrap_or_default();
    path.starts_with("/usr/") && !path.starts_with("/usr/local/") && ESSENTIAL.contains(&name)
}
