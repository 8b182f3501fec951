//! A bbolt database (go.etcd.io/bbolt, file format 2), read only and without its lock: pages are never written where they
//! are in use, so what is read is as of one moment, unless much is written meanwhile; then a page is not what it should
//! be, and the database is read anew by the caller.

use std::cell::Cell;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

const MAGIC: u32 = 0xED0C_DAED;
const FORMAT: u32 = 2;
/// Bytes before a page's elements, of an element, and before the page in a bucket that is stored inside its parent.
const HEADER: usize = 16;
/// Bytes of a meta page that its checksum, which comes after them, is of.
const META: usize = 56;
const BRANCH: u16 = 1;
const LEAF: u16 = 2;
/// The flag of an element that is a bucket.
const BUCKET: u32 = 1;
/// The largest page with what it flows over into, in bytes; the most levels, and the most pages of one bucket.
const MAX_PAGE: u64 = 16 << 20;
const MAX_DEPTH: usize = 32;
const MAX_PAGES: usize = 100_000;
/// Bytes that the keys of a bucket, and the values taken with them, may take together.
const MAX_KEYS: usize = 16 << 20;
/// Bytes that are read of a database while it is open: a real one takes a few pages a name, and one whose branches all lead to
/// the same large page would be read for hours.
const MAX_READ: u64 = 64 << 20;

/// Bytes at any place.
pub(super) trait ReadAt {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()>;
}

impl ReadAt for File {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        self.read_exact_at(buffer, offset)
    }
}

impl ReadAt for &[u8] {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        let end = start.saturating_add(buffer.len());
        let bytes = self.get(start..end).ok_or(io::ErrorKind::UnexpectedEof)?;
        buffer.copy_from_slice(bytes);
        Ok(())
    }
}

/// A database.
pub(super) struct Bolt<'a> {
    bytes: &'a dyn ReadAt,
    page_size: u64,
    root: u64,
    /// Bytes that may still be read.
    left: Cell<u64>,
}

/// Keys with values or further buckets.
pub(super) enum Bucket {
    /// In a page of its own.
    At(u64),
    /// In its parent's value.
    Inside(Vec<u8>),
}

/// What a key leads to.
pub(super) enum Value {
    Bytes(Vec<u8>),
    Bucket(Bucket),
}

fn wrong(what: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.into())
}

