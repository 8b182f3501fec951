//! The NVD's JSON 2.0: yearly feed files (`nvdcve-2.0-2023.json`), `recent`, `modified` and answers of its API, unpacked.
//!
//! ```json
//! {"format": "NVD_CVE", "version": "2.0", "vulnerabilities": [
//!   {"cve": {"id": "CVE-2023-38408", "published": "2023-07-20T03:15:10.170", "metrics": {}, "configurations": []}}]}
//! ```

mod convert;
mod meta;
mod record;
mod split;
#[cfg(test)]
mod tests;
mod wire;

pub use meta::FeedMeta;
pub use record::{Affected, AffectedChange, AffectedVersion, NvdRecord};

use super::{FeedCount, FeedError};
use split::{Piece, Splitter};
use std::io::Read;

/// Reads a feed record by record; memory is that of the largest record, at most 16 MiB of text.
///
/// # Errors
/// If the bytes can't be read, end too early, or hold no `vulnerabilities`. Records before that were given to `each`.
pub fn read(reader: impl Read, each: &mut dyn FnMut(NvdRecord)) -> Result<FeedCount, FeedError> {
    let mut splitter = Splitter::new(reader);
    let mut count = FeedCount::default();
    splitter.find_array("vulnerabilities")?;
    let mut buffer = Vec::new();
    while let Some(piece) = splitter.next_element(&mut buffer)? {
        let number = splitter.elements();
        let record = match piece {
            Piece::Whole => parse(&buffer),
            Piece::TooLarge => Err("too large".to_owned()),
        };
        match record {
            Ok(record) => {
                count.take(record.modified.as_deref());
                each(record);
            }
            Err(problem) => count.skip(|| format!("record {number}: {problem}")),
        }
    }
    Ok(count)
}

fn parse(bytes: &[u8]) -> Result<NvdRecord, String> {
    let item: wire::Item<'_> = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let id = item.cve.id.clone();
    convert::record(item.cve).map_err(|problem| format!("{id:.40}: {problem}"))
}
