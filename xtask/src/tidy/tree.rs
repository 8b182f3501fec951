//! The text files of the repository.

use anyhow::{Context, Result};
use std::fs;
use std::path::Path;

/// A text file.
pub struct TextFile {
    /// Below the root, with `/` between parts.
    pub path: String,
    /// What is in it.
    pub text: String,
}

/// Folders that hold no work of ours, below the root.
const SKIPPED: &[&str] =
    &[".git", "target", "fuzz/target", "fuzz/corpus", "fuzz/artifacts", ".cargo/registry"];

/// Every text file; what is not UTF-8 is test data.
pub fn files(root: &Path) -> Result<Vec<TextFile>> {
    let mut files = Vec::new();
    let mut open = vec![String::new()];
    while let Some(folder) = open.pop() {
        let place = root.join(&folder);
        let context = || format!("cannot read {}", place.display());
        for entry in fs::read_dir(&place).with_context(context)? {
            let entry = entry.with_context(context)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
            let kind = entry.file_type().with_context(context)?;
            if kind.is_dir() && !SKIPPED.contains(&path.as_str()) {
                open.push(path);
            } else if kind.is_file()
                && let Ok(text) = fs::read_to_string(entry.path())
            {
                files.push(TextFile { path, text });
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}
