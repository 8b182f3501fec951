//! The Debian Security Tracker's `data/json`: `{"openssl":{"CVE-2024-0727":{"description":"…","releases":{"bookworm":
//! {"status":"open","urgency":"low","nodsa_reason":"postponed"}}}}}`.

use crate::bucket::Bucket;
use crate::feeds::detail::{PartialDetail, TextRank};
use crate::feeds::osv::debian_urgency;
use crate::record::{Origin, Range, RangeEnd, Row, VulnId};
use pasu_model::{Ecosystem, Status};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use std::collections::BTreeMap;
use std::fmt;
use std::io::Read;

/// The releases the tracker names by codename.
const RELEASES: [(&str, &str); 9] = [
    ("jessie", "8"),
    ("stretch", "9"),
    ("buster", "10"),
    ("bullseye", "11"),
    ("bookworm", "12"),
    ("trixie", "13"),
    ("forky", "14"),
    ("duke", "15"),
    ("sid", "sid"),
];

#[derive(Deserialize)]
struct Entry {
    #[serde(default)]
    description: String,
    #[serde(default)]
    releases: BTreeMap<String, Release>,
}

#[derive(Deserialize)]
struct Release {
    #[serde(default)]
    status: String,
    fixed_version: Option<String>,
    #[serde(default)]
    urgency: String,
    #[serde(default)]
    nodsa_reason: Option<String>,
}

/// One package's row with its bucket, or what is said about a CVE.
pub enum Statement {
    /// A row.
    Row(Bucket, String, Row),
    /// A detail.
    Detail(VulnId, PartialDetail),
}

/// Streams the tracker; `each` is handed every statement. Returns how many entries were malformed.
pub fn read(
    reader: impl Read,
    each: &mut dyn FnMut(Statement),
) -> Result<(u64, u64), serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_reader(reader);
    let mut counts = (0, 0);
    Packages { each, counts: &mut counts }.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(counts)
}

struct Packages<'a> {
    each: &'a mut dyn FnMut(Statement),
    counts: &'a mut (u64, u64),
}

impl<'de> DeserializeSeed<'de> for Packages<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Packages<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map of packages")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(package) = map.next_key::<String>()? {
            match map.next_value::<MaybeEntries>()? {
                MaybeEntries::Entries(entries) => {
                    for (id, entry) in entries {
                        self.counts.0 += 1;
                        statements(&package, &id, entry, self.each);
                    }
                }
                MaybeEntries::Other(_) => self.counts.1 += 1,
            }
        }
        Ok(())
    }
}

/// A package whose value has another shape is skipped and counted.
#[derive(Deserialize)]
#[serde(untagged)]
enum MaybeEntries {
    Entries(BTreeMap<String, Entry>),
    Other(IgnoredAny),
}

fn statements(package: &str, id: &str, entry: Entry, each: &mut dyn FnMut(Statement)) {
    // `TEMP-0290435-0B57B5` stands for what has no CVE yet and is renamed later.
    if !id.starts_with("CVE-") {
        return;
    }
    let id = VulnId::new(id);
    let mut any = false;
    for (codename, release) in &entry.releases {
        let number = RELEASES.iter().find(|(name, _)| name == codename);
        if let (Some((_, number)), Some(row)) = (number, row(&id, release)) {
            any = true;
            each(Statement::Row(
                Bucket::of_release(Ecosystem::Debian, number),
                package.to_owned(),
                row,
            ));
        }
    }
    if any {
        let detail = PartialDetail {
            rank: TextRank::Distribution,
            description: entry.description,
            ..PartialDetail::default()
        };
        each(Statement::Detail(id, detail));
    }
}

fn row(id: &VulnId, release: &Release) -> Option<Row> {
    let end = match release.status.as_str() {
        // Version 0 means that the release never had the vulnerable code.
        "resolved" => RangeEnd::Fixed(
            release
                .fixed_version
                .clone()
                .filter(|version| !matches!(version.as_str(), "" | "0"))?,
        ),
        "open" => RangeEnd::Open,
        _ => return None,
    };
    let status = match (release.nodsa_reason.as_deref(), release.urgency.as_str()) {
        (_, "end-of-life") => Status::EndOfLife,
        (Some("ignored"), _) => Status::WillNotFix,
        (Some("postponed"), _) => Status::FixDeferred,
        _ => Status::Affected,
    };
    Some(Row {
        id: id.clone(),
        aliases: Vec::new(),
        notices: Vec::new(),
        origin: Origin::Debian,
        ranges: vec![Range { introduced: None, end }],
        versions: Vec::new(),
        status,
        severity: debian_urgency(&release.urgency),
        module: None,
    })
}

#[cfg(test)]
mod tests {
    use super::{Statement, read};
    use crate::record::RangeEnd;
    use pasu_model::{Severity, Status};

    // Three entries of the tracker of 2025-02-12, the last with a reason as the live tracker gives it.
    const TRACKER: &str = r#"{
      "xz-utils": {"CVE-2024-3094": {"description": "Malicious code", "releases": {
        "bookworm": {"status": "resolved", "fixed_version": "0", "urgency": "unimportant"}}}},
      "openssl": {"CVE-2024-0727": {"description": "PKCS12", "releases": {
        "bookworm": {"status": "resolved", "fixed_version": "3.0.13-1~deb12u1", "urgency": "not yet assigned"},
        "bullseye": {"status": "open", "nodsa_reason": "postponed", "urgency": "low**"}}}},
      "broken": [1, 2]
    }"#;

    #[test]
    fn rows_keep_fix_status_and_urgency() {
        let mut rows = Vec::new();
        let counts = read(TRACKER.as_bytes(), &mut |statement| {
            if let Statement::Row(bucket, package, row) = statement {
                rows.push((bucket.key, package, row));
            }
        });
        assert_eq!(counts.unwrap(), (2, 1));
        assert_eq!(rows.len(), 2);
        let old = rows.iter().find(|(bucket, ..)| bucket == "debian 11").unwrap();
        assert_eq!((old.2.status, old.2.severity), (Status::FixDeferred, Some(Severity::Low)));
        let new = rows.iter().find(|(bucket, ..)| bucket == "debian 12").unwrap();
        assert_eq!(new.2.ranges[0].end, RangeEnd::Fixed("3.0.13-1~deb12u1".into()));
    }

    #[test]
    fn a_cut_file_is_an_error() {
        assert!(read(&TRACKER.as_bytes()[..200], &mut |_| {}).is_err());
    }
}
