//! One table: sorted keys and their values, in compressed blocks with a sparse index.
//!
//! A block, once decompressed, is a run of entries `shared | suffix length | value length | suffix | value`, the three
//! numbers as LEB128 and `shared` being how many bytes the key has in common with the one before. The index has one
//! entry a block: the same front coding for its first key, then compressed length, decompressed length and CRC-32.

use super::storage::Storage;
use super::{DatabaseError, Section, TableInfo};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use zstd::bulk::Decompressor;

/// The largest block that is believed, decompressed, in bytes. One value never exceeds it.
pub const MAX_BLOCK: usize = 32 << 20;
/// The longest key that is believed, in bytes. Keys are front-coded, so that without this a few bytes an entry could
/// claim a long key each.
const MAX_KEY: usize = 4096;
/// How many decompressed blocks are kept.
const CACHED_BLOCKS: usize = 64;

/// A table open for lookups.
pub struct Table {
    info: TableInfo,
    state: OnceLock<Result<Loaded, String>>,
}

struct Loaded {
    blocks: Vec<BlockInfo>,
    reader: Mutex<BlockReader>,
}

struct BlockInfo {
    first_key: Box<[u8]>,
    offset: u64,
    length: u32,
    raw_length: u32,
    crc: u32,
}

struct BlockReader {
    decompressor: Decompressor<'static>,
    /// Newest last.
    cache: Vec<(usize, Arc<[u8]>)>,
}

impl Table {
    pub fn new(info: TableInfo) -> Self {
        Self { info, state: OnceLock::new() }
    }

    pub fn entries(&self) -> u64 {
        self.info.entries
    }

    /// The value under a key.
    pub fn get(&self, storage: &Storage, key: &[u8]) -> Result<Option<Vec<u8>>, DatabaseError> {
        let loaded = self.loaded(storage)?;
        let after = loaded.blocks.partition_point(|block| &*block.first_key <= key);
        let Some(number) = after.checked_sub(1) else { return Ok(None) };
        let block = loaded.block(storage, number)?;
        find(&block, key)
    }

    /// Hands over every entry in key order.
    pub fn each(
        &self,
        storage: &Storage,
        visit: &mut dyn FnMut(&[u8], &[u8]),
    ) -> Result<(), DatabaseError> {
        let loaded = self.loaded(storage)?;
        for number in 0..loaded.blocks.len() {
            let block = loaded.block(storage, number)?;
            let mut entries = Entries::new(&block);
            while let Some(value) = entries.next()? {
                visit(&entries.key, value);
            }
        }
        Ok(())
    }

    fn loaded(&self, storage: &Storage) -> Result<&Loaded, DatabaseError> {
        let state = self
            .state
            .get_or_init(|| Loaded::read(&self.info, storage).map_err(|error| error.to_string()));
        state.as_ref().map_err(|error| DatabaseError::Damaged(error.clone()))
    }
}

impl Loaded {
    fn read(info: &TableInfo, storage: &Storage) -> Result<Self, DatabaseError> {
        let dictionary = checked(storage, info.dictionary, "dictionary")?;
        let index = checked(storage, info.index, "index")?;
        let decompressor = if dictionary.is_empty() {
            Decompressor::new()
        } else {
            Decompressor::with_dictionary(&dictionary)
        };
        Ok(Self {
            blocks: parse_index(&index, info.blocks)?,
            reader: Mutex::new(BlockReader { decompressor: decompressor?, cache: Vec::new() }),
        })
    }

    fn block(&self, storage: &Storage, number: usize) -> Result<Arc<[u8]>, DatabaseError> {
        // A panic while the lock was held leaves at worst a block missing from the cache.
        let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(position) = reader.cache.iter().position(|(cached, _)| *cached == number) {
            let hit = reader.cache.remove(position);
            let block = Arc::clone(&hit.1);
            reader.cache.push(hit);
            return Ok(block);
        }
        let info = self.blocks.get(number).ok_or_else(|| damaged("block number"))?;
        let bytes = storage.read(info.offset, u64::from(info.length))?;
        if crc32fast::hash(&bytes) != info.crc {
            return Err(damaged("a block's checksum is wrong"));
        }
        let raw: Arc<[u8]> =
            reader.decompressor.decompress(&bytes, info.raw_length as usize)?.into();
        if reader.cache.len() == CACHED_BLOCKS {
            reader.cache.remove(0);
        }
        reader.cache.push((number, Arc::clone(&raw)));
        Ok(raw)
    }
}

