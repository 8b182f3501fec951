//! What snmpd grants, from its files; community strings themselves are never kept.

use super::services::ServiceState;
use super::{ConfigFile, Host};
use crate::cause::{Cause, CauseKind};
use crate::judgement::Judgement;
use crate::kinds::service::tell_use;
use pasu_model::Place;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How many files may be read, and how many grants are kept.
const MAX_FILES: usize = 256;
const MAX_GRANTS: usize = 1000;

/// Files that snmpd reads if they are there, the persistent one last.
const FILES: [&str; 6] = [
    "/etc/snmp/snmpd.conf",
    "/etc/snmp/snmpd.local.conf",
    "/usr/share/snmp/snmpd.conf",
    "/usr/local/etc/snmp/snmpd.conf",
    "/var/lib/snmp/snmpd.conf",
    "/var/lib/net-snmp/snmpd.conf",
];

/// What snmpd is told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snmpd {
    /// Communities, of versions 1 and 2c.
    pub communities: Vec<Community>,
    /// Users of version 3 that are let in.
    pub users: Vec<User>,
    /// Where it listens, one address an entry; empty for everywhere.
    pub addresses: Vec<Address>,
    /// Groups with the security names and models in them.
    groups: Vec<(String, String, String)>,
    /// Files that were read.
    pub files: Vec<String>,
}

/// One address of `agentaddress`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// As written: `udp:127.0.0.1:161`.
    pub written: String,
    /// Where it stands.
    pub place: Place,
}

/// A community, without its string.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Community {
    /// The directive in lower case: `rocommunity`, `com2sec`.
    pub directive: String,
    /// The source as written; none where there is none.
    pub source: Option<String>,
    /// How strong the string is.
    pub strength: Strength,
    /// The security name of `com2sec`, by which a group takes it in; empty for the others.
    security_name: String,
    /// Where it stands.
    pub place: Place,
}

/// What may be known of a community string.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Strength {
    /// In characters.
    pub length: usize,
    /// Whether it has letters.
    pub letters: bool,
    /// Whether it has digits.
    pub digits: bool,
    /// Whether it has anything else.
    pub special: bool,
    /// Whether it is a name that everybody tries first.
    pub is_default: bool,
}

/// A user of version 3.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Name of the user, or of the group of users.
    pub name: String,
    /// The least that is asked: `noauth`, `auth` or `priv`.
    pub level: String,
    /// Where it stands.
    pub place: Place,
}

/// The agent and what it is told, if it is in use: what every item about it starts from.
#[derive(Debug, Serialize, Deserialize)]
pub struct SnmpAgent {
    /// What is seen of it.
    pub agent: ServiceState,
    settings: Option<Snmpd>,
    unseen: Option<Cause>,
}

impl SnmpAgent {
    /// What it is told, if that was read.
    #[must_use]
    pub fn settings(&self) -> Option<&Snmpd> {
        self.settings.as_ref()
    }

    /// Reads the settings of an agent that is in use.
    ///
    /// # Errors
    /// Whether it is in use cannot be seen.
    pub fn read(host: &Host) -> Result<Self, Cause> {
        let mut facts = Self { agent: host.service("snmp")?, settings: None, unseen: None };
        if facts.agent.is_used() {
            match host.snmpd() {
                Ok(settings) => facts.settings = Some(settings),
                Err(cause) => facts.unseen = Some(cause),
            }
        }
        Ok(facts)
    }

    /// Says what an item has to say of the settings, what of them was not seen, and whether the agent is in use.
    pub fn judge(&self, tell: impl FnOnce(&Snmpd, &mut Judgement)) -> Judgement {
        let mut judgement = Judgement::new();
        if let Some(settings) = &self.settings {
            tell(settings, &mut judgement);
        }
        if let Some(cause) = &self.unseen {
            judgement.unseen(cause);
        }
        tell_use(&mut judgement, "snmp", &self.agent);
        judgement
    }
}

