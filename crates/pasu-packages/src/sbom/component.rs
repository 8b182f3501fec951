//! From a component of a bill to a package of its ecosystem.

use super::distribution::{self, Distribution};
use super::{MOST_COMPONENTS, SbomError};
use pasu_model::{
    Inventory, OperatingSystem, Package, PackageSet, PackageType, Purl, PurlParts, SourcePackage,
    Unseen, UnseenReason,
};
use std::collections::BTreeMap;

/// What both standards say of a component, in one shape.
#[derive(Default)]
pub(super) struct Component {
    /// Where it stands in the bill, for messages: `components[3]`.
    pub(super) place: String,
    pub(super) name: String,
    pub(super) version: String,
    pub(super) purl: Option<String>,
    pub(super) cpes: Vec<String>,
    pub(super) licenses: Vec<String>,
    pub(super) supplier: Option<String>,
    pub(super) digest: Option<String>,
    pub(super) path: Option<String>,
    pub(super) source: Option<SourcePackage>,
    pub(super) module_label: Option<String>,
    /// What the writer of the bill calls the kind of package, such as `npm` for a lock file.
    pub(super) kind: Option<String>,
}

/// Gathers packages by their kind.
#[derive(Default)]
pub(super) struct Collector {
    os: Option<OperatingSystem>,
    /// A distribution that only a package URL names.
    hint: Option<Distribution>,
    packages: BTreeMap<PackageType, Vec<Package>>,
    unseen: Vec<Unseen>,
    count: usize,
}

impl Collector {
    /// Counts a component against the limit.
    pub(super) fn count(&mut self) -> Result<(), SbomError> {
        self.count += 1;
        if self.count > MOST_COMPONENTS { Err(SbomError::TooManyComponents) } else { Ok(()) }
    }

    /// The operating system that the bill names; the first one counts.
    pub(super) fn operating_system(&mut self, name: &str, version: &str) {
        let found = || distribution::operating_system(name, version);
        self.os.get_or_insert_with(found);
    }

    /// Says that a component could not be read.
    pub(super) fn malformed(&mut self, place: String, detail: impl Into<String>) {
        let reason = UnseenReason::Malformed;
        self.unseen.push(Unseen { path: place, reason, detail: detail.into() });
    }

    /// Takes one component over.
    pub(super) fn add(&mut self, component: Component) {
        let Some(text) = component.purl.clone() else {
            self.add_without_purl(component);
            return;
        };
        let Some(purl) = Purl::parse(&text) else {
            let shown: String = text.chars().take(200).collect();
            self.malformed(component.place, format!("not a package URL: {shown}"));
            return;
        };
        let parts = purl.parts();
        let kind = kind(&parts.kind, component.kind.as_deref());
        if kind.is_os() && self.hint.is_none() {
            self.hint = distribution::of_purl(&parts);
        }
        let mut package = Package::new(kind, name(&parts), version(&parts, &component, kind));
        package.arch = qualifier(&parts, "arch").map(str::to_owned);
        package.source = if kind.is_os() { source(&parts, &component, &package) } else { None };
        package.module_label = component
            .module_label
            .clone()
            .or_else(|| qualifier(&parts, "rpmmod").map(str::to_owned));
        package.purl = Some(purl);
        self.push(package, component);
    }

    /// A component that only a name or a CPE tells of. Without a version it is a folder of others, not software.
    fn add_without_purl(&mut self, component: Component) {
        if component.name.is_empty() || component.version.is_empty() {
            return;
        }
        let kind =
            if component.cpes.is_empty() { PackageType::Unknown } else { PackageType::Binary };
        let package = Package::new(kind, component.name.clone(), component.version.clone());
        self.push(package, component);
    }

    fn push(&mut self, mut package: Package, component: Component) {
        package.licenses = component.licenses;
        package.maintainer = component.supplier;
        package.digest = component.digest;
        package.cpes = component.cpes;
        if !package.kind.is_os() {
            package.path = component.path.map(|path| format!("/{}", path.trim_start_matches('/')));
        }
        self.packages.entry(package.kind).or_default().push(package);
    }

