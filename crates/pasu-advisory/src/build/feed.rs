//! Which reader a feed file needs, and taking it in.

use super::{Builder, State, affected};
use crate::bucket::Bucket;
use crate::feeds::detail::{PartialDetail, TextRank};
use crate::feeds::{FeedCount, alpine, debian, epss, kev, nvd, osv};
use crate::record::{Row, VulnId};
use flate2::read::GzDecoder;
use pasu_model::{KnownExploited, SourceInfo};
use std::io::{self, BufReader, Read, Seek};

/// The largest single OSV record that is read, in bytes.
const MAX_RECORD: u64 = 32 << 20;
/// The largest Alpine file that is read, in bytes.
const MAX_ALPINE: u64 = 64 << 20;
/// How many records are parsed before they are handed over together.
const BATCH: usize = 512;

/// A kind of feed file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FeedKind {
    /// `osv/<ecosystem>/all.zip`.
    Osv(String),
    /// `debian/tracker.json`.
    DebianTracker,
    /// `alpine/<release>/<repository>.json`.
    Alpine,
    /// `nvd/nvdcve-2.0-<year>.json.gz`.
    Nvd,
    /// `kev/known_exploited_vulnerabilities.json`.
    Kev,
    /// `epss/epss_scores-current.csv.gz`.
    Epss,
}

