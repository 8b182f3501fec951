//! From a plan's changes to those of a transaction.

use pasu_checks::fix::{ChangeKind, PathChange};
use pasu_checks::host::FileKind;
use pasu_model::FixEffect;
use pasu_system::transaction::{Action, Change, Seen};
use pasu_system::{Wanted, Wish};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::path::PathBuf;

/// The changes in an order in which each can be made: folders first.
pub(super) fn of_plan(changes: &[PathChange]) -> Vec<Change> {
    changes.iter().map(one).collect()
}

fn one(change: &PathChange) -> Change {
    Change { path: PathBuf::from(&change.path), seen: seen(change), wanted: wanted(change) }
}

fn seen(change: &PathChange) -> Seen {
    let Some(facts) = &change.before else { return Seen::Absent };
    let (mode, uid, gid) = (facts.mode, facts.uid, facts.gid);
    match facts.kind {
        FileKind::File => Seen::File { sha256: change.old.as_deref().map(sha256), mode, uid, gid },
        FileKind::Directory => Seen::Directory { mode, uid, gid },
        FileKind::Symlink => {
            Seen::Symlink { target: change.old_target.clone().unwrap_or_default().into() }
        }
        FileKind::Other => Seen::Other { mode, uid, gid },
    }
}

fn wanted(change: &PathChange) -> Wanted {
    let new = &change.new;
    let wish =
        Wish { mode: Some(new.mode), owner: Some((new.uid, new.gid)), drop_acl: new.drop_acl };
    match change.kind {
        ChangeKind::Remove => Wanted::Absent,
        ChangeKind::Content => Wanted::File { content: new.content.clone(), attributes: wish },
        ChangeKind::Attributes => Wanted::Attributes(wish),
        ChangeKind::Directory => Wanted::Directory(wish),
        ChangeKind::Link => Wanted::Symlink(new.target.clone().unwrap_or_default().into()),
    }
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// What is done before services prove their files, and what tells them afterwards.
pub(super) fn actions(effects: &[FixEffect], units_change: bool) -> (Vec<Action>, Vec<Action>) {
    let mut first: Vec<Action> = units_change.then_some(Action::DaemonReload).into_iter().collect();
    let mut told = Vec::new();
    for effect in effects {
        match effect.clone() {
            FixEffect::Stop { unit } => first.push(Action::Stop { unit }),
            FixEffect::Sysctl { key, before, value } => {
                first.push(Action::Sysctl { key, value, before });
            }
            FixEffect::Start { unit } => told.push(Action::Start { unit }),
            FixEffect::Reload { unit } => told.push(Action::Reload { unit }),
            FixEffect::Restart { unit } => told.push(Action::Restart { unit }),
        }
    }
    (first, told)
}
