//! `pasu fix` and what belongs to it, one file each.

mod apply;
mod choice;
mod ending;
mod history;
mod lockout;
mod packages;
mod plan;
mod question;
mod recover;
mod stored;
mod target;

pub(super) use packages::wanted;
pub(super) use plan::write_json;
pub(super) use question::agreed;
pub use recover::tell_unfinished;
pub use target::author;

use crate::args::FixCommand;
use crate::exit::Exit;
use anyhow::{Context, Result};
use std::io::Write;

/// Does what was asked.
pub fn run(command: FixCommand) -> Result<Exit> {
    match command {
        FixCommand::Plan(args) => plan::run(&args),
        FixCommand::Apply(args) => apply::run(&args),
        FixCommand::Confirm(args) => ending::confirm(&args),
        FixCommand::Rollback(args) => ending::rollback(&args),
        FixCommand::History(args) => history::list(&args),
        FixCommand::Show(args) => history::show(&args),
        FixCommand::Recover(args) => recover::run(&args),
        FixCommand::Packages(args) => packages::run(&args),
        FixCommand::Schema => schema(),
    }
}

fn schema() -> Result<Exit> {
    let schema = pasu_report::FIX_PLAN_SCHEMA.as_bytes();
    std::io::stdout().lock().write_all(schema).context("cannot write to standard output")?;
    Ok(Exit::Clean)
}
