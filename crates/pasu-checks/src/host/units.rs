//! Units of systemd with their drop-ins, what starts them at boot, and start scripts of System V.

use super::{ConfigFile, Host, KeyValue};
use crate::cause::{Cause, CauseKind};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Where units lie, the first winning (systemd.unit(5)).
const FOLDERS: [&str; 6] = [
    "/etc/systemd/system",
    "/run/systemd/system",
    "/run/systemd/generator",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
];

/// The units of a target.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Units {
    /// By name.
    pub units: BTreeMap<String, Unit>,
    /// Whether systemd is what runs the machine.
    pub is_running: bool,
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

    /// The instances of a template that something starts or that run: `vsftpd@a.service` of `vsftpd@`.
    pub fn instances<'a>(&'a self, template: &'a str) -> impl Iterator<Item = &'a Unit> {
        self.units.values().filter(move |unit| {
            unit.name.strip_prefix(template).is_some_and(|rest| !rest.starts_with('.'))
        })
    }
}

pub(super) fn read(host: &Host) -> Result<Units, Cause> {
    let mut reader = Reader { host, units: BTreeMap::new(), aliases: BTreeMap::new() };
    let mut seen = BTreeSet::new();
    for folder in FOLDERS {
        // /lib is /usr/lib on most systems: one place by two names.
        let real = host.file_followed(folder)?.map(|facts| facts.path);
        if real.is_some_and(|real| seen.insert(real)) {
            reader.folder(folder)?;
        }
    }
    reader.scripts()?;
    let mut units = reader.finish();
    if host.is_live() {
        units.is_running = host.system().exists(Path::new("/run/systemd/system"));
        activity(host, &mut units)?;
    }
    Ok(units)
}

struct Reader<'a> {
    host: &'a Host,
    units: BTreeMap<String, Unit>,
    aliases: BTreeMap<String, String>,
}

impl Reader<'_> {
    fn unit(&mut self, name: &str) -> &mut Unit {
        let unit = self.units.entry(name.to_owned()).or_default();
        if unit.name.is_empty() {
            name.clone_into(&mut unit.name);
        }
        unit
    }

    fn folder(&mut self, folder: &str) -> Result<(), Cause> {
        for name in self.host.list(folder)? {
            let path = format!("{folder}/{name}");
            if name.ends_with(".wants") || name.ends_with(".requires") || name.ends_with(".upholds")
            {
                for wanted in self.host.list(&path)? {
                    let link = format!("{path}/{wanted}");
                    self.unit(&wanted).enabled_by.push(link);
                }
            } else if let Some(unit) = name.strip_suffix(".d") {
                for file in
                    self.host.list(&path)?.into_iter().filter(|file| file.ends_with(".conf"))
                {
                    self.unit(unit).drop_ins.push(format!("{path}/{file}"));
                }
            } else if is_unit(&name) {
                self.definition(&name, path)?;
            }
        }
        Ok(())
    }

    fn definition(&mut self, name: &str, path: String) -> Result<(), Cause> {
        if self.units.get(name).is_some_and(|unit| !unit.path.is_empty())
            || self.aliases.contains_key(name)
        {
            return Ok(());
        }
        let Some(facts) = self.host.file(&path)? else { return Ok(()) };
        if facts.kind == super::files::FileKind::Symlink {
            let target = self.host.system().read_link(Path::new(&path));
            let target = target.map_err(|error| Cause::of_file(&path, &error))?;
            if target == Path::new("/dev/null") {
                let unit = self.unit(name);
                unit.masked = true;
                unit.path = path;
                return Ok(());
            }
            let other = target.file_name().map(|name| name.to_string_lossy().into_owned());
            if let Some(other) = other.filter(|other| other != name && is_unit(other)) {
                self.aliases.insert(name.to_owned(), other);
                return Ok(());
            }
        }
        let unit = self.unit(name);
        unit.masked = facts.kind == super::files::FileKind::File && facts.size == 0;
        unit.path = path;
        Ok(())
    }

    /// Scripts that System V's links start, where no unit of the same name stands for them.
    fn scripts(&mut self) -> Result<(), Cause> {
        for pattern in ["/etc/rc[2-5].d/S*", "/etc/rc.d/rc[2-5].d/S*"] {
            for link in self.host.glob(pattern)? {
                let name = link.rsplit('/').next().unwrap_or_default();
                let name =
                    name.trim_start_matches('S').trim_start_matches(|c: char| c.is_ascii_digit());
                let service = format!("{name}.service");
                let is_native = self.aliases.contains_key(&service)
                    || self.units.get(&service).is_some_and(|unit| !unit.path.is_empty());
                if is_native {
                    continue;
                }
                let unit = self.unit(&service);
                unit.path = format!("/etc/init.d/{name}");
                unit.enabled_by.push(link);
            }
        }
        Ok(())
    }

    /// Gives what is known under an alias to the unit that it stands for, and the unit to the alias.
    fn finish(mut self) -> Units {
        for (alias, name) in &self.aliases {
            if let Some(known) = self.units.remove(alias) {
                let unit = self.units.entry(name.clone()).or_default();
                unit.enabled_by.extend(known.enabled_by);
                unit.drop_ins.extend(known.drop_ins);
            }
        }
        // An alias of an alias, as deep as they go in practice.
        for _ in 0..4 {
            for (alias, name) in &self.aliases {
                if let Some(unit) = self.units.get(name).cloned() {
                    self.units.entry(alias.clone()).or_insert(unit);
                }
            }
        }
        for (name, unit) in &mut self.units {
            if unit.name.is_empty() {
                unit.name.clone_from(name);
            }
            // A link in `.wants` to a unit that is not installed starts nothing; an instance has its template's file.
            if unit.path.is_empty() && !unit.name.contains('@') {
                unit.enabled_by.clear();
            }
        }
        Units { units: self.units, is_running: false }
    }
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
            let mut words = line.split_whitespace();
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
    /// value takes back what stood before it.
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
    fn values_belong_to_their_section_and_may_be_continued() {
        let lines = ["[A]", "k=1", "[B]", "# k=2", "k = 3 \\", "  4", ";k=5"];
        let file = ConfigFile { path: "/x".into(), lines: lines.map(str::to_owned).to_vec() };
        let values = ini_values(&file, "B", "k");
        assert_eq!(values.len(), 1);
        assert_eq!(values[0].value, "3  4");
    }
}
