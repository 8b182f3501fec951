//! The running machine through the door.

use pasu_system::{EntryKind, System, TreeSystem, WalkOptions, WalkStep};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

#[test]
fn the_running_machine_can_be_read() {
    let machine = TreeSystem::live().unwrap();
    assert!(machine.is_live());
    assert!(!machine.read(Path::new("/proc/self/status"), 1 << 20).unwrap().is_empty());
    assert_eq!(
        machine.open(Path::new("/dev/null")).err().unwrap().kind(),
        std::io::ErrorKind::InvalidInput
    );
}

#[test]
fn a_walk_sees_what_is_there() {
    let machine = TreeSystem::live().unwrap();
    let directories = AtomicU64::new(0);
    let options = WalkOptions { start: "/etc".into(), threads: 2, ..WalkOptions::default() };
    let report = machine.walk(&options, &|entry| {
        if entry.metadata.kind == EntryKind::Directory {
            directories.fetch_add(1, Ordering::Relaxed);
        }
        WalkStep::Continue
    });
    assert!(directories.load(Ordering::Relaxed) > 1);
    assert!(report.entries > 10 && !report.timed_out);
}
