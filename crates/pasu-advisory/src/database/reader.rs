//! Asking a database.

use super::storage::Storage;
use super::table::Table;
use super::{
    DatabaseError, FORMAT, Footer, MAGIC, MAX_FOOTER, Meta, TRAILER, TableName, advisory_key,
};
use crate::cpe::Configuration;
use crate::record::{Detail, Row, VulnId};
use serde::de::DeserializeOwned;
use std::path::Path;

/// An open database. Lookups may come from several threads.
pub struct Database {
    storage: Storage,
    meta: Meta,
    tables: Vec<(TableName, Table)>,
}

impl Database {
    /// Opens a file.
    pub fn open(path: &Path) -> Result<Self, DatabaseError> {
        Self::from_storage(Storage::open(path)?)
    }

    /// Opens a database that is part of the program.
    pub fn from_static(bytes: &'static [u8]) -> Result<Self, DatabaseError> {
        Self::from_storage(Storage::Static(bytes))
    }

    /// Opens a database held in memory.
    pub fn from_bytes(bytes: impl Into<Box<[u8]>>) -> Result<Self, DatabaseError> {
        Self::from_storage(Storage::Owned(bytes.into()))
    }

    fn from_storage(storage: Storage) -> Result<Self, DatabaseError> {
        let footer = read_footer(&storage)?;
        let tables = footer.tables.into_iter().map(|info| (info.name, Table::new(info))).collect();
        Ok(Self { storage, meta: footer.meta, tables })
    }

    /// What it says about itself.
    #[must_use]
    pub fn meta(&self) -> &Meta {
        &self.meta
    }

    /// What advisories say about a package. `bucket` is one of [`crate::bucket`]'s.
    pub fn rows(&self, bucket: &str, package: &str) -> Result<Vec<Row>, DatabaseError> {
        Ok(self.get(TableName::Advisories, &advisory_key(bucket, package))?.unwrap_or_default())
    }

    /// What is known about a vulnerability.
    pub fn detail(&self, id: &VulnId) -> Result<Option<Detail>, DatabaseError> {
        self.get(TableName::Details, id.as_str().as_bytes())
    }

    /// The CVEs whose NVD configurations name a product (`vendor:product`, as in the CPE).
    pub fn product(&self, product: &str) -> Result<Vec<VulnId>, DatabaseError> {
        Ok(self.get(TableName::Products, product.as_bytes())?.unwrap_or_default())
    }

    /// The NVD configurations of a CVE.
    pub fn configurations(&self, id: &VulnId) -> Result<Vec<Configuration>, DatabaseError> {
        Ok(self.get(TableName::Configurations, id.as_str().as_bytes())?.unwrap_or_default())
    }

    /// How many entries a table has.
    #[must_use]
    pub fn entries(&self, name: TableName) -> u64 {
        self.table(name).map_or(0, Table::entries)
    }

    /// Reads everything once and checks every checksum and record.
    pub fn verify(&self) -> Result<(), DatabaseError> {
        for (name, table) in &self.tables {
            let mut problem = None;
            table.each(&self.storage, &mut |key, value| {
                if problem.is_none() && !readable(*name, value) {
                    problem = Some(String::from_utf8_lossy(key).replace('\0', " "));
                }
            })?;
            if let Some(key) = problem {
                return Err(DatabaseError::Damaged(format!("the record of {key} cannot be read")));
            }
        }
        Ok(())
    }

    /// Whether any package of a bucket is known: tells «no findings» from «no advisories».
    pub fn has_bucket(&self, bucket: &str) -> Result<bool, DatabaseError> {
        Ok(self.get::<bool>(TableName::Advisories, &advisory_key(bucket, ""))?.unwrap_or(false))
    }

    fn table(&self, name: TableName) -> Option<&Table> {
        self.tables.iter().find(|(found, _)| *found == name).map(|(_, table)| table)
    }

    fn get<T: DeserializeOwned>(
        &self,
        name: TableName,
        key: &[u8],
    ) -> Result<Option<T>, DatabaseError> {
        let Some(table) = self.table(name) else { return Ok(None) };
        let Some(bytes) = table.get(&self.storage, key)? else { return Ok(None) };
        let value = postcard::from_bytes(&bytes).map_err(|error| {
            DatabaseError::Damaged(format!(
                "{}: {error}",
                String::from_utf8_lossy(key).replace('\0', " ")
            ))
        })?;
        Ok(Some(value))
    }
}

fn readable(table: TableName, value: &[u8]) -> bool {
    match table {
        // A bucket's own entry, under the empty package name, is a single `true`.
        TableName::Advisories => value == [1] || postcard::from_bytes::<Vec<Row>>(value).is_ok(),
        TableName::Details => postcard::from_bytes::<Detail>(value).is_ok(),
        TableName::Products => postcard::from_bytes::<Vec<VulnId>>(value).is_ok(),
        TableName::Configurations => postcard::from_bytes::<Vec<Configuration>>(value).is_ok(),
    }
}

fn read_footer(storage: &Storage) -> Result<Footer, DatabaseError> {
    let length = storage.length();
    let head =
        storage.read(0, 8).map_err(|_| DatabaseError::NotADatabase("shorter than a header"))?;
    if head.as_ref() != MAGIC {
        return Err(DatabaseError::NotADatabase("it does not begin as one"));
    }
    let cut_short = DatabaseError::NotADatabase("its end is missing");
    let Some(trailer_at) = length.checked_sub(TRAILER).filter(|at| *at >= 8) else {
        return Err(cut_short);
    };
    let trailer = storage.read(trailer_at, TRAILER)?;
    let (size, crc) = match trailer.as_ref() {
        [a, b, c, d, e, f, g, h, magic @ ..] if magic == MAGIC => {
            (u32::from_le_bytes([*a, *b, *c, *d]), u32::from_le_bytes([*e, *f, *g, *h]))
        }
        _ => return Err(cut_short),
    };
    let start = trailer_at.checked_sub(u64::from(size)).filter(|_| size <= MAX_FOOTER);
    let Some(start) = start else {
        return Err(DatabaseError::Damaged("its footer has an impossible length".into()));
    };
    let footer = storage.read(start, u64::from(size))?;
    if crc32fast::hash(&footer) != crc {
        return Err(DatabaseError::Damaged("the footer's checksum is wrong".into()));
    }
    // The format comes first and is read alone, because what follows may look different in another one.
    let (format, _) = postcard::take_from_bytes::<u32>(&footer)
        .map_err(|_| DatabaseError::Damaged("footer".into()))?;
    if format != FORMAT {
        return Err(DatabaseError::Format { found: format });
    }
    postcard::from_bytes(&footer)
        .map_err(|error| DatabaseError::Damaged(format!("footer: {error}")))
}
