//! The `configurations` of an NVD 2.0 record, small enough to keep millions of them.
//!
//! ```json
//! {"operator": "AND", "nodes": [{"operator": "OR", "negate": false, "cpeMatch": [
//!   {"vulnerable": true, "criteria": "cpe:2.3:a:f5:nginx:*:*:*:*:*:*:*:*", "versionEndExcluding": "1.20.1"}]}]}
//! ```

use super::name::CpeName;
use serde::{Deserialize, Serialize};
use std::fmt;

/// One configuration: nodes joined by an operator. A record's configurations are alternatives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Configuration {
    /// How the nodes are joined.
    pub operator: Operator,
    /// Turns the outcome round.
    pub negate: bool,
    /// The nodes.
    pub nodes: Vec<Node>,
}

/// Criteria joined by an operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    /// How the criteria are joined.
    pub operator: Operator,
    /// Turns the outcome round.
    pub negate: bool,
    /// The criteria.
    pub criteria: Vec<Criterion>,
}

/// How children are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Operator {
    /// Every child must hold.
    And,
    /// One child must hold.
    Or,
}

/// One `cpeMatch`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Criterion {
    /// What it names is at fault, rather than what that runs on or with.
    pub vulnerable: bool,
    /// The `criteria`.
    pub name: CpeName,
    /// The version bounds, if any.
    pub range: Option<Box<VersionRange>>,
}

/// Version bounds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionRange {
    /// `versionStartIncluding` or `versionStartExcluding`.
    pub start: Option<Bound>,
    /// `versionEndIncluding` or `versionEndExcluding`.
    pub end: Option<Bound>,
}

/// One version bound.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bound {
    /// The version, unquoted.
    pub version: String,
    /// The bound itself is in the range.
    pub inclusive: bool,
}

impl fmt::Display for VersionRange {
    /// Writes `>= 1.0, < 1.2`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for (bound, sign) in [(&self.start, '>'), (&self.end, '<')] {
            if let Some(Bound { version, inclusive }) = bound {
                let equals = if *inclusive { "=" } else { "" };
                write!(f, "{separator}{sign}{equals} {version}")?;
                separator = ", ";
            }
        }
        Ok(())
    }
}
