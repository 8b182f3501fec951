//! What each zone obeys.

use super::Bind;
use super::lists::{Lists, Reach};
use super::syntax::Statement;
use pasu_model::Place;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// One zone that this server holds itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Zone {
    /// Its name.
    pub name: String,
    /// Its view; empty outside views.
    pub view: String,
    /// Whether this server is its primary: only there is it updated.
    pub is_primary: bool,
    /// Where it is defined.
    pub place: Place,
    /// Who may transfer it.
    pub transfer: Rule,
    /// Who may update it, or, on a secondary, have updates passed on.
    pub update: Rule,
}

/// Who may do something, and what says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Who.
    pub reach: Reach,
    /// What says so.
    pub source: Source,
    /// Its place and text; none where it is built in.
    pub said: Option<(Place, String)>,
}

/// What decides about a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// The zone itself.
    Zone,
    /// Its template.
    Template,
    /// Its view.
    View,
    /// `options`.
    Options,
    /// What the version has built in.
    BuiltIn,
}

/// What applies around a zone, from the outside in.
struct Around<'a> {
    options: &'a [Statement],
    view: &'a [Statement],
    view_name: &'a str,
    templates: HashMap<&'a str, &'a [Statement]>,
}

pub(super) fn judgeable(statements: &[Statement], version: Option<(u32, u32)>, path: &str) -> Bind {
    let lists = Lists::new(statements);
    let of =
        |keyword: &'static str| statements.iter().filter(move |statement| statement.is(keyword));
    let options = of("options").filter_map(Statement::block).next().unwrap_or_default();
    let templates: HashMap<&str, &[Statement]> = of("template")
        .filter_map(|template| Some((template.word(1)?, template.block()?)))
        .collect();
    let mut bind = Bind {
        path: path.to_owned(),
        opened: path.to_owned(),
        zones: Vec::new(),
        elsewhere: Vec::new(),
        version_text: None,
        options: of("options").next().map(place),
        version,
    };
    let mut around = Around { options, view: &[], view_name: "", templates };
    bind.add(statements, &around, &lists);
    bind.note_elsewhere(options);
    for view in of("view") {
        around.view = view.block().unwrap_or_default();
        around.view_name = view.word(1).unwrap_or_default();
        bind.add(around.view, &around, &lists);
        bind.note_elsewhere(around.view);
    }
    let text = options.iter().find(|setting| setting.is("version"));
    bind.version_text =
        text.map(|setting| (setting.word(1).unwrap_or_default().to_owned(), place(setting)));
    bind
}

impl Bind {
    fn add(&mut self, statements: &[Statement], around: &Around<'_>, lists: &Lists<'_>) {
        for zone in statements.iter().filter(|statement| statement.is("zone")) {
            if let Some(zone) = self.zone(zone, around, lists) {
                self.zones.push(zone);
            }
        }
        for statement in statements {
            if statement.is("dlz") || statement.is("dyndb") {
                let name = statement.word(0).unwrap_or_default();
                self.elsewhere.push((name.to_owned(), place(statement)));
            }
        }
    }

    fn note_elsewhere(&mut self, settings: &[Statement]) {
        for setting in settings {
            let adds = setting.is("allow-new-zones")
                && setting.word(1).is_some_and(|word| {
                    ["yes", "true", "1"].iter().any(|yes| word.eq_ignore_ascii_case(yes))
                });
            let catalogue = setting.is("catalog-zones")
                && setting.block().is_some_and(|block| !block.is_empty());
            if adds || catalogue {
                let name = setting.word(0).unwrap_or_default();
                self.elsewhere.push((name.to_owned(), place(setting)));
            }
        }
    }

