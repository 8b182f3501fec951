//! The suite on disk, in each way that some kernel or sandbox leaves.

mod mounting;
mod opening;
mod walking;

use super::TreeSystem;

/// Takes away what an old kernel or a sandbox does not have.
fn without(system: &mut TreeSystem, openat2: bool, proc: bool) {
    if openat2 {
        system.root.openat2 = false;
    }
    if proc {
        system.root.handles = None;
    }
}

const WAYS: [(bool, bool); 4] = [(false, false), (true, false), (false, true), (true, true)];

#[test]
fn disk() {
    for (openat2, proc) in WAYS {
        let (_directory, mut system) = crate::suite::on_disk();
        without(&mut system, openat2, proc);
        crate::suite::check(&system);
    }
}
