//! Units of systemd with their drop-ins, what starts them at boot, and start scripts of System V.

mod commands;
mod reader;

use super::{ConfigFile, Host, KeyValue};
use crate::cause::{Cause, CauseKind};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The units of a target.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Units {
    /// By name.
    pub units: BTreeMap<String, Unit>,
    /// Whether systemd is what runs the machine.
    pub is_running: bool,
    /// What starts services when the machine starts.
    pub init: Init,
}

/// What starts services when a machine starts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Init {
    /// Nobody can tell: a tree, or a first process that we may not see.
    #[default]
    Unknown,
    /// systemd.
    Systemd,
    /// An init that runs start scripts: that of System V, of BusyBox, of OpenRC.
    Scripts,
    /// Nothing does: a container whose first process is a program of its own.
    Nothing,
}

/// One unit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    /// Its own name; an alias leads to the unit it stands for.
    pub name: String,
    /// The file that defines it; the script for one of System V.
    pub path: String,
    /// Linked to `/dev/null` or empty: it can't be started.
    pub masked: bool,
    /// What starts it, at boot or with something else: the links and scripts that say so.
    pub enabled_by: Vec<String>,
    /// Whether it runs now; `None` where nobody can tell.
    pub active: Option<bool>,
    /// Files that add to it, in order.
    pub drop_ins: Vec<String>,
    /// Whether it is a start script without a unit of its own.
    pub is_script: bool,
}

impl Unit {
    /// Whether something starts it.
    #[must_use]
    pub fn is_enabled(&self) -> bool {
        !self.masked && !self.enabled_by.is_empty()
    }

    /// Whether it runs now, as far as anybody can tell.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.active == Some(true)
    }
}

impl Units {
    /// The unit of a name, also by an alias.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Unit> {
        self.units.get(name)
    }

    /// Whether this machine's init starts it. Links of systemd mean nothing in a container without systemd.
    #[must_use]
    pub fn starts(&self, unit: &Unit) -> bool {
        unit.is_enabled()
            && match self.init {
                Init::Unknown | Init::Systemd => true,
                Init::Scripts => unit.is_script,
                Init::Nothing => false,
            }
    }

    /// The instances of a template that something starts or that run: `vsftpd@a.service` of `vsftpd@`.
    pub fn instances<'a>(&'a self, template: &'a str) -> impl Iterator<Item = &'a Unit> {
        self.units.values().filter(move |unit| {
            unit.name.strip_prefix(template).is_some_and(|rest| !rest.starts_with('.'))
        })
    }
}

pub(super) fn read(host: &Host) -> Result<Units, Cause> {
    let mut units = reader::read(host)?;
    if host.is_live() {
        units.is_running = host.system().exists(Path::new("/run/systemd/system"));
        units.init = if units.is_running { Init::Systemd } else { other_init(host)? };
        activity(host, &mut units)?;
    }
    Ok(units)
}

/// What the first process is, where it is not systemd.
fn other_init(host: &Host) -> Result<Init, Cause> {
    let processes = host.processes()?;
    let Some(first) = processes.iter().find(|process| process.pid == 1) else {
        return Ok(Init::Unknown);
    };
    let runs_scripts = ["init", "sysvinit", "busybox", "openrc-init", "upstart"];
    let is_init = runs_scripts.contains(&first.program()) || first.name == "init";
    Ok(if is_init { Init::Scripts } else { Init::Nothing })
}

fn is_unit(name: &str) -> bool {
    let kinds = [".service", ".socket", ".timer", ".target", ".mount", ".automount", ".path"];
    kinds.iter().any(|kind| name.ends_with(kind))
}

/// Which units run: by systemd's own list, else by the control groups of processes.
fn activity(host: &Host, units: &mut Units) -> Result<(), Cause> {
    let arguments = ["list-units", "--all", "--full", "--plain", "--no-legend", "--no-pager"];
    let listed = if units.is_running {
        host.tool("systemctl", &arguments)
    } else {
        Err(Cause::new(CauseKind::MissingTool, ""))
    };
    if let Ok(answer) = listed {
        for unit in units.units.values_mut() {
            unit.active = Some(false);
        }
        for line in answer.text().lines() {
            // Older releases put a dot before what failed.
            let mut words = line.trim_start_matches(['●', '*']).split_whitespace();
            let (Some(name), Some(_), Some(active)) = (words.next(), words.next(), words.next())
            else {
                continue;
            };
            let is_active = matches!(active, "active" | "activating" | "reloading");
            if is_active && is_unit(name) {
                let own = units
                    .units
                    .entry(name.to_owned())
                    .or_insert_with(|| Unit { name: name.to_owned(), ..Unit::default() });
                own.active = Some(true);
            }
        }
        let running: BTreeSet<String> = units
            .units
            .values()
            .filter(|unit| unit.is_active())
            .map(|unit| unit.name.clone())
            .collect();
        for (key, unit) in &mut units.units {
            unit.active = Some(running.contains(&unit.name) || running.contains(key));
        }
        return Ok(());
    }
    let processes = host.processes()?;
    let running: BTreeSet<&str> =
        processes.iter().filter_map(|process| process.unit.as_deref()).collect();
    for unit in units.units.values_mut() {
        unit.active = if running.contains(&*unit.name) {
            Some(true)
        } else if units.is_running && unit.name.ends_with(".service") {
            Some(false)
        } else {
            None
        };
    }
    Ok(())
}

