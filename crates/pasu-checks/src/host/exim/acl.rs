//! Exim's access control lists, as far as they answer one question: what does a stranger get?

use super::source::Line;
use super::{Main, entries};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// What a stranger gets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// A refusal.
    Refused,
    /// What he asks for.
    Accepted,
    /// What he asks for under conditions.
    Conditional,
    /// It is computed, or stands elsewhere: the text that says so.
    Unknown(String),
}

const VERBS: [&str; 7] = ["accept", "defer", "deny", "discard", "drop", "require", "warn"];

/// What does something and decides nothing.
const MODIFIERS: [&str; 16] = [
    "add_header",
    "audit",
    "continue",
    "control",
    "delay",
    "endpass",
    "log_message",
    "log_reject_target",
    "logwrite",
    "message",
    "queue",
    "remove_header",
    "set",
    "ratelimit_options",
    "udpsend",
    "debug",
];

/// `accept hosts = +relay_from_hosts`, its conditions by name.
struct Statement<'a> {
    verb: &'a str,
    conditions: Vec<(&'a str, &'a str)>,
}

/// The lists of `begin acl`, by name.
pub(super) struct Acls<'a> {
    lists: HashMap<&'a str, Vec<Statement<'a>>>,
    main: &'a Main<'a>,
}

impl<'a> Acls<'a> {
    pub(super) fn new(lines: &'a [Line], main: &'a Main<'a>) -> Self {
        let mut acls = Self { lists: HashMap::new(), main };
        let mut inside = false;
        let mut name = "";
        for line in lines {
            let text = line.text.as_str();
            if let Some(section) = text.strip_prefix("begin ") {
                inside = section.trim() == "acl";
                continue;
            }
            if !inside {
                continue;
            }
            match text.strip_suffix(':') {
                Some(label) if !label.contains(['=', ' ']) => {
                    name = label;
                    acls.lists.entry(name).or_default();
                }
                _ => acls.add(name, text),
            }
        }
        acls
    }

    fn add(&mut self, name: &'a str, text: &'a str) {
        let statements = self.lists.entry(name).or_default();
        let end = text.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(text.len());
        let (word, rest) = text.split_at_checked(end).unwrap_or((text, ""));
        let mut condition = text;
        if VERBS.contains(&word) && !rest.trim_start().starts_with('=') {
            statements.push(Statement { verb: word, conditions: Vec::new() });
            condition = rest.trim();
        }
        let Some(statement) = statements.last_mut() else { return };
        let (key, value) = condition.split_once('=').unwrap_or((condition, ""));
        let key = key.trim();
        let bare = key.trim_start_matches('!').split_whitespace().next().unwrap_or_default();
        if !bare.is_empty() && !MODIFIERS.contains(&bare) {
            statement.conditions.push((key, value.trim()));
        }
    }

    /// What VRFY or EXPN gets: a refusal where no list is named.
    pub(super) fn answer(&self, option: Option<&str>) -> Answer {
        self.walk(option, false)
    }

    /// What a stranger gets who names a recipient elsewhere: a refusal where no list is named.
    pub(super) fn recipient(&self, option: Option<&str>) -> Answer {
        match self.walk(option, true) {
            Answer::Conditional => Answer::Refused,
            other => other,
        }
    }

    fn walk(&self, option: Option<&str>, of_recipient: bool) -> Answer {
        let Some(option) = option.map(|option| option.trim_matches('"')) else {
            return Answer::Refused;
        };
        match option {
            "accept" => return Answer::Accepted,
            "deny" | "defer" | "drop" | "" => return Answer::Refused,
            _ => {}
        }
        let Some(statements) = self.lists.get(option) else {
            return Answer::Unknown(option.chars().take(80).collect());
        };
        let mut answer = Answer::Refused;
        for statement in statements {
            let is_always = statement.conditions.iter().all(|condition| self.is_void(*condition));
            match statement.verb {
                "accept" | "discard" if is_always => return Answer::Accepted,
                "accept" => answer = Answer::Conditional,
                "deny" | "drop" | "defer" if is_always => return answer,
                "require" | "deny" | "drop" if of_recipient && is_about_domains(statement) => {
                    return answer;
                }
                _ => {}
            }
        }
        answer
    }

    /// Whether a condition holds for everybody.
    fn is_void(&self, (key, value): (&str, &str)) -> bool {
        match key {
            "hosts" | "domains" => self.main.is_everybody(value, 0),
            "condition" => matches!(value, "yes" | "true" | "1"),
            _ => false,
        }
    }
}

/// `require domains = +local_domains`, `deny !domains = +local_domains : +relay_to_domains`.
fn is_about_domains(statement: &Statement<'_>) -> bool {
    let wanted = if statement.verb == "require" { "domains" } else { "!domains" };
    statement.conditions.iter().any(|(key, value)| {
        let key: String = key.split_whitespace().collect();
        key == wanted && !entries(value).iter().any(|entry| entry == "*")
    })
}
