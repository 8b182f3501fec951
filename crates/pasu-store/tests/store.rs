//! The store as its callers use it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod common;

use common::{inspection, patch};
use jiff::Timestamp;
use pasu_model::{Changes, Inspection, LifeState};
use pasu_store::{FILE, Keep, LifeFilter, RunId, Store, StoreError, recover};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

fn open(folder: &Path) -> Store {
    Store::open(folder).unwrap()
}

/// A document that does not compress to nothing.
fn document(number: u32) -> Vec<u8> {
    (0..4000_u32).flat_map(|n| (n.wrapping_mul(2_654_435_761) ^ number).to_le_bytes()).collect()
}

fn add(store: &Store, inspection: &Inspection) -> (RunId, Changes) {
    store.add(inspection, inspection.started.as_bytes()).unwrap()
}

#[test]
fn a_run_comes_back_byte_by_byte_with_what_it_changed() {
    let folder = tempfile::tempdir().unwrap();
    let (first, changes) = {
        let store = open(&folder.path().join("new/state"));
        store.add(&inspection("2026-11-01", &["CVE-1", "CVE-2"]), &document(1)).unwrap()
    };
    let store = open(&folder.path().join("new/state"));
    assert_eq!(changes.count(LifeState::New), 2);
    assert_eq!(store.document(first).unwrap(), document(1));
    assert_eq!(store.changes(first).unwrap(), changes);
    let (second, changes) = add(&store, &inspection("2026-11-02", &["CVE-2", "CVE-3"]));
    assert_eq!(changes.since, "2026-11-01T03:00:00Z");
    assert_eq!((changes.count(LifeState::Fixed), changes.count(LifeState::New)), (1, 1));
    add(&store, &inspection("2026-11-03", &[]));
    assert_eq!(store.changes(second).unwrap(), changes, "a report made later says the same");
    let runs = store.runs().unwrap();
    assert_eq!(runs.iter().map(|run| run.id.0).collect::<Vec<_>>(), [3, 2, 1]);
    assert_eq!(runs[1].counts.state(LifeState::Open), 1);
    assert_eq!((runs[0].complete, runs[0].target.as_str()), (true, "web01"));
    assert!(matches!(store.document(RunId(9)), Err(StoreError::NoSuchRun { .. })));
    assert!(matches!(store.changes(RunId(9)), Err(StoreError::NoSuchRun { .. })));
    assert_eq!(store.check().unwrap().problems, [""; 0]);
}

#[test]
fn only_the_owner_may_look() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let store = open(&state);
    add(&store, &inspection("2026-11-01", &[]));
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&state), 0o700);
    for name in [FILE, "runs.db-wal", "runs.db-shm"] {
        assert_eq!(mode(&state.join(name)), 0o600, "{name}");
    }
    drop(store);
    fs::set_permissions(state.join(FILE), fs::Permissions::from_mode(0o666)).unwrap();
    assert!(matches!(Store::open(&state), Err(StoreError::Foreign(_))));
}

#[test]
fn lives_go_on_when_their_runs_are_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let (first, _) = add(&store, &inspection("2026-11-01", &["CVE-1"]));
    store.delete(first).unwrap();
    assert!(matches!(store.delete(first), Err(StoreError::NoSuchRun { .. })));
    let (second, changes) = add(&store, &inspection("2026-11-02", &["CVE-1"]));
    assert_eq!(second, RunId(2), "numbers are never used again");
    assert_eq!((changes.open, changes.since.as_str()), (1, ""));
    let lives = store.lives(&LifeFilter::default()).unwrap();
    assert!(lives[0].first_seen.starts_with("2026-11-01"));
    assert!(lives[0].last_seen.starts_with("2026-11-02"));
    let of = |states: &[LifeState], target: Option<&str>| {
        let filter = LifeFilter { states: states.to_vec(), target: target.map(str::to_owned) };
        store.lives(&filter).unwrap().len()
    };
    assert_eq!(of(&[LifeState::Open], Some("web01")), 1);
    assert_eq!(of(&[LifeState::Fixed], None), 0);
    assert_eq!(of(&[], Some("web02")), 0);
}

#[test]
fn targets_do_not_mix() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    add(&store, &inspection("2026-11-01", &["CVE-1"]));
    let mut other = inspection("2026-11-02", &[]);
    other.target.name = "web02".to_owned();
    let (_, changes) = add(&store, &other);
    assert_eq!((changes.lives.len(), changes.not_looked_for), (0, 0));
    assert_eq!(changes.since, "");
}

#[test]
fn a_run_that_overlaps_a_later_one_changes_no_lives() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    add(&store, &inspection("2026-11-01", &["CVE-1"]));
    let mut slow = inspection("2026-11-02", &["CVE-1"]);
    slow.finished = "2026-11-05T00:00:00Z".to_owned();
    add(&store, &inspection("2026-11-03", &[]));
    let (_, changes) = add(&store, &slow);
    assert_eq!(changes.lives.len(), 0);
    assert_eq!(store.lives(&LifeFilter::default()).unwrap()[0].state, LifeState::Fixed);
    // A clock that was put right is not that.
    let (_, changes) = add(&store, &inspection("2025-01-01", &["CVE-1"]));
    assert_eq!(changes.count(LifeState::Reopened), 1);
}

