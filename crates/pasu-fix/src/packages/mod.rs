//! Security updates by the package manager of the target: planned by its own simulation, carried out, taken back.
//!
//! Which version is newer, what depends on what and where a file comes from is asked of the package manager, never worked
//! out here: what it says it would do is what it does.

mod apk;
mod apt;
mod backend;
mod details;
mod dnf;
mod error;
mod history;
mod journal;
mod machine;
mod manager;
mod plan;
mod processes;
mod reasons;
mod solve;
mod updates;

pub use apk::Apk;
pub use apt::Apt;
pub use dnf::Dnf;
pub use error::PackagesError;
pub use history::{history, is_update};
pub use machine::{HostRunner, Machine, Runner};
pub use plan::{
    Held, KeptFile, Manager, NewPackage, Note, OldPackage, Reboot, Refused, Request, Selection,
    Space, Unavailable, UpdatePlan, Upgrade, Wanted, WhyRefused, WhyUnavailable,
};
pub use processes::{Process, ServiceInUse, outdated, users_of};
pub use updates::{End, Outcome, Updates};
