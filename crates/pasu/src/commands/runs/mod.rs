//! `pasu runs`: inspections that were kept, one file a command.

mod check;
mod delete;
mod findings;
mod list;
mod load;
mod show;

pub use load::load;

use crate::args::{RunsArgs, RunsCommand, StoreArgs};
use crate::commands::scan::locale;
use crate::exit::Exit;
use crate::state::State;
use anyhow::{Context, Result};
use pasu_model::Lang;
use pasu_store::{FILE, Store};
use std::io::Write;

/// Does what was asked.
pub fn run(args: &RunsArgs) -> Result<Exit> {
    match &args.command {
        None => list::run(&args.list),
        Some(RunsCommand::Show(args)) => show::run(args),
        Some(RunsCommand::Findings(args)) => findings::run(args),
        Some(RunsCommand::Delete(args)) => delete::run(args),
        Some(RunsCommand::Check(args)) => check::check(args),
        Some(RunsCommand::Recover(args)) => check::recover(args),
    }
}

impl StoreArgs {
    /// The language that was asked for, else the locale's.
    fn lang(&self) -> Lang {
        self.lang.unwrap_or_else(locale)
    }

    fn state(&self) -> State {
        State::new(self.state.as_deref())
    }

    /// The store, if there is one: to look must not make one.
    fn existing(&self) -> Result<Option<Store>> {
        let state = self.state();
        // Also where it cannot be looked at: opening it then says why.
        match std::fs::symlink_metadata(state.folder().join(FILE)) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            _ => Ok(Some(Store::open(state.folder())?)),
        }
    }
}

/// Writes lines to standard output.
fn say(text: &str) -> Result<()> {
    writeln!(std::io::stdout().lock(), "{text}").context("cannot write to standard output")
}

fn say_json(value: &impl serde::Serialize) -> Result<()> {
    say(&serde_json::to_string_pretty(value)?)
}

fn none_kept(lang: Lang) -> &'static str {
    lang.pick("보관된 점검이 없습니다.", "No inspection is kept.")
}
