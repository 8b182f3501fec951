//! What fixes of items about BIND have in common: narrowing the list by which a zone lets somebody do something.

use super::edit::{Anchor, Edit, Fix};
use super::statement::{Head, NamedChange};
use crate::host::bind::{Bind, Rule, Source, Zone};
use crate::judgement::reason;
use crate::params::Params;
use pasu_model::Place;

/// How many statements of zones are added to; more are for the statement of all.
const MAX_ZONES: usize = 200;

/// What is to be narrowed.
pub(crate) struct Narrowing<'a> {
    /// What the server is told.
    pub(crate) bind: &'a Bind,
    /// The elements of the new list: `none;`.
    pub(crate) list: &'a str,
    /// The keyword that is added where nothing says anything.
    pub(crate) keyword: &'a str,
    /// The rule of a zone.
    pub(crate) rule: fn(&Zone) -> &Rule,
    /// Zones that are too open.
    pub(crate) open: Vec<&'a Zone>,
    /// Zones that must keep what they have.
    pub(crate) kept: Vec<&'a Zone>,
}

/// The elements of a list by a parameter: addresses, prefixes, names of `acl`, `key NAME`. `None` where a word could not
/// stand in a list.
pub(crate) fn list(params: &Params, name: &str) -> Option<String> {
    let is_plain = |word: &str| {
        !word.is_empty()
            && word
                .chars()
                .all(|letter| letter.is_ascii_alphanumeric() || "._:/%-".contains(letter))
    };
    let mut elements = Vec::new();
    for element in params.list(name).map(str::trim) {
        match element.split_once(char::is_whitespace) {
            Some(("key", key)) if is_plain(key.trim()) => {
                elements.push(format!("key \"{}\";", key.trim()));
            }
            None if is_plain(element) => elements.push(format!("{element};")),
            _ => return None,
        }
    }
    if elements.is_empty() {
        elements.push("none;".to_owned());
    }
    Some(elements.join(" "))
}

/// Narrows what lets everybody in where it is said; a zone that must not change keeps a statement that it shares.
pub(crate) fn narrow(fix: &mut Fix, narrowing: &Narrowing<'_>) {
    let Narrowing { bind, list, keyword, rule, open, kept } = narrowing;
    let mut silent = Vec::new();
    for zone in open {
        let own = rule(zone);
        let is_shared = kept.iter().any(|other| {
            let other = rule(other);
            own.source != Source::Zone && other.source == own.source && other.said == own.said
        });
        match &own.said {
            _ if is_shared => silent.push(*zone),
            None => silent.push(*zone),
            Some((Place::File { path, line: Some(line) }, text)) => {
                let keyword = text.split(' ').next().unwrap_or_default();
                let words = vec![keyword.to_owned(), text.clone()];
                let at = Head { path: path.clone(), line: *line, words };
                fix.edit(Edit::Named { at, change: NamedChange::List((*list).to_owned()) });
            }
            Some((place, _)) => {
                fix.leave(reason("fix-elsewhere").arg("name", "BIND").at(place.clone()));
            }
        }
    }
    let is_for_all = silent.iter().all(|zone| rule(zone).source == Source::BuiltIn)
        && !kept.iter().any(|zone| rule(zone).source == Source::BuiltIn);
    let new = format!("{keyword} {{ {list} }};");
    match &bind.options {
        _ if silent.is_empty() => {}
        Some(Place::File { path, line: Some(line) }) if is_for_all => {
            let at = Head { path: path.clone(), line: *line, words: vec!["options".to_owned()] };
            fix.edit(Edit::Named { at, change: NamedChange::Add(new) });
        }
        None if is_for_all => fix.edit(Edit::Insert {
            path: bind.opened.clone(),
            at: Anchor::End,
            lines: vec![format!("options {{ {new} }};")],
        }),
        _ => silent.iter().take(MAX_ZONES).for_each(|zone| add(fix, zone, &new)),
    }
}

fn add(fix: &mut Fix, zone: &Zone, new: &str) {
    if let Place::File { path, line: Some(line) } = &zone.place {
        let words = vec!["zone".to_owned(), zone.name.clone()];
        let at = Head { path: path.clone(), line: *line, words };
        fix.edit(Edit::Named { at, change: NamedChange::Add(new.to_owned()) });
    }
}
