//! The answer of `nft -j list ruleset` (libnftables-json(5)).

use super::iptables;
use super::rules::{Action, Chains, Families, Inbound, Match, Rule};
use crate::cause::{Cause, CauseKind};
use pasu_model::Place;
use serde_json::Value;
use std::collections::BTreeMap;

/// Statements that decide nothing.
const SILENT: [&str; 8] =
    ["counter", "log", "comment", "meter", "mangle", "notrack", "ct helper", "xt-target"];

/// A base chain that sees packets for this machine.
struct Base {
    family: String,
    table: String,
    name: String,
}

/// One table's chains, by family and name.
type Tables = BTreeMap<(String, String), Chains>;

/// Tables that say nothing here.
pub(super) struct LeftOut {
    /// Whether `iptables-save` told of its own tables, which `nft` lists too.
    pub told: Families,
    /// Families and names of tables that are switched off.
    pub dormant: Vec<(String, String)>,
}

/// Tables that are switched off, in the plain form: `table inet filter {`, then `flags dormant`.
pub(super) fn dormant(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut table = None;
    for line in text.lines() {
        let mut words = line.split([' ', '\t', ',', ';']).filter(|word| !word.is_empty());
        match words.next() {
            Some("table") => table = words.next().zip(words.next()),
            Some("flags") if words.any(|word| word == "dormant") => {
                let key = table.take().map(|(family, name)| (family.to_owned(), name.to_owned()));
                found.extend(key);
            }
            _ => {}
        }
    }
    found
}

/// What every input chain does.
pub(super) fn parse(text: &str, place: &Place, left_out: &LeftOut) -> Result<Vec<Inbound>, Cause> {
    let damaged = |detail: &str| Cause {
        kind: CauseKind::Malformed,
        place: Some(place.clone()),
        detail: detail.to_owned(),
    };
    let root: Value = serde_json::from_str(text).map_err(|_| damaged("not JSON"))?;
    let items =
        root.get("nftables").and_then(Value::as_array).ok_or_else(|| damaged("no ruleset"))?;
    let mut tables = Tables::new();
    let mut bases = Vec::new();
    let sets = sets(items);
    for item in items {
        if let Some(chain) = item.get("chain") {
            let chains = tables.entry(key(chain)).or_default();
            let refuses_by_policy = text_of(chain, "policy") == "drop";
            chains.0.entry(text_of(chain, "name")).or_default().refuses_by_policy =
                refuses_by_policy;
            if text_of(chain, "hook") == "input" && text_of(chain, "type") == "filter" {
                let (family, table) = key(chain);
                bases.push(Base { family, table, name: text_of(chain, "name") });
            }
        } else if let Some(rule) = item.get("rule") {
            let chains = tables.entry(key(rule)).or_default();
            let of_table = |name: &str| sets.get(&(key(rule), name.to_owned())).map(Vec::as_slice);
            let rules = rules(rule, &of_table);
            chains.0.entry(text_of(rule, "chain")).or_default().rules.extend(rules);
        }
    }
    let mut found = Vec::new();
    for Base { family, table, name } in bases {
        let families = match family.as_str() {
            "ip" => Families::V4,
            "ip6" => Families::V6,
            "inet" => Families::BOTH,
            _ => continue,
        };
        let is_told = match family.as_str() {
            "ip" => left_out.told.v4,
            "ip6" => left_out.told.v6,
            _ => false,
        };
        let key = (family.clone(), table.clone());
        if (is_told && table == "filter" && name == "INPUT") || left_out.dormant.contains(&key) {
            continue;
        }
        let shown = format!("nft {family} {table} {name}");
        if let Some(chains) = tables.get(&key) {
            found.push(chains.inbound(&name, shown, place.clone(), families)?);
        }
    }
    Ok(found)
}

fn key(item: &Value) -> (String, String) {
    (text_of(item, "family"), text_of(item, "table"))
}

