//! `pasu fix history` and `pasu fix show`.

use super::ending::of_record;
use super::plan::write_json;
use super::recover::tell_of;
use super::target::on;
use crate::args::{FixFormat, FixHistoryArgs, FixShowArgs};
use crate::commands::output::{self, Look};
use crate::commands::scan::locale;
use crate::exit::Exit;
use anyhow::{Context, Result};
use pasu_fix::session;
use pasu_model::{FixRecord, FixState};
use pasu_report::{render_fix_history, render_fix_record};
use std::io::Write;

/// Lists all entries.
pub fn list(args: &FixHistoryArgs) -> Result<Exit> {
    let lang = args.target.lang.unwrap_or_else(locale);
    let (system, _) = crate::commands::target::open(args.target.root.as_deref())?;
    let records = session::history(&*system).context("the history cannot be read")?;
    let is_open = |record: &&FixRecord| {
        matches!(record.state, FixState::Open | FixState::AwaitingConfirmation)
    };
    // Also one that died before it touched anything, of which no mark tells.
    if let Some(open) = records.iter().find(is_open) {
        tell_of(&*system, &open.id, &on(&args.target), lang);
    }
    output::to(None, lang, |look: &Look, out: &mut dyn Write| match args.format {
        FixFormat::Table => render_fix_history(&records, &look.options, out),
        FixFormat::Json => write_json(&records, out),
    })?;
    let is_whole = records.iter().all(|record| record.state != FixState::Damaged);
    Ok(if is_whole { Exit::Clean } else { Exit::Incomplete })
}

/// Shows one entry.
pub fn show(args: &FixShowArgs) -> Result<Exit> {
    let lang = args.target.lang.unwrap_or_else(locale);
    let (system, _) = crate::commands::target::open(args.target.root.as_deref())?;
    let record = session::record(&*system, &args.id).map_err(of_record)?;
    output::to(None, lang, |look: &Look, out: &mut dyn Write| match args.format {
        FixFormat::Table => render_fix_record(&record, &look.options, out),
        FixFormat::Json => write_json(&record, out),
    })?;
    Ok(Exit::Clean)
}
