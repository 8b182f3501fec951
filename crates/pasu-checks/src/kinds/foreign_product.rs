//! Items about products that are not read: `kind = "foreign-product"`.
//!
//! Where nothing shows the product the item does not apply; where something does, a person has to look.

use super::{KindCheck, KindError};
use crate::cause::Cause;
use crate::host::Host;
use crate::judgement::{Judgement, reason};
use pasu_model::Place;
use serde::{Deserialize, Serialize};

/// How many traces are kept.
const MAX_TRACES: usize = 20;

/// The product and what shows it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// Its name.
    product: String,
    /// Paths or patterns that only an installed one leaves.
    #[serde(default)]
    traces: Vec<String>,
    /// Its programs.
    #[serde(default)]
    processes: Vec<String>,
    /// Files that are told of and decide nothing.
    #[serde(default)]
    evidence: Vec<String>,
}

/// What was found of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    traces: Vec<(String, Option<Place>)>,
    evidence: Vec<String>,
}

impl Spec {
    pub(super) fn parse(spec: toml::Table) -> Result<Self, KindError> {
        Ok(spec.try_into()?)
    }

    /// Whether nothing could show the product.
    #[cfg(test)]
    pub(super) fn never_fails(&self) -> bool {
        self.traces.is_empty() && self.processes.is_empty()
    }
}

impl KindCheck for Spec {
    type Facts = Facts;

    fn collect(&self, host: &Host) -> Result<Facts, Cause> {
        let mut facts = Facts { traces: Vec::new(), evidence: Vec::new() };
        for path in paths(host, &self.traces)? {
            let place = Place::File { path: path.clone(), line: None };
            facts.traces.push((path, Some(place)));
        }
        if host.is_live() {
            let processes = host.processes()?;
            let own = processes.iter().filter(|process| process.is_any_of(&self.processes));
            let shown = own.map(|process| format!("{} (pid {})", process.program(), process.pid));
            facts.traces.extend(shown.map(|shown| (shown, None)));
        }
        facts.traces.truncate(MAX_TRACES);
        facts.evidence = paths(host, &self.evidence)?;
        Ok(facts)
    }

    fn judge(&self, facts: &Facts) -> Judgement {
        let absent = reason("foreign-product-absent").arg("product", &self.product);
        let mut judgement = if facts.traces.is_empty() {
            Judgement::not_applicable(absent)
        } else {
            Judgement::new()
        };
        for (what, place) in &facts.traces {
            let present = reason("foreign-product-present").arg("product", &self.product);
            judgement.ask(present.arg("what", what).at(place.clone()));
        }
        for path in &facts.evidence {
            judgement.note(reason("foreign-product-evidence").arg("path", path).file(path));
        }
        judgement
    }
}

fn paths(host: &Host, patterns: &[String]) -> Result<Vec<String>, Cause> {
    let mut found = Vec::new();
    for pattern in patterns {
        found.extend(host.glob(pattern)?);
    }
    found.truncate(MAX_TRACES);
    Ok(found)
}
