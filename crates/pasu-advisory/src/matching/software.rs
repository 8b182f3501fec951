//! Programs outside packages against the NVD's configurations.

use super::{Hit, Judged};
use crate::build::product_key;
use crate::cpe::{CpeName, Field, evaluate};
use crate::database::{Database, DatabaseError};
use crate::record::{Origin, Range, RangeEnd, Row, VulnId};
use crate::version::compare;
use pasu_model::{CpeMatch, Ecosystem, OperatingSystem, OsFamily, Package, PackageSet, Status};
use std::collections::HashMap;

/// What else is known of the target, for configurations of the kind "this on that".
pub struct Environment {
    names: Vec<CpeName>,
}

impl Environment {
    /// The operating system, as distribution and as kernel, and every program that has a CPE name.
    pub fn new(os: Option<&OperatingSystem>, sets: &[PackageSet]) -> Self {
        // Pasu looks at Linux only; which kernel runs is not part of an inventory.
        let mut names: Vec<CpeName> =
            CpeName::new("o", "linux", "linux_kernel").into_iter().collect();
        names.extend(os.and_then(distribution));
        let cpes = sets.iter().flat_map(|set| &set.packages).flat_map(|package| &package.cpes);
        names.extend(cpes.filter_map(|cpe| cpe.parse::<CpeName>().ok()));
        Self { names }
    }
}

/// A distribution as the CPE dictionary names it.
fn distribution(os: &OperatingSystem) -> Option<CpeName> {
    let (vendor, product) = match os.family {
        OsFamily::Debian => ("debian", "debian_linux"),
        OsFamily::Ubuntu => ("canonical", "ubuntu_linux"),
        OsFamily::Alpine => ("alpinelinux", "alpine_linux"),
        OsFamily::RedHat => ("redhat", "enterprise_linux"),
        OsFamily::CentOs => ("centos", "centos"),
        OsFamily::Rocky => ("rockylinux", "rocky_linux"),
        OsFamily::Alma => ("almalinux", "almalinux"),
        OsFamily::Fedora => ("fedoraproject", "fedora"),
        OsFamily::Oracle => ("oracle", "linux"),
        OsFamily::Amazon => ("amazon", "linux"),
        OsFamily::Suse => ("suse", "linux_enterprise_server"),
        OsFamily::OpenSuseLeap | OsFamily::OpenSuseTumbleweed => ("opensuse", "leap"),
        OsFamily::Arch => ("archlinux", "arch_linux"),
        OsFamily::Wolfi | OsFamily::Chainguard | OsFamily::Other => return None,
    };
    CpeName::new("o", vendor, product).ok()?.with(Field::Version, &os.advisory_release()).ok()
}

pub fn judge(
    database: &Database,
    environment: &Environment,
    package: &Package,
) -> Result<Judged, DatabaseError> {
    if package.version.is_empty() {
        return Ok(Judged::Unknown("its version is not known"));
    }
    let names = names(package);
    if names.is_empty() {
        return Ok(Judged::Unknown("it has no CPE name"));
    }
    // The same CVE may be filed under several names of a product; the surest hit counts.
    let mut hits: HashMap<VulnId, CpeMatch> = HashMap::new();
    for cpe in names {
        for id in database.product(&product_key(&cpe))? {
            let configurations = database.configurations(&id)?;
            let order = |a: &str, b: &str| compare(Ecosystem::Cpe, a, b);
            let Some(hit) = evaluate(&configurations, &cpe, &environment.names, &order) else {
                continue;
            };
            let found = CpeMatch {
                cpe: cpe.to_string(),
                criteria: hit.criteria,
                range: hit.range,
                evidence: package.evidence.clone(),
                confidence: hit.confidence,
            };
            let known = hits.entry(id).or_insert_with(|| found.clone());
            if found.confidence > known.confidence {
                *known = found;
            }
        }
    }
    let mut hits: Vec<Hit> =
        hits.into_iter().map(|(id, cpe)| hit(id, cpe, &package.version)).collect();
    hits.sort_by(|a, b| a.rows.first().map(|row| &row.id).cmp(&b.rows.first().map(|row| &row.id)));
    Ok(Judged::Hits(hits))
}

/// The names a program may be filed under. Node.js's even lines are its long-term ones, which the NVD files under the
/// edition `lts` from the release on that began the long-term support, and plainly before it.
fn names(package: &Package) -> Vec<CpeName> {
    let mut names: Vec<CpeName> = package.cpes.iter().filter_map(|cpe| cpe.parse().ok()).collect();
    let long_term: Vec<CpeName> = names
        .iter()
        .filter(|cpe| cpe.vendor() == "nodejs" && is_even(&package.version))
        .filter_map(|cpe| cpe.with(Field::SwEdition, "lts").ok())
        .collect();
    names.extend(long_term);
    names
}

fn is_even(version: &str) -> bool {
    let major = version.split('.').next().and_then(|major| major.parse::<u32>().ok());
    major.is_some_and(|major| major >= 4 && major % 2 == 0)
}

/// A hit in the shape of the other sources: the bound that ends the matched range is the fix.
fn hit(id: VulnId, cpe: CpeMatch, version: &str) -> Hit {
    let fixed = cpe.range.split(", ").find_map(|bound| bound.strip_prefix("< "));
    let end = fixed.map_or(RangeEnd::Open, |fixed| RangeEnd::Fixed(fixed.to_owned()));
    let row = Row {
        id,
        aliases: Vec::new(),
        notices: Vec::new(),
        origin: Origin::Nvd,
        ranges: vec![Range { introduced: None, end }],
        versions: Vec::new(),
        status: Status::Affected,
        severity: None,
        module: None,
    };
    Hit { rows: vec![row], version: version.to_owned(), cpe: Some(cpe) }
}
