//! The engine, images made in it, and what is in it that should not be.

use serde_json::Value;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A Debian 11 from the main archive alone: its source of security updates fixes what it is vulnerable to.
const BASE: &str = "pasu-test-patch";

/// The engine for one test at a time, for they count what is in it.
pub struct Engine {
    volumes: BTreeSet<String>,
    pub folder: tempfile::TempDir,
    _lock: File,
}

impl Engine {
    /// Waits until no other test uses it.
    pub fn take() -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("images");
        std::fs::create_dir_all(&folder).unwrap();
        let lock = File::create(folder.join("engine.lock")).unwrap();
        lock.lock().unwrap();
        if !docker(&["image", "inspect", BASE]).status.success() {
            build_base(&folder);
        }
        let folder = tempfile::tempdir_in(folder).unwrap();
        Self { volumes: volumes(), folder, _lock: lock }
    }

    /// Builds an image from the lines after FROM.
    pub fn image(&self, name: &str, lines: &str) -> String {
        self.image_from(name, BASE, lines)
    }

    /// Builds an image.
    pub fn image_from(&self, name: &str, base: &str, lines: &str) -> String {
        let name = format!("pasu-test-patch-{name}");
        let mut build = Command::new("docker");
        build.args(["build", "--quiet", "--network", "host", "--tag", &name, "-"]);
        let mut child = build
            .env("DOCKER_BUILDKIT", "0")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let text = format!("FROM {base}\n{lines}\n");
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        assert!(child.wait().unwrap().success(), "{text}");
        name
    }

    /// A file in the test's own folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// `pasu image patch` with the network of this machine.
    pub fn command(&self, image: &str, more: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pasu"));
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        command.args(["image", "patch", image, "--network", "host", "--lang", "en"]);
        command.args(["--format", "json"]).args(more);
        if !more.contains(&"--start-time") {
            command.args(["--start-time", "4s"]);
        }
        command
    }

    /// Runs it, holds its exit status, and reads its report.
    #[track_caller]
    pub fn patch(&self, image: &str, more: &[&str], status: i32) -> Value {
        let output = self.command(image, more).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(status), "{said}");
        self.is_clean();
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {said}"))
    }

    /// Runs it where it must fail, and answers with what it says.
    #[track_caller]
    pub fn refused(&self, image: &str, more: &[&str]) -> String {
        let output = self.command(image, more).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{said}");
        self.is_clean();
        said
    }

    /// Nothing that Pasu makes for itself is there.
    #[track_caller]
    pub fn is_clean(&self) {
        let is_over = |process: &str| !Path::new("/proc").join(process).exists();
        for list in ["ps", "images"] {
            let left = labelled(&[list], is_over);
            assert!(left.is_empty(), "left behind: {list} {left:?}");
        }
        let new: Vec<String> = volumes().difference(&self.volumes).cloned().collect();
        assert!(new.is_empty(), "volumes were left behind: {new:?}");
        let left: Vec<_> = std::fs::read_dir(self.folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.starts_with(".pasu-"))
            .collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

/// Containers or images with Pasu's label and the processes that made them, the fourth part of its value. Of runs that
/// go on, those of others are none of ours.
pub fn labelled(list: &[&str], is_meant: impl Fn(&str) -> bool) -> Vec<String> {
    let format = ["--filter", "label=kr.pasu.session", "--format", "{{.ID}}"];
    let ids = text(&docker(&[list, &["--all", "--no-trunc"], &format[..]].concat()));
    let label = "{{index .Config.Labels \"kr.pasu.session\"}}";
    let of_ours = |id: &&str| {
        let value = text(&docker(&["inspect", "--format", label, id]));
        value.split('.').nth(3).is_some_and(&is_meant)
    };
    ids.lines().filter(of_ours).map(str::to_owned).collect()
}

/// The settings of an image, as the engine has them.
pub fn settings(image: &str) -> Value {
    let output = docker(&["image", "inspect", "--format", "{{json .Config}}", image]);
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Loads an archive; answers with the image's ID.
pub fn load(path: &Path) -> String {
    let output = docker(&["load", "--quiet", "--input", &path.display().to_string()]);
    let said = text(&output);
    assert!(output.status.success(), "{said}");
    said.rsplit(' ').next().unwrap().to_owned()
}

/// Saves an image to an archive.
pub fn save(image: &str, path: &Path) {
    let output = docker(&["save", "--output", &path.display().to_string(), image]);
    assert!(output.status.success(), "{output:?}");
}

pub fn docker(arguments: &[&str]) -> Output {
    let output = Command::new("docker").args(arguments).stdin(Stdio::null()).output();
    output.expect("docker is installed: `cargo xtask test` installs it")
}

pub fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn volumes() -> BTreeSet<String> {
    text(&docker(&["volume", "ls", "--quiet"])).lines().map(str::to_owned).collect()
}

fn build_base(folder: &Path) {
    let tree = tempfile::tempdir_in(folder).unwrap();
    let root = tree.path();
    let mut debootstrap = Command::new("debootstrap");
    debootstrap.args([
        "--variant=minbase",
        "--include=openssl,ca-certificates,nginx-light,python3-minimal",
        "bullseye",
    ]);
    let made = debootstrap.arg(root).stdout(Stdio::null()).status().expect("debootstrap runs");
    assert!(made.success(), "debootstrap failed");
    let security = "deb http://deb.debian.org/debian-security bullseye-security main\n";
    std::fs::write(root.join("etc/apt/sources.list.d/security.list"), security).unwrap();
    let mut tar = Command::new("tar");
    tar.args(["--create", "--one-file-system", "--exclude=./var/cache/apt/archives/*.deb"]);
    tar.args(["--exclude=./var/lib/apt/lists/*", "--directory"]).arg(root).arg(".");
    let mut tar = tar.stdout(Stdio::piped()).spawn().expect("tar runs");
    let archive = tar.stdout.take().unwrap();
    let mut import = Command::new("docker");
    import.args(["import", "-", BASE]).stdin(archive).stdout(Stdio::null());
    assert!(import.status().expect("docker runs").success(), "docker import failed");
    assert!(tar.wait().unwrap().success(), "tar failed");
}
