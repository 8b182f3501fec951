//! The undo by time: a process of its own that outlives the session which started it.

use super::{Session, ending};
use pasu_system::System;
use pasu_system::transaction::{Error, History, Standing};
use std::io::{self, BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

/// How often the process that waits looks whether its entry was confirmed.
const PAUSE: Duration = Duration::from_secs(1);

/// How soon it tries again where another process is at work, or the undo failed.
const RETRY: Duration = Duration::from_millis(500);

/// What the process that waits says when it has found its entry.
const READY: &str = "waiting";

/// How the undo was armed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timer {
    /// A transient timer of systemd.
    Systemd,
    /// A process in a session of its own.
    Process,
}

/// Arms the undo of a transaction after some time.
///
/// # Errors
/// Neither way could be started: nothing may then be changed.
pub fn arm(system: &dyn System, program: &Path, id: &str, after: Duration) -> io::Result<Timer> {
    if super::boot::has_systemd(system) && by_systemd(program, id, after).is_ok() {
        return Ok(Timer::Systemd);
    }
    by_process(program, id).map(|()| Timer::Process)
}

/// `systemd-run --on-active=300 --unit=pasu-fix-ID pasu fix recover --wait-for ID`.
fn by_systemd(program: &Path, id: &str, after: Duration) -> io::Result<()> {
    let status = Command::new("/usr/bin/systemd-run")
        .arg("--quiet")
        .arg(format!("--unit=pasu-fix-{id}"))
        .arg(format!("--on-active={}", after.as_secs().max(1)))
        .arg("--timer-property=AccuracySec=1s")
        .args(["--collect", "--"])
        .arg(program)
        .args(["fix", "recover", "--quiet", "--wait-for", id])
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    if status.success() { Ok(()) } else { Err(io::Error::other("systemd-run failed")) }
}

/// The process waits itself; `setsid` takes it out of the terminal's session, so that a lost connection does not end it.
/// It is armed only when it has said that it found its entry.
fn by_process(program: &Path, id: &str) -> io::Result<()> {
    let mut command = Command::new("setsid");
    command.arg(program).args(["fix", "recover", "--quiet", "--wait-for", id]);
    command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").current_dir("/");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn()?;
    let mut said = String::new();
    if let Some(pipe) = child.stdout.take() {
        BufReader::new(pipe).read_line(&mut said)?;
    }
    if said.trim_end() == READY {
        return Ok(());
    }
    Err(io::Error::other("the process that is to wait ended at once"))
}

/// Waits until the time of an entry is over, and undoes it unless it was confirmed. An entry whose maker died in the
/// middle is undone at once. While it can still be confirmed nothing is locked, so that `confirm` is never kept waiting.
///
/// # Errors
/// There is no such entry, or what is kept of it is damaged.
pub fn wait_for(session: &Session<'_>, id: &str, mut ready: impl FnMut(&str)) -> Result<(), Error> {
    let history = History::new(session.disk);
    let mut standing = history.show(id)?.standing;
    ready(READY);
    loop {
        match &standing {
            Standing::AwaitingConfirmation { until, boot }
                if *boot == session.boot_id && (session.now)() < *until =>
            {
                thread::sleep(PAUSE);
            }
            Standing::AwaitingConfirmation { .. } | Standing::Open => {
                // The lock is held by whoever still works on it; a full or broken disk may be mended.
                let _ = ending::recover(session, true);
                if history.show(id)?.standing == standing {
                    thread::sleep(RETRY);
                }
            }
            _ => return Ok(()),
        }
        standing = history.show(id)?.standing;
    }
}
