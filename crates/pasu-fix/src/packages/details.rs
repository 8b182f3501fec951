//! What is asked of every machine alike.

use super::{Machine, PackagesError};

/// Free bytes at a path.
pub(super) fn free(machine: Machine<'_>, path: &str) -> Result<u64, PackagesError> {
    let text = machine.text("df", &["-Pk", path])?;
    parse_free(&text).ok_or_else(|| PackagesError::Answer {
        line: format!("df -Pk {path}"),
        what: "no number of free blocks".into(),
    })
}

/// Reads the last line of `df -Pk`: `overlay 264212084 23760732 71525156 25% /`.
pub(super) fn parse_free(text: &str) -> Option<u64> {
    let line = text.lines().last()?;
    // A device's name may hold blanks: the numbers are found by the percent sign.
    let words: Vec<&str> = line.split_whitespace().collect();
    let percent = words.iter().position(|word| word.ends_with('%'))?;
    words.get(percent.checked_sub(1)?)?.parse::<u64>().ok()?.checked_mul(1024)
}
