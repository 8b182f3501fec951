//! What is done to the running machine, by systemd or by the init that is there.

use pasu_system::transaction::{Action, Actor};
use pasu_system::{System, ToolJob, ToolOutput};
use std::io;
use std::path::Path;
use std::time::Duration;

/// The most time that a unit may take to start or stop: systemd's own limit is 90 seconds.
const TIMEOUT: Duration = Duration::from_secs(120);

/// The most bytes of output that are looked at.
const LIMIT: usize = 1 << 20;

/// The running machine.
pub struct LiveActor<'a> {
    /// Its files, to see which init runs.
    pub system: &'a dyn System,
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
                checked("sysctl", &["-w", &format!("{key}={value}")])
            }
            Action::Run { program, arguments, .. } => {
                let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
                checked(program, &arguments)
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
            return checked("systemctl", &[verb, unit]);
        }
        let name = script(unit);
        if self.system.exists(&Path::new("/etc/init.d").join(name)) {
            let tool = if self.system.exists(Path::new("/sbin/openrc-run")) {
                return checked("rc-service", &[name, verb]);
            } else {
                "service"
            };
            return checked(tool, &[name, verb]);
        }
        let message = format!("{unit}: neither systemd nor a start script to {verb} it");
        Err(io::Error::new(io::ErrorKind::Unsupported, message))
    }

    /// Services that cannot read their files again are started anew.
    fn reload(&self, unit: &str) -> io::Result<()> {
        if self.has_systemd() {
            return checked("systemctl", &["reload-or-restart", unit]);
        }
        match self.unit("reload", unit) {
            Err(error) if error.kind() == io::ErrorKind::Unsupported => self.hang_up(unit),
            other => other,
        }
    }

    /// A daemon that somebody started by hand reads its files again at SIGHUP: the oldest process of its name, which is
    /// the one that waits for others.
    fn hang_up(&self, unit: &str) -> io::Result<()> {
        let name = match script(unit) {
            "ssh" => "sshd",
            name => name,
        };
        checked("pkill", &["-HUP", "-o", "-x", name])
    }

    fn daemon_reload(&self) -> io::Result<()> {
        if self.has_systemd() { checked("systemctl", &["daemon-reload"]) } else { Ok(()) }
    }
}

/// `ssh` of `ssh.service`.
fn script(unit: &str) -> &str {
    unit.split_once('.').map_or(unit, |(name, _)| name)
}

fn checked(program: &str, arguments: &[&str]) -> io::Result<()> {
    let output = run(program, arguments)?;
    if output.status == Some(0) {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
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

fn run(program: &str, arguments: &[&str]) -> io::Result<ToolOutput> {
    let job = ToolJob {
        program,
        arguments,
        environment: &[],
        directory: Path::new("/"),
        timeout: TIMEOUT,
        limit: LIMIT,
        log: None,
    };
    job.run()
}
