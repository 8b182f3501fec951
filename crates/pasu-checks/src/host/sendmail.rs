//! Sendmail: options and rules of `sendmail.cf`, or, where that was not generated yet, its source `sendmail.mc`; and who
//! may relay by `access` and `relay-domains`.

use super::{ConfigFile, Host};
use crate::cause::Cause;
use pasu_model::Place;
use serde::{Deserialize, Serialize};

/// Where the generated file lies.
const GENERATED: [&str; 2] = ["/etc/mail/sendmail.cf", "/etc/sendmail.cf"];

/// Where its source lies.
const SOURCES: [&str; 2] = ["/etc/mail/sendmail.mc", "/etc/sendmail.mc"];

/// Features that let more relay than the defaults do.
const RELAY_FEATURES: [&str; 5] = [
    "promiscuous_relay",
    "relay_local_from",
    "relay_based_on_MX",
    "relay_mail_from",
    "loose_relay_check",
];

/// How many entries of the maps are kept.
const MAX_LISTED: usize = 50;

/// What Sendmail is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sendmail {
    /// The file that was read.
    pub path: String,
    /// Flags of `PrivacyOptions`, in lower case.
    pub privacy: Vec<String>,
    /// Where they are set.
    pub privacy_place: Option<Place>,
    /// `SmtpGreetingMessage`, if it is set.
    pub greeting: Option<(String, Place)>,
    /// Whether every port it opens is bound to this machine alone.
    pub loopback_only: bool,
    /// Whether strangers are refused: the rule that says so, or the default of the source.
    pub refuses_relay: bool,
    /// Features that open relaying.
    pub features: Vec<(String, Place)>,
    /// Entries of `access` and `relay-domains` that let whole top-level domains or class A networks relay.
    pub wide: Vec<(String, Place)>,
}

impl Sendmail {
    /// Whether a flag of `PrivacyOptions` holds. `goaway` stands for most of them, but not for those that restrict who
    /// may look at or run the queue.
    #[must_use]
    pub fn has_privacy(&self, flag: &str) -> bool {
        let named = |flag: &str| self.privacy.iter().any(|set| set == flag);
        named(flag) || (!flag.starts_with("restrict") && named("goaway"))
    }
}

pub(super) fn read(host: &Host) -> Result<Option<Sendmail>, Cause> {
    let mut found = None;
    for path in GENERATED {
        if let Some(file) = host.text(path)? {
            found = Some(of_generated(&file));
            break;
        }
    }
    for path in SOURCES {
        let Some(file) = host.text(path)? else { continue };
        let source = of_source(&file);
        match &mut found {
            None => found = Some(source),
            // The source names features that the generated file may not show any more.
            Some(generated) if generated.features.is_empty() => {
                let mut features = source.features;
                // What is generated counts: it refuses, whatever the source now says.
                features.retain(|(name, _)| name != "promiscuous_relay");
                generated.features = features;
            }
            Some(_) => {}
        }
        break;
    }
    if let Some(sendmail) = &mut found {
        sendmail.wide = wide_entries(host)?;
    }
    Ok(found)
}

fn empty(path: &str) -> Sendmail {
    Sendmail {
        path: path.to_owned(),
        privacy: Vec::new(),
        privacy_place: None,
        greeting: None,
        loopback_only: false,
        refuses_relay: false,
        features: Vec::new(),
        wide: Vec::new(),
    }
}

