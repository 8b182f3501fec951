//! A target in memory, described in Rust or as data.

use super::image;
use super::layers::Layers;
use crate::host::image::ImageFacts;
use crate::host::{Host, HostOptions, Software};
use jiff::civil::{Date, date};
use pasu_model::{
    DatabaseInfo, DatabaseOrigin, EndOfLife, OperatingSystem, OsFamily, Package, PackageType,
    Vulnerability,
};
use pasu_system::{Acl, AclEntry, AclTag, MemorySystem, ToolOutput};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

/// The day of every case.
pub(crate) const TODAY: Date = date(2026, 11, 25);

/// Noon of that day, seconds since 1970.
fn noon() -> i64 {
    let noon = TODAY.at(12, 0, 0, 0).to_zoned(jiff::tz::TimeZone::UTC).unwrap();
    noon.timestamp().as_second()
}

/// A target in memory that is put together step by step.
#[derive(Clone)]
pub(crate) struct TestHost {
    system: MemorySystem,
    software: Option<Software>,
    pub(crate) as_root: bool,
    in_container: bool,
    image: Option<Arc<ImageFacts>>,
    sockets: Vec<(String, String)>,
    next_inode: u64,
}

impl TestHost {
    /// An empty tree, seen as root.
    pub(crate) fn new() -> Self {
        Self {
            system: MemorySystem::new(),
            software: Some(Software::default()),
            as_root: true,
            in_container: false,
            image: None,
            sockets: Vec::new(),
            next_inode: 1000,
        }
    }

    /// A running machine without processes.
    pub(crate) fn live(mut self) -> Self {
        self.system = self.system.live().with_directory("/proc/net");
        self
    }

    pub(crate) fn file(mut self, path: &str, content: &str) -> Self {
        self.system = self.system.with_file(path, content);
        self
    }

    pub(crate) fn bytes(mut self, path: &str, content: &[u8]) -> Self {
        self.system = self.system.with_file(path, content);
        self
    }

    pub(crate) fn link(mut self, path: &str, target: &str) -> Self {
        self.system = self.system.with_symlink(path, target);
        self
    }

    pub(crate) fn directory(mut self, path: &str) -> Self {
        self.system = self.system.with_directory(path);
        self
    }

    pub(crate) fn mode(mut self, path: &str, mode: u32) -> Self {
        self.system = self.system.with_mode(path, mode);
        self
    }

    pub(crate) fn owner(mut self, path: &str, uid: u32, gid: u32) -> Self {
        self.system = self.system.with_owner(path, uid, gid);
        self
    }

    /// A process outside containers, whose program is `/usr/sbin/NAME`.
    pub(crate) fn process(mut self, pid: u32, name: &str, uid: u32, unit: Option<&str>) -> Self {
        let folder = format!("/proc/{pid}");
        let short = name.get(..15).unwrap_or(name);
        let status = format!("Name:\t{short}\nUid:\t{uid}\t{uid}\t{uid}\t{uid}\nNSpid:\t{pid}\n");
        let slice = unit.map_or_else(|| "/".to_owned(), |unit| format!("/system.slice/{unit}"));
        self.system = self
            .system
            .with_file(&format!("{folder}/status"), status)
            .with_file(&format!("{folder}/cmdline"), format!("/usr/sbin/{name}\0"))
            .with_file(&format!("{folder}/cgroup"), format!("0::{slice}\n"))
            .with_symlink(&format!("{folder}/exe"), &format!("/usr/sbin/{name}"))
            .with_directory(&format!("{folder}/fd"));
        self
    }

    /// A tool that answers one command line.
    pub(crate) fn tool(mut self, line: &str, output: ToolOutput) -> Self {
        self.system = self.system.with_tool(line, output);
        self
    }

    /// A socket that waits: `tcp` or `udp`, its address with port, and who holds it.
    pub(crate) fn listener(mut self, protocol: &str, address: &str, pid: Option<u32>) -> Self {
        let address: SocketAddr = address.parse().unwrap();
        let inode = self.next_inode;
        self.next_inode += 1;
        let (table, hex) = match address {
            SocketAddr::V4(v4) => {
                (protocol.to_owned(), format!("{:08X}", u32::from_ne_bytes(v4.ip().octets())))
            }
            SocketAddr::V6(v6) => {
                let words = v6.ip().octets();
                let hex = words.chunks_exact(4).map(|word| {
                    format!("{:08X}", u32::from_ne_bytes([word[0], word[1], word[2], word[3]]))
                });
                (format!("{protocol}6"), hex.collect())
            }
        };
        let state = if protocol == "tcp" { "0A" } else { "07" };
        let line = format!(
            "  0: {hex}:{:04X} 0:0 {state} 00000000:00000000 00:00000000 00000000 0 0 {inode} 1\n",
            address.port()
        );
        self.sockets.push((table, line));
        if let Some(pid) = pid {
            let link = format!("/proc/{pid}/fd/{inode}");
            self.system = self.system.with_symlink(&link, &format!("socket:[{inode}]"));
        }
        self
    }

