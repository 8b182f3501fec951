//! What the super-servers inetd and xinetd are told to serve.

use super::{ConfigFile, Host};
use crate::cause::Cause;
use pasu_model::Place;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How many files xinetd may include.
const MAX_FILES: usize = 512;

/// One service of a super-server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InetdEntry {
    /// Which super-server.
    pub flavour: Flavour,
    /// The service's name, without a version of RPC: `telnet`, `rstatd`, `echo`.
    pub service: String,
    /// `tcp`, `udp`; empty where not said.
    pub protocol: String,
    /// The program; `internal` for the super-server's own.
    pub server: String,
    /// Its arguments.
    pub arguments: String,
    /// Whether it is switched on.
    pub enabled: bool,
    /// Where it stands.
    pub place: Place,
}

/// A super-server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Flavour {
    /// openbsd-inetd, inetutils-inetd and their like.
    Inetd,
    /// xinetd.
    Xinetd,
}

impl InetdEntry {
    /// The name of the program's file.
    #[must_use]
    pub fn program(&self) -> &str {
        // Wrapped: `/usr/sbin/tcpd  /usr/sbin/in.telnetd`.
        let path = if self.server.ends_with("/tcpd") {
            self.arguments.split_whitespace().next().unwrap_or(&self.server)
        } else {
            &self.server
        };
        path.rsplit('/').next().unwrap_or(path)
    }
}

pub(super) fn read(host: &Host) -> Result<Vec<InetdEntry>, Cause> {
    let mut entries = Vec::new();
    let mut files = vec!["/etc/inetd.conf".to_owned()];
    files.extend(host.glob("/etc/inetd.d/*")?);
    for path in files {
        if let Some(file) = host.text(&path)? {
            entries.extend(
                file.settings().filter_map(|(number, line)| inetd_entry(&file, number, line)),
            );
        }
    }
    entries.extend(xinetd(host)?);
    Ok(entries)
}

/// `telnet stream tcp nowait root /usr/sbin/tcpd /usr/sbin/in.telnetd`.
fn inetd_entry(file: &ConfigFile, number: u32, line: &str) -> Option<InetdEntry> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    let [service, _kind, protocol, _wait, _user, server, arguments @ ..] = fields.as_slice() else {
        return None;
    };
    // `10.0.0.1:telnet` binds to an address; `rstatd/1-3` names versions of RPC.
    let service = service.rsplit(':').next().unwrap_or(service);
    let service = service.split('/').next().unwrap_or(service);
    Some(InetdEntry {
        flavour: Flavour::Inetd,
        service: service.to_owned(),
        protocol: protocol.trim_start_matches("rpc/").to_owned(),
        server: (*server).to_owned(),
        arguments: arguments.join(" "),
        enabled: true,
        place: file.place(number),
    })
}

/// Reads `/etc/xinetd.conf` with what it includes, and `/etc/xinetd.d` even where nothing includes it.
fn xinetd(host: &Host) -> Result<Vec<InetdEntry>, Cause> {
    let mut waiting = vec!["/etc/xinetd.conf".to_owned()];
    let mut done: Vec<String> = Vec::new();
    let mut blocks = Vec::new();
    let mut defaults = Block::default();
    while let Some(path) = waiting.pop() {
        if done.contains(&path) || done.len() >= MAX_FILES {
            continue;
        }
        if let Some(file) = host.text(&path)? {
            let read = parse_xinetd(&file);
            for folder in read.include_dirs {
                let names = host.list(&folder)?;
                // xinetd leaves out names with a dot and those that end with `~` (xinetd.conf(5)).
                let names =
                    names.into_iter().filter(|name| !name.contains('.') && !name.ends_with('~'));
                waiting.extend(names.map(|name| format!("{folder}/{name}")));
            }
            waiting.extend(read.includes);
            if let Some(found) = read.defaults {
                defaults = found;
            }
            blocks.extend(read.services);
        }
        done.push(path);
    }
    for path in host.glob("/etc/xinetd.d/*")? {
        if !done.contains(&path)
            && let Some(file) = host.text(&path)?
        {
            let mut read = parse_xinetd(&file);
            for block in &mut read.services {
                block.unread = !done.contains(&path)
                    && host.system().exists(std::path::Path::new("/etc/xinetd.conf"));
            }
            blocks.extend(read.services);
        }
    }
    Ok(blocks.into_iter().map(|block| block.entry(&defaults)).collect())
}

