//! Every fault at every call, and the state before or the state after.

use super::*;
use crate::transaction::{History, NoActions, Standing};

#[test]
fn a_transaction_changes_what_it_says_and_rolls_back_to_every_byte() {
    let disk = machine();
    let before = disk.snapshot(OWN);
    let actor = Service::default();
    run(&disk, &actor).unwrap();
    assert_eq!(actor.take(), [stop(), start(), reload()]);
    let state = |path: &str| disk.state(Path::new(path), 1 << 20).unwrap();
    let State::File { content, attributes, .. } = state("/etc/ssh/sshd_config") else { panic!() };
    assert_eq!(&*content, b"PermitRootLogin no\n");
    assert_eq!((attributes.mode, attributes.gid), (0o600, 42));
    // As chmod does it: the mask goes, and the entries stay.
    assert_eq!(attributes.extended[acl::ATTRIBUTE], list(4, 0).to_bytes());
    assert_eq!(attributes.extended["user.note"], b"mine\0");
    let attributes = |path: &str| state(path).attributes().unwrap().clone();
    let ping = attributes("/usr/bin/ping");
    assert_eq!((ping.mode, ping.uid, ping.extended.len()), (0o4755, 0, 1));
    // Without the list, the owning group's own entry decides, and not the mask that stood in its place.
    assert_eq!(
        (attributes("/etc/listed").mode, attributes("/etc/listed").extended.len()),
        (0o640, 0)
    );
    assert_eq!(attributes("/etc/new.d").mode, 0o750);
    assert_eq!(state("/etc/old.conf"), State::Absent);
    assert_eq!(state("/etc/old.d"), State::Absent);
    assert_eq!(crate::transaction::unfinished(&disk), None);

    let transactions = Transactions::open(&disk).unwrap();
    let undone = transactions.rollback(ID, &actor).unwrap();
    assert!(undone.conflicts.is_empty() && undone.failed.is_empty());
    assert_eq!(actor.take(), [reload(), stop(), start()]);
    assert_eq!(disk.snapshot(OWN).differences(&before), NONE);
    assert_eq!(History::new(&disk).list().unwrap()[0].standing, Standing::RolledBack);
    assert!(matches!(transactions.rollback(ID, &actor), Err(Error::Order { .. })));
}

/// No path differs.
const NONE: [std::path::PathBuf; 0] = [];

/// What a whole transaction leaves, and how many changing calls it makes.
fn outcome() -> (crate::Snapshot, u64) {
    let disk = machine();
    run(&disk, &Service::default()).unwrap();
    (disk.snapshot(OWN).timeless(), disk.calls())
}

fn is_committed(disk: &MemoryDisk) -> bool {
    let list = History::new(disk).list().unwrap();
    list.last().is_some_and(|last| last.standing == Standing::Committed)
}

#[test]
fn every_fault_at_every_call_leaves_the_state_before_or_after() {
    let base = machine();
    let before = base.snapshot(OWN);
    let (after, calls) = outcome();
    let (mut undone, mut done) = (0, 0);
    for call in 0..calls {
        for fault in Fault::ALL {
            let disk = base.clone().failing_at(call, fault);
            let actor = Service::default();
            let outcome = run(&disk, &actor);
            recover(&disk, &actor);
            let now = disk.snapshot(OWN);
            if is_committed(&disk) {
                assert_eq!(now.timeless().differences(&after), NONE, "{call} {fault:?}");
                done += 1;
            } else {
                assert!(outcome.is_err(), "{call} {fault:?}");
                assert_eq!(now.differences(&before), NONE, "{call} {fault:?}");
                undone += 1;
            }
            assert!(actor.is_running(), "{call} {fault:?}");
        }
    }
    assert!(undone > 7 * 20 && done >= 7, "{undone} undone, {done} done");
}

/// Kills the undo of what was applied, and the recovery after it, at every call.
fn kill_twice(base: &MemoryDisk, before: &crate::Snapshot, take_back: impl Fn(&MemoryDisk)) {
    let count = |disk: &MemoryDisk, work: &dyn Fn()| {
        let start = disk.calls();
        work();
        disk.calls() - start
    };
    let whole = base.clone();
    let calls = count(&whole, &|| take_back(&whole));
    assert!(calls > 15);
    for call in 0..calls {
        for fault in Fault::ALL {
            let disk = base.clone().failing_at(call, fault);
            take_back(&disk);
            disk.reboot();
            let probe = disk.clone();
            let more = count(&probe, &|| recover(&probe, &Service::default()));
            assert_eq!(probe.snapshot(OWN).differences(before), NONE, "{call} {fault:?}");
            for second in 0..more {
                let disk = disk.clone().failing_at(second, Fault::DiesWithin);
                if let Ok(transactions) = Transactions::open(&disk) {
                    let _ = transactions.recover(&NoActions, 0, "boot", false);
                }
                recover(&disk, &Service::default());
                let differences = disk.snapshot(OWN).differences(before);
                assert_eq!(differences, NONE, "{call} {fault:?} {second}");
            }
        }
    }
}

