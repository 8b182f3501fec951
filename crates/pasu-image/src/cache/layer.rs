//! A layer that passed by, as an entry: its list, and the small files that were kept of it.

use super::entry::{Key, Packer, Unpacker};
use super::store::Cache;
use crate::digest::Digest;
use crate::layer::{Gather, LayerEntry, LayerTable, Scanned, absolute};
use std::collections::HashMap;
use std::io;
use std::sync::Arc;

/// Raised when a layer is listed otherwise, or other files are kept.
const VERSION: u32 = 1;
/// How many entries of a list are packed together.
const CHUNK: usize = 4096;

fn key(diff_id: &Digest) -> Key {
    Key::new(diff_id.as_str(), "layer", VERSION)
}

/// A layer as it passed by in an earlier run.
pub(super) fn load(cache: &Cache, diff_id: &Digest) -> Option<Scanned> {
    read(&cache.get(&key(diff_id))?, diff_id).ok()
}

/// The entry of a layer, with those of its kept files that hold no secrets.
pub(super) fn entry(scanned: &Scanned, gather: &dyn Gather) -> io::Result<(Key, Vec<u8>)> {
    let mut packer = Packer::new()?;
    packer.part(&scanned.size)?;
    let table = &scanned.table;
    packer.bytes(table.names())?;
    packer.part(&table.entries().len())?;
    for chunk in table.entries().chunks(CHUNK) {
        packer.part(chunk)?;
    }
    packer.part(table.xattrs())?;
    packer.part(&table.problems)?;
    let may_be_stored = |number: &u32| {
        let entry = table.entries().get(*number as usize);
        entry.is_some_and(|entry| gather.may_be_stored(&absolute(table.path(entry))))
    };
    let mut kept: Vec<u32> = scanned.kept.keys().copied().filter(may_be_stored).collect();
    kept.sort_unstable();
    packer.part(&kept)?;
    for number in &kept {
        packer.bytes(scanned.kept.get(number).map_or(&[][..], |bytes| bytes))?;
    }
    Ok((key(&scanned.diff_id), packer.finish()?))
}

fn read(packed: &[u8], diff_id: &Digest) -> io::Result<Scanned> {
    let mut unpacker = Unpacker::new(packed)?;
    let size = unpacker.part()?;
    let names = unpacker.bytes()?;
    let count: usize = unpacker.part()?;
    let mut entries: Vec<LayerEntry> = Vec::with_capacity(count.min(CHUNK * 1024));
    while entries.len() < count {
        let chunk: Vec<LayerEntry> = unpacker.part()?;
        if chunk.is_empty() {
            return Err(io::ErrorKind::InvalidData.into());
        }
        entries.extend(chunk);
    }
    let table = LayerTable::from_parts(names, entries, unpacker.part()?, unpacker.part()?);
    let table = Arc::new(table.ok_or(io::ErrorKind::InvalidData)?);
    let mut kept = HashMap::new();
    for number in unpacker.part::<Vec<u32>>()? {
        kept.insert(number, Arc::new(unpacker.bytes()?));
    }
    Ok(Scanned {
        table,
        kept,
        found: Vec::new(),
        diff_id: diff_id.clone(),
        size,
        again: None,
        recalled: true,
    })
}
