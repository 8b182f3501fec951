//! The criteria of a `Match` line, and the connection that they are held against.

use super::parse::Setting;
use crate::host::{Host, files::wildcard};
use std::net::IpAddr;

/// Whether something applies. The order is that of "and": the smallest of several is their conjunction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Truth {
    /// It does not.
    No,
    /// It depends on what is not known.
    Maybe,
    /// It does.
    Yes,
}

impl Truth {
    fn of(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}

/// A connection as `Match` sees it; `None` stands for what is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// The account.
    pub user: String,
    /// Its groups.
    pub groups: Option<Vec<String>>,
    /// The client's name.
    pub host: Option<String>,
    /// The client's address.
    pub address: Option<IpAddr>,
    /// The address that was called.
    pub local_address: Option<IpAddr>,
    /// The port that was called.
    pub local_port: Option<u16>,
}

/// Addresses of documentation, which belong to nobody (RFC 5737), and a name that never exists (RFC 2606).
const STRANGER: [u8; 4] = [203, 0, 113, 77];
const OWN: [u8; 4] = [198, 51, 100, 1];
const STRANGERS_NAME: &str = "stranger.invalid";

impl Connection {
    /// A connection of a user from an address that no setting can mean.
    pub(super) fn stranger(host: &Host, user: &str, settings: &[Setting]) -> Self {
        let asks_groups = settings
            .iter()
            .flat_map(Setting::conditions)
            .any(|condition| condition.criteria.iter().any(|(name, _)| name == "group"));
        let port = settings.iter().find(|setting| setting.keyword == "port");
        Self {
            user: user.to_owned(),
            groups: if asks_groups { groups_of(host, user) } else { None },
            host: Some(STRANGERS_NAME.to_owned()),
            address: Some(IpAddr::from(STRANGER)),
            local_address: Some(IpAddr::from(OWN)),
            local_port: Some(port.and_then(|port| port.argument.parse().ok()).unwrap_or(22)),
        }
    }

    /// The same user from wherever.
    #[must_use]
    pub fn anywhere(&self) -> Self {
        Self {
            user: self.user.clone(),
            groups: self.groups.clone(),
            host: None,
            address: None,
            local_address: None,
            local_port: None,
        }
    }

    /// As `sshd -T -C` takes it.
    pub(super) fn specification(&self) -> String {
        let mut parts = vec![format!("user={}", self.user)];
        parts.extend(self.host.as_ref().map(|host| format!("host={host}")));
        parts.extend(self.address.map(|address| format!("addr={address}")));
        parts.extend(self.local_address.map(|address| format!("laddr={address}")));
        parts.extend(self.local_port.map(|port| format!("lport={port}")));
        parts.join(",")
    }
}

/// The names of a user's groups; `None` where they cannot be read.
fn groups_of(host: &Host, user: &str) -> Option<Vec<String>> {
    let accounts = host.accounts().ok()?;
    let groups = host.groups().ok()?;
    let primary = accounts.named(user).map(|account| account.gid);
    let is_of = |group: &&crate::host::accounts::Group| {
        Some(group.gid) == primary || group.members.iter().any(|member| member == user)
    };
    Some(groups.entries.iter().filter(is_of).map(|group| group.name.clone()).collect())
}

/// A `Match` line: criteria that must all hold.
#[derive(Debug, Clone)]
pub struct Condition {
    /// As written, without white space around.
    pub(super) written: String,
    /// Names in lower case, with what they must fit; `all` fits everything.
    criteria: Vec<(String, String)>,
}

impl Condition {
    /// `Match User root Address 10.0.0.0/8,!10.1.0.0/16`, also with `=` between name and patterns.
    pub(super) fn parse(line: &str, words: &[String]) -> Self {
        let mut criteria = Vec::new();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let (name, value) = match word.split_once('=') {
                Some((name, value)) => (name.to_ascii_lowercase(), value.to_owned()),
                None => {
                    let name = word.to_ascii_lowercase();
                    let takes_none = matches!(name.as_str(), "all" | "invalid-user");
                    let value = if takes_none { None } else { words.next() };
                    (name, value.cloned().unwrap_or_default())
                }
            };
            criteria.push((name, value));
        }
        Self { written: line.trim().to_owned(), criteria }
    }

    /// Whether all criteria hold.
    pub(super) fn truth(&self, connection: &Connection) -> Truth {
        let each = self.criteria.iter().map(|(name, value)| criterion(name, value, connection));
        each.min().unwrap_or(Truth::No)
    }
}

