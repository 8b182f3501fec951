//! `rpmdb.sqlite`: rpm's table `Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)`, read by the
//! published SQLite file format (sqlite.org/fileformat2.html).
//!
//! Only what one table needs is here: table b-trees, overflow chains and the write-ahead log.

use super::bytes::{be16, be32};
use super::wal::{self, Log};
use super::{MAX_BLOB, Sink, read_exact};
use crate::DetectError;
use pasu_system::SystemFile;
use record::Record;

mod record;

/// The database's header takes the first bytes of page 1.
const HEADER: usize = 100;
const MAGIC: &[u8] = b"SQLite format 3\0";
const UTF8: u32 = 1;

/// Kinds of b-tree pages.
const INTERIOR: u8 = 5;
const LEAF: u8 = 13;

/// The table's columns: `hnum`, `blob`.
const BLOB_COLUMN: usize = 1;

/// Hands over every package's blob.
pub fn each_blob(
    file: &dyn SystemFile,
    log: Option<&dyn SystemFile>,
    sink: &mut Sink<'_>,
) -> Result<(), DetectError> {
    let log = log.map(wal::read).transpose().unwrap_or_else(|problem| {
        sink.damaged(|| format!("rpmdb.sqlite-wal: {problem}"));
        None
    });
    let mut pages = Pages::open(file, log.flatten())?;
    let mut root = None;
    pages.each_row(1, &mut |row| {
        let row = row?;
        let row = Record::parse(&row)?;
        if row.text(0) == Some(b"table") && row.text(1) == Some(b"Packages") {
            root = row.integer(3).and_then(|root| u32::try_from(root).ok());
        }
        Ok(())
    })?;
    let root = root.ok_or_else(|| DetectError::malformed("no table Packages"))?;
    pages.each_row(root, &mut |row| {
        match row.and_then(|row| Ok(Record::parse(&row)?.blob(BLOB_COLUMN)?.to_vec())) {
            Ok(blob) => sink.blob(&blob, || "table Packages".to_owned()),
            Err(DetectError::Malformed(problem)) => {
                sink.damaged(|| format!("table Packages: {problem}"))
            }
            Err(error) => return Err(error),
        }
        Ok(())
    })
}

/// The database's pages, those in the log before those in the file.
struct Pages<'a> {
    file: &'a dyn SystemFile,
    log: Option<Log<'a>>,
    size: usize,
    /// The part of a page that holds data.
    usable: usize,
    /// No page has two places in a database, so no more pages are read than there are; this ends a ring of pages.
    budget: u64,
}

type OnRow<'f> = &'f mut dyn FnMut(Result<Vec<u8>, DetectError>) -> Result<(), DetectError>;

impl<'a> Pages<'a> {
    fn open(file: &'a dyn SystemFile, log: Option<Log<'a>>) -> Result<Self, DetectError> {
        let mut header = [0; HEADER];
        match &log {
            Some(log) if log.holds(1) => {
                read_exact(log.file, log.offset(1).unwrap_or(0), &mut header)?
            }
            _ => read_exact(file, 0, &mut header)?,
        }
        if !header.starts_with(MAGIC) {
            return Err(DetectError::malformed("no SQLite database"));
        }
        let size = match be16(&header, 16) {
            Some(1) => 65536,
            size => usize::from(size.unwrap_or(0)),
        };
        if !size.is_power_of_two() || size < 512 {
            return Err(DetectError::Malformed(format!("a page size of {size} bytes")));
        }
        if !matches!(be32(&header, 56), Some(0 | UTF8)) {
            return Err(DetectError::Unsupported("an SQLite database in UTF-16".to_owned()));
        }
        let reserved = usize::from(header.get(20).copied().unwrap_or(0));
        let log = log.filter(|log| log.page_size == size);
        let logged = log.as_ref().map_or(0, |log| log.file.size());
        // The schema is read first and its pages count too.
        let budget = (file.size() + logged) / size as u64 + 2;
        Ok(Self { file, log, size, usable: size - reserved, budget })
    }