impl Snmpd {
    /// The communities that open something: `com2sec` only where a group of version 1 or 2c takes its name in.
    pub fn open_communities(&self) -> impl Iterator<Item = &Community> {
        self.communities.iter().filter(|community| {
            community.security_name.is_empty()
                || self.groups.iter().any(|(_, model, name)| {
                    matches!(model.as_str(), "v1" | "v2c" | "any")
                        && *name == community.security_name
                })
        })
    }

    /// The communities of `com2sec` whose names no group takes in.
    pub fn idle_communities(&self) -> impl Iterator<Item = &Community> {
        let open: Vec<&Community> = self.open_communities().collect();
        self.communities.iter().filter(move |community| !open.contains(community))
    }

    /// Whether it listens only to this machine.
    #[must_use]
    pub fn is_local(&self) -> bool {
        !self.addresses.is_empty() && self.addresses.iter().all(Address::is_local)
    }

    fn line(&mut self, words: &[String], place: &Place) {
        let Some((directive, arguments)) = words.split_first() else { return };
        let directive = directive.to_ascii_lowercase();
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let at = || place.clone();
        match directive.as_str() {
            "rocommunity" | "rwcommunity" | "rocommunity6" | "rwcommunity6" => {
                let Some(string) = arguments.first() else { return };
                let source = arguments.get(1).map(|source| (*source).to_owned());
                let strength = Strength::of(string);
                let security_name = String::new();
                self.communities.push(Community {
                    directive,
                    source,
                    strength,
                    security_name,
                    place: at(),
                });
            }
            "com2sec" | "com2sec6" | "com2secunix" => {
                // `com2sec -Cn CONTEXT SECNAME SOURCE COMMUNITY`.
                let rest = if arguments.first() == Some(&"-Cn") {
                    arguments.get(2..)
                } else {
                    arguments.get(..)
                };
                let Some([name, source, string, ..]) = rest else { return };
                let (source, security_name) = (Some((*source).to_owned()), (*name).to_owned());
                let strength = Strength::of(string);
                self.communities.push(Community {
                    directive,
                    source,
                    strength,
                    security_name,
                    place: at(),
                });
            }
            "authcommunity" => {
                let [_, string, rest @ ..] = arguments.as_slice() else { return };
                let source = rest.first().map(|source| (*source).to_owned());
                let strength = Strength::of(string);
                self.communities.push(Community {
                    directive,
                    source,
                    strength,
                    security_name: String::new(),
                    place: at(),
                });
            }
            "group" => {
                if let [group, model, name, ..] = arguments.as_slice() {
                    self.groups.push((
                        (*group).to_owned(),
                        model.to_ascii_lowercase(),
                        (*name).to_owned(),
                    ));
                }
            }
            "rouser" | "rwuser" => {
                // `rouser [-s MODEL] NAME [LEVEL]`.
                let rest = if arguments.first() == Some(&"-s") {
                    arguments.get(2..)
                } else {
                    arguments.get(..)
                };
                let Some([name, rest @ ..]) = rest else { return };
                let level = rest.first().map_or("auth", |level| level_of(level));
                self.users.push(User {
                    name: (*name).to_owned(),
                    level: level.to_owned(),
                    place: at(),
                });
            }
            "access" => {
                // `access GROUP CONTEXT MODEL LEVEL PREFIX READ WRITE NOTIFY`.
                if let [group, _, model, level, ..] = arguments.as_slice()
                    && model.eq_ignore_ascii_case("usm")
                {
                    self.users.push(User {
                        name: (*group).to_owned(),
                        level: level_of(level).to_owned(),
                        place: at(),
                    });
                }
            }
            "agentaddress" => {
                let written = arguments.iter().flat_map(|word| word.split(','));
                self.addresses.extend(
                    written
                        .filter(|address| !address.is_empty())
                        .map(|address| Address { written: address.to_owned(), place: at() }),
                );
            }
            _ => {}
        }
    }
}

/// `noauth`, `auth`, `priv`, and the long names.
fn level_of(word: &str) -> &'static str {
    match word.to_ascii_lowercase().as_str() {
        "noauth" | "noauthnopriv" => "noauth",
        "priv" | "authpriv" => "priv",
        _ => "auth",
    }
}

