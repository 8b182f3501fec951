//! A package file of Alpine's (apk v2): gzip members one after the other, each a tar: the signature of the second, the
//! control files (`.PKGINFO`, scripts), the files. The control's `datahash` vouches for the last.

use super::super::deb::Control;
use super::super::spool::hex;
use super::translate::translated;
use crate::layer::{Forward, TarItem, TarReader, normalise};
use flate2::bufread::GzDecoder;
use ring::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use std::io::{self, BufRead, BufReader, Read};
use tar::EntryType;

/// Bytes of the signature's and the control's member, unpacked.
const MAX_CONTROL: u64 = 64 << 20;
/// Bytes of the files, unpacked.
const MAX_DATA: u64 = 8 << 30;
const MAX_FILES: usize = 1_000_000;

/// The first members of a package or an index.
pub(crate) struct Members {
    /// `SIGN.RSA.name` and the signature, where there is one.
    pub signature: Option<(String, Vec<u8>)>,
    /// The bytes of the member that is signed, as stored.
    pub signed: Vec<u8>,
    /// The files in it.
    pub files: Vec<(String, Vec<u8>)>,
}

/// A reader that notes the bytes that are taken from it.
struct Tap<R> {
    inner: BufReader<R>,
    sha256: Context,
    /// The bytes themselves, where they are wanted.
    taken: Option<Vec<u8>>,
}

impl<R: Read> Read for Tap<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut available = self.fill_buf()?;
        let read = available.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

impl<R: Read> BufRead for Tap<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.taken.as_ref().is_some_and(|taken| taken.len() as u64 > MAX_CONTROL) {
            return Err(malformed(format!("control files of more than {MAX_CONTROL} bytes")));
        }
        self.inner.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        let bytes = &self.inner.buffer()[..amount.min(self.inner.buffer().len())];
        self.sha256.update(bytes);
        if let Some(taken) = &mut self.taken {
            taken.extend_from_slice(bytes);
        }
        self.inner.consume(amount);
    }
}

fn malformed(what: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.into())
}

