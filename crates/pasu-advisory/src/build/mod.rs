//! Feeds in, database out.
//!
//! A [`Builder`] takes feeds from several threads at once; what it writes does not depend on their order.

mod affected;
mod feed;
mod rows;
mod selection;

pub use feed::{FeedError, FeedKind};
pub use selection::Selection;

use crate::cpe::{Configuration, CpeName};
use crate::database::{DatabaseWriter, Meta, TableName, Tuning, advisory_key};
use crate::feeds::detail::JoinedDetail;
use crate::record::VulnId;
use pasu_model::{Epss, KnownExploited, SourceInfo};
use rows::Packages;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};

/// Collects what feeds say until it is written.
pub struct Builder {
    selection: Selection,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// By bucket key and package.
    rows: Packages,
    /// Encoded [`PartialDetail`]s of all sources but the NVD.
    details: HashMap<VulnId, Vec<Box<[u8]>>>,
    nvd: HashMap<VulnId, feed::NvdEntry>,
    known_exploited: HashMap<VulnId, KnownExploited>,
    epss: HashMap<VulnId, (f32, f32)>,
    sources: BTreeMap<&'static str, BTreeMap<String, SourceInfo>>,
}

/// How large a database became.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BuildSummary {
    /// Packages with at least one row.
    pub packages: usize,
    /// Rows.
    pub rows: usize,
    /// Vulnerabilities described.
    pub details: usize,
    /// CVEs with NVD configurations.
    pub configurations: usize,
}

impl Builder {
    /// An empty builder that keeps what `selection` keeps.
    #[must_use]
    pub fn new(selection: Selection) -> Self {
        Self { selection, state: Mutex::default() }
    }

    /// Writes the database. `built` is now, RFC 3339.
    pub fn write<W: Write>(
        self,
        out: W,
        tuning: Tuning,
        built: &str,
    ) -> io::Result<(W, BuildSummary)> {
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut writer = DatabaseWriter::new(out, tuning)?;
        let mut summary = BuildSummary::default();
        let mut details = state.details;
        let configurations = configurations(state.nvd, self.selection, &mut details)?;
        let mut wanted: BTreeSet<VulnId> = configurations.keys().cloned().collect();
        writer.table(TableName::Advisories, advisories(state.rows, &mut wanted, &mut summary))?;
        summary.details = wanted.len();
        summary.configurations = configurations.len();
        let limits = self.selection.detail_limits();
        let described = wanted.into_iter().map(|id| {
            let mut detail = joined(details.remove(&id).unwrap_or_default())?.finish(limits);
            detail.known_exploited = state.known_exploited.get(&id).cloned();
            detail.epss = state.epss.get(&id).map(|(score, percentile)| epss(*score, *percentile));
            entry(id.as_str(), &detail)
        });
        writer.table(TableName::Details, described)?;
        let products = products(&configurations);
        writer.table(TableName::Products, products.iter().map(|(key, ids)| entry(key, ids)))?;
        writer.table(
            TableName::Configurations,
            configurations.iter().map(|(id, trees)| entry(id.as_str(), trees)),
        )?;
        let sources: Vec<SourceInfo> =
            state.sources.into_values().flat_map(BTreeMap::into_values).collect();
        let newest = sources
            .iter()
            .map(|source| source.newest.get(..10).unwrap_or_default())
            .max()
            .unwrap_or_default()
            .to_owned();
        Ok((writer.finish(Meta { built: built.to_owned(), newest, sources })?, summary))
    }

    fn with_state<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        // Each change is whole or a panic that ends the build.
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// EPSS is published with five decimals; an `f32` turned into an `f64` would show more.
fn epss(score: f32, percentile: f32) -> Epss {
    let rounded = |value: f32| (f64::from(value) * 100_000.0).round() / 100_000.0;
    Epss { score: rounded(score), percentile: rounded(percentile) }
}

/// The configurations to keep; the words of the NVD join the details.
fn configurations(
    nvd: HashMap<VulnId, feed::NvdEntry>,
    selection: Selection,
    details: &mut HashMap<VulnId, Vec<Box<[u8]>>>,
) -> io::Result<BTreeMap<VulnId, Vec<Configuration>>> {
    let mut kept = BTreeMap::new();
    for (id, entry) in nvd {
        details.entry(id.clone()).or_default().push(entry.detail);
        let trees: Vec<Configuration> =
            postcard::from_bytes(&entry.configurations).map_err(io::Error::other)?;
        if selection.keeps_configurations(&trees) {
            kept.insert(id, trees);
        }
    }
    Ok(kept)
}

/// `vendor:product` -> the CVEs whose configurations call it vulnerable.
fn products(
    configurations: &BTreeMap<VulnId, Vec<Configuration>>,
) -> BTreeMap<String, Vec<VulnId>> {
    let mut products: BTreeMap<String, Vec<VulnId>> = BTreeMap::new();
    for (id, trees) in configurations {
        let keys: BTreeSet<String> = vulnerable_names(trees).map(product_key).collect();
        for key in keys {
            products.entry(key).or_default().push(id.clone());
        }
    }
    products
}

fn vulnerable_names(trees: &[Configuration]) -> impl Iterator<Item = &CpeName> {
    trees
        .iter()
        .flat_map(|tree| &tree.nodes)
        .flat_map(|node| &node.criteria)
        .filter(|criterion| criterion.vulnerable)
        .map(|criterion| &criterion.name)
}

/// The key of the products table.
#[must_use]
pub fn product_key(name: &CpeName) -> String {
    format!("{}:{}", name.vendor(), name.product())
}

fn joined(partials: Vec<Box<[u8]>>) -> io::Result<JoinedDetail> {
    let mut joined = JoinedDetail::default();
    for partial in partials {
        joined.join(postcard::from_bytes(&partial).map_err(io::Error::other)?);
    }
    Ok(joined)
}

type Entry = io::Result<(Vec<u8>, Vec<u8>)>;

/// The advisory table, with an entry for each bucket itself: see `Database::has_bucket`.
fn advisories(
    packages: Packages,
    wanted: &mut BTreeSet<VulnId>,
    summary: &mut BuildSummary,
) -> impl Iterator<Item = Entry> {
    let mut bucket = String::new();
    rows::joined(packages).flat_map(move |joined| {
        let ((key, package), rows) = match joined {
            Ok(joined) if joined.1.is_empty() => return Vec::new(),
            Ok(joined) => joined,
            Err(error) => return vec![Err(error)],
        };
        wanted.extend(rows.iter().map(|row| row.id.clone()));
        summary.packages += 1;
        summary.rows += rows.len();
        let mut entries = Vec::with_capacity(2);
        if key != bucket {
            bucket.clone_from(&key);
            entries.push(encoded(advisory_key(&key, ""), &true));
        }
        entries.push(encoded(advisory_key(&key, &package), &rows));
        entries
    })
}

fn entry(key: &str, value: &impl serde::Serialize) -> Entry {
    encoded(key.as_bytes().to_vec(), value)
}

fn encoded(key: Vec<u8>, value: &impl serde::Serialize) -> Entry {
    Ok((key, postcard::to_stdvec(value).map_err(io::Error::other)?))
}

#[cfg(test)]
mod tests;