impl Address {
    /// Whether only this machine reaches it: `127.0.0.1`, `udp:localhost:161`, `udp6:[::1]`, a socket in a file.
    #[must_use]
    pub fn is_local(&self) -> bool {
        let lower = self.written.to_ascii_lowercase();
        let transports =
            ["udp:", "tcp:", "udp6:", "tcp6:", "udpipv6:", "tcpipv6:", "tlstcp:", "dtlsudp:"];
        let bare = transports.iter().find_map(|it| lower.strip_prefix(it)).unwrap_or(&lower);
        let host = match bare.strip_prefix('[') {
            Some(inner) => inner.split(']').next().unwrap_or(inner),
            None if bare.matches(':').count() == 1 => bare.split(':').next().unwrap_or(bare),
            None => bare,
        };
        bare.starts_with("unix:")
            || bare.starts_with('/')
            || host == "localhost"
            || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
    }
}

impl Community {
    /// Whether any host may use it: no source, or one that is every address.
    #[must_use]
    pub fn is_for_everybody(&self) -> bool {
        if self.directive == "com2secunix" {
            return false;
        }
        let Some(source) = &self.source else { return true };
        let every =
            source.rsplit_once('/').is_some_and(|(_, mask)| mask == "0" || mask == "0.0.0.0");
        every
            || source.eq_ignore_ascii_case("default")
            || ["", "-V", "*", "0.0.0.0", "::"].contains(&source.as_str())
    }
}

impl Strength {
    fn of(string: &str) -> Self {
        let is_special = |c: char| !c.is_ascii_alphanumeric();
        Self {
            length: string.chars().count(),
            letters: string.chars().any(|c| c.is_ascii_alphabetic()),
            digits: string.chars().any(|c| c.is_ascii_digit()),
            special: string.chars().any(is_special),
            is_default: ["public", "private"].iter().any(|it| string.eq_ignore_ascii_case(it)),
        }
    }
}

impl Host {
    /// What snmpd is told by its files, and by what its command line adds.
    ///
    /// # Errors
    /// A file is there and cannot be read, or there are too many.
    pub fn snmpd(&self) -> Result<Snmpd, Cause> {
        let lines = self.command_lines("snmpd", &["snmpd"])?;
        let mut reader = Reader { host: self, read: Snmpd::default(), done: BTreeSet::new() };
        let only_named =
            !lines.is_empty() && lines.iter().all(|line| line.iter().any(|word| word == "-C"));
        let named = lines.iter().flat_map(|line| options(line));
        let mut files: Vec<String> =
            if only_named { Vec::new() } else { FILES.map(str::to_owned).to_vec() };
        files.extend(named);
        for path in files {
            reader.file(&path)?;
        }
        Ok(reader.read)
    }
}

/// The files of `-c FILE,FILE`.
fn options(line: &[String]) -> Vec<String> {
    let mut words = line.iter().skip(1);
    let mut files = Vec::new();
    while let Some(word) = words.next() {
        let value = match word.strip_prefix("-c") {
            Some("") => words.next().map(String::as_str),
            other => other,
        };
        files.extend(value.into_iter().flat_map(|value| value.split(',')).map(str::to_owned));
    }
    files
}

struct Reader<'a> {
    host: &'a Host,
    read: Snmpd,
    done: BTreeSet<String>,
}

