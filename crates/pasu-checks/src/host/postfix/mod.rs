//! Postfix: `main.cf` with continued lines and expanded values, the SMTP servers of `master.cf` with their `-o`
//! settings, and every instance.

mod main_cf;
mod master_cf;

pub use master_cf::SmtpServer;

use super::Host;
use crate::cause::{Cause, CauseKind};
use main_cf::MainCf;
use pasu_model::Place;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How many instances are read.
const MAX_INSTANCES: usize = 32;

/// What is asked of `postconf`: the values that depend on the version or on the machine.
const ASKED: [&str; 9] = [
    "disable_vrfy_command",
    "inet_interfaces",
    "mail_version",
    "mynetworks",
    "mynetworks_style",
    "relay_domains",
    "smtpd_banner",
    "smtpd_recipient_restrictions",
    "smtpd_relay_restrictions",
];

/// One instance: a directory with `main.cf` and `master.cf`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instance {
    /// Its directory.
    pub folder: String,
    /// Its SMTP servers; empty where it takes no mail from the network.
    pub servers: Vec<SmtpServer>,
    /// Settings that matter, by name, expanded.
    settings: BTreeMap<String, Setting>,
}

/// A value and what says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    /// The value with `$name` replaced.
    pub value: String,
    /// Where it is set; `None` for what is built in.
    pub place: Option<Place>,
}

impl Instance {
    /// What a server obeys: its own `-o`, else `main.cf`, else what is built in.
    #[must_use]
    pub fn setting(&self, server: &SmtpServer, name: &str) -> Setting {
        if let Some(value) = server.overrides.get(name) {
            return Setting { value: value.clone(), place: Some(server.place.clone()) };
        }
        self.main(name)
    }

    /// What `main.cf` says, else what is built in.
    #[must_use]
    pub fn main(&self, name: &str) -> Setting {
        self.settings
            .get(name)
            .cloned()
            .unwrap_or_else(|| Setting { value: String::new(), place: None })
    }
}

pub(super) fn read(host: &Host) -> Result<Vec<Instance>, Cause> {
    let first = "/etc/postfix";
    let Some(main) = MainCf::read(host, first)? else { return Ok(Vec::new()) };
    let others = main.value("multi_instance_directories");
    let mut instances = vec![instance(host, first, &main)?];
    for folder in words(&others).filter(|folder| folder.starts_with('/')) {
        if instances.len() >= MAX_INSTANCES {
            return Err(Cause::new(CauseKind::Limit, "too many instances of Postfix"));
        }
        let main = MainCf::read(host, folder)?;
        // Listed and not there: Postfix itself does not start such an instance.
        if let Some(main) = main {
            instances.push(instance(host, folder, &main)?);
        }
    }
    Ok(instances)
}

fn instance(host: &Host, folder: &str, main: &MainCf) -> Result<Instance, Cause> {
    let told = told(host, folder);
    let version =
        host.installed(&["postfix"]).ok().flatten().map(|package| package.version.clone());
    let settings = ASKED.iter().map(|name| {
        let value = match told.get(*name) {
            Some(value) => value.clone(),
            None if main.is_set(name) => main.value(name),
            None => built_in(name, main, version.as_deref()),
        };
        ((*name).to_owned(), Setting { value, place: main.place(name) })
    });
    Ok(Instance {
        folder: folder.to_owned(),
        settings: settings.collect(),
        servers: master_cf::read(host, folder, main)?,
    })
}

/// What Postfix's own reader says, expanded; nothing on trees or before 2.10, where ours does the work.
fn told(host: &Host, folder: &str) -> BTreeMap<String, String> {
    let arguments = [&["-c", folder, "-x"], ASKED.as_slice()].concat();
    let Ok(Some(answer)) = host.tool_if_any("postconf", &arguments) else {
        return BTreeMap::new();
    };
    let text = answer.text();
    let lines = text.lines().filter_map(|line| line.split_once('='));
    lines.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned())).collect()
}

