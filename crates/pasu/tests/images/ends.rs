//! Images that are not patched, and runs that are cut off.

use super::engine::{Engine, labelled};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

#[test]
#[ignore = "needs Docker: `cargo xtask test` runs it"]
fn what_no_longer_starts_is_not_handed_out() {
    let engine = Engine::take();
    let check = "dpkg-query -W libssl1.1 | grep -q 'deb11u1$' || exit 7; exec sleep 300";
    let image = engine.image("broken", &format!("CMD [\"/bin/sh\", \"-c\", \"{check}\"]"));
    let report = engine.patch(&image, &["-o", "patched.tar"], 1);
    assert_eq!(report["outcome"], "different");
    assert_eq!(report["startTest"]["patched"]["exitCode"], 7);
    assert!(!engine.path("patched.tar").exists());
    let report = engine.patch(&image, &["-o", "patched.tar", "--force"], 1);
    assert_eq!(report["outcome"], "patched");
    assert!(engine.path("patched.tar").exists());
}

#[test]
#[ignore = "needs Docker: `cargo xtask test` runs it"]
fn images_that_cannot_be_patched_say_why() {
    let engine = Engine::take();
    let said = engine.refused("pasu-test-patch-none", &["-o", "p.tar"]);
    assert!(said.contains("pasu-test-patch-none"), "{said}");
    let image = engine.image("volume", "VOLUME /var/lib");
    let said = engine.refused(&image, &["-o", "p.tar"]);
    assert!(said.contains("VOLUME /var/lib: the package database lies in it"), "{said}");
    let image = engine
        .image("offline", "RUN sed -i s/deb.debian.org/mirror.invalid/ /etc/apt/sources.list.d/*");
    let said = engine.refused(&image, &["-o", "p.tar"]);
    assert!(said.contains("apt-get update") && said.contains("hint:"), "{said}");
    let image = engine.image("shell-less", "RUN rm /usr/bin/apt-get");
    let said = engine.refused(&image, &["-o", "p.tar"]);
    assert!(said.contains("--offline-packages"), "{said}");
    assert!(!engine.path("p.tar").exists());
}

#[test]
#[ignore = "needs Docker: `cargo xtask test` runs it"]
fn what_differs_from_run_to_run_is_not_put_down_to_the_patch() {
    let engine = Engine::take();
    let program = "import os, sys; sys.exit(os.urandom(1)[0])";
    let image = engine.image("random", &format!("CMD [\"python3\", \"-c\", \"{program}\"]"));
    let report = engine.patch(&image, &["-o", "patched.tar"], 0);
    assert_eq!(report["startTest"]["verdict"], "not-testable", "{}", report["startTest"]);
    let said = report["startTest"]["reasons"][0]["en"].as_str().unwrap();
    assert!(said.ends_with("differs from run to run in its exit status"), "{said}");
    assert_eq!(report["outcome"], "patched");
}

#[test]
#[ignore = "needs Docker: `cargo xtask test` runs it"]
fn a_missing_folder_for_temporary_files_is_named() {
    let engine = Engine::take();
    for (name, lines) in [("no-tmp", "RUN rmdir /tmp"), ("closed-tmp", "RUN chmod 755 /tmp")] {
        let image = engine.image(name, lines);
        let said = engine.refused(&image, &["-o", "p.tar"]);
        assert!(said.contains("mkdir -p /tmp && chmod 1777 /tmp"), "{said}");
        assert!(!said.contains("--network"), "{said}");
    }
}

