//! CycloneDX as VEX (versions 1.4 to 1.7, JSON): vulnerabilities with an analysis.
//!
//! ```json
//! {"bomFormat":"CycloneDX","specVersion":"1.5","version":1,
//!  "vulnerabilities":[{"id":"CVE-2020-25649",
//!                      "analysis":{"state":"not_affected","justification":"code_not_reachable"},
//!                      "affects":[{"ref":"urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#pkg:maven/g/a@2.10.0"}]}]}
//! ```
//!
//! What is affected is named as [`Components::resolve`] reads it. The document behind a BOM-Link is at hand only if it
//! is the one that is scanned; otherwise its reference counts where it is a package URL.

use super::cyclonedx_components::{Bom, Components};
use super::package_pattern::PackagePattern;
use super::statement::{Component, Product, Statement, Verdict};
use super::{Note, Rules, SuppressError, error};
use jiff::Timestamp;
use serde::Deserialize;
use std::sync::Arc;

#[derive(Deserialize)]
struct Document {
    #[serde(flatten)]
    bom: Bom,
    #[serde(default)]
    vulnerabilities: Vec<WireVulnerability>,
}

#[derive(Deserialize)]
struct WireVulnerability {
    #[serde(default)]
    id: String,
    #[serde(default)]
    references: Vec<Reference>,
    updated: Option<Timestamp>,
    analysis: Option<Analysis>,
    #[serde(default)]
    affects: Vec<Affected>,
}

#[derive(Deserialize)]
struct Reference {
    #[serde(default)]
    id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Analysis {
    state: Option<State>,
    #[serde(default)]
    justification: String,
    #[serde(default)]
    detail: String,
    first_issued: Option<Timestamp>,
    last_updated: Option<Timestamp>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum State {
    Resolved,
    ResolvedWithPedigree,
    Exploitable,
    InTriage,
    FalsePositive,
    NotAffected,
}

#[derive(Deserialize)]
struct Affected {
    #[serde(rename = "ref")]
    reference: String,
    #[serde(default)]
    versions: Vec<AffectedVersion>,
}

#[derive(Deserialize)]
struct AffectedVersion {
    version: Option<String>,
    status: Option<String>,
}

/// Adds the statements of a document.
pub(super) fn parse(file: &Arc<str>, text: &str, rules: &mut Rules) -> Result<(), SuppressError> {
    let document: Document = error::json(file, text)?;
    let components = Components::new(document.bom);
    for vulnerability in &document.vulnerabilities {
        // Without a state nothing is said: the document lists what a scanner found.
        let Some(analysis) = &vulnerability.analysis else { continue };
        let Some(state) = analysis.state else { continue };
        let statement = convert(file, vulnerability, analysis, state, &components, rules)?;
        rules
            .statements
            .push(Statement { time: statement.time.or(components.issued), ..statement });
    }
    Ok(())
}

fn convert(
    file: &Arc<str>,
    wire: &WireVulnerability,
    analysis: &Analysis,
    state: State,
    components: &Components,
    rules: &mut Rules,
) -> Result<Statement, SuppressError> {
    if wire.id.is_empty() {
        return Err(SuppressError::file(file, "a vulnerability with an analysis has no id"));
    }
    let (file_name, id) = (file.to_string(), wire.id.clone());
    let verdict = match state {
        State::NotAffected | State::FalsePositive => Verdict::NotAffected,
        State::Resolved | State::ResolvedWithPedigree => Verdict::Fixed,
        State::Exploitable | State::InTriage => Verdict::Open,
    };
    if wire.affects.is_empty() && verdict != Verdict::Open {
        rules.note(Note::NoProduct { file: file_name.clone(), id: id.clone() });
    }
    let mut products = Vec::with_capacity(wire.affects.len());
    for affected in &wire.affects {
        let packages = affected.packages(components, &rules.scanned, verdict);
        if packages.is_empty() {
            let reference = affected.reference.clone();
            rules.note(Note::Unresolved { file: file_name.clone(), id: id.clone(), reference });
        } else {
            let itself = Component { names: Vec::new(), packages };
            products.push(Product { itself, parts: Vec::new() });
        }
    }
    let other_ids = wire.references.iter().map(|reference| reference.id.clone());
    let reason = [&analysis.justification, &analysis.detail];
    Ok(Statement {
        file: Arc::clone(file),
        ids: std::iter::once(id).chain(other_ids.filter(|id| !id.is_empty())).collect(),
        verdict,
        time: analysis.last_updated.max(analysis.first_issued).or(wire.updated),
        reason: reason.into_iter().find(|text| !text.is_empty()).cloned().unwrap_or_default(),
        products,
    })
}

impl Affected {
    /// The packages meant; none if the reference leads nowhere.
    ///
    /// Where versions are listed, taking out is limited to those that are not called affected. Ranges (`vers:…`) take
    /// nothing out.
    fn packages(
        &self,
        components: &Components,
        scanned: &Components,
        verdict: Verdict,
    ) -> Vec<PackagePattern> {
        let Some(pattern) = components.resolve(scanned, &self.reference) else {
            return Vec::new();
        };
        if self.versions.is_empty() || verdict == Verdict::Open {
            return vec![pattern];
        }
        self.versions
            .iter()
            .filter(|version| version.status.as_deref() != Some("affected"))
            .filter_map(|version| pattern.at_version(version.version.as_deref()?))
            .collect()
    }
}

#[cfg(test)]
mod tests;
