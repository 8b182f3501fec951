//! Whether everything that waited for others, and was to go on, still does.

use pasu_checks::Host;
use pasu_checks::host::sockets::Protocol;
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
