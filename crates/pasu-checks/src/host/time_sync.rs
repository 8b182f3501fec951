//! Where the programs that keep the clock right take the time from: chrony, ntpd, OpenNTPD and systemd-timesyncd.

use super::units::ini_values;
use super::{ConfigFile, Host, KeyValue};
use crate::cause::{Cause, CauseKind};
use std::collections::BTreeMap;

/// How many files may be included, and how many sources are kept.
const MAX_FILES: usize = 200;
const MAX_SOURCES: usize = 100;

/// Files of chrony, and of ntpd and OpenNTPD.
const CHRONY: [&str; 2] = ["/etc/chrony/chrony.conf", "/etc/chrony.conf"];
const NTPD: [&str; 4] =
    ["/etc/ntpsec/ntp.conf", "/etc/ntp.conf", "/etc/openntpd/ntpd.conf", "/etc/ntpd.conf"];

/// The file in which a program is told its sources; `None` where it has none.
pub fn main_file(host: &Host, program: &str) -> Option<String> {
    let known: &[&str] = match program {
        "timesyncd" => return Some("/etc/systemd/timesyncd.conf".to_owned()),
        "chrony" => &CHRONY,
        _ => &NTPD,
    };
    let is_there = |path: &&&str| host.system().exists(std::path::Path::new(path));
    known.iter().find(is_there).map(|path| (*path).to_owned())
}

/// The sources that a program is told, as `server`, `pool`, `peer` or `refclock` with its name.
///
/// # Errors
/// A file of its settings is there and cannot be read, or there are too many.
pub fn sources(host: &Host, program: &str) -> Result<Vec<KeyValue>, Cause> {
    let mut found = match program {
        "timesyncd" => timesyncd(host)?,
        "chrony" => read(host, &CHRONY)?,
        _ => read(host, &NTPD)?,
    };
    found.truncate(MAX_SOURCES);
    Ok(found)
}

/// Reads the files that are there, with what they include.
fn read(host: &Host, paths: &[&str]) -> Result<Vec<KeyValue>, Cause> {
    let mut waiting: Vec<String> = paths.iter().rev().map(|path| (*path).to_owned()).collect();
    let mut done: Vec<String> = Vec::new();
    let mut found = Vec::new();
    while let Some(path) = waiting.pop() {
        if done.contains(&path) {
            continue;
        }
        if done.len() >= MAX_FILES {
            let detail = "the settings of the time service include too many files";
            return Err(Cause::new(CauseKind::Limit, detail));
        }
        if let Some(file) = host.text(&path)? {
            let included = directives(&file, &mut found);
            for pattern in included {
                waiting.extend(host.glob(&pattern)?);
            }
        }
        done.push(path);
    }
    Ok(found)
}

/// `pool 2.debian.pool.ntp.org iburst`, `sourcedir /run/chrony-dhcp`; the patterns of what is included are returned.
fn directives(file: &ConfigFile, found: &mut Vec<KeyValue>) -> Vec<String> {
    let mut included = Vec::new();
    for (number, line) in file.settings().filter(|(_, line)| !line.starts_with(['!', ';', '%'])) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [key, value, rest @ ..] = words.as_slice() else { continue };
        let key = key.to_ascii_lowercase();
        match key.as_str() {
            "server" | "servers" | "pool" | "peer" | "refclock" | "sensor" => {
                // `refclock PHC /dev/ptp0`.
                let value = if key == "refclock" {
                    [&[*value], rest].concat().join(" ")
                } else {
                    (*value).to_owned()
                };
                found.push(KeyValue { key, value, place: file.place(number) });
            }
            "include" | "includefile" => included.push((*value).to_owned()),
            "confdir" => {
                included.extend(words.iter().skip(1).map(|folder| format!("{folder}/*.conf")))
            }
            "sourcedir" => {
                included.extend(words.iter().skip(1).map(|folder| format!("{folder}/*.sources")))
            }
            _ => {}
        }
    }
    included
}

/// `NTP=` and `FallbackNTP=` of `timesyncd.conf` and its drop-ins. Without either, it uses servers that were built in.
fn timesyncd(host: &Host) -> Result<Vec<KeyValue>, Cause> {
    let mut files = vec!["/etc/systemd/timesyncd.conf".to_owned()];
    let mut drop_ins = BTreeMap::new();
    for folder in ["/etc", "/run", "/usr/local/lib", "/usr/lib"] {
        let folder = format!("{folder}/systemd/timesyncd.conf.d");
        for name in host.list(&folder)?.into_iter().filter(|name| name.ends_with(".conf")) {
            drop_ins.entry(name.clone()).or_insert_with(|| format!("{folder}/{name}"));
        }
    }
    files.extend(drop_ins.into_values());
    let mut main: Vec<KeyValue> = Vec::new();
    let mut fallback: Option<Vec<KeyValue>> = None;
    for path in files {
        let Some(file) = host.text(&path)? else { continue };
        for setting in ini_values(&file, "Time", "NTP") {
            if setting.value.is_empty() { main.clear() } else { main.extend(split(&setting)) }
        }
        for setting in ini_values(&file, "Time", "FallbackNTP") {
            let list = fallback.get_or_insert_default();
            if setting.value.is_empty() { list.clear() } else { list.extend(split(&setting)) }
        }
    }
    let built_in = || KeyValue {
        key: "FallbackNTP".to_owned(),
        value: "built-in".to_owned(),
        place: pasu_model::Place::File {
            path: "/etc/systemd/timesyncd.conf".to_owned(),
            line: None,
        },
    };
    main.extend(fallback.unwrap_or_else(|| vec![built_in()]));
    Ok(main)
}

fn split(setting: &KeyValue) -> Vec<KeyValue> {
    let names = setting.value.split_whitespace();
    names.map(|name| KeyValue { value: name.to_owned(), ..setting.clone() }).collect()
}

#[cfg(test)]
mod tests {
    use super::sources;
    use crate::case::TestHost;

    fn values(host: TestHost, program: &str) -> Vec<String> {
        sources(&host.host(), program).unwrap().into_iter().map(|found| found.value).collect()
    }

    #[test]
    fn chrony_follows_its_folders() {
        let host = TestHost::new()
            .file(
                "/etc/chrony/chrony.conf",
                "confdir /etc/chrony/conf.d\n#pool a\n! pool b\nsourcedir /run/chrony-dhcp\n",
            )
            .file("/etc/chrony/conf.d/x.conf", "pool c iburst\n")
            .file("/run/chrony-dhcp/y.sources", "server d\n")
            .file("/run/chrony-dhcp/z.off", "server e\n");
        let mut found = values(host, "chrony");
        found.sort();
        assert_eq!(found, ["c", "d"]);
    }

    #[test]
    fn timesyncd_has_servers_built_in_unless_they_are_taken_away() {
        assert_eq!(values(TestHost::new(), "timesyncd"), ["built-in"]);
        let none = TestHost::new().file("/etc/systemd/timesyncd.conf", "[Time]\nFallbackNTP=\n");
        assert!(values(none, "timesyncd").is_empty());
        let some = TestHost::new()
            .file("/etc/systemd/timesyncd.conf", "[Time]\n#NTP=x\n")
            .file("/etc/systemd/timesyncd.conf.d/a.conf", "[Time]\nNTP=a b\nFallbackNTP=c\n");
        assert_eq!(values(some, "timesyncd"), ["a", "b", "c"]);
    }
}
