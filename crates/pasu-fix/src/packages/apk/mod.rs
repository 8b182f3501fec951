//! Alpine's packages, by `apk` of version 2.12 or newer.
//!
//! Written to its manual, and to the source of 2.14 and 3.0 where that is silent. Where both leave a doubt, nothing is
//! done. `apk fix --upgrade` is what upgrades single packages and leaves `/etc/apk/world` alone (apk-add(8)).

mod act;
mod database;
mod details;
mod plan;
mod policy;
mod state;
mod steps;
#[cfg(test)]
mod tests;
mod world;

use super::{Machine, PackagesError};
use pasu_system::ToolOutput;

/// Options of every command: lists that are there are used however old they are, so that what was planned and what is
/// done go by the same ones. The number is of minutes.
const GLOBAL: [&str; 2] = ["--cache-max-age", "525600"];

/// The command that fetches lists of packages.
const REFRESH: &str = "apk update";

/// `apk` of a machine.
#[derive(Clone, Copy)]
pub struct Apk<'a> {
    machine: Machine<'a>,
}

impl<'a> Apk<'a> {
    /// The package manager of a machine.
    #[must_use]
    pub fn new(machine: Machine<'a>) -> Self {
        Self { machine }
    }

    fn ask(&self, words: &[&str]) -> Result<ToolOutput, PackagesError> {
        self.machine.ask("apk", &[&GLOBAL[..], words].concat())
    }

    fn text(&self, words: &[&str]) -> Result<String, PackagesError> {
        self.machine.text("apk", &[&GLOBAL[..], words].concat())
    }
}

/// All that it said on both outputs: it names an error on one, and gives the reasons on the other.
fn said(output: &ToolOutput) -> String {
    const LINES: usize = 12;
    let both = [&output.stderr[..], b"\n", &output.stdout].concat();
    let text = String::from_utf8_lossy(&both).into_owned();
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines[..lines.len().min(LINES)].join(" / ")
}
