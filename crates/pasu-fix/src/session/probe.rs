//! Whether everything that waited for others, and was to go on, still does.

use crate::access::Access;
use pasu_checks::Host;
use pasu_checks::host::sockets::Protocol;
use pasu_model::FixEffect;
use std::collections::BTreeSet;
use std::net::IpAddr;

/// A port that somebody holds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Port {
    udp: bool,
    address: IpAddr,
    port: u16,
}

impl Port {
    /// `tcp 0.0.0.0:22`.
    pub(super) fn shown(&self) -> String {
        format!("{} {}:{}", if self.udp { "udp" } else { "tcp" }, self.address, self.port)
    }
}

/// First port that the kernel hands out to whoever asks for any (`ip_local_port_range`): a daemon that is started anew
/// gets another.
const FIRST_EPHEMERAL: u16 = 32768;

/// The ports that are open and have a number of their own.
pub(super) fn open(host: &Host) -> BTreeSet<Port> {
    let Ok(listeners) = host.listeners() else { return BTreeSet::new() };
    listeners
        .iter()
        .filter(|listener| listener.port < FIRST_EPHEMERAL)
        .map(|listener| Port {
            udp: listener.protocol == Protocol::Udp,
            address: listener.address,
            port: listener.port,
        })
        .collect()
}

/// Those of before that the plan leaves open and that are not open now.
pub(super) fn missing(before: &Host, planned: &Host, now: &Host) -> Vec<Port> {
    let (planned, now) = (open(planned), open(now));
    open(before).into_iter().filter(|port| planned.contains(port) && !now.contains(port)).collect()
}

/// The units that were told something and do not run, though they did before or were to be started.
pub(super) fn stopped(before: &Host, effects: &[FixEffect], now: &Host) -> Vec<String> {
    let runs = |host: &Host, name: &str| {
        host.units().is_ok_and(|units| units.named(name).is_some_and(|unit| unit.is_active()))
    };
    let told = effects.iter().filter_map(|effect| match effect {
        FixEffect::Start { unit } => Some((unit, true)),
        FixEffect::Reload { unit } | FixEffect::Restart { unit } => Some((unit, false)),
        FixEffect::Stop { .. } | FixEffect::Sysctl { .. } => None,
    });
    told.filter(|(unit, is_new)| (*is_new || runs(before, unit)) && !runs(now, unit))
        .map(|(unit, _)| unit.clone())
        .collect()
}

/// Where sshd waits and where its files would have it wait, if it would leave every port as soon as it read them: somebody
/// changed them and has not told it yet. No undo brings such a port back.
pub(super) fn pending_port(before: &Host, access: &Access) -> Option<(u16, u16)> {
    let (listeners, processes) = (before.listeners().ok()?, before.processes().ok()?);
    let is_sshd = |pid: &u32| {
        processes.iter().any(|process| process.pid == *pid && process.program() == "sshd")
    };
    let held = listeners.iter().filter(|listener| listener.pids.iter().any(is_sshd));
    let held: BTreeSet<u16> = held.map(|listener| listener.port).collect();
    let wanted: BTreeSet<u16> = access.endpoints.iter().map(|endpoint| endpoint.port).collect();
    if !held.is_disjoint(&wanted) {
        return None;
    }
    Some((*held.first()?, *wanted.first()?))
}
