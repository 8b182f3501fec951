//! vsftpd: its instances, each with the settings of its file, and the defaults that are built in.

use super::Said;
use crate::cause::Cause;
use crate::host::{ConfigFile, Host};
use pasu_model::Place;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// How many instances are read.
const MAX_INSTANCES: usize = 64;

/// Settings that are yes or no, with what holds where the file is silent (vsftpd.conf(5)).
const FLAGS: [(&str, bool); 20] = [
    ("allow_anon_ssl", false),
    ("anonymous_enable", true),
    ("force_anon_data_ssl", false),
    ("force_anon_logins_ssl", false),
    ("force_local_data_ssl", true),
    ("force_local_logins_ssl", true),
    ("guest_enable", false),
    ("implicit_ssl", false),
    ("listen", false),
    ("listen_ipv6", false),
    ("local_enable", false),
    ("no_anon_password", false),
    ("session_support", false),
    ("ssl_enable", false),
    ("ssl_sslv2", false),
    ("ssl_sslv3", false),
    ("tcp_wrappers", false),
    ("userlist_deny", true),
    ("userlist_enable", false),
    ("write_enable", false),
];

/// Settings that are texts.
const TEXTS: [&str; 9] = [
    "banner_file",
    "ftpd_banner",
    "listen_port",
    "local_umask",
    "pam_service_name",
    "rsa_cert_file",
    "rsa_private_key_file",
    "user_config_dir",
    "userlist_file",
];

/// One vsftpd with its own settings.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instance {
    /// Its file; empty where it runs on what is built in.
    pub path: String,
    /// The settings that items ask for, the last of each.
    settings: BTreeMap<String, Said>,
}

impl Instance {
    /// A setting that is yes or no, with its line if one sets it.
    ///
    /// # Errors
    /// Its value is neither; vsftpd refuses to start then.
    pub fn flag(&self, name: &str) -> Result<(bool, Option<&Place>), Cause> {
        let Some(said) = self.settings.get(name) else {
            let default = FLAGS.iter().any(|(flag, default)| *flag == name && *default);
            return Ok((default, None));
        };
        match said.value.to_ascii_uppercase().as_str() {
            "YES" | "TRUE" | "1" => Ok((true, said.place.as_ref())),
            "NO" | "FALSE" | "0" => Ok((false, said.place.as_ref())),
            _ => Err(Cause {
                kind: crate::CauseKind::Malformed,
                place: said.place.clone(),
                detail: format!("{name} is neither YES nor NO"),
            }),
        }
    }

    /// A setting that is a text; none where it is not set or empty.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&Said> {
        self.settings.get(name).filter(|said| !said.value.is_empty())
    }

    /// The list of accounts that `userlist_enable` reads. Red Hat's build has it beside its settings.
    #[must_use]
    pub fn user_list_path(&self) -> String {
        let beside = if self.path.starts_with("/etc/vsftpd/") {
            "/etc/vsftpd/user_list"
        } else {
            "/etc/vsftpd.user_list"
        };
        self.text("userlist_file").map_or_else(|| beside.to_owned(), |said| said.value.clone())
    }

    /// The file, to be shown with what is not set.
    #[must_use]
    pub fn place(&self) -> Option<Place> {
        (!self.path.is_empty()).then(|| Place::File { path: self.path.clone(), line: None })
    }

    fn load(&mut self, file: &ConfigFile) {
        for (number, line) in file.settings() {
            self.set(line, Some(file.place(number)));
        }
    }

    /// `anonymous_enable=NO`. A space before the equals sign makes another name of it, which vsftpd refuses; the last
    /// one wins.
    fn set(&mut self, line: &str, place: Option<Place>) {
        let Some((name, value)) = line.split_once('=') else { return };
        let is_known = FLAGS.iter().any(|(flag, _)| *flag == name) || TEXTS.contains(&name);
        if is_known {
            let said = Said { value: value.trim_end().to_owned(), place };
            self.settings.insert(name.to_owned(), said);
        }
    }
}

