//! From a run to the report's keys.

use super::extras::{
    CpeMatch, Database, Epss, KnownExploited, PasuImage, PasuPackage, PasuReport, PasuResult,
    PasuVulnerability, Unseen,
};
use super::misconfigurations;
use super::schema::{
    Cvss, DataSource, Identifier, ImageLayer, Layer, Location, Metadata, Modified, ModifiedFinding,
    Os, Package, Report, Result, Vulnerability,
};
use crate::targets::{Image, Targets};
use crate::{Audited, RenderOptions, content_id, image_name, order, place};
use pasu_model::{
    DatabaseOrigin, Finding, FindingSet, ImageInfo, PackageType, Relationship, Run, TargetKind,
};

/// The whole report.
pub(crate) fn report<'a>(targets: &Targets<'a>, options: &'a RenderOptions) -> Report<'a> {
    let run = targets.root;
    let created = options.created(run);
    let of_images = targets.images.iter().flat_map(|image| of_image(image, options));
    Report {
        schema_version: 2,
        report_id: content_id::of_document(targets, "trivy", created),
        created_at: created,
        artifact_id: run.image.as_ref().map(image_name::artifact_id).unwrap_or_default(),
        artifact_name: &run.target.name,
        artifact_type: artifact_type(run.target.kind),
        metadata: metadata(run),
        results: results(run, targets.audited, options).chain(of_images).collect(),
        pasu: pasu_report(targets, options),
    }
}

/// The records of one target, then its audit.
fn results<'a>(
    run: &'a Run,
    audited: Option<Audited<'a>>,
    options: &RenderOptions,
) -> impl Iterator<Item = Result<'a>> {
    let mut sets: Vec<&FindingSet> = run.sets.iter().collect();
    // Stable: among the others the order of the run is kept.
    sets.sort_by_key(|set| !set.kind.is_os());
    let audited = audited.map(|audited| misconfigurations::result(audited, options));
    sets.into_iter().map(|set| result(run, set, options)).chain(audited)
}

/// The results of an image in the report of its machine, each with the image's name in its target.
fn of_image<'a>(
    image: &Image<'a>,
    options: &RenderOptions,
) -> impl Iterator<Item = Result<'a>> + use<'a> {
    let (name, key) = (image.run.target.name.as_str(), image.key.clone());
    let named = move |mut result: Result<'a>| {
        if result.class == "lang-pkgs" {
            result.target = format!("{name}: {}", result.target);
        }
        result.pasu.image = Some(key.clone());
        result
    };
    let results: Vec<Result<'a>> = results(image.run, image.audited, options).collect();
    results.into_iter().map(named)
}

/// Trivy's word for the kind of target.
fn artifact_type(kind: TargetKind) -> &'static str {
    match kind {
        TargetKind::Host | TargetKind::Rootfs | TargetKind::Filesystem => "filesystem",
        TargetKind::Image => "container_image",
        TargetKind::Repository => "repository",
        TargetKind::CycloneDx => "cyclonedx",
        TargetKind::Spdx => "spdx",
    }
}

fn metadata(run: &Run) -> Option<Metadata<'_>> {
    let os = run.os.as_ref().map(|os| Os {
        family: os.family.name(),
        name: &os.version,
        end_of_life: run.os_end_of_life,
        extended: os.extended,
    });
    let image = run.image.as_ref();
    (os.is_some() || image.is_some()).then(|| Metadata {
        size: image.map_or(0, |image| image.size),
        os,
        image_id: image.map_or("", |image| &image.id),
        diff_ids: image
            .map(|image| image.layers.iter().map(|layer| layer.diff_id.as_str()).collect())
            .unwrap_or_default(),
        repo_tags: image.map_or(&[], |image| &image.repo_tags),
        repo_digests: image.map_or(&[], |image| &image.repo_digests),
        reference: image.map_or("", ImageInfo::reference),
        image_config: image.map(|image| &image.config),
        layers: image.map(layers).unwrap_or_default(),
    })
}

fn layers(image: &ImageInfo) -> Vec<ImageLayer<'_>> {
    let layers = image.layers.iter();
    layers
        .map(|pasu_model::ImageLayer { digest, diff_id, size, created_by }| ImageLayer {
            size: *size,
            digest,
            diff_id,
            created_by,
        })
        .collect()
}

/// The layer that brought a package, where the target is an image.
fn layer_of<'a>(run: &'a Run, package: Option<&pasu_model::Package>) -> Option<Layer<'a>> {
    let pasu_model::ImageLayer { digest, diff_id, created_by, .. } = place::layer(run, package)?;
    Some(Layer { digest, diff_id, created_by })
}

