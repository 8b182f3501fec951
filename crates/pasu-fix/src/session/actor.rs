//! What is done to the running machine, by systemd or by the init that is there.

use super::daemon;
use pasu_system::transaction::{Action, Actor};
use pasu_system::{System, ToolJob, ToolOutput};
use std::io;
use std::path::Path;
use std::time::Duration;

/// The most time that a unit may take to start or stop. systemd gives up after 90 seconds, and after five minutes where it
/// runs a start script of System V: whoever stops waiting before takes a slow service for a dead one.
const TIMEOUT: Duration = Duration::from_secs(330);

/// The most bytes of output that are looked at.
const LIMIT: usize = 1 << 20;

/// Where start scripts write: what they start keeps its outputs open, so that a pipe would never end.
const LOG: &str = "/var/lib/pasu/fix/scripts.log";

/// The running machine.
pub struct LiveActor<'a> {
    /// Its files, to see which init runs.
    pub system: &'a dyn System,
    /// Whether it is only about to start: units are waiting for us, so nothing can wait for them.
    pub at_boot: bool,
}

impl Actor for LiveActor<'_> {
    fn act(&self, action: &Action) -> io::Result<()> {
        match action {
            Action::Stop { unit } => self.unit("stop", unit),
            Action::Start { unit } => self.unit("start", unit),
            Action::Restart { unit } => self.unit("restart", unit),
            Action::Reload { unit } => self.reload(unit),
            Action::DaemonReload => self.daemon_reload(),
            Action::Sysctl { key, value, .. } => {
                checked("sysctl", &["-w", &format!("{key}={value}")], None)
            }
            Action::Run { program, arguments, .. } => {
                let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
                checked(program, &arguments, None)
            }
        }
    }
}

impl LiveActor<'_> {
    fn has_systemd(&self) -> bool {
        self.system.exists(Path::new("/run/systemd/system"))
    }

    fn unit(&self, verb: &str, unit: &str) -> io::Result<()> {
        if self.has_systemd() {
            return self.systemctl(verb, unit);
        }
        let name = script(unit);
        if self.system.exists(&Path::new("/etc/init.d").join(name)) {
            let log = Some(Path::new(LOG));
            return match self.system.exists(Path::new("/sbin/openrc-run")) {
                true => checked("rc-service", &[name, verb], log),
                false => checked("service", &[name, verb], log),
            };
        }
        let message = format!("{unit}: neither systemd nor a start script to {verb} it");
        Err(io::Error::new(io::ErrorKind::Unsupported, message))
    }

    fn systemctl(&self, verb: &str, unit: &str) -> io::Result<()> {
        if !self.at_boot {
            return checked("systemctl", &[verb, unit], None);
        }
        // What does not run yet will read the files that are put back.
        let verb = match verb {
            "restart" => "try-restart",
            "reload-or-restart" => "try-reload-or-restart",
            verb => verb,
        };
        checked("systemctl", &["--no-block", verb, unit], None)
    }

    /// Services that cannot read their files again, or died of it, are started anew. A daemon that somebody started by
    /// hand reads its files again at SIGHUP.
    fn reload(&self, unit: &str) -> io::Result<()> {
        if self.has_systemd() {
            let by_hand = match self.at_boot || is_active(unit) {
                true => Vec::new(),
                false => daemon::of_unit(unit)?,
            };
            return match by_hand.is_empty() {
                true => self.systemctl("reload-or-restart", unit),
                false => hang_up(&by_hand),
            };
        }
        let Err(error) = self.unit("reload", unit) else { return Ok(()) };
        let by_hand = daemon::of_unit(unit)?;
        if by_hand.is_empty() { Err(error) } else { hang_up(&by_hand) }
    }

    fn daemon_reload(&self) -> io::Result<()> {
        if self.has_systemd() { checked("systemctl", &["daemon-reload"], None) } else { Ok(()) }
    }
}

fn is_active(unit: &str) -> bool {
    checked("systemctl", &["is-active", "--quiet", unit], None).is_ok()
}

/// The shell has it built in; the program `kill` is not everywhere.
fn hang_up(pids: &[u32]) -> io::Result<()> {
    let pids: Vec<String> = pids.iter().map(u32::to_string).collect();
    let mut arguments = vec!["-c", "kill -HUP \"$@\"", "sh"];
    arguments.extend(pids.iter().map(String::as_str));
    checked("sh", &arguments, None)
}

/// `ssh` of `ssh.service`.
fn script(unit: &str) -> &str {
    unit.split_once('.').map_or(unit, |(name, _)| name)
}

fn checked(program: &str, arguments: &[&str], log: Option<&Path>) -> io::Result<()> {
    let output = match run(program, arguments, log) {
        // On a full disk it is done all the same.
        Err(error) if log.is_some() && error.kind() == io::ErrorKind::StorageFull => {
            run(program, arguments, None)?
        }
        other => other?,
    };
    if output.status == Some(0) {
        return Ok(());
    }
    let said = [output.stderr, output.stdout].concat();
    let said = String::from_utf8_lossy(&said);
    let first: String = said
        .lines()
        .find(|line| !line.trim().is_empty())
        .unwrap_or_default()
        .chars()
        .take(300)
        .collect();
    let line = [&[program], arguments].concat().join(" ");
    Err(io::Error::other(format!("{line}: {first}")))
}

fn run(program: &str, arguments: &[&str], log: Option<&Path>) -> io::Result<ToolOutput> {
    let job = ToolJob {
        program,
        arguments,
        environment: &[],
        directory: Path::new("/"),
        timeout: TIMEOUT,
        limit: LIMIT,
        log,
    };
    job.run()
}