#[test]
fn an_undo_is_killed_at_every_call_and_so_is_the_recovery() {
    let base = machine();
    let before = base.snapshot(OWN);
    {
        let transactions = Transactions::open(&base).unwrap();
        let changes = changes(&base);
        let mut transaction = transactions.begin(ID, &Value::Null, changes).unwrap();
        transaction.act(&stop(), &NoActions).unwrap();
        transaction.apply(&NoActions).unwrap();
    }
    kill_twice(&base, &before, |disk| {
        let Ok(transactions) = Transactions::open(disk) else { return };
        let mut transaction = transactions.resume(ID).unwrap();
        let _ = transaction.undo(asked(), &NoActions);
    });
}

#[test]
fn a_rollback_is_killed_at_every_call_and_so_is_the_recovery() {
    let base = machine();
    let before = base.snapshot(OWN);
    run(&base, &Service::default()).unwrap();
    let after = base.snapshot(OWN);
    let take_back = |disk: &MemoryDisk| {
        let Ok(transactions) = Transactions::open(disk) else { return };
        // Before it is written down that it is rolled back, nothing is changed and nothing is to be recovered.
        if transactions.rollback(ID, &NoActions).is_err() && disk.snapshot(OWN) == after {
            disk.reboot();
            transactions.recover(&NoActions, 0, "boot", false).unwrap();
            let _ = transactions.rollback(ID, &NoActions);
        }
    };
    kill_twice(&base, &before, take_back);
}

#[test]
fn what_is_not_confirmed_in_time_or_in_this_boot_is_undone() {
    for (now, boot, confirmed) in
        [(99, "a", false), (100, "a", false), (0, "b", false), (500, "b", true)]
    {
        let disk = machine();
        let before = disk.snapshot(OWN);
        {
            let transactions = Transactions::open(&disk).unwrap();
            let changes = changes(&disk);
            let mut transaction = transactions.begin(ID, &Value::Null, changes).unwrap();
            transaction.arm(100, "a").unwrap();
            assert!(transaction.confirm().is_err(), "nothing is applied");
            transaction.apply(&NoActions).unwrap();
            assert!(matches!(transaction.commit(Value::Null), Err(Error::Order { .. })));
            if confirmed {
                transaction.confirm().unwrap();
            }
        }
        let after = disk.snapshot(OWN);
        let transactions = Transactions::open(&disk).unwrap();
        assert!(matches!(
            transactions.begin("20270101-000000-1", &Value::Null, vec![]),
            Err(Error::Unfinished(id)) if id == ID
        ));
        let recovered = transactions.recover(&NoActions, now, boot, !confirmed).unwrap();
        let [(_, recovered)] = &recovered[..] else { panic!("{recovered:?}") };
        match recovered {
            Recovered::Waiting { until: 100 } => {
                assert!(now < 100 && boot == "a");
                assert_eq!(crate::transaction::unfinished(&disk).as_deref(), Some(ID));
                let mut transaction = transactions.resume(ID).unwrap();
                transaction.confirm().unwrap();
                transaction.commit(json!("fixed")).unwrap();
                assert_eq!(disk.snapshot(OWN), after);
                assert!(is_committed(&disk));
            }
            Recovered::Committed => assert!(confirmed && is_committed(&disk)),
            Recovered::Undone { why, .. } => {
                let expected = if boot == "a" { Why::NotConfirmed } else { Why::Rebooted };
                assert_eq!(*why, expected);
                assert_eq!(disk.snapshot(OWN), before);
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn what_was_armed_and_is_half_applied_is_undone_at_once() {
    let disk = machine();
    let before = disk.snapshot(OWN);
    {
        let transactions = Transactions::open(&disk).unwrap();
        let changes = changes(&disk);
        let mut transaction = transactions.begin(ID, &Value::Null, changes).unwrap();
        transaction.arm(100, "boot").unwrap();
        disk.fail_at(5, Fault::DiesAfter);
        assert!(matches!(transaction.apply(&NoActions), Err(Error::Half { .. })));
    }
    assert!(disk.is_dead());
    recover(&disk, &Service::default());
    assert_eq!(disk.snapshot(OWN), before);
}