/// `O PrivacyOptions=authwarnings,novrfy`, or of old `Opauthwarnings`; lines that begin with white space continue.
fn of_generated(file: &ConfigFile) -> Sendmail {
    let mut sendmail = empty(&file.path);
    let mut ports = Vec::new();
    for (line, text) in logical_lines(file) {
        if let Some(rest) = text.strip_prefix("O ") {
            let Some((name, value)) = rest.split_once('=') else { continue };
            match name.trim().to_ascii_lowercase().as_str() {
                "privacyoptions" => sendmail.take_privacy(value, file.place(line)),
                "smtpgreetingmessage" => {
                    sendmail.greeting = Some((value.trim().to_owned(), file.place(line)));
                }
                "daemonportoptions" => ports.push(value.to_owned()),
                _ => {}
            }
        } else if let Some(value) = text.strip_prefix("Op") {
            sendmail.take_privacy(value, file.place(line));
        } else if text.starts_with('R') && text.contains("Relaying denied") {
            sendmail.refuses_relay = true;
        } else if text.starts_with("####") {
            // #####  $Id: relay_local_from.m4,v 8.6 2013-11-22 20:51:11 ca Exp $  #####
            let named = RELAY_FEATURES.iter().find(|name| text.contains(&format!("{name}.m4")));
            sendmail.features.extend(named.map(|name| ((*name).to_owned(), file.place(line))));
        }
    }
    sendmail.loopback_only = are_loopback(&ports);
    sendmail
}

/// Without a line every address is listened on.
fn are_loopback(ports: &[String]) -> bool {
    let is_loopback = |options: &String| {
        options.split(',').any(|option| {
            option.split_once('=').is_some_and(|(key, value)| {
                let value = value.trim().trim_start_matches("IPv6:");
                key.trim().to_ascii_lowercase().starts_with('a')
                    && (value.starts_with("127.") || matches!(value, "::1" | "localhost"))
            })
        })
    };
    !ports.is_empty() && ports.iter().all(is_loopback)
}

impl Sendmail {
    /// Several lines add up.
    fn take_privacy(&mut self, value: &str, place: Place) {
        let flags = value.split(|c: char| c.is_whitespace() || c.is_ascii_punctuation());
        self.privacy.extend(flags.filter(|flag| !flag.is_empty()).map(str::to_ascii_lowercase));
        self.privacy_place = Some(place);
    }
}

fn logical_lines(file: &ConfigFile) -> Vec<(u32, String)> {
    let mut joined: Vec<(u32, String)> = Vec::new();
    for (number, line) in file.numbered() {
        let continues = line.starts_with([' ', '\t']);
        match joined.last_mut().filter(|_| continues) {
            Some((_, before)) => {
                before.push(' ');
                before.push_str(line.trim());
            }
            None => joined.push((number, line.trim_end().to_owned())),
        }
    }
    joined
}

/// ``define(`confPRIVACY_FLAGS', `authwarnings,novrfy')dnl`` and ``FEATURE(`access_db')dnl``.
fn of_source(file: &ConfigFile) -> Sendmail {
    let mut sendmail = empty(&file.path);
    let mut ports = Vec::new();
    for (line, text) in file.numbered() {
        let code = without_comment(text);
        if let Some(value) = defined(code, "confPRIVACY_FLAGS") {
            // The last definition counts.
            sendmail.privacy.clear();
            sendmail.take_privacy(&value, file.place(line));
        }
        if let Some(value) = defined(code, "confSMTP_LOGIN_MSG") {
            sendmail.greeting = Some((value, file.place(line)));
        }
        if let Some(options) = called(code, "DAEMON_OPTIONS(") {
            ports.push(options);
        }
        let feature = called(code, "FEATURE(").unwrap_or_default();
        let name = feature.split(',').next().unwrap_or_default().trim();
        if RELAY_FEATURES.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            sendmail.features.push((name.to_owned(), file.place(line)));
        }
    }
    let is_open = |(name, _): &(String, Place)| name == "promiscuous_relay";
    sendmail.refuses_relay = !sendmail.features.iter().any(is_open);
    sendmail.loopback_only = are_loopback(&ports);
    sendmail
}

/// `dnl` and `#` end what m4 reads of a line.
fn without_comment(line: &str) -> &str {
    let end = line.find("dnl").into_iter().chain(line.find('#')).min().unwrap_or(line.len());
    line.get(..end).unwrap_or_default()
}

fn defined(code: &str, name: &str) -> Option<String> {
    let arguments = called(code, "define(")?;
    let (key, value) = arguments.split_once(',')?;
    (key.trim() == name).then(|| value.trim().to_owned())
}

