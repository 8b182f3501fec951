//! The binary: what was typed, what is meant, and which parts do it. It judges nothing itself.

mod args;
mod commands;
mod database;
mod durable;
mod exit;
mod fetch;
mod hex;
mod progress;
mod settings;
mod state;
mod suppress;

use std::process::ExitCode;

fn main() -> ExitCode {
    let args = args::Args::read();
    match commands::run(args) {
        Ok(exit) => exit.into(),
        Err(error) => exit::explain(&error).into(),
    }
}
