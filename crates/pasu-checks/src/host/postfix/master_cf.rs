//! `master.cf`: the services that take mail over SMTP, with what their `-o` sets over `main.cf`.
//!
//! `smtp      inet  n       -       y       -       -       smtpd`, and below it, indented, `-o syslog_name=x`.

use super::main_cf::{MainCf, logical_lines};
use crate::cause::Cause;
use crate::host::Host;
use pasu_model::Place;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How many fields each service has at least, the last being its program.
const FIELDS: usize = 8;

/// A service of `master.cf` whose program is `smtpd`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SmtpServer {
    /// `smtp`, `submission`, `127.0.0.1:10025`.
    pub name: String,
    /// The address it is bound to, where its name says one.
    pub address: Option<String>,
    /// Its line.
    pub place: Place,
    /// What it sets over `main.cf`, expanded.
    pub overrides: BTreeMap<String, String>,
}

pub(super) fn read(host: &Host, folder: &str, main: &MainCf) -> Result<Vec<SmtpServer>, Cause> {
    let path = format!("{folder}/master.cf");
    let Some(file) = host.text(&path)? else { return Ok(Vec::new()) };
    let mut servers: Vec<SmtpServer> = Vec::new();
    for (line, text) in logical_lines(&file.lines) {
        // master(8) does not start with such a line.
        if text.split_whitespace().count() < FIELDS {
            return Err(Cause::malformed(&path, Some(line), "a service of fewer than 8 fields"));
        }
        let mut fields = text.split_whitespace();
        let (Some(name), Some(kind)) = (fields.next(), fields.next()) else { continue };
        // postscreen hands its connections to the smtpd of type `pass`.
        let is_smtp = matches!(kind, "inet" | "pass") && fields.nth(5) == Some("smtpd");
        if !is_smtp {
            continue;
        }
        let rest: Vec<&str> = fields.collect();
        let address =
            name.rsplit_once(':').map(|(address, _)| address.trim_matches(['[', ']']).to_owned());
        let server = SmtpServer {
            name: name.to_owned(),
            address: address.filter(|address| !address.is_empty() && kind == "inet"),
            place: file.place(line),
            overrides: overrides(&rest, main),
        };
        // The last line of a name counts.
        servers.retain(|known| known.name != server.name);
        servers.push(server);
    }
    Ok(servers)
}

/// `-o name=value` and `-o { name = value }`.
fn overrides(words: &[&str], main: &MainCf) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let setting = match word.strip_prefix("-o") {
            Some("") => words.next().map(|next| (*next).to_owned()),
            Some(attached) => Some(attached.to_owned()),
            None => continue,
        };
        let Some(mut setting) = setting else { break };
        if let Some(begun) = setting.strip_prefix('{') {
            let mut parts = vec![begun.to_owned()];
            while !parts.last().is_some_and(|part| part.ends_with('}')) {
                let Some(next) = words.next() else { break };
                parts.push((*next).to_owned());
            }
            setting = parts.join(" ").trim().trim_end_matches('}').to_owned();
        }
        if let Some((name, value)) = setting.split_once('=') {
            found.insert(name.trim().to_owned(), main.expanded(value.trim()));
        }
    }
    found
}
