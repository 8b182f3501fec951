//! `/etc/login.defs`: the defaults of shadow-utils.

use super::{ConfigFile, Host, KeyValue};
use crate::cause::Cause;
use std::sync::Arc;

/// Where it lies; the second is the vendor's copy on systems that keep `/etc` for changes.
const PATHS: [&str; 2] = ["/etc/login.defs", "/usr/etc/login.defs"];

/// The settings of `login.defs`, in the order of the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LoginDefs {
    /// The file that was read; empty where there is none.
    pub path: String,
    /// Every setting.
    pub settings: Vec<KeyValue>,
}

impl LoginDefs {
    /// The setting of a key that counts: the last one. Keys are compared without regard to case.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<&KeyValue> {
        self.settings.iter().rev().find(|setting| setting.key.eq_ignore_ascii_case(key))
    }
}

impl Host {
    /// `/etc/login.defs`.
    ///
    /// # Errors
    /// It is there and cannot be read.
    pub fn login_defs(&self) -> Result<Arc<LoginDefs>, Cause> {
        self.login_defs.get_or_init(|| read(self).map(Arc::new)).clone()
    }
}

fn read(host: &Host) -> Result<LoginDefs, Cause> {
    for path in PATHS {
        if let Some(file) = host.text(path)? {
            let settings = file.settings().map(|(line, text)| setting(&file, line, text));
            return Ok(LoginDefs { path: path.to_owned(), settings: settings.collect() });
        }
    }
    Ok(LoginDefs::default())
}

/// A line such as `PASS_MAX_DAYS 99999`; a value may stand in double quotes and ends with them.
fn setting(file: &ConfigFile, line: u32, text: &str) -> KeyValue {
    let (key, rest) = text.split_once([' ', '\t']).unwrap_or((text, ""));
    let rest = rest.trim_start_matches([' ', '\t', '"']);
    let value = rest.split('"').next().unwrap_or_default().trim();
    KeyValue { key: key.to_owned(), value: value.to_owned(), place: file.place(line) }
}

#[cfg(test)]
mod tests {
    use crate::case::TestHost;

    #[test]
    fn the_last_value_counts_and_comments_do_not() {
        let text =
            "#PASS_MAX_DAYS 1\n  PASS_MAX_DAYS\t99999\nUMASK \"027\" # x\npass_max_days 90\nBARE\n";
        let host = TestHost::new().file("/etc/login.defs", text).host();
        let defs = host.login_defs().unwrap();
        let shown = |key| defs.value(key).map(|found| (found.value.clone(), found.place.shown()));
        assert_eq!(shown("PASS_MAX_DAYS"), Some(("90".into(), "/etc/login.defs:4".into())));
        assert_eq!(shown("UMASK"), Some(("027".into(), "/etc/login.defs:3".into())));
        assert_eq!(shown("BARE"), Some((String::new(), "/etc/login.defs:5".into())));
        assert_eq!(shown("PASS_MIN_DAYS"), None);
    }

    #[test]
    fn no_file_is_no_setting() {
        assert!(TestHost::new().host().login_defs().unwrap().path.is_empty());
    }
}
