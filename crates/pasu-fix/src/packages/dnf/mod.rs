//! Red Hat's packages and those of its kin, by `dnf` 4 and `rpm`.

mod act;
mod details;
mod plan;
mod rpm;
mod table;

use super::Machine;

/// Options of every upgrade, simulated or real: the best version or a reason, no old kernel removed, nothing that only
/// goes well with it, and no waiting for another one's lock.
const OPTIONS: [&str; 5] = [
    "--best",
    "--setopt=install_weak_deps=False",
    "--setopt=installonly_limit=0",
    "--setopt=clean_requirements_on_remove=False",
    "--setopt=exit_on_lock=True",
];

/// `dnf` of a machine.
#[derive(Clone, Copy)]
pub struct Dnf<'a> {
    machine: Machine<'a>,
}

impl<'a> Dnf<'a> {
    /// The package manager of a machine.
    #[must_use]
    pub fn new(machine: Machine<'a>) -> Self {
        Self { machine }
    }
}