/// What is built in (postconf(5)), where it does not hang on the machine.
fn built_in(name: &str, main: &MainCf, version: Option<&str>) -> String {
    let level: u32 = main
        .value("compatibility_level")
        .split('.')
        .next()
        .and_then(|level| level.trim().parse().ok())
        .unwrap_or_default();
    // 2:3.5.9-24.el9, 3.7.11-0+deb12u1
    let is_before_3 = version.is_some_and(|version| {
        let plain = version.rsplit_once(':').map_or(version, |(_, plain)| plain);
        plain.starts_with("2.") || plain.starts_with("1.")
    });
    match name {
        "disable_vrfy_command" => "no",
        "inet_interfaces" => "all",
        "mynetworks_style" if level < 2 => "subnet",
        "mynetworks_style" => "host",
        "smtpd_banner" => "$myhostname ESMTP $mail_name",
        // Version 3 that was told no level keeps to what was before 2.10.
        "smtpd_relay_restrictions" if level > 0 || is_before_3 || version.is_none() => {
            "permit_mynetworks, permit_sasl_authenticated, defer_unauth_destination"
        }
        _ => "",
    }
    .to_owned()
}

/// The words of a list: commas and white space part them, what stands in braces is one.
pub fn words(list: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_u32;
    let parts = list.split(move |c: char| {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && (c == ',' || c.is_whitespace())
    });
    parts.filter(|word| !word.is_empty())
}

/// `yes` of Postfix.
#[must_use]
pub fn is_yes(value: &str) -> bool {
    value.trim().eq_ignore_ascii_case("yes")
}

/// Whether a server is bound to this machine alone, by its own line or by `inet_interfaces`.
#[must_use]
pub fn is_loopback(instance: &Instance, server: &SmtpServer) -> bool {
    let is_own = |word: &str| {
        matches!(word, "loopback-only" | "localhost" | "::1" | "[::1]") || word.starts_with("127.")
    };
    if let Some(address) = &server.address {
        return is_own(address);
    }
    let interfaces = instance.main("inet_interfaces").value;
    words(&interfaces).next().is_some() && words(&interfaces).all(is_own)
}

#[cfg(test)]
mod tests {
    use super::{is_loopback, words};
    use crate::case::TestHost;

    const MASTER: &str = "# a comment\nsmtp      inet  n       -       y       -       -       smtpd\n#submission inet n - y - - smtpd\n127.0.0.1:10025 inet n - n - - smtpd\n  -o mynetworks=127.0.0.0/8\n  -o { smtpd_relay_restrictions = permit_mynetworks, reject }\npickup unix n - y 60 1 pickup\n";

    #[test]
    fn lines_continue_and_the_last_one_counts() {
        let main = "# mynetworks = 1.2.3.4\nmynetworks = 10.0.0.0/8\n# in between\n\n  192.0.2.0/24\nsmtpd_banner = $myhostname ${mail_name?X}${nothing:Y} $$\nmyhostname = first\nmyhostname = mail.example\ndisable_vrfy_command=YES\nloop = $loop\n";
        let host = TestHost::new()
            .file("/etc/postfix/main.cf", main)
            .file("/etc/postfix/master.cf", MASTER)
            .host();
        let instances = host.postfix().unwrap();
        let instance = &instances[0];
        assert_eq!(instance.main("mynetworks").value, "10.0.0.0/8 192.0.2.0/24");
        assert_eq!(instance.main("smtpd_banner").value, "mail.example XY $");
        assert_eq!(instance.servers.len(), 2);
        let own = &instance.servers[1];
        assert_eq!(instance.setting(own, "mynetworks").value, "127.0.0.0/8");
        assert_eq!(
            instance.setting(own, "smtpd_relay_restrictions").value,
            "permit_mynetworks, reject"
        );
        assert!(!is_loopback(instance, &instance.servers[0]) && is_loopback(instance, own));
    }

    #[test]
    fn what_expands_for_ever_ends() {
        let main = "smtpd_banner = $a$a$a$a\na = $b$b$b$b$b$b$b$b\nb = $c$c$c$c$c$c$c$c\nc = $d$d$d$d$d$d$d$d\nd = $a$a$a$a$a$a$a$a\n";
        let host = TestHost::new().file("/etc/postfix/main.cf", main).host();
        assert!(host.postfix().is_ok());
        let unclosed = "smtpd_banner = ${x ${ $( $\n";
        let host = TestHost::new().file("/etc/postfix/main.cf", unclosed).host();
        assert!(host.postfix().is_ok());
    }

    #[test]
    fn a_list_is_parted_by_commas_and_spaces() {
        let found: Vec<_> = words("a, b\tc {d e, f},g").collect();
        assert_eq!(found, ["a", "b", "c", "{d e, f}", "g"]);
    }
}