    /// Installed packages, `name version`.
    pub(crate) fn packages(mut self, lines: &[&str]) -> Self {
        let packages = lines.iter().map(|line| package(line)).collect();
        self.software = Some(Software { packages, ..Software::default() });
        self
    }

    /// The target in memory and how it is looked at.
    pub(crate) fn parts(self) -> (MemorySystem, HostOptions) {
        let mut tables: BTreeMap<String, String> = BTreeMap::new();
        for (table, line) in self.sockets {
            tables.entry(table).or_insert_with(|| "head\n".to_owned()).push_str(&line);
        }
        let mut system = self.system;
        for (table, text) in tables {
            system = system.with_file(&format!("/proc/net/{table}"), text);
        }
        let options = HostOptions {
            today: TODAY,
            now: noon(),
            as_root: self.as_root,
            deadline: None,
            software: self.software,
            in_container: self.in_container,
            image: self.image,
        };
        (system, options)
    }

    pub(crate) fn host(self) -> Host {
        let (system, options) = self.parts();
        Host::new(Arc::new(system), options)
    }
}

/// A target as data, in a case's table.
#[derive(Deserialize)]
pub(super) struct Description {
    /// A running machine; a tree otherwise.
    #[serde(default)]
    live: bool,
    /// Seen as root; `false` is a user.
    #[serde(default = "yes")]
    root: bool,
    /// A container, or the tree of an image.
    #[serde(default)]
    container: bool,
    /// The image whose tree it is: `[case.image]`.
    #[serde(default)]
    image: Option<image::ImageTable>,
    /// `debian 12`, `rocky 9.4`.
    #[serde(default)]
    os: Option<String>,
    /// The last day of its support; not known without the key.
    #[serde(default)]
    supported_until: Option<Date>,
    /// All support has ended.
    #[serde(default)]
    end_of_life: bool,
    #[serde(default)]
    files: BTreeMap<String, Content>,
    /// Installed tools by command line, `nft -j list ruleset`, with what they write.
    #[serde(default)]
    pub(super) tools: BTreeMap<String, Answer>,
    #[serde(default)]
    processes: Vec<ProcessTable>,
    #[serde(default)]
    listeners: Vec<ListenerTable>,
    /// Installed packages, `name version` or `name version source`; without the key no package database was read.
    #[serde(default)]
    packages: Option<Vec<String>>,
    /// What advisories say of them.
    #[serde(default)]
    findings: Vec<FindingTable>,
    /// Why packages could not be judged.
    #[serde(default)]
    package_problems: Vec<String>,
    /// How many days old the advisories are that packages were held against; without the key they were held against none.
    #[serde(default)]
    advisories_days_old: Option<i64>,
}

