//! `pasu audit` and what belongs to it, one file each.

mod answer;
mod explain;
mod image;
mod list;
pub mod run;
pub mod software;

use crate::args::{AuditArgs, AuditCommand, SchemaArg};
use crate::exit::Exit;
use anyhow::{Context, Result, bail};
use pasu_checks::{Catalogue, Guideline};
use std::io::Write;

/// Does what was asked.
pub fn run(args: AuditArgs) -> Result<Exit> {
    match args.command {
        None => run::run(&args.run),
        Some(AuditCommand::Explain(args)) => explain::run(&args),
        Some(AuditCommand::Answer(args)) => answer::run(&args),
        Some(AuditCommand::List(args)) => list::run(&args),
        Some(AuditCommand::Schema(args)) => schema(args.which),
    }
}

/// The items that this program carries.
pub fn catalogue() -> Result<Catalogue> {
    Catalogue::load().context("the items inside this program cannot be read")
}

/// The guideline of a name, else the newest.
pub fn guideline(name: Option<&str>) -> Result<Guideline> {
    let id = name.or_else(|| Guideline::ids().next()).unwrap_or_default();
    match Guideline::load(id) {
        Some(guideline) => guideline.context("a guideline inside this program cannot be read"),
        None => bail!("there is no guideline {id}"),
    }
}

/// The guideline of a name, else the newest that has the item.
pub fn guideline_with(named: Option<&str>, item: &str) -> Result<Guideline> {
    let newest = guideline(named)?;
    if named.is_none() && newest.entries_of(item).next().is_none() {
        for id in Guideline::ids() {
            let other = guideline(Some(id))?;
            if other.entries_of(item).next().is_some() {
                return Ok(other);
            }
        }
    }
    Ok(newest)
}

/// What to say of a name that is neither a code nor a slug.
pub fn unknown(name: &str, guideline: &Guideline) -> String {
    format!("there is no item {name} in {}; hint: `pasu audit list` shows them all", guideline.id)
}

fn schema(which: SchemaArg) -> Result<Exit> {
    let text = match which {
        SchemaArg::Result => pasu_report::AUDIT_SCHEMA.to_owned(),
        SchemaArg::Policy => {
            serde_json::to_string_pretty(&pasu_checks::policy_schema(&catalogue()?))? + "\n"
        }
    };
    std::io::stdout()
        .lock()
        .write_all(text.as_bytes())
        .context("cannot write to standard output")?;
    Ok(Exit::Clean)
}
