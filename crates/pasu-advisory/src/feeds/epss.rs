//! FIRST's EPSS scores, `epss_scores-current.csv`:
//!
//! ```text
//! #model_version:v2025.03.14,score_date:2026-08-16T00:00:00Z
//! cve,epss,percentile
//! CVE-1999-0001,0.03351,0.8765
//! ```

use super::{FeedCount, FeedError};
use std::io::{BufRead, Read};

/// Longest line accepted; real ones have about 40 bytes.
const MAX_LINE: u64 = 1024;

/// What the first line says of the scores.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EpssMeta {
    /// `v2025.03.14`.
    pub model_version: Option<String>,
    /// The day of the scores, as written: `2026-08-16T00:00:00Z`.
    pub score_date: Option<String>,
}

/// Reads unpacked scores and gives each CVE with its score and percentile, both 0.0 to 1.0.
///
/// # Errors
/// If the bytes can't be read or the header line is not that of the scores.
pub fn read(
    mut reader: impl BufRead,
    each: &mut dyn FnMut(&str, f32, f32),
) -> Result<(EpssMeta, FeedCount), FeedError> {
    let mut meta = EpssMeta::default();
    let mut count = FeedCount::default();
    let mut columns = None;
    let mut lines = Lines { reader: &mut reader, offset: 0, number: 0, buffer: Vec::new() };
    while let Some(line) = lines.next(&count)? {
        let number = lines.number;
        let Some(line) = line.as_deref().map(str::trim_end) else {
            count.skip(|| format!("line {number}: too long or not UTF-8"));
            continue;
        };
        match (line.strip_prefix('#'), &columns) {
            (Some(comment), _) => meta.read(comment),
            (None, None) => columns = Some(Columns::find(line)?),
            (None, Some(_)) if line.is_empty() => {}
            (None, Some(columns)) => match columns.row(line) {
                Some((cve, score, percentile)) => {
                    each(cve, score, percentile);
                    count.take(None);
                }
                None => {
                    count.skip(|| format!("line {number}: not a CVE and two shares: {line:.60}"))
                }
            },
        }
    }
    if columns.is_none() {
        return Err(FeedError::Format { feed: "EPSS", reason: "no header line".to_owned() });
    }
    count.newest.clone_from(&meta.score_date);
    Ok((meta, count))
}

impl EpssMeta {
    fn read(&mut self, comment: &str) {
        for pair in comment.split(',') {
            match pair.trim().split_once(':') {
                Some(("model_version", value)) => self.model_version = Some(value.to_owned()),
                Some(("score_date", value)) => self.score_date = Some(value.to_owned()),
                _ => {}
            }
        }
    }
}

/// Where the columns stand.
struct Columns {
    cve: usize,
    epss: usize,
    percentile: usize,
}

impl Columns {
    fn find(header: &str) -> Result<Self, FeedError> {
        let position = |name: &str| {
            header.split(',').position(|column| column.trim() == name).ok_or_else(|| {
                FeedError::Format {
                    feed: "EPSS",
                    reason: format!("no column {name} in the header {header:.60}"),
                }
            })
        };
        Ok(Self {
            cve: position("cve")?,
            epss: position("epss")?,
            percentile: position("percentile")?,
        })
    }

    fn row<'a>(&self, line: &'a str) -> Option<(&'a str, f32, f32)> {
        let field = |index| line.split(',').nth(index).map(str::trim);
        let share =
            |index| field(index)?.parse::<f32>().ok().filter(|share| (0.0..=1.0).contains(share));
        let cve = field(self.cve).filter(|cve| cve.starts_with("CVE-"))?;
        Some((cve, share(self.epss)?, share(self.percentile)?))
    }
}

/// Lines of limited length.
struct Lines<'r, R> {
    reader: &'r mut R,
    offset: u64,
    number: u64,
    buffer: Vec<u8>,
}

impl<R: BufRead> Lines<'_, R> {
    /// The next line; an inner `None` for one that is too long or no text; `None` at the end.
    fn next(&mut self, count: &FeedCount) -> Result<Option<Option<String>>, FeedError> {
        let (records, offset) = (count.records, self.offset);
        let read = self.fill().map_err(|source| FeedError::from_read(records, offset, source))?;
        if read == 0 {
            return Ok(None);
        }
        self.number += 1;
        let whole = self.buffer.ends_with(b"\n") || (read as u64) < MAX_LINE;
        if !whole {
            self.reader.skip_until(b'\n').map_err(|source| FeedError::Read {
                records,
                offset,
                source,
            })?;
            return Ok(Some(None));
        }
        Ok(Some(str::from_utf8(&self.buffer).ok().map(ToOwned::to_owned)))
    }

    fn fill(&mut self) -> std::io::Result<usize> {
        self.buffer.clear();
        let read = self.reader.by_ref().take(MAX_LINE).read_until(b'\n', &mut self.buffer)?;
        self.offset += read as u64;
        Ok(read)
    }
}