#[test]
fn runs_are_found_by_number_last_and_date() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let message = |selector: &str| store.find(selector).unwrap_err().to_string();
    assert!(message("last").contains("no run is kept yet"));
    for day in ["2026-10-31", "2026-11-01", "2026-11-30"] {
        add(&store, &inspection(day, &[]));
    }
    for (selector, id) in [
        ("1", 1),
        ("last", 3),
        ("last-0", 3),
        ("last-2", 1),
        ("2026-10", 1),
        ("2026-11-30", 3),
        ("2026-11-30T03:00", 3),
    ] {
        assert_eq!(store.find(selector).unwrap().id, RunId(id), "{selector}");
    }
    for selector in
        ["", "4", "-1", "0", "last-3", "last-x", "lastly", "2026-12", "x", "9999999999999999999"]
    {
        assert!(
            message(selector).contains("there are 3 (2026-11-30T03:00:00Z web01), 2"),
            "{selector}"
        );
    }
    assert!(
        message("2026-11").contains("are several runs: 3 (2026-11-30"),
        "{}",
        message("2026-11")
    );
}

#[test]
fn retention_keeps_the_newest_complete_run_of_each_target() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let mut other = inspection("2020-01-01", &["CVE-9"]);
    other.target.name = "web02".to_owned();
    add(&store, &other);
    add(&store, &inspection("2026-11-01", &[]));
    add(&store, &inspection("2026-11-02", &[]));
    for day in ["2026-11-03", "2026-11-04", "2026-11-05"] {
        let mut incomplete = inspection(day, &[]);
        incomplete.parts[0].state = pasu_model::PartState::Incomplete;
        add(&store, &incomplete);
    }
    let now: Timestamp = "2026-11-30T00:00:00Z".parse().unwrap();
    let ids = || store.runs().unwrap().iter().map(|run| run.id.0).collect::<Vec<_>>();
    assert_eq!(store.keep(Keep { runs: None, days: None }, now).unwrap(), 0);
    assert_eq!(store.keep(Keep { runs: Some(2), days: Some(3650) }, now).unwrap(), 2);
    assert_eq!(ids(), [6, 5, 3, 1]);
    assert_eq!(store.keep(Keep { runs: Some(9), days: Some(1) }, now).unwrap(), 1);
    assert_eq!(ids(), [6, 3, 1]);
    assert_eq!(store.keep(Keep { runs: Some(0), days: Some(0) }, now).unwrap(), 0);
    assert_eq!(store.lives(&LifeFilter::default()).unwrap().len(), 1);
}

#[test]
fn patched_images_are_kept_the_newest_first() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    for day in ["2026-11-01", "2026-11-02"] {
        store.add_patch(&patch(day)).unwrap();
    }
    assert_eq!(store.patches(1).unwrap(), [patch("2026-11-02")]);
    assert_eq!(store.patches(9).unwrap().len(), 2);
}

#[test]
fn two_at_once_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for number in 0..4 {
            let folder = folder.path();
            scope.spawn(move || {
                let store = open(folder);
                for day in 1..=5 {
                    let rule = format!("CVE-{number}");
                    add(&store, &inspection(&format!("2026-11-0{day}"), &[&rule]));
                    store.runs().unwrap();
                }
            });
        }
    });
    let store = open(folder.path());
    assert_eq!(store.runs().unwrap().len(), 20);
    assert_eq!(store.check().unwrap().problems, [""; 0]);
}

#[test]
fn what_is_no_store_is_named_and_left_as_it_is() {
    for (bytes, words) in [
        (b"hello, this is no database at all, and long enough".repeat(40), "not a database"),
        (b"SQLite format 3\0".to_vec(), "not a database"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        fs::write(&path, &bytes).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let error = Store::open(folder.path()).err().unwrap();
        let message = error.to_string();
        assert!(message.contains("runs.db") && message.contains(words), "{message}");
        assert!(message.contains("pasu runs recover") && error.is_damage());
        assert_eq!(fs::read(&path).unwrap(), bytes);
    }
}

#[test]
fn another_programs_database_and_a_newer_one_are_left_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(FILE);
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("CREATE TABLE bookmark (url TEXT)").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let message = Store::open(folder.path()).err().unwrap().to_string();
    assert!(message.contains("another program"), "{message}");

    let folder = tempfile::tempdir().unwrap();
    add(&open(folder.path()), &inspection("2026-11-01", &[]));
    let newer = rusqlite::Connection::open(folder.path().join(FILE)).unwrap();
    newer.pragma_update(None, "user_version", 7).unwrap();
    drop(newer);
    let error = Store::open(folder.path()).err().unwrap();
    assert!(error.to_string().contains("newer pasu (layout 7, this version knows 1)"), "{error}");
    let now = Timestamp::UNIX_EPOCH;
    assert!(matches!(recover(folder.path(), now), Err(StoreError::Newer { .. })));
}

