//! The form of `iptables-save`, in which iptables, ufw and iptables-persistent keep their rules.

use super::rules::{Action, Chains, Families, Match, Rule};

/// Options that narrow nothing by themselves: modules' names, and what only describes.
const SILENT: [&str; 4] = ["-m", "--match", "--comment", "--reject-with"];

/// The chains of table `filter`: `*filter`, `:INPUT DROP [0:0]`, `-A INPUT -p tcp --dport 22 -j ACCEPT`.
pub(super) fn parse(text: &str) -> Chains {
    let mut chains = Chains::default();
    let mut table = "filter";
    for line in text.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix('*') {
            table = if name == "filter" { "filter" } else { "" };
        }
        if table != "filter" {
            continue;
        }
        if let Some(head) = line.strip_prefix(':') {
            let mut words = head.split_whitespace();
            let Some(name) = words.next() else { continue };
            let refuses_by_policy = words.next() == Some("DROP");
            chains.0.entry(name.to_owned()).or_default().refuses_by_policy = refuses_by_policy;
        } else if let Some(rest) =
            line.strip_prefix("-A ").or_else(|| line.strip_prefix("--append "))
        {
            let words = words(rest);
            let Some((chain, options)) = words.split_first() else { continue };
            let rule = rule(options, line);
            chains.0.entry(chain.clone()).or_default().rules.push(rule);
        }
    }
    chains
}

fn rule(options: &[String], text: &str) -> Rule {
    let mut matches = Match::default();
    let mut action = Action::Nothing;
    let mut negated = false;
    let mut words = options.iter().map(String::as_str).peekable();
    while let Some(word) = words.next() {
        if word == "!" {
            negated = true;
            continue;
        }
        let mut value =
            || words.next_if(|next| !next.starts_with('-') && *next != "!").unwrap_or("");
        match word {
            "-j" | "--jump" => action = target(value()),
            "-g" | "--goto" => action = Action::Goto(value().to_owned()),
            _ if SILENT.contains(&word) => {
                let _ = value();
            }
            _ => {
                let value = value();
                option(&mut matches, word, value, negated);
                // `--match-set NAME src`.
                if word == "--match-set" {
                    let direction = words.next().unwrap_or("");
                    if direction.starts_with("src") && !negated {
                        matches.source = Some(format!("set {value}"));
                    } else {
                        matches.other = true;
                    }
                }
            }
        }
        negated = false;
    }
    Rule { matches, action, text: text.to_owned() }
}

fn target(name: &str) -> Action {
    match name {
        "ACCEPT" => Action::Accept,
        "DROP" | "REJECT" => Action::Refuse,
        "RETURN" => Action::Return,
        "LOG" | "NFLOG" | "ULOG" | "MARK" | "CONNMARK" | "TCPMSS" | "NOTRACK" | "CT" | "" => {
            Action::Nothing
        }
        other => Action::Jump(other.to_owned()),
    }
}

fn option(matches: &mut Match, name: &str, value: &str, negated: bool) {
    match name {
        "-s" | "--source" | "--src" | "--src-range" => {
            let is_all = value.ends_with("/0") || value == "0.0.0.0/0.0.0.0";
            match (is_all, negated) {
                (false, false) => matches.source = Some(value.to_owned()),
                (true, false) => {}
                (false, true) => matches.others_than = Some(value.to_owned()),
                (true, true) => matches.other = true,
            }
        }
        "-i" | "--in-interface" => match (value, negated) {
            ("lo", false) => matches.harmless = true,
            (name, false) => matches.interface = Some(name.to_owned()),
            (name, true) => matches.interface = Some(format!("!{name}")),
        },
        "-p" | "--protocol" if !negated => protocol(matches, value),
        "--dport" | "--destination-port" | "--dports" | "--destination-ports" | "--ports"
            if !negated =>
        {
            matches.ports = Some(value.split(',').filter_map(range).collect());
        }
        "--state" | "--ctstate" => {
            let begins = value.split(',').any(|state| matches!(state, "NEW" | "UNTRACKED"));
            match (begins, negated) {
                (false, false) => matches.harmless = true,
                (true, false) => {}
                (_, true) => matches.other = true,
            }
        }
        "--match-set" => {}
        _ => matches.other = true,
    }
}

