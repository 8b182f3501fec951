//! `pasu db`.

mod build;
mod compare;
mod install;
mod key;
mod sign;
mod status;
mod update;

use crate::args::DbCommand;
use crate::exit::Exit;
use anyhow::Result;

/// Does what was asked.
pub fn run(command: DbCommand) -> Result<Exit> {
    match command {
        DbCommand::Build(args) => build::run(&args),
        DbCommand::Update(args) => update::run(&args),
        DbCommand::Keygen(args) => sign::keygen(&args),
        DbCommand::Sign(args) => sign::run(&args),
        DbCommand::Status(args) => status::run(&args),
        DbCommand::Compare(args) => compare::run(&args),
    }
}