fn pasu_report<'a>(targets: &Targets<'a>, options: &RenderOptions) -> PasuReport<'a> {
    let run = targets.root;
    // One inspection has one database, whichever part asked it.
    let database = targets.runs().find_map(|run| run.database.as_ref());
    PasuReport {
        version: &run.tool.version,
        database: database.map(|database| Database {
            origin: match &database.origin {
                DatabaseOrigin::Bundled => "bundled",
                DatabaseOrigin::File(path) => path,
            },
            built: &database.built,
            newest: &database.newest,
            age_days: database.age_days,
        }),
        unseen: unseen(run),
        unmatched: &run.unmatched,
        unseen_parts: targets.unseen_parts(options.lang).collect(),
        images: targets
            .images
            .iter()
            .map(|image| PasuImage {
                name: image.key.clone(),
                id: image.run.image.as_ref().map_or("", |image| &image.id),
                unseen: unseen(image.run),
                unmatched: &image.run.unmatched,
            })
            .collect(),
    }
}

fn unseen(run: &Run) -> Vec<Unseen<'_>> {
    run.unseen
        .iter()
        .map(|unseen| Unseen {
            path: &unseen.path,
            reason: unseen.reason.key(),
            detail: &unseen.detail,
        })
        .collect()
}

/// One record.
fn result<'a>(run: &'a Run, set: &'a FindingSet, options: &RenderOptions) -> Result<'a> {
    let listed = if options.list_packages { set.packages.as_slice() } else { &[] };
    Result {
        target: place::heading(run, set),
        class: if set.kind.is_os() { "os-pkgs" } else { "lang-pkgs" },
        kind: place::type_name(run, set),
        packages: listed.iter().map(|listed| package(run, set, listed)).collect(),
        misconf_summary: None,
        misconfigurations: Vec::new(),
        pasu: PasuResult::default(),
        vulnerabilities: order::findings(set)
            .into_iter()
            .filter_map(|finding| vulnerability(run, finding, Some(set), set.package_of(finding)))
            .collect(),
        experimental_modified_findings: if options.show_suppressed {
            modified(run, set)
        } else {
            Vec::new()
        },
    }
}

/// What was taken out of a record.
fn modified<'a>(run: &'a Run, set: &'a FindingSet) -> Vec<ModifiedFinding<'a>> {
    run.suppressed
        .iter()
        .filter(|suppressed| suppressed.target == set.target)
        .filter_map(|suppressed| {
            // Its index points into the record as it was; the names say which package it was.
            let named = |package: &&pasu_model::Package| {
                suppressed.package == format!("{} {}", package.name, package.version)
                    || suppressed.package == format!("{}@{}", package.name, package.version)
            };
            let package = set.packages.iter().find(named);
            Some(ModifiedFinding {
                kind: "vulnerability",
                status: &suppressed.status,
                statement: &suppressed.statement,
                source: &suppressed.source,
                finding: Modified::Vulnerability(Box::new(vulnerability(
                    run,
                    &suppressed.finding,
                    Some(set),
                    package,
                )?)),
            })
        })
        .collect()
}

fn package<'a>(run: &'a Run, set: &FindingSet, package: &'a pasu_model::Package) -> Package<'a> {
    let (source_name, source_version) = match &package.source {
        Some(source) => (source.name.as_str(), source.version.as_str()),
        None => ("", ""),
    };
    let (epoch, version, release) = split(package.kind, &package.version);
    let (src_epoch, src_version, src_release) = split(package.kind, source_version);
    Package {
        id: package.id(),
        name: &package.name,
        identifier: identifier(set, package),
        version,
        release,
        epoch,
        arch: package.arch.as_deref(),
        dev: package.dev,
        src_name: source_name,
        src_version,
        src_release,
        src_epoch,
        licenses: &package.licenses,
        maintainer: package.maintainer.as_deref(),
        modularity_label: package.module_label.as_deref(),
        indirect: package.relationship == Relationship::Indirect,
        relationship: relationship(package.relationship),
        depends_on: &package.depends_on,
        layer: layer_of(run, Some(package)),
        file_path: place::package_path(set, package),
        digest: package.digest.as_deref(),
        locations: package
            .lines
            .iter()
            .map(|lines| Location { start_line: lines.start, end_line: lines.end })
            .collect(),
        pasu: PasuPackage {
            cpes: &package.cpes,
            owner: package.owner.as_deref(),
            evidence: &package.evidence,
        },
    }
}

/// Epoch, version and release of Debian and RPM packages, which Trivy keeps apart: `1:2.36-9` is 1, `2.36`, `9`.
fn split(kind: PackageType, version: &str) -> (u64, &str, &str) {
    if !matches!(kind, PackageType::Dpkg | PackageType::Rpm) {
        return (0, version, "");
    }
    let (epoch, rest) = match version.split_once(':') {
        Some((epoch, rest)) => match epoch.parse() {
            Ok(epoch) => (epoch, rest),
            Err(_) => (0, version),
        },
        None => (0, version),
    };
    let (version, release) = rest.rsplit_once('-').unwrap_or((rest, ""));
    (epoch, version, release)
}

