//! Where the instances of Tomcat are: by their processes, their units and the usual directories.

use super::Running;
use crate::cause::Cause;
use crate::host::Host;
use crate::host::processes::Process;
use crate::host::units::Unit;
use std::collections::BTreeMap;

/// Where packages and archives put an instance.
const USUAL: [&str; 9] = [
    "/var/lib/tomcat*",
    "/var/lib/tomcats/*",
    "/usr/share/tomcat*",
    "/opt/*tomcat*",
    "/opt/*tomcat*/*",
    "/usr/local/*tomcat*",
    "/usr/local/*tomcat*/*",
    "/srv/*tomcat*",
    "/srv/*tomcat*/*",
];

/// A candidate for an instance.
pub(super) struct Base {
    pub(super) folder: String,
    pub(super) process: Option<Running>,
    /// The file that stands for `conf/server.xml`, if another was named.
    pub(super) server: Option<String>,
    pub(super) properties: BTreeMap<String, String>,
}

impl Base {
    fn of_folder(folder: String) -> Self {
        Self { folder, process: None, server: None, properties: BTreeMap::new() }
    }
}

/// All candidates, those that run first.
pub(super) fn find(host: &Host, unseen: &mut Vec<Cause>) -> Result<Vec<Base>, Cause> {
    let mut found = Vec::new();
    if host.is_live() {
        found.extend(host.processes()?.iter().filter_map(of_process));
    }
    for unit in host.units()?.units.values().filter(|unit| may_start_tomcat(unit)) {
        match of_unit(host, unit) {
            Ok(folder) => found.extend(folder.map(Base::of_folder)),
            Err(cause) => unseen.push(cause),
        }
    }
    for pattern in USUAL {
        match host.glob(pattern) {
            Ok(folders) => found.extend(folders.into_iter().map(Base::of_folder)),
            Err(cause) => unseen.push(cause),
        }
    }
    Ok(found)
}

/// `java … -Dcatalina.base=/var/lib/tomcat10 … org.apache.catalina.startup.Bootstrap start`.
fn of_process(process: &Process) -> Option<Base> {
    let properties: BTreeMap<String, String> = process
        .arguments
        .iter()
        .filter_map(|argument| argument.strip_prefix("-D")?.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let folder = properties.get("catalina.base").or_else(|| properties.get("catalina.home"))?;
    let folder = folder.trim_end_matches('/').to_owned();
    let mut arguments = process.arguments.iter();
    let server = arguments.find(|argument| *argument == "-config").and_then(|_| arguments.next());
    let server = server
        .map(|path| if path.starts_with('/') { path.clone() } else { format!("{folder}/{path}") });
    let process = Some(Running { pid: process.pid, uid: process.uid });
    Some(Base { folder, process, server, properties })
}

/// Units by that name, and those that an administrator wrote.
fn may_start_tomcat(unit: &Unit) -> bool {
    let name = unit.name.to_lowercase();
    name.ends_with(".service")
        && (name.contains("tomcat")
            || name.contains("catalina")
            || unit.path.starts_with("/etc/systemd/"))
}

/// By `Environment=CATALINA_BASE=…`, `EnvironmentFile=` or `ExecStart=/opt/tomcat/bin/startup.sh`.
fn of_unit(host: &Host, unit: &Unit) -> Result<Option<String>, Cause> {
    let mut texts = Vec::new();
    for file in host.unit_values(unit, "Service", "EnvironmentFile")? {
        let path = file.value.trim_start_matches('-');
        if let Some(file) = host.text(path)? {
            texts.extend(file.settings().map(|(_, line)| line.to_owned()));
        }
    }
    let own = host.unit_values(unit, "Service", "Environment")?;
    texts.extend(own.into_iter().map(|found| found.value));
    for name in ["CATALINA_BASE=", "CATALINA_HOME="] {
        // The last one counts.
        if let Some(folder) = texts.iter().rev().find_map(|text| folder_after(text, name)) {
            return Ok(Some(folder));
        }
    }
    let starts = host.unit_values(unit, "Service", "ExecStart")?;
    Ok(starts.iter().find_map(|start| {
        ["/bin/startup.sh", "/bin/catalina.sh", "/bin/jsvc", "/bin/daemon.sh"]
            .iter()
            .find_map(|script| start.value.split_once(script))
            .and_then(|(before, _)| {
                before
                    .rfind([' ', '-', '\'', '"', '@'])
                    .map_or(Some(before), |at| before.get(at + 1..))
            })
            .filter(|folder| folder.starts_with('/'))
            .map(str::to_owned)
    }))
}

/// The path after `CATALINA_BASE=`, with or without quotes.
fn folder_after(text: &str, name: &str) -> Option<String> {
    let (_, value) = text.split_once(name)?;
    let value = value.trim_start_matches(['"', '\'']);
    let end = value.find(|c: char| c.is_whitespace() || c == '"' || c == '\'');
    let folder = end.map_or(Some(value), |end| value.get(..end))?.trim_end_matches('/');
    folder.starts_with('/').then(|| folder.to_owned())
}

#[cfg(test)]
mod tests {
    use super::folder_after;

    #[test]
    fn the_base_stands_behind_its_name() {
        for (text, folder) in [
            ("\"CATALINA_BASE=/opt/a b\"", Some("/opt/a")),
            ("CATALINA_BASE=\"/opt/a/\"", Some("/opt/a")),
            ("JAVA_HOME=/x CATALINA_BASE=/opt/a", Some("/opt/a")),
            ("CATALINA_BASE=$CATALINA_HOME", None),
            ("JAVA_HOME=/x", None),
        ] {
            assert_eq!(folder_after(text, "CATALINA_BASE=").as_deref(), folder, "{text}");
        }
    }
}
