//! `pasu audit list`.

use super::guideline;
use crate::args::ListArgs;
use crate::commands::scan::locale;
use crate::exit::Exit;
use anyhow::{Context, Result};
use std::io::Write;

/// One line an item: code, weight, slug and title.
pub fn run(args: &ListArgs) -> Result<Exit> {
    let guideline = guideline(args.guideline.as_deref())?;
    let lang = args.lang.unwrap_or_else(locale);
    let mut out = std::io::stdout().lock();
    for entry in &guideline.entries {
        let weight = entry.importance.text();
        let (weight, title) = (weight.get(lang), entry.title.get(lang));
        writeln!(out, "{:<7} {weight}\t{:<34} {title}", entry.code, entry.item)
            .context("cannot write to standard output")?;
    }
    Ok(Exit::Clean)
}