fn text_of(item: &Value, name: &str) -> String {
    item.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Elements of named sets, by table and name.
fn sets(items: &[Value]) -> BTreeMap<((String, String), String), Vec<Value>> {
    let named = items.iter().filter_map(|item| item.get("set").or_else(|| item.get("map")));
    named
        .map(|set| {
            let elements = set.get("elem").and_then(Value::as_array).cloned().unwrap_or_default();
            ((key(set), text_of(set, "name")), elements)
        })
        .collect()
}

/// A rule; a verdict map makes one of each of its elements.
fn rules<'a>(rule: &'a Value, set: &dyn Fn(&str) -> Option<&'a [Value]>) -> Vec<Rule> {
    let text = rule.get("expr").map(Value::to_string).unwrap_or_default();
    let text: String = text.chars().take(400).collect();
    let mut matches = Match::default();
    let mut found = Vec::new();
    for statement in rule.get("expr").and_then(Value::as_array).into_iter().flatten() {
        let Some((name, body)) = statement.as_object().and_then(|object| object.iter().next())
        else {
            continue;
        };
        if let Some(action) = action(name, body) {
            found.push(Rule { matches: matches.clone(), action, text: text.clone() });
            continue;
        }
        match name.as_str() {
            "match" => {
                let negated = body.get("op").and_then(Value::as_str) == Some("!=");
                let (left, right) = (body.get("left"), body.get("right"));
                if let (Some(left), Some(right)) = (left, right) {
                    narrow(&mut matches, left, right, negated, set);
                }
            }
            "vmap" => found.extend(verdicts(body, &matches, &text, set)),
            name if SILENT.contains(&name) => {}
            _ => matches.other = true,
        }
    }
    found
}

fn action(name: &str, body: &Value) -> Option<Action> {
    let target = || text_of(body, "target");
    Some(match name {
        "accept" => Action::Accept,
        "drop" | "reject" => Action::Refuse,
        "return" => Action::Return,
        "jump" => Action::Jump(target()),
        "goto" => Action::Goto(target()),
        _ => return None,
    })
}

/// `ct state vmap { established : accept, invalid : drop }`.
fn verdicts<'a>(
    body: &'a Value,
    before: &Match,
    text: &str,
    set: &dyn Fn(&str) -> Option<&'a [Value]>,
) -> Vec<Rule> {
    let Some(key) = body.get("key") else { return Vec::new() };
    let data = body.get("data");
    let own = data.and_then(|data| data.get("set")).and_then(Value::as_array).map(Vec::as_slice);
    let named = || data.and_then(Value::as_str).and_then(|name| set(name.trim_start_matches('@')));
    let mut found = Vec::new();
    for element in own.or_else(named).unwrap_or_default() {
        let (Some(value), Some(verdict)) = (element.get(0), element.get(1)) else { continue };
        let verdict = verdict.as_object().and_then(|object| object.iter().next());
        let Some(action) = verdict.and_then(|(name, body)| action(name, body)) else { continue };
        let mut matches = before.clone();
        narrow(&mut matches, key, value, false, set);
        found.push(Rule { matches, action, text: text.to_owned() });
    }
    found
}