#[derive(Default)]
struct Block {
    name: String,
    values: BTreeMap<String, String>,
    place: Option<Place>,
    /// In a file that no include names: xinetd never reads it.
    unread: bool,
}

#[derive(Default)]
struct XinetdFile {
    services: Vec<Block>,
    defaults: Option<Block>,
    includes: Vec<String>,
    include_dirs: Vec<String>,
}

fn parse_xinetd(file: &ConfigFile) -> XinetdFile {
    let mut read = XinetdFile::default();
    let mut block: Option<Block> = None;
    for (number, line) in file.settings() {
        let words: Vec<&str> = line.split_whitespace().collect();
        match (&mut block, words.as_slice()) {
            (None, ["includedir", folder]) => {
                read.include_dirs.push(folder.trim_end_matches('/').to_owned());
            }
            (None, ["include", path]) => read.includes.push((*path).to_owned()),
            (None, ["service", name, ..]) => {
                let place = Some(file.place(number));
                block = Some(Block { name: (*name).to_owned(), place, ..Block::default() });
            }
            (None, ["defaults", ..]) => block = Some(Block::default()),
            (Some(_), ["}"]) => match block.take() {
                Some(done) if done.name.is_empty() => read.defaults = Some(done),
                Some(done) => read.services.push(done),
                None => {}
            },
            (Some(block), _) => {
                // `disable = yes`, `disable=yes`, `flags += IPv6`.
                if let Some((key, value)) = line.split_once('=') {
                    let key = key.trim_end_matches(['+', '-', ' ', '\t']).trim();
                    block.values.insert(key.to_ascii_lowercase(), value.trim().to_owned());
                }
            }
            _ => {}
        }
    }
    read
}

impl Block {
    fn value(&self, key: &str) -> &str {
        self.values.get(key).map_or("", String::as_str)
    }

    fn entry(self, defaults: &Self) -> InetdEntry {
        let names =
            |key: &str| defaults.value(key).split_whitespace().any(|name| name == self.name);
        // Without `disable` a service is on; `disabled` and `enabled` of the defaults name services (xinetd.conf(5)).
        let off = self.value("disable").eq_ignore_ascii_case("yes")
            || names("disabled")
            || (!defaults.value("enabled").is_empty() && !names("enabled"))
            || self.unread;
        let is_internal = self.value("type").split_whitespace().any(|word| word == "INTERNAL");
        let server = if is_internal { "internal" } else { self.value("server") };
        InetdEntry {
            flavour: Flavour::Xinetd,
            service: self.name.clone(),
            protocol: self.value("protocol").to_owned(),
            server: server.to_owned(),
            arguments: self.value("server_args").to_owned(),
            enabled: !off,
            place: self.place.unwrap_or(Place::File { path: String::new(), line: None }),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::case::TestHost;

    #[test]
    fn entries_of_both_are_read_with_their_state() {
        let host = TestHost::new()
            .file(
                "/etc/inetd.conf",
                "#finger stream tcp nowait nobody /usr/sbin/tcpd in.fingerd\n\
                 telnet stream tcp nowait root /usr/sbin/tcpd /usr/sbin/in.telnetd\n\
                 rstatd/1-3 dgram rpc/udp wait root /usr/sbin/rpc.rstatd rpc.rstatd\n\
                 broken line\n",
            )
            .file(
                "/etc/xinetd.conf",
                "defaults\n{\n disabled = echo\n}\nincludedir /etc/xinetd.d\n",
            )
            .file(
                "/etc/xinetd.d/tftp",
                "service tftp\n{\n\tdisable\t= yes\n\tserver=/usr/sbin/in.tftpd\n}\n",
            )
            .file("/etc/xinetd.d/echo", "service echo\n{\n type = INTERNAL\n}\n")
            .file(
                "/etc/xinetd.d/rsync",
                "service rsync\n{\n socket_type = stream\n server = /usr/bin/rsync\n}\n",
            )
            .file("/etc/xinetd.d/old.rpmsave", "service talk\n{\n disable = no\n}\n")
            .host();
        let entries = host.inetd().unwrap();
        let mut found: Vec<(&str, &str, bool)> =
            entries.iter().map(|entry| (&*entry.service, entry.program(), entry.enabled)).collect();
        found.sort_unstable();
        assert_eq!(
            found,
            [
                ("echo", "internal", false),
                ("rstatd", "rpc.rstatd", true),
                ("rsync", "rsync", true),
                ("talk", "", false),
                ("telnet", "in.telnetd", true),
                ("tftp", "in.tftpd", false),
            ]
        );
    }
}
