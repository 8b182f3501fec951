//! Whether a network service is in use: units, sockets, processes, listeners and super-servers seen together.

use super::inetd::InetdEntry;
use super::sockets::Protocol;
use super::{Host, processes::Process};
use crate::cause::{Cause, CauseKind};
use pasu_model::Place;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// What is known about a service, by the names under which distributions ship it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    /// Units that run it; `name@` stands for its instances.
    #[serde(default)]
    units: Vec<String>,
    /// Programs.
    #[serde(default)]
    processes: Vec<String>,
    /// Programs that are it only with an argument: `rsync --daemon`.
    #[serde(default)]
    commands: Vec<String>,
    /// Whether the kernel itself holds its ports.
    #[serde(default)]
    kernel: bool,
    /// Names of inetd and xinetd, or of the programs that they start.
    #[serde(default)]
    inetd: Vec<String>,
    /// Ports that are its own.
    #[serde(default)]
    tcp: Vec<u16>,
    /// Ports that are its own.
    #[serde(default)]
    udp: Vec<u16>,
    /// Paths or patterns that only an installed one leaves: its settings, its program.
    #[serde(default)]
    traces: Vec<String>,
}

impl Known {
    /// Whether an entry of a super-server is this service: by the program that it starts, else by its name.
    fn is_entry(&self, entry: &InetdEntry) -> bool {
        let program = entry.program();
        let starts = |known: &Self| {
            [&known.inetd, &known.processes]
                .iter()
                .any(|names| names.iter().any(|it| it == program))
        };
        // `ftp stream tcp nowait root /usr/sbin/vsftpd vsftpd` is vsftpd and no other FTP daemon.
        starts(self) || self.inetd.contains(&entry.service) && !SERVICES.values().any(starts)
    }

    fn has_port(&self, protocol: Protocol, port: u16) -> bool {
        match protocol {
            Protocol::Tcp => self.tcp.contains(&port),
            Protocol::Udp => self.udp.contains(&port),
        }
    }

    fn is_run_by(&self, process: &Process) -> bool {
        process.is_any_of(&self.processes)
            || self.commands.iter().filter_map(|command| command.split_once(' ')).any(
                |(program, argument)| {
                    process.is_any_of(&[program.to_owned()])
                        && process.arguments.iter().any(|given| given == argument)
                },
            )
    }
}

static SERVICES: LazyLock<BTreeMap<String, Known>> =
    LazyLock::new(|| toml::from_str(include_str!("services.toml")).unwrap_or_default());

/// How a service shows that it is in use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sign {
    /// What shows it.
    pub kind: SignKind,
    /// Its name: a unit, `vsftpd (pid 12)`, `tcp 0.0.0.0:21`, a service of inetd.
    pub what: String,
    /// Where it stands, if in a file.
    pub place: Option<Place>,
    /// For a port: whether only this machine reaches it.
    pub loopback: bool,
}

/// The kinds of signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignKind {
    /// A process runs.
    Process,
    /// One of its ports is open, by its own process or by a super-server.
    Port,
    /// One of its ports is open, and who holds it could not be seen.
    PortOfUnknown,
    /// Its unit is active.
    Active,
    /// Its unit is started at boot or on demand.
    Enabled,
    /// A super-server that is in use starts it.
    Inetd,
    /// A super-server would start it, and is not in use itself.
    InetdIdle,
    /// A unit is switched on, and there is no systemd here that would start it.
    EnabledIdle,
    /// Another program, or a container's, holds one of its ports.
    PortOfOther,
}

impl SignKind {
    /// The key of its sentence in `messages.toml`.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Process => "service-process",
            Self::Port => "service-port",
            Self::PortOfUnknown => "service-port-of-unknown",
            Self::Active => "service-active",
            Self::Enabled => "service-enabled",
            Self::Inetd => "service-inetd",
            Self::InetdIdle => "service-inetd-idle",
            Self::EnabledIdle => "service-enabled-idle",
            Self::PortOfOther => "service-port-of-other",
        }
    }
}

/// What is seen of one service.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceState {
    /// Everything that shows it.
    pub signs: Vec<Sign>,
    /// What looks like it and does not count: a unit that nothing starts, a port that another program holds.
    pub others: Vec<Sign>,
    /// What could not be seen and might show it.
    pub unseen: Vec<Cause>,
}

