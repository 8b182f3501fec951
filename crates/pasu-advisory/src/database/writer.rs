//! Writing a database.

use super::table::{EntryBuffer, MAX_BLOCK, write_number};
use super::{FORMAT, Footer, MAGIC, Meta, Section, TableInfo, TableName};
use std::io::{self, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use zstd::bulk::Compressor;

/// How hard to compress.
#[derive(Debug, Clone, Copy)]
pub struct Tuning {
    /// zstd level, 1 to 22.
    pub level: i32,
    /// Bytes of a block before compression.
    pub block: usize,
    /// Bytes of a table's dictionary.
    pub dictionary: usize,
}

impl Tuning {
    /// For a database that is built and kept on a disk.
    pub const FILE: Self = Self { level: 9, block: 16 << 10, dictionary: 64 << 10 };
    /// For the snapshot inside the program, where each byte is carried by every user.
    pub const SNAPSHOT: Self = Self { level: 22, block: 64 << 10, dictionary: 110 << 10 };
}

/// Writes tables one after the other, then the footer.
pub struct DatabaseWriter<W: Write> {
    out: W,
    offset: u64,
    tuning: Tuning,
    tables: Vec<TableInfo>,
}

impl<W: Write> DatabaseWriter<W> {
    /// Begins a database.
    pub fn new(mut out: W, tuning: Tuning) -> io::Result<Self> {
        out.write_all(MAGIC)?;
        Ok(Self { out, offset: MAGIC.len() as u64, tuning, tables: Vec::new() })
    }

    /// Writes one table; the entries must come in key order.
    pub fn table(
        &mut self,
        name: TableName,
        entries: impl Iterator<Item = io::Result<(Vec<u8>, Vec<u8>)>>,
    ) -> io::Result<()> {
        let (blocks, count) = cut(entries, self.tuning.block)?;
        let dictionary = train(&blocks, self.tuning.dictionary);
        let compressed = compress(&blocks, &dictionary, self.tuning.level)?;
        let dictionary = self.section(&dictionary)?;
        let start = self.offset;
        let mut index = EntryBuffer::default();
        for (block, bytes) in blocks.iter().zip(&compressed) {
            self.write(bytes)?;
            let mut info = Vec::new();
            write_number(&mut info, bytes.len());
            write_number(&mut info, block.bytes.len());
            write_number(&mut info, crc32fast::hash(bytes) as usize);
            index.push(&block.first_key, &info);
        }
        let blocks = Section { offset: start, length: self.offset - start, crc: 0 };
        let index = self.section(&index.bytes)?;
        self.tables.push(TableInfo { name, dictionary, blocks, index, entries: count });
        Ok(())
    }

    /// Writes the footer and hands the output back.
    pub fn finish(mut self, meta: Meta) -> io::Result<W> {
        let tables = std::mem::take(&mut self.tables);
        let footer = postcard::to_stdvec(&Footer { format: FORMAT, meta, tables })
            .map_err(io::Error::other)?;
        let size = u32::try_from(footer.len()).map_err(io::Error::other)?;
        self.write(&footer)?;
        self.write(&size.to_le_bytes())?;
        self.write(&crc32fast::hash(&footer).to_le_bytes())?;
        self.write(MAGIC)?;
        self.out.flush()?;
        Ok(self.out)
    }

    fn section(&mut self, bytes: &[u8]) -> io::Result<Section> {
        let offset = self.offset;
        self.write(bytes)?;
        Ok(Section { offset, length: bytes.len() as u64, crc: crc32fast::hash(bytes) })
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)?;
        self.offset += bytes.len() as u64;
        Ok(())
    }
}

struct Block {
    first_key: Vec<u8>,
    bytes: Vec<u8>,
}

fn cut(
    entries: impl Iterator<Item = io::Result<(Vec<u8>, Vec<u8>)>>,
    size: usize,
) -> io::Result<(Vec<Block>, u64)> {
    let mut blocks = Vec::new();
    let mut buffer = EntryBuffer::default();
    let mut first_key = Vec::new();
    let mut count = 0;
    for entry in entries {
        let (key, value) = entry?;
        if value.len() + key.len() + 32 > MAX_BLOCK {
            return Err(io::Error::other(format!(
                "a record of {} bytes is too large",
                value.len()
            )));
        }
        if !buffer.bytes.is_empty() && buffer.bytes.len() + value.len() > size {
            blocks.push(Block { first_key, bytes: std::mem::take(&mut buffer).bytes });
            first_key = Vec::new();
        }
        if buffer.bytes.is_empty() {
            first_key.clone_from(&key);
        }
        buffer.push(&key, &value);
        count += 1;
    }
    if !buffer.bytes.is_empty() {
        blocks.push(Block { first_key, bytes: buffer.bytes });
    }
    Ok((blocks, count))
}

/// A dictionary from blocks spread over the whole table; empty where there is too little to learn from.
fn train(blocks: &[Block], size: usize) -> Vec<u8> {
    /// What zstd's trainer is shown, as a multiple of the dictionary.
    const SAMPLE_RATIO: usize = 60;
    let total: usize = blocks.iter().map(|block| block.bytes.len()).sum();
    if total < size * 8 {
        return Vec::new();
    }
    let step = (total / (size * SAMPLE_RATIO)).max(1);
    let samples: Vec<&[u8]> =
        blocks.iter().step_by(step).flat_map(|block| block.bytes.chunks(4096)).collect();
    zstd::dict::from_samples(&samples, size).unwrap_or_default()
}

fn compress(blocks: &[Block], dictionary: &[u8], level: i32) -> io::Result<Vec<Vec<u8>>> {
    let results: Vec<Mutex<Vec<u8>>> = blocks.iter().map(|_| Mutex::new(Vec::new())).collect();
    let next = AtomicUsize::new(0);
    let work = || -> io::Result<()> {
        let mut compressor = if dictionary.is_empty() {
            Compressor::new(level)
        } else {
            Compressor::with_dictionary(level, dictionary)
        }?;
        compressor.include_dictid(false)?;
        while let Some((block, result)) = {
            let number = next.fetch_add(1, Ordering::Relaxed);
            blocks.get(number).zip(results.get(number))
        } {
            *result.lock().unwrap_or_else(PoisonError::into_inner) =
                compressor.compress(&block.bytes)?;
        }
        Ok(())
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| {
            worker.join().unwrap_or_else(|_| Err(io::Error::other("a compression thread failed")))
        })
    })?;
    Ok(results
        .into_iter()
        .map(|result| result.into_inner().unwrap_or_else(PoisonError::into_inner))
        .collect())
}
