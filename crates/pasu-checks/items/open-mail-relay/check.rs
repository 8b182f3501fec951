//! Whether the mail servers in use relay for anybody.

mod fix;
pub use fix::plan;

use crate::cause::Cause;
use crate::host::Host;
use crate::host::exim::{Answer, Exim};
use crate::host::mail::MailSettings;
use crate::host::postfix::{Instance, SmtpServer, is_loopback, words};
use crate::host::sendmail::Sendmail;
use crate::host::services::ServiceState;
use crate::judgement::{Judgement, reason};
use crate::params::Params;
use pasu_model::Place;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How many lines of a table of networks are kept, and how many tables.
const MAX_ENTRIES: usize = 5000;
const MAX_TABLES: usize = 20;

/// Prefixes shorter than this let far too many in.
const WIDE_IPV4: u8 = 8;
const WIDE_IPV6: u8 = 16;

/// The servers with their settings, and the tables that `mynetworks` of Postfix names.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    settings: MailSettings,
    /// `None` for a table that is not there or is no text.
    tables: BTreeMap<String, Option<Vec<String>>>,
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    let settings = host.mail_settings()?;
    let mut tables = BTreeMap::new();
    if let Some(Ok(instances)) = &settings.postfix {
        for instance in instances {
            let own = |server| instance.setting(server, "mynetworks").value;
            let lists = instance.servers.iter().map(own).chain([instance.main("mynetworks").value]);
            for list in lists {
                read_tables(host, &list, &mut tables)?;
            }
        }
    }
    Ok(Facts { settings, tables })
}

/// `/etc/postfix/networks`, `cidr:/etc/postfix/networks.cidr`, `hash:/etc/postfix/networks` (made from a text file of
/// that name): the first word of each line.
fn read_tables(
    host: &Host,
    list: &str,
    tables: &mut BTreeMap<String, Option<Vec<String>>>,
) -> Result<(), Cause> {
    for word in words(list).filter(|word| is_table(word)) {
        if tables.contains_key(word) || tables.len() >= MAX_TABLES {
            continue;
        }
        let path = word.split_once(':').map_or(word, |(_, path)| path);
        let file = if path.starts_with('/') { host.text(path)? } else { None };
        let entries = file.map(|file| {
            let first = |(_, line): (u32, &str)| line.split_whitespace().next().map(str::to_owned);
            file.settings().filter_map(first).take(MAX_ENTRIES).collect()
        });
        tables.insert(word.to_owned(), entries);
    }
    Ok(())
}

/// A path, or `type:name`; not an IPv6 address such as `[::1]/128` or `2001:db8::/32`.
fn is_table(word: &str) -> bool {
    let kind = word.split_once(':').map(|(kind, _)| kind).unwrap_or_default();
    let kinds = [
        "cidr", "hash", "btree", "lmdb", "cdb", "dbm", "texthash", "inline", "mysql", "pgsql",
        "ldap", "sqlite", "pcre", "regexp", "proxy", "static", "tcp",
    ];
    word.starts_with('/') || kinds.contains(&kind)
}

pub fn judge(facts: &Facts, _params: &Params) -> Judgement {
    let mut judgement = Judgement::new();
    let MailSettings { servers, postfix, exim, sendmail } = &facts.settings;
    match postfix {
        Some(Ok(_)) if is_local(&mut judgement, "postfix", &servers.postfix, false) => {}
        Some(Ok(instances)) => {
            for instance in instances {
                judge_instance(&mut judgement, instance, &facts.tables);
            }
        }
        Some(Err(cause)) => judgement.unseen(cause),
        None => {}
    }
    match exim {
        Some(Ok(told)) if is_local(&mut judgement, "exim", &servers.exim, told.loopback_only) => {}
        Some(Ok(told)) => judge_exim(&mut judgement, told),
        Some(Err(cause)) => judgement.unseen(cause),
        None => {}
    }
    match sendmail {
        Some(Ok(told))
            if is_local(&mut judgement, "sendmail", &servers.sendmail, told.loopback_only) => {}
        Some(Ok(told)) => judge_sendmail(&mut judgement, told),
        Some(Err(cause)) => judgement.unseen(cause),
        None => {}
    }
    servers.tell(&mut judgement);
    judgement
}

/// Whether only this machine reaches it: by its open ports where they are seen, else by its settings.
fn is_local(judgement: &mut Judgement, name: &str, state: &ServiceState, is_set: bool) -> bool {
    let is_local = state.is_reachable().map_or(is_set, |reachable| !reachable);
    if is_local {
        judgement.good(reason("loopback").arg("server", name));
    }
    is_local
}

type Tables = BTreeMap<String, Option<Vec<String>>>;

fn judge_instance(judgement: &mut Judgement, instance: &Instance, tables: &Tables) {
    if instance.servers.is_empty() {
        return judgement.good(reason("no-smtp").file(&format!("{}/master.cf", instance.folder)));
    }
    for server in &instance.servers {
        let name = format!("postfix ({})", server.name);
        if is_loopback(instance, server) {
            judgement.good(reason("loopback").arg("server", name).at(server.place.clone()));
        } else {
            judge_server(judgement, instance, server, &name, tables);
        }
    }
}

/// What a restriction list does to strangers.
#[derive(PartialEq, Eq, Clone, Copy)]
enum Effect {
    /// It refuses what they may not send.
    Refuses,
    /// It permits them before.
    Permits,
    /// Neither.
    Silent,
}