impl Reader<'_> {
    fn file(&mut self, path: &str) -> Result<(), Cause> {
        if !self.done.insert(path.to_owned()) {
            return Ok(());
        }
        if self.done.len() > MAX_FILES
            || self.read.communities.len() + self.read.users.len() > MAX_GRANTS
        {
            return Err(Cause::new(
                CauseKind::Limit,
                format!("too much to read for snmpd at {path}"),
            ));
        }
        let Some(file) = self.host.text(path)? else { return Ok(()) };
        self.read.files.push(path.to_owned());
        self.lines(&file)
    }

    fn lines(&mut self, file: &ConfigFile) -> Result<(), Cause> {
        let mut is_ours = true;
        for (number, line) in file.settings() {
            let mut words = words(line);
            // `[snmp]` gives the lines below to another program; `[snmpd] line` is one line of ours.
            if let Some(section) = words.first().and_then(|word| word.strip_prefix('[')) {
                let own = section.trim_end_matches(']').eq_ignore_ascii_case("snmpd");
                words.remove(0);
                if words.is_empty() {
                    is_ours = own;
                    continue;
                }
                if !own {
                    continue;
                }
            } else if !is_ours {
                continue;
            }
            let first = words.first().map(|word| word.to_ascii_lowercase());
            match (first.as_deref(), words.get(1)) {
                (Some("includefile"), Some(path)) => self.file(&beside(&file.path, path))?,
                (Some("includedir"), Some(folder)) => {
                    let folder = folder.trim_end_matches('/').to_owned();
                    let names = self.host.list(&folder)?;
                    for name in names.into_iter().filter(|name| name.ends_with(".conf")) {
                        self.file(&format!("{folder}/{name}"))?;
                    }
                }
                _ => self.read.line(&words, &file.place(number)),
            }
        }
        Ok(())
    }
}

/// A path without a leading slash is beside the file that names it.
fn beside(file: &str, path: &str) -> String {
    let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
    if path.starts_with('/') { path.to_owned() } else { format!("{folder}/{path}") }
}

/// Words; quotes keep spaces, and a word that begins with `#` begins a comment.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = line.trim_start();
    while let Some(first) = rest.chars().next() {
        let (word, after) = match first {
            '#' => break,
            '"' | '\'' => {
                let inner = rest.get(1..).unwrap_or_default();
                inner.split_once(first).unwrap_or((inner, ""))
            }
            _ => rest.split_once(char::is_whitespace).unwrap_or((rest, "")),
        };
        words.push(word.to_owned());
        rest = after.trim_start();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::Snmpd;
    use crate::case::TestHost;

    fn read(text: &str) -> Snmpd {
        TestHost::new().file("/etc/snmp/snmpd.conf", text).host().snmpd().unwrap()
    }

    #[test]
    fn communities_by_position_and_never_their_strings() {
        let read = read(
            "#rocommunity private\nROCommunity s3cretXY 10.0.0.0/8 -V all\nrocommunity6 public default\n\
             com2sec -Cn ctx sec 192.168.0.0/16 \"pass word\"\ngroup g v2c sec\ncom2sec idle default public\n\
             [snmp]\nrocommunity other\n[snmpd] rwcommunity one\n",
        );
        assert_eq!(read.open_communities().count(), 3 + 1);
        assert_eq!(read.idle_communities().count(), 1);
        let open: Vec<bool> =
            read.open_communities().map(super::Community::is_for_everybody).collect();
        assert_eq!(open, [false, true, false, true]);
        assert_eq!(read.communities[2].strength.length, 9);
        let stored = serde_json::to_string(&read).unwrap();
        assert!(!stored.contains("s3cretXY") && !stored.contains("pass word"), "{stored}");
    }

    #[test]
    fn addresses_of_this_machine() {
        assert!(read("agentaddress 127.0.0.1,[::1]\n").is_local());
        assert!(read("agentAddress udp:localhost:161,udp6:[::1]:161,unix:/run/agent\n").is_local());
        assert!(!read("agentaddress udp:161\n").is_local());
        assert!(!read("agentaddress 127.0.0.1\nagentaddress 10.0.0.1\n").is_local());
        assert!(!read("").is_local());
    }

    #[test]
    fn included_files_are_read_once() {
        let host = TestHost::new()
            .file(
                "/etc/snmp/snmpd.conf",
                "includeDir /etc/snmp/snmpd.conf.d\nincludeFile snmpd.conf\n",
            )
            .file("/etc/snmp/snmpd.conf.d/a.conf", "rouser bob priv\n")
            .file("/etc/snmp/snmpd.conf.d/b.bak", "rocommunity public\n")
            .host();
        let read = host.snmpd().unwrap();
        assert_eq!(read.users[0].level, "priv");
        assert!(read.communities.is_empty());
    }
}
