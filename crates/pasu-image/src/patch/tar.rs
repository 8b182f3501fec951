//! Writing tar archives whose bytes follow from their entries alone: ustar, with PAX records only where a field is too
//! small.

use std::io::{self, Read, Write};
use tar::{EntryType, Header};

/// What a header says.
#[derive(Debug, Clone)]
pub(crate) struct TarEntry<'a> {
    pub path: &'a [u8],
    pub link: &'a [u8],
    pub kind: EntryType,
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
    pub size: u64,
    /// Seconds since 1970; earlier times become 0.
    pub modified: i64,
    pub xattrs: &'a [(String, Vec<u8>)],
}

/// The largest number in a field of seven octal digits.
const OCTAL7: u32 = 0o777_7777;

/// Writes an entry's headers.
pub(crate) fn write_header(to: &mut impl Write, entry: &TarEntry<'_>) -> io::Result<()> {
    let mut records = Vec::new();
    let place = place(entry.path);
    if place.is_none() {
        record(&mut records, "path", entry.path);
    }
    if entry.link.len() > 100 {
        record(&mut records, "linkpath", entry.link);
    }
    for (name, id) in [("uid", entry.uid), ("gid", entry.gid)] {
        if id > OCTAL7 {
            record(&mut records, name, id.to_string().as_bytes());
        }
    }
    for (name, value) in entry.xattrs {
        record(&mut records, &format!("SCHILY.xattr.{name}"), value);
    }
    if !records.is_empty() {
        let name = b"././@PaxHeader";
        let pax = TarEntry {
            path: name,
            link: b"",
            kind: EntryType::XHeader,
            mode: 0o644,
            uid: 0,
            gid: 0,
            size: records.len() as u64,
            modified: 0,
            xattrs: &[],
        };
        to.write_all(&block(&pax, (b"", name))?)?;
        to.write_all(&records)?;
        pad(to, records.len() as u64)?;
    }
    let cut = &entry.path[..entry.path.len().min(100)];
    to.write_all(&block(entry, place.unwrap_or((b"", cut)))?)
}

/// Copies an entry's content, which must be as long as its header said.
pub(crate) fn write_content(
    to: &mut impl Write,
    from: &mut impl Read,
    size: u64,
) -> io::Result<()> {
    let copied = io::copy(&mut from.take(size), to)?;
    if copied < size {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    pad(to, size)
}

/// Fills the block that content ended in.
pub(crate) fn pad(to: &mut impl Write, size: u64) -> io::Result<()> {
    let short = size.next_multiple_of(512) - size;
    io::copy(&mut io::repeat(0).take(short), to).map(drop)
}

/// Ends the archive.
pub(crate) fn finish(to: &mut impl Write) -> io::Result<()> {
    to.write_all(&[0; 1024])
}

/// One header block, its name being split already.
fn block(entry: &TarEntry<'_>, (prefix, name): (&[u8], &[u8])) -> io::Result<[u8; 512]> {
    let mut header = Header::new_ustar();
    header.set_entry_type(entry.kind);
    header.set_mode(entry.mode);
    header.set_uid(u64::from(entry.uid.min(OCTAL7)));
    header.set_gid(u64::from(entry.gid.min(OCTAL7)));
    header.set_size(entry.size);
    header.set_mtime(u64::try_from(entry.modified).unwrap_or(0));
    let fields = header.as_ustar_mut().ok_or_else(|| io::Error::other("not a ustar header"))?;
    fill(&mut fields.name, name);
    fill(&mut fields.prefix, prefix);
    fill(&mut fields.linkname, entry.link);
    header.set_cksum();
    Ok(*header.as_bytes())
}

fn fill(field: &mut [u8], bytes: &[u8]) {
    let length = bytes.len().min(field.len());
    field[..length].copy_from_slice(&bytes[..length]);
}

/// Splits a path into the two fields of ustar; `None` if it does not fit.
fn place(path: &[u8]) -> Option<(&[u8], &[u8])> {
    if path.len() <= 100 {
        return Some((b"", path));
    }
    let slash = path.iter().enumerate().skip(path.len() - 101);
    let (at, _) = slash.take(156).find(|(at, byte)| **byte == b'/' && *at > 0 && *at <= 155)?;
    let name = &path[at + 1..];
    (!name.is_empty()).then_some((&path[..at], name))
}

/// Adds a PAX record: `LENGTH KEY=VALUE` and a line end, the length counting itself.
fn record(records: &mut Vec<u8>, key: &str, value: &[u8]) {
    let rest = key.len() + value.len() + 3;
    let mut length = rest + 1;
    while rest + length.to_string().len() != length {
        length = rest + length.to_string().len();
    }
    records.extend_from_slice(format!("{length} {key}=").as_bytes());
    records.extend_from_slice(value);
    records.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::{TarEntry, finish, write_content, write_header};
    use crate::layer::{Forward, TarReader};
    use tar::EntryType;

    #[test]
    fn what_is_written_is_read_again() {
        let long = [b"d/".repeat(60), b"f".repeat(90)].concat();
        let longer = b"x".repeat(300);
        let exact = [b"p".repeat(155), b"/".to_vec(), b"n".repeat(100)].concat();
        let xattrs = [("security.capability".to_owned(), vec![1, 0, b'\n', 255])];
        let mut bytes = Vec::new();
        let paths: [&[u8]; 4] = [b"a", &long, &longer, &exact];
        for path in paths {
            let entry = TarEntry {
                path,
                link: b"",
                kind: EntryType::Regular,
                mode: 0o4755,
                uid: 3_000_000,
                gid: 7,
                size: 3,
                modified: 1_700_000_000,
                xattrs: &xattrs,
            };
            write_header(&mut bytes, &entry).unwrap();
            write_content(&mut bytes, &mut &b"abc"[..], 3).unwrap();
        }
        finish(&mut bytes).unwrap();
        let mut reader = TarReader::new(Forward(&bytes[..]));
        for path in paths {
            let item = reader.next_item().unwrap().unwrap();
            assert_eq!(item.path, path);
            assert_eq!((item.mode, item.uid, item.gid, item.size), (0o4755, 3_000_000, 7, 3));
            assert_eq!(item.xattrs, xattrs);
        }
        assert!(reader.next_item().unwrap().is_none());
    }
}
