//! Whether a version lies in an advisory's ranges.

use crate::record::{Range, RangeEnd, Row};
use crate::version::compare;
use pasu_model::Ecosystem;
use std::cmp::Ordering;

impl Range {
    /// Whether a version lies in the range; `None` if the version or a bound is no version of the ecosystem.
    #[must_use]
    pub fn contains(&self, ecosystem: Ecosystem, version: &str) -> Option<bool> {
        if let Some(introduced) = &self.introduced
            && compare(ecosystem, version, introduced)? == Ordering::Less
        {
            return Some(false);
        }
        Some(match &self.end {
            RangeEnd::Open => compare(ecosystem, version, version).is_some(),
            RangeEnd::Fixed(end) | RangeEnd::Limit(end) => {
                compare(ecosystem, version, end)? == Ordering::Less
            }
            RangeEnd::Last(end) => compare(ecosystem, version, end)? != Ordering::Greater,
        })
    }
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
                && compare(ecosystem, version, fixed) == Some(Ordering::Less)
                && !fixes.contains(fixed)
            {
                fixes.push(fixed.clone());
            }
        }
        fixes.sort_by(|a, b| compare(ecosystem, a, b).unwrap_or(Ordering::Equal));
        fixes
    }
}
