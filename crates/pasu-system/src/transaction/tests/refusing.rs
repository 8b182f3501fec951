//! What is refused before anything is touched, and what is left alone afterwards.

use super::*;
use crate::transaction::{Conflict, History, NoActions, Standing};

/// Refuses one change, and touches nothing.
fn refused(disk: &MemoryDisk, changes: Vec<Change>) -> Error {
    let transactions = Transactions::open(disk).unwrap();
    let before = disk.snapshot(&[]);
    let error = transactions.begin(ID, &Value::Null, changes).err().expect("refused");
    assert_eq!(disk.snapshot(&[]), before);
    error
}

#[test]
fn what_moved_since_it_was_judged() {
    for moved in 0..3 {
        let disk = machine();
        let change = edit(&disk, "/etc/old.conf", "new\n");
        disk.edit(|system| match moved {
            0 => system.with_file("/etc/old.conf", "edited\n"),
            1 => system.with_mode("/etc/old.conf", 0o600),
            _ => system.with_owner("/etc/old.conf", 1, 0),
        });
        assert!(
            matches!(refused(&disk, vec![change]), Error::Moved(path) if path == Path::new("/etc/old.conf"))
        );
    }
}

#[test]
fn what_cannot_be_put_back_or_has_no_place() {
    let disk = machine();
    disk.edit(|system| {
        system
            .with_file("/etc/fixed", "")
            .with_immutable("/etc/fixed")
            .with_file("/etc/twin", "")
            .with_links("/etc/twin", 2)
    });
    let wish = || Wanted::Attributes(mode(0o600));
    let refused = |changes| refused(&disk, changes);
    assert!(matches!(refused(vec![change(&disk, "/etc/fixed", wish())]), Error::Immutable(_)));
    assert!(matches!(
        refused(vec![edit(&disk, "/etc/twin", "x")]),
        Error::HardLinks { links: 2, .. }
    ));
    assert!(matches!(refused(vec![edit(&disk, "/nowhere/x", "x")]), Error::NoFolder(_)));
    let twice = vec![edit(&disk, "/etc/shadow", "x"), change(&disk, "/etc//shadow", wish())];
    assert!(matches!(refused(twice), Error::Twice(_)));
    for path in
        ["/", "etc/shadow", "/etc/../etc/shadow", "/var/lib/pasu/fix/x", "/var/lib/pasu/fix"]
    {
        let change = change(&disk, path, wish());
        assert!(matches!(refused(vec![change]), Error::Path(_)), "{path}");
    }
    let kinds = [
        ("/etc/ssh", file("x", Wish::default())),
        ("/etc/shadow", Wanted::Directory(Wish::default())),
        ("/run/fifo", Wanted::Absent),
        ("/etc/link", wish()),
        ("/etc/missing", wish()),
    ];
    for (path, wanted) in kinds {
        let change = change(&disk, path, wanted);
        assert!(matches!(refused(vec![change]), Error::Impossible { .. }), "{path}");
    }
    let large =
        Wanted::File { content: Some(vec![0; (32 << 20) + 1].into()), attributes: Wish::default() };
    assert!(matches!(refused(vec![change(&disk, "/etc/big", large)]), Error::TooLarge(_)));
    // The mode of a file with two names can be changed: it is one file.
    let transactions = Transactions::open(&disk).unwrap();
    transactions.begin(ID, &Value::Null, vec![change(&disk, "/etc/twin", wish())]).unwrap();
}

#[test]
fn names_that_lead_elsewhere_or_are_taken() {
    let disk = machine();
    let transactions = Transactions::open(&disk).unwrap();
    for id in ["", ".", "..", "a/b", "open", "lock", ".hidden", &"x".repeat(65), "한"] {
        assert!(matches!(transactions.begin(id, &Value::Null, vec![]), Err(Error::Id(_))), "{id}");
        assert!(matches!(transactions.resume(id), Err(Error::Id(_))), "{id}");
    }
    assert!(matches!(transactions.resume(ID), Err(Error::Unknown(_))));
    let mut transaction = transactions.begin(ID, &Value::Null, vec![]).unwrap();
    transaction.apply(&NoActions).unwrap();
    transaction.commit(Value::Null).unwrap();
    assert!(matches!(transactions.begin(ID, &Value::Null, vec![]), Err(Error::Taken(_))));
}

#[test]
fn a_second_process_and_a_folder_that_others_write_to() {
    let disk = machine();
    let first = Transactions::open(&disk).unwrap();
    assert!(matches!(Transactions::open(&disk), Err(Error::Busy(_))));
    drop(first);
    Transactions::open(&disk).unwrap();
    disk.edit(|system| system.with_mode("/var/lib/pasu/fix", 0o777));
    assert!(matches!(Transactions::open(&disk), Err(Error::Folder(_))));
}

#[test]
fn an_edit_while_it_is_applied_is_kept_and_the_rest_is_undone() {
    let disk = machine();
    let transactions = Transactions::open(&disk).unwrap();
    let changes = changes(&disk);
    let mut transaction = transactions.begin(ID, &Value::Null, changes).unwrap();
    disk.edit(|system| system.with_file("/etc/old.conf", "edited\n"));
    let before = disk.snapshot(OWN);
    let error = transaction.apply(&NoActions).unwrap_err();
    let Error::Undone { cause, undone } = error else { panic!("{error}") };
    assert!(matches!(*cause, Error::Moved(path) if path == Path::new("/etc/old.conf")));
    assert!(undone.conflicts.is_empty());
    assert_eq!(disk.snapshot(OWN), before);
}

