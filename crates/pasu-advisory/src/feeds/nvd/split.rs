//! Cuts the elements of one array out of a JSON document that is too large to hold.
//!
//! Only strings and brackets are understood here; what an element means, and whether it is JSON at all, its own parser says. So a malformed
//! element does not stop the ones after it, and its size is known before it is held.

use crate::feeds::FeedError;
use std::io::{BufRead, BufReader, Read};

/// Largest element held; the largest record of the NVD has about 1 MB.
const MAX_ELEMENT: usize = 16 << 20;

/// Most bytes in front of the array.
const MAX_HEAD: u64 = 1 << 20;

/// What [`Splitter::next_element`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece {
    /// The buffer holds it.
    Whole,
    /// It is larger than is held; the buffer is of no use.
    TooLarge,
}

pub(super) struct Splitter<R> {
    reader: BufReader<R>,
    offset: u64,
    elements: u64,
    ended: bool,
}

/// Follows strings, quoting and nesting.
#[derive(Default)]
struct Scan {
    depth: u64,
    in_string: bool,
    quoted: bool,
}

impl Scan {
    /// Takes one byte; true if it stands outside strings.
    fn take(&mut self, byte: u8) -> bool {
        if self.in_string {
            match byte {
                _ if self.quoted => self.quoted = false,
                b'\\' => self.quoted = true,
                b'"' => self.in_string = false,
                _ => {}
            }
            return false;
        }
        match byte {
            b'"' => self.in_string = true,
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        true
    }
}

impl<R: Read> Splitter<R> {
    pub(super) fn new(reader: R) -> Self {
        let reader = BufReader::with_capacity(128 << 10, reader);
        Self { reader, offset: 0, elements: 0, ended: false }
    }

    /// Elements seen, the current one included.
    pub(super) fn elements(&self) -> u64 {
        self.elements
    }

    /// Moves behind the `[` of the array that has this key in the outermost object.
    pub(super) fn find_array(&mut self, key: &str) -> Result<(), FeedError> {
        let wanted = format!("\"{key}\":[");
        let mut scan = Scan::default();
        let mut recent = Vec::new();
        while let Some(byte) = self.next_byte()? {
            let outside = scan.take(byte);
            if outside && byte.is_ascii_whitespace() {
                continue;
            }
            if outside && matches!(byte, b',' | b'{') {
                recent.clear();
            } else if recent.len() <= wanted.len() {
                recent.push(byte);
            }
            if outside && byte == b'[' && scan.depth == 2 && recent == wanted.as_bytes() {
                return Ok(());
            }
            if self.offset > MAX_HEAD {
                break;
            }
        }
        if self.offset > 0 && scan.depth > 0 && self.offset <= MAX_HEAD {
            return Err(self.truncated());
        }
        Err(FeedError::Format { feed: "NVD", reason: format!("no array {key:?}") })
    }

    fn next_byte(&mut self) -> Result<Option<u8>, FeedError> {
        let byte = self.fill()?.first().copied();
        if byte.is_some() {
            self.consume(1);
        }
        Ok(byte)
    }

    /// Puts the next element into the buffer; `None` behind the end of the array.
    pub(super) fn next_element(
        &mut self,
        buffer: &mut Vec<u8>,
    ) -> Result<Option<Piece>, FeedError> {
        buffer.clear();
        if self.ended {
            return Ok(None);
        }
        let mut scan = Scan::default();
        let mut length = 0_usize;
        loop {
            let chunk = self.fill()?;
            if chunk.is_empty() {
                return Err(self.truncated());
            }
            let (used, end) = scan_chunk(&mut scan, chunk);
            let text = chunk.get(end.kept_range(used)).unwrap_or_default();
            let text = if length == 0 { text.trim_ascii_start() } else { text };
            length = length.saturating_add(text.len());
            if length <= MAX_ELEMENT {
                buffer.extend_from_slice(text);
            }
            self.consume(used);
            if end == End::Stray {
                return Err(self.stray());
            }
            if end == End::Array {
                self.finish()?;
            }
            match end {
                End::Open => {}
                End::Array if length == 0 => return Ok(None),
                End::Separator if length == 0 => scan = Scan::default(),
                End::Array | End::Separator | End::Element | End::Stray => {
                    self.elements += 1;
                    let fits = length <= MAX_ELEMENT;
                    return Ok(Some(if fits { Piece::Whole } else { Piece::TooLarge }));
                }
            }
        }
    }

    /// Reads what follows the array. Anything but the rest of one object means that the array did not really end there.
    fn finish(&mut self) -> Result<(), FeedError> {
        self.ended = true;
        let mut scan = Scan { depth: 1, ..Scan::default() };
        while let Some(byte) = self.next_byte()? {
            if scan.depth == 0 && !byte.is_ascii_whitespace() {
                return Err(self.stray());
            }
            scan.take(byte);
        }
        if scan.depth == 0 { Ok(()) } else { Err(self.truncated()) }
    }

    fn stray(&self) -> FeedError {
        let (offset, record) = (self.offset, self.elements);
        let reason = format!("brackets do not match near byte {offset}, after record {record}");
        FeedError::Format { feed: "NVD", reason }
    }

    fn truncated(&self) -> FeedError {
        FeedError::Truncated { record: self.elements + 1, offset: self.offset }
    }

    fn fill(&mut self) -> Result<&[u8], FeedError> {
        let (records, offset) = (self.elements, self.offset);
        self.reader.fill_buf().map_err(|source| FeedError::from_read(records, offset, source))
    }

    fn consume(&mut self, bytes: usize) {
        self.reader.consume(bytes);
        self.offset += bytes as u64;
    }
}

/// Where an element ends in a chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// Not in this chunk.
    Open,
    /// With its closing bracket.
    Element,
    /// At a comma, which is not part of it.
    Separator,
    /// At the end of the array, which is not part of it.
    Array,
    /// A bracket that closes nothing.
    Stray,
}

impl End {
    /// The bytes that belong to the element.
    fn kept_range(self, used: usize) -> std::ops::Range<usize> {
        match self {
            Self::Open | Self::Element => 0..used,
            Self::Separator | Self::Array | Self::Stray => 0..used.saturating_sub(1),
        }
    }
}

/// Scans until the element ends; returns the bytes used.
fn scan_chunk(scan: &mut Scan, chunk: &[u8]) -> (usize, End) {
    for (index, &byte) in chunk.iter().enumerate() {
        let depth = scan.depth;
        if !scan.take(byte) {
            continue;
        }
        let end = match byte {
            b',' if depth == 0 => End::Separator,
            b']' if depth == 0 => End::Array,
            b'}' if depth == 0 => End::Stray,
            b']' | b'}' if depth == 1 => End::Element,
            _ => continue,
        };
        return (index + 1, end);
    }
    (chunk.len(), End::Open)
}
