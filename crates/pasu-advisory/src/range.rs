//! Whether a version lies in an advisory's ranges.

use crate::record::{Range, RangeEnd, Row};
use crate::version::{compare, is_version};
use pasu_model::Ecosystem;
use std::cmp::Ordering;

impl Range {
    /// Whether a version lies in the range; `None` if the version or a bound is no version of the ecosystem.
    #[must_use]
    pub fn contains(&self, ecosystem: Ecosystem, version: &str) -> Option<bool> {
        if let Some(introduced) = &self.introduced
            && order(ecosystem, version, introduced)? == Ordering::Less
        {
            return Some(false);
        }
        Some(match &self.end {
            RangeEnd::Open => true,
            RangeEnd::Fixed(end) | RangeEnd::Limit(end) => {
                order(ecosystem, version, end)? == Ordering::Less
            }
            RangeEnd::Last(end) => order(ecosystem, version, end)? != Ordering::Greater,
        })
    }
}

/// The order of a version and an advisory's bound. Some advisories write bounds that the ecosystem itself refuses
/// (`17.06.0-ce` for Go, `2.1.0-dev1` for Packagist): those are compared by the tolerant order of CPE bounds.
fn order(ecosystem: Ecosystem, version: &str, bound: &str) -> Option<Ordering> {
    compare(ecosystem, version, bound).or_else(|| {
        let is_bound_odd = is_version(ecosystem, version) && !is_version(ecosystem, bound);
        is_bound_odd
            .then(|| {
                compare(
                    Ecosystem::Cpe,
                    version.trim_start_matches('v'),
                    bound.trim_start_matches('v'),
                )
            })
            .flatten()
    })
}

impl Row {
    /// Whether a version is affected; `None` if that cannot be told because something is no version.
    #[must_use]
    pub fn affects(&self, ecosystem: Ecosystem, version: &str) -> Option<bool> {
        if self.versions.iter().any(|listed| listed == version) {
            return Some(true);
        }
        let mut unclear = false;
        for range in &self.ranges {
            match range.contains(ecosystem, version) {
                Some(true) => return Some(true),
                Some(false) => {}
                None => unclear = true,
            }
        }
        let listed = self
            .versions
            .iter()
            .any(|listed| compare(ecosystem, listed, version) == Some(Ordering::Equal));
        if listed {
            return Some(true);
        }
        (!unclear).then_some(false)
    }

    /// The versions with the fix that lie above an affected one, lowest first.
    #[must_use]
    pub fn fixes_above(&self, ecosystem: Ecosystem, version: &str) -> Vec<String> {
        let mut fixes: Vec<String> = Vec::new();
        for range in &self.ranges {
            if let RangeEnd::Fixed(fixed) = &range.end
                && order(ecosystem, version, fixed) == Some(Ordering::Less)
                && !fixes.contains(fixed)
            {
                fixes.push(fixed.clone());
            }
        }
        // What is no version has no place in the order: such a list stays as the advisory has it.
        if fixes.iter().all(|fix| is_version(ecosystem, fix)) {
            fixes.sort_by(|a, b| compare(ecosystem, a, b).unwrap_or(Ordering::Equal));
        }
        fixes
    }
}