impl Host {
    /// The instances of vsftpd: those whose command lines are known, else every file that one could be started with.
    ///
    /// # Errors
    /// A file is there and cannot be read, or a command line names one that is not there.
    pub fn vsftpd(&self) -> Result<Vec<Instance>, Cause> {
        let lines = self.command_lines("vsftpd", &["vsftpd"])?;
        let mut instances: Vec<Instance> = Vec::new();
        for line in lines.iter().take(MAX_INSTANCES) {
            let instance = instance(self, line)?;
            if !instances.contains(&instance) {
                instances.push(instance);
            }
        }
        if !instances.is_empty() {
            return Ok(instances);
        }
        for pattern in ["/etc/vsftpd*.conf", "/etc/vsftpd/*.conf"] {
            for path in self.glob(pattern)?.into_iter().take(MAX_INSTANCES) {
                instances.push(of_file(self, &path)?);
            }
        }
        if instances.is_empty() {
            instances.push(Instance::default());
        }
        Ok(instances)
    }
}

/// `/usr/sbin/vsftpd /etc/vsftpd/vsftpd.conf -olisten=YES`: files and options in turn; without a file the usual one.
fn instance(host: &Host, line: &[String]) -> Result<Instance, Cause> {
    let mut instance = Instance::default();
    let place = || Some(Place::Command { line: line.join(" ") });
    for word in line.iter().skip(1) {
        if let Some(option) = word.strip_prefix("-o") {
            instance.set(option, place());
        } else if !word.starts_with('-') && word.contains('/') {
            let Some(file) = host.text(word)? else {
                let missing = std::io::Error::from(std::io::ErrorKind::NotFound);
                return Err(Cause::of_file(word, &missing));
            };
            instance.path.clone_from(word);
            instance.load(&file);
        }
    }
    if instance.path.is_empty() {
        for path in ["/etc/vsftpd/vsftpd.conf", "/etc/vsftpd.conf"] {
            if host.system().exists(Path::new(path)) {
                let options = std::mem::take(&mut instance.settings);
                instance = of_file(host, path)?;
                // The usual file is read after the options, and wins over them.
                for (name, said) in options {
                    instance.settings.entry(name).or_insert(said);
                }
                break;
            }
        }
    }
    Ok(instance)
}

fn of_file(host: &Host, path: &str) -> Result<Instance, Cause> {
    let mut instance = Instance { path: path.to_owned(), ..Instance::default() };
    if let Some(file) = host.text(path)? {
        instance.load(&file);
    }
    Ok(instance)
}

#[cfg(test)]
mod tests {
    use super::Instance;
    use crate::case::TestHost;

    fn only(host: TestHost) -> Instance {
        let mut instances = host.host().vsftpd().unwrap();
        assert_eq!(instances.len(), 1, "{instances:?}");
        instances.remove(0)
    }

    #[test]
    fn the_last_line_wins_and_what_is_not_set_is_built_in() {
        let text = "#anonymous_enable=NO\nlocal_enable=NO\nlocal_enable=yes\nssl_enable = YES\n";
        let instance = only(TestHost::new().file("/etc/vsftpd.conf", text));
        assert!(instance.flag("anonymous_enable").unwrap().0);
        assert!(instance.flag("local_enable").unwrap().0);
        assert!(!instance.flag("ssl_enable").unwrap().0);
        assert_eq!(instance.user_list_path(), "/etc/vsftpd.user_list");
    }

    #[test]
    fn a_value_that_is_neither_is_no_answer() {
        let host = TestHost::new().file("/etc/vsftpd.conf", "anonymous_enable=maybe\n");
        assert!(only(host).flag("anonymous_enable").is_err());
    }

    #[test]
    fn the_command_line_names_the_file() {
        let host = TestHost::new()
            .live()
            .file("/etc/vsftpd.conf", "anonymous_enable=YES\n")
            .file("/srv/ftp.conf", "anonymous_enable=NO\n")
            .process(7, "vsftpd", 0, None)
            .file("/proc/7/cmdline", "/usr/sbin/vsftpd\0/srv/ftp.conf\0-ossl_enable=YES\0");
        let instance = only(host);
        assert!(!instance.flag("anonymous_enable").unwrap().0);
        assert!(instance.flag("ssl_enable").unwrap().0);
    }
}
