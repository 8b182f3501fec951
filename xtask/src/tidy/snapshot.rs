//! The bundled snapshot stays small enough for a repository.

use crate::snapshot::{MAX_SIZE, PLACE};
use anyhow::{Context, Result};
use std::fs;
use std::path::Path;

/// A snapshot that is too large.
pub fn check(root: &Path) -> Result<Option<String>> {
    let size =
        fs::metadata(root.join(PLACE)).with_context(|| format!("cannot read {PLACE}"))?.len();
    Ok((size > MAX_SIZE).then(|| format!("{PLACE}: {size} bytes, at most {MAX_SIZE} are allowed")))
}
