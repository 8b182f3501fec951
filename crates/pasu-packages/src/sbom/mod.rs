//! Software bills of materials as input: CycloneDX 1.2 to 1.6 (JSON) and SPDX 2.x (JSON and tag-value).
//!
//! A bill is read as what it lists, whoever wrote it: every component with a package URL becomes a package of the
//! ecosystem that the URL names. What Trivy and Syft add beside the standards (source packages, module labels, paths) is
//! used where it is there.

mod component;
mod cyclonedx;
mod distribution;
mod spdx;
mod tag_value;

use component::Collector;
use pasu_model::Inventory;

/// Larger bills are not read: the largest of whole clusters stay far below.
const MOST_BYTES: usize = 512 << 20;

/// More components than this are taken for an attack.
const MOST_COMPONENTS: usize = 2_000_000;

/// Which standard a bill follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SbomKind {
    /// CycloneDX.
    CycloneDx,
    /// SPDX.
    Spdx,
}

/// Why a file is not a bill that can be read.
#[derive(Debug, thiserror::Error)]
pub enum SbomError {
    /// Over the limit on bytes.
    #[error("larger than {} MiB", MOST_BYTES >> 20)]
    TooLarge,
    /// Over the limit on components.
    #[error("more than {MOST_COMPONENTS} components")]
    TooManyComponents,
    /// Neither JSON nor tag-value.
    #[error("neither CycloneDX JSON nor SPDX JSON or tag-value")]
    NotRecognised,
    /// A known standard in a form that is not read.
    #[error("{0} is not read yet")]
    Unsupported(String),
    /// The JSON is damaged.
    #[error("damaged JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// A line of tag-value is damaged.
    #[error("line {line}: {problem}")]
    TagValue {
        /// Counted from 1.
        line: usize,
        /// What is wrong.
        problem: &'static str,
    },
}

/// Reads a bill of materials. Components that are malformed are listed as unseen; the others are kept.
///
/// # Errors
/// When the bytes as a whole are no bill of materials that can be read.
pub fn read(bytes: &[u8]) -> Result<(SbomKind, Inventory), SbomError> {
    if bytes.len() > MOST_BYTES {
        return Err(SbomError::TooLarge);
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut collector = Collector::default();
    let kind = match bytes.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'{') => read_json(bytes, &mut collector)?,
        Some(b'<') => return Err(SbomError::Unsupported("XML".to_owned())),
        _ => {
            tag_value::read(bytes, &mut collector)?;
            SbomKind::Spdx
        }
    };
    Ok((kind, collector.into_inventory()))
}

/// The keys that tell the standards apart.
#[derive(serde::Deserialize)]
struct Header {
    #[serde(rename = "bomFormat")]
    bom_format: Option<String>,
    #[serde(rename = "spdxVersion")]
    spdx_version: Option<String>,
    #[serde(rename = "@context")]
    context: Option<serde_json::Value>,
}

fn read_json(bytes: &[u8], collector: &mut Collector) -> Result<SbomKind, SbomError> {
    let header: Header = serde_json::from_slice(bytes)?;
    match (header.bom_format.as_deref(), header.spdx_version.as_deref(), header.context) {
        (Some("CycloneDX"), ..) => {
            cyclonedx::read(bytes, collector)?;
            Ok(SbomKind::CycloneDx)
        }
        (_, Some(version), _) if version.starts_with("SPDX-2.") => {
            spdx::read(bytes, collector)?;
            Ok(SbomKind::Spdx)
        }
        (_, Some(version), _) => Err(SbomError::Unsupported(version.chars().take(40).collect())),
        (_, _, Some(_)) => Err(SbomError::Unsupported("SPDX 3".to_owned())),
        _ => Err(SbomError::NotRecognised),
    }
}

#[cfg(test)]
mod tests;