fn number<const N: usize>(bytes: &[u8], at: usize) -> io::Result<u64> {
    let field = at.checked_add(N).and_then(|end| bytes.get(at..end));
    let field = field.ok_or_else(|| wrong("a page ends early"))?;
    Ok(field.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
}

impl<'a> Bolt<'a> {
    /// Opens a database at the newer of its two states that is whole.
    pub fn open(bytes: &'a dyn ReadAt) -> io::Result<Self> {
        let mut newest: Option<(u64, Self)> = None;
        // The second lies one page on, whose size is in the first, which may be damaged.
        for place in std::iter::once(0).chain((9..=16).map(|power| 1 << power)) {
            let mut page = [0; HEADER + META + 8];
            if bytes.read_at(&mut page, place).is_err() {
                break;
            }
            let Some((time, page_size, root)) = meta(&page) else { continue };
            if place != 0 && place != page_size {
                continue;
            }
            if newest.as_ref().is_none_or(|(other, _)| *other < time) {
                let left = Cell::new(MAX_READ);
                newest = Some((time, Self { bytes, page_size, root, left }));
            }
        }
        newest.map(|(_, bolt)| bolt).ok_or_else(|| wrong("no bbolt database of format 2"))
    }

    /// The bucket that holds all others.
    pub fn root(&self) -> Bucket {
        Bucket::At(self.root)
    }

    /// What a key leads to.
    pub fn get(&self, bucket: &Bucket, key: &[u8]) -> io::Result<Option<Value>> {
        let mut page = self.first(bucket)?;
        for _ in 0..MAX_DEPTH {
            let count = page.count()?;
            if page.is_leaf()? {
                for at in 0..count {
                    if page.key(at)? == key {
                        return page.value(at).map(Some);
                    }
                }
                return Ok(None);
            }
            let mut child = None;
            for at in 0..count {
                // The first child also holds what is before its key.
                if at > 0 && page.key(at)? > key {
                    break;
                }
                child = Some(page.child(at)?);
            }
            let Some(child) = child else { return Ok(None) };
            page = self.page(child)?;
        }
        Err(wrong("the pages lie too deep"))
    }

    /// A bucket below; `None` if there is none of this name.
    pub fn bucket(&self, bucket: &Bucket, key: &[u8]) -> io::Result<Option<Bucket>> {
        Ok(match self.get(bucket, key)? {
            Some(Value::Bucket(bucket)) => Some(bucket),
            _ => None,
        })
    }

    /// All keys of a bucket, in order.
    pub fn keys(&self, bucket: &Bucket) -> io::Result<Vec<Vec<u8>>> {
        self.collect(bucket, |page, at| Ok((page.key(at)?.to_vec(), 0)))
    }

    /// All keys of a bucket with what they lead to, in order.
    pub fn entries(&self, bucket: &Bucket) -> io::Result<Vec<(Vec<u8>, Value)>> {
        self.collect(bucket, |page, at| {
            let value = page.value(at)?;
            let length = match &value {
                Value::Bytes(bytes) | Value::Bucket(Bucket::Inside(bytes)) => bytes.len(),
                Value::Bucket(Bucket::At(_)) => 0,
            };
            Ok(((page.key(at)?.to_vec(), value), length))
        })
    }

    /// Something of each element in the leaves, in order; with it the bytes that it takes beside its key.
    fn collect<T>(
        &self,
        bucket: &Bucket,
        take: impl Fn(&Page, usize) -> io::Result<(T, usize)>,
    ) -> io::Result<Vec<T>> {
        let mut taken = Vec::new();
        let mut room = MAX_KEYS;
        let mut rest = Vec::new();
        let mut page = self.first(bucket)?;
        for _ in 0..MAX_PAGES {
            let (count, is_leaf) = (page.count()?, page.is_leaf()?);
            for at in 0..count {
                if is_leaf {
                    let (one, more) = take(&page, at)?;
                    let length = page.key(at)?.len() + more + 64;
                    room = room.checked_sub(length).ok_or_else(|| wrong("too many keys"))?;
                    taken.push(one);
                } else {
                    // From the last on, so that the first is taken next.
                    rest.push(page.child(count - 1 - at)?);
                }
            }
            match rest.pop() {
                Some(next) if rest.len() < MAX_PAGES => page = self.page(next)?,
                Some(_) => break,
                None => return Ok(taken),
            }
        }
        Err(wrong("too many pages"))
    }

    fn first(&self, bucket: &Bucket) -> io::Result<Page> {
        match bucket {
            Bucket::At(page) => self.page(*page),
            Bucket::Inside(bytes) => {
                self.take(bytes.len() as u64)?;
                Ok(Page(bytes.clone()))
            }
        }
    }

    /// Counts what is read.
    fn take(&self, bytes: u64) -> io::Result<()> {
        let left = self.left.get().checked_sub(bytes);
        self.left.set(left.ok_or_else(|| wrong("more is to be read than any real database asks"))?);
        Ok(())
    }

    fn page(&self, id: u64) -> io::Result<Page> {
        let place = id.checked_mul(self.page_size).ok_or_else(|| wrong("no such page"))?;
        let mut header = [0; HEADER];
        self.bytes.read_at(&mut header, place)?;
        if number::<8>(&header, 0)? != id {
            return Err(wrong(format!("page {id} is another one")));
        }
        let length = (number::<4>(&header, 12)? + 1) * self.page_size;
        if length > MAX_PAGE {
            return Err(wrong(format!("page {id} has {length} bytes, limit {MAX_PAGE}")));
        }
        self.take(length)?;
        let mut bytes = vec![0; usize::try_from(length).unwrap_or(0)];
        self.bytes.read_at(&mut bytes, place)?;
        Ok(Page(bytes))
    }
}

/// Transaction, size of pages and root of a meta page that is whole.
fn meta(page: &[u8]) -> Option<(u64, u64, u64)> {
    let meta = page.get(HEADER..)?;
    let field = |at| number::<4>(meta, at).ok();
    let is_ours = field(0)? == u64::from(MAGIC) && field(4)? == u64::from(FORMAT);
    let sum = meta.get(..META)?.iter().fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| {
        (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let page_size = field(8)?;
    let usual = page_size.is_power_of_two() && (512..=65536).contains(&page_size);
    let whole = is_ours && usual && number::<8>(meta, META).ok()? == sum;
    whole.then_some(())?;
    Some((number::<8>(meta, 48).ok()?, page_size, number::<8>(meta, 16).ok()?))
}

struct Page(Vec<u8>);

impl Page {
    fn is_leaf(&self) -> io::Result<bool> {
        match u16::try_from(number::<2>(&self.0, 8)?).unwrap_or(0) {
            LEAF => Ok(true),
            BRANCH => Ok(false),
            _ => Err(wrong("a page is neither branch nor leaf")),
        }
    }

    fn count(&self) -> io::Result<usize> {
        Ok(usize::try_from(number::<2>(&self.0, 10)?).unwrap_or(0))
    }

    /// A part of the page, counted from an element.
    fn part(&self, element: usize, position: u64, length: u64) -> io::Result<&[u8]> {
        let start = usize::try_from(position).ok().and_then(|at| element.checked_add(at));
        let end =
            start.zip(usize::try_from(length).ok()).and_then(|(at, long)| at.checked_add(long));
        start
            .zip(end)
            .and_then(|(start, end)| self.0.get(start..end))
            .ok_or_else(|| wrong("an element reaches out of its page"))
    }

    fn key(&self, at: usize) -> io::Result<&[u8]> {
        let element = HEADER + at * 16;
        let position = if self.is_leaf()? { element + 4 } else { element };
        self.part(element, number::<4>(&self.0, position)?, number::<4>(&self.0, position + 4)?)
    }

    fn child(&self, at: usize) -> io::Result<u64> {
        number::<8>(&self.0, HEADER + at * 16 + 8)
    }

    fn value(&self, at: usize) -> io::Result<Value> {
        let element = HEADER + at * 16;
        let position = number::<4>(&self.0, element + 4)? + number::<4>(&self.0, element + 8)?;
        let bytes = self.part(element, position, number::<4>(&self.0, element + 12)?)?;
        if number::<4>(&self.0, element)? & u64::from(BUCKET) == 0 {
            return Ok(Value::Bytes(bytes.to_vec()));
        }
        Ok(Value::Bucket(match number::<8>(bytes, 0)? {
            0 => Bucket::Inside(bytes.get(HEADER..).unwrap_or_default().to_vec()),
            page => Bucket::At(page),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::{Bolt, HEADER, META, Value};

    const SIZE: usize = 4096;

    fn page(id: u64, flags: u16, elements: &[(u32, &[u8], &[u8])]) -> Vec<u8> {
        let mut bytes = [&id.to_le_bytes()[..], &flags.to_le_bytes()].concat();
        bytes.extend((elements.len() as u16).to_le_bytes());
        bytes.extend([0; 4]);
        let mut data = Vec::new();
        for (at, (flags, key, value)) in elements.iter().enumerate() {
            let position = ((elements.len() - at) * 16 + data.len()) as u32;
            if super::LEAF == u16::from_le_bytes([bytes[8], bytes[9]]) {
                bytes.extend(
                    [*flags, position, key.len() as u32, value.len() as u32]
                        .map(u32::to_le_bytes)
                        .concat(),
                );
                data.extend([*key, *value].concat());
            } else {
                bytes.extend([position, key.len() as u32].map(u32::to_le_bytes).concat());
                bytes.extend(*value);
                data.extend(*key);
            }
        }
        bytes.extend(data);
        bytes
    }

    fn meta(id: u64, time: u64, root: u64) -> Vec<u8> {
        let mut meta = [super::MAGIC, super::FORMAT, SIZE as u32, 0].map(u32::to_le_bytes).concat();
        meta.extend([root, 0, 0, 0, time].map(u64::to_le_bytes).concat());
        let sum = meta.iter().fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| {
            (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        });
        assert_eq!(meta.len(), META);
        [page(id, 4, &[]), meta, sum.to_le_bytes().to_vec()].concat()
    }

    /// Two leaves below a branch; in the second a bucket inside its parent, and one of its own.
    fn database() -> Vec<u8> {
        let inside = page(0, 2, &[(0, b"digest", b"sha256:1")]);
        let inside = [vec![0; HEADER], inside].concat();
        let own = [5_u64, 0].map(u64::to_le_bytes).concat();
        let pages = [
            meta(0, 7, 2),
            meta(1, 6, 9),
            page(2, 1, &[(0, b"a", &3_u64.to_le_bytes()), (0, b"m", &4_u64.to_le_bytes())]),
            page(3, 2, &[(0, b"a", b"1"), (0, b"b", b"2")]),
            page(4, 2, &[(1, b"m", &inside), (1, b"n", &own)]),
            page(5, 2, &[(0, b"far", b"3")]),
        ];
        pages
            .into_iter()
            .flat_map(|mut page| {
                page.resize(SIZE, 0);
                page
            })
            .collect()
    }

    fn text(bytes: &[u8], path: &[&str]) -> std::io::Result<Option<String>> {
        let bolt = Bolt::open(&bytes)?;
        let (last, folders) = path.split_last().unwrap();
        let mut bucket = bolt.root();
        for folder in folders {
            let Some(below) = bolt.bucket(&bucket, folder.as_bytes())? else { return Ok(None) };
            bucket = below;
        }
        Ok(bolt.get(&bucket, last.as_bytes())?.map(|value| match value {
            Value::Bytes(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Value::Bucket(_) => "bucket".to_owned(),
        }))
    }

    #[test]
    fn keys_lead_through_branches_and_buckets() {
        let bytes = database();
        let get = |path: &[&str]| text(&bytes, path).unwrap();
        assert_eq!(get(&["a"]).unwrap(), "1");
        assert_eq!(get(&["b"]).unwrap(), "2");
        assert_eq!(get(&["m", "digest"]).unwrap(), "sha256:1");
        assert_eq!(get(&["n", "far"]).unwrap(), "3");
        assert_eq!(get(&["n"]).unwrap(), "bucket");
        for missing in [&["0"][..], &["c"], &["z"], &["m", "x"], &["a", "x"]] {
            assert_eq!(get(missing), None, "{missing:?}");
        }
        let slice = bytes.as_slice();
        let bolt = Bolt::open(&slice).unwrap();
        assert_eq!(bolt.keys(&bolt.root()).unwrap(), [b"a", b"b", b"m", b"n"]);
        let entries = bolt.entries(&bolt.root()).unwrap();
        let kinds = entries.iter().map(|(key, value)| match value {
            Value::Bytes(bytes) => (key[0], bytes.clone()),
            Value::Bucket(bucket) => (key[0], bolt.keys(bucket).unwrap().concat()),
        });
        let expected = [(b'a', "1"), (b'b', "2"), (b'm', "digest"), (b'n', "far")];
        assert!(kinds.eq(expected.map(|(key, text)| (key, text.as_bytes().to_vec()))));
    }

    #[test]
    fn damage_is_an_error_and_never_more() {
        let whole = database();
        assert!(text(&whole[..100], &["a"]).is_err() && text(b"", &["a"]).is_err());
        for at in (0..whole.len()).filter(|at| at % SIZE < 200) {
            for value in [0, 1, 0x7f, 0xff] {
                let mut bytes = whole.clone();
                bytes[at] = value;
                let _ = text(&bytes, &["m", "digest"]);
                let slice = bytes.as_slice();
                let _ = Bolt::open(&slice).and_then(|bolt| bolt.keys(&bolt.root()));
            }
        }
        // A branch that leads to itself.
        let mut bytes = whole;
        bytes[2 * SIZE + HEADER + 8] = 2;
        assert!(text(&bytes, &["a"]).is_err());
        let slice = bytes.as_slice();
        let bolt = Bolt::open(&slice).unwrap();
        assert!(bolt.keys(&bolt.root()).is_err());
    }

    #[test]
    fn a_large_page_that_is_everywhere_is_not_read_for_ever() {
        let to_page = 3_u64.to_le_bytes();
        let children = vec![(0, &b"a"[..], &to_page[..]); 200];
        let mut large = page(3, 2, &[(0, b"a", b"1")]);
        let more = super::MAX_PAGE / SIZE as u64 - 1;
        large[12..HEADER].copy_from_slice(&(more as u32).to_le_bytes());
        large.resize(super::MAX_PAGE as usize, 0);
        let pages = [meta(0, 7, 2), meta(1, 6, 9), page(2, 1, &children), large];
        let whole = pages.into_iter().flat_map(|mut page| {
            page.resize(page.len().max(SIZE), 0);
            page
        });
        let bytes: Vec<u8> = whole.collect();
        let slice = bytes.as_slice();
        let bolt = Bolt::open(&slice).unwrap();
        let error = bolt.keys(&bolt.root()).unwrap_err();
        assert!(error.to_string().contains("more is to be read"), "{error}");
    }
}
