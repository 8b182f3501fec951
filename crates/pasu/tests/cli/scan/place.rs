//! A small Debian machine with a web project, and a database of the advisory excerpts.

use crate::program::{Ran, pasu, run, text};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

pub const OS_RELEASE: &str = "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\nVERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\n";

/// `/var/lib/dpkg/status`: two fixable packages, one that Debian leaves open, one of a third party.
pub const STATUS: &str = "Package: libssl3
Status: install ok installed
Maintainer: Debian OpenSSL Team <pkg-openssl-devel@alioth-lists.debian.net>
Architecture: amd64
Source: openssl
Version: 3.0.13-1~deb12u1

Package: bind9
Status: install ok installed
Maintainer: Debian DNS Team <team+dns@tracker.debian.org>
Architecture: amd64
Version: 1:9.18.24-1

Package: libc6
Status: install ok installed
Maintainer: GNU Libc Maintainers <debian-glibc@lists.debian.org>
Architecture: amd64
Source: glibc
Version: 2.36-9+deb12u9

Package: docker-ce
Status: install ok installed
Maintainer: Docker <support@docker.com>
Architecture: amd64
Version: 5:25.0.3-1~debian.12~bookworm
";

/// npm 10's lock file of a project with one package in use and one for development.
const LOCK: &str = r#"{"name": "app", "version": "1.0.0", "lockfileVersion": 3, "packages": {
  "": {"name": "app", "version": "1.0.0", "dependencies": {"lodash": "4.17.20"}, "devDependencies": {"029testnpm": "1.0.0"}},
  "node_modules/lodash": {"version": "4.17.20"},
  "node_modules/029testnpm": {"version": "1.0.0", "dev": true}}}"#;

/// What all of it comes to, worst first within a package: what `rootfs` sees.
pub const OS_IDS: [&str; 4] = ["CVE-2010-4756", "CVE-2024-1737", "CVE-2024-2511", "CVE-2024-6119"];

pub struct Place {
    folder: TempDir,
}

impl Place {
    pub fn new() -> Self {
        let place = Self { folder: tempfile::tempdir().unwrap() };
        place.write("machine/etc/os-release", OS_RELEASE);
        place.write("machine/var/lib/dpkg/status", STATUS);
        place.write("machine/srv/app/package-lock.json", LOCK);
        let installed = r#"{"name": "lodash", "version": "4.17.20", "license": "MIT"}"#;
        place.write("machine/srv/app/node_modules/lodash/package.json", installed);
        place.feeds();
        let built = place.pasu(&["db", "build", "--feeds", "feeds", "-o", "pasu.db", "--quiet"]);
        assert_eq!((built.status, built.err.as_str()), (Some(0), ""), "a silent build");
        place
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Runs the program in the place, with its database.
    pub fn pasu(&self, args: &[&str]) -> Ran {
        run(pasu(args).current_dir(self.folder.path()).env("PASU_DB", self.path("pasu.db")))
    }

    /// The same with more environment.
    pub fn pasu_with(&self, args: &[&str], environment: &[(&str, &str)]) -> Ran {
        let mut command = pasu(args);
        command.current_dir(self.folder.path()).env("PASU_DB", self.path("pasu.db"));
        run(command.envs(environment.iter().copied()))
    }

    /// Trivy's JSON of a scan.
    pub fn json(&self, args: &[&str]) -> Value {
        let ran = self.pasu(&[args, &["--format", "json"]].concat());
        assert_eq!(ran.err, "", "{args:?}");
        serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {}", ran.out))
    }

    /// The vulnerabilities of a scan, sorted.
    pub fn ids(&self, args: &[&str]) -> Vec<String> {
        let report = self.json(args);
        let mut ids: Vec<String> =
            vulnerabilities(&report).map(|found| string(found, "VulnerabilityID")).collect();
        ids.sort();
        ids
    }

    /// The excerpts of `pasu-advisory`, packed as their sources publish them.
    fn feeds(&self) {
        let excerpts =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../pasu-advisory/tests/data/feeds");
        let feeds = self.path("feeds");
        for ecosystem in fs::read_dir(excerpts.join("osv")).unwrap() {
            let ecosystem = ecosystem.unwrap();
            let folder = feeds.join("osv").join(ecosystem.file_name());
            fs::create_dir_all(&folder).unwrap();
            let mut zip = zip::ZipWriter::new(File::create(folder.join("all.zip")).unwrap());
            for record in fs::read_dir(ecosystem.path()).unwrap() {
                let record = record.unwrap().path();
                let name = text(Path::new(record.file_name().unwrap())).to_owned();
                zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
                zip.write_all(&fs::read(&record).unwrap()).unwrap();
            }
            zip.finish().unwrap();
        }
        for name in [
            "debian/tracker.json",
            "kev/known_exploited_vulnerabilities.json",
            "alpine/v3.19/main.json",
        ] {
            self.write(&format!("feeds/{name}"), fs::read(excerpts.join(name)).unwrap());
        }
        let mut scores = GzEncoder::new(Vec::new(), Compression::fast());
        let csv = excerpts.join("epss/epss_scores-current.csv");
        scores.write_all(&fs::read(csv).unwrap()).unwrap();
        self.write("feeds/epss/epss_scores-current.csv.gz", scores.finish().unwrap());
    }
}

pub fn results(report: &Value) -> impl Iterator<Item = &Value> {
    report["Results"].as_array().into_iter().flatten()
}

/// `.Results[]?.Vulnerabilities[]?`
pub fn vulnerabilities(report: &Value) -> impl Iterator<Item = &Value> {
    results(report).flat_map(|result| result["Vulnerabilities"].as_array().into_iter().flatten())
}

pub fn string(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_else(|| panic!("no {key} in {value}")).to_owned()
}
