//! The settings of sshd for one account from anywhere: where a `Match` asks for an address, every outcome counts.

use super::super::{Person, Proof, Why};
use pasu_checks::host::KeyValue;
use pasu_checks::host::sshd::{Connection, Setting, SshdConfig, Truth};

/// The settings of one account.
pub(in crate::access) struct Values<'a> {
    config: &'a SshdConfig,
    connection: Connection,
}

impl<'a> Values<'a> {
    pub(super) fn of(config: &'a SshdConfig, person: &Person<'_>, ports: &[u16]) -> Self {
        let connection = Connection {
            user: person.account.name.clone(),
            groups: Some(person.groups.iter().map(|(_, name)| name.clone()).collect()),
            host: None,
            address: None,
            local_address: None,
            local_port: if let [port] = ports { Some(*port) } else { None },
        };
        Self { config, connection }
    }

    /// Every value that a keyword may have, the built-in one included; one if it is certain.
    pub(in crate::access) fn possible(&self, keyword: &str) -> Vec<KeyValue> {
        let mut found = Vec::new();
        for setting in self.config.lines(keyword).filter(|setting| setting.is_conditional()) {
            match setting.truth(&self.connection) {
                Truth::No => {}
                Truth::Maybe => found.push(setting.value()),
                Truth::Yes => {
                    found.push(setting.value());
                    return found;
                }
            }
        }
        let plain = self.config.lines(keyword).find(|setting| !setting.is_conditional());
        match plain {
            Some(setting) => found.push(setting.value()),
            None => found.extend(self.config.value(keyword)),
        }
        found
    }

    /// Whether a keyword has one value and no other.
    pub(super) fn certainly(&self, keyword: &str, wanted: &str) -> bool {
        let possible = self.possible(keyword);
        !possible.is_empty()
            && possible.iter().all(|value| value.value.eq_ignore_ascii_case(wanted))
    }

    /// Whether each value that a keyword may have is one that lets through; values are given in lower case.
    pub(in crate::access) fn every(&self, keyword: &str, lets: impl Fn(&str) -> bool) -> Proof {
        Proof::all_of(self.possible(keyword).iter().map(|found| {
            Proof::of(lets(&found.value.to_ascii_lowercase()), || {
                let (key, value) = (spelled(&found.key), &found.value);
                Why::new(
                    format!("sshd 설정 {key} {value} 때문에 들어올 수 없습니다."),
                    format!("The setting {key} {value} of sshd keeps it out."),
                )
                .at(Some(found.place.clone()))
            })
        }))
    }

    /// The lists that a keyword such as `AllowUsers` may stand for. Lines of one sort add up, and those of `Match` blocks
    /// stand in the place of the others.
    pub(super) fn lists(&self, keyword: &str) -> Vec<Vec<KeyValue>> {
        let of = |wanted: &dyn Fn(&Setting) -> bool| -> Vec<KeyValue> {
            self.config.lines(keyword).filter(|line| wanted(line)).map(Setting::value).collect()
        };
        let truth = |line: &Setting| line.truth(&self.connection);
        let plain = of(&|line| !line.is_conditional());
        let sure = of(&|line| line.is_conditional() && truth(line) == Truth::Yes);
        let base = if sure.is_empty() { plain } else { sure };
        let mut lists = vec![base];
        if self.config.lines(keyword).any(|line| truth(line) == Truth::Maybe) {
            lists.push(of(&|line| line.is_conditional() && truth(line) != Truth::No));
        }
        lists
    }
}

/// The usual spelling of the keywords that a reason names.
pub(super) fn spelled(keyword: &str) -> &str {
    const KNOWN: [&str; 12] = [
        "AllowGroups",
        "AllowUsers",
        "AuthorizedKeysFile",
        "ChrootDirectory",
        "DenyGroups",
        "DenyUsers",
        "ForceCommand",
        "KbdInteractiveAuthentication",
        "PasswordAuthentication",
        "PermitRootLogin",
        "PermitTTY",
        "PubkeyAuthentication",
    ];
    KNOWN.into_iter().find(|known| known.eq_ignore_ascii_case(keyword)).unwrap_or(keyword)
}
