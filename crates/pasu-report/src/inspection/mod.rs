//! A whole inspection in Pasu's own schema, `pasu.inspection/1`, written and read back.
//!
//! What a store keeps and what `--format pasu` of an inspection writes. The runs inside are those of `pasu.run/1`; the
//! published contract is `schema/pasu-inspection-1.json`. Within version 1 keys are only added, never changed.

mod any;
mod v1;

pub use any::{AnyError, read_any};

use crate::format::write_json;
use crate::pasu::mirror::Convert;
use pasu_model::Inspection;
use serde::{Deserialize, Serialize};
use std::io::{self, Write};

/// The published schema of an inspection's file (JSON Schema 2020-12). It refers to that of a run.
pub const INSPECTION_SCHEMA: &str = include_str!("../../schema/pasu-inspection-1.json");
/// The name of the schema that is written.
const SCHEMA: &str = "pasu.inspection/1";

/// A file: the schema's name and what it holds.
#[derive(Serialize, Deserialize)]
struct Document {
    schema: String,
    inspection: v1::Inspection,
}

/// What is read of a file first: enough to say what it is, whatever else is in it.
#[derive(Deserialize)]
struct Header {
    schema: String,
    #[serde(default)]
    inspection: HeaderInspection,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct HeaderInspection {
    tool: HeaderTool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct HeaderTool {
    version: String,
}

/// Why a file is not an inspection.
#[derive(Debug, thiserror::Error)]
pub enum InspectionError {
    /// It is not JSON, or a key is missing or of the wrong kind.
    #[error("not an inspection of pasu: {0}")]
    Malformed(#[from] serde_json::Error),
    /// A later version wrote it.
    #[error(
        "written by pasu {version} in the schema `{schema}`, and this version reads `pasu.inspection/1`; \
         hint: read it with pasu {version} or newer"
    )]
    Newer {
        /// The schema's name.
        schema: String,
        /// The version that wrote it; `?` where the file does not say.
        version: String,
    },
    /// It is something else.
    #[error("schema `{0}` is not known; this version reads `pasu.inspection/1`")]
    UnknownSchema(String),
}

/// Writes an inspection's file.
///
/// # Errors
/// Only what `out` says: an inspection can always be written.
pub fn write_inspection(inspection: &Inspection, out: &mut dyn Write) -> io::Result<()> {
    let inspection = inspection.clone().convert();
    write_json(&Document { schema: SCHEMA.to_owned(), inspection }, out)
}

/// Reads what [`write_inspection`] writes.
///
/// # Errors
/// When the bytes are not JSON, name another schema, or lack a required key.
pub fn read_inspection(bytes: &[u8]) -> Result<Inspection, InspectionError> {
    let header: Header = serde_json::from_slice(bytes)?;
    if header.schema != SCHEMA {
        return Err(other_schema(&header));
    }
    let document: Document = serde_json::from_slice(bytes)?;
    Ok(document.inspection.convert())
}

fn other_schema(header: &Header) -> InspectionError {
    let short = |text: &str| text.chars().filter(|c| !c.is_control()).take(100).collect::<String>();
    let number = header.schema.strip_prefix("pasu.inspection/").map(str::parse::<u32>);
    match number {
        Some(Ok(2..)) => {
            let version = short(&header.inspection.tool.version);
            let version = if version.is_empty() { "?".to_owned() } else { version };
            InspectionError::Newer { schema: short(&header.schema), version }
        }
        _ => InspectionError::UnknownSchema(short(&header.schema)),
    }
}