impl ServiceState {
    /// Whether it runs or will: anything but a port of an unknown process or an idle super-server's entry.
    #[must_use]
    pub fn is_used(&self) -> bool {
        let counts =
            |sign: &Sign| !matches!(sign.kind, SignKind::PortOfUnknown | SignKind::InetdIdle);
        self.signs.iter().any(counts)
    }

    /// Whether it runs now: a process, a port, an active unit, or a super-server in use.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.signs.iter().any(|sign| {
            matches!(
                sign.kind,
                SignKind::Process | SignKind::Port | SignKind::Active | SignKind::Inetd
            )
        })
    }

    /// Whether others can reach it: a port that is not bound to this machine alone. `None` where no port is seen.
    #[must_use]
    pub fn is_reachable(&self) -> Option<bool> {
        let mut ports = self.signs.iter().filter(|sign| sign.kind == SignKind::Port).peekable();
        ports.peek()?;
        Some(ports.any(|sign| !sign.loopback))
    }

    /// Whether nothing shows it and everything that could was seen.
    #[must_use]
    pub fn is_surely_unused(&self) -> bool {
        !self.is_used()
            && self.unseen.is_empty()
            && !self.signs.iter().any(|sign| sign.kind == SignKind::PortOfUnknown)
    }
}

/// Paths or patterns that only an installed service leaves.
pub(crate) fn traces(name: &str) -> &'static [String] {
    SERVICES.get(name).map_or(&[], |known| &known.traces)
}

impl Host {
    /// What is seen of a service of `services.toml`.
    ///
    /// # Errors
    /// Units, processes or the files of super-servers could not be read at all, or there is no such service.
    pub fn service(&self, name: &str) -> Result<ServiceState, Cause> {
        let Some(known) = SERVICES.get(name) else {
            return Err(Cause::new(CauseKind::Panic, format!("no service named {name}")));
        };
        let mut state = self.state_of(known)?;
        state.signs.sort_by_key(|sign| sign.kind);
        if self.is_live() && !self.is_root() && !self.processes()?.iter().any(|one| one.pid == 1) {
            // /proc mounted with `hidepid`: not a trace of the processes of others.
            state.unseen.push(Cause {
                kind: CauseKind::Permission,
                place: Some(Place::File { path: "/proc".to_owned(), line: None }),
                detail: "processes of other users".to_owned(),
            });
        }
        Ok(state)
    }

    fn state_of(&self, known: &Known) -> Result<ServiceState, Cause> {
        let mut state = ServiceState::default();
        self.unit_signs(known, &mut state)?;
        if self.is_live() {
            let processes = self.processes()?;
            self.process_signs(known, &processes, &mut state);
            self.port_signs(known, &processes, &mut state)?;
        }
        self.inetd_signs(known, &mut state)?;
        Ok(state)
    }

    fn unit_signs(&self, known: &Known, state: &mut ServiceState) -> Result<(), Cause> {
        let units = self.units()?;
        for name in &known.units {
            let found: Vec<_> = match name.strip_suffix('@') {
                Some(_) => units.instances(name).collect(),
                None => units.named(name).into_iter().collect(),
            };
            for unit in found {
                let kind = if unit.is_active() {
                    SignKind::Active
                } else if units.starts(unit) {
                    SignKind::Enabled
                } else if unit.is_enabled() {
                    SignKind::EnabledIdle
                } else {
                    continue;
                };
                let path = unit.enabled_by.first().unwrap_or(&unit.path).clone();
                let place = (!path.is_empty()).then_some(Place::File { path, line: None });
                let sign = Sign { kind, what: unit.name.clone(), place, loopback: false };
                let list = match kind {
                    SignKind::EnabledIdle => &mut state.others,
                    _ => &mut state.signs,
                };
                if !list.contains(&sign) {
                    list.push(sign);
                }
            }
        }
        Ok(())
    }

