//! Nodes as components.

use super::schema::{
    Component, Evidence, Hash, License, LicenseChoice, Named, Occurrence, Property,
};
use crate::graph::What;
use crate::{image_name, license, place};
use pasu_model::{OperatingSystem, Package, PackageType, Relationship, Run, Tool};
use std::borrow::Cow;

/// The program that wrote the document.
pub(super) fn tool(tool: &Tool) -> Component<'_> {
    Component {
        kind: "application",
        name: &tool.name,
        version: Some(&tool.version),
        ..Component::default()
    }
}

/// One node.
pub(super) fn component<'a>(run: &'a Run, what: What<'a>, id: &str) -> Component<'a> {
    let mut component = match what {
        What::Target => target(run),
        What::System(os) => system(run, os),
        What::Record(set) => Component {
            kind: "application",
            name: &set.target,
            properties: vec![property("pasu:Type", set.kind.name())],
            ..Component::default()
        },
        What::Package(package) => self::package(run, package),
    };
    component.bom_ref = Some(id.to_owned());
    component
}

/// What was looked at. An image is told by what identifies it, as Trivy does under names of its own.
fn target(run: &Run) -> Component<'_> {
    let Some(image) = &run.image else {
        return Component { kind: "application", name: &run.target.name, ..Component::default() };
    };
    let mut properties = Vec::new();
    let mut add = |name, value: &str| {
        if !value.is_empty() {
            properties.push(property(name, value));
        }
    };
    for layer in &image.layers {
        add("pasu:DiffID", &layer.diff_id);
    }
    add("pasu:ImageID", &image.id);
    add("pasu:Reference", image.reference());
    image.repo_digests.iter().for_each(|digest| add("pasu:RepoDigest", digest));
    image.repo_tags.iter().for_each(|tag| add("pasu:RepoTag", tag));
    if image.size > 0 {
        add("pasu:Size", &image.size.to_string());
    }
    Component {
        kind: "container",
        name: &run.target.name,
        purl: image_name::purl(image).map(|purl| Cow::Owned(purl.to_string())),
        properties,
        ..Component::default()
    }
}

fn system<'a>(run: &Run, os: &'a OperatingSystem) -> Component<'a> {
    let mut properties = vec![property("pasu:Type", os.family.name())];
    if run.os_end_of_life {
        properties.push(property("pasu:EndOfLife", "true"));
    }
    Component {
        kind: "operating-system",
        name: os.family.name(),
        version: (!os.version.is_empty()).then_some(os.version.as_str()),
        properties,
        ..Component::default()
    }
}

fn package<'a>(run: &Run, package: &'a Package) -> Component<'a> {
    let (group, name) = group_and_name(package);
    let maker = package.maintainer.as_deref().or(package.vendor.as_deref());
    Component {
        kind: if package.kind == PackageType::Binary { "application" } else { "library" },
        supplier: maker.map(|name| Named { name }),
        group,
        name,
        version: (!package.version.is_empty()).then_some(package.version.as_str()),
        hashes: package.digest.as_deref().and_then(hash).into_iter().collect(),
        licenses: licenses(&package.licenses),
        cpe: package.cpes.first().map(String::as_str),
        purl: package.purl.as_ref().map(|purl| Cow::Borrowed(purl.as_str())),
        properties: properties(run, package),
        evidence: evidence(package),
        ..Component::default()
    }
}

/// Maven's group and npm's scope apart from the name, as the specification asks.
fn group_and_name(package: &Package) -> (Option<&str>, &str) {
    let split = match package.kind {
        PackageType::Pom | PackageType::Gradle | PackageType::Jar => package.name.split_once(':'),
        _ if package.name.starts_with('@') => package.name.split_once('/'),
        _ => None,
    };
    match split {
        Some((group, name)) if !group.is_empty() && !name.is_empty() => (Some(group), name),
        _ => (None, &package.name),
    }
}

/// `sha256:ab…` as CycloneDX writes it, if it is what it says.
fn hash(digest: &str) -> Option<Hash> {
    let (name, content) = digest.split_once(':')?;
    let (alg, length) = match name {
        "md5" => ("MD5", 32),
        "sha1" => ("SHA-1", 40),
        "sha256" => ("SHA-256", 64),
        "sha384" => ("SHA-384", 96),
        "sha512" => ("SHA-512", 128),
        _ => return None,
    };
    let valid = content.len() == length && content.bytes().all(|byte| byte.is_ascii_hexdigit());
    valid.then(|| Hash { alg, content: content.to_ascii_lowercase() })
}

/// The schema allows either one expression or a list of licences.
fn licenses(declared: &[String]) -> Vec<LicenseChoice<'_>> {
    if let [only] = declared
        && let license::License::Expression(expression) = license::read(only)
    {
        return vec![LicenseChoice::Expression(expression.to_owned())];
    }
    let named = declared.iter().filter(|name| !name.trim().is_empty());
    named
        .map(|name| {
            LicenseChoice::License(match license::read(name) {
                license::License::Id(id) => License::Id(id),
                license::License::Expression(name) | license::License::Name(name) => {
                    License::Name(name)
                }
            })
        })
        .collect()
}

fn properties(run: &Run, package: &Package) -> Vec<Property> {
    let mut properties = vec![property("pasu:Type", package.kind.name())];
    let mut add = |name, value: Option<&str>| {
        properties.extend(value.map(|value| property(name, value)));
    };
    add("pasu:SrcName", package.source.as_ref().map(|source| source.name.as_str()));
    add("pasu:SrcVersion", package.source.as_ref().map(|source| source.version.as_str()));
    add("pasu:ModularityLabel", package.module_label.as_deref());
    add("pasu:OwnedBy", package.owner.as_deref());
    add("pasu:Development", package.dev.then_some("true"));
    add(
        "pasu:Relationship",
        match package.relationship {
            Relationship::Unknown => None,
            Relationship::Root => Some("root"),
            Relationship::Workspace => Some("workspace"),
            Relationship::Direct => Some("direct"),
            Relationship::Indirect => Some("indirect"),
        },
    );
    let layer = place::layer(run, Some(package));
    let known = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    add("pasu:LayerDigest", layer.and_then(|layer| known(&layer.digest)).as_deref());
    add("pasu:LayerDiffID", layer.and_then(|layer| known(&layer.diff_id)).as_deref());
    for line in &package.evidence {
        add("pasu:Evidence", Some(line));
    }
    properties
}

/// Where on the target it stands.
fn evidence(package: &Package) -> Option<Evidence<'_>> {
    let location = package.path.as_deref()?;
    let line = package.lines.first().map(|lines| lines.start);
    Some(Evidence { occurrences: vec![Occurrence { location, line }] })
}

/// One property.
pub(super) fn property(name: &'static str, value: impl Into<String>) -> Property {
    Property { name, value: value.into() }
}
