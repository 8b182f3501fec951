//! How a record and the package in it are called in a report.

use pasu_model::{FindingSet, ImageLayer, Package, Run};

/// What a record is called: `web01 (debian 12.11)` for the operating system, else its path or heading.
pub(crate) fn heading(run: &Run, set: &FindingSet) -> String {
    if !set.kind.is_os() {
        return set.target.clone();
    }
    match &run.os {
        Some(os) if os.version.is_empty() => format!("{} ({})", run.target.name, os.family.name()),
        Some(os) => format!("{} ({} {})", run.target.name, os.family.name(), os.version),
        None => run.target.name.clone(),
    }
}

/// The layer that brought a package, where the target is an image.
pub(crate) fn layer<'a>(run: &'a Run, package: Option<&Package>) -> Option<&'a ImageLayer> {
    run.image.as_ref()?.layers.get(package?.layer?)
}

/// Trivy's `Type`: the family for operating-system packages, the kind for all others.
pub(crate) fn type_name(run: &Run, set: &FindingSet) -> &'static str {
    match &run.os {
        Some(os) if set.kind.is_os() => os.family.name(),
        _ => set.kind.name(),
    }
}

/// A package's own file where it is not the record itself, without the leading `/`, as Trivy's `PkgPath`.
pub(crate) fn package_path<'a>(set: &FindingSet, package: &'a Package) -> Option<&'a str> {
    let path = package.path.as_deref()?.trim_start_matches('/');
    (!path.is_empty() && path != set.target.trim_start_matches('/')).then_some(path)
}

/// The file inside the target to which a finding points: the package's own, else the record, else the package database.
pub(crate) fn file<'a>(set: &'a FindingSet, package: Option<&'a Package>) -> &'a str {
    use pasu_model::PackageType as Kind;
    let own = package.and_then(|package| package.path.as_deref());
    let path = match set.kind {
        _ if own.is_some() => own.unwrap_or_default(),
        Kind::Dpkg => "var/lib/dpkg/status",
        Kind::Apk => "lib/apk/db/installed",
        Kind::Rpm => "var/lib/rpm",
        Kind::Pacman => "var/lib/pacman/local",
        _ => &set.target,
    };
    path.trim_start_matches('/')
}
