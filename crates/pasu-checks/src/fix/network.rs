//! Addresses and networks that a person names in a parameter.

use std::net::{IpAddr, Ipv4Addr};

/// An address, perhaps with the length of its prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Network {
    address: IpAddr,
    length: Option<u8>,
}

impl Network {
    /// Those of a parameter; `None` where there is none, or one is neither an address nor a network. Everybody is no limit.
    pub(crate) fn list(given: &[&str]) -> Option<Vec<Self>> {
        let networks: Option<Vec<Self>> = given.iter().map(|text| Self::parse(text)).collect();
        networks.filter(|networks| !networks.is_empty())
    }

    /// `10.0.0.1` or `2001:db8::/32`.
    fn parse(text: &str) -> Option<Self> {
        let (address, length) = match text.trim().split_once('/') {
            Some((address, length)) => (address, Some(length.parse::<u8>().ok()?)),
            None => (text.trim(), None),
        };
        let address: IpAddr = address.parse().ok()?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let is_sound = length.is_none_or(|length| (1..=longest).contains(&length));
        is_sound.then_some(Self { address, length })
    }

    pub(crate) const fn is_ipv6(&self) -> bool {
        self.address.is_ipv6()
    }

    /// `10.0.0.1` or `10.0.0.0/24`.
    pub(crate) fn plain(&self) -> String {
        self.length
            .map_or_else(|| self.address.to_string(), |length| format!("{}/{length}", self.address))
    }

    /// `10.0.0.1/32` or `10.0.0.0/24`.
    pub(crate) fn with_prefix(&self) -> String {
        let longest = if self.address.is_ipv4() { 32 } else { 128 };
        format!("{}/{}", self.address, self.length.unwrap_or(longest))
    }

    /// As hosts_access(5) writes it: IPv6 in brackets, and a mask for IPv4, which every version of the library knows.
    pub(crate) fn wrapped(&self) -> String {
        match (self.address, self.length) {
            (IpAddr::V4(address), Some(length)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(length)).unwrap_or_default();
                format!("{address}/{}", Ipv4Addr::from(mask))
            }
            (IpAddr::V4(address), None) => address.to_string(),
            (IpAddr::V6(address), Some(length)) => format!("[{address}]/{length}"),
            (IpAddr::V6(address), None) => format!("[{address}]"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Network;

    #[test]
    fn networks_are_written_as_each_program_reads_them() {
        for (given, plain, prefix, wrapped) in [
            ("10.0.0.0/24", "10.0.0.0/24", "10.0.0.0/24", "10.0.0.0/255.255.255.0"),
            ("10.0.0.1", "10.0.0.1", "10.0.0.1/32", "10.0.0.1"),
            ("10.0.0.1/32", "10.0.0.1/32", "10.0.0.1/32", "10.0.0.1/255.255.255.255"),
            ("2001:db8::/32", "2001:db8::/32", "2001:db8::/32", "[2001:db8::]/32"),
            ("::1", "::1", "::1/128", "[::1]"),
        ] {
            let network = Network::list(&[given]).unwrap()[0];
            assert_eq!(
                (&*network.plain(), &*network.with_prefix(), &*network.wrapped()),
                (plain, prefix, wrapped)
            );
        }
        for bad in ["0.0.0.0/0", "::/0", "10.0.0.0/33", "all", "", "10.0.0.0/24 all"] {
            assert_eq!(Network::list(&[bad]), None, "{bad}");
        }
        assert_eq!(Network::list(&[]), None);
    }
}
