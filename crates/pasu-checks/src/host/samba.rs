//! The shares of Samba: what `testparm` says on a running machine, else `smb.conf` with its includes.

use super::{ConfigFile, Host, KeyValue};
use crate::cause::{Cause, CauseKind};
use pasu_model::Place;
use serde::{Deserialize, Serialize};

/// The usual file of Debian, Ubuntu and the RPM family.
const FILE: &str = "/etc/samba/smb.conf";

/// How many files may be read, and how many settings are kept.
const MAX_FILES: usize = 64;
const MAX_SETTINGS: usize = 20_000;

/// Other names of the same settings, without spaces and in lower case.
const SYNONYMS: [(&str, &str); 3] =
    [("public", "guestok"), ("onlyguest", "guestonly"), ("directory", "path")];

/// What Samba is told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Samba {
    settings: Vec<(String, KeyValue)>,
    /// Parts that could not be read: the registry, files named by who connects.
    pub unseen: Vec<Cause>,
}

impl Samba {
    /// The last value of a setting in a section; the name without spaces, in lower case.
    #[must_use]
    pub fn value(&self, section: &str, name: &str) -> Option<&KeyValue> {
        let found = self.settings.iter().rev();
        found.filter(|(of, setting)| of == section && setting.key == name).map(|it| &it.1).next()
    }

    /// The value of a share; where it is silent, what `[global]` sets for all.
    #[must_use]
    pub fn of_share(&self, share: &str, name: &str) -> Option<&KeyValue> {
        self.value(share, name).or_else(|| self.value("global", name))
    }

    /// The shares, in order.
    #[must_use]
    pub fn shares(&self) -> Vec<&str> {
        let mut shares: Vec<&str> = Vec::new();
        let mut known = std::collections::BTreeSet::new();
        for (section, _) in &self.settings {
            if section != "global" && known.insert(section) {
                shares.push(section);
            }
        }
        shares
    }

    fn read(
        &mut self,
        host: &Host,
        file: &ConfigFile,
        files: &mut usize,
        section: &mut String,
    ) -> Result<(), Cause> {
        *files += 1;
        if *files > MAX_FILES {
            return Err(Cause::new(CauseKind::Limit, "too many files included by smb.conf"));
        }
        for (number, line) in logical_lines(file) {
            if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
                *section = name.trim().to_ascii_lowercase();
                let opened = KeyValue {
                    key: String::new(),
                    value: String::new(),
                    place: file.place(number),
                };
                self.settings.push((section.clone(), opened));
                continue;
            }
            let Some(setting) = setting(&line, file.place(number)) else { continue };
            if self.settings.len() >= MAX_SETTINGS {
                return Err(Cause::new(CauseKind::Limit, "too many settings in smb.conf"));
            }
            match setting.key.as_str() {
                "include" => self.include(host, &setting, files, section)?,
                "configbackend" if setting.value.eq_ignore_ascii_case("registry") => {
                    self.registry(&setting)
                }
                "registryshares" if is_yes(&setting.value) => self.registry(&setting),
                _ => {}
            }
            self.settings.push((section.clone(), setting));
        }
        Ok(())
    }

    fn include(
        &mut self,
        host: &Host,
        setting: &KeyValue,
        files: &mut usize,
        section: &mut String,
    ) -> Result<(), Cause> {
        if setting.value.eq_ignore_ascii_case("registry") {
            self.registry(setting);
        } else if setting.value.contains('%') {
            let detail = format!("{} depends on who connects", setting.value);
            self.unseen.push(Cause {
                kind: CauseKind::Malformed,
                place: Some(setting.place.clone()),
                detail,
            });
        } else if let Some(file) = host.text(&setting.value)? {
            self.read(host, &file, files, section)?;
        }
        Ok(())
    }

    fn registry(&mut self, setting: &KeyValue) {
        let mut cause = Cause::not_running("settings in Samba's registry");
        cause.place = Some(setting.place.clone());
        self.unseen.push(cause);
    }
}