    fn process_signs(&self, known: &Known, processes: &[Process], state: &mut ServiceState) {
        let own = processes.iter().filter(|process| known.is_run_by(process));
        // A server with a hundred workers is one server.
        state.signs.extend(own.take(3).map(|process| Sign {
            kind: SignKind::Process,
            what: format!("{} (pid {})", process.program(), process.pid),
            place: None,
            loopback: false,
        }));
    }

    fn port_signs(
        &self,
        known: &Known,
        processes: &[Process],
        state: &mut ServiceState,
    ) -> Result<(), Cause> {
        let entries = self.inetd()?;
        let sees_all = processes.iter().any(|process| process.pid == 1);
        for listener in self.listeners()?.iter() {
            let own_port = known.has_port(listener.protocol, listener.port);
            // An entry of inetd for another service with the same port explains it.
            let is_explained = || {
                let enabled = || entries.iter().filter(|entry| entry.enabled);
                let of_port = |entry: &InetdEntry| {
                    SERVICES.values().any(|other| {
                        other.has_port(listener.protocol, listener.port) && other.is_entry(entry)
                    })
                };
                !enabled().any(|entry| known.is_entry(entry)) && enabled().any(of_port)
            };
            let holders: Vec<&Process> =
                processes.iter().filter(|process| listener.pids.contains(&process.pid)).collect();
            let is_own = holders.iter().any(|process| known.is_run_by(process));
            let is_super = holders
                .iter()
                .any(|process| is_super_server(process) && (process.pid == 1 || !is_explained()));
            let is_nobodys = own_port && listener.pids.is_empty();
            // Without the right to see who holds it, the daemon that runs and has this port is taken for its holder.
            let likely =
                processes.iter().find(|process| is_nobodys && sees_all && known.is_run_by(process));
            let likely = likely.or_else(|| {
                processes.iter().find(|process| {
                    let runs_by = |it: &Known| {
                        it.has_port(listener.protocol, listener.port) && it.is_run_by(process)
                    };
                    is_nobodys && sees_all && SERVICES.values().any(runs_by)
                })
            });
            // A server's own TCP ports count wherever it listens; UDP sockets are also how it asks others.
            let is_likely_own = likely.is_some_and(|process| known.is_run_by(process));
            let kind = if is_own && (own_port || listener.protocol == Protocol::Tcp)
                || own_port && is_super
                || is_nobodys && known.kernel && self.is_root()
                || is_likely_own
            {
                SignKind::Port
            } else if is_nobodys && likely.is_none() {
                SignKind::PortOfUnknown
            } else if own_port {
                SignKind::PortOfOther
            } else {
                continue;
            };
            let mut what = listener.shown();
            if kind == SignKind::PortOfOther {
                let holder = holders.first().copied().or(likely);
                let holder = holder.map_or("a container", Process::program);
                what = format!("{what} ({holder})");
            }
            let sign = Sign { kind, what, place: None, loopback: listener.is_loopback() };
            match kind {
                SignKind::PortOfOther => state.others.push(sign),
                _ => state.signs.push(sign),
            }
        }
        Ok(())
    }

    fn inetd_signs(&self, known: &Known, state: &mut ServiceState) -> Result<(), Cause> {
        if known.inetd.is_empty() {
            return Ok(());
        }
        let entries = self.inetd()?;
        let own = entries.iter().filter(|entry| entry.enabled && known.is_entry(entry));
        for entry in own {
            let server = match entry.flavour {
                super::inetd::Flavour::Inetd => "inetd",
                super::inetd::Flavour::Xinetd => "xinetd",
            };
            let is_used = SERVICES
                .get(server)
                .map(|known| self.state_of(known))
                .transpose()?
                .is_some_and(|state| state.is_used());
            let kind = if is_used { SignKind::Inetd } else { SignKind::InetdIdle };
            let what = format!("{server}: {}", entry.service);
            state.signs.push(Sign {
                kind,
                what,
                place: Some(entry.place.clone()),
                loopback: false,
            });
        }
        Ok(())
    }
}

fn is_super_server(process: &Process) -> bool {
    process.pid == 1
        || matches!(
            process.program(),
            "inetd" | "xinetd" | "openbsd-inetd" | "inetutils-inetd" | "systemd"
        )
}

#[cfg(test)]
mod tests {
    use super::SERVICES;
    use crate::case::TestHost;

