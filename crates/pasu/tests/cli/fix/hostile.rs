//! Input and trees that are wrong: refused in one clear line with the way out, and nothing is touched.

use super::manifest::differences;
use super::tree::{ITEMS, Tree, is_root, mode};
use crate::program::{Ran, pasu, run};
use serde_json::Value;
use std::fs;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

/// Runs something that has to be refused: status 2, its words, and a tree that is as before.
fn refused(tree: &Tree, command: &str, args: &[&str], words: &[&str]) -> Ran {
    let before = tree.manifest();
    let ran = tree.fix(command, args);
    assert_eq!(ran.status, Some(2), "{command} {args:?}: {} {}", ran.out, ran.err);
    let said: Vec<&str> = ran.err.lines().filter(|line| line.starts_with("pasu: ")).collect();
    assert_eq!(said.len(), 1, "one line of {command} {args:?}: {}", ran.err);
    for word in words {
        assert!(ran.err.contains(word), "{word} of {command} {args:?}: {}", ran.err);
    }
    assert_eq!(differences(&before, &tree.manifest()), [""; 0], "{command} {args:?}");
    ran
}

/// A plan's file with its JSON.
fn plan(tree: &Tree, name: &str) -> (String, Value) {
    let file = tree.file(name);
    let ran = tree.fix("plan", &[&ITEMS[..], &["-f", "json", "-o", &file]].concat());
    assert_eq!(ran.status, Some(0), "{}", ran.err);
    let json = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    (file, json)
}

#[test]
fn names_and_values_that_nobody_knows() {
    let tree = Tree::new();
    let huge = format!("root-remote-login.accept_prohibit_password={}", "x".repeat(100_000));
    for (args, words) in [
        (&["U-99"][..], &["no item U-99", "pasu audit list"][..]),
        (&["취약한계정"], &["no item 취약한계정", "hint:"]),
        (&["../etc"], &["cannot read the plan ../etc", "hint:"]),
        (&["--category", "없는분류"], &["no category 없는분류", "hint:"]),
        (&["U-16", "--accept", "U-99"], &["no item U-99", "hint:"]),
        (&["U-16", "--set", "minlen"], &["--set minlen", "ITEM.PARAMETER=VALUE"]),
        (
            &["U-01", "--set", "U-01.nothing=1"],
            &["no parameter nothing", "accept_prohibit_password"],
        ),
        (&["U-01", "--set", "U-01.accept_prohibit_password=7"], &["must be of type boolean"]),
        (&["U-02", "--set", "U-02.minlen=long"], &["must be of type integer"]),
        (&["U-16", "--set", "U-02.minlen=9"], &["not among the chosen items"]),
        (&["U-01", "--set", &huge], &["must be of type boolean"]),
        (&["--guideline", "nist", "U-16"], &[]),
        (&[], &["which items?", "hint:"]),
        (&["U-16", "--confirm-within", "1m"], &["--confirm-within is for this host"]),
    ] {
        if args.contains(&"--guideline") {
            assert_eq!(tree.fix("apply", args).status, Some(2));
            continue;
        }
        let ran = refused(&tree, "apply", &[args, &["--yes"]].concat(), words);
        assert!(ran.err.len() < 2000, "a message is short: {} bytes", ran.err.len());
        assert!(ran.out.is_empty(), "{}", ran.out);
    }
    assert!(!tree.path("var/lib/pasu").exists());
}

#[test]
fn nobody_is_asked_where_there_is_no_terminal() {
    let tree = Tree::new();
    refused(&tree, "apply", &["U-16"], &["no terminal", "--yes"]);
    let id = tree.apply(&["U-16"]);
    refused(&tree, "rollback", &[&id], &["no terminal", "--yes"]);
    assert_eq!(tree.state(), "applied");
}

