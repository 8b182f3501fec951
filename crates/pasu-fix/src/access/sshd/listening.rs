//! Whether sshd is started, by a unit, by a socket or as a process of its own, and where it waits.

use super::super::{Endpoint, Proof, Why};
use pasu_checks::host::sshd::{Daemon, SshdConfig};
use pasu_checks::host::units::{Unit, Units, ini_values};
use pasu_checks::{Cause, Host};
use std::net::IpAddr;
use std::path::Path;

const PROGRAMS: [&str; 3] = ["/usr/sbin/sshd", "/usr/local/sbin/sshd", "/usr/bin/sshd"];

/// Writes a drop-in for `ssh.socket` from `Port` and `ListenAddress` of sshd's settings (Ubuntu).
const GENERATOR: &str = "/usr/lib/systemd/system-generators/sshd-socket-generator";

/// The name of that drop-in.
const GENERATED: &str = "addresses.conf";

/// What is known of the sshd that waits.
pub(super) struct Listening {
    pub(super) proof: Proof,
    pub(super) endpoints: Vec<Endpoint>,
    pub(super) doubts: Vec<Why>,
}

impl Listening {
    pub(super) fn find(host: &Host, daemon: Option<&Daemon>) -> Self {
        match found(host, daemon) {
            Ok(listening) => listening,
            Err(cause) => {
                let (proof, doubts) = (Proof::unread(&cause), vec![Why::unread(&cause)]);
                Self { proof, endpoints: Vec::new(), doubts }
            }
        }
    }

    fn refused(ko: &str, en: &str) -> Self {
        let proof = Proof::Refused(Why::new(ko, en));
        Self { proof, endpoints: Vec::new(), doubts: Vec::new() }
    }
}

fn found(host: &Host, daemon: Option<&Daemon>) -> Result<Listening, Cause> {
    let is_installed = PROGRAMS.iter().any(|path| host.system().exists(Path::new(path)));
    let Some(daemon) = daemon.filter(|_| is_installed) else {
        return Ok(Listening::refused("sshd가 설치되어 있지 않습니다.", "sshd is not installed."));
    };
    let units = host.units()?;
    let config = host.sshd_of("root", daemon)?;
    let own = endpoints_of(&config);
    let (mut endpoints, mut doubts) = (own.clone(), Vec::new());
    if let Some(socket) = socket(&units) {
        endpoints = socket_endpoints(host, socket, &config, &own)?;
        doubts.extend(idle_port(&endpoints, &own, &config, socket));
    } else if !is_started(host, &units)? {
        return Ok(Listening::refused(
            "sshd를 시작하는 서비스나 소켓이 켜져 있지 않습니다.",
            "No unit that starts sshd is enabled.",
        ));
    }
    endpoints.sort();
    endpoints.dedup();
    let reachable = endpoints.iter().any(|at| !is_loopback(&at.address));
    let proof = Proof::of(reachable, || {
        Why::new(
            "sshd가 밖에서 닿을 수 있는 주소에서 기다리지 않습니다.",
            "sshd does not wait at any address that can be reached from outside.",
        )
    });
    Ok(Listening { proof, endpoints, doubts })
}

fn socket(units: &Units) -> Option<&Unit> {
    ["ssh.socket", "sshd.socket"]
        .iter()
        .filter_map(|name| units.named(name))
        .find(|unit| units.starts(unit) || unit.is_active())
}

/// By a unit that is switched on, or on a running machine by a process that belongs to no unit, as in containers.
fn is_started(host: &Host, units: &Units) -> Result<bool, Cause> {
    let own = ["ssh.service", "sshd.service"].map(|name| units.named(name));
    if own.iter().flatten().any(|unit| units.starts(unit)) {
        return Ok(true);
    }
    if !host.is_live() {
        return Ok(false);
    }
    let processes = host.processes()?;
    Ok(processes.iter().any(|process| {
        let is_session = process.arguments.first().is_some_and(|first| {
            first.starts_with("sshd: ")
                && !first.contains("[listener]")
                && !first.contains("sshd -")
        });
        let of_unit = process.unit.as_deref().and_then(|name| units.named(name)).is_some();
        process.uid == 0 && process.program() == "sshd" && !is_session && !of_unit
    }))
}

