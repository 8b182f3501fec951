//! The same vulnerability in many images is one entry with many places, not many entries.

use super::schema::Vulnerability;
use crate::content_id;
use std::collections::BTreeMap;

/// The entries by identifier; those that say the same of different components as one.
pub(super) fn merged(all: Vec<Vulnerability<'_>>) -> Vec<Vulnerability<'_>> {
    let mut merged: Vec<Vulnerability<'_>> = Vec::with_capacity(all.len());
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    for mut next in all {
        let affects = std::mem::take(&mut next.affects);
        let recommendation = std::mem::take(&mut next.recommendation);
        let said = serde_json::to_string(&next).unwrap_or_default();
        let at = *known.entry(content_id::short(&[&said])).or_insert(merged.len());
        if at == merged.len() {
            merged.push(next);
        }
        let Some(entry) = merged.get_mut(at) else { continue };
        entry.affects.extend(affects);
        entry.recommendation = joined(&entry.recommendation, &recommendation);
    }
    // Stable: sources of one identifier keep their order.
    merged.sort_by(|one, other| one.id.cmp(other.id));
    merged
}

/// The sentences of both, each once.
fn joined(one: &str, other: &str) -> String {
    let sentences = one.split("; ").chain(other.split("; "));
    let mut sentences: Vec<&str> = sentences.filter(|sentence| !sentence.is_empty()).collect();
    sentences.sort_unstable();
    sentences.dedup();
    sentences.join("; ")
}