#[test]
fn plans_that_are_no_plans() {
    let tree = Tree::new();
    let (file, whole) = plan(&tree, "plan.json");
    let bytes = fs::read(&file).unwrap();
    let bad = tree.file("bad.json");
    let mut other_schema = whole.clone();
    other_schema["schemaVersion"] = 9.into();
    for (content, words) in [
        (&b""[..], &["not a plan", "hint:"][..]),
        (b"# a list of items\n", &["not a plan", "hint:"]),
        (b"{\"schemaVersion\":1}", &["not a plan", "hint:"]),
        (&b"[".repeat(100_000), &["not a plan", "hint:"]),
        (b"\xff\xfe", &["not a plan", "hint:"]),
        (&bytes[..bytes.len() / 2], &["not a plan", "hint:"]),
        (other_schema.to_string().as_bytes(), &["another release", "hint:"]),
    ] {
        fs::write(&bad, content).unwrap();
        refused(&tree, "apply", &[&bad, "--yes"], words);
    }
    fs::File::create(&bad).unwrap().set_len(100 << 20).unwrap();
    refused(&tree, "apply", &[&bad, "--yes"], &["104857600 bytes"]);
    refused(&tree, "apply", &["gone.json", "--yes"], &["cannot read the plan gone.json", "hint:"]);
    let folder = tree.file("folder.json");
    fs::create_dir(&folder).unwrap();
    refused(&tree, "apply", &[&folder, "--yes"], &["not a regular file", "hint:"]);
    fifo(Path::new(&tree.file("fifo.json")));
    refused(&tree, "apply", &[&tree.file("fifo.json"), "--yes"], &["not a regular file"]);
    for flag in ["--all-safe", "--accept=U-16", "--category=U", "--set=U-01.x=1"] {
        let name = flag.split('=').next().unwrap();
        refused(&tree, "apply", &[&file, flag, "--yes"], &[name, "hint:"]);
    }
}

#[test]
fn a_plan_in_which_any_byte_was_changed() {
    let tree = Tree::new();
    let (file, _) = plan(&tree, "plan.json");
    let bytes = fs::read(&file).unwrap();
    let made = bytes.windows(8).position(|part| part == b"\"made\": ").unwrap();
    let bad = tree.file("bad.json");
    // A sample over the whole file; each run takes a moment.
    for at in (0..bytes.len()).step_by(bytes.len() / 40) {
        let is_free = |byte: u8| byte.is_ascii_whitespace();
        if is_free(bytes[at]) || (made..made + 40).contains(&at) {
            continue;
        }
        let mut changed = bytes.clone();
        changed[at] = if bytes[at] == b'7' { b'8' } else { b'7' };
        fs::write(&bad, &changed).unwrap();
        let ran = tree.fix("apply", &[&bad, "--yes"]);
        assert_eq!(ran.status, Some(2), "byte {at}: {} {}", ran.out, ran.err);
        assert!(ran.err.contains("hint:"), "byte {at}: {}", ran.err);
    }
    assert!(tree.history().is_empty());
    assert_eq!(mode(&tree.path("etc/passwd")), 0o664);
}

#[test]
fn plans_of_another_machine_or_root() {
    let tree = Tree::new();
    let (file, _) = plan(&tree, "plan.json");
    let other = Tree::new();
    let before = other.manifest();
    let ran = other.fix("apply", &[&file, "--yes"]);
    assert_eq!(ran.status, Some(2));
    assert!(ran.err.contains("a plan of"), "{}", ran.err);
    assert_eq!(differences(&before, &other.manifest()), [""; 0]);
    tree.machine.write("etc/machine-id", "fedcba9876543210fedcba9876543210\n");
    refused(&tree, "apply", &[&file, "--yes"], &["another machine", "hint:"]);
}

#[test]
fn entries_that_are_not_there() {
    let tree = Tree::new();
    for id in ["20200101-000000", "../../etc", "..", "open", "lock", "되돌려", "", "a/b"] {
        for command in ["rollback", "show"] {
            let args: &[&str] = if command == "show" { &[id] } else { &[id, "--yes"] };
            refused(&tree, command, args, &["transaction"]);
        }
    }
    refused(&tree, "confirm", &[], &["nothing waits", "hint:"]);
    refused(&tree, "confirm", &["20200101-000000"], &["20200101-000000"]);
    let id = tree.apply(&["U-16"]);
    refused(&tree, "confirm", &[&id], &[&id]);
    assert_eq!(tree.fix("rollback", &[&id, "--yes"]).status, Some(0));
    refused(&tree, "rollback", &[&id, "--yes"], &[&id, "taken back already"]);
}

