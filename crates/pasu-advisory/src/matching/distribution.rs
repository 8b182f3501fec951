//! Packages of an operating system against its maker's advisories.

use super::{Hit, Judged};
use crate::bucket::Bucket;
use crate::database::{Database, DatabaseError};
use crate::record::{RangeEnd, Row, VulnId};
use crate::version::compare;
use pasu_model::{Ecosystem, OperatingSystem, OsFamily, Package};
use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// A target's operating system and what the database has about its release.
pub struct Distribution<'a> {
    database: &'a Database,
    bucket: Option<Bucket>,
    /// Fixes that only Ubuntu Pro gets.
    pro: Option<Bucket>,
}

impl<'a> Distribution<'a> {
    pub fn new(
        database: &'a Database,
        os: Option<&OperatingSystem>,
    ) -> Result<Self, DatabaseError> {
        let known = |bucket: Option<Bucket>| -> Result<Option<Bucket>, DatabaseError> {
            let Some(bucket) = bucket else { return Ok(None) };
            Ok(database.has_bucket(&bucket.key)?.then_some(bucket))
        };
        let bucket = known(os.and_then(Bucket::of_os))?;
        let pro = known(os.and_then(Bucket::ubuntu_pro))?;
        Ok(Self { database, bucket, pro })
    }

    /// Whether the database has advisories for the release.
    pub fn is_known(&self) -> bool {
        self.bucket.is_some() || self.pro.is_some()
    }

    pub fn judge(
        &self,
        os: Option<&OperatingSystem>,
        package: &Package,
    ) -> Result<Judged, DatabaseError> {
        let Some(os) = os else { return Ok(Judged::Unknown("the operating system is not known")) };
        if !self.is_known() {
            return Ok(Judged::Unknown("the database has no advisories for this release"));
        }
        if is_foreign(os.family, package) {
            return Ok(Judged::Unknown(
                "not from the distribution, which has no advisories for it",
            ));
        }
        let mut hits = Vec::new();
        for (name, version) in filed_names(os.family, package) {
            for hit in self.hits(package, &name, version)? {
                // A name may be both a source and a binary package; the same statement counts once.
                if !hits.iter().any(|known: &Hit| known.rows == hit.rows) {
                    hits.push(hit);
                }
            }
        }
        Ok(Judged::Hits(hits))
    }

    fn hits(
        &self,
        package: &Package,
        name: &str,
        version: &str,
    ) -> Result<Vec<Hit>, DatabaseError> {
        let standard = self.rows(self.bucket.as_ref(), package, name)?;
        let pro = self.rows(self.pro.as_ref(), package, name)?;
        let Some(ecosystem) =
            self.bucket.as_ref().or(self.pro.as_ref()).map(|bucket| bucket.ecosystem)
        else {
            return Ok(Vec::new());
        };
        let has_pro_fix = |row: &Row| {
            pro.iter().any(|other| other.id == row.id && is_past_fix(ecosystem, other, version))
        };
        let mut affected: Vec<Row> = standard
            .iter()
            .filter(|row| row.affects(ecosystem, version) == Some(true) && !has_pro_fix(row))
            .cloned()
            .collect();
        // Where standard support says nothing any more, Ubuntu Pro's word is the only one.
        let silent = |row: &&Row| !standard.iter().any(|known| known.id == row.id);
        affected.extend(
            pro.iter()
                .filter(silent)
                .filter(|row| row.affects(ecosystem, version) == Some(true))
                .cloned(),
        );
        let hit = |rows| Hit { rows, version: version.to_owned(), cpe: None };
        Ok(by_id(affected).into_values().map(hit).collect())
    }

    fn rows(
        &self,
        bucket: Option<&Bucket>,
        package: &Package,
        name: &str,
    ) -> Result<Vec<Row>, DatabaseError> {
        let Some(bucket) = bucket else { return Ok(Vec::new()) };
        let mut rows = self.database.rows(&bucket.key, name)?;
        rows.retain(|row| same_stream(row.module.as_deref(), package));
        Ok(rows)
    }
}

/// A distribution speaks of each CVE by itself, even where several share one notice of the program's maker (`XSA-182`).
fn by_id(rows: Vec<Row>) -> BTreeMap<VulnId, Vec<Row>> {
    let mut found: BTreeMap<VulnId, Vec<Row>> = BTreeMap::new();
    for row in rows {
        found.entry(row.id.clone()).or_default().push(row);
    }
    found
}

/// The names and versions under which advisories of a family file a package.
fn filed_names(family: OsFamily, package: &Package) -> Vec<(Cow<'_, str>, &str)> {
    let own = (Cow::Borrowed(package.name.as_str()), package.version.as_str());
    let (source, version) = package.source_or_self();
    // Debian and Ubuntu sign kernels in sources of their own (`linux-signed-amd64 (6.1.119+1)`), whose binaries keep
    // the version of the kernel's source (`6.1.119-1`), under which advisories file them.
    let source = match signed_kernel(source) {
        Some(kernel) => (Cow::Owned(kernel), own.1),
        None => (source.into(), version),
    };
    match family.ecosystem() {
        Some(
            Ecosystem::Debian
            | Ecosystem::Ubuntu
            | Ecosystem::Alpine
            | Ecosystem::Wolfi
            | Ecosystem::Chainguard,
        ) => vec![source],
        // Rocky's records name source packages, its update lists binary ones.
        Some(Ecosystem::RockyLinux) if source.0 != own.0 => vec![own, source],
        _ => vec![own],
    }
}

