//! Fixes: what an item would change, as typed edits; how the edits of all chosen items become one new state of each
//! file; and what the checks would then say.
//!
//! An item's `plan` is a pure function of its facts and returns a [`Fix`]. [`planner`] draws the edits of all chosen
//! items into one [`Draft`](draft::Draft), refuses contradictions, judges the items again on the drawn state, and
//! answers with a plan as data and the changes that carry it out. Nothing here writes.

mod attributes;
mod change;
mod diff;
mod document;
mod draft;
mod edit;
mod edits;
pub(crate) mod exports;
pub(crate) mod ftp;
mod lines;
pub(crate) mod login_defs;
pub(crate) mod named;
pub(crate) mod network;
mod pam_edit;
mod planner;
mod predict;
pub(crate) mod services;
pub(crate) mod shells;
mod statement;
mod statoverride;
mod subsystems;
#[cfg(test)]
mod tests;
mod together;
pub(crate) mod web;

pub use change::{ChangeKind, NewState, PathChange};
pub use document::digest;
pub use draft::Conflict;
pub use edit::{
    AccountField, Anchor, AttributesEdit, Edit, Fix, Key, LineChange, SettingEdit, Syntax,
};
pub use pam_edit::{PASSWORD_MODULES, PamChange, PamEdit, PamSpot};
pub use planner::{Choice, PlanError, PlanRequest, Planned, judge_again, plan, safe_items};
pub use predict::at_rest;
pub use statement::{ApacheChange, ElementHead, Head, NamedChange, NginxChange, XmlChange};
pub use subsystems::{Subsystem, daemons_of, effects_of, of_paths as subsystems_of};
