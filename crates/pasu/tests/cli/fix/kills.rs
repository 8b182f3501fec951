//! The program is killed, or its system calls fail, at each call that changes something: apply, rollback and recover. The
//! next start says so, recovery ends it, and the tree is whole: as before, or as after.
//!
//! `strace -e inject=` does it to the real program on a real file system.

use super::manifest::{differences, manifest};
use super::tree::{Tree, command};
use crate::program::{Ran, run};
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::thread;

/// An edit, a mode with an access list, a folder with a link in it.
const ITEMS: [&str; 3] = ["root-remote-login", "hosts-file-mode", "finger-service"];

/// System calls by which something is changed or made durable.
const CALLS: &str = "openat,write,pwrite64,rename,renameat,renameat2,linkat,unlinkat,mkdirat,symlinkat,fchmod,fchmodat,\
    fchown,fchownat,setxattr,lsetxattr,fsetxattr,removexattr,lremovexattr,fremovexattr,ftruncate,fsync,fdatasync,utimensat";

/// What a disk says that is full, broken or suddenly read-only.
const ERRORS: [&str; 3] = ["ENOSPC", "EIO", "EROFS"];

/// Runs at once.
const AT_ONCE: usize = 2;

type Manifest = BTreeMap<String, String>;

/// One call of a run, by its name and its number among those of the name.
#[derive(Debug, Clone)]
struct Point {
    call: String,
    number: usize,
}

