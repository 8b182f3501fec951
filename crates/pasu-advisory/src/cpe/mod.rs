//! Names of software outside packages, CPE 2.3 as NIST IR 7695 and 7696 define it, and how the NVD's match criteria apply
//! to them.

mod compare;
pub mod configuration;
mod evaluate;
mod meets;
mod name;
mod parse;
#[cfg(test)]
mod tests;
mod update;

pub use compare::{Relation, relation};
pub use configuration::{Bound, Configuration, Criterion, Node, Operator, VersionRange};
pub use evaluate::{Compare, CpeHit, evaluate};
pub use name::{Attribute, CpeName, Field};
pub use parse::CpeError;
