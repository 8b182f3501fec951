//! `pasu fix rollback`, `history` and `show`.

use super::manifest::differences;
use super::tree::{ITEMS, Tree, mode};
use std::fs;
use std::os::unix::fs::PermissionsExt;

#[test]
fn rollback_restores_every_byte_and_attribute() {
    let tree = Tree::new();
    let before = tree.manifest();
    let id = tree.apply(&ITEMS);
    assert!(!differences(&before, &tree.manifest()).is_empty());
    let ran = tree.fix("rollback", &[&id, "--yes"]);
    assert_eq!(ran.status, Some(0), "{} {}", ran.out, ran.err);
    assert_eq!(differences(&before, &tree.manifest()), [""; 0]);
    assert_eq!(tree.state(), "rolled-back");
    let again = tree.fix("rollback", &[&id, "--yes"]);
    assert_eq!(again.status, Some(2), "{}", again.err);
    assert_eq!(differences(&before, &tree.manifest()), [""; 0]);
}

#[test]
fn everything_is_taken_back_from_the_newest() {
    let tree = Tree::new();
    let before = tree.manifest();
    for item in ITEMS {
        tree.apply(&[item]);
    }
    // Two entries about one file.
    fs::set_permissions(tree.path("etc/passwd"), fs::Permissions::from_mode(0o666)).unwrap();
    tree.apply(&["passwd-file-mode"]);
    let ran = tree.fix("rollback", &["--all", "--yes"]);
    assert_eq!(ran.status, Some(1), "somebody changed a file between: {} {}", ran.out, ran.err);
    assert_eq!(mode(&tree.path("etc/passwd")), 0o666, "theirs stays");
    fs::set_permissions(tree.path("etc/passwd"), fs::Permissions::from_mode(0o664)).unwrap();
    assert_eq!(differences(&before, &tree.manifest()), [""; 0]);
    let ran = tree.fix("rollback", &["--all", "--yes"]);
    assert_eq!(ran.status, Some(2));
    assert!(ran.err.contains("nothing is applied"), "{}", ran.err);
}

#[test]
fn what_a_later_entry_changed_is_not_taken_back_before_it() {
    let tree = Tree::new();
    let first = tree.apply(&["passwd-file-mode"]);
    fs::set_permissions(tree.path("etc/passwd"), fs::Permissions::from_mode(0o666)).unwrap();
    let second = tree.apply(&["passwd-file-mode"]);
    let after = tree.manifest();
    let ran = tree.fix("rollback", &[&first, "--yes"]);
    assert_eq!(ran.status, Some(2), "{}", ran.err);
    assert!(ran.err.contains(&second), "{}", ran.err);
    assert_eq!(differences(&after, &tree.manifest()), [""; 0]);
}

#[test]
fn what_somebody_changed_since_is_left_and_named() {
    let tree = Tree::new();
    let id = tree.apply(&ITEMS);
    let sshd = tree.path("etc/ssh/sshd_config");
    fs::write(&sshd, "PermitRootLogin no\nPort 2222\n").unwrap();
    let ran = tree.fix("rollback", &[&id, "--yes"]);
    assert_eq!(ran.status, Some(1), "{} {}", ran.out, ran.err);
    assert!(ran.out.contains("left alone, changed since: /etc/ssh/sshd_config"), "{}", ran.out);
    assert_eq!(fs::read_to_string(&sshd).unwrap(), "PermitRootLogin no\nPort 2222\n");
    assert_eq!(mode(&tree.path("etc/passwd")), 0o664, "the rest is taken back");
    assert!(!tree.path("etc/systemd").exists());
}

#[test]
fn a_file_that_moved_after_the_plan_makes_it_stale_by_name() {
    let tree = Tree::new();
    let file = tree.file("plan.json");
    tree.fix("plan", &[&ITEMS[..], &["--format", "json", "--output", &file]].concat());
    let sshd = tree.path("etc/ssh/sshd_config");
    fs::write(&sshd, "Port 2222\n").unwrap();
    let before = tree.manifest();
    let ran = tree.fix("apply", &[&file, "--yes"]);
    assert_eq!(ran.status, Some(2), "{}", ran.err);
    assert!(ran.err.contains("stale") && ran.err.contains("/etc/ssh/sshd_config"), "{}", ran.err);
    assert!(!ran.err.contains("/etc/passwd"), "only what moved: {}", ran.err);
    assert_eq!(differences(&before, &tree.manifest()), [""; 0]);
}

#[test]
fn the_history_tells_all_entries_in_both_languages() {
    let tree = Tree::new();
    assert!(tree.fix("history", &[]).out.contains("Nothing was applied"));
    let id = tree.apply(&["passwd-file-mode"]);
    tree.fix("rollback", &[&id, "--yes"]);
    let id = tree.apply(&["hosts-file-mode"]);
    let english = tree.fix("history", &[]).out;
    let lines: Vec<&str> = english.lines().collect();
    assert_eq!(lines.len(), 2, "{english}");
    assert!(lines[0].contains("[rolled back]") && lines[0].contains("U-16"), "{english}");
    assert!(lines[1].contains("[applied]") && lines[1].contains("U-19"), "{english}");
    let korean = tree.fix("history", &["--lang", "ko"]).out;
    assert!(korean.contains("[되돌림]") && korean.contains("[적용됨]"), "{korean}");
    let shown = tree.fix("show", &[&id, "--format", "json"]).out;
    let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(shown, tree.history()[1]);
    assert_eq!(shown["outcomes"][0]["verdict"], "pass");
    assert_eq!(shown["plan"]["files"][0]["path"], "/etc/hosts");
}