fn relationship(relationship: Relationship) -> &'static str {
    match relationship {
        Relationship::Unknown => "",
        Relationship::Root => "root",
        Relationship::Workspace => "workspace",
        Relationship::Direct => "direct",
        Relationship::Indirect => "indirect",
    }
}

fn identifier<'a>(set: &FindingSet, package: &'a pasu_model::Package) -> Identifier<'a> {
    let path = package.path.as_deref().unwrap_or_default();
    let id = package.id();
    Identifier {
        purl: package.purl.as_ref().map(pasu_model::Purl::as_str),
        uid: content_id::short(&[package.kind.name(), &set.target, &id, path]),
    }
}

/// One finding, if it is a vulnerability.
fn vulnerability<'a>(
    run: &'a Run,
    finding: &'a Finding,
    set: Option<&FindingSet>,
    package: Option<&'a pasu_model::Package>,
) -> Option<Vulnerability<'a>> {
    let details = finding.vulnerability()?;
    let located = set.zip(package);
    Some(Vulnerability {
        vulnerability_id: &finding.rule,
        vendor_ids: &details.vendor_ids,
        package_id: package.map(pasu_model::Package::id).unwrap_or_default(),
        package_name: package.map_or("", |package| &package.name),
        package_path: located.and_then(|(set, package)| place::package_path(set, package)),
        package_identifier: located.map(|(set, package)| identifier(set, package)),
        installed_version: package.map_or("", |package| &package.version),
        fixed_version: details.fixed_versions.join(", "),
        status: details.status.name(),
        layer: layer_of(run, package),
        severity_source: &details.severity_source,
        primary_url: &details.primary_url,
        data_source: (!details.data_source.id.is_empty()).then_some(DataSource {
            id: &details.data_source.id,
            name: &details.data_source.name,
            url: &details.data_source.url,
        }),
        fingerprint: finding.fingerprint.as_str(),
        title: &details.title,
        description: &details.description,
        severity: finding.severity.name(),
        cwe_ids: &details.cwes,
        vendor_severity: details
            .vendor_severity
            .iter()
            .map(|(source, severity)| (source.as_str(), *severity as u8))
            .collect(),
        cvss: details.cvss.iter().map(|(source, cvss)| (source.as_str(), scores(cvss))).collect(),
        references: &details.references,
        published_date: details.published.as_deref(),
        last_modified_date: details.modified.as_deref(),
        pasu: extras(details),
    })
}

fn scores(cvss: &pasu_model::Cvss) -> Cvss<'_> {
    Cvss {
        v2_vector: cvss.v2_vector.as_deref(),
        v3_vector: cvss.v3_vector.as_deref(),
        v40_vector: cvss.v40_vector.as_deref(),
        v2_score: cvss.v2_score,
        v3_score: cvss.v3_score,
        v40_score: cvss.v40_score,
    }
}

fn extras(details: &pasu_model::Vulnerability) -> PasuVulnerability<'_> {
    PasuVulnerability {
        aliases: &details.aliases,
        known_exploited: details.known_exploited.as_ref().map(|known| KnownExploited {
            added: &known.added,
            due: &known.due,
            ransomware: known.ransomware,
        }),
        epss: details.epss.map(|epss| Epss { score: epss.score, percentile: epss.percentile }),
        cpe_match: details.cpe_match.as_ref().map(|matched| CpeMatch {
            cpe: &matched.cpe,
            criteria: &matched.criteria,
            range: &matched.range,
            evidence: &matched.evidence,
            confidence: confidence(matched.confidence),
        }),
    }
}

fn confidence(confidence: pasu_model::Confidence) -> &'static str {
    match confidence {
        pasu_model::Confidence::Low => "low",
        pasu_model::Confidence::Medium => "medium",
        pasu_model::Confidence::High => "high",
    }
}

#[cfg(test)]
mod tests {
    use super::split;
    use pasu_model::PackageType;

    #[test]
    fn debian_and_rpm_versions_come_apart() {
        for (kind, version, expected) in [
            (PackageType::Dpkg, "1:2.36-9+deb12u14", (1, "2.36", "9+deb12u14")),
            (PackageType::Dpkg, "3.6.1", (0, "3.6.1", "")),
            (PackageType::Rpm, "3.0.7-27.el9", (0, "3.0.7", "27.el9")),
            (PackageType::Apk, "1.36.1-r2", (0, "1.36.1-r2", "")),
            (PackageType::Dpkg, "x:1-2", (0, "x:1", "2")),
        ] {
            assert_eq!(split(kind, version), expected, "{version}");
        }
    }
}