pub(super) fn protocol(matches: &mut Match, value: &str) {
    match value {
        "all" | "0" => {}
        "icmp" | "icmpv6" | "ipv6-icmp" | "1" | "58" | "igmp" | "2" => matches.harmless = true,
        "6" => matches.protocol = Some("tcp".to_owned()),
        "17" => matches.protocol = Some("udp".to_owned()),
        other => matches.protocol = Some(other.to_owned()),
    }
}

/// `22`, `6000:6010`.
fn range(text: &str) -> Option<(u16, u16)> {
    let (from, to) = text.split_once(':').unwrap_or((text, text));
    let (from, to) =
        (if from.is_empty() { "0" } else { from }, if to.is_empty() { "65535" } else { to });
    Some((from.parse().ok()?, to.parse().ok()?))
}

/// Words; double quotes keep spaces.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = line.trim_start();
    while !rest.is_empty() {
        let (word, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => rest.split_once(' ').unwrap_or((rest, "")),
        };
        words.push(word.to_owned());
        rest = after.trim_start();
    }
    words
}

/// Which packets a rule file sees, by its name: `rules.v6`, `ip6tables`, `user6.rules`.
pub(super) fn families_of(path: &str) -> Families {
    if path.contains('6') { Families::V6 } else { Families::V4 }
}

#[cfg(test)]
mod tests {
    use super::parse;
    use crate::host::firewall::rules::{Families, Inbound};
    use pasu_model::Place;

    fn inbound(text: &str) -> Inbound {
        let place = Place::Command { line: "iptables-save".to_owned() };
        parse(text).inbound("INPUT", "iptables".to_owned(), place, Families::V4).unwrap()
    }

    #[test]
    fn a_policy_or_a_last_rule_refuses() {
        let head = "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -i lo -j ACCEPT\n-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n";
        let red_hat = format!(
            "{head}-A INPUT -p icmp -j ACCEPT\n-A INPUT -s 10.0.0.0/8 -p tcp -m state --state NEW -m tcp --dport 22 -j ACCEPT\n-A INPUT -p tcp -m multiport --dports 80,443:445 -j ACCEPT\n-A INPUT -j REJECT --reject-with icmp-host-prohibited\nCOMMIT\n"
        );
        let read = inbound(&red_hat);
        assert!(read.refuses);
        assert!(!read.openings[0].opens("tcp", 22) && read.openings[0].reaches("tcp", 22));
        assert!(read.openings[1].opens("tcp", 444) && !read.openings[1].opens("udp", 444));
        assert!(!inbound(head).refuses);
        assert!(!inbound(":INPUT DROP [0:0]\n-A INPUT -j ACCEPT\n").refuses);
        assert!(!inbound(":INPUT DROP [0:0]\n-A INPUT -p tcp -j ACCEPT\n").refuses);
        assert!(!inbound("*nat\n:INPUT DROP [0:0]\nCOMMIT\n").refuses);
    }

    #[test]
    fn a_chain_that_some_packets_leave_hides_nothing_behind_it() {
        let ufw = ":INPUT DROP [0:0]\n:not-local - [0:0]\n:user - [0:0]\n-A INPUT -j not-local\n-A INPUT -j user\n\
            -A not-local -m addrtype --dst-type LOCAL -j RETURN\n-A not-local -j DROP\n-A user -p tcp --dport 22 -j ACCEPT\n";
        let read = inbound(ufw);
        assert!(read.refuses && read.openings[0].opens("tcp", 22));
    }

    #[test]
    fn chains_in_a_circle_are_no_answer() {
        let place = Place::Command { line: String::new() };
        let circle = parse(":INPUT DROP [0:0]\n-A INPUT -j a\n-A a -j a\n");
        assert!(circle.inbound("INPUT", String::new(), place, Families::V4).is_err());
    }
}
