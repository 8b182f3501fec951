//! Running the program.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// How a run ended.
#[derive(Debug)]
pub struct Ran {
    pub status: Option<i32>,
    pub out: String,
    pub err: String,
}

/// The program with arguments, in an environment that is the same everywhere.
pub fn pasu(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pasu"));
    command.args(args).stdin(Stdio::null()).env("LC_ALL", "C");
    // What was found by another version of this program, or for another test, must not be recalled.
    let cache = format!("cache-{}", std::process::id());
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    command.env("PASU_CACHE_DIR", folder.join(cache));
    // Nor must this machine's runs be touched.
    command.env("PASU_STATE", folder.join(format!("state-{}", std::process::id())));
    for name in [
        "PASU_DB",
        "PASU_DB_FROM",
        "PASU_DB_KEY",
        "http_proxy",
        "HTTP_PROXY",
        "ALL_PROXY",
        "all_proxy",
        "HTTPS_PROXY",
        "https_proxy",
        "SSL_CERT_FILE",
    ] {
        command.env_remove(name);
    }
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| name.starts_with("TRIVY_")) {
            command.env_remove(name);
        }
    }
    command
}

/// Runs it.
pub fn run(command: &mut Command) -> Ran {
    ran(command.output().unwrap())
}

/// The same with bytes that come through a pipe. A program that gives up does not read them to their end.
pub fn run_with_input(command: &mut Command, input: Vec<u8>) -> Ran {
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut pipe = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || pipe.write_all(&input));
    let output = child.wait_with_output().unwrap();
    let _ = writer.join().unwrap();
    ran(output)
}

fn ran(output: Output) -> Ran {
    let Output { status, stdout, stderr } = output;
    Ran {
        status: status.code(),
        out: String::from_utf8(stdout).unwrap(),
        err: String::from_utf8(stderr).unwrap(),
    }
}

/// A path as an argument.
pub fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// The feed excerpts of this crate.
pub fn feeds() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/feeds")
}

/// Copies a folder, to change something in it.
pub fn copy_tree(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_tree(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// The names in a folder, sorted.
pub fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