#[test]
fn what_is_kept_was_tampered_with() {
    for name in ["journal", "header.json", "changes.json", "blobs"] {
        let tree = Tree::new();
        let id = tree.apply(&ITEMS);
        let mut file = tree.kept().join(&id).join(name);
        if name == "blobs" {
            file = fs::read_dir(&file).unwrap().next().unwrap().unwrap().path();
        }
        let whole = fs::read(&file).unwrap();
        let mut tampered = whole.clone();
        tampered[whole.len() / 3] ^= 1;
        fs::write(&file, &tampered).unwrap();
        refused(&tree, "rollback", &[&id, "--yes"], &[&id]);
        if name != "blobs" {
            let ran = tree.fix("history", &[]);
            assert_eq!(ran.status, Some(2), "{name}: {}", ran.out);
            assert!(ran.out.contains("damaged"), "{name}: {}", ran.out);
        }
        fs::remove_file(&file).unwrap();
        refused(&tree, "rollback", &[&id, "--yes"], &[&id]);
        fs::write(&file, &whole).unwrap();
        let ran = tree.fix("rollback", &[&id, "--yes"]);
        assert_eq!(ran.status, Some(0), "{name}: {}", ran.err);
    }
}

#[test]
fn a_second_apply_at_once() {
    let tree = Tree::new();
    tree.apply(&["U-16"]);
    let lock = fs::File::options().write(true).open(tree.kept().join("lock")).unwrap();
    lock.lock().unwrap();
    refused(&tree, "apply", &["U-19", "--yes"], &["another pasu fix is at work"]);
    refused(&tree, "recover", &[], &["another pasu fix is at work"]);
    drop(lock);
    tree.apply(&["U-19"]);
}

#[test]
fn the_folder_of_transactions_is_not_ours_alone() {
    let tree = Tree::new();
    let id = tree.apply(&["U-16"]);
    fs::set_permissions(tree.kept(), fs::Permissions::from_mode(0o777)).unwrap();
    refused(&tree, "apply", &["U-19", "--yes"], &["only its owner can write"]);
    refused(&tree, "rollback", &[&id, "--yes"], &["only its owner can write"]);
}

