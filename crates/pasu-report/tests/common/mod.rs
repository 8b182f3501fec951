//! One run with everything in it that a report must cope with.
#![allow(dead_code, reason = "each test uses its part")]

pub mod image;
pub mod inspection;
pub mod parts;
pub mod schemas;
pub mod text;

use jiff::civil::date;
use pasu_model::{
    Confidence, CpeMatch, Cvss, DataSource, DatabaseInfo, DatabaseOrigin, Detail, EndOfLife, Epss,
    Finding, FindingSet, Fingerprint, KnownExploited, LineRange, OperatingSystem, OsFamily,
    Package, PackageType, Purl, Relationship, Run, Severity, SourceInfo, SourcePackage, Status,
    Suppressed, Target, TargetKind, Tool, Unseen, UnseenReason, Vulnerability,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A Debian host with a project, a program outside packages, something unseen and something suppressed.
pub fn run() -> Run {
    Run {
        tool: Tool { name: "pasu".to_owned(), version: "0.1.0".to_owned() },
        started: "2026-11-22T03:00:00Z".to_owned(),
        target: Target { kind: TargetKind::Host, name: "web01".to_owned() },
        os: Some(debian()),
        os_end_of_life: false,
        database: Some(database()),
        sets: vec![debian_set(), npm_set(), python_set(), binary_set()],
        unseen: unseen(),
        left_out: vec!["/mnt/nas".to_owned()],
        narrowed: vec!["--skip-dirs /srv".to_owned()],
        suppressed: vec![suppressed()],
        unmatched: vec!["internal-tool 1.0: no advisory source covers this repository".to_owned()],
        image: None,
    }
}

/// The same host with nothing wrong and everything seen.
pub fn clean_run() -> Run {
    let mut run = run();
    for set in &mut run.sets {
        set.findings.clear();
    }
    run.unseen.clear();
    run.left_out.clear();
    run.narrowed.clear();
    run.suppressed.clear();
    run.unmatched.clear();
    run
}

fn debian() -> OperatingSystem {
    OperatingSystem {
        family: OsFamily::Debian,
        id: "debian".to_owned(),
        version: "12.11".to_owned(),
        codename: Some("bookworm".to_owned()),
        pretty_name: Some("Debian GNU/Linux 12 (bookworm)".to_owned()),
        extended: false,
        end_of_life: Some(EndOfLife {
            standard: date(2026, 6, 10),
            extended: Some(date(2028, 6, 30)),
        }),
    }
}

fn database() -> DatabaseInfo {
    DatabaseInfo {
        origin: DatabaseOrigin::Bundled,
        built: "2026-08-22T01:02:03Z".to_owned(),
        newest: "2026-08-22".to_owned(),
        age_days: 92,
        sources: vec![SourceInfo {
            id: "osv/Debian".to_owned(),
            name: "Debian Security Tracker".to_owned(),
            url: "https://security-tracker.debian.org/".to_owned(),
            license: "Debian Security Tracker data, public domain where applicable".to_owned(),
            records: 41_000,
            skipped: 2,
            newest: "2026-08-01".to_owned(),
        }],
    }
}

fn debian_package(name: &str, version: &str, source: (&str, &str)) -> Package {
    let mut package = Package::new(PackageType::Dpkg, name, version);
    package.arch = Some("amd64".to_owned());
    package.source =
        Some(SourcePackage { name: source.0.to_owned(), version: source.1.to_owned() });
    package.purl = Purl::new(
        "deb",
        Some("debian"),
        name,
        Some(version),
        &[("arch", "amd64"), ("distro", "debian-12.11")],
    );
    package.maintainer =
        Some("Debian OpenSSL Team <pkg-openssl-devel@lists.alioth.debian.org>".to_owned());
    package.licenses = vec!["Apache-2.0".to_owned()];
    package
}

fn debian_set() -> FindingSet {
    let openssl = ("openssl", "3.0.15-1~deb12u1");
    let mut libssl = debian_package("libssl3", openssl.1, openssl);
    libssl.depends_on = vec!["libc6@2.36-9+deb12u10.amd64".to_owned()];
    let mut libc = debian_package("libc6", "2.36-9+deb12u10", ("glibc", "2.36-9+deb12u10"));
    libc.licenses = vec!["LGPL-2.1-or-later".to_owned(), "public-domain".to_owned()];
    FindingSet {
        kind: PackageType::Dpkg,
        target: String::new(),
        packages: vec![
            libc,
            libssl,
            debian_package("openssl", openssl.1, openssl),
            debian_package("xz-utils", "1:5.4.1-1", ("xz-utils", "5.4.1-1")),
        ],
        findings: vec![
            finding(2, "CVE-2026-31337", Severity::Critical, known_exploited()),
            finding(1, "CVE-2026-31337", Severity::Critical, known_exploited()),
            finding(1, "CVE-2026-20001", Severity::Medium, fixed("3.0.16-1~deb12u1", 0.0004)),
            finding(
                0,
                "CVE-2026-4242",
                Severity::High,
                Vulnerability {
                    status: Status::WillNotFix,
                    title: "glibc: 긴 한국어 제목은 두 칸 너비의 글자로 이루어져 있으므로 표의 칸이 어긋나지 않게 줄을 바꾸어야 한다".to_owned(),
                    description: "A wide title.".to_owned(),
                    epss: Some(Epss { score: 0.123, percentile: 0.95 }),
                    ..base("debian")
                },
            ),
            finding(
                3,
                "CVE-2026-9999",
                Severity::Unknown,
                Vulnerability {
                    status: Status::Affected,
                    title: "hostile \u{1b}[31mred\u{1b}[0m \u{202e}txet\u{202c} title\r\nsecond line".to_owned(),
                    ..base("debian")
                },
            ),
        ],
    }
}

fn known_exploited() -> Vulnerability {
    Vulnerability {
        vendor_ids: vec!["DSA-6000-1".to_owned()],
        status: Status::Fixed,
        fixed_versions: vec!["3.0.17-1~deb12u1".to_owned()],
        severity_source: "nvd".to_owned(),
        vendor_severity: BTreeMap::from([
            ("debian".to_owned(), Severity::High),
            ("nvd".to_owned(), Severity::Critical),
        ]),
        cvss: BTreeMap::from([(
            "nvd".to_owned(),
            Cvss {
                v3_vector: Some("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H".to_owned()),
                v3_score: Some(9.8),
                ..Cvss::default()
            },
        )]),
        title: "openssl: remote code execution in certificate parsing".to_owned(),
        description: "A crafted certificate makes OpenSSL write past a buffer.".to_owned(),
        cwes: vec!["CWE-787".to_owned()],
        known_exploited: Some(KnownExploited {
            added: "2026-08-01".to_owned(),
            due: "2026-08-22".to_owned(),
            ransomware: true,
        }),
        epss: Some(Epss { score: 0.942, percentile: 0.999 }),
        ..base("debian")
    }
}

/// A vulnerability with what every source gives.
fn base(source: &str) -> Vulnerability {
    Vulnerability {
        status: Status::Affected,
        title: "one line".to_owned(),
        description: "More than one line.\n\n* with a list".to_owned(),
        references: vec!["https://example.org/advisory?id=1&x=2".to_owned()],
        primary_url: "https://security-tracker.debian.org/tracker/CVE-2026-1".to_owned(),
        published: Some("2026-01-02T03:04:05Z".to_owned()),
        modified: Some("2026-02-03T04:05:06Z".to_owned()),
        data_source: DataSource {
            id: source.to_owned(),
            name: format!("The {source} feed"),
            url: format!("https://example.org/{source}"),
        },
        ..Vulnerability::default()
    }
}

fn fixed(version: &str, epss: f64) -> Vulnerability {
    Vulnerability {
        status: Status::Fixed,
        fixed_versions: vec![version.to_owned()],
        epss: Some(Epss { score: epss, percentile: 0.1 }),
        ..base("debian")
    }
}

pub fn finding(
    package: usize,
    rule: &str,
    severity: Severity,
    vulnerability: Vulnerability,
) -> Finding {
    Finding {
        rule: rule.to_owned(),
        severity,
        package: Some(package),
        fingerprint: Fingerprint::of("web01", rule, &[&package.to_string()]),
        detail: Detail::Vulnerability(Box::new(vulnerability)),
    }
}

fn npm_set() -> FindingSet {
    let mut app = Package::new(PackageType::Npm, "shop", "1.0.0");
    app.relationship = Relationship::Root;
    app.purl = Purl::new("npm", None, "shop", Some("1.0.0"), &[]);
    app.depends_on = vec!["lodash@4.17.15".to_owned()];
    let mut lodash = Package::new(PackageType::Npm, "lodash", "4.17.15");
    lodash.purl = Purl::new("npm", None, "lodash", Some("4.17.15"), &[]);
    lodash.relationship = Relationship::Indirect;
    lodash.licenses = vec!["MIT".to_owned()];
    lodash.lines = vec![LineRange { start: 120, end: 124 }];
    lodash.digest = Some("sha512:".to_owned() + &"ab".repeat(64));
    FindingSet {
        kind: PackageType::Npm,
        target: "srv/shop/package-lock.json".to_owned(),
        packages: vec![lodash, app],
        findings: vec![finding(
            0,
            "CVE-2021-23337",
            Severity::High,
            Vulnerability {
                aliases: vec!["GHSA-35jh-r3h4-6jhm".to_owned()],
                status: Status::Fixed,
                fixed_versions: vec!["4.17.21".to_owned()],
                severity_source: "ghsa".to_owned(),
                vendor_severity: BTreeMap::from([("ghsa".to_owned(), Severity::High)]),
                cvss: BTreeMap::from([(
                    "ghsa".to_owned(),
                    Cvss {
                        v3_vector: Some("CVSS:3.1/AV:N/AC:L/PR:H/UI:N/S:U/C:H/I:H/A:H".to_owned()),
                        v3_score: Some(7.2),
                        v40_vector: Some(
                            "CVSS:4.0/AV:N/AC:L/AT:N/PR:H/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"
                                .to_owned(),
                        ),
                        v40_score: Some(8.6),
                        ..Cvss::default()
                    },
                )]),
                title: "Command Injection in lodash".to_owned(),
                cwes: vec!["CWE-77".to_owned(), "CWE-94".to_owned()],
                epss: Some(Epss { score: 0.011, percentile: 0.77 }),
                primary_url: "https://github.com/advisories/GHSA-35jh-r3h4-6jhm".to_owned(),
                ..base("ghsa")
            },
        )],
    }
}

fn python_set() -> FindingSet {
    let mut requests = Package::new(PackageType::PythonPkg, "requests", "2.32.5");
    requests.purl = Purl::new("pypi", None, "requests", Some("2.32.5"), &[]);
    requests.path = Some(
        "/opt/venv/lib/python3.11/site-packages/requests-2.32.5.dist-info/METADATA".to_owned(),
    );
    requests.licenses = vec!["Apache 2.0".to_owned()];
    FindingSet {
        kind: PackageType::PythonPkg,
        target: "Python".to_owned(),
        packages: vec![requests],
        findings: Vec::new(),
    }
}

fn binary_set() -> FindingSet {
    let mut nginx = Package::new(PackageType::Binary, "nginx", "1.18.0");
    nginx.path = Some("/opt/nginx/sbin/nginx".to_owned());
    nginx.cpes = vec!["cpe:2.3:a:f5:nginx:1.18.0:*:*:*:*:*:*:*".to_owned()];
    nginx.evidence =
        vec!["path opt/nginx/sbin/nginx".to_owned(), "bytes `nginx/1.18.0`".to_owned()];
    FindingSet {
        kind: PackageType::Binary,
        target: "opt/nginx/sbin/nginx".to_owned(),
        packages: vec![nginx],
        findings: vec![finding(
            0,
            "CVE-2021-23017",
            Severity::High,
            Vulnerability {
                status: Status::Fixed,
                fixed_versions: vec!["1.20.1".to_owned()],
                severity_source: "nvd".to_owned(),
                vendor_severity: BTreeMap::from([("nvd".to_owned(), Severity::High)]),
                cvss: BTreeMap::from([(
                    "nvd".to_owned(),
                    Cvss {
                        v2_vector: Some("AV:N/AC:M/Au:N/C:P/I:P/A:P".to_owned()),
                        v2_score: Some(6.8),
                        v3_vector: Some("CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:L/I:L/A:L".to_owned()),
                        v3_score: Some(7.7),
                        ..Cvss::default()
                    },
                )]),
                title: "off-by-one in the nginx resolver".to_owned(),
                epss: Some(Epss { score: 0.73, percentile: 0.98 }),
                primary_url: "https://nvd.nist.gov/vuln/detail/CVE-2021-23017".to_owned(),
                cpe_match: Some(CpeMatch {
                    cpe: "cpe:2.3:a:f5:nginx:1.18.0:*:*:*:*:*:*:*".to_owned(),
                    criteria: "cpe:2.3:a:f5:nginx:*:*:*:*:*:*:*:*".to_owned(),
                    range: ">= 0.6.18, < 1.20.1".to_owned(),
                    evidence: vec!["bytes `nginx/1.18.0`".to_owned()],
                    confidence: Confidence::High,
                }),
                ..base("nvd")
            },
        )],
    }
}

fn unseen() -> Vec<Unseen> {
    vec![
        Unseen {
            path: "root/.cache".to_owned(),
            reason: UnseenReason::Permission,
            detail: String::new(),
        },
        Unseen {
            path: "srv/old/package-lock.json".to_owned(),
            reason: UnseenReason::Malformed,
            detail: "line 12: expected `,`".to_owned(),
        },
    ]
}

fn suppressed() -> Suppressed {
    Suppressed {
        finding: finding(0, "CVE-2023-4039", Severity::Low, fixed("12.2.0-15", 0.0002)),
        package: "libc6@2.36-9+deb12u10".to_owned(),
        target: String::new(),
        status: "not_affected".to_owned(),
        source: ".trivyignore".to_owned(),
        statement: "only AArch64 is concerned".to_owned(),
    }
}

/// Names that try to break out of whatever they are written into, and indices that point nowhere.
pub fn hostile_run() -> Run {
    let mut run = run();
    let hostile = "x\nInjected: 1\u{1b}[2J</text>\u{202e}\"|<b>";
    run.target.name = hostile.to_owned();
    for set in &mut run.sets {
        for package in &mut set.packages {
            package.name = hostile.to_owned();
            package.version = hostile.to_owned();
            package.purl = None;
            package.digest = Some("sha256:not hexadecimal".to_owned());
            package.licenses = vec![hostile.to_owned(), "MIT OR".to_owned(), String::new()];
            package.maintainer = Some(hostile.to_owned());
            package.lines = vec![LineRange { start: 0, end: 0 }];
            package.depends_on = vec!["nobody@1".to_owned(), package.id()];
        }
        for finding in &mut set.findings {
            finding.package = Some(usize::MAX);
        }
    }
    run.suppressed.iter_mut().for_each(|item| item.target = "nowhere".to_owned());
    run
}

/// The schema with unknown keys forbidden, so that a key added to the structs and not to the schema is noticed.
pub fn strict(mut schema: Value) -> Value {
    match &mut schema {
        Value::Object(object) => {
            if object.contains_key("properties") {
                object.entry("additionalProperties").or_insert(json!(false));
            }
            let entries = std::mem::take(object).into_iter();
            *object = entries.map(|(key, value)| (key, strict(value))).collect();
        }
        Value::Array(values) => {
            let entries = std::mem::take(values).into_iter();
            *values = entries.map(strict).collect();
        }
        _ => {}
    }
    schema
}
