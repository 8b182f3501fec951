use super::{Cache, CacheError, DEFAULT_LIMIT, FILE};
use crate::cache::Key;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

fn open(folder: &Path) -> Cache {
    Cache::open(folder, DEFAULT_LIMIT).unwrap()
}

fn key(number: usize) -> Key {
    Key::new(format!("sha256:{number}"), "layer", 1)
}

#[test]
fn what_is_put_is_there_in_the_next_run_and_for_the_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("cache/pasu");
    open(&folder).put(&[(key(1), b"one".to_vec())]);
    let cache = open(&folder);
    assert_eq!(cache.get(&key(1)).as_deref(), Some(&b"one"[..]));
    assert_eq!(cache.get(&key(2)), None);
    assert_eq!(cache.get(&Key { version: 2, ..key(1) }), None);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    for entry in fs::read_dir(&folder).unwrap() {
        assert_eq!(mode(&entry.unwrap().path()), 0o600);
    }
    assert_eq!(cache.status().unwrap().entries, 1);
    assert!(cache.take_problems().is_empty());
}

#[test]
fn a_damaged_or_foreign_file_is_set_aside_and_said_once() {
    let foreign = |path: &Path| {
        let other = rusqlite::Connection::open(path).unwrap();
        other.execute_batch("CREATE TABLE notes (text TEXT)").unwrap();
    };
    let rubbish = |path: &Path| fs::write(path, vec![b'x'; 10_000]).unwrap();
    let short = |path: &Path| fs::write(path, b"SQLite format 3\0").unwrap();
    for damage in [&foreign as &dyn Fn(&Path), &rubbish, &short] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        damage(&path);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let cache = open(folder.path());
        assert_eq!(cache.take_problems().len(), 1);
        assert!(cache.take_problems().is_empty());
        cache.put(&[(key(1), b"one".to_vec())]);
        assert_eq!(cache.get(&key(1)).as_deref(), Some(&b"one"[..]));
        assert!(folder.path().join(format!("{FILE}.damaged")).exists());
    }
}

#[test]
fn an_entry_that_was_changed_is_not_used() {
    let folder = tempfile::tempdir().unwrap();
    open(folder.path()).put(&[(key(1), b"one".to_vec()), (key(2), b"two".to_vec())]);
    let raw = rusqlite::Connection::open(folder.path().join(FILE)).unwrap();
    raw.execute("UPDATE entry SET value = x'00' WHERE digest = 'sha256:1'", []).unwrap();
    drop(raw);
    let cache = open(folder.path());
    assert_eq!(cache.get(&key(1)), None);
    assert_eq!(cache.get(&key(2)).as_deref(), Some(&b"two"[..]));
    assert_eq!(cache.take_problems().len(), 1);
    assert_eq!(cache.status().unwrap().entries, 1);
}

#[test]
fn what_was_not_used_for_longest_makes_room() {
    let folder = tempfile::tempdir().unwrap();
    let limit = 1 << 20;
    let cache = Cache::open(folder.path(), limit).unwrap();
    for number in 0..64 {
        cache.put(&[(key(number), vec![7; 64 << 10])]);
    }
    assert!(cache.status().unwrap().bytes <= limit + (5 << 20), "{:?}", cache.status());
    assert_eq!(cache.get(&key(0)), None);
    assert!(cache.get(&key(63)).is_some());
    // One that would fill a quarter alone is not worth what it would push out.
    cache.put(&[(key(99), vec![7; 512 << 10])]);
    assert_eq!(cache.get(&key(99)), None);
}

#[test]
fn everything_or_what_is_old_is_cleared() {
    let folder = tempfile::tempdir().unwrap();
    let cache = open(folder.path());
    cache.put(&[(key(1), vec![1; 1 << 20]), (key(2), vec![2])]);
    let raw = rusqlite::Connection::open(folder.path().join(FILE)).unwrap();
    raw.execute("UPDATE entry SET used = used - 100000 WHERE digest = 'sha256:1'", []).unwrap();
    drop(raw);
    assert_eq!(cache.clear(Some(Duration::from_secs(86_400))).unwrap(), 1);
    assert!(cache.status().unwrap().bytes < 1 << 20, "{:?}", cache.status());
    assert_eq!(cache.clear(None).unwrap(), 1);
    assert_eq!(cache.status().unwrap().entries, 0);
}

#[test]
fn where_others_can_write_nothing_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shared");
    fs::create_dir(&path).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o777)).unwrap();
    assert!(matches!(Cache::open(&path, 1 << 20), Err(CacheError::Foreign(_))));
    let file = folder.path().join("file");
    fs::write(&file, "x").unwrap();
    assert!(matches!(Cache::open(&file, 1 << 20), Err(CacheError::File { .. })));
}
