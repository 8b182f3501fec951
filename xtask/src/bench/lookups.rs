//! `cargo xtask bench lookups`: opening a database and asking it, measured inside an optimised build of this program.

use super::measure::median;
use anyhow::{Context, Result};
use pasu_advisory::bucket::Bucket;
use pasu_advisory::database::Database;
use pasu_advisory::record::VulnId;
use pasu_advisory::version;
use pasu_model::Ecosystem;
use pasu_packages::{InventoryOptions, inventory};
use pasu_system::TreeSystem;
use serde::{Deserialize, Serialize};
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// How often the database is opened, and how often each package is asked for.
const ROUNDS: usize = 51;

/// `cargo xtask bench lookups`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Database to ask.
    #[arg(long, value_name = "FILE")]
    db: PathBuf,
    /// Root file system whose packages are asked for.
    #[arg(long, value_name = "DIR")]
    rootfs: PathBuf,
}

/// Medians, in microseconds unless said otherwise.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Lookups {
    /// Opening the file.
    pub open: f64,
    /// The first question after opening, which reads a table's index.
    pub first_rows: f64,
    /// A package with advisories, its block not read before.
    pub hit: f64,
    /// A package without.
    pub miss: f64,
    /// A package asked for again.
    pub again: f64,
    /// The description of a vulnerability, its block not read before.
    pub detail: f64,
    /// How many packages were asked for.
    pub packages: usize,
    /// How many vulnerabilities they may have.
    pub vulnerabilities: usize,
    /// Comparing two versions, in nanoseconds, by ecosystem.
    pub compare_ns: Vec<(String, f64)>,
}

/// Measures and prints JSON.
#[expect(clippy::print_stdout, reason = "its output is data for the benchmark that starts it")]
pub fn run(args: &Args) -> Result<()> {
    let found = measure(&args.db, &args.rootfs)?;
    println!("{}", serde_json::to_string(&found)?);
    Ok(())
}

fn measure(path: &Path, rootfs: &Path) -> Result<Lookups> {
    let (bucket, names) = packages(rootfs)?;
    let mut opens = Vec::new();
    let mut firsts = Vec::new();
    let first_name = names.first().context("no packages to ask for")?;
    for _ in 0..ROUNDS {
        let (database, time) = timed(|| Database::open(path));
        opens.push(time);
        let database = database?;
        let (rows, time) = timed(|| database.rows(&bucket, first_name));
        rows?;
        firsts.push(time);
    }
    let database = Database::open(path)?;
    let mut found = Lookups {
        open: median(opens),
        first_rows: median(firsts),
        packages: names.len(),
        compare_ns: compare_times(),
        ..Lookups::default()
    };
    let ids = ask_for_rows(&database, &bucket, &names, &mut found)?;
    found.vulnerabilities = ids.len();
    let mut details = Vec::new();
    for id in &ids {
        let (detail, time) = timed(|| database.detail(id));
        detail?;
        details.push(time);
    }
    found.detail = median(details);
    Ok(found)
}

/// The bucket of a tree's release and the source packages installed there.
fn packages(rootfs: &Path) -> Result<(String, Vec<String>)> {
    let found = inventory(&TreeSystem::new(rootfs)?, &InventoryOptions::installed())?;
    let os = found.os.context("the tree has no os-release")?;
    let bucket = Bucket::of_os(&os).context("no advisories are kept for this system")?;
    let packages = found.sets.iter().flat_map(|set| &set.packages);
    let mut names: Vec<String> =
        packages.map(|package| package.source_or_self().0.to_owned()).collect();
    names.sort();
    names.dedup();
    Ok((bucket.key, names))
}

fn ask_for_rows(
    database: &Database,
    bucket: &str,
    names: &[String],
    found: &mut Lookups,
) -> Result<Vec<VulnId>> {
    let (mut hits, mut misses, mut again) = (Vec::new(), Vec::new(), Vec::new());
    let mut ids = Vec::new();
    for name in names {
        let (rows, time) = timed(|| database.rows(bucket, name));
        let rows = rows?;
        if rows.is_empty() {
            misses.push(time)
        } else {
            hits.push(time)
        }
        ids.extend(rows.into_iter().map(|row| row.id));
        let absent = format!("{name}-absent");
        let (rows, time) = timed(|| database.rows(bucket, &absent));
        rows?;
        misses.push(time);
        let (rows, time) = timed(|| database.rows(bucket, name));
        rows?;
        again.push(time);
    }
    (found.hit, found.miss, found.again) = (median(hits), median(misses), median(again));
    ids.sort();
    ids.dedup();
    Ok(ids)
}

/// A result and how many microseconds it took.
fn timed<T>(job: impl FnOnce() -> T) -> (T, f64) {
    let started = Instant::now();
    let result = black_box(job());
    (result, started.elapsed().as_secs_f64() * 1e6)
}

/// Two versions that differ late, as an installed one and its fix do.
const VERSIONS: &[(&str, Ecosystem, &str, &str)] = &[
    ("debian", Ecosystem::Debian, "1:2.36-9+deb12u10", "1:2.36-9+deb12u13"),
    ("rpm", Ecosystem::RedHat, "0:5.14.0-427.13.1.el9_4", "0:5.14.0-427.16.1.el9_4"),
    ("alpine", Ecosystem::Alpine, "3.1.4-r5", "3.1.4-r6"),
    ("npm", Ecosystem::Npm, "4.17.20", "4.17.21"),
    ("pypi", Ecosystem::PyPI, "42.0.1", "42.0.2.post1"),
    ("maven", Ecosystem::Maven, "2.9.10.7", "2.9.10.8"),
];

fn compare_times() -> Vec<(String, f64)> {
    const TIMES: u32 = 100_000;
    let mut times = Vec::new();
    for (name, ecosystem, a, b) in VERSIONS {
        let (_, microseconds) = timed(|| {
            for _ in 0..TIMES {
                black_box(version::compare(*ecosystem, black_box(a), black_box(b)));
            }
        });
        times.push(((*name).to_owned(), microseconds * 1e3 / f64::from(TIMES)));
    }
    times
}