/// `ListenAddress` with each `Port`, but for addresses with a port of their own.
fn endpoints_of(config: &SshdConfig) -> Vec<Endpoint> {
    let ports: Vec<u16> =
        config.values("port").iter().filter_map(|port| port.value.parse().ok()).collect();
    let addresses = config.values("listenaddress");
    if addresses.is_empty() {
        return ports
            .iter()
            .map(|port| Endpoint { address: "*".to_owned(), port: *port })
            .collect();
    }
    let mut found = Vec::new();
    for address in addresses {
        let word = address.value.split_whitespace().next().unwrap_or_default();
        let (name, own) = split(word);
        match own {
            Some(port) => found.push(Endpoint { address: name, port }),
            None => found
                .extend(ports.iter().map(|port| Endpoint { address: name.clone(), port: *port })),
        }
    }
    found
}

/// `[::]:22`, `0.0.0.0:22`, `::`, `22`; all addresses are one: `*`.
fn split(word: &str) -> (String, Option<u16>) {
    let plain = |address: &str| {
        let address = address.trim_matches(['[', ']']);
        let all =
            address.is_empty() || address.parse::<IpAddr>().is_ok_and(|ip| ip.is_unspecified());
        if all { "*".to_owned() } else { address.to_owned() }
    };
    if word.parse::<IpAddr>().is_ok() {
        return (plain(word), None);
    }
    match word.rsplit_once(':') {
        Some((address, port)) if port.parse::<u16>().is_ok() => (plain(address), port.parse().ok()),
        _ => match word.parse() {
            Ok(port) => ("*".to_owned(), Some(port)),
            Err(_) => (plain(word), None),
        },
    }
}

fn is_loopback(address: &str) -> bool {
    address == "localhost" || address.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// What a socket listens at: its own lines and those of drop-ins, with what the generator would write in its place.
fn socket_endpoints(
    host: &Host,
    socket: &Unit,
    config: &SshdConfig,
    own: &[Endpoint],
) -> Result<Vec<Endpoint>, Cause> {
    let has_generator = host.system().exists(Path::new(GENERATOR));
    let is_generated = |path: &str| path.starts_with("/run/systemd/generator");
    let mut files: Vec<&str> = vec![&socket.path];
    files.extend(socket.drop_ins.iter().map(String::as_str).filter(|path| !is_generated(path)));
    let name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    let sets_own = config.explicit("port").is_some() || config.explicit("listenaddress").is_some();
    let mut generated = has_generator && sets_own;
    let mut found: Vec<Endpoint> = Vec::new();
    for (at, path) in files.iter().enumerate() {
        if at > 0 && generated && name(path).as_str() > GENERATED {
            found = own.to_vec();
            generated = false;
        }
        let Some(file) = host.text(path)? else { continue };
        for value in ini_values(&file, "Socket", "ListenStream") {
            if value.value.is_empty() {
                found.clear();
            } else if let (address, Some(port)) = split(&value.value) {
                found.push(Endpoint { address, port });
            }
        }
    }
    Ok(if generated { own.to_vec() } else { found })
}

/// `Port` says nothing where systemd waits in the place of sshd: whoever relies on it waits in vain.
fn idle_port(
    endpoints: &[Endpoint],
    own: &[Endpoint],
    config: &SshdConfig,
    socket: &Unit,
) -> Option<Why> {
    let set = config.explicit("port")?;
    let idle = own.iter().find(|at| !endpoints.iter().any(|real| real.port == at.port))?;
    let (port, name) = (idle.port, &socket.name);
    let real: Vec<String> = endpoints.iter().map(Endpoint::shown).collect();
    let real = real.join(", ");
    Some(
        Why::new(
            format!(
                "sshd 설정의 Port {port}는 효력이 없습니다. {name}이 {real}에서 대신 기다립니다."
            ),
            format!(
                "Port {port} of sshd's settings has no effect: {name} waits at {real} in its place."
            ),
        )
        .at(Some(set.place)),
    )
}