fn judge_server(
    judgement: &mut Judgement,
    instance: &Instance,
    server: &SmtpServer,
    name: &str,
    tables: &Tables,
) {
    let setting = |key: &str| instance.setting(server, key);
    let (networks, relay, recipient) = (
        setting("mynetworks"),
        setting("smtpd_relay_restrictions"),
        setting("smtpd_recipient_restrictions"),
    );
    let wide = wide_entry(&networks.value, tables);
    let effects = |wide: bool| [effect(&relay.value, wide), effect(&recipient.value, wide)];
    let main = Place::File { path: format!("{}/main.cf", instance.folder), line: None };
    let place = |place: Option<Place>| place.unwrap_or_else(|| main.clone());
    for table in words(&networks.value).filter(|word| is_table(word)) {
        if tables.get(table).is_none_or(Option::is_none) {
            let said = reason("table-unread").arg("server", name).arg("table", table);
            judgement.ask(said.at(place(networks.place.clone())));
        }
    }
    // Postfix asks both lists, and mail passes only where neither refuses.
    if !effects(false).contains(&Effect::Refuses) {
        let decided = if relay.value.is_empty() { &recipient } else { &relay };
        judgement.bad(
            reason("unrestricted")
                .arg("server", name)
                .at(place(decided.place.clone()))
                .excerpt(&format!("{} | {}", relay.value, recipient.value)),
        );
        return;
    }
    let relays_all = setting("relay_domains");
    let all = words(&relays_all.value).find(|word| word.starts_with("static:"));
    let is_open = wide.is_some() && !effects(true).contains(&Effect::Refuses);
    if let Some(entry) = wide.filter(|_| is_open) {
        let said = reason("networks-wide").arg("server", name).arg("entry", entry);
        judgement.bad(said.at(place(networks.place.clone())).excerpt(&networks.value));
    } else if let Some(entry) = all {
        let said = reason("networks-wide").arg("server", name).arg("entry", entry);
        judgement.bad(said.at(place(relays_all.place.clone())));
    } else {
        judgement.good(reason("restricted").arg("server", name).at(place(relay.place.clone())));
    }
    let style = setting("mynetworks_style");
    if style.value.trim() == "class" && networks.place.is_none() {
        judgement.warn(reason("networks-class").at(place(style.place)));
    }
}

/// The first restriction that decides for everybody.
fn effect(list: &str, networks_are_wide: bool) -> Effect {
    let mut items = words(list);
    while let Some(item) = items.next() {
        match item.to_ascii_lowercase().as_str() {
            // What follows is only logged.
            "warn_if_reject" => {
                items.next();
            }
            "reject_unauth_destination"
            | "defer_unauth_destination"
            | "reject"
            | "defer"
            | "defer_if_permit"
            | "check_relay_domains" => return Effect::Refuses,
            "permit" | "static:permit" | "static:ok" => return Effect::Permits,
            "permit_mynetworks" if networks_are_wide => return Effect::Permits,
            _ => {}
        }
    }
    Effect::Silent
}

/// The first entry of a list of networks, or of a table in it, that lets far too many in.
fn wide_entry(networks: &str, tables: &Tables) -> Option<String> {
    for word in words(networks) {
        if !is_table(word) {
            if is_wide(word) {
                return Some(word.to_owned());
            }
            continue;
        }
        let entries = tables.get(word).and_then(Option::as_ref);
        if let Some(entry) = entries.and_then(|entries| entries.iter().find(|entry| is_wide(entry)))
        {
            return Some(format!("{word}: {entry}"));
        }
    }
    None
}

/// `0.0.0.0/0`, `[::]/0`, `::/0`, and prefixes that hardly leave anybody out; what begins with `!` is left out.
fn is_wide(entry: &str) -> bool {
    let plain = entry.replace(['[', ']'], "");
    let Some((address, length)) = plain.split_once('/') else { return false };
    let limit = if address.contains(':') { WIDE_IPV6 } else { WIDE_IPV4 };
    !address.is_empty()
        && !address.starts_with('!')
        && length.parse::<u8>().is_ok_and(|length| length < limit)
}

fn judge_exim(judgement: &mut Judgement, exim: &Exim) {
    for (name, entry, place) in &exim.wide {
        let said = reason("networks-wide").arg("server", "exim").arg("entry", entry);
        judgement.bad(said.at(place.clone()).excerpt(&format!("{name}: {entry}")));
    }
    match &exim.recipient {
        Answer::Accepted if exim.wide.is_empty() => {
            judgement.bad(reason("exim-accepts").file(&exim.path));
        }
        Answer::Unknown(what) => {
            judgement.ask(reason("exim-unknown").arg("what", what).file(&exim.path));
        }
        _ if exim.wide.is_empty() => {
            judgement.good(reason("restricted").arg("server", "exim").file(&exim.path));
        }
        _ => {}
    }
}

fn judge_sendmail(judgement: &mut Judgement, sendmail: &Sendmail) {
    for (feature, place) in &sendmail.features {
        if feature != "promiscuous_relay" {
            let said = reason("sendmail-feature").arg("feature", feature);
            judgement.warn(said.at(place.clone()));
        }
    }
    for (entry, place) in &sendmail.wide {
        let said = reason("networks-wide").arg("server", "sendmail").arg("entry", entry);
        judgement.bad(said.at(place.clone()));
    }
    if !sendmail.refuses_relay {
        judgement.bad(reason("sendmail-open").file(&sendmail.path));
    } else if sendmail.wide.is_empty() {
        judgement.good(reason("restricted").arg("server", "sendmail").file(&sendmail.path));
    }
}