/// What is done to a call.
#[derive(Debug, Clone, Copy)]
enum Harm {
    Kill,
    Once(&'static str),
    FromThereOn(&'static str),
}

impl Harm {
    fn injection(self, point: &Point) -> String {
        let Point { call, number } = point;
        match self {
            Self::Kill => format!("inject={call}:signal=KILL:when={number}"),
            Self::Once(error) => format!("inject={call}:error={error}:when={number}"),
            Self::FromThereOn(error) => format!("inject={call}:error={error}:when={number}+"),
        }
    }
}

/// A tree before and after, and a folder for copies.
struct Bench {
    tree: Tree,
    folder: tempfile::TempDir,
    before: Manifest,
    after: Manifest,
}

impl Bench {
    #[expect(clippy::print_stderr, reason = "what is left out is said")]
    fn new() -> Option<Self> {
        let traced = Command::new("strace").args(["-o", "/dev/null", "true"]).output();
        if !traced.is_ok_and(|ran| ran.status.success()) {
            assert!(std::env::var_os("CI").is_none(), "strace is missing or may not trace");
            eprintln!("left out: strace is missing or may not trace; hint: apt-get install strace");
            return None;
        }
        let tree = Tree::new();
        let before = tree.manifest();
        let folder = tempfile::tempdir().unwrap();
        let mut bench = Self { tree, folder, before, after: Manifest::new() };
        let done = bench.copy("done", &bench.tree.root());
        assert_eq!(bench.fix(&done, "apply").status, Some(0));
        bench.after = timeless(manifest(&done));
        Some(bench)
    }

    fn copy(&self, name: &str, from: &Path) -> PathBuf {
        let to = self.folder.path().join(name);
        let copied = Command::new("cp").arg("-a").args([from, &to]).status();
        assert!(copied.unwrap().success());
        to
    }

    fn command(&self, root: &Path, name: &str) -> Command {
        let args: Vec<&str> = match name {
            "apply" => ITEMS.iter().copied().chain(["--yes"]).collect(),
            "rollback" => vec!["--all", "--yes"],
            _ => Vec::new(),
        };
        command(root, &self.tree.machine.file("pasu.toml"), name, &args)
    }

    fn fix(&self, root: &Path, name: &str) -> Ran {
        run(&mut self.command(root, name))
    }

    /// The same under strace.
    fn traced(&self, root: &Path, name: &str, options: &[&str]) -> Ran {
        let plain = self.command(root, name);
        let mut traced = Command::new("strace");
        traced.args(["-f", "--seccomp-bpf"]).args(options);
        traced.arg(plain.get_program()).args(plain.get_args()).stdin(Stdio::null());
        for (variable, value) in plain.get_envs() {
            match value {
                Some(value) => traced.env(variable, value),
                None => traced.env_remove(variable),
            };
        }
        run(&mut traced)
    }

    /// Every call of a command that changes something.
    fn points(&self, from: &Path, name: &str) -> Vec<Point> {
        let root = self.copy("points", from);
        let trace = self.folder.path().join("trace");
        let only = format!("trace={CALLS}");
        let ran = self.traced(&root, name, &["-o", trace.to_str().unwrap(), "-e", &only]);
        assert_eq!(ran.status, Some(0), "{}", ran.err);
        fs::remove_dir_all(root).unwrap();
        let mut counts: HashMap<String, usize> = HashMap::new();
        let mut points = Vec::new();
        for line in fs::read_to_string(trace).unwrap().lines() {
            let Some((_, text)) = line.split_once(' ') else { continue };
            let Some((call, rest)) = text.trim_start().split_once('(') else { continue };
            let number = counts.entry(call.to_owned()).or_default();
            *number += 1;
            let is_reading = call == "openat" && !rest.contains("O_CREAT");
            let is_talk = call == "write" && (rest.starts_with("1,") || rest.starts_with("2,"));
            if !is_reading && !is_talk {
                points.push(Point { call: call.to_owned(), number: *number });
            }
        }
        points
    }

    /// Harms a command at one point, recovers, and looks. Says whether the tree is as after.
    fn harm(&self, from: &Path, name: &str, point: &Point, harm: Harm, index: usize) -> bool {
        let root = self.copy(&format!("{name}-{index}"), from);
        let ran = self.traced(&root, name, &["-o", "/dev/null", "-e", &harm.injection(point)]);
        let what =
            format!("{name}: {harm:?} at {point:?}: {:?} {} {}", ran.status, ran.out, ran.err);
        if matches!(harm, Harm::Kill) {
            assert_eq!(ran.status, None, "not killed: {what}");
        }
        self.tells(&root, &what);
        let recovered = self.fix(&root, "recover");
        assert_eq!(recovered.status, Some(0), "{what}: {}", recovered.err);
        let kept = root.join("var/lib/pasu/fix");
        assert!(!kept.join("open").exists(), "{what}: still marked");
        for entry in fs::read_dir(&kept).unwrap().map(|entry| entry.unwrap().path()) {
            let is_whole = !entry.is_dir() || entry.join("journal").exists();
            assert!(is_whole, "{what}: {} is left of nothing", entry.display());
        }
        let is_after = self.whole(&root, &what);
        if ran.status == Some(0) {
            assert_eq!(is_after, name == "apply", "what says that it is done is done: {what}");
        }
        if is_after && matches!(harm, Harm::Kill) {
            // It is known, and can be taken back.
            let taken = self.fix(&root, "rollback");
            assert_eq!(taken.status, Some(0), "{what}: {}", taken.err);
            assert!(!self.whole(&root, &what), "{what}");
        }
        fs::remove_dir_all(root).unwrap();
        is_after
    }

    /// What is unfinished is told at the next start.
    fn tells(&self, root: &Path, what: &str) {
        let listed = self.fix(root, "history");
        let is_open = listed.out.contains("[interrupted");
        let is_told = listed.err.contains("was interrupted");
        assert_eq!(is_open, is_told, "{what}: {} {}", listed.out, listed.err);
        if is_open && !differences(&self.before, &manifest(root)).is_empty() {
            let planned = self.fix(root, "plan");
            assert!(planned.err.contains("fix recover --root"), "{what}: {}", planned.err);
        }
    }

    /// Before or after, whole; whether after.
    fn whole(&self, root: &Path, what: &str) -> bool {
        let now = manifest(root);
        let from_before = differences(&self.before, &now);
        if from_before.is_empty() {
            return false;
        }
        let from_after = differences(&self.after, &timeless(now));
        assert!(
            from_after.is_empty(),
            "neither before nor after: {what}\n{from_before:#?}\n{from_after:#?}"
        );
        true
    }

    /// All harms at all points of a command, some at once. Whether some ended as before, and some as after.
    fn all(&self, from: &Path, name: &str, harms: &[fn(usize) -> Harm]) -> (bool, bool) {
        let points = self.points(from, name);
        assert!(points.len() > 20, "{name} changes something: {points:?}");
        let cases: Vec<(Point, Harm)> = points
            .iter()
            .enumerate()
            .flat_map(|(index, point)| harms.iter().map(move |harm| (point.clone(), harm(index))))
            .collect();
        let next = Mutex::new((0, (false, false)));
        thread::scope(|scope| {
            for _ in 0..AT_ONCE {
                scope.spawn(|| {
                    loop {
                        let index = {
                            let mut next = next.lock().unwrap();
                            next.0 += 1;
                            next.0 - 1
                        };
                        let Some((point, harm)) = cases.get(index) else { return };
                        let is_after = self.harm(from, name, point, *harm, index);
                        let ends = &mut next.lock().unwrap().1;
                        if is_after { ends.1 = true } else { ends.0 = true }
                    }
                });
            }
        });
        next.into_inner().unwrap().1
    }
}

/// A file with a new content has the time of its writing.
fn timeless(mut manifest: Manifest) -> Manifest {
    let name = "etc/ssh/sshd_config";
    if let Some(line) = manifest.get_mut(name) {
        let parts: Vec<&str> = line.splitn(4, ' ').collect();
        *line = [parts[0], parts[1], parts[3]].join(" ");
    }
    manifest
}

fn kill(_: usize) -> Harm {
    Harm::Kill
}

/// One call fails, or all of its name from there on.
fn fail(index: usize) -> Harm {
    let error = ERRORS[index % ERRORS.len()];
    if index.is_multiple_of(2) { Harm::Once(error) } else { Harm::FromThereOn(error) }
}

#[test]
fn an_apply_that_is_killed_ends_as_before_or_after() {
    let Some(bench) = Bench::new() else { return };
    let ends = bench.all(&bench.tree.root(), "apply", &[kill]);
    assert_eq!(ends, (true, true), "some were killed before the end, some behind it");
}

#[test]
fn an_apply_on_a_failing_disk_ends_as_before_or_after() {
    let Some(bench) = Bench::new() else { return };
    let (has_before, _) = bench.all(&bench.tree.root(), "apply", &[fail]);
    assert!(has_before);
}

#[test]
fn a_rollback_that_is_harmed_is_ended_by_recovery() {
    let Some(bench) = Bench::new() else { return };
    let done = bench.folder.path().join("done");
    let (has_before, _) = bench.all(&done, "rollback", &[kill, fail]);
    assert!(has_before);
}

#[test]
fn a_recovery_that_is_harmed_is_ended_by_the_next() {
    let Some(bench) = Bench::new() else { return };
    let from = bench.tree.root();
    // The last change was made, and nothing was committed.
    let points = bench.points(&from, "apply");
    let last = points.iter().rev().find(|point| point.call == "symlinkat").unwrap();
    let half = bench.copy("half", &from);
    let ran = bench.traced(&half, "apply", &["-o", "/dev/null", "-e", &Harm::Kill.injection(last)]);
    assert_eq!(ran.status, None, "{}", ran.err);
    assert_ne!(differences(&bench.before, &manifest(&half)), [""; 0]);
    let ends = bench.all(&half, "recover", &[kill, fail]);
    assert_eq!(ends, (true, false));
}
