//! The same on a real file system.

use super::*;
use crate::transaction::NoActions;
use crate::{Attributes, TreeSystem, is_root};
use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, XattrFlags, lsetxattr, utimensat};
use std::fs;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, chown, symlink};
use std::path::PathBuf;

/// What `setcap cap_net_raw+ep` writes.
const CAPABILITY: [u8; 20] = [1, 0, 0, 2, 0, 32, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

/// The machine of the tests in memory, as far as this user may make it.
fn tree() -> (tempfile::TempDir, TreeSystem) {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    let at = |path: &str| root.join(path);
    for folder in ["var/lib", "etc/ssh", "etc/old.d", "usr/bin", "run"] {
        fs::create_dir_all(at(folder)).unwrap();
    }
    for (path, content, mode) in [
        ("etc/ssh/sshd_config", "PermitRootLogin yes\n", 0o660),
        ("etc/shadow", "root:*:::::::\n", 0o644),
        ("usr/bin/ping", "\x7fELF", 0o4755),
        ("etc/listed", "x", 0o660),
        ("etc/old.conf", "old\n", 0o604),
    ] {
        fs::write(at(path), content).unwrap();
        if is_root() {
            chown(at(path), Some(7), Some(42)).unwrap();
        }
        fs::set_permissions(at(path), PermissionsExt::from_mode(mode)).unwrap();
        fs::File::open(at(path))
            .unwrap()
            .set_modified(std::time::UNIX_EPOCH + std::time::Duration::new(1_000, 5))
            .unwrap();
    }
    symlink("old.conf", at("etc/link")).unwrap();
    let old = Timespec { tv_sec: 1_000, tv_nsec: 5 };
    let times = Timestamps { last_access: old, last_modification: old };
    let not_followed = AtFlags::SYMLINK_NOFOLLOW;
    utimensat(CWD, at("etc/link"), &times, not_followed).unwrap();
    let fifo = rustix::fs::FileType::Fifo;
    rustix::fs::mknodat(rustix::fs::CWD, at("run/fifo"), fifo, 0o644.into(), 0).unwrap();
    let mut extended = vec![
        ("etc/ssh/sshd_config", "user.note", b"mine\0".to_vec()),
        ("etc/ssh/sshd_config", acl::ATTRIBUTE, list(4, 6).to_bytes()),
        ("etc/listed", acl::ATTRIBUTE, list(4, 6).to_bytes()),
        // What is made in here gets a list of its own, which is not wanted.
        ("etc", "system.posix_acl_default", list(4, 6).to_bytes()),
    ];
    if is_root() {
        extended.push(("usr/bin/ping", "security.capability", CAPABILITY.to_vec()));
    }
    for (path, name, value) in extended {
        lsetxattr(at(path), name, &value, XattrFlags::empty()).unwrap();
    }
    let system = TreeSystem::new(root).unwrap();
    (directory, system)
}

/// Everything below the root but the transactions, as the kernel tells it.
fn snapshot(disk: &TreeSystem) -> Vec<(PathBuf, State)> {
    let found = Mutex::new(Vec::new());
    crate::System::walk(disk, &crate::WalkOptions::default(), &|entry| {
        if entry.path.starts_with("/var") {
            return crate::WalkStep::Skip;
        }
        let mut state = disk.state(entry.path, 1 << 20).unwrap();
        if let State::Directory(attributes) = &mut state {
            attributes.modified = (0, 0);
        }
        found.lock().unwrap().push((entry.path.to_path_buf(), state));
        crate::WalkStep::Continue
    });
    let mut found = found.into_inner().unwrap();
    found.sort_by(|one, other| one.0.cmp(&other.0));
    found
}

/// The changes, for the user who runs the test.
fn own_changes(disk: &TreeSystem, owner: (u32, u32)) -> Vec<Change> {
    let mut changes = changes(disk);
    for change in &mut changes {
        let (Wanted::File { attributes, .. }
        | Wanted::Attributes(attributes)
        | Wanted::Directory(attributes)) = &mut change.wanted
        else {
            continue;
        };
        if change.seen == Seen::Absent || attributes.owner.is_some() {
            attributes.owner = Some(owner);
        }
    }
    changes.retain(|change| owner == (0, 0) || !matches!(change.wanted, Wanted::Symlink(_)));
    changes
}

fn owner(directory: &tempfile::TempDir) -> (u32, u32) {
    let metadata = fs::metadata(directory.path()).unwrap();
    (metadata.uid(), metadata.gid())
}

#[test]
fn every_byte_and_attribute_comes_back() {
    let (directory, disk) = tree();
    let owner = owner(&directory);
    let before = snapshot(&disk);
    let transactions = Transactions::open(&disk).unwrap();
    assert!(matches!(Transactions::open(&disk), Err(Error::Busy(_))));
    let changes = own_changes(&disk, owner);
    let mut transaction = transactions.begin(ID, &Value::Null, changes).unwrap();
    assert_eq!(crate::transaction::unfinished(&disk).as_deref(), Some(ID));
    assert_eq!(snapshot(&disk), before);
    transaction.apply(&NoActions).unwrap();
    transaction.commit(Value::Null).unwrap();

    let attributes = |path: &str| disk.status(Path::new(path)).unwrap().attributes;
    let config = attributes("/etc/ssh/sshd_config");
    assert_eq!((config.mode, config.extended["user.note"].as_slice()), (0o600, &b"mine\0"[..]));
    assert_eq!(config.extended[acl::ATTRIBUTE], list(4, 0).to_bytes());
    assert!(config.modified.0 > 1_000);
    assert_eq!(
        (attributes("/etc/listed").mode, attributes("/etc/listed").extended.len()),
        (0o640, 0)
    );
    let ping = attributes("/usr/bin/ping");
    assert_eq!((ping.mode, ping.uid, ping.gid), (0o4755, owner.0, owner.1));
    assert_eq!(ping.modified, (1_000, 5));
    if is_root() {
        assert_eq!(ping.extended["security.capability"], CAPABILITY);
    }
    let new = attributes("/etc/new.d/pasu.conf");
    assert_eq!((new.mode, new.extended.len()), (0o640, 0));
    let fifo = fs::metadata(directory.path().join("run/fifo")).unwrap();
    assert!(fifo.file_type().is_fifo() && fifo.mode() & 0o777 == 0o600);
    let fix = fs::metadata(directory.path().join("var/lib/pasu/fix")).unwrap();
    assert_eq!(fix.mode() & 0o7777, 0o700);

    let undone = transactions.rollback(ID, &NoActions).unwrap();
    assert!(undone.conflicts.is_empty(), "{undone:?}");
    let now = snapshot(&disk);
    assert_eq!(now.len(), before.len());
    for (now, before) in now.into_iter().zip(before) {
        assert_eq!(now, before);
    }
}

#[test]
fn what_a_dying_process_left_is_taken_away() {
    let (directory, disk) = tree();
    let before = snapshot(&disk);
    let transactions = Transactions::open(&disk).unwrap();
    let changes = own_changes(&disk, owner(&directory));
    let mut transaction = transactions.begin(ID, &Value::Null, changes).unwrap();
    transaction.apply(&NoActions).unwrap();
    drop(transaction);
    let temporary = directory.path().join(format!("etc/ssh/.sshd_config.pasu-{ID}"));
    fs::write(&temporary, "half").unwrap();
    transactions.recover(&NoActions, 0, "boot", false).unwrap();
    assert_eq!(snapshot(&disk), before);
}

#[test]
fn no_link_leads_out_and_none_is_followed_in_the_last_part() {
    let (directory, disk) = tree();
    let outside = tempfile::tempdir().unwrap();
    let link = directory.path().join("etc/out");
    symlink(outside.path(), &link).unwrap();
    let state = State::File {
        content: b"x"[..].into(),
        attributes: disk.status(Path::new("/etc/shadow")).unwrap().attributes,
        links: 1,
    };
    assert!(disk.put(Path::new("/etc/out/file"), &state, ".new").is_err());
    assert!(disk.append(Path::new("/etc/out/file"), 0, b"x").is_err());
    assert!(disk.append(Path::new("/etc/link"), 0, b"x").is_err());
    assert!(disk.set_attributes(Path::new("/etc/out"), &Attributes::default()).is_err());
    disk.put(Path::new("/etc/out"), &state, ".new").unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_file());
    // A link that lies in wait under the temporary name is not written through.
    let target = outside.path().join("target");
    symlink(&target, directory.path().join("etc/.new")).unwrap();
    disk.put(Path::new("/etc/out"), &state, ".new").unwrap();
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
}

