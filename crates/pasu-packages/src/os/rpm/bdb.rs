//! `Packages` of rpm before 4.16: a Berkeley DB hash table, written in the byte order of the machine.
//!
//! Page 0 describes the table. Hash pages hold an array of offsets, in turns of a key and its value; a value that does
//! not fit (headers hardly ever do) is `H_OFFPAGE` and leads to a chain of overflow pages. The key is the package's
//! number; key 0 holds the next free number instead of a package.

use super::bytes::{u16_in, u32_in};
use super::{MAX_BLOB, Sink, read_exact};
use crate::DetectError;
use pasu_system::SystemFile;

const HASH_MAGIC: u32 = 0x0006_1561;
/// The size of the header of every page.
const PAGE_HEADER: usize = 26;

/// Page types.
const HASH_UNSORTED: u8 = 2;
const OVERFLOW: u8 = 7;
const HASH: u8 = 13;

/// Kinds of items on a hash page.
const KEY_OR_DATA: u8 = 1;
const OFF_PAGE: u8 = 3;

/// Hands over every package's blob.
pub fn each_blob(file: &dyn SystemFile, sink: &mut Sink<'_>) -> Result<(), DetectError> {
    let table = Table::open(file)?;
    let mut page = vec![0; table.page_size];
    let mut budget = file.size();
    for number in 1..=table.last_page {
        table.read_page(number, &mut page)?;
        if matches!(page.get(25), Some(&(HASH | HASH_UNSORTED))) {
            table.hash_page(&page, number, &mut budget, sink)?;
        }
    }
    Ok(())
}

struct Table<'a> {
    file: &'a dyn SystemFile,
    big: bool,
    page_size: usize,
    last_page: u32,
}

impl<'a> Table<'a> {
    fn open(file: &'a dyn SystemFile) -> Result<Self, DetectError> {
        let mut meta = [0; 72];
        read_exact(file, 0, &mut meta)?;
        let big = match u32_in(&meta, 12, false) {
            Some(HASH_MAGIC) => false,
            Some(magic) if magic == HASH_MAGIC.swap_bytes() => true,
            _ => return Err(DetectError::malformed("no Berkeley DB hash table")),
        };
        if meta.get(24) != Some(&0) {
            return Err(DetectError::Unsupported("an encrypted Berkeley DB".to_owned()));
        }
        let page_size = u32_in(&meta, 20, big).unwrap_or(0) as usize;
        if !(512..=65536).contains(&page_size) || !page_size.is_power_of_two() {
            return Err(DetectError::Malformed(format!("a page size of {page_size} bytes")));
        }
        let last_page = u32_in(&meta, 32, big).unwrap_or(0);
        Ok(Self { file, big, page_size, last_page })
    }

    fn read_page(&self, number: u32, page: &mut [u8]) -> Result<(), DetectError> {
        read_exact(self.file, u64::from(number) * self.page_size as u64, page)
    }

    /// The values of one hash page.
    fn hash_page(
        &self,
        page: &[u8],
        number: u32,
        budget: &mut u64,
        sink: &mut Sink<'_>,
    ) -> Result<(), DetectError> {
        let count = usize::from(u16_in(page, 20, self.big).unwrap_or(0));
        for pair in 0..count / 2 {
            match self.pair(page, pair * 2, budget) {
                Ok(None) => {}
                Ok(Some(blob)) => sink.blob(&blob, || format!("page {number}, entry {pair}")),
                Err(DetectError::Malformed(problem)) => {
                    sink.damaged(|| format!("page {number}, entry {pair}: {problem}"));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// The value whose key is at an index, unless it is the one that holds the next free number.
    fn pair(
        &self,
        page: &[u8],
        index: usize,
        budget: &mut u64,
    ) -> Result<Option<Vec<u8>>, DetectError> {
        let item = |index| {
            self.item(page, index).ok_or_else(|| DetectError::malformed("an item outside its page"))
        };
        let (key, value) = (item(index)?, item(index + 1)?);
        if matches!(key, [KEY_OR_DATA, 0, 0, 0, 0]) {
            return Ok(None);
        }
        match value {
            [KEY_OR_DATA, inline @ ..] => Ok(Some(inline.to_vec())),
            [OFF_PAGE, ..] => self.overflow(value, budget).map(Some),
            _ => Err(DetectError::malformed("an item of an unknown kind")),
        }
    }

    /// Items are laid down from the page's end: each ends where the one before it begins.
    fn item<'p>(&self, page: &'p [u8], index: usize) -> Option<&'p [u8]> {
        let offset =
            |index: usize| u16_in(page, PAGE_HEADER + index * 2, self.big).map(usize::from);
        let start = offset(index)?;
        let end = if index == 0 { page.len() } else { offset(index - 1)? };
        page.get(start..end).filter(|item| !item.is_empty())
    }

    /// Follows a chain of overflow pages. No page belongs to two chains, so all chains together are not larger than
    /// the file: `budget` holds that, and with it ends a chain that is a ring.
    fn overflow(&self, item: &[u8], budget: &mut u64) -> Result<Vec<u8>, DetectError> {
        let (Some(first), Some(length)) = (u32_in(item, 4, self.big), u32_in(item, 8, self.big))
        else {
            return Err(DetectError::malformed("an overflow item that is cut off"));
        };
        let length = length as usize;
        if length > MAX_BLOB {
            return Err(DetectError::Malformed(format!("a header of {length} bytes")));
        }
        let (mut blob, mut page, mut next) = (Vec::new(), vec![0; self.page_size], first);
        while blob.len() < length {
            let left = budget.checked_sub(self.page_size as u64);
            *budget = left.ok_or_else(|| DetectError::malformed("chains of pages overlap"))?;
            self.read_page(next, &mut page)?;
            let used = usize::from(u16_in(&page, 22, self.big).unwrap_or(0));
            let content =
                page.get(PAGE_HEADER..PAGE_HEADER + used).filter(|content| !content.is_empty());
            let (Some(OVERFLOW), Some(content)) = (page.get(25).copied(), content) else {
                return Err(DetectError::Malformed(format!("page {next} is no overflow page")));
            };
            blob.extend_from_slice(content);
            next = u32_in(&page, 16, self.big).unwrap_or(0);
        }
        blob.truncate(length);
        Ok(blob)
    }
}