/// The files of one member, which may lack the end of a tar archive.
fn member<R: Read>(tap: &mut Tap<R>) -> io::Result<Vec<(String, Vec<u8>)>> {
    if tap.fill_buf()?.starts_with(b"ADB") {
        let message = "a package of apk v3, which Pasu does not read";
        return Err(io::Error::new(io::ErrorKind::Unsupported, message));
    }
    tap.taken = Some(Vec::new());
    let mut bytes = Vec::new();
    GzDecoder::new(&mut *tap).take(MAX_CONTROL + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_CONTROL {
        return Err(malformed(format!("control files of more than {MAX_CONTROL} bytes")));
    }
    let mut tar = TarReader::new(Forward(&bytes[..]));
    let mut files = Vec::new();
    while let Some(item) = tar.next_item()? {
        if files.len() > 1000 {
            return Err(malformed("more than 1000 control files"));
        }
        let mut content = Vec::new();
        Content { tar: &mut tar, item: &item }.read_to_end(&mut content)?;
        files.push((String::from_utf8_lossy(&item.path).into_owned(), content));
    }
    Ok(files)
}

/// Reads the signature and what it signs.
pub(crate) fn members(reader: impl Read) -> io::Result<Members> {
    read_members(&mut tap(reader))
}

fn tap<R: Read>(reader: R) -> Tap<R> {
    let inner = BufReader::with_capacity(64 << 10, reader);
    Tap { inner, sha256: Context::new(&SHA256), taken: None }
}

fn read_members<R: Read>(tap: &mut Tap<R>) -> io::Result<Members> {
    let mut files = member(tap)?;
    let signs = |(name, _): &(String, Vec<u8>)| name.starts_with(".SIGN.");
    let mut signature = None;
    if files.first().is_some_and(signs) {
        let (name, bytes) = files.swap_remove(0);
        signature = Some((name.trim_start_matches('.').to_owned(), bytes));
        files = member(tap)?;
    }
    Ok(Members { signature, signed: tap.taken.take().unwrap_or_default(), files })
}

/// Reads what a package says of itself, relations in Debian's form.
///
/// # Errors
///
/// Bytes that are no package of apk v2, or break a limit.
pub fn read_control(reader: impl Read) -> io::Result<Control> {
    control(&read_members(&mut tap(reader))?)
}

fn control(members: &Members) -> io::Result<Control> {
    let info = members.files.iter().find(|(name, _)| name == ".PKGINFO");
    let (_, raw) = info.ok_or_else(|| malformed("the package has no .PKGINFO"))?;
    let mut stanza = translated(raw);
    for field in ["Package", "Version", "Architecture"] {
        let value = stanza.text(field);
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"+-._".contains(&byte);
        if value.is_empty() || value.starts_with('.') || !value.bytes().all(plain) {
            return Err(malformed(format!("no usable {field}: {value:?}")));
        }
    }
    stanza.set("Checksum", checksum(&members.signed));
    let newest = stanza.text("Built").parse().unwrap_or_default();
    let scripts = members.files.iter().filter(|(name, _)| name != ".PKGINFO");
    let name = |name: &String| name.trim_start_matches('.').to_owned();
    let files = scripts.map(|(script, bytes)| (name(script), bytes.clone())).collect();
    Ok(Control { stanza, raw: raw.clone(), files, newest })
}

/// SHA-1 as apk writes it.
pub(crate) fn checksum(bytes: &[u8]) -> String {
    quoted(digest(&SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref())
}

/// A SHA-1 sum as apk writes it: `Q1` and base64.
pub(super) fn quoted(sum: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = "Q1".to_owned();
    for chunk in sum.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4 {
            let index = (bits >> (18 - 6 * at) & 63) as usize;
            text.push(if at > chunk.len() { '=' } else { char::from(ALPHABET[index]) });
        }
    }
    text
}

/// Shows a package's files one after the other; `expected` is the checksum of its control.
///
/// # Errors
///
/// As [`read_control`], files that the control does not vouch for, and those of `visit`.
pub(super) fn read_data<E: From<io::Error>>(
    reader: impl Read,
    expected: &str,
    mut visit: impl FnMut(&TarItem, &mut dyn Read) -> Result<(), E>,
) -> Result<(), E> {
    let mut tap = tap(reader);
    let members = read_members(&mut tap)?;
    if checksum(&members.signed) != expected {
        return Err(malformed("it is not the file whose control was read").into());
    }
    let info = control(&members)?;
    tap.sha256 = Context::new(&SHA256);
    {
        let unpacked = super::super::unpack::unpack(&mut tap, MAX_DATA)?;
        let mut tar = TarReader::new(Forward(unpacked));
        let mut files = 0;
        while let Some(mut item) = tar.next_item()? {
            files += 1;
            if files > MAX_FILES || item.sparse {
                return Err(malformed("too many files, or one with holes").into());
            }
            let shown = String::from_utf8_lossy(&item.path).into_owned();
            let out = || malformed(format!("{shown:?} leads out of the tree by `..`"));
            item.path = normalise(&item.path).ok_or_else(out)?;
            if item.kind == Some(EntryType::Link) {
                item.link = normalise(&item.link).ok_or_else(out)?;
            }
            visit(&item, &mut Content { tar: &mut tar, item: &item })?;
        }
        io::copy(&mut tar.into_inner(), &mut io::sink())?;
    }
    io::copy(&mut tap, &mut io::sink())?;
    let actual = hex(tap.sha256.finish().as_ref());
    let stated = info.stanza.text("Data-Hash");
    if stated != actual {
        return Err(
            malformed(format!("its files have the SHA-256 sum {actual}, not {stated}")).into()
        );
    }
    Ok(())
}

/// The content of the item read last.
struct Content<'a, R> {
    tar: &'a mut TarReader<R>,
    item: &'a TarItem,
}

impl<R: crate::layer::Skip> Read for Content<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.tar.read_content(self.item, buffer)
    }
}
