//! One contest: the same job for Pasu and for a peer.

use super::listing::Listing;
use super::measure::{Contender, Cost, alternate};
use anyhow::Result;
use serde::Serialize;
use std::collections::BTreeSet;

/// Two programs and what both are asked for.
pub struct Contest {
    /// What is done, for tables.
    pub job: String,
    /// Pasu.
    pub ours: Contender,
    /// The peer.
    pub theirs: Contender,
    /// What both list.
    pub listing: Listing,
}

/// How a contest ended.
#[derive(Debug, Serialize)]
pub struct Outcome {
    /// What was done.
    pub job: String,
    /// The peer and its version.
    pub peer: String,
    /// Pasu's medians.
    pub ours: Cost,
    /// The peer's medians.
    pub theirs: Cost,
    /// Ours through theirs: below 1 is better than the peer.
    pub ratio: Cost,
    /// Whether both found the same.
    pub found: Difference,
}

/// Two sets beside each other.
#[derive(Debug, Serialize)]
pub struct Difference {
    /// In both.
    pub both: usize,
    /// Only in ours.
    pub only_ours: BTreeSet<String>,
    /// Only in theirs.
    pub only_theirs: BTreeSet<String>,
}

impl Contest {
    /// Runs both in turn; what they found is compared by [`Contest::outcome`], later.
    pub fn measure(&self, runs: usize) -> Result<(Cost, Cost)> {
        eprintln!("{}: pasu and {}", self.job, self.theirs.name);
        let costs = alternate(&[&self.ours, &self.theirs], runs)?;
        match costs.as_slice() {
            [ours, theirs] => Ok((*ours, *theirs)),
            _ => anyhow::bail!("{}: not measured", self.job),
        }
    }

    /// Costs and what the last run of each found.
    pub fn outcome(&self, (ours, theirs): (Cost, Cost)) -> Result<Outcome> {
        let found = Difference::of(
            &self.listing.read(&self.ours.output)?,
            &self.listing.read(&self.theirs.output)?,
        );
        let ratio = Cost {
            wall_ms: ours.wall_ms / theirs.wall_ms,
            cpu_ms: ours.cpu_ms / theirs.cpu_ms,
            peak_mib: ours.peak_mib / theirs.peak_mib,
        };
        Ok(Outcome {
            job: self.job.clone(),
            peer: self.theirs.name.clone(),
            ours,
            theirs,
            ratio,
            found,
        })
    }
}

impl Difference {
    fn of(ours: &BTreeSet<String>, theirs: &BTreeSet<String>) -> Self {
        Self {
            both: ours.intersection(theirs).count(),
            only_ours: ours.difference(theirs).cloned().collect(),
            only_theirs: theirs.difference(ours).cloned().collect(),
        }
    }
}
