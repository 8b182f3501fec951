//! A package URL as people write it in ignore files and VEX, where what is left out stands for anything.

use pasu_model::{Purl, PurlParts};

/// A package URL that names one package, or all its versions, or all its builds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PackagePattern(PurlParts);

impl PackagePattern {
    /// Reads a package URL; `None` if it is none.
    pub(super) fn parse(text: &str) -> Option<Self> {
        Some(Self(parts(&Purl::parse(text)?)))
    }

    /// The same package at one version; `None` if the pattern names another version already.
    pub(super) fn at_version(&self, version: &str) -> Option<Self> {
        let mut parts = self.0.clone();
        parts.version = Some(version.to_owned());
        epoch_apart(&mut parts);
        let agrees = self.0.version.is_none() || self.0.version == parts.version;
        agrees.then_some(Self(parts))
    }

    /// Whether a package (see [`parts`]) is meant: kind, namespace and name are the same, and so is everything else
    /// that the pattern says.
    pub(super) fn matches(&self, package: &PurlParts) -> bool {
        let same_or_open = |pattern: &Option<String>, value: &Option<String>| {
            pattern.is_none() || pattern == value
        };
        self.0.kind == package.kind
            && self.0.namespace == package.namespace
            && self.0.name == package.name
            && same_or_open(&self.0.version, &package.version)
            && same_or_open(&self.0.subpath, &package.subpath)
            && self.0.qualifiers.iter().all(|qualifier| package.qualifiers.contains(qualifier))
    }
}

/// The parts of a package URL in one spelling, so that equal packages have equal parts.
pub(super) fn parts(purl: &Purl) -> PurlParts {
    let mut parts = purl.parts();
    let non_empty = |part: Option<String>| part.filter(|part| !part.is_empty());
    parts.namespace = non_empty(parts.namespace);
    parts.version = non_empty(parts.version);
    parts.subpath = non_empty(parts.subpath);
    match parts.kind.as_str() {
        "pypi" => parts.name = parts.name.to_ascii_lowercase().replace(['_', '.'], "-"),
        _ => epoch_apart(&mut parts),
    }
    parts
}

/// Some tools write the epoch of Debian and RPM versions into the version (`1:2.3-4`), others beside it (`epoch=1`).
fn epoch_apart(parts: &mut PurlParts) {
    if !matches!(parts.kind.as_str(), "deb" | "rpm") {
        return;
    }
    parts.qualifiers.retain(|(key, value)| !(key == "epoch" && value == "0"));
    let Some((epoch, rest)) = parts.version.as_deref().and_then(|version| version.split_once(':'))
    else {
        return;
    };
    if epoch.is_empty() || !epoch.bytes().all(|byte| byte.is_ascii_digit()) {
        return;
    }
    let (epoch, rest) = (epoch.to_owned(), rest.to_owned());
    if epoch != "0" && !parts.qualifiers.iter().any(|(key, _)| key == "epoch") {
        parts.qualifiers.push(("epoch".to_owned(), epoch));
    }
    parts.version = Some(rest);
}

#[cfg(test)]
mod tests {
    use super::{PackagePattern, parts};
    use pasu_model::Purl;

    #[test]
    fn what_a_pattern_leaves_out_is_anything() {
        let deb = "pkg:deb/debian/perl@5.36.0-7?arch=amd64&distro=debian-12.5&epoch=1";
        for (pattern, package, expected) in [
            ("pkg:npm/lodash", "pkg:npm/lodash@4.17.20", true),
            ("pkg:npm/lodash@4.17.20", "pkg:npm/lodash@4.17.20", true),
            ("pkg:npm/lodash@4.17.2", "pkg:npm/lodash@4.17.20", false),
            ("pkg:npm/lodash", "pkg:npm/lodash-es@4.17.20", false),
            ("pkg:npm/core", "pkg:npm/%40babel/core@7.0.0", false),
            ("pkg:npm/@babel/core", "pkg:npm/%40babel/core@7.0.0", true),
            ("pkg:pypi/lodash", "pkg:npm/lodash@4.17.20", false),
            ("pkg:pypi/Ruamel_Yaml", "pkg:pypi/ruamel.yaml@0.1", true),
            ("pkg:deb/debian/perl", deb, true),
            ("pkg:deb/ubuntu/perl", deb, false),
            ("pkg:deb/debian/perl@5.36.0-7", deb, true),
            ("pkg:deb/debian/perl@1:5.36.0-7", deb, true),
            ("pkg:deb/debian/perl@1%3A5.36.0-7?arch=amd64", deb, true),
            ("pkg:deb/debian/perl@2:5.36.0-7", deb, false),
            ("pkg:deb/debian/perl?arch=arm64", deb, false),
            ("pkg:deb/debian/perl?arch=amd64", deb, true),
            ("pkg:deb/debian/perl?vendor=x", deb, false),
            ("pkg:deb/debian/b@0:1", "pkg:deb/debian/b@1", true),
            ("pkg:golang/golang.org/x/net", "pkg:golang/golang.org/x/net@v0.1.0", true),
            ("pkg:golang/golang.org/x/net#http2", "pkg:golang/golang.org/x/net@v0.1.0", false),
        ] {
            let package = parts(&Purl::parse(package).unwrap());
            let found = PackagePattern::parse(pattern).unwrap().matches(&package);
            assert_eq!(found, expected, "{pattern} {package:?}");
        }
        assert_eq!(PackagePattern::parse("lodash"), None);
    }
}