/// `linux-signed-amd64` and `linux-signed` -> `linux`, `linux-signed-6.1-amd64` -> `linux-6.1`, `linux-signed-aws` ->
/// `linux-aws`; nothing for other sources.
fn signed_kernel(source: &str) -> Option<String> {
    const ARCHITECTURES: [&str; 4] = ["-amd64", "-arm64", "-armhf", "-i386"];
    let rest = source.strip_prefix("linux-signed")?;
    let flavour = ARCHITECTURES.iter().find_map(|end| rest.strip_suffix(end)).unwrap_or(rest);
    (flavour.is_empty() || flavour.starts_with('-')).then(|| format!("linux{flavour}"))
}

/// Whether a fix with an end is at or below the version.
fn is_past_fix(ecosystem: Ecosystem, row: &Row, version: &str) -> bool {
    row.ranges.iter().any(|range| match &range.end {
        RangeEnd::Fixed(fixed) => compare(ecosystem, version, fixed).is_some_and(Ordering::is_ge),
        _ => false,
    })
}

/// Whether a row about a module stream (`postgresql:12`) concerns a package, and one about plain packages does.
fn same_stream(stream: Option<&str>, package: &Package) -> bool {
    let label = package.module_label.as_deref().filter(|label| !label.is_empty());
    match (stream, label) {
        (Some(stream), Some(label)) => {
            let mut parts = label.split(':');
            let (name, number) =
                (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
            stream.split_once(':') == Some((name, number))
        }
        // Rebuilders lose labels; the version still shows that it was built as a module.
        (Some(_), None) => package.version.contains(".module"),
        (None, Some(_)) => false,
        (None, None) => true,
    }
}

/// Makers of third-party Debian packages, by what their `Maintainer` holds.
const FOREIGN_DEB: [&str; 22] = [
    "docker.com",
    "nginx-packaging@",
    "nodesource",
    "mariadb.org",
    "hashicorp",
    "grafana",
    "gitlab",
    "microsoft.com",
    "google.com",
    "mongodb.com",
    "elastic.co",
    "percona",
    "redis.com",
    "zabbix",
    "datadoghq",
    "puppet",
    "chef.io",
    "jenkins",
    "mysql",
    "influxdata",
    "confluent",
    "kubernetes",
];
/// Marks that third-party archives put into versions.
const FOREIGN_VERSION: [&str; 4] = ["pgdg", "nodesource", "+deb.sury.org", "~dotdeb"];
/// What the `Vendor` of a family's own RPMs begins with.
const RPM_VENDORS: [(OsFamily, &[&str]); 8] = [
    (OsFamily::RedHat, &["red hat"]),
    (OsFamily::CentOs, &["centos", "red hat"]),
    (OsFamily::Rocky, &["rocky"]),
    (OsFamily::Alma, &["almalinux"]),
    (OsFamily::Fedora, &["fedora project"]),
    (OsFamily::Oracle, &["oracle"]),
    (OsFamily::Amazon, &["amazon"]),
    (OsFamily::Suse, &["suse", "opensuse"]),
];

/// Whether a package comes from somebody other than the distribution, whose advisories then say nothing about it.
fn is_foreign(family: OsFamily, package: &Package) -> bool {
    if FOREIGN_VERSION.iter().any(|mark| package.version.contains(mark)) {
        return true;
    }
    match family {
        OsFamily::Debian | OsFamily::Ubuntu => {
            let maintainer = package.maintainer.as_deref().unwrap_or_default().to_ascii_lowercase();
            let own = [
                "@debian.org",
                "@lists.debian.org",
                "@packages.debian.org",
                "debian.net",
                "ubuntu.com",
                "canonical.com",
                "alioth",
            ];
            !own.iter().any(|mark| maintainer.contains(mark))
                && FOREIGN_DEB.iter().any(|mark| maintainer.contains(mark))
        }
        _ => {
            let vendor = package.vendor.as_deref().unwrap_or_default().to_ascii_lowercase();
            let own =
                RPM_VENDORS.iter().find(|(known, _)| *known == family).map(|(_, vendors)| *vendors);
            own.is_some_and(|own| {
                !vendor.is_empty() && !own.iter().any(|name| vendor.starts_with(name))
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::signed_kernel;

    #[test]
    fn signed_kernels_are_told_from_others() {
        for (source, kernel) in [
            ("linux-signed-amd64", Some("linux")),
            ("linux-signed", Some("linux")),
            ("linux-signed-6.1-arm64", Some("linux-6.1")),
            ("linux-signed-hwe-5.15", Some("linux-hwe-5.15")),
            ("linux-signedx", None),
            ("linux-meta", None),
            ("linux", None),
        ] {
            assert_eq!(signed_kernel(source).as_deref(), kernel, "{source}");
        }
    }
}
