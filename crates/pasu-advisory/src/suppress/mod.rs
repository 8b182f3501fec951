//! Findings that a person has judged already: ignore files and VEX documents, and taking out what they name.
//!
//! Four formats: `.trivyignore`, `.trivyignore.yaml`, OpenVEX and CycloneDX VEX. Each has a parser that turns bytes into
//! [`Rules`]; nothing here opens a file or knows the clock. A rule that says less than it should (no product, no
//! package) takes out nothing, because what is hidden by mistake is never looked at again.

mod apply;
mod cyclonedx_components;
mod cyclonedx_vex;
mod dependents;
mod error;
mod expiry;
mod ignore;
mod limits;
mod misconfigurations;
mod note;
mod openvex;
mod package_pattern;
mod statement;
#[cfg(test)]
mod testing;
mod trivyignore;
mod trivyignore_yaml;

pub use error::SuppressError;
pub use limits::{MAX_IGNORE_BYTES, MAX_VEX_BYTES};
pub use note::Note;

use cyclonedx_components::{Bom, Components};
use ignore::Ignore;
use limits::MAX_NOTES;
use serde::Deserialize;
use serde::de::IgnoredAny;
use statement::Statement;
use std::sync::Arc;

/// All ignore files and VEX documents of a run, in the order in which they were added.
#[derive(Debug, Default)]
pub struct Rules {
    ignores: Vec<Ignore>,
    statements: Vec<Statement>,
    notes: Vec<Note>,
    /// The bill of materials that is scanned.
    scanned: Components,
}

impl Rules {
    /// Rules for the scan of a bill of materials: VEX may name its components, and the product it describes. Of other
    /// formats than CycloneDX in JSON nothing is known here.
    #[must_use]
    pub fn for_sbom(bytes: &[u8]) -> Self {
        let bom: Bom = serde_json::from_slice(bytes).unwrap_or_default();
        Self { scanned: Components::new(bom), ..Self::default() }
    }

    /// Adds an ignore file: YAML if its name ends in `.yaml` or `.yml`, otherwise an identifier a line.
    pub fn add_ignore_file(&mut self, file: &str, bytes: &[u8]) -> Result<(), SuppressError> {
        let text = limits::text(file, bytes, MAX_IGNORE_BYTES)?;
        let file: Arc<str> = Arc::from(file);
        if file.ends_with(".yaml") || file.ends_with(".yml") {
            trivyignore_yaml::parse(&file, text, self)
        } else {
            trivyignore::parse(&file, text, self)
        }
    }

    /// Adds a VEX document in JSON: OpenVEX or CycloneDX, told apart by their content.
    pub fn add_vex(&mut self, file: &str, bytes: &[u8]) -> Result<(), SuppressError> {
        let text = limits::text(file, bytes, MAX_VEX_BYTES)?;
        let probe: Probe = error::json(file, text)?;
        let file: Arc<str> = Arc::from(file);
        if probe.bom_format.is_some_and(|format| format == "CycloneDX") {
            cyclonedx_vex::parse(&file, text, self)
        } else if probe.statements.is_some() && probe.context.is_some() {
            openvex::parse(&file, text, self)
        } else {
            let found =
                if probe.document.is_some() { "a CSAF document" } else { "no VEX document" };
            Err(SuppressError::file(
                &file,
                format!("{found}; hint: OpenVEX and CycloneDX VEX, both in JSON, can be read"),
            ))
        }
    }

    /// Remembers something to tell the user; beyond a limit nobody would read on.
    fn note(&mut self, note: Note) {
        if self.notes.len() < MAX_NOTES {
            self.notes.push(note);
        }
    }
}

/// The keys that tell the formats apart.
#[derive(Deserialize)]
struct Probe {
    #[serde(rename = "bomFormat")]
    bom_format: Option<String>,
    #[serde(rename = "@context")]
    context: Option<IgnoredAny>,
    statements: Option<IgnoredAny>,
    document: Option<IgnoredAny>,
}

#[cfg(test)]
mod tests {
    use super::Rules;

    #[test]
    fn a_document_of_another_kind_is_named() {
        for (text, expected) in [
            ("{", "v.json:1: "),
            ("[]", "v.json:1: "),
            ("{}", "v.json: no VEX document; hint: "),
            (r#"{"document":{"csaf_version":"2.0"}}"#, "v.json: a CSAF document; hint: "),
            ("\u{0}", "v.json:1: "),
        ] {
            let error = Rules::default().add_vex("v.json", text.as_bytes()).unwrap_err();
            assert!(error.to_string().starts_with(expected), "{text}: {error}");
        }
        let error = Rules::default().add_vex("v.json", b"{\xff}").unwrap_err();
        assert_eq!(error.to_string(), "v.json:1: not UTF-8");
    }

    #[test]
    fn depth_is_bounded() {
        let deep = format!(r#"{{"@context":{}"#, "[".repeat(200_000));
        assert!(Rules::default().add_vex("v.json", deep.as_bytes()).is_err());
        let deep = format!("vulnerabilities: {}", "[".repeat(100_000));
        assert!(Rules::default().add_ignore_file("i.yaml", deep.as_bytes()).is_err());
    }
}
