//! Clusters of PostgreSQL: their settings, their `pg_hba.conf` and who runs them.
//!
//! A running server tells by its arguments where its files are; the others are looked for where Debian, Red Hat and
//! the upstream packages put them.

mod conf;
mod hba;

pub use hba::HbaLine;

use super::{Host, KeyValue};
use crate::cause::{Cause, CauseKind};
use pasu_model::Place;
use std::collections::BTreeSet;

/// Where data directories lie with their settings inside.
const DATA: [&str; 6] = [
    "/var/lib/pgsql/data",
    "/var/lib/pgsql/*/data",
    "/var/lib/postgresql/data",
    "/var/lib/postgresql/*/data",
    "/var/lib/postgres/data",
    "/usr/local/pgsql/data",
];

/// Every cluster of a target.
#[derive(Debug, Default)]
pub struct Postgresql {
    /// Those that run first.
    pub clusters: Vec<Cluster>,
    /// What could not be seen and might be one.
    pub unseen: Vec<Cause>,
}

/// One cluster.
#[derive(Debug, Clone, Default)]
pub struct Cluster {
    /// Its file of settings: `/etc/postgresql/15/main/postgresql.conf`.
    pub config: String,
    /// Its data directory.
    pub data: Option<String>,
    /// Its major version.
    pub version: Option<u32>,
    /// `pg_hba.conf`.
    pub hba_path: String,
    /// Its lines in order, includes put in.
    pub hba: Vec<HbaLine>,
    /// `pg_ident.conf`.
    pub ident_path: String,
    /// Process number and effective user, where it runs.
    pub process: Option<(u32, u32)>,
    /// Files of settings that could not be read.
    pub unseen: Vec<Cause>,
    /// What of `pg_hba.conf` could not be read.
    pub hba_unseen: Vec<Cause>,
    /// The files of settings that were read: the first, those it includes, and what `ALTER SYSTEM` wrote.
    pub files: Vec<String>,
    settings: Vec<KeyValue>,
}

impl Cluster {
    /// The setting that holds: the last of the files, over which stands the command line.
    #[must_use]
    pub fn setting(&self, name: &str) -> Option<&KeyValue> {
        self.settings.iter().rev().find(|found| found.key == name)
    }

    /// `PostgreSQL 15 (/etc/postgresql/15/main/postgresql.conf)`.
    #[must_use]
    pub fn shown(&self) -> String {
        let version = self.version.map(|version| format!(" {version}")).unwrap_or_default();
        format!("PostgreSQL{version} ({})", self.config)
    }

    /// Its value; the built-in one where nothing sets it.
    #[must_use]
    pub fn value<'a>(&'a self, name: &str, built_in: &'a str) -> &'a str {
        self.setting(name).map_or(built_in, |found| &found.value)
    }
}

impl Cluster {
    /// Everything that could not be read.
    pub fn all_unseen(&self) -> impl Iterator<Item = &Cause> {
        self.unseen.iter().chain(&self.hba_unseen)
    }

    /// The lines of `pg_hba.conf` that some connection can reach: the network may be turned away above them.
    pub fn reachable_lines(&self) -> impl Iterator<Item = &HbaLine> {
        let mut closed: Vec<&str> = Vec::new();
        self.hba.iter().filter(move |line| {
            let Some(address) = line.address.as_deref() else { return true };
            if closed.iter().any(|closed| *closed == "all" || *closed == address) {
                return false;
            }
            // One for each family of addresses, at most.
            if line.rejects_all() && closed.len() < 3 {
                closed.push(address);
            }
            true
        })
    }
}

/// What is known of a cluster before its files are read.
#[derive(Default)]
struct Candidate {
    config: String,
    data: Option<String>,
    settings: Vec<KeyValue>,
    process: Option<(u32, u32)>,
}

pub(super) fn read(host: &Host) -> Result<Postgresql, Cause> {
    let mut found = Postgresql::default();
    let mut seen = BTreeSet::new();
    for candidate in candidates(host, &mut found.unseen)? {
        let real = match host.file_followed(&candidate.config) {
            Ok(Some(facts)) => facts.path,
            Ok(None) if candidate.process.is_none() => continue,
            Ok(None) => candidate.config.clone(),
            Err(cause) => {
                found.unseen.push(cause);
                continue;
            }
        };
        // Two servers may share a file, but a file that lies there is not a second one.
        if seen.insert(real) || candidate.process.is_some() {
            found.clusters.push(cluster(host, candidate));
        }
    }
    Ok(found)
}