    /// All packages, sorted, each once.
    pub(super) fn into_inventory(self) -> Inventory {
        let set = |(kind, mut packages): (PackageType, Vec<Package>)| {
            let key = |p: &Package| {
                (p.name.clone(), p.version.clone(), p.path.clone(), p.arch.clone(), p.purl.clone())
            };
            packages.sort_by_cached_key(key);
            packages.dedup_by(|a, b| key(a) == key(b));
            PackageSet { kind, target: target(kind).to_owned(), packages }
        };
        Inventory {
            os: self.os.or_else(|| self.hint.map(Distribution::into_operating_system)),
            sets: self.packages.into_iter().map(set).collect(),
            unseen: self.unseen,
            left_out: Vec::new(),
        }
    }
}

/// The heading of a kind.
fn target(kind: PackageType) -> &'static str {
    if kind.is_os() { "" } else { kind.aggregate_target().unwrap_or(kind.name()) }
}

/// The kind of a URL's type; the writer's own word wins where it is of the same ecosystem.
fn kind(purl_type: &str, word: Option<&str>) -> PackageType {
    let kind = match purl_type {
        "deb" => PackageType::Dpkg,
        "apk" => PackageType::Apk,
        "rpm" => PackageType::Rpm,
        "alpm" => PackageType::Pacman,
        "npm" => PackageType::NodePkg,
        "pypi" => PackageType::PythonPkg,
        "golang" => PackageType::Gobinary,
        "cargo" => PackageType::Cargo,
        "maven" => PackageType::Jar,
        "gem" => PackageType::Gemspec,
        "composer" => PackageType::Composer,
        "nuget" => PackageType::Nuget,
        "hex" => PackageType::Hex,
        "pub" => PackageType::Pub,
        "swift" => PackageType::Swift,
        _ => PackageType::Unknown,
    };
    let said = word.and_then(|word| {
        let word = serde::de::value::StrDeserializer::<serde::de::value::Error>::new(word);
        serde::Deserialize::deserialize(word).ok()
    });
    match said {
        Some(said) if PackageType::ecosystem(said) == kind.ecosystem() && !kind.is_os() => said,
        _ => kind,
    }
}

/// The name as the ecosystem writes it.
fn name(parts: &PurlParts) -> String {
    match (&parts.namespace, parts.kind.as_str()) {
        (None, _) | (_, "deb" | "apk" | "rpm" | "alpm") => parts.name.clone(),
        (Some(group), "maven") => format!("{group}:{}", parts.name),
        (Some(namespace), _) => format!("{namespace}/{}", parts.name),
    }
}

/// The version as the ecosystem writes it: for Debian and RPM with the epoch, which may stand as a qualifier.
fn version(parts: &PurlParts, component: &Component, kind: PackageType) -> String {
    let version = parts.version.as_deref().unwrap_or(&component.version);
    match qualifier(parts, "epoch") {
        Some(epoch) if kind.is_os() && epoch != "0" && !version.contains(':') => {
            format!("{epoch}:{version}")
        }
        _ => version.to_owned(),
    }
}

/// The source package: as the bill says, else Syft's `upstream` qualifier (`glibc`, `glibc@2.36-9`,
/// `glibc-2.34-60.el9.src.rpm`).
fn source(parts: &PurlParts, component: &Component, package: &Package) -> Option<SourcePackage> {
    if let Some(source) = &component.source {
        return Some(source.clone());
    }
    let upstream = qualifier(parts, "upstream")?;
    let source = |name: &str, version: &str| SourcePackage {
        name: name.to_owned(),
        version: version.to_owned(),
    };
    if let Some(file) = upstream.strip_suffix(".src.rpm") {
        let (rest, release) = file.rsplit_once('-')?;
        let (name, version) = rest.rsplit_once('-')?;
        let epoch = package.version.split_once(':').map(|(epoch, _)| format!("{epoch}:"));
        return Some(source(name, &format!("{}{version}-{release}", epoch.unwrap_or_default())));
    }
    match upstream.split_once('@') {
        Some((name, version)) => Some(source(name, version)),
        None => Some(source(upstream, &package.version)),
    }
}

/// A qualifier that says something.
fn qualifier<'a>(parts: &'a PurlParts, key: &str) -> Option<&'a str> {
    let found = parts.qualifiers.iter().find(|(name, value)| name == key && !value.is_empty());
    found.map(|(_, value)| value.as_str())
}
