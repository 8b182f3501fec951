//! Positions by key, so that looking up each of 100,000 accounts reads the list once.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::OnceLock;

/// The first position of each key, found when first asked for. It is no part of what was read: two are always equal.
#[derive(Debug, Clone)]
pub(super) struct Index<K>(OnceLock<HashMap<K, usize>>);

impl<K> Default for Index<K> {
    fn default() -> Self {
        Self(OnceLock::new())
    }
}

impl<K> PartialEq for Index<K> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl<K> Eq for Index<K> {}

impl<K: Hash + Eq> Index<K> {
    /// The first of the entries that has this key.
    pub(super) fn first<'a, T, Q>(
        &self,
        entries: &'a [T],
        key_of: impl Fn(&T) -> K,
        key: &Q,
    ) -> Option<&'a T>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let positions = self.0.get_or_init(|| {
            let mut positions = HashMap::with_capacity(entries.len());
            for (position, entry) in entries.iter().enumerate() {
                positions.entry(key_of(entry)).or_insert(position);
            }
            positions
        });
        positions.get(key).and_then(|position| entries.get(*position))
    }
}
