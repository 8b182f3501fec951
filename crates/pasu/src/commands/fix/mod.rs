//! `pasu fix` and what belongs to it, one file each.

mod choice;
mod plan;

use crate::args::FixCommand;
use crate::exit::Exit;
use anyhow::Result;

/// Does what was asked.
pub fn run(command: FixCommand) -> Result<Exit> {
    match command {
        FixCommand::Plan(args) => plan::run(&args),
        _ => anyhow::bail!("not yet"),
    }
}