    fn page(&mut self, number: u32) -> Result<Vec<u8>, DetectError> {
        let left = self.budget.checked_sub(1);
        self.budget = left.ok_or_else(|| DetectError::malformed("its pages form a ring"))?;
        let index =
            number.checked_sub(1).ok_or_else(|| DetectError::malformed("a link to page 0"))?;
        let mut page = vec![0; self.size];
        match self.log.as_ref().and_then(|log| Some((log.file, log.offset(number)?))) {
            Some((file, offset)) => read_exact(file, offset, &mut page)?,
            None => read_exact(self.file, u64::from(index) * self.size as u64, &mut page)?,
        }
        Ok(page)
    }

    /// Hands over every row of a table, or what was wrong with it.
    fn each_row(&mut self, root: u32, on_row: OnRow<'_>) -> Result<(), DetectError> {
        let mut waiting = vec![root];
        while let Some(number) = waiting.pop() {
            let page = match self.page(number) {
                Ok(page) => page,
                Err(DetectError::Malformed(problem)) => {
                    on_row(Err(DetectError::Malformed(format!("page {number}: {problem}"))))?;
                    continue;
                }
                Err(error) => return Err(error),
            };
            let start = if number == 1 { HEADER } else { 0 };
            match page.get(start) {
                Some(&INTERIOR) => waiting.extend(children(&page, start)),
                Some(&LEAF) => {
                    for cell in cells(&page, start, 8) {
                        on_row(self.payload(cell))?;
                    }
                }
                _ => {
                    let problem = format!("page {number} is none of a table");
                    on_row(Err(DetectError::Malformed(problem)))?;
                }
            }
        }
        Ok(())
    }

    /// A leaf cell: the payload's length, the row's number, as much of the payload as has place, then the first page
    /// of the rest.
    fn payload(&mut self, cell: &[u8]) -> Result<Vec<u8>, DetectError> {
        let cut = || DetectError::malformed("a row that is cut off");
        let (length, rest) = record::varint(cell).ok_or_else(cut)?;
        let (_, rest) = record::varint(rest).ok_or_else(cut)?;
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if length > MAX_BLOB {
            return Err(DetectError::Malformed(format!("a row of {length} bytes")));
        }
        let local = local_size(self.usable, length);
        let (inner, rest) = rest.split_at_checked(local).ok_or_else(cut)?;
        let mut payload = inner.to_vec();
        let mut next = if local < length { be32(rest, 0).ok_or_else(cut)? } else { 0 };
        while payload.len() < length {
            let page = self.page(next)?;
            next = be32(&page, 0).unwrap_or(0);
            let take = (length - payload.len()).min(self.usable.saturating_sub(4));
            payload.extend_from_slice(page.get(4..4 + take).ok_or_else(cut)?);
        }
        Ok(payload)
    }
}

/// How many bytes of a payload stay on the leaf ("Cell payload overflow pages" of the format).
fn local_size(usable: usize, length: usize) -> usize {
    let most = usable.saturating_sub(35);
    if length <= most {
        return length;
    }
    let least = (usable.saturating_sub(12) * 32 / 255).saturating_sub(23);
    let fit = least + length.saturating_sub(least) % usable.saturating_sub(4).max(1);
    if fit <= most { fit } else { least }
}

/// The cells of a page, each from its beginning to the page's end.
fn cells(page: &[u8], start: usize, header: usize) -> impl Iterator<Item = &[u8]> {
    let count = usize::from(be16(page, start + 3).unwrap_or(0));
    (0..count).filter_map(move |index| {
        let offset = be16(page, start + header + index * 2)?;
        page.get(usize::from(offset)..)
    })
}

/// The pages below an interior page, the last first, so that rows come in their order.
fn children(page: &[u8], start: usize) -> Vec<u32> {
    let mut children: Vec<u32> = cells(page, start, 12).filter_map(|cell| be32(cell, 0)).collect();
    children.extend(be32(page, start + 8));
    children.reverse();
    children
}
