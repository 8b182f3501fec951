//! The keys of `pasu.run/1`.

use super::mirror::{Convert, mirror, same, says_nothing};
use pasu_model as model;
use std::collections::BTreeMap;

same!(
    bool,
    f64,
    i64,
    u32,
    u64,
    usize,
    String,
    jiff::civil::Date,
    model::Confidence,
    model::Fingerprint,
    // The configuration is the image's own document, in the form of its specification.
    model::ImageConfig,
    model::OsFamily,
    model::PackageType,
    model::Purl,
    model::Relationship,
    model::Severity,
    model::Status,
    model::TargetKind,
    model::UnseenReason,
);

mirror!(
    /// A run.
    Run = model::Run {
        tool: Tool,
        started: String,
        target: Target,
        os_end_of_life: bool,
        sets: Vec<FindingSet>,
        unseen: Vec<Unseen>;
        os: Option<OperatingSystem>,
        database: Option<DatabaseInfo>,
        left_out: Vec<String>,
        narrowed: Vec<String>,
        suppressed: Vec<Suppressed>,
        unmatched: Vec<String>,
        image: Option<ImageInfo>,
    }
);

mirror!(
    /// A container image.
    ImageInfo = model::ImageInfo {
        id: String,
        config: model::ImageConfig,
        layers: Vec<ImageLayer>;
        repo_tags: Vec<String>,
        repo_digests: Vec<String>,
        size: u64,
    }
);

mirror!(
    ImageLayer = model::ImageLayer { diff_id: String; digest: String, size: u64, created_by: String }
);

mirror!(Tool = model::Tool { name: String, version: String; });

mirror!(Target = model::Target { kind: model::TargetKind, name: String; });

mirror!(
    OperatingSystem = model::OperatingSystem {
        family: model::OsFamily,
        id: String,
        version: String;
        codename: Option<String>,
        pretty_name: Option<String>,
        extended: bool,
        end_of_life: Option<EndOfLife>,
    }
);

mirror!(
    EndOfLife = model::EndOfLife { standard: jiff::civil::Date; extended: Option<jiff::civil::Date> }
);

mirror!(
    DatabaseInfo = model::DatabaseInfo {
        origin: DatabaseOrigin,
        built: String,
        newest: String,
        age_days: i64;
        sources: Vec<SourceInfo>,
    }
);

/// Where a database came from: `{"kind": "bundled"}` or `{"kind": "file", "path": "…"}`.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub(crate) enum DatabaseOrigin {
    Bundled,
    File { path: String },
}

impl Convert<DatabaseOrigin> for model::DatabaseOrigin {
    fn convert(self) -> DatabaseOrigin {
        match self {
            Self::Bundled => DatabaseOrigin::Bundled,
            Self::File(path) => DatabaseOrigin::File { path },
        }
    }
}

impl Convert<model::DatabaseOrigin> for DatabaseOrigin {
    fn convert(self) -> model::DatabaseOrigin {
        match self {
            Self::Bundled => model::DatabaseOrigin::Bundled,
            Self::File { path } => model::DatabaseOrigin::File(path),
        }
    }
}

mirror!(
    SourceInfo = model::SourceInfo {
        id: String,
        name: String,
        url: String,
        license: String,
        records: u64,
        skipped: u64,
        newest: String;
    }
);

mirror!(Unseen = model::Unseen { path: String, reason: model::UnseenReason; detail: String });

mirror!(
    FindingSet = model::FindingSet {
        kind: model::PackageType,
        target: String,
        packages: Vec<Package>,
        findings: Vec<Finding>;
    }
);

mirror!(
    Suppressed = model::Suppressed {
        finding: Finding,
        package: String,
        target: String,
        status: String,
        source: String;
        statement: String,
    }
);

mirror!(
    Package = model::Package {
        kind: model::PackageType,
        name: String,
        version: String;
        arch: Option<String>,
        source: Option<SourcePackage>,
        licenses: Vec<String>,
        maintainer: Option<String>,
        vendor: Option<String>,
        module_label: Option<String>,
        purl: Option<model::Purl>,
        cpes: Vec<String>,
        path: Option<String>,
        lines: Vec<LineRange>,
        dev: bool,
        relationship: model::Relationship,
        depends_on: Vec<String>,
        digest: Option<String>,
        owner: Option<String>,
        evidence: Vec<String>,
        layer: Option<usize>,
    }
);

mirror!(SourcePackage = model::SourcePackage { name: String, version: String; });

mirror!(LineRange = model::LineRange { start: u32, end: u32; });

mirror!(
    Finding = model::Finding {
        rule: String,
        severity: model::Severity,
        fingerprint: model::Fingerprint,
        detail: Detail;
        package: Option<usize>,
    }
);

/// What the kind of finding adds, told apart by `kind`.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub(crate) enum Detail {
    Vulnerability(Box<Vulnerability>),
}

impl Convert<Detail> for model::Detail {
    fn convert(self) -> Detail {
        match self {
            Self::Vulnerability(vulnerability) => {
                Detail::Vulnerability(Box::new((*vulnerability).convert()))
            }
        }
    }
}

impl Convert<model::Detail> for Detail {
    fn convert(self) -> model::Detail {
        match self {
            Self::Vulnerability(vulnerability) => {
                model::Detail::Vulnerability(Box::new((*vulnerability).convert()))
            }
        }
    }
}

mirror!(
    Vulnerability = model::Vulnerability {
        status: model::Status;
        aliases: Vec<String>,
        vendor_ids: Vec<String>,
        fixed_versions: Vec<String>,
        severity_source: String,
        vendor_severity: BTreeMap<String, model::Severity>,
        cvss: BTreeMap<String, Cvss>,
        title: String,
        description: String,
        cwes: Vec<String>,
        references: Vec<String>,
        primary_url: String,
        published: Option<String>,
        modified: Option<String>,
        data_source: Option<DataSource>,
        known_exploited: Option<KnownExploited>,
        epss: Option<Epss>,
        cpe_match: Option<CpeMatch>,
    }
);

mirror!(
    Cvss = model::Cvss {
        ;
        v2_vector: Option<String>,
        v2_score: Option<f64>,
        v3_vector: Option<String>,
        v3_score: Option<f64>,
        v40_vector: Option<String>,
        v40_score: Option<f64>,
    }
);

mirror!(DataSource = model::DataSource { id: String; name: String, url: String });

/// A source without a name says nothing and is left out.
impl Convert<Option<DataSource>> for model::DataSource {
    fn convert(self) -> Option<DataSource> {
        (self != Self::default()).then(|| self.convert())
    }
}

impl Convert<model::DataSource> for Option<DataSource> {
    fn convert(self) -> model::DataSource {
        self.map(DataSource::convert).unwrap_or_default()
    }
}

mirror!(
    KnownExploited = model::KnownExploited { added: String, due: String, ransomware: bool; }
);

mirror!(Epss = model::Epss { score: f64, percentile: f64; });

mirror!(
    CpeMatch = model::CpeMatch {
        cpe: String,
        criteria: String,
        confidence: model::Confidence;
        range: String,
        evidence: Vec<String>,
    }
);