/// The arguments of a macro without m4's quotes.
fn called(code: &str, macro_name: &str) -> Option<String> {
    let (_, rest) = code.split_once(macro_name)?;
    let end = rest.rfind(')').unwrap_or(rest.len());
    Some(rest.get(..end)?.replace(['`', '\''], "").trim().to_owned())
}

/// `Connect:192.0.2 RELAY` of `access`, and the lines of `relay-domains`, where they name far too many.
fn wide_entries(host: &Host) -> Result<Vec<(String, Place)>, Cause> {
    let mut found = Vec::new();
    if let Some(file) = host.text("/etc/mail/access")? {
        for (line, text) in file.settings() {
            let mut words = text.split_whitespace();
            let (Some(key), Some(value)) = (words.next(), words.next()) else { continue };
            if value.to_ascii_uppercase().starts_with("RELAY") && is_wide(key) {
                found.push((text.to_owned(), file.place(line)));
            }
        }
    }
    if let Some(file) = host.text("/etc/mail/relay-domains")? {
        let wide = file.settings().filter(|(_, text)| is_wide(text));
        found.extend(wide.map(|(line, text)| (text.to_owned(), file.place(line))));
    }
    found.truncate(MAX_LISTED);
    Ok(found)
}

/// A class A network that is not private, or a top-level domain.
fn is_wide(key: &str) -> bool {
    let lower = key.to_ascii_lowercase();
    let key = ["connect:", "to:", "from:"]
        .iter()
        .find_map(|tag| lower.strip_prefix(tag))
        .unwrap_or(&lower)
        .trim_end_matches('.');
    match key.parse::<u16>() {
        Ok(octet) => !matches!(octet, 10 | 127),
        Err(_) => {
            let is_country = key.len() == 2 && key.bytes().all(|byte| byte.is_ascii_lowercase());
            is_country || matches!(key, "com" | "net" | "org" | "edu" | "gov" | "info" | "biz")
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::case::TestHost;

    #[test]
    fn options_of_the_generated_file_add_up() {
        let text = "# O PrivacyOptions=restrictqrun\nO PrivacyOptions=authwarnings,NoVrfy\nO PrivacyOptions = noexpn\n\trestrictmailq\nO SmtpGreetingMessage=$j Sendmail $v/$Z; $b\nO DaemonPortOptions=Port=smtp,Addr=127.0.0.1, Name=MTA\nR$*\t\t\t$#error $@ 5.7.1 $: \"550 Relaying denied\"\n";
        let host = TestHost::new().file("/etc/mail/sendmail.cf", text).host();
        let sendmail = host.sendmail().unwrap();
        let sendmail = sendmail.as_ref().as_ref().unwrap();
        assert_eq!(sendmail.privacy, ["authwarnings", "novrfy", "noexpn", "restrictmailq"]);
        assert!(sendmail.loopback_only && sendmail.refuses_relay);
        assert!(!sendmail.has_privacy("restrictqrun"));
    }

    #[test]
    fn goaway_leaves_the_queue_open() {
        let text = "O PrivacyOptions=goaway\n";
        let host = TestHost::new().file("/etc/mail/sendmail.cf", text).host();
        let sendmail = host.sendmail().unwrap();
        let sendmail = sendmail.as_ref().as_ref().unwrap();
        assert!(sendmail.has_privacy("noexpn") && !sendmail.has_privacy("restrictqrun"));
    }

    #[test]
    fn the_source_is_read_where_nothing_is_generated() {
        let text = "dnl FEATURE(`promiscuous_relay')dnl\ndefine(`confPRIVACY_FLAGS', `authwarnings,novrfy')dnl define(`confPRIVACY_FLAGS', `goaway')\nDAEMON_OPTIONS(`Port=smtp,Addr=::1, Name=MTA')dnl\nFEATURE(relay_local_from)\n";
        let host = TestHost::new().file("/etc/mail/sendmail.mc", text).host();
        let sendmail = host.sendmail().unwrap();
        let sendmail = sendmail.as_ref().as_ref().unwrap();
        assert_eq!(sendmail.privacy, ["authwarnings", "novrfy"]);
        assert!(sendmail.refuses_relay && sendmail.loopback_only);
        assert_eq!(sendmail.features.len(), 1);
    }
}
