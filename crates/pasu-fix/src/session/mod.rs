//! Carrying out a plan: the order in which things are proven, done, looked at again and kept or undone.
//!
//! 1. Who gets in before, and who would after ([`crate::access`]), whatever the plan is said to endanger. Where nobody is
//!    proven to, only with a confirmation.
//! 2. The configurations that would change are valid now, and which ports are open is written down.
//! 3. The transaction begins: everything an undo needs is on disk. With a confirmation its timer is armed before the
//!    first change, in a process of its own, and at the next boot.
//! 4. Files, then what is stopped or set, then the services' own proof of their files, and only then are they told.
//! 5. What was told has settled, every port that was to stay is open and every unit runs. From zero: every item is judged
//!    again, somebody still gets in.
//!
//! Anything that is not as it should be undoes all of it. Taking back goes the same way: files, then what is started
//! again, and what runs by now reads the old files.

mod actor;
mod apply;
mod boot;
mod changes;
mod daemon;
mod ending;
mod probe;
mod process;
mod record;
#[cfg(test)]
mod tests;
mod timer;
mod validate;

pub use actor::LiveActor;
pub use apply::{ApplyError, Confirmation, Request, apply};
pub use boot::{BootUnit, NoBoot, SystemdBoot};
pub use ending::{EndError, Ended, confirm, recover, rollback};
pub use process::boot_id;
pub use record::{history, record};
pub use timer::{Timer, arm, wait_for};

use crate::packages::Runner;
use pasu_checks::Host;
use pasu_system::Disk;
use pasu_system::transaction::Actor;

/// The target, and what may be done to it.
pub struct Session<'a> {
    /// Its files.
    pub disk: &'a dyn Disk,
    /// Its services and kernel; nothing on a tree.
    pub actor: &'a dyn Actor,
    /// Its tools; `None` on a tree, of which nothing is executed.
    pub tools: Option<&'a dyn Runner>,
    /// What ends an interrupted transaction at the next boot.
    pub boot: &'a dyn BootUnit,
    /// Looks at the target from zero.
    pub look: &'a dyn Fn() -> Result<Host, String>,
    /// The same without its packages, to see whether ports are open and units run.
    pub glance: &'a dyn Fn() -> Host,
    /// Seconds since 1970.
    pub now: &'a dyn Fn() -> i64,
    /// What [`boot_id`] says; empty on a tree.
    pub boot_id: String,
}
