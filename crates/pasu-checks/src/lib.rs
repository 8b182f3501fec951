//! Guideline items: what each reads of a target, how it judges what it read, and what it says in both languages.
//!
//! An item is a folder below `items/`: `item.toml` holds its texts, its parameters and either the name of a kind with
//! what that kind needs, or `kind = "code"` and a `check.rs` beside it; `cases/` holds what it must decide. A check has
//! two steps here: `collect` reads the target through [`Host`] and returns facts that can be stored; `judge` is a pure
//! function of those facts. Guidelines (`guidelines/*.toml`) give items their numbers, titles and weights.
//!
//! Nothing here prints, writes, asks the clock or knows an earlier run.

mod allowlist;
mod answers;
mod aside;
mod audit;
mod capped;
#[cfg(test)]
mod case;
mod catalogue;
mod cause;
mod details;
pub mod fix;
mod guideline;
pub mod host;
mod judgement;
mod kinds;
mod mask;
mod messages;
mod params;
mod policy;
mod registry;
mod schema;
pub mod walk;

pub use answers::{Answers, StoredAnswer};
pub use audit::{AuditRequest, audit};
pub use capped::Capped;
pub use catalogue::{Automation, Catalogue, CatalogueError, FixRisk, Item, ParamSpec};
pub use cause::{Cause, CauseKind};
pub use guideline::{Chapter, Entry, Guideline, HostOnly};
pub use host::image::may_be_read as may_be_read_of_image;
pub use host::{Host, HostOptions, Software};
pub use judgement::{Judgement, Reason, reason};
pub use params::Params;
pub use policy::{Exception, MAX_POLICY, Policy, PolicyError};
pub use schema::policy_schema;
