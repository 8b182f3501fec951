//! Which units and start scripts there are, what starts them and what adds to them, from their folders.

use super::{Unit, Units, is_unit};
use crate::cause::Cause;
use crate::host::Host;
use crate::host::files::{FileKind, normal};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Where units lie, the first winning (systemd.unit(5)).
const FOLDERS: [&str; 11] = [
    "/etc/systemd/system.control",
    "/run/systemd/system.control",
    "/run/systemd/transient",
    "/run/systemd/generator.early",
    "/etc/systemd/system",
    "/run/systemd/system",
    "/run/systemd/generator",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
    "/run/systemd/generator.late",
];

pub(super) fn read(host: &Host) -> Result<Units, Cause> {
    let mut reader = Reader::new(host);
    let mut seen = BTreeSet::new();
    for folder in FOLDERS {
        // /lib is /usr/lib on most systems: one place by two names.
        let real = host.file_followed(folder)?.map(|facts| facts.path);
        if real.is_some_and(|real| seen.insert(real)) {
            reader.folder(folder)?;
        }
    }
    reader.scripts()?;
    reader.finish()
}

struct Reader<'a> {
    host: &'a Host,
    units: BTreeMap<String, Unit>,
    aliases: BTreeMap<String, String>,
    /// By what stands before `.d`, then by the file's name: the first folder wins.
    drop_ins: BTreeMap<String, BTreeMap<String, String>>,
}

impl<'a> Reader<'a> {
    fn new(host: &'a Host) -> Self {
        let (units, aliases, drop_ins) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Self { host, units, aliases, drop_ins }
    }

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
                let known = self.drop_ins.entry(unit.to_owned()).or_default();
                for file in self.host.list(&path)? {
                    if file.ends_with(".conf") {
                        known.entry(file.clone()).or_insert_with(|| format!("{path}/{file}"));
                    }
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
        if facts.kind == FileKind::Symlink {
            let target = self.target_of(&path)?;
            if target == "/dev/null" {
                let unit = self.unit(name);
                unit.masked = true;
                unit.path = path;
                return Ok(());
            }
            let other = target.rsplit('/').next().unwrap_or_default();
            if other != name && is_unit(other) {
                self.aliases.insert(name.to_owned(), other.to_owned());
                return Ok(());
            }
        }
        let unit = self.unit(name);
        unit.masked = facts.kind == FileKind::File && facts.size == 0;
        unit.path = path;
        Ok(())
    }

    /// Where a link leads, as an absolute path.
    fn target_of(&self, path: &str) -> Result<String, Cause> {
        let target = self.host.system().read_link(Path::new(path));
        let target = target.map_err(|error| Cause::of_file(path, &error))?;
        let folder = Path::new(path).parent().unwrap_or(Path::new("/"));
        Ok(normal(&folder.join(target)))
    }

    /// Scripts that System V's links or OpenRC's start, where no unit of the same name stands for them.
    fn scripts(&mut self) -> Result<(), Cause> {
        let patterns = [
            "/etc/rc[2-5].d/S*",
            "/etc/rc.d/rc[2-5].d/S*",
            "/etc/runlevels/boot/*",
            "/etc/runlevels/default/*",
        ];
        for pattern in patterns {
            for link in self.host.glob(pattern)? {
                // A link that the package left behind.
                let Some(script) = self.host.file_followed(&link)? else { continue };
                let name = link.rsplit('/').next().unwrap_or_default();
                let name = match pattern.contains("runlevels") {
                    true => name,
                    false => name
                        .trim_start_matches('S')
                        .trim_start_matches(|c: char| c.is_ascii_digit()),
                };
                let service = format!("{name}.service");
                let is_native = self.aliases.contains_key(&service)
                    || self
                        .units
                        .get(&service)
                        .is_some_and(|unit| !unit.path.is_empty() && !unit.is_script);
                if is_native {
                    continue;
                }
                let unit = self.unit(&service);
                unit.path = script.path;
                unit.is_script = true;
                unit.enabled_by.push(link);
            }
        }
        Ok(())
    }

    /// Gives what is known under an alias to the unit that it stands for, and the unit to the alias.
    fn finish(mut self) -> Result<Units, Cause> {
        for (alias, name) in &self.aliases {
            if let Some(known) = self.units.remove(alias) {
                self.units.entry(name.clone()).or_default().enabled_by.extend(known.enabled_by);
            }
        }
        self.complete()?;
        self.forget_idle_starters();
        // An alias of an alias, as deep as they go in practice.
        for _ in 0..4 {
            for (alias, name) in &self.aliases {
                if let Some(unit) = self.units.get(name).cloned() {
                    self.units.entry(alias.clone()).or_insert(unit);
                }
            }
        }
        Ok(Units { units: self.units, ..Units::default() })
    }

