//! Package URLs (the purl specification).

use packageurl::PackageUrl;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A package URL in canonical form.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Purl(String);

/// The parts of a package URL, unescaped.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PurlParts {
    /// `npm`, `deb`, `golang`, lower case.
    pub kind: String,
    /// `@babel`, `debian`, `org.slf4j`; may hold `/`.
    pub namespace: Option<String>,
    /// Name.
    pub name: String,
    /// Version.
    pub version: Option<String>,
    /// Qualifiers such as `arch`, `distro`, `epoch`.
    pub qualifiers: Vec<(String, String)>,
    /// Path inside the package.
    pub subpath: Option<String>,
}

impl Purl {
    /// Builds the canonical form; `None` if the kind or the name is not allowed (empty, control characters).
    #[must_use]
    pub fn new(
        kind: &str,
        namespace: Option<&str>,
        name: &str,
        version: Option<&str>,
        qualifiers: &[(&str, &str)],
    ) -> Option<Self> {
        let mut purl = PackageUrl::new(kind.to_owned(), name.to_owned()).ok()?;
        if let Some(namespace) = namespace.filter(|namespace| !namespace.is_empty()) {
            purl.with_namespace(namespace.to_owned()).ok()?;
        }
        if let Some(version) = version.filter(|version| !version.is_empty()) {
            purl.with_version(version.to_owned()).ok()?;
        }
        for (key, value) in qualifiers.iter().filter(|(_, value)| !value.is_empty()) {
            purl.add_qualifier((*key).to_owned(), (*value).to_owned()).ok()?;
        }
        Some(Self(purl.to_string()))
    }

    /// Reads a package URL; `None` if it is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let first: PackageUrl<'_> = text.parse().ok()?;
        let written = first.to_string();
        // A namespace of dots alone is written as an empty one, which is no canonical form yet.
        let second: PackageUrl<'_> = written.parse().ok()?;
        let again = second.to_string();
        let third: PackageUrl<'_> = again.parse().ok()?;
        (third.to_string() == again).then_some(Self(again))
    }

    /// The parts.
    #[must_use]
    pub fn parts(&self) -> PurlParts {
        let Ok(purl) = self.0.parse::<PackageUrl<'_>>() else { return PurlParts::default() };
        PurlParts {
            kind: purl.ty().to_owned(),
            namespace: purl.namespace().map(str::to_owned),
            name: purl.name().to_owned(),
            version: purl.version().map(str::to_owned),
            qualifiers: purl
                .qualifiers()
                .iter()
                .map(|(key, value)| (key.to_string(), value.to_string()))
                .collect(),
            subpath: purl.subpath().map(str::to_owned),
        }
    }

    /// The printed form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Purl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Purl;

    #[test]
    fn purls_are_escaped_and_read_back() {
        let purl = Purl::new("npm", Some("@babel"), "core", Some("7.1.0"), &[]).unwrap();
        assert_eq!(purl.as_str(), "pkg:npm/%40babel/core@7.1.0");
        assert_eq!(purl.parts().namespace.as_deref(), Some("@babel"));
        let deb = Purl::new("deb", Some("debian"), "libstdc++6", Some("1:2"), &[("arch", "amd64")])
            .unwrap();
        assert_eq!(deb.parts().version.as_deref(), Some("1:2"));
        assert_eq!(Purl::parse("not a purl"), None);
    }

    #[test]
    fn a_purl_with_a_namespace_of_dots_is_written_as_it_is_read() {
        let purl = Purl::parse("pkg:npm/./a%2Fb@1").unwrap();
        assert_eq!(purl.as_str(), "pkg:npm/a%2Fb@1");
        assert_eq!(Purl::parse(purl.as_str()), Some(purl));
    }
}
