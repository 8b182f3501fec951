//! A layer that passed by, as an entry: its list, and the small files that were kept of it.

use super::entry::{Key, Packer, Unpacker};
use super::store::Cache;
use crate::digest::Digest;
use crate::layer::{Gather, LayerTable, Names, Scanned, Segments, absolute};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::HashMap;
use std::io;
use std::sync::Arc;

/// Raised when a layer is listed otherwise, or other files are kept.
const VERSION: u32 = 3;
/// How much of a list is packed together.
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
    packer.bytes(table.names.bytes())?;
    put(&mut packer, table.names.folders())?;
    put(&mut packer, &table.traits)?;
    put(&mut packer, &table.ranges)?;
    put(&mut packer, &table.skips)?;
    packer.part(&table.packed.parts().len())?;
    table.packed.parts().iter().try_for_each(|part| packer.bytes(part))?;
    put(&mut packer, &table.whiteouts)?;
    put(&mut packer, &table.links)?;
    packer.bytes(&table.targets)?;
    put(&mut packer, &table.xattrs)?;
    packer.part(&table.problems)?;
    let may_be_stored = |number: &u32| {
        let entry = table.entry(*number);
        entry.is_some_and(|entry| gather.may_be_stored(&absolute(&table.path(&entry))))
    };
    let mut kept: Vec<u32> = scanned.kept.keys().copied().filter(may_be_stored).collect();
    kept.sort_unstable();
    packer.part(&kept)?;
    for number in &kept {
        packer.bytes(scanned.kept.get(number).map_or(&[][..], |bytes| bytes))?;
    }
    Ok((key(&scanned.diff_id), packer.finish()?))
}

/// Writes a list in chunks.
fn put<T: Serialize>(packer: &mut Packer, list: &[T]) -> io::Result<()> {
    packer.part(&list.len())?;
    list.chunks(CHUNK).try_for_each(|chunk| packer.part(chunk))
}

/// Reads a list.
fn get<T: DeserializeOwned>(unpacker: &mut Unpacker<'_>) -> io::Result<Vec<T>> {
    let count: usize = unpacker.part()?;
    let mut list = Vec::with_capacity(count.min(CHUNK * 1024));
    while list.len() < count {
        let chunk: Vec<T> = unpacker.part()?;
        if chunk.is_empty() {
            return Err(io::ErrorKind::InvalidData.into());
        }
        list.extend(chunk);
    }
    Ok(list)
}

fn segments(unpacker: &mut Unpacker<'_>) -> io::Result<Segments> {
    let count: usize = unpacker.part()?;
    let parts = (0..count).map(|_| unpacker.bytes()).collect::<io::Result<_>>()?;
    Ok(Segments::from_parts(parts))
}

fn read(packed: &[u8], diff_id: &Digest) -> io::Result<Scanned> {
    let mut unpacker = Unpacker::new(packed)?;
    let size = unpacker.part()?;
    let names = Names::from_parts(unpacker.bytes()?, get(&mut unpacker)?);
    let table = LayerTable {
        names: names.ok_or(io::ErrorKind::InvalidData)?,
        traits: get(&mut unpacker)?,
        ranges: get(&mut unpacker)?,
        skips: get(&mut unpacker)?,
        packed: segments(&mut unpacker)?,
        whiteouts: get(&mut unpacker)?,
        links: get(&mut unpacker)?,
        targets: unpacker.bytes()?,
        xattrs: get(&mut unpacker)?,
        problems: unpacker.part()?,
    };
    let table = Arc::new(table.checked().ok_or(io::ErrorKind::InvalidData)?);
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
