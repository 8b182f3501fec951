//! The undo by time: a process of its own that outlives the session which started it.

use pasu_system::System;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

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
fn by_process(program: &Path, id: &str) -> io::Result<()> {
    let mut command = Command::new("setsid");
    command.arg(program).args(["fix", "recover", "--quiet", "--wait-for", id]);
    command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").current_dir("/");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().map(drop)
}
