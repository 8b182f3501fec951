//! Options of database servers that must have a value, their built-in values known: `kind = "config-option"`; and what
//! only a query inside the server can tell: `kind = "database-query"`.

use super::{KindCheck, KindError};
use crate::cause::Cause;
use crate::fix::Fix;
use crate::host::Host;
use crate::host::databases::{Database, Databases, Product};
use crate::judgement::{Judgement, Reason, reason};
use pasu_model::Place;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// A query is shown whole, so it must fit into a sentence.
const MAX_QUERY: usize = 290;

/// What is asked of which product.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// Options that must have a value.
    #[serde(default)]
    options: Vec<Rule>,
    /// Queries that a person runs, by product.
    #[serde(default)]
    queries: BTreeMap<Product, Vec<String>>,
    /// Products of which the guideline does not speak here: they are told of and decide nothing.
    #[serde(default)]
    extra: Vec<Product>,
}

/// Options of which one must be as wanted.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    of: Vec<Product>,
    any: Vec<Wanted>,
    otherwise: Otherwise,
}

/// What it means that none is as wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Otherwise {
    Fail,
    Ask,
    Warn,
}

/// One option and the values it may have.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    name: String,
    /// The value that holds where nothing sets it; none where the option is not built in.
    #[serde(default)]
    built_in: String,
    /// The value that was built in before some major version.
    before: Option<Before>,
    /// These values, in small letters.
    #[serde(default)]
    accept: Vec<String>,
    /// A list, by commas, with one of these in it.
    #[serde(default)]
    contains: Vec<String>,
    /// A number of at least this.
    at_least: Option<i64>,
    /// A number of at most this.
    at_most: Option<i64>,
    /// What a fix sets, of PostgreSQL; without it the option is for a person.
    set: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Before {
    version: u32,
    built_in: String,
}

impl Spec {
    /// Reads a `[spec]` of options, perhaps with queries.
    pub(super) fn parse(spec: toml::Table) -> Result<Self, KindError> {
        let spec: Self = spec.try_into()?;
        if spec.options.is_empty() {
            return Err(KindError::Value("has no options".to_owned()));
        }
        spec.checked()
    }

    /// Reads a `[spec]` of queries alone.
    pub(super) fn parse_queries(spec: toml::Table) -> Result<Self, KindError> {
        let spec: Self = spec.try_into()?;
        if !spec.options.is_empty() || spec.queries.is_empty() {
            return Err(KindError::Value("must have queries and no options".to_owned()));
        }
        spec.checked()
    }

    fn checked(self) -> Result<Self, KindError> {
        let long = self.queries.values().flatten().find(|query| query.chars().count() > MAX_QUERY);
        match long {
            Some(query) => Err(KindError::Value(format!("query too long: {query}"))),
            None => Ok(self),
        }
    }

    /// Whether it only tells of products that the guideline does not mean here.
    #[cfg(test)]
    pub(super) fn never_fails(&self) -> bool {
        let mut meant = self.options.iter().flat_map(|rule| &rule.of).chain(self.queries.keys());
        meant.all(|product| self.extra.contains(product))
    }

    fn names(&self) -> BTreeSet<&str> {
        let wanted = self.options.iter().flat_map(|rule| &rule.any);
        wanted.map(|wanted| wanted.name.as_str()).collect()
    }

    fn judge_server(&self, server: &Database, judgement: &mut Judgement) -> bool {
        let is_extra = self.extra.contains(&server.product);
        let rules: Vec<&Rule> =
            self.options.iter().filter(|rule| rule.of.contains(&server.product)).collect();
        let queries = self.queries.get(&server.product);
        if is_extra || rules.is_empty() && queries.is_none() {
            let key = reason("database-not-meant").arg("name", &server.name);
            judgement.note(key.at(server.place.clone()));
        }
        for rule in &rules {
            rule.judge(server, is_extra, judgement);
        }
        for query in queries.into_iter().flatten() {
            let key = reason("database-query").arg("name", &server.name).arg("query", query);
            if is_extra { judgement.note(key) } else { judgement.ask(key) }
        }
        if !is_extra && !rules.is_empty() {
            for cause in &server.unseen {
                judgement.unseen(cause);
            }
        }
        !is_extra && (!rules.is_empty() || queries.is_some())
    }
}

impl KindCheck for Spec {
    type Facts = Databases;

    fn collect(&self, host: &Host) -> Result<Databases, Cause> {
        host.databases(&self.names().into_iter().collect::<Vec<_>>())
    }

    fn judge(&self, facts: &Databases) -> Judgement {
        if facts.is_absent() {
            return Judgement::not_applicable(reason("database-absent"));
        }
        let mut said = Judgement::new();
        let mut is_meant = false;
        for server in &facts.servers {
            is_meant |= self.judge_server(server, &mut said);
        }
        for cause in &facts.unseen {
            said.unseen(cause);
        }
        if is_meant || !facts.unseen.is_empty() {
            return said;
        }
        let mut judgement = Judgement::not_applicable(reason("database-none-meant"));
        judgement.extend(said);
        judgement
    }