/// Adds one comparison to what a rule asks.
fn narrow<'a>(
    matches: &mut Match,
    left: &Value,
    right: &'a Value,
    negated: bool,
    set: &dyn Fn(&str) -> Option<&'a [Value]>,
) {
    let values = values(right, set);
    let words: Vec<&str> = values.iter().filter_map(|value| value.as_str()).collect();
    let field =
        |kind: &str, name: &str| left.get(kind).and_then(|it| it.get(name)).and_then(Value::as_str);
    let payload = (field("payload", "protocol"), field("payload", "field"));
    match (payload, field("meta", "key"), field("ct", "key")) {
        ((Some(family @ ("ip" | "ip6")), Some("saddr")), ..) => {
            matches.family = Some(if family == "ip" { Families::V4 } else { Families::V6 });
            if negated {
                matches.others_than = Some(shown(right));
            } else if !values.iter().any(is_everywhere) {
                matches.source = Some(shown(right));
            }
        }
        ((Some("ip"), Some("protocol")) | (Some("ip6"), Some("nexthdr")), ..)
        | (_, Some("l4proto"), _) => match words.as_slice() {
            [word] if !negated => iptables::protocol(matches, word),
            words
                if !negated
                    && words.iter().all(|word| word.contains("icmp") || *word == "igmp") =>
            {
                matches.harmless = true;
            }
            _ => matches.other |= negated,
        },
        ((Some(protocol @ ("tcp" | "udp" | "th")), Some("dport")), ..) => {
            if protocol != "th" {
                matches.protocol = Some(protocol.to_owned());
            }
            if !negated {
                matches.ports = Some(values.iter().filter_map(|value| ports(value)).collect());
            }
        }
        ((Some("icmp" | "icmpv6"), _), ..) => matches.harmless |= !negated,
        (_, Some("iif" | "iifname"), _) => match (words.as_slice(), negated) {
            (["lo"], false) => matches.harmless = true,
            (names, false) => matches.interface = Some(names.join(",")),
            (names, true) => matches.interface = Some(format!("!{}", names.join(","))),
        },
        (_, Some("nfproto" | "protocol"), _) => match words.as_slice() {
            ["ipv4" | "ip"] if !negated => matches.family = Some(Families::V4),
            ["ipv6" | "ip6"] if !negated => matches.family = Some(Families::V6),
            _ => matches.other = true,
        },
        (_, _, Some("state")) => {
            let begins = words.iter().any(|word| matches!(*word, "new" | "untracked"));
            matches.harmless |= !begins && !negated;
            matches.other |= negated;
        }
        // What a rule of NAT sent here was let in by that rule.
        (_, _, Some("status")) if words.contains(&"dnat") => matches.harmless |= !negated,
        _ => matches.other = true,
    }
}

/// The single values of a right side: of a set, of a list, of a set by name.
fn values<'a>(right: &'a Value, set: &dyn Fn(&str) -> Option<&'a [Value]>) -> Vec<&'a Value> {
    if let Some(name) = right.as_str().and_then(|text| text.strip_prefix('@')) {
        // A set that is empty or filled later takes nothing that could be named here.
        return set(name)
            .map_or_else(|| vec![right], |elements| elements.iter().map(element).collect());
    }
    let list = right.get("set").unwrap_or(right).as_array();
    list.map_or_else(|| vec![right], |values| values.iter().map(element).collect())
}

/// `{"elem": {"val": …, "counter": …}}` is its value.
fn element(value: &Value) -> &Value {
    value.get("elem").and_then(|it| it.get("val")).unwrap_or(value)
}

fn is_everywhere(value: &&Value) -> bool {
    let prefix = value.get("prefix");
    prefix.and_then(|it| it.get("len")).and_then(Value::as_u64) == Some(0)
}

fn ports(value: &Value) -> Option<(u16, u16)> {
    let number = |value: &Value| u16::try_from(value.as_u64()?).ok();
    if let Some([from, to]) = value.get("range").and_then(Value::as_array).map(Vec::as_slice) {
        return Some((number(from)?, number(to)?));
    }
    number(value).map(|port| (port, port))
}

