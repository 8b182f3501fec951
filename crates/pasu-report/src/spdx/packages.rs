//! Nodes as packages, and the licences that the SPDX list does not have.

use super::schema::{Checksum, ExternalRef, ExtractedLicense, Package};
use crate::graph::What;
use crate::image_name;
use crate::license::{self, License};
use crate::place;
use pasu_model::{PackageType, Run};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What nobody looked at.
const NO_ASSERTION: &str = "NOASSERTION";

/// The packages so far.
#[derive(Default)]
pub(super) struct Packages<'a> {
    pub(super) list: Vec<Package<'a>>,
    pub(super) licenses: OtherLicenses,
}

impl<'a> Packages<'a> {
    /// Adds one node.
    pub(super) fn add(&mut self, run: &'a Run, what: What<'a>, id: String) {
        let package = match what {
            What::Target => target(run, id),
            What::System(os) => {
                let version = (!os.version.is_empty()).then_some(os.version.as_str());
                plain(os.family.name(), version, "OPERATING_SYSTEM", id)
            }
            What::Record(set) => plain(&set.target, None, "APPLICATION", id),
            What::Package(package) => self.package(run, package, id),
        };
        self.list.push(package);
    }

    fn package(&mut self, run: &Run, package: &'a pasu_model::Package, id: String) -> Package<'a> {
        let purpose = if package.kind == PackageType::Binary { "APPLICATION" } else { "LIBRARY" };
        let version = (!package.version.is_empty()).then_some(package.version.as_str());
        let maker = package.maintainer.as_deref().or(package.vendor.as_deref());
        Package {
            supplier: maker.and_then(supplier),
            checksums: package.digest.as_deref().and_then(checksum).into_iter().collect(),
            source_info: source_info(run, package),
            license_declared: self.licenses.expression(&package.licenses),
            external_refs: external_refs(package),
            ..plain(&package.name, version, purpose, id)
        }
    }
}

/// What was looked at. An image that a registry knows has its package URL, and what it is made of is the image itself.
fn target(run: &Run, id: String) -> Package<'_> {
    let Some(image) = &run.image else { return plain(&run.target.name, None, "OTHER", id) };
    let names = image.repo_tags.iter().chain(&image.repo_digests);
    let names = names.map(|name| format!("known as {name}"));
    let id_of_image = (!image.id.is_empty()).then(|| format!("image {}", image.id));
    let layers = image.layers.iter().filter(|layer| !layer.diff_id.is_empty());
    let layers = layers.map(|layer| format!("layer {}", layer.diff_id));
    let purl = image_name::purl(image).map(|purl| ExternalRef {
        reference_category: "PACKAGE-MANAGER",
        reference_type: "purl",
        reference_locator: Cow::Owned(purl.to_string()),
    });
    Package {
        source_info: id_of_image
            .into_iter()
            .chain(names)
            .chain(layers)
            .collect::<Vec<_>>()
            .join("; "),
        external_refs: purl.into_iter().collect(),
        ..plain(&run.target.name, None, "CONTAINER", id)
    }
}

/// A package with only what every node has.
fn plain<'a>(
    name: &'a str,
    version: Option<&'a str>,
    purpose: &'static str,
    id: String,
) -> Package<'a> {
    Package {
        // The specification wants a name; a target without one is its own root.
        name: if name.is_empty() { "/" } else { name },
        spdx_id: id,
        version_info: version,
        supplier: None,
        download_location: NO_ASSERTION,
        files_analyzed: false,
        checksums: Vec::new(),
        source_info: String::new(),
        license_concluded: NO_ASSERTION,
        license_declared: NO_ASSERTION.to_owned(),
        copyright_text: NO_ASSERTION,
        external_refs: Vec::new(),
        primary_package_purpose: purpose,
    }
}

/// `Organization: name (mail)` of `name <mail>`; SPDX 2.3, 7.5.
fn supplier(maker: &str) -> Option<String> {
    let (name, mail) = match maker.split_once('<') {
        Some((name, mail)) => (name.trim(), mail.trim_end_matches([' ', '>'])),
        None => (maker.trim(), ""),
    };
    let one_line = |text: &str| text.replace(['\r', '\n', '(', ')'], " ").trim().to_owned();
    let (name, mail) = (one_line(name), one_line(mail));
    match (name.is_empty(), mail.is_empty()) {
        (true, _) => None,
        (false, true) => Some(format!("Organization: {name}")),
        (false, false) => Some(format!("Organization: {name} ({mail})")),
    }
}