impl Host {
    /// What Samba is told.
    ///
    /// # Errors
    /// Its file is there and cannot be read, or `testparm` failed.
    pub fn samba(&self) -> Result<Samba, Cause> {
        let mut samba = Samba::default();
        let mut section = "global".to_owned();
        if let Some(answer) = self.tool_if_any("testparm", &["-s"])? {
            let lines = answer.text().lines().map(str::to_owned).collect();
            let said = ConfigFile { path: String::new(), lines };
            // What it prints is whole: what it includes is already in it.
            for (_, line) in logical_lines(&said) {
                if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
                    section = name.trim().to_ascii_lowercase();
                    let opened = KeyValue {
                        key: String::new(),
                        value: String::new(),
                        place: answer.place(),
                    };
                    samba.settings.push((section.clone(), opened));
                } else if let Some(setting) = setting(&line, answer.place()) {
                    samba.settings.push((section.clone(), setting));
                }
            }
            return Ok(samba);
        }
        self.samba_files()
    }

    /// What Samba's files say, whatever `testparm` makes of them.
    ///
    /// # Errors
    /// A file is there and cannot be read.
    pub fn samba_files(&self) -> Result<Samba, Cause> {
        let mut samba = Samba::default();
        if let Some(file) = self.text(FILE)? {
            samba.read(self, &file, &mut 0, &mut "global".to_owned())?;
        }
        Ok(samba)
    }
}

/// Whether Samba takes a value for yes.
#[must_use]
pub fn is_yes(value: &str) -> bool {
    ["yes", "true", "1", "on"].iter().any(|yes| value.eq_ignore_ascii_case(yes))
}

/// `Guest OK = yes`: case and spaces of a name do not matter.
fn setting(line: &str, place: Place) -> Option<KeyValue> {
    let (name, value) = line.split_once('=')?;
    let name: String = name.chars().filter(|c| !c.is_whitespace()).collect();
    let name = name.to_ascii_lowercase();
    let synonym = SYNONYMS.iter().find(|(other, _)| *other == name).map(|(_, name)| *name);
    let key = synonym.map_or(name, str::to_owned);
    Some(KeyValue { key, value: value.trim().trim_matches('"').to_owned(), place })
}

/// Lines without comments (`#`, `;`); a backslash at the end goes on in the next.
fn logical_lines(file: &ConfigFile) -> Vec<(u32, String)> {
    let mut lines = Vec::new();
    let mut open: Option<(u32, String)> = None;
    for (number, line) in file.numbered() {
        let (first, text) = match open.take() {
            Some((first, before)) => (first, before + line.trim()),
            None => (number, line.trim().to_owned()),
        };
        if text.is_empty() || text.starts_with(['#', ';']) {
            continue;
        }
        match text.strip_suffix('\\') {
            Some(before) => open = Some((first, before.to_owned())),
            None => lines.push((first, text)),
        }
    }
    lines.extend(open);
    lines
}

#[cfg(test)]
mod tests {
    use super::is_yes;
    use crate::case::TestHost;

    #[test]
    fn names_have_synonyms_and_global_sets_for_all() {
        let host = TestHost::new()
            .file("/etc/samba/smb.conf", "[global]\n include = /etc/samba/more.conf\n[A]\npath = /a\n; guest ok = no\n[b]\nPUBLIC = No\n")
            .file("/etc/samba/more.conf", "guest  OK = Yes\n")
            .host();
        let samba = host.samba().unwrap();
        assert_eq!(samba.shares(), ["a", "b"]);
        assert!(is_yes(&samba.of_share("a", "guestok").unwrap().value));
        assert!(!is_yes(&samba.of_share("b", "guestok").unwrap().value));
    }

    #[test]
    fn includes_in_a_circle_end_and_the_registry_is_unseen() {
        let host =
            TestHost::new().file("/etc/samba/smb.conf", "include = /etc/samba/smb.conf\n").host();
        assert!(host.samba().is_err());
        let host =
            TestHost::new().file("/etc/samba/smb.conf", "[global]\ninclude = registry\n").host();
        assert_eq!(host.samba().unwrap().unseen.len(), 1);
    }
}
