//! `pasu runs findings`: since when findings are there, and where they stand.

use super::{none_kept, say, say_json};
use crate::args::{RunsFindingsArgs, RunsFormat};
use crate::commands::output;
use crate::exit::Exit;
use anyhow::Result;
use pasu_report::render_lives;
use pasu_store::LifeFilter;

/// Lists lives.
pub fn run(args: &RunsFindingsArgs) -> Result<Exit> {
    let lang = args.list.store.lang();
    let filter = LifeFilter { states: args.only.clone(), target: args.target.clone() };
    let store = args.list.store.existing()?;
    let lives = match &store {
        Some(store) => store.lives(&filter)?,
        None => Vec::new(),
    };
    match args.list.format {
        RunsFormat::Json => say_json(&lives)?,
        RunsFormat::Table if store.is_none() => say(none_kept(lang))?,
        RunsFormat::Table if lives.is_empty() => {
            say(lang.pick("해당하는 항목이 없습니다.", "There is none."))?;
        }
        RunsFormat::Table => {
            output::to(None, lang, |look, out| render_lives(&lives, true, &look.options, out))?;
        }
    }
    Ok(Exit::Clean)
}