#[test]
fn an_edit_after_it_was_applied_is_a_conflict_and_the_old_bytes_are_kept() {
    let disk = machine();
    let before = disk.snapshot(OWN);
    run(&disk, &Service::default()).unwrap();
    disk.edit(|system| {
        system.with_file("/etc/ssh/sshd_config", "mine\n").with_file("/etc/new.d/mine", "")
    });
    let transactions = Transactions::open(&disk).unwrap();
    let undone = transactions.rollback(ID, &NoActions).unwrap();
    let [directory, config] = &undone.conflicts[..] else { panic!("{undone:?}") };
    assert_eq!(*directory, Conflict { path: "/etc/new.d".into(), kept: None });
    assert_eq!(config.path, Path::new("/etc/ssh/sshd_config"));
    let kept = disk.state(config.kept.as_ref().unwrap(), 100).unwrap();
    assert!(matches!(kept, State::File { content, .. } if &*content == b"PermitRootLogin yes\n"));
    let differences = disk.snapshot(OWN).differences(&before);
    let expected = ["/etc/new.d", "/etc/new.d/mine", "/etc/ssh/sshd_config"];
    assert_eq!(differences, expected.map(Path::new));
    let standing = &History::new(&disk).list().unwrap()[0].standing;
    assert_eq!(*standing, Standing::Conflict { conflicts: undone.conflicts });
}

#[test]
fn an_older_transaction_is_not_rolled_back_under_a_newer_one() {
    let disk = machine();
    let transactions = Transactions::open(&disk).unwrap();
    for (id, path, content) in
        [("1-9", "/etc/old.conf", "a"), ("1-10", "/etc/old.conf", "b"), ("2-1", "/etc/other", "c")]
    {
        let change = edit(&disk, path, content);
        let mut transaction = transactions.begin(id, &Value::Null, vec![change]).unwrap();
        transaction.apply(&NoActions).unwrap();
        transaction.commit(Value::Null).unwrap();
    }
    let listed = History::new(&disk).list().unwrap();
    assert_eq!(listed.iter().map(|it| it.id.as_str()).collect::<Vec<_>>(), ["1-9", "1-10", "2-1"]);
    let refused = transactions.rollback("1-9", &NoActions).unwrap_err();
    assert!(matches!(&refused, Error::Later { later, .. } if *later == ["1-10"]), "{refused}");
    transactions.rollback("1-10", &NoActions).unwrap();
    transactions.rollback("1-9", &NoActions).unwrap();
    assert_eq!(disk.snapshot(OWN).differences(&machine().snapshot(OWN)), [Path::new("/etc/other")]);
}

#[test]
fn a_live_log_has_its_mode_changed_and_put_back() {
    let disk = machine();
    let seen = change(&disk, "/etc/shadow", Wanted::Attributes(mode(0o600)));
    let judged = Change { seen: seen.seen.clone().without_content(), ..seen };
    let grow = |text: &'static str| {
        disk.edit(move |system| system.with_file("/etc/shadow", text));
    };
    grow("longer");
    let transactions = Transactions::open(&disk).unwrap();
    let mut transaction = transactions.begin(ID, &Value::Null, vec![judged]).unwrap();
    transaction.apply(&NoActions).unwrap();
    transaction.commit(Value::Null).unwrap();
    disk.edit(|system| system.with_file("/etc/shadow", "longest").with_mode("/etc/shadow", 0o600));
    assert!(transactions.rollback(ID, &NoActions).unwrap().conflicts.is_empty());
    let State::File { content, attributes, .. } = disk.state(Path::new("/etc/shadow"), 99).unwrap()
    else {
        panic!()
    };
    assert_eq!((&*content, attributes.mode), (&b"longest"[..], 0o644));
}

#[test]
fn actions_that_fail_are_told_and_what_has_no_inverse_is_left() {
    struct Broken;
    impl Actor for Broken {
        fn act(&self, _: &Action) -> io::Result<()> {
            Err(io::Error::other("exit status 1"))
        }
    }
    let disk = machine();
    let transactions = Transactions::open(&disk).unwrap();
    let mut transaction = transactions.begin(ID, &Value::Null, changes(&disk)).unwrap();
    let run = Action::Run { program: "true".into(), arguments: vec![], undo: None };
    transaction.act(&run, &NoActions).unwrap();
    let sysctl = Action::Sysctl { key: "kernel.x".into(), value: "1".into(), before: "0".into() };
    let error = transaction.act(&sysctl, &Broken).unwrap_err();
    assert_eq!(error.to_string(), "sysctl kernel.x=1: exit status 1");
    let undone = transaction.undo(asked(), &Broken).unwrap();
    let inverse = sysctl.undo().unwrap();
    assert_eq!(inverse.to_string(), "sysctl kernel.x=0");
    assert_eq!(undone.failed, [(inverse, "exit status 1".to_owned())]);
}
