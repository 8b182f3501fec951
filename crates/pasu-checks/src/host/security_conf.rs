//! The settings files of PAM modules below `/etc/security`: `pwquality.conf`, `faillock.conf`, `pwhistory.conf`.

use super::{ConfigFile, Host, KeyValue};
use crate::cause::Cause;

/// The settings of one module.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SecurityConf {
    /// The files that were read, in the order in which they count: a later one wins.
    pub files: Vec<String>,
    /// Every setting, in that order. A flag such as `enforce_for_root` has no value.
    pub settings: Vec<KeyValue>,
}

impl SecurityConf {
    /// The setting that counts: the last.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<&KeyValue> {
        self.settings.iter().rev().find(|setting| setting.key == key)
    }

    fn add(&mut self, file: &ConfigFile) {
        self.files.push(file.path.clone());
        self.settings.extend(file.settings().filter_map(|(line, text)| setting(file, line, text)));
    }
}

impl Host {
    /// `/etc/security/pwquality.conf` and its drop-ins. The main file is read last and wins (pwquality.conf(5)).
    ///
    /// # Errors
    /// One of them is there and cannot be read.
    pub fn pwquality_conf(&self) -> Result<SecurityConf, Cause> {
        let mut conf = SecurityConf::default();
        for path in self.glob("/etc/security/pwquality.conf.d/*.conf")? {
            if let Some(file) = self.text(&path)? {
                conf.add(&file);
            }
        }
        if let Some(file) = self.text("/etc/security/pwquality.conf")? {
            conf.add(&file);
        }
        // libpwquality takes `MINLEN` for `minlen`; the modules of Linux-PAM do not.
        for setting in &mut conf.settings {
            setting.key.make_ascii_lowercase();
        }
        Ok(conf)
    }

    /// `/etc/security/faillock.conf`, or the file that the module's `conf=` names.
    ///
    /// # Errors
    /// It is there and cannot be read.
    pub fn faillock_conf(&self, named: Option<&str>) -> Result<SecurityConf, Cause> {
        self.security_conf("faillock.conf", named)
    }

    /// `/etc/security/pwhistory.conf`, or the file that the module's `conf=` names.
    ///
    /// # Errors
    /// It is there and cannot be read.
    pub fn pwhistory_conf(&self, named: Option<&str>) -> Result<SecurityConf, Cause> {
        self.security_conf("pwhistory.conf", named)
    }

    fn security_conf(&self, name: &str, named: Option<&str>) -> Result<SecurityConf, Cause> {
        let usual = [format!("/etc/security/{name}"), format!("/usr/etc/security/{name}")];
        let named = named.map(|path| vec![path.to_owned()]);
        let mut conf = SecurityConf::default();
        for path in named.unwrap_or_else(|| usual.to_vec()) {
            if let Some(file) = self.text(&path)? {
                conf.add(&file);
                break;
            }
        }
        Ok(conf)
    }
}

/// A line such as `minlen = 8`, `deny=5 # failures` or `enforce_for_root`.
fn setting(file: &ConfigFile, line: u32, text: &str) -> Option<KeyValue> {
    let text = text.split('#').next().unwrap_or_default().trim();
    let end = text.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(text.len());
    let (key, rest) = text.split_at(end);
    let value = rest.trim_start().trim_start_matches('=').trim();
    (!key.is_empty()).then(|| KeyValue {
        key: key.to_owned(),
        value: value.to_owned(),
        place: file.place(line),
    })
}

#[cfg(test)]
mod tests {
    use crate::case::TestHost;

    #[test]
    fn the_main_file_of_pwquality_wins_over_its_drop_ins() {
        let host = TestHost::new()
            .file("/etc/security/pwquality.conf", "# minlen = 5\nminlen=8\nenforce_for_root\n")
            .file("/etc/security/pwquality.conf.d/10-a.conf", "minlen = 12\nDCREDIT = -1 # digit\n")
            .file("/etc/security/pwquality.conf.d/notes.txt", "minlen = 1\n")
            .host();
        let conf = host.pwquality_conf().unwrap();
        let value = |key| conf.value(key).map(|found| found.value.as_str());
        assert_eq!(value("minlen"), Some("8"));
        assert_eq!(value("dcredit"), Some("-1"));
        assert_eq!(value("enforce_for_root"), Some(""));
        assert_eq!(value("ucredit"), None);
    }

    #[test]
    fn another_file_may_be_named() {
        let host = TestHost::new()
            .file("/etc/security/faillock.conf", "deny = 3\n")
            .file("/etc/own.conf", "deny = 0\n")
            .host();
        let deny = |named| host.faillock_conf(named).unwrap().value("deny").unwrap().value.clone();
        assert_eq!((deny(None), deny(Some("/etc/own.conf"))), ("3".into(), "0".into()));
    }
}
