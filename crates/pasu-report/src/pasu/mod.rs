//! The whole run in Pasu's own schema, `pasu.run/1`, written and read back.
//!
//! The structs of [`v1`] are the published contract (`schema/pasu-run-1.json`): renaming something in the model does not
//! compile here instead of breaking whoever stores these files. Within version 1 keys are only added, never changed.

pub(crate) mod mirror;
pub(crate) mod v1;

use crate::{Audited, audit};
use mirror::Convert;
use pasu_model::{Lang, Run};
use serde::{Deserialize, Serialize};

/// The name of the schema that is written.
const SCHEMA: &str = "pasu.run/1";

/// A file: the schema's name and what it holds.
#[derive(Serialize)]
pub(crate) struct Document<'a> {
    schema: &'static str,
    run: v1::Run,
    /// The audit of the same target, as `pasu audit --format json` writes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    audit: Option<audit::Document<'a>>,
}

/// What is read of a file.
#[derive(Deserialize)]
struct Stored {
    run: v1::Run,
}

/// The first thing to read of a file.
#[derive(Deserialize)]
struct Header {
    schema: String,
}

/// Why a file is not a run.
#[derive(Debug, thiserror::Error)]
pub enum PasuError {
    /// It is not JSON, or a key is missing or of the wrong kind.
    #[error("not a pasu run: {0}")]
    Malformed(#[from] serde_json::Error),
    /// It was written by another version, or is something else.
    #[error("schema `{0}` is not known; this version reads `pasu.run/1`")]
    UnknownSchema(String),
}

/// The file of a run.
pub(crate) fn document<'a>(run: &Run, audited: Option<Audited<'a>>, lang: Lang) -> Document<'a> {
    Document {
        schema: SCHEMA,
        run: run.clone().convert(),
        audit: audited.map(|audited| audit::document(audited.audit, lang)),
    }
}

/// Reads what [`Format::Pasu`](crate::Format::Pasu) writes.
///
/// # Errors
/// When the bytes are not JSON, name another schema, or lack a required key.
pub fn read_pasu(bytes: &[u8]) -> Result<Run, PasuError> {
    let header: Header = serde_json::from_slice(bytes)?;
    if header.schema != SCHEMA {
        return Err(PasuError::UnknownSchema(header.schema.chars().take(100).collect()));
    }
    let document: Stored = serde_json::from_slice(bytes)?;
    Ok(document.run.convert())
}