#[test]
fn what_fails_leaves_nothing_behind() {
    let (directory, disk) = tree();
    let before = snapshot(&disk);
    let mut attributes = disk.status(Path::new("/etc/shadow")).unwrap().attributes;
    // The kernel knows no such list.
    attributes.extended.insert(acl::ATTRIBUTE.into(), vec![9; 12]);
    let file = State::File { content: b"x"[..].into(), attributes: attributes.clone(), links: 1 };
    assert!(disk.put(Path::new("/etc/shadow"), &file, ".new").is_err());
    assert!(disk.put(Path::new("/etc/made"), &State::Directory(attributes), ".new").is_err());
    let plain =
        State::File { content: b"x"[..].into(), attributes: Attributes::default(), links: 1 };
    let in_the_way = disk.put(Path::new("/etc/ssh"), &plain, ".new");
    assert!(in_the_way.is_err() || !is_root());
    assert!(disk.put(Path::new("/etc/ssh"), &State::Absent, ".new").is_err());
    assert_eq!(snapshot(&disk), before);
    let journal = Path::new("/etc/journal");
    disk.append(journal, 0, b"one").unwrap();
    disk.append(journal, 3, b"two").unwrap();
    disk.append(journal, 3, b"three").unwrap();
    assert_eq!(fs::read(directory.path().join("etc/journal")).unwrap(), b"onethree");
    let cut = disk.append(journal, 99, b"x").unwrap_err();
    assert_eq!(cut.kind(), io::ErrorKind::InvalidData);
}

#[test]
fn immutable_files_are_told() {
    let (directory, disk) = tree();
    let path = directory.path().join("etc/shadow");
    assert!(!disk.is_immutable(Path::new("/etc/shadow")).unwrap());
    assert!(!disk.is_immutable(Path::new("/run/fifo")).unwrap());
    let file = fs::File::open(&path).unwrap();
    let flags = rustix::fs::IFlags::IMMUTABLE;
    // Only root may mark a file, and not every file system has such marks.
    if rustix::fs::ioctl_setflags(&file, flags).is_ok() {
        assert!(disk.is_immutable(Path::new("/etc/shadow")).unwrap());
        let transactions = Transactions::open(&disk).unwrap();
        let change = change(&disk, "/etc/shadow", Wanted::Attributes(mode(0o600)));
        let refused = transactions.begin(ID, &Value::Null, vec![change]);
        rustix::fs::ioctl_setflags(&file, rustix::fs::IFlags::empty()).unwrap();
        assert!(matches!(refused, Err(Error::Immutable(_))));
    }
}
