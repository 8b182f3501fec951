//! OpenVEX 0.2.0, and the plainer products and vulnerabilities of the versions before it:
//!
//! ```json
//! {"@context":"https://openvex.dev/ns/v0.2.0","@id":"https://example.com/vex-9fb3463de1b57","author":"…",
//!  "timestamp":"2023-01-08T18:02:03.647787998-06:00","version":1,
//!  "statements":[{"vulnerability":{"name":"CVE-2023-12345"},
//!                 "products":[{"@id":"pkg:apk/wolfi/product@1.23.0-r1?arch=armv7"}],"status":"fixed"}]}
//! ```

use super::package_pattern::PackagePattern;
use super::statement::{Component, Product, Statement, Verdict};
use super::{Note, Rules, SuppressError, error};
use jiff::Timestamp;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(Deserialize)]
struct Document {
    timestamp: Option<Timestamp>,
    #[serde(default)]
    statements: Vec<WireStatement>,
}

#[derive(Deserialize)]
struct WireStatement {
    vulnerability: WireVulnerability,
    #[serde(default)]
    products: Vec<WireProduct>,
    status: Status,
    timestamp: Option<Timestamp>,
    last_updated: Option<Timestamp>,
    #[serde(default)]
    justification: String,
    #[serde(default)]
    impact_statement: String,
    #[serde(default)]
    status_notes: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    NotAffected,
    Affected,
    Fixed,
    UnderInvestigation,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum WireVulnerability {
    Name(String),
    Full {
        #[serde(rename = "@id", default)]
        id: String,
        #[serde(default)]
        name: String,
        #[serde(default)]
        aliases: Vec<String>,
    },
}

#[derive(Deserialize)]
#[serde(untagged)]
enum WireProduct {
    Id(String),
    Full {
        #[serde(flatten)]
        component: WireComponent,
        #[serde(default)]
        subcomponents: Vec<WireSubcomponent>,
    },
}

#[derive(Deserialize)]
#[serde(untagged)]
enum WireSubcomponent {
    Id(String),
    Full(WireComponent),
}

#[derive(Deserialize, Default)]
struct WireComponent {
    #[serde(rename = "@id", default)]
    id: String,
    #[serde(default)]
    identifiers: BTreeMap<String, String>,
}

/// Adds the statements of a document.
pub(super) fn parse(file: &Arc<str>, text: &str, rules: &mut Rules) -> Result<(), SuppressError> {
    let document: Document = error::json(file, text)?;
    for statement in document.statements {
        let statement = convert(file, document.timestamp, statement);
        let Some(id) = statement.ids.first() else {
            return Err(SuppressError::file(file, "a statement names no vulnerability"));
        };
        if statement.products.is_empty() && statement.verdict.suppresses().is_some() {
            rules.note(Note::NoProduct { file: file.to_string(), id: id.clone() });
        }
        rules.statements.push(statement);
    }
    Ok(())
}

fn convert(file: &Arc<str>, document: Option<Timestamp>, wire: WireStatement) -> Statement {
    let reasons = [wire.justification, wire.impact_statement, wire.status_notes];
    Statement {
        file: Arc::clone(file),
        ids: ids(wire.vulnerability),
        verdict: match wire.status {
            Status::NotAffected => Verdict::NotAffected,
            Status::Fixed => Verdict::Fixed,
            Status::Affected | Status::UnderInvestigation => Verdict::Open,
        },
        time: wire.timestamp.max(wire.last_updated).or(document),
        reason: reasons.into_iter().find(|reason| !reason.is_empty()).unwrap_or_default(),
        products: wire.products.into_iter().map(product).collect(),
    }
}

/// Every name; an `@id` is an IRI such as `https://nvd.nist.gov/vuln/detail/CVE-2019-17571`, whose end is one too.
fn ids(wire: WireVulnerability) -> Vec<String> {
    let (id, name, aliases) = match wire {
        WireVulnerability::Name(name) => (String::new(), name, Vec::new()),
        WireVulnerability::Full { id, name, aliases } => (id, name, aliases),
    };
    let end = id.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned();
    let mut ids: Vec<String> = [name].into_iter().chain(aliases).chain([end]).collect();
    ids.retain(|id| !id.is_empty());
    ids
}

fn product(wire: WireProduct) -> Product {
    match wire {
        WireProduct::Id(id) => Product { itself: named(id), parts: Vec::new() },
        WireProduct::Full { component: wire, subcomponents } => Product {
            itself: component(wire),
            parts: subcomponents
                .into_iter()
                .map(|part| match part {
                    WireSubcomponent::Id(id) => named(id),
                    WireSubcomponent::Full(wire) => component(wire),
                })
                .collect(),
        },
    }
}

fn named(id: String) -> Component {
    component(WireComponent { id, identifiers: BTreeMap::new() })
}

fn component(wire: WireComponent) -> Component {
    let mut component = Component::default();
    for id in std::iter::once(wire.id).chain(wire.identifiers.into_values()) {
        match PackagePattern::parse(&id) {
            Some(pattern) => component.packages.push(pattern),
            None if id.is_empty() => {}
            None => component.names.push(id),
        }
    }
    component
}

#[cfg(test)]
mod tests;
