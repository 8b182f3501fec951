//! containerd processes of this machine, and what their configuration says.

use super::places::{DEFAULT, DEFAULT_ADDRESS};
use crate::source::storage::small;
use std::fs;
use std::path::{Path, PathBuf};

/// The most processes that are looked at.
const MAX_PROCESSES: usize = 100_000;

/// A containerd that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Running {
    /// Its data.
    pub root: PathBuf,
    /// Where it listens.
    pub address: PathBuf,
}

/// The part of `config.toml` that is needed here.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Config {
    pub root: PathBuf,
    pub address: PathBuf,
}

impl Config {
    /// Reads a configuration; the defaults where there is none, or containerd cannot read it either.
    pub fn read(path: &Path) -> Self {
        let text = small(path).unwrap_or_default();
        Self::parse(&String::from_utf8_lossy(&text))
    }

    fn parse(text: &str) -> Self {
        let table = text.parse::<toml::Table>().unwrap_or_default();
        let text = |value: Option<&toml::Value>| {
            value.and_then(toml::Value::as_str).filter(|text| !text.is_empty()).map(PathBuf::from)
        };
        let address = |server: Option<&toml::Value>| text(server.and_then(|it| it.get("address")));
        // From version 4 of the configuration on it is a plugin's.
        let plugin = table.get("plugins").and_then(|it| it.get("io.containerd.server.v1.grpc"));
        Self {
            root: text(table.get("root")).unwrap_or_else(|| DEFAULT.into()),
            address: address(table.get("grpc"))
                .or_else(|| address(plugin))
                .unwrap_or_else(|| DEFAULT_ADDRESS.into()),
        }
    }
}

impl Running {
    /// Those that see the same files as this process. Of other users' processes only root is told that.
    pub fn all(machine: &Path) -> Vec<Self> {
        let proc = machine.join("proc");
        let Ok(processes) = fs::read_dir(&proc) else { return Vec::new() };
        let Ok(ours) = fs::read_link(proc.join("self/ns/mnt")) else { return Vec::new() };
        let processes = processes.take(MAX_PROCESSES).filter_map(|entry| Some(entry.ok()?.path()));
        let found = processes.filter_map(|process| {
            let name = small(&process.join("comm")).ok()?;
            let words =
                (name == b"containerd\n").then(|| small(&process.join("cmdline")).ok())??;
            let is_ours = fs::read_link(process.join("ns/mnt")).is_ok_and(|it| it == ours);
            is_ours.then(|| Self::of(&words, machine))
        });
        let mut found: Vec<Self> = found.collect();
        found.sort_by(|one, other| one.root.cmp(&other.root));
        found.dedup();
        found
    }

    /// From a command line, words ended by zero bytes: `containerd --config /etc/containerd/config.toml --root /data`.
    fn of(words: &[u8], machine: &Path) -> Self {
        let words = String::from_utf8_lossy(words).into_owned();
        let words: Vec<&str> = words.split('\0').collect();
        let value = |names: [&str; 2]| {
            let mut all = words.iter().enumerate();
            all.find_map(|(at, word)| {
                let word = word.strip_prefix('-')?;
                let word = word.strip_prefix('-').unwrap_or(word);
                let (name, given) =
                    word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value)));
                names.contains(&name).then(|| given.or(words.get(at + 1).copied()))?
            })
        };
        let config = value(["config", "c"]).unwrap_or("/etc/containerd/config.toml");
        let config = Config::read(&machine.join(config.trim_start_matches('/')));
        Self {
            root: value(["root", ""]).map_or(config.root, PathBuf::from),
            address: value(["address", "a"]).map_or(config.address, PathBuf::from),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Config, Running};
    use std::fs;

    #[test]
    fn what_a_containerd_was_started_with_says_where_its_data_is() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        fs::create_dir(at.join("etc")).unwrap();
        let text = "version = 2\nroot = \"/data\"\n[grpc]\naddress = \"/run/c.sock\"\n";
        fs::write(at.join("etc/c.toml"), text).unwrap();
        let of = |words: &str| {
            let running = Running::of(words.replace(' ', "\0").as_bytes(), at);
            format!("{} {}", running.root.display(), running.address.display())
        };
        let usual = "/var/lib/containerd /run/containerd/containerd.sock";
        assert_eq!(of("/usr/bin/containerd"), usual);
        assert_eq!(of("containerd --config /etc/none.toml"), usual);
        assert_eq!(of("containerd --config /etc/c.toml --log-level info"), "/data /run/c.sock");
        assert_eq!(of("containerd -c=/etc/c.toml --root /k -a /run/k.sock"), "/k /run/k.sock");
        assert_eq!(of("containerd --config"), usual);
    }

    #[test]
    fn a_configuration_says_root_and_address_in_any_version() {
        let newest =
            "version = 4\n[plugins.'io.containerd.server.v1.grpc']\naddress = '/run/n.sock'\n";
        assert_eq!(Config::parse(newest).address.to_str(), Some("/run/n.sock"));
        for text in ["", "root = \"\"", "root = 7", "= ["] {
            assert_eq!(Config::parse(text).root.to_str(), Some("/var/lib/containerd"), "{text}");
        }
    }
}
