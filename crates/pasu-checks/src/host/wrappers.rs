//! TCP wrappers: the rules of `/etc/hosts.allow` and `/etc/hosts.deny`, and which programs obey them at all.

use super::Host;
use crate::cause::Cause;
use pasu_model::Place;
use serde::{Deserialize, Serialize};

/// The largest program that is searched for the name of the library, in bytes.
const MAX_PROGRAM: u64 = 64 << 20;

/// What programs that obey the rules name as a library they need.
const LIBRARY: &[u8] = b"libwrap.so";

/// The rules, those of `hosts.allow` first: the first that matches decides (hosts_access(5)).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wrappers {
    rules: Vec<Rule>,
}

/// `sshd, vsftpd : 10.0.0.0/8 : allow`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    daemons: Vec<String>,
    clients: Vec<String>,
    allows: bool,
    /// Where it stands.
    pub place: Place,
}

impl Wrappers {
    /// The rule that refuses a daemon to everybody who is not named before it; none where everybody is let in.
    #[must_use]
    pub fn refusal(&self, daemon: &str) -> Option<&Rule> {
        let of_all = |rule: &&Rule| {
            rule.clients == ["ALL"]
                && rule.daemons.iter().any(|name| name == "ALL" || name == daemon)
        };
        self.rules.iter().find(of_all).filter(|rule| !rule.allows)
    }
}

impl Host {
    /// The rules of TCP wrappers.
    ///
    /// # Errors
    /// A file is there and cannot be read.
    pub fn wrappers(&self) -> Result<Wrappers, Cause> {
        let mut rules = Vec::new();
        for (path, allows) in [("/etc/hosts.allow", true), ("/etc/hosts.deny", false)] {
            let Some(file) = self.text(path)? else { continue };
            let mut open = String::new();
            for (number, line) in file.numbered() {
                if open.is_empty() && line.trim_start().starts_with('#') {
                    continue;
                }
                open.push_str(line);
                if open.ends_with('\\') {
                    open.pop();
                    continue;
                }
                let text = std::mem::take(&mut open);
                rules.extend(rule(&text, allows, file.place(number)));
            }
        }
        Ok(Wrappers { rules })
    }

    /// Whether a program needs the library of TCP wrappers; without it their rules do not reach it.
    ///
    /// # Errors
    /// The program is there and cannot be read.
    pub fn obeys_wrappers(&self, program: &str) -> Result<bool, Cause> {
        let bytes = self.bytes(program, MAX_PROGRAM)?.unwrap_or_default();
        Ok(bytes.windows(LIBRARY.len()).any(|window| window == LIBRARY))
    }
}

/// `daemons : clients [: option]…`; brackets keep the colons of IPv6 together.
fn rule(line: &str, allows: bool, place: Place) -> Option<Rule> {
    let mut fields: Vec<String> = vec![String::new()];
    let mut in_brackets = false;
    for c in line.chars() {
        in_brackets = (in_brackets || c == '[') && c != ']';
        match fields.last_mut() {
            Some(field) if c != ':' || in_brackets => field.push(c),
            _ => fields.push(String::new()),
        }
    }
    let list = |field: &String| -> Vec<String> {
        field
            .split([',', ' ', '\t'])
            .filter(|word| !word.is_empty())
            .map(|word| if word.eq_ignore_ascii_case("all") { "ALL".into() } else { word.into() })
            .collect()
    };
    let (daemons, clients) = (list(fields.first()?), list(fields.get(1)?));
    let option =
        |name: &str| fields.iter().skip(2).any(|field| field.trim().eq_ignore_ascii_case(name));
    let allows = if option("deny") { false } else { allows || option("allow") };
    (!daemons.is_empty() && !clients.is_empty()).then_some(Rule { daemons, clients, allows, place })
}

#[cfg(test)]
mod tests {
    use crate::case::TestHost;

    fn refuses(allow: &str, deny: &str) -> bool {
        let host =
            TestHost::new().file("/etc/hosts.allow", allow).file("/etc/hosts.deny", deny).host();
        host.wrappers().unwrap().refusal("sshd").is_some()
    }

    #[test]
    fn the_first_rule_for_everybody_decides() {
        assert!(refuses("sshd: 10.0.0.0/8\n", "ALL: ALL\n"));
        assert!(refuses("", "sshd : all\n"));
        assert!(!refuses("ALL: ALL\n", "ALL: ALL\n"));
        assert!(!refuses("", "#ALL: ALL\n"));
        assert!(!refuses("", "vsftpd: ALL\n"));
        assert!(!refuses("", "ALL: ALL EXCEPT 10.0.0.1\n"));
        assert!(refuses("sshd: [::1]\nALL: ALL: DENY\n", ""));
        assert!(refuses("", "ALL: \\\n ALL\n"));
    }

    #[test]
    fn only_programs_with_the_library_obey() {
        let host = TestHost::new().file("/usr/sbin/sshd", "..libwrap.so.0..").host();
        assert!(host.obeys_wrappers("/usr/sbin/sshd").unwrap());
        assert!(!host.obeys_wrappers("/usr/sbin/vsftpd").unwrap());
    }
}
