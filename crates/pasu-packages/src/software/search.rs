//! Searches a file for the version that a product's build leaves in it, in one pass and in constant memory.

use super::product::{Mark, Product};
use super::version::Version;
use crate::DetectError;
use memchr::memchr_iter;
use memchr::memmem::Finder;
use pasu_system::SystemFile;

/// How much is searched at once.
const CHUNK: usize = 1 << 20;
/// How much of a chunk is seen again with the next, so that nothing is lost at its end.
const OVERLAP: usize = 512;
/// How far into a file is searched; the largest known executable, a debug build of mysqld, has about 400 MB.
const MAX_SEARCHED: u64 = 512 << 20;
/// The longest version with the marks of its build.
const MAX_VERSION: usize = 80;

/// A version and the bytes it was read from.
pub type Hit = (Version, String);

/// The version of a product in a file; `None` if the file is not the product. `series` are the first numbers of the
/// version, as far as the file's name says them.
pub fn search(
    file: &dyn SystemFile,
    product: &Product,
    series: Vec<u32>,
) -> Result<Option<Hit>, DetectError> {
    let mut search = Search::new(product, series);
    let mut chunk = vec![0; CHUNK + OVERLAP];
    let (mut kept, mut offset) = (0, 0);
    loop {
        let read = fill(file, chunk.get_mut(kept..).unwrap_or_default(), offset)?;
        let filled = kept + read;
        search.look(chunk.get(..filled).unwrap_or_default());
        if search.is_decided() || read < chunk.len() - kept {
            break;
        }
        offset += read as u64;
        if offset >= MAX_SEARCHED {
            return Err(DetectError::Limit(format!(
                "searched only the first {MAX_SEARCHED} bytes"
            )));
        }
        kept = OVERLAP.min(filled);
        chunk.copy_within(filled - kept..filled, 0);
    }
    Ok(search.outcome())
}

fn fill(file: &dyn SystemFile, buffer: &mut [u8], offset: u64) -> Result<usize, DetectError> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match file.read_at(rest, offset + filled as u64) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(filled)
}

struct Search<'p> {
    product: &'p Product,
    series: Vec<u32>,
    mark: Option<Finder<'p>>,
    also: Vec<Finder<'p>>,
    without: Vec<Finder<'p>>,
    hit: Option<Hit>,
    refused: bool,
}

impl<'p> Search<'p> {
    fn new(product: &'p Product, series: Vec<u32>) -> Self {
        let mark = match product.version {
            Mark::After(text) | Mark::AfterWithDate(text) | Mark::Before(text) => {
                Some(Finder::new(text))
            }
            Mark::Highest(_) => None,
        };
        Self {
            product,
            series,
            mark,
            also: product.also.iter().map(Finder::new).collect(),
            without: product.without.iter().map(Finder::new).collect(),
            hit: None,
            refused: false,
        }
    }

    fn look(&mut self, chunk: &[u8]) {
        self.also.retain(|finder| finder.find(chunk).is_none());
        self.refused |= self.without.iter().any(|finder| finder.find(chunk).is_some());
        let found = match (&self.mark, &self.product.version) {
            (None, Mark::Highest(majors)) => self.highest(chunk, majors),
            (Some(finder), mark) if self.hit.is_none() => {
                finder.find_iter(chunk).find_map(|at| self.read(chunk, at, mark))
            }
            _ => None,
        };
        if let Some(found) = found
            && self.hit.as_ref().is_none_or(|hit| hit.0.numbers() < found.0.numbers())
        {
            self.hit = Some(found);
        }
    }

    /// Whether the rest of the file can change nothing.
    fn is_decided(&self) -> bool {
        let hit = self.hit.is_some() && self.mark.is_some();
        self.refused || (hit && self.also.is_empty() && self.without.is_empty())
    }

    fn outcome(self) -> Option<Hit> {
        self.hit.filter(|_| self.also.is_empty() && !self.refused)
    }

    /// The version at a mark, if one is whole there.
    fn read(&self, chunk: &[u8], at: usize, mark: &Mark) -> Option<Hit> {
        match mark {
            Mark::After(text) => {
                let (version, after) = self.version_at(chunk, at + text.len())?;
                matches!(after.first(), Some(b'\0' | b' ' | b'\n' | b')')).then_some(())?;
                let text = text.trim_start();
                Some((version.0, format!("{text}{}", version.1)))
            }
            Mark::AfterWithDate(text) => {
                let (version, after) = self.version_at(chunk, at + text.len())?;
                let date = after.trim_ascii_start().first()?;
                (after.starts_with(b" ") && date.is_ascii_digit()).then_some(())?;
                Some((version.0, format!("{text}{}", version.1)))
            }
            Mark::Before(text) => {
                let before = chunk.get(at.saturating_sub(MAX_VERSION)..at)?;
                let start = before.iter().rposition(|b| !b.is_ascii_digit() && *b != b'.')?;
                matches!(before.get(start), Some(b'\0' | b'-')).then_some(())?;
                let raw = std::str::from_utf8(before.get(start + 1..)?).ok()?;
                let version = Version::parse(raw, &self.product.grammar)?;
                Some((version, format!("{raw}{text}")))
            }
            Mark::Highest(_) => None,
        }
    }

    /// The highest version that is a C string of its own, or the end of one: linkers let `3.11.7` share the bytes of
    /// `/opt/python/3.11.7`.
    fn highest(&self, chunk: &[u8], majors: &[u32]) -> Option<Hit> {
        let texts = memchr_iter(0, chunk).filter_map(|end| self.last_word(chunk.get(..end)?));
        let hits = texts.filter_map(|raw| Some((Version::parse(raw, &self.product.grammar)?, raw)));
        hits.filter(|(version, raw)| {
            let numbers = version.numbers();
            // A version with the marks of a build could be that of any library.
            let whole = version.text().len() == raw.trim_end_matches('+').len();
            let known = numbers.first().is_some_and(|major| majors.contains(major));
            whole && known && numbers.len() == 3 && numbers.starts_with(&self.series)
        })
        .max_by_key(|(version, _)| version.numbers())
        .map(|(version, raw)| (version, raw.to_owned()))
    }

    /// The word at the end of a C string, if it begins with a digit and may be the product's version. Behind a hyphen
    /// stand versions of other things (`jemalloc-5.3.0`): they count only if the file's name says which to look for.
    fn last_word<'c>(&self, text: &'c [u8]) -> Option<&'c str> {
        text.last().filter(|byte| byte.is_ascii_digit() || **byte == b'+')?;
        let text = text.get(text.len().saturating_sub(MAX_VERSION)..)?;
        let separator =
            text.iter().rposition(|byte| !byte.is_ascii_alphanumeric() && !b".+".contains(byte))?;
        let sure = matches!(text.get(separator), Some(b'\0' | b'/')) || self.series.len() > 1;
        let word = text
            .get(separator + 1..)
            .filter(|word| sure && word.first().is_some_and(u8::is_ascii_digit))?;
        std::str::from_utf8(word).ok()
    }

    /// The version that begins at an offset with its text, and what follows it.
    fn version_at<'c>(&self, chunk: &'c [u8], at: usize) -> Option<(Hit, &'c [u8])> {
        let rest = chunk.get(at..)?;
        let length = rest.iter().take(MAX_VERSION).position(|byte| !is_part(*byte))?;
        let (raw, after) = rest.split_at_checked(length)?;
        let raw = std::str::from_utf8(raw).ok()?;
        let version = Version::parse(raw, &self.product.grammar)?;
        Some(((version, raw.to_owned()), after))
    }
}

fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'+' | b'-' | b'~')
}