#[test]
#[ignore = "needs Docker: `cargo xtask test` runs it"]
fn a_full_disk_leaves_what_was_there_before() {
    let engine = Engine::take();
    let image = engine.image("full", "CMD [\"sleep\", \"300\"]");
    std::fs::write(engine.path("p.tar"), "before").unwrap();
    let command = engine.command(&image, &["-o", "p.tar"]);
    // The signal of this limit ends programs that do not know it.
    let mut limited = Command::new("sh");
    limited.args(["-c", "ulimit -f 40000; exec \"$0\" \"$@\""]);
    limited.arg(command.get_program()).args(command.get_args()).current_dir(engine.folder.path());
    let output = limited.stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("p.tar: File too large"), "{said}");
    assert_eq!(std::fs::read(engine.path("p.tar")).unwrap(), b"before");
    engine.is_clean();
    // And a disk that is full.
    let disk = Disk::mount(&engine.path("disk"));
    std::fs::write(disk.0.join("p.tar"), "before").unwrap();
    let said = engine.refused(&image, &["-o", "disk/p.tar"]);
    assert!(said.contains("disk/p.tar: No space left on device"), "{said}");
    assert_eq!(disk.names(), ["p.tar"]);
    assert_eq!(std::fs::read(disk.0.join("p.tar")).unwrap(), b"before");
    std::fs::remove_file(disk.0.join("p.tar")).unwrap();
    engine.refused(&image, &["-o", "disk/p.tar"]);
    assert_eq!(disk.names(), Vec::<String>::new());
}

#[test]
#[ignore = "needs Docker: `cargo xtask test` runs it"]
fn a_kill_while_the_archive_is_written_leaves_no_part_of_it() {
    let engine = Engine::take();
    let image = engine.image("killed", "CMD [\"sleep\", \"300\"]");
    let mut run = engine
        .command(&image, &["-o", "p.tar", "--start-time", "0s"])
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    wait_for_a_line(&mut run, "writing p.tar");
    std::thread::sleep(Duration::from_millis(200));
    run.kill().unwrap();
    run.wait().unwrap();
    let names: Vec<_> = std::fs::read_dir(engine.folder.path()).unwrap().flatten().collect();
    assert!(names.is_empty(), "{names:?}");
    let said = engine.refused("pasu-test-patch-none", &[]);
    assert!(said.contains("pasu-test-patch-none"), "{said}");
}

#[test]
#[ignore = "needs Docker: `cargo xtask test` runs it"]
fn what_is_cut_off_leaves_nothing_or_is_cleaned_up_by_the_next_run() {
    let engine = Engine::take();
    let image = engine.image("cut", "CMD [\"sleep\", \"300\"]");
    let start = || {
        engine
            .command(&image, &["-o", "p.tar"])
            .stderr(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap()
    };
    for name in ["INT", "TERM"] {
        let mut interrupted = start();
        wait_for_a_build(&interrupted);
        signal(&interrupted, name);
        assert_eq!(interrupted.wait().unwrap().code(), Some(2));
        engine.is_clean();
    }
    let mut killed = start();
    wait_for_a_build(&killed);
    killed.kill().unwrap();
    killed.wait().unwrap();
    let said = engine.refused("pasu-test-patch-none", &[]);
    assert!(said.contains("pasu-test-patch-none"), "{said}");
}

/// Until an image is being built: then something carries the label that is no container.
fn wait_for_a_build(run: &Child) {
    let process = run.id().to_string();
    let end = Instant::now() + Duration::from_secs(120);
    while labelled(&["images"], |one| one == process).is_empty() {
        assert!(Instant::now() < end, "no build begins");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Until a run says that it does something.
fn wait_for_a_line(run: &mut Child, wanted: &str) {
    let lines = BufReader::new(run.stderr.take().unwrap()).lines();
    let mut said = Vec::new();
    let found = lines.map_while(Result::ok).any(|line| {
        let found = line.contains(wanted);
        said.push(line);
        found
    });
    assert!(found, "{said:#?}");
}

/// A file system of 20 MB, which is not there any more after the test.
struct Disk(PathBuf);

impl Disk {
    fn mount(path: &Path) -> Self {
        std::fs::create_dir(path).unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=20m", "pasu-test"]).arg(path);
        assert!(mount.status().unwrap().success(), "it needs root");
        Self(path.to_path_buf())
    }

    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.0).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([format!("-{name}"), child.id().to_string()]).status();
    assert!(sent.unwrap().success());
}
