//! Reading a file of which only the content says what it is.

use super::{InspectionError, read_inspection};
use crate::pasu::{PasuError, read_pasu};
use crate::trivy::{TrivyError, read_trivy};
use pasu_model::Inspection;
use serde::Deserialize;

/// Why a file cannot be read as an inspection.
#[derive(Debug, thiserror::Error)]
pub enum AnyError {
    /// It is not a JSON object.
    #[error("neither an inspection nor a run: {0}")]
    NotJson(#[source] serde_json::Error),
    /// An inspection of ours that cannot be read.
    #[error(transparent)]
    Inspection(#[from] InspectionError),
    /// A run of ours that cannot be read.
    #[error(transparent)]
    Run(#[from] PasuError),
    /// A report of Trivy that cannot be read.
    #[error(transparent)]
    Trivy(#[from] TrivyError),
    /// A format that leaves out what would be needed.
    #[error("{what} leaves out what a report needs, so it cannot be read back; hint: {hint}")]
    Lossy {
        /// The format.
        what: &'static str,
        /// What to use in its place.
        hint: &'static str,
    },
    /// JSON of something else.
    #[error("JSON of an unknown kind; hint: {EXPECTED}")]
    Unknown,
}

const EXPECTED: &str =
    "what is read is `--format pasu` of pasu, and JSON reports of Trivy (SchemaVersion 2)";
const USE_PASU: &str = "write the same with `--format pasu` and read that";

/// The keys that tell formats apart. Their values may be of any kind: a stranger's file is not to fail here.
#[derive(Deserialize)]
struct Marks {
    schema: Option<Mark>,
    #[serde(rename = "SchemaVersion")]
    trivy: Option<Mark>,
    schema_version: Option<Mark>,
    #[serde(rename = "schemaVersion")]
    camel_version: Option<Mark>,
    #[serde(rename = "bomFormat")]
    cyclonedx: Option<Mark>,
    #[serde(rename = "spdxVersion")]
    spdx: Option<Mark>,
    runs: Option<Mark>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Mark {
    Text(String),
    Other(serde::de::IgnoredAny),
}

/// Reads an inspection from what `--format pasu` writes (of an inspection or a single scan), or from Trivy's JSON; the
/// content decides, not the file's name.
///
/// # Errors
/// When it is something else, or damaged: the message says what, where, and what to use in its place.
pub fn read_any(bytes: &[u8]) -> Result<Inspection, AnyError> {
    let marks: Marks = serde_json::from_slice(bytes).map_err(AnyError::NotJson)?;
    let lossy = |what| Err(AnyError::Lossy { what, hint: USE_PASU });
    match marks {
        Marks { schema: Some(Mark::Text(schema)), .. } if schema.starts_with("pasu.run/") => {
            Ok(Inspection::of_scan(read_pasu(bytes)?, None))
        }
        Marks { schema: Some(Mark::Text(_)), .. } => Ok(read_inspection(bytes)?),
        Marks { trivy: Some(_), .. } => Ok(Inspection::of_scan(read_trivy(bytes)?, None)),
        Marks { schema_version: Some(_), .. } => lossy("the JSON of `pasu audit`"),
        Marks { cyclonedx: Some(_), .. } => lossy("CycloneDX"),
        Marks { spdx: Some(_), .. } => lossy("SPDX"),
        Marks { runs: Some(_), .. } => lossy("SARIF"),
        Marks { camel_version: Some(_), .. } => lossy("the JSON of a fix or of a patched image"),
        _ => Err(AnyError::Unknown),
    }
}
