//! Which feeds of the database decided about what is on a target, and how old each is.
//!
//! A database is as new as its newest feed, which may not be the one that speaks of this target.

use crate::safe_text::clip;
use jiff::civil::Date;
use pasu_model::{DatabaseOrigin, Ecosystem, Run};
use std::collections::BTreeSet;

/// A feed that decided, and its age on the day of the run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Deciding {
    /// `Debian`, `npm`, `NVD`.
    pub name: &'static str,
    /// Date of its newest record, `YYYY-MM-DD`.
    pub newest: String,
    /// Days from then to the run.
    pub age_days: i64,
}

/// What the formats for machines say of the advisories, in English:
/// `bundled snapshot of 2026-08-22; decided by Debian 2025-02-12`.
pub(crate) fn phrase(run: &Run) -> String {
    let Some(database) = &run.database else {
        return "none; packages were only listed".to_owned();
    };
    let kind = match &database.origin {
        DatabaseOrigin::Bundled => "bundled snapshot of",
        DatabaseOrigin::File(_) => "database as of",
    };
    let feeds: Vec<String> =
        deciding(run).iter().map(|feed| format!("{} {}", feed.name, feed.newest)).collect();
    let decided =
        if feeds.is_empty() { String::new() } else { format!("; decided by {}", feeds.join(", ")) };
    clip(&format!("{kind} {}{decided}", database.newest), 1000)
}

/// The feeds of the ecosystems that the run met, in their fixed order. A feed that does not date its records is left
/// out.
pub(crate) fn deciding(run: &Run) -> Vec<Deciding> {
    let os = run.os.as_ref().and_then(|os| os.family.ecosystem());
    let has_os_packages = run.sets.iter().any(|set| set.kind.is_os());
    let languages = run.sets.iter().filter_map(|set| set.kind.ecosystem());
    let met: BTreeSet<Ecosystem> = languages.chain(os.filter(|_| has_os_packages)).collect();
    met.into_iter().filter_map(|ecosystem| feed(run, ecosystem)).collect()
}

fn feed(run: &Run, ecosystem: Ecosystem) -> Option<Deciding> {
    let (id, name) = match ecosystem {
        Ecosystem::Cpe => ("nvd".to_owned(), "NVD"),
        _ => (format!("osv/{}", ecosystem.name()), ecosystem.name()),
    };
    let source = run.database.as_ref()?.sources.iter().find(|source| source.id == id)?;
    let newest = source.newest.get(..10)?;
    Some(Deciding {
        name,
        newest: newest.to_owned(),
        age_days: days(newest, run.started.get(..10)?)?,
    })
}

fn days(from: &str, to: &str) -> Option<i64> {
    let (from, to): (Date, Date) = (from.parse().ok()?, to.parse().ok()?);
    Some(i64::from(to.since(from).ok()?.get_days()))
}

#[cfg(test)]
mod tests {
    use super::days;

    #[test]
    fn ages_are_whole_days() {
        assert_eq!(days("2025-02-12", "2026-11-22"), Some(648));
        assert_eq!(days("2026-11-22", "2026-11-22"), Some(0));
        assert_eq!(days("not stated", "2026-11-22"), None);
    }
}