#[test]
fn links_lead_nothing_out_of_the_root() {
    let tree = Tree::new();
    let outside = tree.machine.file("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("passwd"), "root:x:0:0:root:/root:/bin/bash\n").unwrap();
    fs::set_permissions(outside.join("passwd"), fs::Permissions::from_mode(0o666)).unwrap();
    let kept = super::manifest::manifest(&outside);
    fs::create_dir_all(tree.path("var/lib")).unwrap();
    symlink(&outside, tree.path("var/lib/pasu")).unwrap();
    symlink("../../../outside", tree.path("etc/escape")).unwrap();
    let ran = tree.fix("apply", &["U-19", "--yes"]);
    assert_eq!(ran.status, Some(2), "{} {}", ran.out, ran.err);
    assert_eq!(mode(&tree.path("etc/hosts")), 0o764);
    fs::remove_file(tree.path("var/lib/pasu")).unwrap();
    fs::remove_file(tree.path("etc/passwd")).unwrap();
    symlink("../../outside/passwd", tree.path("etc/passwd")).unwrap();
    let ran = tree.fix("apply", &["U-16", "--yes"]);
    assert_ne!(ran.status, Some(0), "{} {}", ran.out, ran.err);
    assert_eq!(differences(&kept, &super::manifest::manifest(&outside)), [""; 0]);
}

#[test]
fn fifos_and_devices_keep_nobody_waiting() {
    let tree = Tree::new();
    for name in ["etc/cron.d", "etc/ssh/sshd_config.d", "etc/sysctl.d"] {
        fs::create_dir_all(tree.path(name)).unwrap();
        fifo(&tree.path(name).join("pipe.conf"));
    }
    fs::remove_file(tree.path("etc/hosts")).unwrap();
    fifo(&tree.path("etc/hosts"));
    let before = tree.manifest();
    let ran = tree.fix("plan", &[]);
    assert!(matches!(ran.status, Some(0 | 2)), "{}", ran.err);
    tree.apply(&["U-16"]);
    assert_eq!(tree.fix("rollback", &["--all", "--yes"]).status, Some(0));
    assert_eq!(differences(&before, &tree.manifest()), [""; 0]);
}

fn fifo(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[test]
fn roots_that_are_none() {
    let tree = Tree::new();
    let empty = tree.file("empty");
    fs::create_dir(&empty).unwrap();
    for command in ["plan", "apply", "history", "recover"] {
        for (root, words) in [
            (empty.as_str(), "no root file system"),
            (&tree.file("gone"), "cannot look at"),
            (tree.path("etc/hosts").to_str().unwrap(), "not a directory"),
        ] {
            let mut ready = pasu(&["fix", command, "--root", root]);
            if command == "apply" {
                ready.args(["U-16", "--yes"]);
            }
            let ran = run(&mut ready);
            assert_eq!(ran.status, Some(2), "{command} {root}: {}", ran.err);
            assert!(ran.err.contains(words), "{command} {root}: {}", ran.err);
        }
    }
    assert_eq!(fs::read_dir(&empty).unwrap().count(), 0);
}

#[test]
fn a_file_that_is_immutable() {
    let tree = Tree::new();
    if !is_root() || !chattr("+i", &tree.path("etc/hosts")) {
        eprintln!("left out: only root may mark files, on a file system that knows it");
        return;
    }
    let before = tree.manifest();
    let ran = tree.fix("apply", &["hosts-file-mode", "passwd-file-mode", "--yes"]);
    let after = tree.manifest();
    assert!(chattr("-i", &tree.path("etc/hosts")));
    assert_eq!(ran.status, Some(2), "{} {}", ran.out, ran.err);
    assert!(ran.err.contains("/etc/hosts: marked immutable"), "{}", ran.err);
    assert_eq!(differences(&before, &after), [""; 0]);
}

fn chattr(flag: &str, path: &Path) -> bool {
    Command::new("chattr").arg(flag).arg(path).status().is_ok_and(|status| status.success())
}

#[test]
fn a_tree_that_can_only_be_read() {
    let tree = Tree::new();
    let root = tree.root();
    let mount = |args: &[&str]| {
        let ran = Command::new("mount").args(args).arg(&root).output();
        ran.is_ok_and(|ran| ran.status.success())
    };
    if !is_root() || !mount(&["--bind", root.to_str().unwrap()]) {
        eprintln!("left out: only root may mount");
        return;
    }
    let is_mounted = mount(&["-o", "remount,bind,ro"]);
    let ran = tree.fix("apply", &["U-16", "--yes"]);
    let gone = Command::new("umount").arg(&root).status().unwrap();
    assert!(is_mounted && gone.success());
    assert_eq!(ran.status, Some(2), "{} {}", ran.out, ran.err);
    assert!(ran.err.contains("Read-only file system"), "{}", ran.err);
    assert_eq!(mode(&tree.path("etc/passwd")), 0o664);
}

#[test]
fn without_the_rights_of_root() {
    if !is_root() {
        let ran = run(&mut pasu(&["fix", "apply", "U-16", "--yes"]));
        assert_eq!(ran.status, Some(2));
        assert!(ran.err.contains("sudo"), "{}", ran.err);
        return;
    }
    let tree = Tree::new();
    // The folder of tests is root's alone.
    let program = tree.machine.file("pasu");
    fs::copy(env!("CARGO_BIN_EXE_pasu"), &program).unwrap();
    let open = fs::Permissions::from_mode(0o755);
    fs::set_permissions(tree.machine.file("."), open.clone()).unwrap();
    fs::set_permissions(&program, open).unwrap();
    let before = tree.manifest();
    let as_nobody = |args: &[&str]| {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(&program);
        run(command.args(args))
    };
    for args in
        [&["fix", "apply", "U-16", "--yes"][..], &["fix", "rollback", "--all"], &["fix", "recover"]]
    {
        let ran = as_nobody(args);
        assert_eq!(ran.status, Some(2), "{args:?}: {}", ran.err);
        assert!(ran.err.contains("rights of root") && ran.err.contains("sudo"), "{}", ran.err);
    }
    let root = tree.root();
    let ran = as_nobody(&["fix", "apply", "U-16", "--yes", "--root", root.to_str().unwrap()]);
    assert_eq!(ran.status, Some(2), "{} {}", ran.out, ran.err);
    assert!(ran.err.contains("Permission denied"), "{}", ran.err);
    assert_eq!(differences(&before, &tree.manifest()), [""; 0]);
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let tree = Tree::new();
    let mut command = tree.command("plan", &[]);
    let mut child = command.stdout(std::process::Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let status = child.wait().unwrap();
    assert!(matches!(status.code(), Some(0 | 2)), "{status}");
    let _ = std::io::stderr().flush();
}
