//! A line of `pg_hba.conf` that takes any address becomes one for each network of the parameter, in its place, as the first
//! line that fits decides. What MySQL and MariaDB listen to is a person's to say.

use super::{Facts, OpenLine};
use crate::fix::network::Network;
use crate::fix::{Edit, Fix, LineChange};
use crate::judgement::reason;
use crate::params::Params;
use pasu_model::Place;

pub fn plan(facts: &Facts, params: &Params) -> Fix {
    let mut fix = Fix::new();
    let given: Vec<&str> = params.list("allowed_clients").collect();
    let networks = Network::list(&given);
    fix.need(reason("clients-named").arg("value", given.join(", ")), networks.is_some());
    let networks = networks.unwrap_or_default();
    for open in facts.clusters.iter().flat_map(|cluster| &cluster.open) {
        match narrowed(open, &networks) {
            Some(lines) => replace(&mut fix, &open.line.place, lines),
            None => fix.leave(reason("odd-line").at(open.line.place.clone())),
        }
    }
    fix
}

fn replace(fix: &mut Fix, place: &Place, lines: Vec<String>) {
    if lines.is_empty() {
        // No network is of the kind of addresses that the line takes.
        return fix.comment_out(Some(place));
    }
    if let Place::File { path, line: Some(line) } = place {
        let (path, change) = (path.clone(), LineChange::Replace(lines));
        fix.edit(Edit::Line { path, line: *line, change });
    }
}

/// The line with each network in the place of its address and mask: `host all all 0.0.0.0 0.0.0.0 md5`.
fn narrowed(OpenLine { line, text }: &OpenLine, networks: &[Network]) -> Option<Vec<String>> {
    if text.contains(['"', '\'', '\\']) {
        return None;
    }
    let address = line.address.as_deref()?;
    let first = text.split_whitespace().nth(3)?;
    let start = offset(text, 3)?;
    let mut end = start + first.len();
    let next = text.split_whitespace().nth(4)?;
    if next.parse::<std::net::IpAddr>().is_ok() {
        end = offset(text, 4)? + next.len();
    }
    let (before, after) = (text.get(..start)?, text.get(end..)?);
    let is_named = matches!(address, "all" | "samenet");
    let fits = |network: &&Network| is_named || network.is_ipv6() == first.contains(':');
    let written = networks
        .iter()
        .filter(fits)
        .map(|network| format!("{before}{}{after}", network.with_prefix()));
    Some(written.collect())
}

/// Where the word of a line begins, counted from 0.
fn offset(text: &str, index: usize) -> Option<usize> {
    let mut at = 0;
    for (number, word) in text.split_whitespace().enumerate() {
        at += text.get(at..)?.find(word)?;
        if number == index {
            return Some(at);
        }
        at += word.len();
    }
    None
}
