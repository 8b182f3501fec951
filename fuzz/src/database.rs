//! Targets of the advisory database. Its checksums keep bytes of chance from getting anywhere, so one target makes
//! databases whose checksums are right and whose content is not.

use pasu_advisory::database::{Database, FORMAT, TableName};
use pasu_advisory::record::VulnId;
use serde::Serialize;

/// A file of any bytes.
pub fn database(data: &[u8]) {
    if let Ok(database) = Database::from_bytes(data.to_vec()) {
        ask(&database);
    }
}

/// A database around tables of any bytes: index, dictionary and blocks as given, every checksum right.
pub fn database_tables(data: &[u8]) {
    let mut rest = data;
    let mut file = b"PASUADB1".to_vec();
    let mut tables = Vec::new();
    for name in
        [TableName::Advisories, TableName::Details, TableName::Products, TableName::Configurations]
    {
        let flags = take(&mut rest, 1).first().copied().unwrap_or_default();
        let key = chunk(&mut rest);
        let block = if flags & 1 == 0 { pack(chunk(&mut rest)) } else { chunk(&mut rest).to_vec() };
        let dictionary = section(&mut file, if flags & 2 == 0 { &[] } else { chunk(&mut rest) });
        let blocks = section(&mut file, &block);
        let index = if flags & 4 == 0 { index(key, &block) } else { chunk(&mut rest).to_vec() };
        let index = section(&mut file, &index);
        tables.push(TableInfo { name, dictionary, blocks, index, entries: 1 });
    }
    let footer = Footer { format: FORMAT, meta: Meta::default(), tables };
    let footer = postcard::to_stdvec(&footer).expect("a footer can be written");
    file.extend_from_slice(&footer);
    file.extend_from_slice(&u32::try_from(footer.len()).unwrap_or_default().to_le_bytes());
    file.extend_from_slice(&crc32fast::hash(&footer).to_le_bytes());
    file.extend_from_slice(b"PASUADB1");
    let database = Database::from_bytes(file).expect("the footer is right");
    ask(&database);
}

/// Every question a database is asked.
fn ask(database: &Database) {
    let _ = database.verify();
    let _ = database.has_bucket("npm");
    let _ = database.rows("npm", "lodash");
    let _ = database.product("f5:nginx");
    let id = VulnId::new("CVE-2021-23337");
    let _ = database.detail(&id);
    let _ = database.configurations(&id);
}

/// The next part of the input: two bytes of length, then that many, or what is left.
fn chunk<'a>(rest: &mut &'a [u8]) -> &'a [u8] {
    let length = match take(rest, 2) {
        [low, high] => u16::from_le_bytes([*low, *high]),
        _ => 0,
    };
    take(rest, usize::from(length))
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> &'a [u8] {
    let (taken, left) = rest.split_at(length.min(rest.len()));
    *rest = left;
    taken
}

fn pack(block: &[u8]) -> Vec<u8> {
    zstd::bulk::compress(block, 1).expect("bytes can be compressed")
}

/// The index entry of one block, which claims a megabyte.
fn index(key: &[u8], block: &[u8]) -> Vec<u8> {
    let mut info = Vec::new();
    for number in [block.len() as u32, 1 << 20, crc32fast::hash(block)] {
        info.extend(postcard::to_stdvec(&number).expect("a number can be written"));
    }
    let mut entry = vec![0];
    for length in [key.len() as u32, info.len() as u32] {
        entry.extend(postcard::to_stdvec(&length).expect("a number can be written"));
    }
    entry.extend_from_slice(key);
    entry.extend_from_slice(&info);
    entry
}

fn section(file: &mut Vec<u8>, bytes: &[u8]) -> Section {
    let offset = file.len() as u64;
    file.extend_from_slice(bytes);
    Section { offset, length: bytes.len() as u64, crc: crc32fast::hash(bytes) }
}

/// The footer, as `pasu_advisory::database` lays it out.
#[derive(Serialize)]
struct Footer {
    format: u32,
    meta: Meta,
    tables: Vec<TableInfo>,
}

#[derive(Default, Serialize)]
struct Meta {
    built: String,
    newest: String,
    sources: Vec<()>,
}

#[derive(Serialize)]
struct TableInfo {
    name: TableName,
    dictionary: Section,
    blocks: Section,
    index: Section,
    entries: u64,
}

#[derive(Serialize)]
struct Section {
    offset: u64,
    length: u64,
    crc: u32,
}
