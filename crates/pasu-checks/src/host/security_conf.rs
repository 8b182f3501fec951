//! The settings files of PAM modules below `/etc/security`: `pwquality.conf`, `faillock.conf`, `pwhistory.conf`.

use super::{ConfigFile, Host, KeyValue};
use crate::cause::Cause;
use std::path::Path;

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

/// The library that looks words up, by architecture.
const LIBCRACK: [&str; 3] =
    ["/usr/lib/*/libcrack.so.2", "/usr/lib64/libcrack.so.2", "/usr/lib/libcrack.so.2"];

/// Its dictionary, as Debian, Red Hat and SUSE build it in.
const DICTIONARIES: [&str; 4] = [
    "/var/cache/cracklib/cracklib_dict.pwd",
    "/usr/share/cracklib/pw_dict.pwd",
    "/usr/share/cracklib/pw_dict.pwd.gz",
    "/usr/lib/cracklib_dict.pwd",
];

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

    /// Whether pam_pwquality refuses every new password, root's as well, because the dictionary that it looks words up in
    /// was never made: Debian's libpam-pwquality comes without cracklib-runtime where nothing recommended is installed.
    ///
    /// # Errors
    /// Its settings are there and cannot be read.
    pub fn lacks_dictionary(&self) -> Result<bool, Cause> {
        let conf = self.pwquality_conf()?;
        let is_off = conf.value("dictcheck").is_some_and(|found| found.value == "0");
        if is_off || conf.value("dictpath").is_some() {
            return Ok(false);
        }
        for library in LIBCRACK {
            if !self.glob(library)?.is_empty() {
                let mut paths = DICTIONARIES.iter().map(Path::new);
                return Ok(!paths.any(|path| self.system().exists(path)));
            }
        }
        // Built in another way, which nothing is known of.
        Ok(false)
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
    fn a_dictionary_that_was_never_made_is_missing() {
        let bare = TestHost::new();
        assert!(!bare.clone().host().lacks_dictionary().unwrap());
        let library = bare.file("/usr/lib/x86_64-linux-gnu/libcrack.so.2", "");
        assert!(library.clone().host().lacks_dictionary().unwrap());
        for path in ["/var/cache/cracklib/cracklib_dict.pwd", "/usr/share/cracklib/pw_dict.pwd.gz"]
        {
            assert!(!library.clone().file(path, "").host().lacks_dictionary().unwrap());
        }
        for line in ["dictcheck = 0\n", "dictpath = /opt/words\n"] {
            let set = library.clone().file("/etc/security/pwquality.conf", line);
            assert!(!set.host().lacks_dictionary().unwrap());
        }
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
