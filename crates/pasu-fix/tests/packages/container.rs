//! A Debian 11 of its last point release in a container, with and without the source of its security updates.
//!
//! Its programs are run by `docker exec`; its files are read through `/proc`, as the files of this machine are.

use pasu_fix::packages::{Machine, Runner, Updates};
use pasu_system::{System, ToolJob, ToolOutput, TreeSystem};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

const BULLSEYE: &str = "pasu-test-bullseye";

/// A Debian 12 that has dnf, for packages of its own making.
const DNF: &str = "pasu-test-dnf";

/// Packages beside the base: one with a daemon-like library, one with configuration files.
const PACKAGES: &str = "openssl,curl,ca-certificates,gpgv,debian-archive-keyring";

const SECURITY: &str = "deb http://deb.debian.org/debian-security bullseye-security main";

/// One container; there is never more than one at a time.
pub struct Container {
    name: String,
    files: TreeSystem,
    _lock: File,
}

impl Container {
    /// A fresh Debian 11.
    pub fn start() -> Self {
        Self::of(BULLSEYE, build_bullseye)
    }

    /// A fresh machine with dnf.
    pub fn start_dnf() -> Self {
        Self::of(DNF, build_dnf)
    }

    fn of(image: &str, build: fn()) -> Self {
        let lock = File::create(folder().join("container.lock")).unwrap();
        lock.lock().unwrap();
        if !docker(&["image", "inspect", image]).status.success() {
            build();
        }
        let name = format!("pasu-test-packages-{}", std::process::id());
        let words = ["run", "--detach", "--init", "--network", "host", "--name", &name, image];
        said(&docker(&[&words[..], &["sleep", "3600"]].concat()));
        let process = said(&docker(&["inspect", "--format", "{{.State.Pid}}", &name]));
        let files = TreeSystem::new(format!("/proc/{}/root", process.trim())).unwrap();
        Self { name, files, _lock: lock }
    }

    /// What updates work on.
    pub fn machine(&self) -> Machine<'_> {
        Machine { system: &self.files, runner: self }
    }

    /// Updates of it.
    pub fn updates(&self) -> Updates<'_> {
        Updates { machine: self.machine(), disk: &self.files, now: now() }
    }

    /// Runs a script that must succeed, and returns what it prints.
    pub fn sh(&self, script: &str) -> String {
        said(&docker(&["exec", &self.name, "sh", "-euc", script]))
    }

    /// Starts a script that goes on.
    pub fn sh_in_background(&self, script: &str) {
        said(&docker(&["exec", "--detach", &self.name, "sh", "-euc", script]));
    }

    /// The installed version of a package.
    pub fn version(&self, package: &str) -> String {
        self.sh(&format!("dpkg-query -W -f '${{Version}} ${{db:Status-Status}}' {package}"))
    }
}

impl Container {
    /// Starts a job that goes on when we have gone.
    pub fn go_on(&self, job: &ToolJob<'_>) {
        said(&self.exec(job, &["--detach"]).output().unwrap());
    }

    fn exec(&self, job: &ToolJob<'_>, options: &[&str]) -> Command {
        let mut command = Command::new("docker");
        command.arg("exec").args(options).args(["--env", "LC_ALL=C", "--workdir"]);
        command.arg(job.directory);
        for (name, value) in job.environment {
            command.arg("--env").arg(format!("{name}={value}"));
        }
        command.arg(&self.name);
        if let Some(log) = job.log {
            command.args(["sh", "-c", "exec \"$@\" >>\"$0\" 2>&1"]).arg(log);
        }
        command.arg(job.program).args(job.arguments).stdin(Stdio::null());
        command
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        docker(&["rm", "--force", "--volumes", &self.name]);
    }
}

impl Runner for Container {
    fn run(&self, job: &ToolJob<'_>) -> io::Result<ToolOutput> {
        let output = self.exec(job, &[]).output()?;
        let mut stdout = output.stdout;
        if let Some(log) = job.log {
            stdout = self.files.read(log, 16 << 20)?;
        }
        Ok(ToolOutput { status: output.status.code(), stdout, stderr: output.stderr })
    }
}

/// Seconds since 1970.
pub fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    since.as_secs().try_into().unwrap()
}

fn debootstrap(suite: &str, packages: &str) -> tempfile::TempDir {
    let tree = tempfile::Builder::new().prefix(suite).tempdir_in(folder()).unwrap();
    let log = folder().join("debootstrap.log");
    let file = File::create(&log).unwrap();
    let status = Command::new("debootstrap")
        .args(["--variant=minbase", &format!("--include={packages}"), suite])
        .arg(tree.path())
        .arg("http://deb.debian.org/debian")
        .stdout(file.try_clone().unwrap())
        .stderr(file)
        .status()
        .expect("debootstrap is installed: `cargo xtask test` installs it");
    assert!(status.success(), "debootstrap: {status}; see {}", log.display());
    tree
}

fn build_dnf() {
    let tree = debootstrap("bookworm", "dnf,rpm,createrepo-c,python3-minimal");
    import(tree.path(), DNF);
}

fn build_bullseye() {
    let tree = debootstrap("bullseye", PACKAGES);
    let apt = tree.path().join("etc/apt");
    std::fs::write(apt.join("sources.list.d/security.list"), format!("{SECURITY}\n")).unwrap();
    std::fs::write(apt.join("apt.conf.d/test"), "Acquire::Languages \"none\";\n").unwrap();
    std::fs::copy("/etc/resolv.conf", tree.path().join("etc/resolv.conf")).unwrap();
    // The old package files are removed, so that they have to be fetched as on a real machine.
    let script = "apt-get clean; apt-get update";
    let mut chroot = Command::new("chroot");
    let output = chroot.arg(tree.path()).args(["sh", "-euc", script]).output().unwrap();
    said(&output);
    import(tree.path(), BULLSEYE);
}

fn import(tree: &Path, image: &str) {
    let mut tar = Command::new("tar")
        .args(["--create", "--one-file-system", "--directory"])
        .arg(tree)
        .arg(".")
        .stdout(Stdio::piped())
        .spawn()
        .expect("tar runs");
    let archive = tar.stdout.take().unwrap();
    let mut import = Command::new("docker");
    import.args(["import", "-", image]).stdin(archive).stdout(Stdio::null());
    assert!(import.status().expect("docker runs").success(), "docker import failed");
    assert!(tar.wait().unwrap().success(), "tar failed");
}

fn folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("packages");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn docker(arguments: &[&str]) -> Output {
    let output = Command::new("docker").args(arguments).stdin(Stdio::null()).output();
    output.expect("docker is installed: `cargo xtask test` installs it")
}

fn said(output: &Output) -> String {
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{}: {stdout}{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    stdout
}