    /// Takes back links in folders of units that start nothing themselves: in `postfix.service.wants`, where
    /// postfix.service is masked or switched off. Targets, and units that others may pull in, are left alone.
    fn forget_idle_starters(&mut self) {
        // One of these may start another.
        for _ in 0..4 {
            let links = self.units.values().flat_map(|unit| &unit.enabled_by);
            let starters: BTreeSet<String> = links.filter_map(|link| starter_of(link)).collect();
            let idle: BTreeSet<String> =
                starters.into_iter().filter(|name| self.is_idle(name)).collect();
            if idle.is_empty() {
                return;
            }
            for unit in self.units.values_mut() {
                unit.enabled_by
                    .retain(|link| starter_of(link).is_none_or(|name| !idle.contains(&name)));
            }
        }
    }

    /// Whether a unit that is started by links of its own has none.
    fn is_idle(&self, name: &str) -> bool {
        let name = self.aliases.get(name).map_or(name, String::as_str);
        let Some(unit) = self.units.get(name) else { return false };
        if unit.masked {
            return true;
        }
        let may_be_linked = || {
            let file = self.host.text(&unit.path).ok().flatten();
            file.is_some_and(|file| file.lines.iter().any(|line| line.trim() == "[Install]"))
        };
        unit.enabled_by.is_empty() && !unit.is_script && may_be_linked()
    }

    /// Names and drop-ins of all units, and to instances what their template says.
    fn complete(&mut self) -> Result<(), Cause> {
        let names: Vec<String> = self.units.keys().cloned().collect();
        for name in names {
            let drop_ins = self.drop_ins_of(&name)?;
            let template = template_of(&name).and_then(|template| {
                let template = self.aliases.get(&template).unwrap_or(&template);
                self.units.get(template)
            });
            let inherited = template.map(|template| (template.path.clone(), template.masked));
            let unit = self.unit(&name);
            unit.drop_ins = drop_ins;
            if unit.path.is_empty()
                && let Some((path, masked)) = inherited
            {
                (unit.path, unit.masked) = (path, masked);
            }
            // A link in `.wants` to a unit that is not installed starts nothing.
            if unit.path.is_empty() {
                unit.enabled_by.clear();
            }
        }
        Ok(())
    }

    /// The files that add to a unit: those for its whole type, for the dashed beginnings of its name, for its template,
    /// and for itself and its aliases; of two of the same name the narrower one, all in the order of their names.
    fn drop_ins_of(&self, name: &str) -> Result<Vec<String>, Cause> {
        let mut found: BTreeMap<&str, &str> = BTreeMap::new();
        let (stem, kind) = name.rsplit_once('.').unwrap_or((name, ""));
        let mut wider = vec![kind.to_owned()];
        let dashes = stem.match_indices('-').map(|(at, _)| format!("{}-.{kind}", &stem[..at]));
        wider.extend(dashes);
        wider.extend(template_of(name));
        let aliases = self.aliases.iter().filter(|(_, of)| *of == name);
        wider.extend(aliases.map(|(alias, _)| alias.clone()));
        wider.push(name.to_owned());
        for folder in &wider {
            for (file, path) in self.drop_ins.get(folder).into_iter().flatten() {
                found.insert(file, path);
            }
        }
        let mut paths = Vec::new();
        for path in found.into_values() {
            let is_link =
                self.host.file(path)?.is_some_and(|facts| facts.kind == FileKind::Symlink);
            if !is_link || self.target_of(path)? != "/dev/null" {
                paths.push(path.to_owned());
            }
        }
        Ok(paths)
    }
}

/// `vsftpd@.service` of `vsftpd@a.service`.
fn template_of(name: &str) -> Option<String> {
    let (before, rest) = name.split_once('@')?;
    let (instance, kind) = rest.rsplit_once('.')?;
    (!instance.is_empty()).then(|| format!("{before}@.{kind}"))
}

/// `postfix.service` of `/run/systemd/generator/postfix.service.wants/postfix@-.service`; none for targets and scripts.
fn starter_of(link: &str) -> Option<String> {
    let folder = link.rsplit('/').nth(1)?;
    let (name, _) = folder.rsplit_once('.')?;
    (is_unit(name) && !name.ends_with(".target")).then(|| name.to_owned())
}
