//! Postfix refuses what it may not relay: the list that lets everybody through ends with a refusal, and networks that let
//! far too many in are taken away. Lists of Exim and Sendmail are programs of their own, and for a person.

use super::{Effect, Facts, Tables, effect, is_table, is_wide, wide_entry};
use crate::fix::{Edit, Fix};
use crate::host::exim::Answer;
use crate::host::postfix::{Instance, SmtpServer, is_loopback, words};
use crate::judgement::reason;
use crate::params::Params;
use pasu_model::Place;

const RELAY: &str = "smtpd_relay_restrictions";
const REFUSAL: &str = "reject_unauth_destination";

pub fn plan(facts: &Facts, params: &Params) -> Fix {
    let mut fix = Fix::new();
    let settings = &facts.settings;
    for instance in settings.postfix.iter().flatten().flatten() {
        let open = instance.servers.iter().filter(|server| !is_loopback(instance, server));
        open.for_each(|server| postfix(&mut fix, instance, server, &facts.tables, params));
    }
    if let Some(Ok(exim)) = &settings.exim
        && (!exim.wide.is_empty() || exim.recipient == Answer::Accepted)
    {
        fix.leave(reason("by-hand").arg("server", "exim").file(&exim.path));
    }
    if let Some(Ok(sendmail)) = &settings.sendmail
        && (!sendmail.wide.is_empty() || !sendmail.refuses_relay)
    {
        fix.leave(reason("by-hand").arg("server", "sendmail").file(&sendmail.path));
    }
    fix
}

fn postfix(
    fix: &mut Fix,
    instance: &Instance,
    server: &SmtpServer,
    tables: &Tables,
    params: &Params,
) {
    let value = |name: &str| instance.setting(server, name).value;
    let (relay, recipient, networks) =
        (value(RELAY), value("smtpd_recipient_restrictions"), value("mynetworks"));
    let refuses =
        |wide| [&relay, &recipient].iter().any(|list| effect(list, wide) == Effect::Refuses);
    if !refuses(false) {
        set(fix, instance, server, RELAY, &refusing(&relay));
    }
    if wide_entry(&networks, tables).is_some() && (!refuses(false) || !refuses(true)) {
        match narrowed(&networks, tables, params) {
            Some(narrow) => set(fix, instance, server, "mynetworks", &narrow),
            None => fix.leave(by_hand(instance)),
        }
    }
    if words(&value("relay_domains")).any(|word| word.starts_with("static:")) {
        fix.leave(by_hand(instance));
    }
}

fn by_hand(instance: &Instance) -> crate::judgement::Reason {
    reason("by-hand").arg("server", "postfix").file(&format!("{}/main.cf", instance.folder))
}

/// The list up to what permits everybody, then the refusal; what is built in where nothing is left.
fn refusing(list: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut items = words(list);
    while let Some(item) = items.next() {
        match item.to_ascii_lowercase().as_str() {
            "warn_if_reject" => {
                if let Some(next) = items.next().filter(|next| !next.eq_ignore_ascii_case(REFUSAL))
                {
                    kept.extend([item, next]);
                }
            }
            "permit" | "static:permit" | "static:ok" => break,
            _ => kept.push(item),
        }
    }
    if kept.is_empty() {
        kept.extend(["permit_mynetworks", "permit_sasl_authenticated"]);
    }
    kept.push(REFUSAL);
    kept.join(", ")
}

/// The networks without those that let far too many in; `None` where a table holds them.
fn narrowed(networks: &str, tables: &Tables, params: &Params) -> Option<String> {
    let of_table = |word: &&str| is_table(word) && wide_entry(word, tables).is_some();
    if words(networks).any(|word| of_table(&word)) {
        return None;
    }
    let kept: Vec<&str> = words(networks).filter(|word| is_table(word) || !is_wide(word)).collect();
    let given = || params.list("allowed_networks").collect::<Vec<_>>();
    Some(if kept.is_empty() { given() } else { kept }.join(" "))
}

/// In `main.cf`, or in the `-o` of the service that says it. An `-o` ends at white space.
fn set(fix: &mut Fix, instance: &Instance, server: &SmtpServer, name: &str, value: &str) {
    let service = match &server.place {
        Place::File { line, .. } if server.overrides.contains_key(name) => *line,
        _ => None,
    };
    let value = match service {
        Some(_) => value.replace(", ", ",").replace(' ', ","),
        None => value.to_owned(),
    };
    let (folder, name) = (instance.folder.clone(), name.to_owned());
    fix.edit(Edit::Postfix { folder, service, name, value });
}