    fn plan(&self, facts: &Databases) -> Fix {
        let mut fix = Fix::new();
        for server in facts.servers.iter().filter(|server| !self.extra.contains(&server.product)) {
            let rules = self.options.iter().filter(|rule| rule.of.contains(&server.product));
            rules.for_each(|rule| rule.plan(server, &mut fix));
        }
        fix
    }
}

impl Rule {
    fn plan(&self, server: &Database, fix: &mut Fix) {
        if self.otherwise != Otherwise::Fail || self.any.iter().any(|wanted| wanted.is_met(server))
        {
            return;
        }
        let wanted = self.any.iter().find_map(|wanted| Some((&wanted.name, wanted.set.as_ref()?)));
        if let Some((name, value)) = wanted {
            server.set(fix, name, value);
        }
    }

    fn judge(&self, server: &Database, is_extra: bool, judgement: &mut Judgement) {
        let good = self.any.iter().find(|wanted| wanted.is_met(server));
        let Some(wanted) = good.or(self.any.first()) else { return };
        let said = wanted.say(server, good.is_some());
        match (good.is_some(), self.otherwise) {
            // What could not be read may set it to something else.
            (_, _) if !server.unseen.is_empty() => judgement.note(said),
            (true, _) if is_extra => judgement.note(said),
            (true, _) => judgement.good(said),
            (false, Otherwise::Warn) => judgement.warn(said),
            (false, _) if is_extra => judgement.warn(said),
            (false, Otherwise::Ask) => judgement.ask(said),
            (false, Otherwise::Fail) => judgement.bad(said),
        }
    }
}

impl Wanted {
    fn built_in(&self, server: &Database) -> &str {
        let before = self
            .before
            .as_ref()
            .filter(|before| server.version.is_some_and(|version| version < before.version));
        before.map_or(&self.built_in, |before| &before.built_in)
    }

    fn value<'a>(&'a self, server: &'a Database) -> &'a str {
        server.option(&self.name).map_or_else(|| self.built_in(server), |found| &found.value)
    }

    fn is_met(&self, server: &Database) -> bool {
        let value = self.value(server).trim().to_lowercase();
        if self.accept.contains(&value) {
            return true;
        }
        // `$libdir/passwordcheck, pgaudit`.
        let mut parts = value.split(',').map(|part| {
            let part = part.trim().trim_matches('"');
            part.rsplit('/').next().unwrap_or(part)
        });
        if parts.any(|part| self.contains.iter().any(|name| name == part)) {
            return true;
        }
        let has_bounds = self.at_least.is_some() || self.at_most.is_some();
        has_bounds
            && value.parse::<i64>().is_ok_and(|number| {
                self.at_least.is_none_or(|least| number >= least)
                    && self.at_most.is_none_or(|most| number <= most)
            })
    }

    fn say(&self, server: &Database, is_good: bool) -> Reason {
        let set = server.option(&self.name);
        let key = match (is_good, set.is_some()) {
            (true, true) => "config-option-good",
            (true, false) => "config-option-good-built-in",
            (false, true) => "config-option-bad",
            (false, false) => "config-option-bad-built-in",
        };
        let place: Option<Place> = set.map(|found| found.place.clone());
        let value = self.value(server);
        reason(key)
            .arg("name", &server.name)
            .arg("option", &self.name)
            .arg("value", if value.is_empty() { "(empty)" } else { value })
            .arg("wanted", self.wanted())
            .at(place.or_else(|| server.place.clone()))
    }

    /// `ddl, mod, all`, `1…90`.
    fn wanted(&self) -> String {
        let mut wanted: Vec<String> = self.accept.iter().chain(&self.contains).cloned().collect();
        match (self.at_least, self.at_most) {
            (Some(least), Some(most)) => wanted.push(format!("{least}…{most}")),
            (Some(least), None) => wanted.push(format!("≥ {least}")),
            (None, Some(most)) => wanted.push(format!("≤ {most}")),
            (None, None) => {}
        }
        wanted.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::Spec;

    #[test]
    fn a_spec_says_something() {
        for (text, is_good) in [
            ("", false),
            ("options = [{ of = ['mysql'], otherwise = 'fail', any = [{ name = 'x' }] }]", true),
            ("options = [{ of = ['oracle'], otherwise = 'fail', any = [] }]", false),
        ] {
            assert_eq!(Spec::parse(toml::from_str(text).unwrap()).is_ok(), is_good, "{text}");
        }
        let long = format!("queries = {{ mysql = ['{}'] }}", "x".repeat(400));
        assert!(Spec::parse_queries(toml::from_str(&long).unwrap()).is_err());
    }
}
