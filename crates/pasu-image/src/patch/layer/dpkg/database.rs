//! dpkg's database: `/var/lib/dpkg/status`, or distroless' `/var/lib/dpkg/status.d` with a file a package.

use super::super::choose::{Chosen, Installed};
use super::super::error::LayerError;
use super::super::nodes::Nodes;
use super::super::stanza::{self, Stanza};
use pasu_system::System;
use std::path::{Path, PathBuf};

/// Bytes of one of its files that are read; the largest real ones have some 20 MB.
pub(super) const MAX_RECORD: u64 = 256 << 20;

const STATUS: &str = "/var/lib/dpkg/status";
const STATUS_D: &str = "/var/lib/dpkg/status.d";

/// The fields that dpkg itself writes first, in its order (`fieldinfos` of its parser); all others follow as they came.
const ORDER: &[&str] = &[
    "Package",
    "Essential",
    "Protected",
    "Status",
    "Priority",
    "Section",
    "Installed-Size",
    "Origin",
    "Maintainer",
    "Bugs",
    "Architecture",
    "Multi-Arch",
    "Source",
    "Version",
    "Config-Version",
    "Replaces",
    "Provides",
    "Depends",
    "Pre-Depends",
    "Recommends",
    "Suggests",
    "Breaks",
    "Conflicts",
    "Enhances",
    "Conffiles",
    "Filename",
    "Size",
    "MD5sum",
    "Description",
];

/// One package in the database.
pub(super) struct Record {
    pub stanza: Stanza,
    raw: Vec<u8>,
    /// Its file in `status.d`.
    pub file: Option<PathBuf>,
}

impl Record {
    pub fn name(&self) -> &str {
        self.stanza.text("Package")
    }

    pub fn architecture(&self) -> &str {
        self.stanza.text("Architecture")
    }

    /// dpkg's three words, of which `status.d` has none: what is listed there is installed.
    pub fn status(&self) -> [&str; 3] {
        let Some(status) = self.stanza.get("Status") else { return ["install", "ok", "installed"] };
        let mut words = status.split_ascii_whitespace();
        [(); 3].map(|()| words.next().unwrap_or_default())
    }

    /// Its files are there, whatever is left to do.
    pub fn is_there(&self) -> bool {
        !matches!(self.status()[2], "not-installed" | "config-files" | "")
    }
}

/// The database.
pub(super) struct Database {
    pub records: Vec<Record>,
    /// Without `status`, of distroless.
    pub split: bool,
}

impl Database {
    pub fn read(system: &dyn System) -> Result<Self, LayerError> {
        let record = |path: &Path, error| LayerError::Record {
            path: path.to_path_buf(),
            problem: format!("{error}"),
        };
        let read = |path: &Path| system.read(path, MAX_RECORD).map_err(|error| record(path, error));
        let (status, folder) = (Path::new(STATUS), Path::new(STATUS_D));
        let mut records = Vec::new();
        // An image with both has files of two makers; dpkg's own is the one that counts unless it is empty.
        let whole = if system.exists(status) { read(status)? } else { Vec::new() };
        for raw in stanza::split(&whole) {
            records.push(Record { stanza: stanza::parse(raw), raw: raw.to_vec(), file: None });
        }
        let split = records.is_empty();
        if split {
            let mut names = system.read_dir(folder).map_err(|error| record(folder, error))?;
            names.sort();
            for (name, _) in names {
                let path = folder.join(&name);
                if !name.to_string_lossy().ends_with(".md5sums") {
                    let raw = read(&path)?;
                    records.push(Record { stanza: stanza::parse(&raw), raw, file: Some(path) });
                }
            }
        }
        records.retain(|record| !record.name().is_empty());
        Ok(Self { records, split })
    }

    /// The packages, as they are chosen from.
    pub fn installed(&self) -> Vec<Installed<'_>> {
        let records = self.records.iter();
        records
            .map(|record| Installed { stanza: &record.stanza, status: record.status() })
            .collect()
    }

    /// Where a record of a package is kept in `info`: `bash.list`, `libc6:amd64.list`.
    pub fn info(stanza: &Stanza, kind: &str) -> PathBuf {
        let name = stanza.text("Package");
        let same = stanza.text("Multi-Arch").eq_ignore_ascii_case("same");
        let full =
            if same { format!("{name}:{}", stanza.text("Architecture")) } else { name.to_owned() };
        Path::new("/var/lib/dpkg/info").join(format!("{full}.{kind}"))
    }

    /// Writes what changed; stanzas of packages that stay are copied.
    pub fn write(
        &self,
        chosen: &[Chosen<'_>],
        nodes: &mut Nodes<'_>,
        time: i64,
    ) -> Result<(), LayerError> {
        let mut put = |path: &Path, bytes: &[u8]| {
            let real = nodes.real(path)?;
            nodes.put_bytes(real, bytes, time)
        };
        let failed = |path: &Path| {
            let path = path.to_path_buf();
            |error: std::io::Error| LayerError::Record { path, problem: error.to_string() }
        };
        if self.split {
            for chosen in chosen {
                let record = &self.records[chosen.record];
                let Some(path) = &record.file else { continue };
                put(path, split_text(record, chosen).as_bytes()).map_err(failed(path))?;
            }
            return Ok(());
        }
        let mut status = Vec::new();
        for (number, record) in self.records.iter().enumerate() {
            match chosen.iter().find(|chosen| chosen.record == number) {
                Some(chosen) => status.extend_from_slice(whole_text(record, chosen).as_bytes()),
                None => {
                    status.extend_from_slice(&record.raw);
                    if !record.raw.ends_with(b"\n") {
                        status.push(b'\n');
                    }
                }
            }
            status.push(b'\n');
        }
        let path = Path::new(STATUS);
        put(path, &status).map_err(failed(path))
    }
}

/// The new stanza in `status`.
fn whole_text(record: &Record, chosen: &Chosen<'_>) -> String {
    let mut stanza = chosen.control.stanza.clone();
    let [wanted, ..] = record.status();
    stanza.set("Status", format!("{wanted} ok installed"));
    stanza.remove("Conffiles");
    let conffiles = chosen.conffiles.borrow();
    if !conffiles.is_empty() {
        let lines: String = conffiles.iter().map(|line| format!("\n {line}")).collect();
        stanza.set("Conffiles", lines);
    }
    stanza.sort(ORDER);
    stanza.write()
}

/// The new file in `status.d`: the control file as it is, with a status where the old one had one.
fn split_text(record: &Record, chosen: &Chosen<'_>) -> String {
    let mut stanza = chosen.control.stanza.clone();
    if let Some(status) = record.stanza.get("Status") {
        stanza.set("Status", status);
        stanza.sort(ORDER);
    }
    stanza.write()
}
