//! `pasu fix apply`: by items, by a plan's file, by what is safe.

use super::tree::{ITEMS, SSHD, Tree, mode};
use std::fs;

#[test]
fn named_items_are_put_right_and_nothing_else_is_touched() {
    let tree = Tree::new();
    let before = tree.manifest();
    tree.apply(&ITEMS);
    let sshd = fs::read_to_string(tree.path("etc/ssh/sshd_config")).unwrap();
    let expected = SSHD.replace(
        "#PermitRootLogin prohibit-password\n",
        "#PermitRootLogin prohibit-password\nPermitRootLogin no\n",
    );
    assert_eq!(sshd, expected);
    assert_eq!(mode(&tree.path("etc/ssh/sshd_config")), 0o600);
    assert_eq!(mode(&tree.path("etc/passwd")), 0o644);
    let mask = fs::read_link(tree.path("etc/systemd/system/finger.socket")).unwrap();
    assert_eq!(mask.to_str(), Some("/dev/null"));
    let after = tree.manifest();
    let changed: Vec<&String> =
        after.keys().filter(|name| before.get(*name) != after.get(*name)).collect();
    let expected = [
        "etc/hosts",
        "etc/passwd",
        "etc/ssh/sshd_config",
        "etc/systemd",
        "etc/systemd/system",
        "etc/systemd/system/finger.socket",
        "var/lib",
    ];
    let expected: Vec<&str> =
        expected.into_iter().filter(|name| before.get(*name) != after.get(*name)).collect();
    assert_eq!(changed, expected);
    for slug in ITEMS {
        assert_eq!(tree.plan(&[slug])["items"][0]["status"], "nothing", "{slug}");
    }
}

#[test]
fn applied_twice_changes_nothing_the_second_time() {
    let tree = Tree::new();
    tree.apply(&ITEMS);
    let after = tree.manifest();
    let again = tree.fix("apply", &[&ITEMS[..], &["--yes"]].concat());
    assert_eq!(again.status, Some(0), "{}", again.err);
    assert!(again.err.contains("nothing to apply"), "{}", again.err);
    assert_eq!(tree.manifest(), after);
    assert_eq!(tree.history().len(), 1);
}

#[test]
fn a_plan_is_carried_out_as_it_was_written() {
    let tree = Tree::new();
    let file = tree.file("plan.json");
    tree.fix("plan", &[&ITEMS[..], &["--format", "json", "--output", &file]].concat());
    tree.apply(&[&file]);
    let digest = tree.plan(&ITEMS)["digest"].clone();
    assert_ne!(tree.history()[0]["plan"]["digest"], digest);
    let ran = tree.fix("apply", &[&file, "--yes"]);
    assert_eq!(ran.status, Some(2), "the plan was carried out already");
    assert!(ran.err.contains("stale") && ran.err.contains("/etc/passwd"), "{}", ran.err);
}

#[test]
fn all_safe_leaves_out_what_needs_a_person() {
    let tree = Tree::new();
    tree.machine.write("etc/ssh/sshd_config.d/keep.conf", "PermitRootLogin yes\n");
    let ran = tree.fix("apply", &["--all-safe", "--yes"]);
    assert!(matches!(ran.status, Some(0 | 1)), "{} {}", ran.out, ran.err);
    assert_eq!(mode(&tree.path("etc/passwd")), 0o644);
    let plan = &tree.history()[0]["plan"];
    let needs_consent = |item: &serde_json::Value| item["status"] == "needs-accept";
    assert!(!plan["items"].as_array().unwrap().iter().any(needs_consent), "{plan}");
    let sshd = fs::read_to_string(tree.path("etc/ssh/sshd_config")).unwrap();
    assert_eq!(sshd, SSHD, "who logs in is not a matter of course");
}

#[test]
fn a_category_is_put_right_alone() {
    let tree = Tree::new();
    let ran = tree.fix("apply", &["--category", "계정관리", "--yes"]);
    assert!(matches!(ran.status, Some(0 | 1)), "{} {}", ran.out, ran.err);
    assert_eq!(mode(&tree.path("etc/passwd")), 0o664, "a file's mode is another category");
    let sshd = fs::read_to_string(tree.path("etc/ssh/sshd_config")).unwrap();
    assert!(sshd.contains("\nPermitRootLogin no\n"));
}

#[test]
fn what_is_left_to_a_person_is_in_the_exit_status() {
    let tree = Tree::new();
    // The firewall is nothing that a plan can choose.
    let ran = tree.fix("apply", &["passwd-file-mode", "no-host-firewall", "--yes"]);
    assert_eq!(ran.status, Some(1), "{} {}", ran.out, ran.err);
    assert_eq!(mode(&tree.path("etc/passwd")), 0o644);
    let ran = tree.fix("apply", &["no-host-firewall", "--yes"]);
    assert_eq!(ran.status, Some(1), "{} {}", ran.out, ran.err);
    assert_eq!(tree.history().len(), 1);
}

#[test]
fn who_did_it_is_kept() {
    let tree = Tree::new();
    let mut command = tree.command("apply", &["U-16", "--yes"]);
    command.env("SUDO_USER", "kim").env("SSH_CONNECTION", "203.0.113.9 50000 192.0.2.1 22");
    assert_eq!(crate::program::run(&mut command).status, Some(0));
    let entry = &tree.history()[0];
    assert_eq!(entry["by"]["login"], "kim");
    assert_eq!(entry["by"]["from"], "203.0.113.9");
    assert_eq!(entry["outcomes"][0]["end"], "fixed");
    let page = tree.fix("show", &[entry["id"].as_str().unwrap()]).out;
    for part in ["kim", "203.0.113.9", "evidence: /etc/passwd", "0664", "fixed"] {
        assert!(page.contains(part), "{part}: {page}");
    }
}