#[test]
fn a_folder_that_cannot_be_written_is_said() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    let message = Store::open(&folder.path().join("file")).err().unwrap().to_string();
    assert!(message.contains("/file: "), "{message}");
    symlink("/proc/nowhere", folder.path().join("link")).unwrap();
    assert!(Store::open(&folder.path().join("link")).is_err());
}

/// A store with runs, of which each has a document of many pages.
fn filled(folder: &Path, runs: u32) {
    let store = open(folder);
    for number in 1..=runs {
        let inspection = inspection(&format!("2026-11-{number:02}"), &["CVE-1", "CVE-2"]);
        store.add(&inspection, &document(number)).unwrap();
    }
    store.add_patch(&patch("2026-11-01")).unwrap();
}

#[test]
fn a_damaged_document_is_found_and_the_others_are_recovered() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path(), 3);
    let connection = rusqlite::Connection::open(folder.path().join(FILE)).unwrap();
    connection.execute("UPDATE document SET sum = x'00' WHERE run = 2", []).unwrap();
    connection.execute("DELETE FROM change WHERE run = 3", []).unwrap();
    drop(connection);
    let store = open(folder.path());
    let problems = store.check().unwrap().problems;
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(matches!(store.document(RunId(2)), Err(StoreError::Damaged { .. })));
    drop(store);
    let now: Timestamp = "2026-11-30T03:00:00Z".parse().unwrap();
    let recovered = recover(folder.path(), now).unwrap();
    assert_eq!((recovered.runs, recovered.lives, recovered.patches), (2, 2, 1), "{recovered:?}");
    assert!(recovered.lost[0].starts_with("run 2: "), "{:?}", recovered.lost);
    assert!(recovered.aside.ends_with("runs.db.damaged-20261130T030000Z"));
    let store = open(folder.path());
    assert_eq!(store.document(RunId(3)).unwrap(), document(3));
    assert_eq!(store.changes(RunId(3)).unwrap(), Changes::default());
    assert_eq!(store.check().unwrap().problems, [""; 0]);
}

#[test]
fn a_file_whose_first_bytes_are_gone_is_recovered_and_kept_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path(), 3);
    let path = folder.path().join(FILE);
    let mut bytes = fs::read(&path).unwrap();
    bytes[..16].copy_from_slice(b"no SQLite at all");
    fs::write(&path, &bytes).unwrap();
    let recovered = recover(folder.path(), Timestamp::UNIX_EPOCH).unwrap();
    assert_eq!((recovered.runs, recovered.lives, recovered.patches), (3, 2, 1), "{recovered:?}");
    assert_eq!(fs::read(&recovered.aside).unwrap(), bytes);
    let names = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(names.into_iter().all(|name| !name.to_string_lossy().contains("reading")));
}

/// Every page of the file overwritten in turn: the store says so or works, recovery ends, and nothing is deleted.
#[test]
fn pages_overwritten_in_turn_never_lose_the_file() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path(), 4);
    let checkpoint = rusqlite::Connection::open(folder.path().join(FILE)).unwrap();
    checkpoint.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    drop(checkpoint);
    let whole = fs::read(folder.path().join(FILE)).unwrap();
    let mut recovered_runs = Vec::new();
    for page in 0..whole.len() / 4096 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        let mut bytes = whole.clone();
        bytes[page * 4096..(page + 1) * 4096].fill(0xA5);
        fs::write(&path, &bytes).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        if let Ok(store) = Store::open(folder.path()) {
            let _ = store.check();
            let _ = store.runs();
            let _ = store.document(RunId(1));
        }
        let Ok(recovered) = recover(folder.path(), Timestamp::UNIX_EPOCH) else {
            assert!(path.exists(), "page {page}");
            continue;
        };
        assert!(fs::metadata(&recovered.aside).unwrap().len() >= 4096, "page {page}");
        assert_eq!(open(folder.path()).check().unwrap().problems, [""; 0], "page {page}");
        recovered_runs.push(recovered.runs);
    }
    let most = recovered_runs.iter().filter(|runs| **runs >= 3).count();
    assert!(most * 10 >= recovered_runs.len() * 6, "{recovered_runs:?}");
}

#[test]
fn a_full_disk_is_said_and_harms_nothing() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path(), 2);
    let store = open(folder.path());
    store.limit(4096).unwrap();
    let error = store.add(&inspection("2026-11-20", &["CVE-3"]), &document(9)).unwrap_err();
    assert!(matches!(error, StoreError::Full(_)), "{error}");
    drop(store);
    let store = open(folder.path());
    assert_eq!(store.runs().unwrap().len(), 2);
    assert_eq!(store.lives(&LifeFilter::default()).unwrap().len(), 2);
    assert_eq!(store.check().unwrap().problems, [""; 0]);
}