const fn yes() -> bool {
    true
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    Table(Box<FileTable>),
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct FileTable {
    content: String,
    /// Repeats the content, for files that are too long to write down.
    times: Option<usize>,
    mode: Option<u32>,
    uid: u32,
    gid: u32,
    link: Option<String>,
    directory: bool,
    special: bool,
    unreadable: bool,
    /// How many days before the case's day it was last changed.
    days_old: Option<i64>,
    /// How many names it has.
    links: Option<u64>,
    /// `user:33:6`, `group:4:4`, `mask:6`.
    acl: Vec<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Answer {
    Text(String),
    Failure { status: i32, stderr: String },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProcessTable {
    pid: u32,
    name: String,
    #[serde(default)]
    uid: u32,
    unit: Option<String>,
    /// Command line, over the usual one.
    #[serde(default)]
    arguments: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListenerTable {
    tcp: Option<String>,
    udp: Option<String>,
    pid: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FindingTable {
    package: String,
    rule: String,
    /// The version that mends it, if there is one.
    fixed: Option<String>,
    /// Known to be exploited.
    #[serde(default)]
    exploited: bool,
}

impl Description {
    pub(super) fn host(&self) -> Host {
        let (top, options) = self.test_host().parts();
        match &self.image {
            Some(image) => {
                Host::new(Arc::new(Layers { top, removed: image.removed.clone() }), options)
            }
            None => Host::new(Arc::new(top), options),
        }
    }

    /// The same, put together and not yet looked at.
    pub(super) fn test_host(&self) -> TestHost {
        let mut host = TestHost::new();
        if self.live {
            host = host.live();
        }
        host.as_root = self.root;
        host.in_container = self.container || self.image.is_some();
        host.image = self.image.as_ref().map(|image| Arc::new(image.facts()));
        host.software = self.software();
        for (path, content) in &self.files {
            host.system = add(host.system, path, content);
        }
        for (line, answer) in &self.tools {
            host = host.tool(line, answer.output());
        }
        for process in &self.processes {
            host = host.process(process.pid, &process.name, process.uid, process.unit.as_deref());
            if !process.arguments.is_empty() {
                let line = process.arguments.join("\0") + "\0";
                host = host.file(&format!("/proc/{}/cmdline", process.pid), &line);
            }
        }
        for listener in &self.listeners {
            let of = |protocol, address: &Option<String>| address.clone().map(|at| (protocol, at));
            let found = of("tcp", &listener.tcp).or_else(|| of("udp", &listener.udp));
            let (protocol, address) = found.expect("a listener has tcp or udp");
            host = host.listener(protocol, &address, listener.pid);
        }
        host
    }

    fn software(&self) -> Option<Software> {
        let mut os = self.os.as_deref().map(operating_system);
        if let (Some(os), Some(standard)) = (&mut os, self.supported_until) {
            os.end_of_life = Some(EndOfLife { standard, extended: None });
        }
        let Some(listed) = &self.packages else {
            return os.map(|os| Software { os: Some(os), ..Software::default() });
        };
        let packages: Vec<Package> = listed.iter().map(|line| package(line)).collect();
        let findings = self.findings.iter().map(|finding| {
            let at = packages
                .iter()
                .position(|package| package.name == finding.package)
                .expect("a finding's package");
            let vulnerability = Vulnerability {
                status: if finding.fixed.is_some() {
                    pasu_model::Status::Fixed
                } else {
                    pasu_model::Status::Affected
                },
                fixed_versions: finding.fixed.clone().into_iter().collect(),
                known_exploited: finding.exploited.then(|| pasu_model::KnownExploited {
                    added: "2026-01-01".to_owned(),
                    due: "2026-02-01".to_owned(),
                    ransomware: false,
                }),
                ..Vulnerability::default()
            };
            (at, finding.rule.clone(), vulnerability)
        });
        Some(Software {
            os,
            end_of_life: self.end_of_life,
            database: self.advisories_days_old.map(database),
            findings: findings.collect(),
            problems: self.package_problems.clone(),
            packages,
        })
    }
}

impl Answer {
    fn output(&self) -> ToolOutput {
        let (status, stdout, stderr) = match self {
            Self::Text(text) => (0, text.as_str(), ""),
            Self::Failure { status, stderr } => (*status, "", stderr.as_str()),
        };
        ToolOutput { status: Some(status), stdout: stdout.into(), stderr: stderr.into() }
    }
}

fn add(system: MemorySystem, path: &str, content: &Content) -> MemorySystem {
    let table = match content {
        Content::Text(text) => return system.with_file(path, text),
        Content::Table(table) => table,
    };
    let mut system = match table {
        _ if table.link.is_some() => {
            system.with_symlink(path, table.link.as_deref().unwrap_or_default())
        }
        _ if table.directory && table.unreadable => system.with_unreadable_directory(path),
        _ if table.directory => system.with_directory(path),
        _ if table.special => system.with_special(path),
        _ if table.unreadable => system.with_unreadable(path),
        _ => system.with_file(path, table.content.repeat(table.times.unwrap_or(1))),
    };
    if let Some(mode) = table.mode {
        system = system.with_mode(path, mode);
    }
    system = system.with_owner(path, table.uid, table.gid);
    if let Some(days) = table.days_old {
        system = system.with_modified(path, noon() - days * 86_400);
    }
    if let Some(links) = table.links {
        system = system.with_links(path, links);
    }
    if !table.acl.is_empty() {
        let entries = table.acl.iter().map(|entry| acl_entry(entry)).collect();
        system = system.with_acl(path, Acl { entries });
    }
    system
}

fn acl_entry(text: &str) -> AclEntry {
    let parts: Vec<&str> = text.split(':').collect();
    let (tag, permissions) = match parts.as_slice() {
        ["user", id, permissions] => (AclTag::User(id.parse().unwrap()), permissions),
        ["group", id, permissions] => (AclTag::Group(id.parse().unwrap()), permissions),
        ["mask", permissions] => (AclTag::Mask, permissions),
        _ => panic!("{text}: not an entry of an access list"),
    };
    AclEntry { tag, permissions: permissions.parse().unwrap() }
}

fn operating_system(text: &str) -> OperatingSystem {
    let (id, version) = text.split_once(' ').unwrap_or((text, ""));
    let family = match id {
        "debian" => OsFamily::Debian,
        "ubuntu" => OsFamily::Ubuntu,
        "rocky" => OsFamily::Rocky,
        "alma" => OsFamily::Alma,
        "redhat" => OsFamily::RedHat,
        "alpine" => OsFamily::Alpine,
        _ => panic!("{text}: not an operating system of cases"),
    };
    OperatingSystem {
        family,
        id: id.to_owned(),
        version: version.to_owned(),
        codename: None,
        pretty_name: None,
        extended: false,
        end_of_life: None,
    }
}

fn database(age_days: i64) -> DatabaseInfo {
    let newest = TODAY.checked_sub(jiff::Span::new().days(age_days)).unwrap().to_string();
    DatabaseInfo {
        origin: DatabaseOrigin::Bundled,
        built: newest.clone(),
        newest,
        age_days,
        sources: Vec::new(),
    }
}

fn package(line: &str) -> Package {
    let mut words = line.split_whitespace();
    let name = words.next().unwrap_or_default();
    let version = words.next().unwrap_or("1");
    let mut package = Package::new(PackageType::Dpkg, name, version);
    package.source = words.next().map(|source| pasu_model::SourcePackage {
        name: source.to_owned(),
        version: version.to_owned(),
    });
    package
}