fn checked(storage: &Storage, section: Section, what: &str) -> Result<Vec<u8>, DatabaseError> {
    let bytes = storage.read(section.offset, section.length)?.into_owned();
    if crc32fast::hash(&bytes) != section.crc {
        return Err(damaged(&format!("the checksum of a table's {what} is wrong")));
    }
    Ok(bytes)
}

fn damaged(what: &str) -> DatabaseError {
    DatabaseError::Damaged(what.to_owned())
}

fn parse_index(bytes: &[u8], blocks: Section) -> Result<Vec<BlockInfo>, DatabaseError> {
    let mut found: Vec<BlockInfo> = Vec::new();
    let mut entries = Entries::new(bytes);
    let mut offset = blocks.offset;
    while let Some(value) = entries.next()? {
        let mut input = value;
        let mut number =
            || read_number(&mut input).ok_or_else(|| damaged("an index entry is cut short"));
        let (length, raw_length, crc) = (number()?, number()?, number()?);
        if raw_length as usize > MAX_BLOCK {
            return Err(damaged("a block is larger than any block may be"));
        }
        found.push(BlockInfo {
            first_key: entries.key.as_slice().into(),
            offset,
            length,
            raw_length,
            crc,
        });
        offset = offset.checked_add(u64::from(length)).ok_or_else(|| damaged("block offset"))?;
    }
    Ok(found)
}

fn find(block: &[u8], key: &[u8]) -> Result<Option<Vec<u8>>, DatabaseError> {
    let mut entries = Entries::new(block);
    while let Some(value) = entries.next()? {
        match entries.key.as_slice().cmp(key) {
            std::cmp::Ordering::Less => {}
            std::cmp::Ordering::Equal => return Ok(Some(value.to_vec())),
            std::cmp::Ordering::Greater => break,
        }
    }
    Ok(None)
}

/// Goes through front-coded entries.
struct Entries<'a> {
    rest: &'a [u8],
    key: Vec<u8>,
}

impl<'a> Entries<'a> {
    fn new(block: &'a [u8]) -> Self {
        Self { rest: block, key: Vec::new() }
    }

    /// The next value; its key is then in `key`.
    fn next(&mut self) -> Result<Option<&'a [u8]>, DatabaseError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        self.step().map(Some).ok_or_else(|| damaged("an entry is cut short"))
    }

    fn step(&mut self) -> Option<&'a [u8]> {
        let shared = read_number(&mut self.rest)? as usize;
        let suffix = read_number(&mut self.rest)? as usize;
        let value = read_number(&mut self.rest)? as usize;
        if shared > self.key.len() {
            return None;
        }
        let (suffix, rest) = self.rest.split_at_checked(suffix)?;
        let (value, rest) = rest.split_at_checked(value)?;
        if shared + suffix.len() > MAX_KEY {
            return None;
        }
        self.key.truncate(shared);
        self.key.extend_from_slice(suffix);
        self.rest = rest;
        Some(value)
    }
}

/// Collects sorted entries in the form that [`Entries`] reads.
#[derive(Default)]
pub struct EntryBuffer {
    pub bytes: Vec<u8>,
    last_key: Vec<u8>,
}

impl EntryBuffer {
    pub fn push(&mut self, key: &[u8], value: &[u8]) {
        let shared = if self.bytes.is_empty() { 0 } else { common_prefix(&self.last_key, key) };
        write_number(&mut self.bytes, shared);
        write_number(&mut self.bytes, key.len() - shared);
        write_number(&mut self.bytes, value.len());
        self.bytes.extend_from_slice(&key[shared..]);
        self.bytes.extend_from_slice(value);
        self.last_key.clear();
        self.last_key.extend_from_slice(key);
    }
}

fn common_prefix(a: &[u8], b: &[u8]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

/// Writes an unsigned LEB128 number.
pub fn write_number(out: &mut Vec<u8>, number: usize) {
    let mut rest = number;
    while rest >= 0x80 {
        out.push((rest & 0x7f) as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}

/// Reads an unsigned LEB128 number of at most 32 bits.
fn read_number(input: &mut &[u8]) -> Option<u32> {
    let mut number: u64 = 0;
    for shift in [0, 7, 14, 21, 28] {
        let (byte, rest) = input.split_first()?;
        *input = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return u32::try_from(number).ok();
        }
    }
    None
}
