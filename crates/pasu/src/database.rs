//! Which advisory database a run uses.

use anyhow::{Context, Result};
use jiff::Zoned;
use jiff::civil::Date;
use pasu_advisory::database::Database;
use pasu_model::{DatabaseInfo, DatabaseOrigin};
use std::path::{Path, PathBuf};

/// Built by `cargo xtask snapshot`; see `crates/pasu/data/README.md`.
static SNAPSHOT: &[u8] = include_bytes!("../data/snapshot.db");

/// An open database and where it came from.
pub struct Chosen {
    pub database: Database,
    pub origin: DatabaseOrigin,
}

/// The database named by the user; else the newer of the one kept by `pasu db update` and the snapshot in the program.
pub fn choose(named: Option<&Path>) -> Result<Chosen> {
    if let Some(path) = named {
        return open(path);
    }
    newer(&default_path(), SNAPSHOT)
}

/// The kept database, unless there is none or the snapshot has newer records.
fn newer(kept: &Path, snapshot: &'static [u8]) -> Result<Chosen> {
    let bundled = Database::from_static(snapshot)
        .context("the advisory snapshot inside this program cannot be read")?;
    if kept.exists() {
        let chosen = open(kept).context(
            "hint: run `pasu db update`, or remove the file to use the bundled snapshot",
        )?;
        if chosen.database.meta().newest >= bundled.meta().newest {
            return Ok(chosen);
        }
    }
    Ok(Chosen { database: bundled, origin: DatabaseOrigin::Bundled })
}

fn open(path: &Path) -> Result<Chosen> {
    let database = Database::open(path).with_context(|| format!("{}", path.display()))?;
    Ok(Chosen { database, origin: DatabaseOrigin::File(path.display().to_string()) })
}

/// Where `pasu db update` keeps the database: `/var/lib/pasu` for root, the user's cache folder for others.
pub fn default_path() -> PathBuf {
    if pasu_system::is_root() {
        return PathBuf::from("/var/lib/pasu/pasu.db");
    }
    let variable =
        |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let cache =
        variable("XDG_CACHE_HOME").or_else(|| variable("HOME").map(|home| home.join(".cache")));
    cache.unwrap_or_else(std::env::temp_dir).join("pasu/pasu.db")
}

impl Chosen {
    /// What messages call it.
    pub fn name(&self) -> String {
        match &self.origin {
            DatabaseOrigin::Bundled => "the advisory snapshot inside this program".to_owned(),
            DatabaseOrigin::File(path) => path.clone(),
        }
    }

    /// What results say about the database.
    pub fn info(&self, today: Date) -> DatabaseInfo {
        let meta = self.database.meta();
        DatabaseInfo {
            origin: self.origin.clone(),
            built: meta.built.clone(),
            newest: meta.newest.clone(),
            age_days: age_days(&meta.newest, today),
            sources: meta.sources.clone(),
        }
    }
}

/// Days from a date (`YYYY-MM-DD` at its start) to today; 0 if it is no date.
pub fn age_days(date: &str, today: Date) -> i64 {
    let parsed = date.get(..10).and_then(|date| date.parse::<Date>().ok());
    parsed.and_then(|date| today.since(date).ok()).map_or(0, |span| i64::from(span.get_days()))
}

/// Today, here.
pub fn today() -> Date {
    Zoned::now().date()
}

#[cfg(test)]
mod tests {
    use super::*;
    use pasu_advisory::build::{Builder, FeedKind, Selection};
    use pasu_advisory::database::Tuning;
    use std::io::Cursor;

    /// A database whose newest record is of a day.
    fn database(newest: &str) -> Vec<u8> {
        let catalogue = format!(
            r#"{{"title":"CISA Catalog of Known Exploited Vulnerabilities","catalogVersion":"1","dateReleased":"{newest}T17:46:43.6019Z","count":0,"vulnerabilities":[]}}"#
        );
        let builder = Builder::new(Selection::Everything);
        builder.feed(&FeedKind::Kev, Cursor::new(catalogue)).unwrap();
        builder.write(Vec::new(), Tuning::FILE, "2026-11-22T00:00:00Z").unwrap().0
    }

    #[test]
    fn the_newer_of_the_kept_and_the_bundled_one_is_used() {
        let folder = tempfile::tempdir().unwrap();
        let kept = folder.path().join("pasu.db");
        let snapshot: &'static [u8] = database("2026-08-21").leak();
        let origin = || newer(&kept, snapshot).map(|chosen| chosen.origin);
        assert_eq!(origin().unwrap(), DatabaseOrigin::Bundled, "nothing is kept");
        for (newest, is_kept) in [("2026-08-20", false), ("2026-08-21", true), ("2026-08-22", true)]
        {
            std::fs::write(&kept, database(newest)).unwrap();
            let from_file = matches!(origin().unwrap(), DatabaseOrigin::File(_));
            assert_eq!(from_file, is_kept, "{newest}");
        }
        std::fs::write(&kept, "rubbish").unwrap();
        let error = format!("{:#}", origin().unwrap_err());
        assert!(error.contains("pasu db update") && error.contains("pasu.db"), "{error}");
    }

    #[test]
    fn days_are_counted_from_the_date() {
        let today: Date = "2026-11-22".parse().unwrap();
        for (date, days) in
            [("2026-11-22", 0), ("2026-08-21T17:46:43Z", 93), ("2025-11-22", 365), ("", 0)]
        {
            assert_eq!(age_days(date, today), days, "{date}");
        }
    }
}
