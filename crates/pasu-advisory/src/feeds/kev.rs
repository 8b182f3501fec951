//! CISA's catalogue, `known_exploited_vulnerabilities.json`:
//!
//! ```json
//! {"catalogVersion": "2026.08.21", "dateReleased": "2026-08-21T17:46:43.6019Z", "vulnerabilities": [
//!   {"cveID": "CVE-2021-44228", "vendorProject": "Apache", "product": "Log4j2", "vulnerabilityName": "…",
//!    "dateAdded": "2021-12-10", "dueDate": "2021-12-24", "knownRansomwareCampaignUse": "Known"}]}
//! ```

use super::{FeedCount, FeedError};
use serde::Deserialize;
use serde_json::Value;
use std::io::Read;

/// Largest catalogue accepted; the real one has 1.6 MB.
const MAX_BYTES: u64 = 64 << 20;

/// One vulnerability that is known to be exploited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KevRecord {
    /// `CVE-2021-44228`.
    pub cve: String,
    /// `YYYY-MM-DD`.
    pub added: String,
    /// `YYYY-MM-DD`; empty if the catalogue sets no date.
    pub due: String,
    /// Known to be used by ransomware.
    pub ransomware: bool,
    /// A title.
    pub name: String,
    /// Who makes the product.
    pub vendor: String,
    /// The product.
    pub product: String,
}

/// What the catalogue says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KevMeta {
    /// `2026.08.21`.
    pub catalog_version: String,
    /// RFC 3339.
    pub date_released: String,
    /// What was seen.
    pub count: FeedCount,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Catalogue {
    #[serde(default)]
    catalog_version: String,
    #[serde(default)]
    date_released: String,
    vulnerabilities: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    #[serde(rename = "cveID")]
    cve: String,
    date_added: String,
    #[serde(default)]
    due_date: String,
    #[serde(default)]
    known_ransomware_campaign_use: String,
    #[serde(default)]
    vulnerability_name: String,
    #[serde(default)]
    vendor_project: String,
    #[serde(default)]
    product: String,
}

/// Reads the catalogue.
///
/// # Errors
/// If the bytes can't be read, end too early or are another document.
pub fn read(reader: impl Read) -> Result<(Vec<KevRecord>, KevMeta), FeedError> {
    let mut bytes = Vec::new();
    let length = reader
        .take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|source| FeedError::from_read(0, 0, source))?;
    if length as u64 > MAX_BYTES {
        let reason = format!("more than {MAX_BYTES} bytes");
        return Err(FeedError::Format { feed: "KEV", reason });
    }
    let catalogue: Catalogue = serde_json::from_slice(&bytes).map_err(|error| {
        if error.is_eof() {
            return FeedError::Truncated { record: 0, offset: bytes.len() as u64 };
        }
        FeedError::Format { feed: "KEV", reason: error.to_string() }
    })?;
    Ok(records(catalogue))
}

fn records(catalogue: Catalogue) -> (Vec<KevRecord>, KevMeta) {
    let mut count = FeedCount::default();
    let mut records = Vec::with_capacity(catalogue.vulnerabilities.len());
    for (index, value) in catalogue.vulnerabilities.into_iter().enumerate() {
        match serde_json::from_value::<Entry>(value) {
            Ok(entry) if entry.cve.starts_with("CVE-") => {
                count.take(None);
                records.push(entry.into());
            }
            Ok(entry) => count.skip(|| format!("record {}: no CVE: {:.40}", index + 1, entry.cve)),
            Err(error) => count.skip(|| format!("record {}: {error}", index + 1)),
        }
    }
    count.newest = Some(catalogue.date_released.clone()).filter(|date| !date.is_empty());
    let meta = KevMeta {
        catalog_version: catalogue.catalog_version,
        date_released: catalogue.date_released,
        count,
    };
    (records, meta)
}

impl From<Entry> for KevRecord {
    fn from(entry: Entry) -> Self {
        Self {
            cve: entry.cve,
            added: entry.date_added,
            due: entry.due_date,
            ransomware: entry.known_ransomware_campaign_use.eq_ignore_ascii_case("known"),
            name: entry.vulnerability_name,
            vendor: entry.vendor_project,
            product: entry.product,
        }
    }
}
