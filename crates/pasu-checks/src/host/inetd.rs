//! What the super-servers inetd and xinetd are told to serve.

use super::files::FileKind;
use super::{ConfigFile, Host};
use crate::cause::{Cause, CauseKind};
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
        if let Some(file) = regular(host, &path)? {
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
        if done.contains(&path) {
            continue;
        }
        if done.len() >= MAX_FILES {
            let detail = format!("xinetd includes more than {MAX_FILES} files");
            return Err(Cause::new(CauseKind::Limit, detail));
        }
        if let Some(file) = regular(host, &path)? {
            let read = parse_xinetd(&file);
            for folder in read.include_dirs {
                let names = host.list(&folder)?;
                // xinetd leaves out names with a dot and those that end with `~` (xinetd.conf(5)).
                let names =
                    names.into_iter().filter(|name| !name.contains('.') && !name.ends_with('~'));
                waiting.extend(names.map(|name| format!("{folder}/{name}")));
            }
            waiting.extend(read.includes);
            for (key, value) in read.defaults.into_iter().flat_map(|block| block.values) {
                defaults.add(&key, &value, true);
            }
            blocks.extend(read.services);
        }
        done.push(path);
    }
    for path in host.glob("/etc/xinetd.d/*")? {
        if !done.contains(&path)
            && let Some(file) = regular(host, &path)?
        {
            let mut read = parse_xinetd(&file);
            for block in &mut read.services {
                block.unread = host.system().exists(std::path::Path::new("/etc/xinetd.conf"));
            }
            blocks.extend(read.services);
        }
    }
    Ok(blocks.into_iter().map(|block| block.entry(&defaults)).collect())
}

/// The lines of a file; a folder or device among the files is left out, as the super-servers do.
fn regular(host: &Host, path: &str) -> Result<Option<ConfigFile>, Cause> {
    match host.file_followed(path)? {
        Some(facts) if facts.kind == FileKind::File => host.text(path),
        _ => Ok(None),
    }
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
                    let name = key.trim_end_matches(['+', '-', ' ', '\t']).trim();
                    let name = name.to_ascii_lowercase();
                    if key.ends_with('-') {
                        block.remove(&name, value);
                    } else {
                        block.add(&name, value.trim(), key.ends_with('+'));
                    }
                }
            }
            _ => {}
        }
    }
    // A last block without its brace is served by some releases: better shown than hidden.
    read.services.extend(block.filter(|block| !block.name.is_empty()));
    read
}

impl Block {
    fn value(&self, key: &str) -> &str {
        self.values.get(key).map_or("", String::as_str)
    }

    /// Sets a value, or adds to it. Where `disable` is said twice, only two times yes is yes.
    fn add(&mut self, key: &str, value: &str, adds: bool) {
        let old = self.values.entry(key.to_owned()).or_default();
        if adds && !old.is_empty() {
            old.push(' ');
            old.push_str(value);
        } else if key != "disable" || old.is_empty() || old.eq_ignore_ascii_case("yes") {
            value.clone_into(old);
        }
    }

    fn remove(&mut self, key: &str, value: &str) {
        let gone: Vec<&str> = value.split_whitespace().collect();
        if let Some(old) = self.values.get_mut(key) {
            let left: Vec<&str> =
                old.split_whitespace().filter(|word| !gone.contains(word)).collect();
            *old = left.join(" ");
        }
    }

    fn entry(self, defaults: &Self) -> InetdEntry {
        // `disabled` and `enabled` name services by their `id`, which is the name unless it is set.
        let id = if self.value("id").is_empty() { &*self.name } else { self.value("id") };
        let names = |key: &str| defaults.value(key).split_whitespace().any(|name| name == id);
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
    fn an_id_is_what_the_defaults_name_and_a_second_disable_does_not_hide_the_first() {
        let host = TestHost::new()
            .file(
                "/etc/xinetd.conf",
                "defaults\n{\n disabled = echo-dgram\n disabled += time\n}\nincludedir /etc/xinetd.d/\n",
            )
            .file("/etc/xinetd.d/a", "service echo\n{\n id = echo-dgram\n}\n")
            .file("/etc/xinetd.d/b", "service echo\n{\n id = echo-stream\n}\n")
            .file("/etc/xinetd.d/c", "service time\n{\n}\n")
            .file("/etc/xinetd.d/d", "service talk\n{\n disable = no\n disable = yes\n")
            .directory("/etc/xinetd.d/folder")
            .host();
        let mut found: Vec<(String, bool)> = host
            .inetd()
            .unwrap()
            .iter()
            .map(|entry| (entry.service.clone(), entry.enabled))
            .collect();
        found.sort_unstable();
        let wanted = [("echo", false), ("echo", true), ("talk", true), ("time", false)];
        assert_eq!(found, wanted.map(|(name, on)| (name.to_owned(), on)));
    }

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