impl Host {
    /// The values of a directive of a unit, its drop-ins included, in the order in which systemd reads them. An empty
    /// value takes back what stood before it. What is masked, a unit or a drop-in, is a link to `/dev/null` and holds none.
    ///
    /// # Errors
    /// A file of the unit cannot be read.
    pub fn unit_values(
        &self,
        unit: &Unit,
        section: &str,
        key: &str,
    ) -> Result<Vec<KeyValue>, Cause> {
        let mut values = Vec::new();
        for path in
            std::iter::once(&unit.path).chain(&unit.drop_ins).filter(|path| !path.is_empty())
        {
            if self.file_followed(path)?.is_some_and(|file| file.path == "/dev/null") {
                continue;
            }
            let Some(file) = self.text(path)? else { continue };
            for found in ini_values(&file, section, key) {
                if found.value.is_empty() {
                    values.clear();
                } else {
                    values.push(found);
                }
            }
        }
        Ok(values)
    }
}

/// The values of a key in one file of systemd's form.
#[must_use]
pub fn ini_values(file: &ConfigFile, section: &str, key: &str) -> Vec<KeyValue> {
    let mut current = String::new();
    let mut values = Vec::new();
    let mut continued: Option<(u32, String)> = None;
    for (number, line) in file.numbered() {
        let (number, line) = match continued.take() {
            Some((first, before)) => (first, before + line.trim_start()),
            None => (number, line.trim().to_owned()),
        };
        if let Some(before) = line.strip_suffix('\\') {
            continued = Some((number, format!("{before} ")));
            continue;
        }
        if line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            name.clone_into(&mut current);
            continue;
        }
        let Some((name, value)) = line.split_once('=') else { continue };
        if current == section && name.trim() == key {
            values.push(KeyValue {
                key: key.to_owned(),
                value: value.trim().to_owned(),
                place: file.place(number),
            });
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::ini_values;
    use crate::case::TestHost;
    use crate::host::ConfigFile;

    #[test]
    fn aliases_masks_links_and_scripts_are_read() {
        let host = TestHost::new()
            .file("/usr/lib/systemd/system/ssh.service", "[Service]\nExecStart=/usr/sbin/sshd -D\n")
            .link("/etc/systemd/system/sshd.service", "/usr/lib/systemd/system/ssh.service")
            .link(
                "/etc/systemd/system/multi-user.target.wants/ssh.service",
                "/usr/lib/systemd/system/ssh.service",
            )
            .link("/etc/systemd/system/telnet.socket", "/dev/null")
            .link(
                "/etc/systemd/system/sockets.target.wants/gone.socket",
                "/usr/lib/systemd/system/gone.socket",
            )
            .file("/etc/init.d/vsftpd", "#!/bin/sh\n")
            .file("/etc/init.d/ssh", "#!/bin/sh\n")
            .link("/etc/rc3.d/S01vsftpd", "../init.d/vsftpd")
            .link("/etc/rc3.d/S01ssh", "../init.d/ssh")
            .host();
        let units = host.units().unwrap();
        let ssh = units.named("sshd.service").unwrap();
        assert_eq!((ssh.name.as_str(), ssh.is_enabled()), ("ssh.service", true));
        assert!(units.named("telnet.socket").unwrap().masked);
        assert!(!units.named("gone.socket").unwrap().is_enabled());
        assert!(units.named("vsftpd.service").unwrap().is_enabled());
        assert_eq!(ssh.enabled_by.len(), 1);
    }

    #[test]
    fn drop_ins_come_after_the_unit_and_empty_values_clear() {
        let host = TestHost::new()
            .file("/usr/lib/systemd/system/x.socket", "[Socket]\nListenStream=22\n")
            .file(
                "/etc/systemd/system/x.socket.d/a.conf",
                "[Socket]\nListenStream=\nListenStream=2222\n",
            )
            .host();
        let units = host.units().unwrap();
        let values =
            host.unit_values(units.named("x.socket").unwrap(), "Socket", "ListenStream").unwrap();
        let values: Vec<&str> = values.iter().map(|found| found.value.as_str()).collect();
        assert_eq!(values, ["2222"]);
    }

    #[test]
    fn drop_ins_are_sorted_by_name_over_all_folders() {
        let host = TestHost::new()
            .file("/usr/lib/systemd/system/a-b@.service", "[Service]\nUMask=0\n")
            .file("/usr/lib/systemd/system/a-b@x.service.d/20.conf", "[Service]\nUMask=20\n")
            .file("/usr/lib/systemd/system/a-b@.service.d/30.conf", "[Service]\nUMask=30\n")
            .file("/usr/lib/systemd/system/service.d/40.conf", "[Service]\nUMask=40\n")
            .file("/usr/lib/systemd/system/a-.service.d/50.conf", "[Service]\nUMask=50\n")
            .file("/etc/systemd/system/a-b@x.service.d/10.conf", "[Service]\nUMask=10\n")
            .file("/etc/systemd/system/a-b@x.service.d/20.conf", "[Service]\nUMask=21\n")
            .link("/etc/systemd/system/service.d/40.conf", "/dev/null")
            .link("/etc/systemd/system/multi-user.target.wants/a-b@x.service", "/x")
            .link("/etc/systemd/system/off.service", "/dev/null")
            // No regular file, as on a machine.
            .directory("/dev/null")
            .host();
        let units = host.units().unwrap();
        let unit = units.named("a-b@x.service").unwrap();
        assert!(unit.is_enabled());
        let values = host.unit_values(unit, "Service", "UMask").unwrap();
        let values: Vec<&str> = values.iter().map(|found| found.value.as_str()).collect();
        assert_eq!(values, ["0", "10", "21", "30", "50"]);
        let masked = units.named("off.service").unwrap();
        assert!(host.unit_values(masked, "Service", "UMask").unwrap().is_empty());
    }

    #[test]
    fn an_instance_of_a_missing_or_masked_template_is_not_started() {
        let wants = "/etc/systemd/system/multi-user.target.wants";
        let host = TestHost::new()
            .link("/etc/systemd/system/telnet@.service", "../../../dev/null")
            .link(&format!("{wants}/telnet@1.service"), "/x")
            .link(&format!("{wants}/gone@1.service"), "/x")
            .host();
        let units = host.units().unwrap();
        assert!(!units.named("telnet@1.service").unwrap().is_enabled());
        assert!(!units.named("gone@1.service").unwrap().is_enabled());
    }

    #[test]
    fn links_of_systemd_start_nothing_in_a_container_without_it() {
        let wanted = "/etc/systemd/system/multi-user.target.wants/x.service";
        let tree = TestHost::new()
            .file("/usr/lib/systemd/system/x.service", "[Service]\n")
            .link(wanted, "/usr/lib/systemd/system/x.service")
            .file("/etc/init.d/y", "#!/bin/sh\n")
            .link("/etc/rc3.d/S01y", "../init.d/y");
        for (first, starts) in [("bash", [false, false]), ("init", [false, true])] {
            let host = tree.clone().live().process(1, first, 0, None).host();
            let units = host.units().unwrap();
            let found = ["x.service", "y.service"].map(|name| units.starts(&units.units[name]));
            assert_eq!(found, starts, "{first}");
        }
    }

    #[test]
    fn what_a_switched_off_unit_would_start_is_not_started() {
        let folder = "/usr/lib/systemd/system";
        let wants = "/run/systemd/generator/postfix.service.wants/postfix@-.service";
        let off = TestHost::new()
            .file(&format!("{folder}/postfix.service"), "[Install]\nWantedBy=multi-user.target\n")
            .file(&format!("{folder}/postfix@.service"), "[Service]\n")
            .link(wants, &format!("{folder}/postfix@.service"));
        let link = "/etc/systemd/system/multi-user.target.wants/postfix.service";
        let on = off.clone().link(link, &format!("{folder}/postfix.service"));
        let masked = on.clone().link("/etc/systemd/system/postfix.service", "/dev/null");
        let pulled_in = off.clone().file(&format!("{folder}/postfix.service"), "[Service]\n");
        for (host, starts) in [(off, false), (on, true), (masked, false), (pulled_in, true)] {
            let host = host.host();
            assert_eq!(host.units().unwrap().units["postfix@-.service"].is_enabled(), starts);
        }
    }

    #[test]
    fn values_belong_to_their_section_and_may_be_continued() {
        let lines = ["[A]", "k=1", "[B]", "# k=2", "k = 3 \\", "  4", ";k=5"];
        let file = ConfigFile { path: "/x".into(), lines: lines.map(str::to_owned).to_vec() };
        let values = ini_values(&file, "B", "k");
        assert_eq!(values.len(), 1);
        assert_eq!(values[0].value, "3  4");
    }
}