    fn zone(&self, zone: &Statement, around: &Around<'_>, lists: &Lists<'_>) -> Option<Zone> {
        let own = zone.block()?;
        let template = own
            .iter()
            .find(|setting| setting.is("template"))
            .and_then(|setting| around.templates.get(setting.word(1)?))
            .copied()
            .unwrap_or_default();
        let chain = [
            (Source::Zone, own),
            (Source::Template, template),
            (Source::View, around.view),
            (Source::Options, around.options),
        ];
        let kind = chain.iter().take(2).find_map(|(_, settings)| {
            settings.iter().find(|setting| setting.is("type"))?.word(1)
        })?;
        let kind = kind.to_ascii_lowercase();
        let is_primary = matches!(kind.as_str(), "master" | "primary");
        let is_secondary = matches!(kind.as_str(), "slave" | "secondary" | "mirror");
        if !is_primary && !is_secondary {
            return None;
        }
        let update_keyword = if is_primary { "allow-update" } else { "allow-update-forwarding" };
        let nobody = || Rule { reach: Reach::Nobody, source: Source::BuiltIn, said: None };
        let transfer = rule(&chain, "allow-transfer", lists)
            .unwrap_or_else(|| if kind == "mirror" { nobody() } else { self.built_in() });
        let by_policy = if is_primary { policy(&chain) } else { None };
        Some(Zone {
            name: zone.word(1).unwrap_or_default().to_owned(),
            view: around.view_name.to_owned(),
            is_primary,
            place: place(zone),
            transfer,
            update: by_policy
                .or_else(|| rule(&chain, update_keyword, lists))
                .unwrap_or_else(nobody),
        })
    }

    /// Before 9.20 everybody may transfer where nothing is said.
    fn built_in(&self) -> Rule {
        let reach = match self.version {
            Some(version) if version >= (9, 20) => Reach::Nobody,
            Some(_) => Reach::Anyone,
            None => Reach::Unknown("the version of BIND".to_owned()),
        };
        Rule { reach, source: Source::BuiltIn, said: None }
    }

    /// Takes the lines of our own reading for what BIND's reader says without lines.
    pub(super) fn take_places(&mut self, own: &Self) {
        let known: HashMap<(&str, &str), &Zone> =
            own.zones.iter().map(|zone| ((&*zone.name, &*zone.view), zone)).collect();
        for zone in &mut self.zones {
            let by_name = known.get(&(&*zone.name, &*zone.view));
            let Some(by_name) = by_name else { continue };
            zone.place = by_name.place.clone();
            for (rule, same) in
                [(&mut zone.transfer, &by_name.transfer), (&mut zone.update, &by_name.update)]
            {
                if rule.reach == same.reach && rule.source == same.source {
                    rule.said.clone_from(&same.said);
                }
            }
        }
        self.options.clone_from(&own.options);
        let same = |text: &(String, Place)| {
            own.version_text.as_ref().filter(|known| known.0 == text.0).cloned()
        };
        if let Some(known) = self.version_text.as_ref().and_then(same) {
            self.version_text = Some(known);
        }
    }
}

fn rule(chain: &[(Source, &[Statement])], keyword: &str, lists: &Lists<'_>) -> Option<Rule> {
    chain.iter().find_map(|(source, settings)| {
        let setting = settings.iter().find(|setting| setting.is(keyword))?;
        Some(Rule {
            reach: lists.reach(setting.block().unwrap_or_default()),
            source: *source,
            said: Some((place(setting), setting.shown())),
        })
    })
}

/// `update-policy local;` and `update-policy { grant … };` ask for a key, except for the rules that go by address.
fn policy(chain: &[(Source, &[Statement])]) -> Option<Rule> {
    chain.iter().take(2).find_map(|(source, settings)| {
        let setting = settings.iter().find(|setting| setting.is("update-policy"))?;
        let grants = setting.block().unwrap_or_default();
        let by_address = grants.iter().any(|grant| {
            grant.is("grant")
                && grant.word(2).is_some_and(|rule| {
                    ["tcp-self", "6to4-self"].iter().any(|kind| rule.eq_ignore_ascii_case(kind))
                })
        });
        let reach = if by_address { Reach::Addresses } else { Reach::Keys };
        Some(Rule { reach, source: *source, said: Some((place(setting), setting.shown())) })
    })
}

fn place(statement: &Statement) -> Place {
    if statement.path.starts_with('/') {
        Place::File { path: statement.path.to_string(), line: Some(statement.line) }
    } else {
        Place::Command { line: statement.path.to_string() }
    }
}
