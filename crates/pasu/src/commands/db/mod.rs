//! `pasu db`.

mod build;
mod compare;
mod status;

use crate::args::DbCommand;
use crate::exit::Exit;
use anyhow::Result;

/// Does what was asked.
pub fn run(command: DbCommand) -> Result<Exit> {
    match command {
        DbCommand::Build(args) => build::run(&args),
        DbCommand::Update(_) => anyhow::bail!("x"),
        DbCommand::Status(args) => status::run(&args),
        DbCommand::Compare(args) => compare::run(&args),
    }
}
