//! CVEs that the NVD has not analysed carry only what their author says is `affected`; read as configurations.

use crate::cpe::{Bound, Configuration, CpeName, Criterion, Field, Node, Operator, VersionRange};
use crate::feeds::nvd::{Affected, AffectedVersion};

/// One configuration of all entries that name a product and versions that can be compared; empty if none does.
pub fn configurations(affected: &[Affected]) -> Vec<Configuration> {
    let criteria: Vec<Criterion> = affected.iter().flat_map(criteria).collect();
    if criteria.is_empty() {
        return Vec::new();
    }
    let node = Node { operator: Operator::Or, negate: false, criteria };
    vec![Configuration { operator: Operator::Or, negate: false, nodes: vec![node] }]
}

fn criteria(entry: &Affected) -> Vec<Criterion> {
    let Some(name) = product(entry) else { return Vec::new() };
    entry
        .versions
        .iter()
        .filter(|version| version.status == "affected")
        .filter_map(|version| criterion(&name, version))
        .collect()
}

/// The author's CPE if there is one; else vendor and product spelt as the CPE dictionary spells names.
fn product(entry: &Affected) -> Option<CpeName> {
    if let Some(name) = entry.cpes.first() {
        return CpeName::new("a", &name.vendor(), &name.product()).ok();
    }
    let spelt = |text: &str| text.trim().to_lowercase().replace(' ', "_");
    let (vendor, product) = (spelt(&entry.vendor), spelt(&entry.product));
    let known = |text: &str| !matches!(text, "" | "n/a" | "unknown" | "unspecified");
    (known(&vendor) && known(&product)).then(|| CpeName::new("a", &vendor, &product).ok()).flatten()
}

fn criterion(name: &CpeName, version: &AffectedVersion) -> Option<Criterion> {
    if matches!(version.version_type.as_str(), "git" | "custom-git") || !version.changes.is_empty()
    {
        return None;
    }
    let end = match (&version.less_than, &version.less_than_or_equal) {
        (Some(end), _) => Some(Bound { version: end.clone(), inclusive: false }),
        (None, Some(end)) => Some(Bound { version: end.clone(), inclusive: true }),
        (None, None) => None,
    };
    let comparable = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
    if end.as_ref().is_some_and(|end| !comparable(&end.version)) {
        return None;
    }
    let Some(end) = end else {
        // A single version; "all versions" in words says too little to accuse anybody.
        let name = name
            .with(Field::Version, &version.version)
            .ok()
            .filter(|_| comparable(&version.version))?;
        return Some(Criterion { vulnerable: true, name, range: None });
    };
    let start = (comparable(&version.version) && version.version != "0")
        .then(|| Bound { version: version.version.clone(), inclusive: true });
    Some(Criterion {
        vulnerable: true,
        name: name.clone(),
        range: Some(Box::new(VersionRange { start, end: Some(end) })),
    })
}

#[cfg(test)]
mod tests {
    use super::configurations;
    use crate::feeds::nvd::{Affected, AffectedVersion};

    fn entry(version: &str, less_than: Option<&str>, kind: &str) -> Affected {
        let version = AffectedVersion {
            version: version.into(),
            less_than: less_than.map(str::to_owned),
            version_type: kind.into(),
            status: "affected".into(),
            ..AffectedVersion::default()
        };
        Affected {
            vendor: "Apache Software Foundation".into(),
            product: "Tomcat X".into(),
            versions: vec![version],
            ..Affected::default()
        }
    }

    #[test]
    fn ranges_become_bounds_and_words_become_nothing() {
        let found = configurations(&[entry("9.0.0", Some("9.0.98"), "semver")]);
        let criterion = &found[0].nodes[0].criteria[0];
        assert_eq!(criterion.name.product(), "tomcat_x");
        assert_eq!(criterion.range.as_ref().unwrap().to_string(), ">= 9.0.0, < 9.0.98");
        assert!(
            configurations(&[entry("all versions", None, ""), entry("6d1a", Some("9f2b"), "git")])
                .is_empty()
        );
    }
}