/// Why a feed could not be taken in. What was read before stays.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// Reading failed.
    #[error("cannot be read")]
    Io(#[from] io::Error),
    /// Not the archive it should be.
    #[error("not a readable ZIP archive")]
    Zip(#[from] zip::result::ZipError),
    /// Not the JSON it should be.
    #[error("not readable JSON")]
    Json(#[from] serde_json::Error),
    /// What the feed's own reader says.
    #[error(transparent)]
    Feed(#[from] crate::feeds::FeedError),
}

impl FeedKind {
    /// The kind of a file by its path below the feeds' folder, with `/` between parts.
    #[must_use]
    pub fn of_path(path: &str) -> Option<Self> {
        let parts: Vec<&str> = path.split('/').collect();
        Some(match parts.as_slice() {
            ["osv", ecosystem, "all.zip"] => Self::Osv((*ecosystem).to_owned()),
            ["debian", "tracker.json" | "json"] => Self::DebianTracker,
            ["alpine", _, file] if file.ends_with(".json") => Self::Alpine,
            ["nvd", file] if file.starts_with("nvdcve-2.0-") && file.ends_with(".json.gz") => {
                Self::Nvd
            }
            ["kev", file] if file.ends_with(".json") => Self::Kev,
            ["epss", file] if file.ends_with(".csv.gz") => Self::Epss,
            _ => return None,
        })
    }

    /// Source entry of the database: order, id, name, home page, licence and credit.
    fn source(&self) -> (&'static str, String, &'static str, &'static str, &'static str) {
        match self {
            Self::Osv(ecosystem) => {
                let license = match ecosystem.as_str() {
                    "Debian" => "Debian Security Tracker data, Expat licence",
                    "Ubuntu" => "Canonical Ltd., CC-BY-SA 4.0",
                    "Alpine" => "Alpine secdb, no licence stated",
                    "Red Hat" => "Red Hat, Inc., CC-BY 4.0",
                    "AlmaLinux" => "AlmaLinux OS Foundation, MIT",
                    "Rocky Linux" => "Rocky Enterprise Software Foundation, BSD",
                    "CRAN" => "R Consortium, Apache-2.0",
                    "Hackage" => "Haskell Security Response Team, CC0 1.0",
                    "crates.io" => "GitHub, Inc., CC-BY 4.0; RustSec, CC0 1.0",
                    "Go" => "The Go Authors and GitHub, Inc., CC-BY 4.0",
                    "PyPI" | "npm" => {
                        "GitHub, Inc. and PyPA, CC-BY 4.0; OpenSSF malicious packages, Apache-2.0"
                    }
                    _ => "GitHub, Inc., CC-BY 4.0",
                };
                ("1 osv", format!("osv/{ecosystem}"), "OSV", "https://osv.dev/", license)
            }
            Self::DebianTracker => (
                "2 debian",
                "debian".into(),
                "Debian Security Tracker",
                "https://security-tracker.debian.org/",
                "Debian Security Tracker data, Expat licence",
            ),
            Self::Alpine => (
                "3 alpine",
                "alpine".into(),
                "Alpine secdb",
                "https://secdb.alpinelinux.org/",
                "Alpine secdb, no licence stated",
            ),
            Self::Nvd => (
                "4 nvd",
                "nvd".into(),
                "National Vulnerability Database",
                "https://nvd.nist.gov/",
                "US government work, public domain; uses NVD data but is not endorsed or certified by the NVD",
            ),
            Self::Kev => (
                "5 kev",
                "kev".into(),
                "CISA Known Exploited Vulnerabilities",
                "https://www.cisa.gov/known-exploited-vulnerabilities-catalog",
                "CC0 1.0",
            ),
            Self::Epss => (
                "6 epss",
                "epss".into(),
                "Exploit Prediction Scoring System",
                "https://www.first.org/epss/",
                "free to use with credit: EPSS by FIRST.org",
            ),
        }
    }
}

impl Builder {
    /// Takes in one feed file. May be called from several threads. On an error what came before it is kept, and the
    /// caller says that the feed is incomplete.
    pub fn feed(&self, kind: &FeedKind, reader: impl Read + Seek) -> Result<FeedCount, FeedError> {
        let mut taken = FeedCount::default();
        let result = match kind {
            FeedKind::Osv(_) => self.osv(reader, &mut taken),
            FeedKind::DebianTracker => self.debian(reader, &mut taken),
            FeedKind::Alpine => self.alpine(reader, &mut taken),
            FeedKind::Nvd => self.nvd(reader, &mut taken),
            FeedKind::Kev => self.kev(reader, &mut taken),
            FeedKind::Epss => self.epss(reader, &mut taken),
        };
        self.with_state(|state| record_source(state, kind, &taken));
        result.map(|()| taken)
    }

    fn osv(&self, reader: impl Read + Seek, taken: &mut FeedCount) -> Result<(), FeedError> {
        let mut archive = zip::ZipArchive::new(reader)?;
        let mut bytes = Vec::new();
        let mut batch = Vec::with_capacity(BATCH);
        for number in 0..archive.len() {
            bytes.clear();
            let entry = archive.by_index(number)?;
            let name = entry.name()?.into_owned();
            if !name.ends_with(".json") {
                continue;
            }
            if entry.take(MAX_RECORD + 1).read_to_end(&mut bytes).is_err()
                || bytes.len() as u64 > MAX_RECORD
            {
                taken.skip(|| {
                    format!("{name}: cannot be unpacked, or is larger than {MAX_RECORD} bytes")
                });
                continue;
            }
            match osv::read(&bytes) {
                Ok(Some(statements)) => {
                    taken.take(
                        Some(&statements.modified)
                            .filter(|date| !date.is_empty())
                            .map(String::as_str),
                    );
                    batch.push(statements);
                }
                Ok(None) => {}
                Err(error) => taken.skip(|| format!("{name}: {error}")),
            }
            if batch.len() == BATCH {
                self.add_osv(&mut batch);
            }
        }
        self.add_osv(&mut batch);
        Ok(())
    }

    fn add_osv(&self, batch: &mut Vec<osv::Statements>) {
        self.with_state(|state| {
            for statements in batch.drain(..) {
                let mut kept = false;
                for (bucket, package, row) in statements.rows {
                    if !self.selection.keeps_bucket(&bucket) {
                        continue;
                    }
                    kept = true;
                    state.add_row(bucket, package, 0, statements.notice, &row);
                }
                for (id, detail) in statements.details.into_iter().filter(|_| kept) {
                    state.add_detail(id, detail);
                }
            }
        });
    }

    fn debian(&self, reader: impl Read, taken: &mut FeedCount) -> Result<(), FeedError> {
        let mut each = |statement: debian::Statement| {
            self.with_state(|state| match statement {
                debian::Statement::Row(bucket, package, row)
                    if self.selection.keeps_bucket(&bucket) =>
                {
                    state.add_row(bucket, package, 1, false, &row);
                }
                debian::Statement::Row(..) => {}
                debian::Statement::Detail(id, detail) => state.add_detail(id, detail),
            });
        };
        let (records, skipped) =
            debian::read(BufReader::with_capacity(1 << 16, reader), &mut each)?;
        (taken.records, taken.skipped) = (records, skipped);
        if skipped > 0 {
            taken.first_problem = Some(format!("{skipped} packages are not a map of CVEs"));
        }
        Ok(())
    }

    fn alpine(&self, reader: impl Read, taken: &mut FeedCount) -> Result<(), FeedError> {
        let mut bytes = Vec::new();
        reader.take(MAX_ALPINE).read_to_end(&mut bytes)?;
        let rows = alpine::read(&bytes)?;
        taken.records = rows.len() as u64;
        self.with_state(|state| {
            for (bucket, package, row) in
                rows.into_iter().filter(|(bucket, ..)| self.selection.keeps_bucket(bucket))
            {
                state.add_row(bucket, package, 1, false, &row);
            }
        });
        Ok(())
    }

    fn nvd(&self, reader: impl Read, taken: &mut FeedCount) -> Result<(), FeedError> {
        let reader = GzDecoder::new(BufReader::with_capacity(1 << 16, reader));
        *taken = nvd::read(reader, &mut |record| {
            let record = NvdEntry::of(record);
            self.with_state(|state| match state.nvd.get_mut(&record.id) {
                // Yearly files, `recent` and `modified` overlap: the newest word counts.
                Some(known) if known.order() >= record.order() => {}
                Some(known) => *known = record,
                None => {
                    state.nvd.insert(record.id.clone(), record);
                }
            });
        })?;
        Ok(())
    }

    fn epss(&self, reader: impl Read, taken: &mut FeedCount) -> Result<(), FeedError> {
        let reader = BufReader::with_capacity(1 << 16, GzDecoder::new(reader));
        let mut scores = Vec::new();
        let (meta, count) = epss::read(reader, &mut |cve, score, percentile| {
            scores.push((VulnId::new(cve), (score, percentile)));
        })?;
        *taken = count;
        taken.newest = meta.score_date;
        self.with_state(|state| state.epss.extend(scores));
        Ok(())
    }

    fn kev(&self, reader: impl Read, taken: &mut FeedCount) -> Result<(), FeedError> {
        let (records, catalogue) = kev::read(BufReader::new(reader))?;
        *taken = catalogue.count;
        taken.newest = Some(catalogue.date_released);
        self.with_state(|state| {
            for record in records {
                let entry = KnownExploited {
                    added: record.added,
                    due: record.due,
                    ransomware: record.ransomware,
                };
                state.known_exploited.insert(VulnId::new(record.cve), entry);
            }
        });
        Ok(())
    }
}

impl State {
    fn add_detail(&mut self, id: VulnId, detail: PartialDetail) {
        self.details.entry(id).or_default().push(detail.encode());
    }

    fn add_row(&mut self, bucket: Bucket, package: String, rank: u8, notice: bool, row: &Row) {
        let rows = self.rows.entry((bucket.key, package)).or_default();
        rows.add(rank, notice, row).expect("a row of strings and enums can always be encoded");
    }
}

/// Feeds of several files (NVD years, Alpine releases) are one source.
fn record_source(state: &mut State, kind: &FeedKind, taken: &FeedCount) {
    let (order, id, name, url, license) = kind.source();
    let source =
        state.sources.entry(order).or_default().entry(id.clone()).or_insert_with(|| SourceInfo {
            id,
            name: name.to_owned(),
            url: url.to_owned(),
            license: license.to_owned(),
            records: 0,
            skipped: 0,
            newest: String::new(),
        });
    source.records += taken.records;
    source.skipped += taken.skipped;
    if let Some(newest) = taken.newest.as_ref().filter(|newest| **newest > source.newest) {
        source.newest.clone_from(newest);
    }
}

/// What the database keeps of one NVD record.
pub(super) struct NvdEntry {
    pub id: VulnId,
    pub modified: Option<String>,
    /// Encoded [`PartialDetail`].
    pub detail: Box<[u8]>,
    /// Encoded; none for a rejected CVE.
    pub configurations: Box<[u8]>,
}

impl NvdEntry {
    /// The newest word counts; the bytes only make it one order whichever file comes first.
    fn order(&self) -> impl Ord + '_ {
        (&self.modified, &self.detail, &self.configurations)
    }

    fn of(record: nvd::NvdRecord) -> Self {
        let mut configurations = record.configurations;
        if configurations.is_empty() {
            configurations = affected::configurations(&record.affected);
        }
        if record.rejected {
            configurations.clear();
        }
        let detail = PartialDetail {
            rank: TextRank::Nvd,
            title: String::new(),
            description: record.description,
            cvss: record.cvss,
            severities: record.severity,
            cwes: record.cwes,
            references: record.references,
            published: record.published,
            modified: record.modified.clone(),
        };
        let encoded = postcard::to_stdvec(&configurations)
            .expect("trees of strings and enums can always be encoded");
        Self {
            id: VulnId::new(record.id),
            modified: record.modified,
            detail: detail.encode(),
            configurations: encoded.into(),
        }
    }
}
