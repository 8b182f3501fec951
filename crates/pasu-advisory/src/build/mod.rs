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
use crate::record::{Detail, Row, VulnId};
use pasu_model::{Epss, KnownExploited, SourceInfo};
use rows::PackageRows;
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
    rows: BTreeMap<(String, String), PackageRows>,
    details: HashMap<VulnId, JoinedDetail>,
    nvd: HashMap<VulnId, feed::NvdEntry>,
    known_exploited: HashMap<VulnId, KnownExploited>,
    epss: HashMap<VulnId, (f32, f32)>,
    sources: BTreeMap<&'static str, BTreeMap<String, SourceInfo>>,
}

/// How large a database became.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
        let mut state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        let rows = rows::finish(state.rows);
        let mut configurations = BTreeMap::new();
        for (id, entry) in state.nvd {
            state.details.entry(id.clone()).or_default().join(entry.detail);
            if self.selection.keeps_configurations(&entry.configurations) {
                configurations.insert(id, entry.configurations);
            }
        }
        let products = products(&configurations);
        let wanted: BTreeSet<VulnId> = rows
            .values()
            .flatten()
            .map(|row| row.id.clone())
            .chain(configurations.keys().cloned())
            .collect();
        let mut described = describe(wanted, state.details, &self.selection);
        for (id, detail) in &mut described {
            detail.known_exploited = state.known_exploited.get(id).cloned();
            detail.epss = state.epss.get(id).map(|(score, percentile)| Epss {
                score: rounded(*score),
                percentile: rounded(*percentile),
            });
        }
        let summary = BuildSummary {
            packages: rows.len(),
            rows: rows.values().map(Vec::len).sum(),
            details: described.len(),
            configurations: configurations.len(),
        };
        let mut writer = DatabaseWriter::new(out, tuning)?;
        writer.table(TableName::Advisories, advisory_entries(rows)?.into_iter())?;
        writer.table(TableName::Details, entries(described)?)?;
        writer.table(TableName::Products, entries(products)?)?;
        writer.table(TableName::Configurations, entries(configurations)?)?;
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
fn rounded(value: f32) -> f64 {
    (f64::from(value) * 100_000.0).round() / 100_000.0
}

fn describe(
    wanted: BTreeSet<VulnId>,
    mut known: HashMap<VulnId, JoinedDetail>,
    selection: &Selection,
) -> BTreeMap<VulnId, Detail> {
    let limits = selection.detail_limits();
    wanted
        .into_iter()
        .map(|id| {
            let joined = known.remove(&id).unwrap_or_default();
            (id, joined.finish(limits))
        })
        .collect()
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

fn advisory_entries(
    rows: BTreeMap<(String, String), Vec<Row>>,
) -> io::Result<BTreeMap<Vec<u8>, Vec<u8>>> {
    let mut found = BTreeMap::new();
    for ((bucket, package), rows) in rows {
        // The bucket's own entry: see `Database::has_bucket`.
        found.insert(
            advisory_key(&bucket, ""),
            postcard::to_stdvec(&true).map_err(io::Error::other)?,
        );
        found.insert(
            advisory_key(&bucket, &package),
            postcard::to_stdvec(&rows).map_err(io::Error::other)?,
        );
    }
    Ok(found)
}

fn entries<K: AsKey + Ord, V: serde::Serialize>(
    map: BTreeMap<K, V>,
) -> io::Result<impl Iterator<Item = (Vec<u8>, Vec<u8>)>> {
    let encode = |(key, value): (K, V)| {
        Ok((key.key().to_vec(), postcard::to_stdvec(&value).map_err(io::Error::other)?))
    };
    Ok(map.into_iter().map(encode).collect::<io::Result<Vec<_>>>()?.into_iter())
}

trait AsKey {
    fn key(&self) -> &[u8];
}

impl AsKey for String {
    fn key(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl AsKey for VulnId {
    fn key(&self) -> &[u8] {
        self.as_str().as_bytes()
    }
}

#[cfg(test)]
mod tests;
