//! `pasu diff`: what changed between two inspections.

use super::output;
use super::runs::load;
use crate::args::{DiffArgs, DiffFormat};
use crate::exit::Exit;
use anyhow::Result;
use pasu_model::{Changes, LifeState, Severity};
use pasu_report::{ChangesFormat, Comparison, render_changes};

/// Compares two runs or files.
pub fn run(args: &DiffArgs) -> Result<Exit> {
    let lang = args.store.lang.unwrap_or_else(super::scan::locale);
    let before = load(&args.before, &args.store)?;
    let after = load(&args.after, &args.store)?;
    let changes = Changes::between(&before.inspection, &after.inspection);
    let comparison = Comparison {
        before_name: &before.name,
        before: &before.inspection,
        after_name: &after.name,
        after: &after.inspection,
        changes: &changes,
    };
    let format = match args.format {
        DiffFormat::Table => ChangesFormat::Table,
        DiffFormat::Json => ChangesFormat::Json,
        DiffFormat::Markdown => ChangesFormat::Markdown,
    };
    output::to(args.output.as_deref(), lang, |look, out| {
        render_changes(&comparison, format, &look.options, out)
    })?;
    let severities: Vec<Severity> =
        args.severity.iter().map(|severity| (*severity).into()).collect();
    let is_worse = changes.lives.iter().any(|life| {
        matches!(life.state, LifeState::New | LifeState::Reopened)
            && (severities.is_empty() || severities.contains(&life.tracked.severity))
    });
    let code = args.exit_code.filter(|code| is_worse && *code != 0);
    Ok(code.map_or(Exit::Clean, Exit::Findings))
}