/// An address, `10.0.0.0/8`, or the value as it is.
fn shown(value: &Value) -> String {
    if let Some(text) = value.as_str() {
        return text.to_owned();
    }
    match value.get("prefix") {
        Some(prefix) => {
            let length = prefix.get("len").and_then(Value::as_u64).unwrap_or_default();
            format!("{}/{length}", text_of(prefix, "addr"))
        }
        None => value.to_string().chars().take(100).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::{LeftOut, dormant, parse};
    use crate::host::firewall::rules::{Families, Inbound};
    use pasu_model::Place;

    fn read(rules: &str) -> Vec<Inbound> {
        let place = Place::Command { line: "nft".to_owned() };
        let text = format!(
            r#"{{"nftables":[{{"metainfo":{{}}}},{{"chain":{{"family":"inet","table":"f","name":"input","type":"filter","hook":"input","prio":0,"policy":"accept"}}}},{{"chain":{{"family":"inet","table":"f","name":"zone"}}}}{rules}]}}"#
        );
        parse(&text, &place, &nothing()).unwrap()
    }

    fn nothing() -> LeftOut {
        LeftOut { told: Families { v4: false, v6: false }, dormant: Vec::new() }
    }

    /// A rule for port 22 of TCP, of everybody but some network or of everybody.
    fn ssh(others_than: bool, verdict: &str) -> String {
        let source = r#"{"match":{"op":"!=","left":{"payload":{"protocol":"ip","field":"saddr"}},"right":{"prefix":{"addr":"10.0.0.0","len":8}}}},"#;
        let source = if others_than { source } else { "" };
        rule(
            "input",
            &format!(
                r#"{source}{{"match":{{"op":"==","left":{{"payload":{{"protocol":"tcp","field":"dport"}}}},"right":22}}}},{{"{verdict}":null}}"#
            ),
        )
    }

    fn rule(chain: &str, expr: &str) -> String {
        format!(r#",{{"rule":{{"family":"inet","table":"f","chain":"{chain}","expr":[{expr}]}}}}"#)
    }

    #[test]
    fn a_last_rule_refuses_and_zones_open() {
        let text = [
            rule(
                "input",
                r#"{"vmap":{"key":{"ct":{"key":"state"}},"data":{"set":[["established",{"accept":null}],["invalid",{"drop":null}]]}}}"#,
            ),
            rule(
                "input",
                r#"{"match":{"op":"==","left":{"meta":{"key":"iifname"}},"right":"lo"}},{"accept":null}"#,
            ),
            rule("input", r#"{"jump":{"target":"zone"}}"#),
            rule("input", r#"{"reject":{"type":"icmpx"}}"#),
            rule(
                "zone",
                r#"{"match":{"op":"==","left":{"payload":{"protocol":"ip","field":"saddr"}},"right":{"prefix":{"addr":"10.0.0.0","len":8}}}},{"match":{"op":"==","left":{"payload":{"protocol":"tcp","field":"dport"}},"right":22}},{"accept":null}"#,
            ),
            rule(
                "zone",
                r#"{"match":{"op":"==","left":{"payload":{"protocol":"tcp","field":"dport"}},"right":{"set":[80,{"range":[8000,8010]}]}}},{"counter":{"packets":0}},{"accept":null}"#,
            ),
        ];
        let read = read(&text.concat());
        assert!(read[0].refuses, "{read:?}");
        let openings = &read[0].openings;
        assert_eq!(openings.len(), 2, "{openings:?}");
        assert_eq!(openings[0].source.as_deref(), Some("10.0.0.0/8"));
        assert!(openings[1].opens("tcp", 8005));
    }

    #[test]
    fn no_rule_refuses_nothing_and_damage_is_no_answer() {
        assert!(!read("")[0].refuses);
        let place = Place::Command { line: String::new() };
        assert!(parse("{", &place, &nothing()).is_err());
        assert!(parse("{}", &place, &nothing()).is_err());
    }

    #[test]
    fn a_port_that_is_shut_to_others_before_is_not_open_to_everybody() {
        let last = rule("input", r#"{"drop":null}"#);
        let both = read(&[ssh(true, "drop"), ssh(false, "accept"), last.clone()].concat());
        assert!(both[0].refuses);
        // What comes by IPv6 has no such source, and is let in.
        let open = both[0].openings.iter().filter(|it| it.opens("tcp", 22));
        assert!(open.clone().all(|it| it.families == Families::V6), "{both:?}");
        assert_eq!(open.count(), 1);
        let open = read(&[ssh(false, "accept"), ssh(true, "drop"), last].concat());
        assert!(open[0].openings[0].opens("tcp", 22));
    }

    #[test]
    fn tables_that_are_switched_off_are_found_in_the_plain_form() {
        let text = "table inet t {\n\tflags dormant\n\n\tchain input {\n\t}\n}\ntable ip u {\n\tset a {\n\t\tflags interval\n\t}\n}\n";
        assert_eq!(dormant(text), [("inet".to_owned(), "t".to_owned())]);
    }
}
