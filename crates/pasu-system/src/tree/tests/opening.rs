//! What must never be opened, and what is opened gently.

use super::{WAYS, without};
use crate::{EntryKind, System, TreeSystem};
use rustix::fs::{CWD, FileType, Mode, OFlags, makedev, mknodat};
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;

#[test]
fn only_regular_files_are_opened() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    mknodat(CWD, root.join("fifo"), FileType::Fifo, Mode::from(0o600), 0).unwrap();
    let _socket = UnixListener::bind(root.join("socket")).unwrap();
    symlink("fifo", root.join("link")).unwrap();
    // Only root may make a device: number 1:3 is /dev/null.
    let null = makedev(1, 3);
    let device =
        mknodat(CWD, root.join("null"), FileType::CharacterDevice, Mode::from(0o600), null);
    for (openat2, proc) in WAYS {
        let mut system = TreeSystem::new(root).unwrap();
        without(&mut system, openat2, proc);
        for name in ["fifo", "socket", "link"].into_iter().chain(device.ok().map(|()| "null")) {
            let error = system.open(Path::new(name)).err().unwrap();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{name}: {error}");
        }
        let kind = system.symlink_metadata(Path::new("/fifo")).unwrap().kind;
        assert_eq!(kind, EntryKind::Other);
    }
    // A writer that does not wait learns that nobody reads: had the scan opened the FIFO, it would be let in.
    let flags = OFlags::WRONLY | OFlags::NONBLOCK;
    let writer = rustix::fs::openat(CWD, root.join("fifo"), flags, Mode::empty());
    assert_eq!(writer.unwrap_err(), rustix::io::Errno::NXIO);
}

#[test]
fn a_sparse_file_is_not_read_beyond_the_limit() {
    let directory = tempfile::tempdir().unwrap();
    let file = std::fs::File::create(directory.path().join("lastlog")).unwrap();
    file.set_len(1 << 40).unwrap();
    let system = TreeSystem::new(directory.path()).unwrap();
    let path = Path::new("/lastlog");
    assert_eq!(system.read(path, 1 << 20).unwrap_err().kind(), ErrorKind::FileTooLarge);
    let file = system.open(path).unwrap();
    assert_eq!(file.size(), 1 << 40);
    let mut buffer = [1; 8];
    assert_eq!(file.read_at(&mut buffer, (1 << 40) - 4).unwrap(), 4);
    assert_eq!(buffer, [0, 0, 0, 0, 1, 1, 1, 1]);
}

#[test]
fn reading_leaves_the_access_time_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("file");
    std::fs::write(&path, "content").unwrap();
    // Older than the last change, so that a mount with relatime, the default, would update it.
    let old = std::fs::FileTimes::new().set_accessed(std::time::UNIX_EPOCH);
    std::fs::File::open(&path).unwrap().set_times(old).unwrap();
    let system = TreeSystem::new(directory.path()).unwrap();
    system.read(Path::new("/file"), 100).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().atime(), 0);
}

#[test]
fn files_of_proc_say_size_0_and_are_read_to_the_limit() {
    let machine = TreeSystem::live().unwrap();
    assert!(machine.is_live());
    let path = Path::new("/proc/self/status");
    assert_eq!(machine.open(path).unwrap().size(), 0);
    assert!(machine.read(path, 1 << 20).unwrap().starts_with(b"Name:"));
    assert_eq!(machine.read(path, 10).unwrap_err().kind(), ErrorKind::FileTooLarge);
    let null = machine.open(Path::new("/dev/null")).err().unwrap();
    assert_eq!(null.kind(), ErrorKind::InvalidInput);
}

#[test]
fn a_directory_that_is_no_root_is_refused() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let kind = |path: &Path| TreeSystem::new(path).err().unwrap().kind();
    assert_eq!(kind(file.path()), ErrorKind::NotADirectory);
    assert_eq!(kind(&file.path().with_extension("missing")), ErrorKind::NotFound);
}

/// A link of 4095 bytes, all `..`, and forty times over: bounded work, and it ends at the root.
#[test]
fn climbing_links_end_at_the_root() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    std::fs::create_dir_all(root.join("a/b/c")).unwrap();
    std::fs::write(root.join("goal"), "goal").unwrap();
    symlink(format!("{}goal", "../".repeat(1360)), root.join("a/b/c/up")).unwrap();
    symlink(format!("{}b", "b/../".repeat(800)), root.join("a/zigzag")).unwrap();
    for (openat2, proc) in WAYS {
        let mut system = TreeSystem::new(root).unwrap();
        without(&mut system, openat2, proc);
        assert_eq!(system.read(Path::new("/a/b/c/up"), 9).unwrap(), b"goal");
        assert_eq!(system.read(Path::new("/a/zigzag/c/up"), 9).unwrap(), b"goal");
    }
}
