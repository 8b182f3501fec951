//! Reading a JSON report of Trivy, `SchemaVersion` 2, as a run: `{"SchemaVersion": 2, "ArtifactName": "shop:1.4", …}`.
//!
//! Tolerant of keys and words that are not known, strict about what is of the wrong kind. Of an image's configuration only
//! the architecture and the time are taken over: nobody masked what else stands there.

use super::json::{At, PlaceError};
use pasu_model::{
    Cvss, DataSource, DatabaseInfo, DatabaseOrigin, Detail, Finding, FindingSet, Fingerprint,
    ImageConfig, ImageInfo, ImageLayer, KnownExploited, OperatingSystem, OsFamily, Package,
    PackageType, Run, Severity, Status, Suppressed, Target, TargetKind, Tool, Unseen, UnseenReason,
    Vulnerability,
};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::HashMap;

/// Why a JSON report of Trivy cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum TrivyError {
    /// It is not JSON.
    #[error("not JSON: {0}")]
    NotJson(#[from] serde_json::Error),
    /// A value is not what it must be.
    #[error("not a report of Trivy: {0}")]
    Place(#[from] PlaceError),
}

/// Kinds of results that are no packages, with the key of their lists.
const NOT_READ: [(&str, &str); 3] =
    [("Misconfigurations", "misconfigurations"), ("Secrets", "secrets"), ("Licenses", "licences")];

/// Reads a JSON report of Trivy, or what `--format json` of Pasu writes in its form.
///
/// # Errors
/// When it is not JSON, of another `SchemaVersion`, or a value is of the wrong kind; the message names its place.
pub fn read_trivy(bytes: &[u8]) -> Result<Run, TrivyError> {
    let value: Value = serde_json::from_slice(bytes)?;
    Ok(report(At::root(&value))?)
}

fn report(report: At<'_>) -> Result<Run, PlaceError> {
    match report.number("SchemaVersion")? {
        2 => {}
        other => {
            return Err(report.error("SchemaVersion", format!("{other} is not known, only 2 is")));
        }
    }
    let target = Target {
        kind: target_kind(report.text("ArtifactType")?),
        name: report.needed("ArtifactName")?.to_owned(),
    };
    let metadata = report.object("Metadata", |metadata| Metadata::read(metadata, target.kind))?;
    let metadata = metadata.unwrap_or_default();
    let mut run = Run {
        tool: Tool { name: "trivy".to_owned(), version: String::new() },
        started: report.text("CreatedAt")?.to_owned(),
        target,
        os: metadata.os,
        os_end_of_life: metadata.os_end_of_life,
        database: None,
        sets: Vec::new(),
        unseen: Vec::new(),
        left_out: Vec::new(),
        narrowed: Vec::new(),
        suppressed: Vec::new(),
        unmatched: Vec::new(),
        image: metadata.image,
    };
    report.object("Trivy", |trivy| {
        trivy.text("Version")?.clone_into(&mut run.tool.version);
        Ok(())
    })?;
    report.object("Pasu", |ours| pasu(ours, &mut run))?;
    report.list("Results", |result| {
        for (key, name) in NOT_READ {
            not_read(&mut run, &result, key, name);
        }
        let found = Reader::new(&run, &result)?.read(&result)?;
        if let Some((set, suppressed)) = found {
            run.sets.push(set);
            run.suppressed.extend(suppressed);
        }
        Ok(())
    })?;
    Ok(run)
}

/// What Pasu writes beside Trivy's keys.
fn pasu(ours: At<'_>, run: &mut Run) -> Result<(), PlaceError> {
    if ours.count("Images") > 0 {
        // Read as one target, the packages of the images would be the machine's.
        let what = "a machine with its images is not read back from Trivy's form; \
                    hint: write it with `--format pasu` and read that";
        return Err(ours.error("Images", what));
    }
    run.tool = Tool { name: "pasu".to_owned(), version: ours.text("Version")?.to_owned() };
    run.database = ours.object("Database", |database| {
        let origin = database.text("Origin")?;
        Ok(DatabaseInfo {
            origin: match origin {
                "bundled" => DatabaseOrigin::Bundled,
                path => DatabaseOrigin::File(path.to_owned()),
            },
            built: database.text("Built")?.to_owned(),
            newest: database.text("Newest")?.to_owned(),
            age_days: i64::try_from(database.number("AgeDays").unwrap_or(0)).unwrap_or(0),
            sources: Vec::new(),
        })
    })?;
    run.unmatched = ours.texts("Unmatched")?;
    run.unseen = ours.list("Unseen", |unseen| {
        Ok(Unseen {
            path: unseen.text("Path")?.to_owned(),
            reason: word(unseen.text("Reason")?).unwrap_or(UnseenReason::Unsupported),
            detail: unseen.text("Detail")?.to_owned(),
        })
    })?;
    Ok(())
}

/// Says once of each kind that it stands in the file and is not read.
fn not_read(run: &mut Run, result: &At<'_>, key: &str, name: &str) {
    if result.count(key) == 0 {
        return;
    }
    let detail = format!("{name} ({key}) in Trivy's JSON are not read");
    if !run.unseen.iter().any(|unseen| unseen.detail == detail) {
        let path = "/".to_owned();
        run.unseen.push(Unseen { path, reason: UnseenReason::NotLookedFor, detail });
    }
}

fn target_kind(kind: &str) -> TargetKind {
    match kind {
        "container_image" => TargetKind::Image,
        "repository" => TargetKind::Repository,
        "cyclonedx" => TargetKind::CycloneDx,
        "spdx" => TargetKind::Spdx,
        _ => TargetKind::Filesystem,
    }
}

/// The value of a serialised name; none where it is not known here.
fn word<T: DeserializeOwned>(word: &str) -> Option<T> {
    serde_json::from_value(Value::String(word.to_owned())).ok()
}

#[derive(Default)]
struct Metadata {
    os: Option<OperatingSystem>,
    os_end_of_life: bool,
    image: Option<ImageInfo>,
}

impl Metadata {
    fn read(metadata: At<'_>, kind: TargetKind) -> Result<Self, PlaceError> {
        let mut os_end_of_life = false;
        let os = metadata.object("OS", |os| {
            os_end_of_life = os.is("EOSL")?;
            let family = os.text("Family")?;
            Ok(OperatingSystem {
                family: word(family).unwrap_or(OsFamily::Other),
                id: family.to_owned(),
                version: os.text("Name")?.to_owned(),
                codename: None,
                pretty_name: None,
                extended: os.is("extended")?,
                end_of_life: None,
            })
        })?;
        let image = if kind == TargetKind::Image { Some(image(metadata)?) } else { None };
        Ok(Self { os, os_end_of_life, image })
    }
}

fn image(metadata: At<'_>) -> Result<ImageInfo, PlaceError> {
    let diff_ids = metadata.texts("DiffIDs")?;
    let mut config = ImageConfig::default();
    metadata.object("ImageConfig", |found| {
        found.text("architecture")?.clone_into(&mut config.architecture);
        found.text("os")?.clone_into(&mut config.os);
        config.created = found.owned("created")?;
        Ok(())
    })?;
    config.rootfs.kind = "layers".to_owned();
    config.rootfs.diff_ids.clone_from(&diff_ids);
    Ok(ImageInfo {
        id: metadata.text("ImageID")?.to_owned(),
        repo_tags: metadata.texts("RepoTags")?,
        repo_digests: metadata.texts("RepoDigests")?,
        size: metadata.number("Size")?,
        config,
        layers: diff_ids
            .into_iter()
            .map(|diff_id| ImageLayer { diff_id, ..ImageLayer::default() })
            .collect(),
    })
}

/// One result: a record with its packages and vulnerabilities.
struct Reader {
    /// The name by which fingerprints know the whole.
    name: String,
    layers: Vec<String>,
    set: FindingSet,
    packages: HashMap<(String, String, String), usize>,
}

impl Reader {
    fn new(run: &Run, result: &At<'_>) -> Result<Self, PlaceError> {
        let is_os = result.text("Class")? == "os-pkgs";
        let kind = if is_os {
            os_kind(run.os.as_ref().map(|os| os.family))
        } else {
            word(result.text("Type")?).unwrap_or(PackageType::Unknown)
        };
        // The heading of the operating system names the target again.
        let target = if is_os { String::new() } else { result.text("Target")?.to_owned() };
        let layers = run.image.iter().flat_map(|image| &image.layers);
        Ok(Self {
            name: run.target.name.clone(),
            layers: layers.map(|layer| layer.diff_id.clone()).collect(),
            set: FindingSet { kind, target, packages: Vec::new(), findings: Vec::new() },
            packages: HashMap::new(),
        })
    }

    /// Nothing where the result is not about packages.
    fn read(
        mut self,
        result: &At<'_>,
    ) -> Result<Option<(FindingSet, Vec<Suppressed>)>, PlaceError> {
        if !matches!(result.text("Class")?, "os-pkgs" | "lang-pkgs" | "") {
            return Ok(None);
        }
        result.list("Packages", |package| self.package(package).map(|_| ()))?;
        let findings = result.list("Vulnerabilities", |found| self.finding(found))?;
        self.set.findings = findings;
        let mut suppressed = Vec::new();
        result.list("ExperimentalModifiedFindings", |modified| {
            if modified.text("Type")? != "vulnerability" {
                return Ok(());
            }
            let found = modified.object("Finding", |found| self.finding(found))?;
            let Some(finding) = found else { return Ok(()) };
            let package = self.set.package_of(&finding);
            suppressed.push(Suppressed {
                package: package.map_or_else(String::new, |p| format!("{} {}", p.name, p.version)),
                finding,
                target: self.set.target.clone(),
                status: modified.text("Status")?.to_owned(),
                source: modified.text("Source")?.to_owned(),
                statement: modified.text("Statement")?.to_owned(),
            });
            Ok(())
        })?;
        Ok(Some((self.set, suppressed)))
    }

    /// A package that is listed.
    fn package(&mut self, listed: At<'_>) -> Result<usize, PlaceError> {
        let name = listed.needed("Name")?;
        let mut version = listed.text("Version")?.to_owned();
        let release = listed.text("Release")?;
        if !release.is_empty() {
            version = format!("{version}-{release}");
        }
        let epoch = listed.number("Epoch")?;
        if epoch > 0 {
            version = format!("{epoch}:{version}");
        }
        let index = self.place(name, &version, listed.text("FilePath")?);
        let licenses = listed.texts("Licenses")?;
        let arch = listed.owned("Arch")?;
        let layer = self.layer(&listed)?;
        let package = &mut self.set.packages[index];
        package.licenses = licenses;
        package.arch = arch;
        package.layer = layer;
        Ok(index)
    }

    fn layer(&self, at: &At<'_>) -> Result<Option<usize>, PlaceError> {
        let diff_id = at.object("Layer", |layer| layer.owned("DiffID"))?.flatten();
        Ok(diff_id.and_then(|id| self.layers.iter().position(|layer| *layer == id)))
    }

    /// The index of a package, which is put in if it is not there.
    fn place(&mut self, name: &str, version: &str, path: &str) -> usize {
        let key = (name.to_owned(), version.to_owned(), path.to_owned());
        let packages = &mut self.set.packages;
        *self.packages.entry(key).or_insert_with(|| {
            let mut package = Package::new(self.set.kind, name, version);
            package.path = Some(path).filter(|path| !path.is_empty()).map(str::to_owned);
            packages.push(package);
            packages.len() - 1
        })
    }

    fn finding(&mut self, found: At<'_>) -> Result<Finding, PlaceError> {
        let rule = found.needed("VulnerabilityID")?;
        let (name, path) = (found.text("PkgName")?, found.text("PkgPath")?);
        let index = self.place(name, found.text("InstalledVersion")?, path);
        let layer = self.layer(&found)?;
        let package = &mut self.set.packages[index];
        package.layer = package.layer.or(layer);
        let place = [self.set.kind.name(), &self.set.target, name, path];
        Ok(Finding {
            rule: rule.to_owned(),
            severity: severity(found.text("Severity")?),
            package: Some(index),
            fingerprint: Fingerprint::of(&self.name, rule, &place),
            detail: Detail::Vulnerability(Box::new(vulnerability(found)?)),
        })
    }
}

fn os_kind(family: Option<OsFamily>) -> PackageType {
    match family {
        Some(OsFamily::Alpine | OsFamily::Wolfi | OsFamily::Chainguard) => PackageType::Apk,
        Some(OsFamily::Arch) => PackageType::Pacman,
        Some(OsFamily::Debian | OsFamily::Ubuntu | OsFamily::Other) | None => PackageType::Dpkg,
        Some(_) => PackageType::Rpm,
    }
}

fn severity(word: &str) -> Severity {
    Severity::parse(word).unwrap_or(Severity::Unknown)
}

fn vulnerability(found: At<'_>) -> Result<Vulnerability, PlaceError> {
    let fixed = found.text("FixedVersion")?.split(", ").filter(|version| !version.is_empty());
    let mut details = Vulnerability {
        vendor_ids: found.texts("VendorIDs")?,
        status: word(found.text("Status")?).unwrap_or(Status::Unknown),
        fixed_versions: fixed.map(str::to_owned).collect(),
        severity_source: found.text("SeveritySource")?.to_owned(),
        title: found.text("Title")?.to_owned(),
        description: found.text("Description")?.to_owned(),
        cwes: found.texts("CweIDs")?,
        references: found.texts("References")?,
        primary_url: found.text("PrimaryURL")?.to_owned(),
        published: found.owned("PublishedDate")?,
        modified: found.owned("LastModifiedDate")?,
        ..Vulnerability::default()
    };
    found.object("DataSource", |source| {
        details.data_source = DataSource {
            id: source.text("ID")?.to_owned(),
            name: source.text("Name")?.to_owned(),
            url: source.text("URL")?.to_owned(),
        };
        Ok(())
    })?;
    found.entries("CVSS", |source, cvss| {
        let read = Cvss {
            v2_vector: cvss.owned("V2Vector")?,
            v2_score: cvss.float("V2Score")?,
            v3_vector: cvss.owned("V3Vector")?,
            v3_score: cvss.float("V3Score")?,
            v40_vector: cvss.owned("V40Vector")?,
            v40_score: cvss.float("V40Score")?,
        };
        details.cvss.insert(source.to_owned(), read);
        Ok(())
    })?;
    found.entries("VendorSeverity", |source, severity| {
        // Trivy's numbers: 0 unknown to 4 critical.
        let number = severity.itself().and_then(|number| usize::try_from(number).ok());
        let severity = number.and_then(|number| Severity::ALL.get(number)).copied();
        details.vendor_severity.insert(source.to_owned(), severity.unwrap_or_default());
        Ok(())
    })?;
    found.object("Pasu", |ours| {
        details.aliases = ours.texts("Aliases")?;
        details.known_exploited = ours.object("KnownExploited", |known| {
            Ok(KnownExploited {
                added: known.text("Added")?.to_owned(),
                due: known.text("Due")?.to_owned(),
                ransomware: known.is("Ransomware")?,
            })
        })?;
        Ok(())
    })?;
    Ok(details)
}
