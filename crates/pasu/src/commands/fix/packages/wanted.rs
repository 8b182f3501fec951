//! From findings to packages and the versions that mend them.

use anyhow::{Context, Result};
use pasu_advisory::version::compare;
use pasu_checks::Host;
use pasu_fix::packages::{UpdatePlan, Wanted};
use pasu_model::{Ecosystem, Package, PackageType, Vulnerability};
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// The packages with findings that a newer version mends: all, those of these names, those of these vulnerabilities.
pub fn of_findings(host: &Host, names: &[String], cves: &[String]) -> Result<Vec<Wanted>> {
    let software = host
        .software()
        .ok()
        .context("the installed packages were not read; hint: run again as root")?;
    let findings = software.findings.iter().filter_map(|(index, rule, vulnerability)| {
        let package = software.packages.get(*index)?;
        let is_named = names.is_empty() || names.contains(&package.name);
        let is_meant = cves.is_empty() || cves.iter().any(|cve| cve.eq_ignore_ascii_case(rule));
        (is_named && is_meant).then_some((package, &**rule, vulnerability))
    });
    Ok(of(findings))
}

/// The packages of some findings, each with the version that mends all of its own; those without such a version are
/// left out.
pub fn of<'a>(
    findings: impl Iterator<Item = (&'a Package, &'a str, &'a Vulnerability)>,
) -> Vec<Wanted> {
    let mut wanted: BTreeMap<String, Wanted> = BTreeMap::new();
    for (package, rule, vulnerability) in findings {
        let Some(fixed) = lowest(package, &vulnerability.fixed_versions) else { continue };
        let known = wanted.entry(package.name.clone()).or_insert_with(|| Wanted {
            package: package.name.clone(),
            installed: package.version.clone(),
            fixed: fixed.clone(),
            cves: Vec::new(),
        });
        // The one that mends all of them.
        if order(package, &known.fixed, &fixed) == Some(Ordering::Less) {
            known.fixed = fixed;
        }
        if !known.cves.iter().any(|cve| cve == rule) {
            known.cves.push(rule.to_owned());
        }
    }
    wanted.into_values().collect()
}

/// The lowest of several versions that mend one vulnerability.
fn lowest(package: &Package, versions: &[String]) -> Option<String> {
    let mut lowest = versions.first()?;
    for version in versions {
        if order(package, version, lowest) == Some(Ordering::Less) {
            lowest = version;
        }
    }
    Some(lowest.clone())
}

fn order(package: &Package, one: &str, other: &str) -> Option<Ordering> {
    let ecosystem = match package.kind {
        PackageType::Dpkg => "debian",
        PackageType::Apk => "alpine",
        _ => "redhat",
    };
    compare(Ecosystem::parse(ecosystem)?, one, other)
}

/// Adds those of these names, or all, that a plan of security updates has and no finding named.
pub fn add(wanted: &mut Vec<Wanted>, plan: &UpdatePlan, names: &[String]) {
    for upgrade in &plan.upgrades {
        let is_named = names.is_empty() || names.contains(&upgrade.package);
        if is_named && !wanted.iter().any(|known| known.package == upgrade.package) {
            wanted.push(Wanted {
                package: upgrade.package.clone(),
                installed: upgrade.from.clone(),
                fixed: upgrade.to.clone(),
                cves: Vec::new(),
            });
        }
    }
}