fn criterion(name: &str, value: &str, connection: &Connection) -> Truth {
    let known = |holds: Option<bool>| holds.map_or(Truth::Maybe, Truth::of);
    match name {
        "all" => Truth::Yes,
        // The user of a connection that is asked about exists.
        "invalid-user" => Truth::No,
        "user" => Truth::of(list_takes(value, |pattern| fits(pattern, &connection.user))),
        "group" => known(connection.groups.as_ref().map(|groups| {
            list_takes(value, |pattern| groups.iter().any(|group| fits(pattern, group)))
        })),
        "host" => known(connection.host.as_ref().map(|host| {
            let value = value.to_ascii_lowercase();
            list_takes(&value, |pattern| fits(pattern, &host.to_ascii_lowercase()))
        })),
        "address" => known(connection.address.map(|at| addresses_take(value, at))),
        "localaddress" => known(connection.local_address.map(|at| addresses_take(value, at))),
        "localport" => known(connection.local_port.map(|port| value.parse() == Ok(port))),
        _ => Truth::Maybe,
    }
}

fn fits(pattern: &str, text: &str) -> bool {
    // sshd knows `*` and `?` only; a bracket is itself.
    let pattern = pattern.replace('[', "\\[");
    wildcard(pattern.as_bytes(), text.as_bytes())
}

/// Patterns with commas between: one that fits after a `!` refuses whatever else fits.
fn list_takes(list: &str, fits: impl Fn(&str) -> bool) -> bool {
    let mut taken = false;
    for pattern in list.split(',').map(str::trim).filter(|pattern| !pattern.is_empty()) {
        match pattern.strip_prefix('!') {
            Some(pattern) if fits(pattern) => return false,
            Some(_) => {}
            None => taken |= fits(pattern),
        }
    }
    taken
}

fn addresses_take(list: &str, address: IpAddr) -> bool {
    list_takes(list, |pattern| match pattern.split_once('/') {
        Some((network, bits)) => in_network(network, bits, address).unwrap_or(false),
        None => pattern.parse().map_or_else(
            |_| fits(pattern, &address.to_string()),
            |wanted: IpAddr| wanted == address,
        ),
    })
}

/// Whether the first bits of an address are those of a network.
fn in_network(network: &str, bits: &str, address: IpAddr) -> Option<bool> {
    let bits: u32 = bits.parse().ok()?;
    match (network.parse().ok()?, address) {
        (IpAddr::V4(network), IpAddr::V4(address)) if bits <= 32 => {
            let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
            Some(u32::from(network) & mask == u32::from(address) & mask)
        }
        (IpAddr::V6(network), IpAddr::V6(address)) if bits <= 128 => {
            let mask = u128::MAX.checked_shl(128 - bits).unwrap_or(0);
            Some(u128::from(network) & mask == u128::from(address) & mask)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Condition, Connection, Truth};
    use crate::host::sshd::parse::words;

    fn truth(line: &str) -> (Truth, Truth) {
        let connection = Connection {
            user: "root".into(),
            groups: Some(vec!["root".into(), "adm".into()]),
            host: Some("pc.example.com".into()),
            address: Some("10.1.2.3".parse().unwrap()),
            local_address: Some("::1".parse().unwrap()),
            local_port: Some(22),
        };
        let condition = Condition::parse(line, &words(line).1);
        (condition.truth(&connection), condition.truth(&connection.anywhere()))
    }

    #[test]
    fn criteria_are_held_against_the_connection() {
        use Truth::{Maybe, No, Yes};
        for (line, here, anywhere) in [
            ("Match all", Yes, Yes),
            ("match USER root", Yes, Yes),
            ("Match User=r??t", Yes, Yes),
            ("Match User *,!root", No, No),
            ("Match User kim Address 10.0.0.0/8", No, No),
            ("Match Group wheel,adm", Yes, Yes),
            ("Match Group *,!adm", No, No),
            ("Match Address 10.0.0.0/8", Yes, Maybe),
            ("Match Address 10.0.0.0/8,!10.1.0.0/16", No, Maybe),
            ("Match Address 10.1.*", Yes, Maybe),
            ("Match Address ::/0", No, Maybe),
            ("Match LocalAddress ::/0", Yes, Maybe),
            ("Match Host *.EXAMPLE.com", Yes, Maybe),
            ("Match LocalPort 2222", No, Maybe),
            ("Match User root Host *.org", No, Maybe),
            ("Match RDomain x", Maybe, Maybe),
            ("Match", No, No),
        ] {
            assert_eq!(truth(line), (here, anywhere), "{line}");
        }
    }
}