    #[test]
    fn the_table_is_read() {
        assert!(SERVICES.len() > 10);
        assert!(SERVICES.values().all(|known| !known.processes.is_empty()
            || !known.inetd.is_empty()
            || !known.commands.is_empty()));
    }

    #[test]
    fn a_port_of_another_program_is_no_sign() {
        let host = TestHost::new()
            .live()
            .process(7, "nginx", 0, None)
            .listener("tcp", "0.0.0.0:23", Some(7))
            .host();
        assert!(host.service("telnet").unwrap().is_surely_unused());
    }

    #[test]
    fn a_container_on_the_hosts_network_is_another_scope() {
        let status = "Name:\tin.telnetd\nUid:\t0\t0\t0\t0\nNSpid:\t8\t1\n";
        let host = TestHost::new()
            .live()
            .process(8, "in.telnetd", 0, None)
            .file("/proc/8/status", status)
            .listener("tcp", "0.0.0.0:23", Some(8))
            .host();
        let state = host.service("telnet").unwrap();
        assert!(state.is_surely_unused());
        assert_eq!(state.others[0].what, "tcp 0.0.0.0:23 (a container)");
    }

    #[test]
    fn only_a_command_with_its_argument_is_the_daemon() {
        let rsync = TestHost::new().live().process(8, "rsync", 0, None);
        assert!(!rsync.clone().host().service("rsync").unwrap().is_used());
        let daemon = rsync.file("/proc/8/cmdline", "rsync\0--daemon\0").host();
        assert!(daemon.service("rsync").unwrap().is_used());
    }

    #[test]
    fn hidden_processes_of_others_are_not_absent() {
        let mut host = TestHost::new().live().process(9, "bash", 1000, None);
        host.as_root = false;
        assert!(!host.host().service("automount").unwrap().is_surely_unused());
    }

    #[test]
    fn a_port_that_nobody_shows_is_not_unused() {
        let host = TestHost::new().live().listener("tcp", "0.0.0.0:23", None).host();
        let state = host.service("telnet").unwrap();
        assert!(!state.is_used() && !state.is_surely_unused());
    }

    #[test]
    fn a_port_whose_holder_is_hidden_is_that_of_the_daemon_that_runs() {
        let mut host = TestHost::new()
            .live()
            .process(1, "systemd", 0, None)
            .process(8, "exim4", 101, None)
            .listener("tcp", "127.0.0.1:25", None);
        host.as_root = false;
        let host = host.host();
        assert_eq!(host.service("exim").unwrap().is_reachable(), Some(false));
        let postfix = host.service("postfix").unwrap();
        assert!(postfix.is_surely_unused());
        assert_eq!(postfix.others[0].what, "tcp 127.0.0.1:25 (exim4)");
    }

    #[test]
    fn an_entry_named_after_a_protocol_is_the_daemon_that_it_starts() {
        let entry = "ftp stream tcp nowait root /usr/sbin/tcpd /usr/sbin/vsftpd\n";
        let host = TestHost::new()
            .file("/etc/inetd.conf", entry)
            .live()
            .process(9, "inetd", 0, None)
            .listener("tcp", "0.0.0.0:21", Some(9))
            .host();
        assert!(host.service("vsftpd").unwrap().is_used());
        for other in ["proftpd", "pure-ftpd", "ftpd"] {
            assert!(host.service(other).unwrap().is_surely_unused(), "{other}");
        }
        let unknown = "ftp stream tcp nowait root /opt/own/server server\n";
        let host = TestHost::new().file("/etc/inetd.conf", unknown).live();
        let host = host.process(9, "inetd", 0, None).host();
        assert!(host.service("ftpd").unwrap().is_used());
    }

    #[test]
    fn an_entry_of_a_super_server_counts_when_that_is_used() {
        let entry = "telnet stream tcp nowait root /usr/sbin/tcpd in.telnetd\n";
        let idle = TestHost::new().file("/etc/inetd.conf", entry);
        assert!(!idle.clone().host().service("telnet").unwrap().is_used());
        let used = idle.live().process(9, "inetd", 0, None);
        assert!(used.host().service("telnet").unwrap().is_used());
    }
}
