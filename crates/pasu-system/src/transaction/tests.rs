//! Transactions in memory, with everything that can go wrong, and on disk.

mod killing;
mod on_disk;
mod refusing;
mod tampering;

use super::{Action, Actor, Change, Error, Recovered, Seen, Transaction, Transactions, Why};
use crate::{
    Acl, AclEntry, AclTag, Disk, Fault, MemoryDisk, MemorySystem, State, Wanted, Wish, acl,
};
use serde_json::{Value, json};
use std::io;
use std::path::Path;
use std::sync::Mutex;

/// What a transaction's own files are not compared with.
const OWN: &[&str] = &["/var/lib/pasu"];
const ID: &str = "20261129-225301-1";

fn list(group: u8, mask: u8) -> Acl {
    let entry = |tag, permissions| AclEntry { tag, permissions };
    Acl {
        entries: vec![
            entry(AclTag::Owner, 6),
            entry(AclTag::User(33), 6),
            entry(AclTag::OwningGroup, group),
            entry(AclTag::Mask, mask),
            entry(AclTag::Other, 0),
        ],
    }
}

/// A machine with something of each kind.
fn machine() -> MemoryDisk {
    MemorySystem::new()
        .with_directory("/var/lib")
        .with_file("/etc/ssh/sshd_config", "PermitRootLogin yes\n")
        .with_mode("/etc/ssh/sshd_config", 0o660)
        .with_owner("/etc/ssh/sshd_config", 0, 42)
        .with_acl("/etc/ssh/sshd_config", list(4, 6))
        .with_extended("/etc/ssh/sshd_config", "user.note", b"mine\0")
        .with_modified("/etc/ssh/sshd_config", 1_000)
        .with_file("/etc/shadow", "root:*:::::::\n")
        .with_mode("/etc/shadow", 0o644)
        .with_file("/usr/bin/ping", "\x7fELF")
        .with_mode("/usr/bin/ping", 0o4755)
        .with_owner("/usr/bin/ping", 7, 7)
        .with_extended("/usr/bin/ping", "security.capability", &[1, 0, 0, 2])
        .with_file("/etc/listed", "x")
        .with_mode("/etc/listed", 0o660)
        .with_acl("/etc/listed", list(4, 6))
        .with_file("/etc/old.conf", "old\n")
        .with_modified("/etc/old.conf", 77)
        .with_directory("/etc/old.d")
        .with_mode("/etc/old.d", 0o1777)
        .with_symlink("/etc/link", "old.conf")
        .with_special("/run/fifo")
        .into()
}

fn mode(mode: u32) -> Wish {
    Wish { mode: Some(mode), ..Wish::default() }
}

fn change(disk: &dyn Disk, path: &str, wanted: Wanted) -> Change {
    let seen = Seen::of(&disk.state(Path::new(path), 1 << 20).unwrap());
    Change { path: path.into(), seen, wanted }
}

fn file(content: &str, attributes: Wish) -> Wanted {
    Wanted::File { content: Some(content.as_bytes().into()), attributes }
}

fn edit(disk: &dyn Disk, path: &str, content: &str) -> Change {
    change(disk, path, file(content, Wish::default()))
}

/// A change of each kind.
fn changes(disk: &dyn Disk) -> Vec<Change> {
    let owner = Wish { owner: Some((0, 0)), ..Wish::default() };
    let drop = Wish { drop_acl: true, ..Wish::default() };
    vec![
        change(disk, "/etc/ssh/sshd_config", file("PermitRootLogin no\n", mode(0o600))),
        change(disk, "/etc/shadow", Wanted::Attributes(mode(0o400))),
        change(disk, "/usr/bin/ping", Wanted::Attributes(owner)),
        change(disk, "/etc/listed", Wanted::File { content: None, attributes: drop }),
        change(disk, "/etc/new.d", Wanted::Directory(mode(0o750))),
        change(disk, "/etc/new.d/pasu.conf", file("new\n", mode(0o640))),
        change(disk, "/etc/new.d/link", Wanted::Symlink("pasu.conf".into())),
        change(disk, "/etc/link", Wanted::Symlink("/etc/new.d/pasu.conf".into())),
        change(disk, "/etc/old.conf", Wanted::Absent),
        change(disk, "/etc/old.d", Wanted::Absent),
        change(disk, "/run/fifo", Wanted::Attributes(mode(0o600))),
        edit(disk, "/etc/empty", ""),
        // As it is already.
        change(disk, "/etc/ssh", Wanted::Directory(mode(0o755))),
    ]
}

/// A service that can be stopped, and counts how often it read its files.
#[derive(Default)]
struct Service {
    done: Mutex<Vec<Action>>,
}

impl Actor for Service {
    fn act(&self, action: &Action) -> io::Result<()> {
        self.done.lock().unwrap().push(action.clone());
        Ok(())
    }
}

impl Service {
    fn is_running(&self) -> bool {
        let done = self.done.lock().unwrap();
        let last =
            done.iter().rev().find(|it| matches!(it, Action::Stop { .. } | Action::Start { .. }));
        !matches!(last, Some(Action::Stop { .. }))
    }

    fn take(&self) -> Vec<Action> {
        std::mem::take(&mut *self.done.lock().unwrap())
    }
}

fn stop() -> Action {
    Action::Stop { unit: "ssh.service".into() }
}

fn start() -> Action {
    Action::Start { unit: "ssh.service".into() }
}

fn reload() -> Action {
    Action::Reload { unit: "cron.service".into() }
}

/// Everything up to the commit; what fails is undone, as the program does it.
fn run(disk: &MemoryDisk, actor: &Service) -> Result<(), Error> {
    let transactions = Transactions::open(disk)?;
    let changes = changes(disk);
    let mut transaction = transactions.begin(ID, &json!({"who": "root"}), changes)?;
    let outcome = drive(&mut transaction, actor);
    if outcome.is_err() && !transaction.standing().is_final() {
        // What cannot be undone now is recovered later.
        let _ = transaction.undo(asked(), actor);
    }
    outcome
}

fn drive(transaction: &mut Transaction<'_>, actor: &Service) -> Result<(), Error> {
    transaction.act(&stop(), actor)?;
    transaction.apply(actor)?;
    transaction.act(&start(), actor)?;
    transaction.act(&reload(), actor)?;
    transaction.note(json!({"sshd -t": "good"}))?;
    transaction.commit(json!("fixed"))
}

fn asked() -> Why {
    Why::Asked { reason: Value::Null }
}

/// Recovers after the machine was started again, and makes sure that nothing is left to be done.
fn recover(disk: &MemoryDisk, actor: &Service) {
    disk.reboot();
    let transactions = Transactions::open(disk).unwrap();
    for (id, recovered) in transactions.recover(actor, 0, "boot", false).unwrap() {
        assert!(!matches!(recovered, Recovered::Failed(_)), "{id}: {recovered:?}");
        // Nobody else was at work.
        if let Recovered::Undone { undone, .. } | Recovered::RolledBack(undone) = &recovered {
            assert_eq!(undone.conflicts, [], "{id}");
        }
    }
    assert_eq!(super::unfinished(disk), None);
    assert!(transactions.recover(actor, 0, "boot", false).unwrap().is_empty());
}
