//! Listening TCP sockets and bound UDP sockets of the machine's own network, from `/proc/net`.

use super::{Host, processes};
use crate::cause::Cause;
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The largest table that is read, in bytes: some hundred thousand sockets.
const MAX_TABLE: u64 = 64 << 20;

/// `TCP_LISTEN` of the kernel, and the state that an unconnected UDP socket shows.
const TCP_LISTEN: &str = "0A";
const UDP_UNCONNECTED: &str = "07";

/// A socket that waits for others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listener {
    /// TCP or UDP.
    pub protocol: Protocol,
    /// Address it is bound to; unspecified for all.
    pub address: IpAddr,
    /// Port.
    pub port: u16,
    /// Processes that hold it, those of containers included; empty where we may not see them, or where the kernel
    /// itself listens (NFS).
    pub pids: Vec<u32>,
}

/// A transport.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

impl Listener {
    /// Whether only this machine can reach it.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        match self.address {
            IpAddr::V4(address) => address.is_loopback(),
            IpAddr::V6(address) => {
                address.is_loopback()
                    || address.to_ipv4_mapped().is_some_and(|address| address.is_loopback())
            }
        }
    }

    /// `tcp 0.0.0.0:22`.
    #[must_use]
    pub fn shown(&self) -> String {
        let protocol = match self.protocol {
            Protocol::Tcp => "tcp",
            Protocol::Udp => "udp",
        };
        format!("{protocol} {}", std::net::SocketAddr::new(self.address, self.port))
    }
}

pub(super) fn read(host: &Host) -> Result<Vec<Listener>, Cause> {
    if !host.is_live() {
        return Err(Cause::not_running("listening ports"));
    }
    let owners = processes::socket_owners(host)?;
    let mut listeners = Vec::new();
    for (table, protocol, state) in [
        ("/proc/net/tcp", Protocol::Tcp, TCP_LISTEN),
        ("/proc/net/tcp6", Protocol::Tcp, TCP_LISTEN),
        ("/proc/net/udp", Protocol::Udp, UDP_UNCONNECTED),
        ("/proc/net/udp6", Protocol::Udp, UDP_UNCONNECTED),
    ] {
        // A kernel without IPv6 has no such table.
        let Some(text) = host.text_of(table, MAX_TABLE)? else { continue };
        for line in text.lines.iter().skip(1) {
            let Some((address, port, inode)) = socket(line, state) else { continue };
            let pids = owners.get(&inode).cloned().unwrap_or_default();
            listeners.push(Listener { protocol, address, port, pids });
        }
    }
    Ok(listeners)
}

/// A line such as `0: 0100007F:0277 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 21 1 …`, if its state is
/// the one wanted.
fn socket(line: &str, state: &str) -> Option<(IpAddr, u16, u64)> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    if *fields.get(3)? != state {
        return None;
    }
    let (address, port) = fields.get(1)?.split_once(':')?;
    let inode = fields.get(9)?.parse().ok()?;
    Some((address_of(address)?, u16::from_str_radix(port, 16).ok()?, inode))
}

/// The kernel prints each word of an address as a number of the machine's byte order.
fn address_of(hex: &str) -> Option<IpAddr> {
    let word = |at: usize| {
        u32::from_str_radix(hex.get(at * 8..at * 8 + 8)?, 16).ok().map(u32::to_ne_bytes)
    };
    match hex.len() {
        8 => Some(IpAddr::V4(Ipv4Addr::from(word(0)?))),
        32 => {
            let mut bytes = [0; 16];
            for (at, chunk) in bytes.chunks_exact_mut(4).enumerate() {
                chunk.copy_from_slice(&word(at)?);
            }
            Some(IpAddr::V6(Ipv6Addr::from(bytes)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{TCP_LISTEN, address_of, socket};

    #[test]
    #[cfg(target_endian = "little")]
    fn addresses_are_words_of_the_machine() {
        assert_eq!(address_of("0100007F").unwrap().to_string(), "127.0.0.1");
        let loopback = address_of("00000000000000000000000001000000").unwrap();
        assert_eq!(loopback.to_string(), "::1");
        assert!(address_of("0100").is_none());
    }

    #[test]
    fn only_the_wanted_state_counts() {
        let line = "   0: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0 100 0 0 10 0";
        assert_eq!(
            socket(line, TCP_LISTEN).map(|(_, port, inode)| (port, inode)),
            Some((22, 4711))
        );
        assert!(socket(line, "01").is_none());
        assert!(socket("", TCP_LISTEN).is_none());
    }
}
