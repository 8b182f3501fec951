//! Credential helpers: programs `docker-credential-NAME` that keep logins (docker-credential-helpers, "Development").
//! The name of the registry goes to their standard input, and a document comes back.

use super::Login;
use crate::source::Secret;
use serde::Deserialize;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

/// How long a helper may take; some ask a person to unlock a keyring.
const MAX_TIME: Duration = Duration::from_secs(60);
/// Bytes that are read of what it writes.
const MAX_OUTPUT: u64 = 64 << 10;

/// What a helper writes.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    #[serde(default)]
    username: String,
    #[serde(default)]
    secret: String,
}

/// Asks a helper for the login at a server; `None` where it has none.
pub(super) fn get(folders: &[PathBuf], name: &str, server: &str) -> Result<Option<Login>, String> {
    get_within(folders, name, server, MAX_TIME)
}

pub(super) fn get_within(
    folders: &[PathBuf],
    name: &str,
    server: &str,
    limit: Duration,
) -> Result<Option<Login>, String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() || !name.chars().all(plain) {
        return Err("not a name of a helper".to_owned());
    }
    let file = format!("docker-credential-{name}");
    let program = folders.iter().map(|folder| folder.join(&file)).find(|path| path.is_file());
    let program = program.ok_or("there is no such program in PATH")?;
    let mut child = Command::new(program)
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| error.to_string())?;
    let output = output(&mut child);
    if let Some(mut input) = child.stdin.take() {
        // One that does not read it can still answer, or say what is wrong.
        let _ = writeln!(input, "{server}");
    }
    let end = Instant::now() + limit;
    let status = wait(&mut child, end);
    let status = status.ok_or_else(|| format!("no answer within {} s", limit.as_secs_f32()))?;
    let left = end.saturating_duration_since(Instant::now());
    let output = output.recv_timeout(left).map_err(|_| "its output does not end".to_owned())?;
    read(status, &output)
}

/// Reads what the child writes, beside it: one that writes more than a pipe holds would wait for us.
fn output(child: &mut Child) -> Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    if let Some(stdout) = child.stdout.take() {
        thread::spawn(move || {
            let mut bytes = Vec::new();
            // What was read before an error is judged as it is.
            let _ = stdout.take(MAX_OUTPUT + 1).read_to_end(&mut bytes);
            let _ = sender.send(bytes);
        });
    }
    receiver
}

/// Waits for the child's end; ends it when it takes too long.
fn wait(child: &mut Child, end: Instant) -> Option<ExitStatus> {
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if Instant::now() < end => thread::sleep(Duration::from_millis(5)),
            Ok(None) | Err(_) => {
                let _ = child.kill();
                let _ = child.wait();
                return None;
            }
        }
    }
}

fn read(status: ExitStatus, output: &[u8]) -> Result<Option<Login>, String> {
    if output.len() as u64 > MAX_OUTPUT {
        return Err(format!("it writes more than {MAX_OUTPUT} bytes"));
    }
    if !status.success() {
        let text = String::from_utf8_lossy(output);
        // The words that the protocol sets down for having none.
        if text.contains("credentials not found") {
            return Ok(None);
        }
        // Not what it wrote, which may be half a secret.
        return Err(format!("it ended with {status}"));
    }
    let answer: Answer =
        serde_json::from_slice(output).map_err(|_| "its answer is not as expected".to_owned())?;
    let secret = Secret::new(answer.secret);
    Ok(match answer.username.as_str() {
        _ if secret.expose().is_empty() => None,
        "<token>" => Some(Login::Identity(secret)),
        _ => Some(Login::Password { username: answer.username, password: secret }),
    })
}
