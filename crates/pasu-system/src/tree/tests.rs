//! The resolver's and the walk's ways that only some kernels and sandboxes take.

use super::TreeSystem;
use crate::System;
use std::path::Path;

#[test]
fn a_file_is_read_through_links_inside_the_root() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::create_dir(directory.path().join("etc")).unwrap();
    std::fs::write(directory.path().join("etc/real"), "inside").unwrap();
    std::os::unix::fs::symlink("/etc/real", directory.path().join("etc/link")).unwrap();
    for openat2 in [true, false] {
        for proc in [true, false] {
            let mut tree = TreeSystem::new(directory.path()).unwrap();
            tree.root.openat2 &= openat2;
            if !proc {
                tree.root.handles = None;
            }
            assert_eq!(tree.read(Path::new("/etc/link"), 100).unwrap(), b"inside");
        }
    }
}