/// `sha256:ab…` as SPDX writes it, if it is what it says.
fn checksum(digest: &str) -> Option<Checksum> {
    let (name, value) = digest.split_once(':')?;
    let (algorithm, length) = match name {
        "md5" => ("MD5", 32),
        "sha1" => ("SHA1", 40),
        "sha256" => ("SHA256", 64),
        "sha384" => ("SHA384", 96),
        "sha512" => ("SHA512", 128),
        _ => return None,
    };
    let valid = value.len() == length && value.bytes().all(|byte| byte.is_ascii_hexdigit());
    valid.then(|| Checksum { algorithm, checksum_value: value.to_ascii_lowercase() })
}

/// Where it was found and what it was built from.
fn source_info(run: &Run, package: &pasu_model::Package) -> String {
    let built = package
        .source
        .as_ref()
        .map(|source| format!("built from source package {} {}", source.name, source.version));
    let found = package.path.as_ref().map(|path| format!("found in {path}"));
    let layer = place::layer(run, Some(package)).map(|layer| &layer.diff_id);
    let layer = layer.filter(|id| !id.is_empty()).map(|id| format!("brought by layer {id}"));
    built.into_iter().chain(found).chain(layer).collect::<Vec<_>>().join("; ")
}

fn external_refs(package: &pasu_model::Package) -> Vec<ExternalRef<'_>> {
    let purl = package.purl.as_ref().map(|purl| ExternalRef {
        reference_category: "PACKAGE-MANAGER",
        reference_type: "purl",
        reference_locator: Cow::Borrowed(purl.as_str()),
    });
    // The form is checked because SPDX demands it and a bill that was read may hold anything.
    let valid = |cpe: &&String| cpe.starts_with("cpe:2.3:") && !cpe.contains(char::is_whitespace);
    let cpes = package.cpes.iter().filter(valid).map(|cpe| ExternalRef {
        reference_category: "SECURITY",
        reference_type: "cpe23Type",
        reference_locator: Cow::Borrowed(cpe.as_str()),
    });
    purl.into_iter().chain(cpes).collect()
}

/// Declared licences that are not on the SPDX list, with the reference that stands for each.
#[derive(Default)]
pub(super) struct OtherLicenses {
    references: BTreeMap<String, String>,
}

impl OtherLicenses {
    /// All declared licences as one expression.
    fn expression(&mut self, declared: &[String]) -> String {
        let mut parts: Vec<String> = Vec::new();
        for name in declared.iter().filter(|name| !name.trim().is_empty()) {
            let part = match license::read(name) {
                License::Id(id) => id.to_owned(),
                License::Expression(expression) if declared.len() == 1 => expression.to_owned(),
                License::Expression(expression) => format!("({expression})"),
                License::Name(name) => self.reference(name),
            };
            if !parts.contains(&part) {
                parts.push(part);
            }
        }
        if parts.is_empty() { NO_ASSERTION.to_owned() } else { parts.join(" AND ") }
    }

    fn reference(&mut self, name: &str) -> String {
        let reference = || format!("LicenseRef-{}", crate::content_id::short(&["license", name]));
        self.references.entry(name.to_owned()).or_insert_with(reference).clone()
    }

    /// What each reference stands for.
    pub(super) fn into_infos(self) -> Vec<ExtractedLicense> {
        let info = |(name, id): (String, String)| ExtractedLicense {
            license_id: id,
            extracted_text: name.clone(),
            name,
        };
        self.references.into_iter().map(info).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{OtherLicenses, supplier};

    #[test]
    fn licences_become_one_expression() {
        let mut licenses = OtherLicenses::default();
        let mut read = |declared: &[&str]| {
            licenses.expression(&declared.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(read(&[]), "NOASSERTION");
        assert_eq!(read(&["MIT"]), "MIT");
        assert_eq!(read(&["MIT OR Apache-2.0"]), "MIT OR Apache-2.0");
        assert_eq!(
            read(&["MIT OR Apache-2.0", "BSD-3-Clause"]),
            "(MIT OR Apache-2.0) AND BSD-3-Clause"
        );
        assert!(read(&["who knows"]).starts_with("LicenseRef-"));
        assert_eq!(licenses.into_infos().len(), 1);
    }

    #[test]
    fn makers_become_organisations() {
        assert_eq!(
            supplier("Debian OpenSSL Team <a@b.org>").as_deref(),
            Some("Organization: Debian OpenSSL Team (a@b.org)")
        );
        assert_eq!(supplier("Red Hat, Inc.").as_deref(), Some("Organization: Red Hat, Inc."));
        assert_eq!(supplier("<a@b.org>"), None);
    }
}
