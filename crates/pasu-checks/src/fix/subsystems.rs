//! Services by the files they read: what proves a configuration, and who is told of a change.

use crate::host::units::Unit;
use crate::host::{Host, path_matches, wildcard};
use pasu_model::FixEffect;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// One service and its files.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subsystem {
    /// Patterns of its files.
    pub paths: Vec<String>,
    /// Units that read them.
    #[serde(default)]
    pub units: Vec<String>,
    /// Programs that read them, where no unit runs.
    #[serde(default)]
    pub processes: Vec<String>,
    /// Whether only a process that waits for connections is told: others of its name serve one, and read the files anew.
    #[serde(default)]
    listens: bool,
    #[serde(default)]
    action: ActionWord,
    /// Command lines that prove the configuration and change nothing; the first that is installed is asked.
    #[serde(default)]
    pub validate: Vec<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum ActionWord {
    #[default]
    None,
    Reload,
    Restart,
}

static SUBSYSTEMS: LazyLock<BTreeMap<String, Subsystem>> =
    LazyLock::new(|| toml::from_str(include_str!("subsystems.toml")).unwrap_or_default());

/// The services that read any of these paths, by name.
pub fn of_paths<'p>(
    paths: impl Iterator<Item = &'p str> + Clone,
) -> impl Iterator<Item = (&'static str, &'static Subsystem)> {
    SUBSYSTEMS.iter().filter_map(move |(name, subsystem)| {
        let mut patterns = subsystem.paths.iter();
        let reads = patterns.any(|pattern| paths.clone().any(|path| path_matches(pattern, path)));
        reads.then_some((name.as_str(), subsystem))
    })
}

/// How the services that run are told that these files changed.
#[must_use]
pub fn effects_of(host: &Host, paths: &[&str]) -> Vec<FixEffect> {
    of_paths(paths.iter().copied()).flat_map(|(_, subsystem)| subsystem.effects(host)).collect()
}

/// The programs that a unit is known to run, and whether only those that wait for connections are to be told.
#[must_use]
pub fn daemons_of(unit: &str) -> (Vec<String>, bool) {
    let runs = |subsystem: &&Subsystem| {
        subsystem.units.iter().any(|pattern| wildcard(pattern.as_bytes(), unit.as_bytes()))
    };
    let found = SUBSYSTEMS.values().find(runs);
    found.map(|subsystem| (subsystem.processes.clone(), subsystem.listens)).unwrap_or_default()
}

impl Subsystem {
    /// How the running ones are told: nothing on a tree, or where none runs.
    pub(super) fn effects(&self, host: &Host) -> Vec<FixEffect> {
        if self.action == ActionWord::None || !host.is_live() {
            return Vec::new();
        }
        let mut running = Vec::new();
        if let Ok(units) = host.units() {
            let is_named = |name: &str| {
                self.units.iter().any(|pattern| wildcard(pattern.as_bytes(), name.as_bytes()))
            };
            let active =
                units.units.values().filter(|unit| unit.is_active() && is_named(&unit.name));
            running.extend(active.map(|unit| unit.name.clone()));
            running.dedup();
        }
        if running.is_empty() && self.is_run_by_hand(host) {
            running.extend(self.units.first().cloned());
        }
        // Told to read its files again, a daemon that systemd gave its socket starts itself anew and loses it: Debian's
        // sshd dies of that. Systemd holds the socket while it is restarted.
        let has_socket = |unit: &str| {
            let socket = format!("{}.socket", unit.trim_end_matches(".service"));
            let units = host.units();
            units.is_ok_and(|units| units.named(&socket).is_some_and(Unit::is_active))
        };
        let effect = |unit: String| match self.action {
            ActionWord::Restart => FixEffect::Restart { unit },
            _ if has_socket(&unit) => FixEffect::Restart { unit },
            _ => FixEffect::Reload { unit },
        };
        running.into_iter().map(effect).collect()
    }

    fn is_run_by_hand(&self, host: &Host) -> bool {
        let Ok(processes) = host.processes() else { return false };
        let listeners = host.listeners();
        let waits = |pid: u32| {
            let Ok(listeners) = &listeners else { return true };
            listeners.iter().any(|listener| listener.pids.contains(&pid))
        };
        let mut own = processes.iter().filter(|process| process.is_any_of(&self.processes));
        own.any(|process| !self.listens || waits(process.pid))
    }
}

#[cfg(test)]
mod tests {
    use super::{SUBSYSTEMS, of_paths};

    #[test]
    fn the_table_is_read_and_finds_drop_ins() {
        assert!(SUBSYSTEMS.len() > 15);
        let paths = ["/etc/ssh/sshd_config.d/50-a.conf", "/etc/hosts"];
        let found: Vec<&str> = of_paths(paths.into_iter()).map(|(name, _)| name).collect();
        assert_eq!(found, ["sshd"]);
    }
}