fn candidates(host: &Host, unseen: &mut Vec<Cause>) -> Result<Vec<Candidate>, Cause> {
    let mut found = Vec::new();
    if host.is_live() {
        let processes = host.processes()?;
        let names = ["postgres".to_owned(), "postmaster".to_owned()];
        let servers = processes.iter().filter(|process| {
            // `postgres: checkpointer` and other helpers write over their arguments.
            process.is_any_of(&names)
                && process.arguments.first().is_some_and(|first| !first.contains(": "))
        });
        for process in servers {
            let candidate = of_arguments(&process.arguments, process.pid);
            if candidate.config.is_empty() {
                let detail = format!("pid {} does not tell where its settings are", process.pid);
                unseen.push(Cause::new(CauseKind::Malformed, detail));
                continue;
            }
            found.push(Candidate { process: Some((process.pid, process.uid)), ..candidate });
        }
    }
    let mut folders = Vec::new();
    for unit in host.units()?.units.values().filter(|unit| unit.name.starts_with("postgresql")) {
        for value in host.unit_values(unit, "Service", "Environment")? {
            // `Environment=PGDATA=/var/lib/pgsql/data`; `%i` stands for an instance.
            let folder = value.value.split_once("PGDATA=").map(|(_, folder)| folder);
            let folder = folder.and_then(|folder| folder.split(['"', ' ']).next());
            folders.extend(folder.filter(|folder| !folder.contains('%')).map(str::to_owned));
        }
    }
    for pattern in DATA {
        match host.glob(pattern) {
            Ok(paths) => folders.extend(paths),
            Err(cause) => unseen.push(cause),
        }
    }
    match host.glob("/etc/postgresql/*/*/postgresql.conf") {
        Ok(paths) => found
            .extend(paths.into_iter().map(|config| Candidate { config, ..Candidate::default() })),
        Err(cause) => unseen.push(cause),
    }
    found.extend(folders.into_iter().map(|data| Candidate {
        config: format!("{}/postgresql.conf", data.trim_end_matches('/')),
        data: Some(data),
        ..Candidate::default()
    }));
    Ok(found)
}

/// `postgres -D /var/lib/postgresql/15/main -c config_file=/etc/postgresql/15/main/postgresql.conf`.
fn of_arguments(arguments: &[String], pid: u32) -> Candidate {
    let place = Place::Command { line: format!("/proc/{pid}/cmdline") };
    let mut candidate = Candidate::default();
    let mut set = |name: &str, value: &str| {
        candidate.settings.push(KeyValue {
            key: name.to_lowercase().replace('-', "_"),
            value: value.to_owned(),
            place: place.clone(),
        });
    };
    let mut rest = arguments.iter().skip(1).map(String::as_str);
    while let Some(argument) = rest.next() {
        if let Some((name, value)) =
            argument.strip_prefix("--").and_then(|long| long.split_once('='))
        {
            set(name, value);
            continue;
        }
        let (flag, attached) = match argument.char_indices().nth(2) {
            Some((at, _)) => argument.split_at(at),
            None => (argument, ""),
        };
        let is_known = matches!(flag, "-D" | "-c" | "-h" | "-p");
        let value = if !is_known || !attached.is_empty() {
            attached
        } else {
            rest.next().unwrap_or_default()
        };
        match flag {
            "-D" => set("data_directory", value),
            "-c" => {
                let (name, value) = value.split_once('=').unwrap_or((value, ""));
                set(name, value);
            }
            "-h" => set("listen_addresses", value),
            "-i" => set("listen_addresses", "*"),
            "-p" => set("port", value),
            _ => {}
        }
    }
    let of = |name: &str| {
        let found = candidate.settings.iter().rev().find(|found| found.key == name);
        found.map(|found| found.value.trim_end_matches('/').to_owned())
    };
    candidate.data = of("data_directory");
    let beside = || candidate.data.as_ref().map(|data| format!("{data}/postgresql.conf"));
    candidate.config = of("config_file").or_else(beside).unwrap_or_default();
    candidate
}

fn cluster(host: &Host, candidate: Candidate) -> Cluster {
    let mut cluster = Cluster {
        config: candidate.config,
        data: candidate.data,
        process: candidate.process,
        ..Cluster::default()
    };
    let mut reader = conf::Reader::new(host);
    reader.file(&cluster.config, conf::Missing::IsUnseen);
    let in_files = reader.settings.iter().rev().find(|found| found.key == "data_directory");
    let folder = parent(&cluster.config).to_owned();
    // What `-D` names, which may hold the settings alone.
    let started_in = cluster.data.clone();
    let configured = in_files.map(|found| found.value.clone());
    let data = configured.or(cluster.data.take()).unwrap_or_else(|| folder.clone());
    // What ALTER SYSTEM wrote.
    reader.file(&format!("{data}/postgresql.auto.conf"), conf::Missing::IsFine);
    cluster.settings = reader.settings;
    cluster.unseen = reader.unseen;
    cluster.files = reader.files;
    cluster.settings.extend(candidate.settings);
    let beside = |name: &str, file: &str| {
        let set = cluster.setting(name).map(|found| found.value.clone());
        let path = set.unwrap_or_else(|| {
            let folder = started_in.as_ref().unwrap_or(&folder);
            format!("{folder}/{file}")
        });
        if path.starts_with('/') { path } else { format!("{data}/{path}") }
    };
    (cluster.hba_path, cluster.ident_path) =
        (beside("hba_file", "pg_hba.conf"), beside("ident_file", "pg_ident.conf"));
    let (lines, unseen) = hba::read(host, &cluster.hba_path);
    cluster.hba = lines;
    cluster.hba_unseen = unseen;
    cluster.version = version(host, &cluster.config, &data);
    cluster.data = Some(data);
    cluster
}

/// `15` of `PG_VERSION`, or of Debian's path.
fn version(host: &Host, config: &str, data: &str) -> Option<u32> {
    let file = host.text(&format!("{data}/PG_VERSION")).ok().flatten();
    let written = file.as_ref().and_then(|file| file.lines.first()).map(String::as_str);
    let in_path = config.strip_prefix("/etc/postgresql/").and_then(|rest| rest.split('/').next());
    written.or(in_path)?.trim().split('.').next()?.parse().ok()
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

#[cfg(test)]
mod tests;
