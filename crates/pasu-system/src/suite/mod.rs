//! What every target must do alike, whatever is behind it: the same tree, built in memory and on disk, asked the same
//! questions.

mod questions;

pub(crate) use questions::walked;

use crate::{MemorySystem, System, TreeSystem};
use questions::{CHAIN, File, Link, Locked, LockedDirectory, TREE};
use rustix::thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid};
use std::os::unix::fs::{PermissionsExt, symlink};

/// The tree in memory.
pub(crate) fn in_memory() -> MemorySystem {
    let mut system = MemorySystem::new().with_file("/chain/0", "end");
    for number in 1..=CHAIN {
        system =
            system.with_symlink(&format!("/chain/{number}"), &format!("/chain/{}", number - 1));
    }
    for (path, node) in TREE {
        system = match node {
            File(content) => system.with_file(path, content),
            Link(target) => system.with_symlink(path, target),
            Locked => system.with_unreadable(path),
            LockedDirectory => system.with_unreadable_directory(path),
        };
    }
    system
}

/// The tree in a directory.
pub(crate) fn on_disk() -> (tempfile::TempDir, TreeSystem) {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    std::fs::set_permissions(root, PermissionsExt::from_mode(0o755)).unwrap();
    std::fs::create_dir(root.join("chain")).unwrap();
    std::fs::write(root.join("chain/0"), "end").unwrap();
    for number in 1..=CHAIN {
        let target = format!("/chain/{}", number - 1);
        symlink(target, root.join(format!("chain/{number}"))).unwrap();
    }
    for (path, node) in TREE {
        let path = root.join(path.trim_start_matches('/'));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        match node {
            File(content) => std::fs::write(&path, content).unwrap(),
            Link(target) => symlink(target, &path).unwrap(),
            Locked => std::fs::write(&path, "x").unwrap(),
            LockedDirectory => std::fs::create_dir(&path).unwrap(),
        }
        if matches!(node, Locked | LockedDirectory) {
            std::fs::set_permissions(&path, PermissionsExt::from_mode(0o000)).unwrap();
        }
    }
    let system = TreeSystem::new(root).unwrap();
    (directory, system)
}

/// Asks everything, as a user to whom permissions apply.
pub(crate) fn check(system: &dyn System) {
    as_nobody(|| questions::ask(system, true));
}

/// Root may read everything, so a thread of root's becomes nobody first (the kernel has user numbers a thread).
fn as_nobody(ask: impl FnOnce() + Send) {
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            if crate::is_root() {
                let (user, group) =
                    (rustix::fs::Uid::from_raw(65534), rustix::fs::Gid::from_raw(65534));
                set_thread_groups(&[]).unwrap();
                set_thread_res_gid(group, group, group).unwrap();
                set_thread_res_uid(user, user, user).unwrap();
            }
            ask();
        });
        if let Err(panic) = thread.join() {
            std::panic::resume_unwind(panic);
        }
    });
}

#[test]
fn memory() {
    check(&in_memory());
}
