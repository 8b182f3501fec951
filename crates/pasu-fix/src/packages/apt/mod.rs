//! Debian's and Ubuntu's packages, by `apt-get` and `dpkg`.

mod act;
mod choose;
mod details;
mod policy;
mod simulation;
mod state;
#[cfg(test)]
mod tests;

pub(super) use act::ENVIRONMENT;

use super::{Machine, Manager, Note, PackagesError, Request, Selection, UpdatePlan};
use choose::Choice;

/// Options of every upgrade, simulated or real: only upgrades, no more than needed, nobody else's choice of marks.
const OPTIONS: [&str; 6] = [
    "--only-upgrade",
    "--no-install-recommends",
    "-o",
    "APT::Get::AutomaticRemove=false",
    "-o",
    "APT::Get::Show-User-Simulation-Note=false",
];

/// The command that fetches lists of packages.
pub(super) const REFRESH: &str = "apt-get update";

/// `apt-get` of a machine.
#[derive(Clone, Copy)]
pub struct Apt<'a> {
    machine: Machine<'a>,
}

impl<'a> Apt<'a> {
    /// The package manager of a machine.
    #[must_use]
    pub fn new(machine: Machine<'a>) -> Self {
        Self { machine }
    }

    /// What would be done; nothing is changed.
    ///
    /// # Errors
    /// Another package manager is at work, an earlier installation was cut off, or a tool failed.
    pub fn plan(&self, request: &Request) -> Result<UpdatePlan, PackagesError> {
        self.check()?;
        let installed = self.installed()?;
        let mut plan = UpdatePlan::empty(Manager::Apt);
        plan.notes.extend(self.list_age(request.now));
        if request.selection == Selection::Security && !self.has_security_source()? {
            plan.notes.push(Note::NoSecuritySource { line: self.missing_line() });
        }
        let choice = Choice { apt: self, installed: &installed, request };
        let chosen = choice.available(choice.wanted()?, &mut plan)?;
        let steps = choice.solvable(&chosen, &mut plan)?;
        self.describe(&steps, &chosen, &installed, &mut plan)?;
        Ok(plan.sealed())
    }
}
