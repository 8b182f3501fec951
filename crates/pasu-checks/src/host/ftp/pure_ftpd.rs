//! Pure-FTPd: its options, from its file, from Debian's directory of one file an option, and from command lines.

use super::Said;
use crate::cause::Cause;
use crate::host::{ConfigFile, Host};
use pasu_model::Place;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Options that items ask for: the name in files, the short flag, the long one, whether it takes a value.
const OPTIONS: [(&str, &str, &str, bool); 8] = [
    ("AnonymousOnly", "-e", "--anonymousonly", false),
    ("FortunesFile", "-F", "--fortunesfile", true),
    ("MinUID", "-u", "--minuid", true),
    ("NoAnonymous", "-E", "--noanonymous", false),
    ("TLS", "-Y", "--tls", true),
    ("TrustedIP", "-V", "--trustedip", true),
    ("Bind", "-S", "--bind", true),
    ("ChrootEveryone", "-A", "--chrooteveryone", false),
];

/// Its programs, one for each kind of accounts.
const PROGRAMS: [&str; 4] =
    ["pure-ftpd", "pure-ftpd-mysql", "pure-ftpd-postgresql", "pure-ftpd-ldap"];

/// The options that are set.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PureFtpd {
    options: BTreeMap<String, Said>,
}

impl PureFtpd {
    /// An option's value, if it is set.
    #[must_use]
    pub fn option(&self, name: &str) -> Option<&Said> {
        self.options.get(name)
    }

    /// Whether an option is switched on: off where it is not set.
    #[must_use]
    pub fn flag(&self, name: &str) -> bool {
        self.option(name).is_some_and(|said| {
            matches!(said.value.to_ascii_lowercase().as_str(), "yes" | "on" | "1" | "true")
        })
    }

    fn set(&mut self, name: &str, value: &str, place: Place) {
        let known = OPTIONS.iter().find(|option| option.0.eq_ignore_ascii_case(name));
        if let Some((name, ..)) = known {
            let said = Said { value: value.trim().to_owned(), place: Some(place) };
            self.options.insert((*name).to_owned(), said);
        }
    }

    /// `NoAnonymous                 yes`.
    fn load(&mut self, file: &ConfigFile) {
        for (number, line) in file.settings() {
            let (name, value) = line.split_once(char::is_whitespace).unwrap_or((line, "yes"));
            self.set(name, value, file.place(number));
        }
    }

    /// `/usr/sbin/pure-ftpd -l pam -E -Y 2`; short flags may carry their value: `-Y2`.
    fn command(&mut self, line: &[String]) {
        let place = || Place::Command { line: line.join(" ") };
        let mut words = line.iter().skip(1).peekable();
        while let Some(word) = words.next() {
            let found = OPTIONS.iter().find_map(|(name, short, long, takes)| {
                let value = if word == short || word == long {
                    None
                } else if let Some(value) = word.strip_prefix(long) {
                    Some(value.strip_prefix('=')?)
                } else {
                    Some(word.strip_prefix(short).filter(|_| *takes)?)
                };
                Some((name, *takes, value))
            });
            let Some((name, takes, value)) = found else { continue };
            let value = match (takes, value) {
                (_, Some(value)) => value,
                (true, None) => words.next().map_or("", String::as_str),
                (false, None) => "yes",
            };
            self.set(name, value, place());
        }
    }
}

/// Where an option of Pure-FTPd is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Home {
    /// A folder with a file for each option, as Debian has it.
    Folder(String),
    /// A file of options.
    File(String),
}

impl Host {
    /// Where options of Pure-FTPd are written; `None` where it has no file.
    ///
    /// # Errors
    /// Its files or command lines cannot be read.
    pub fn pure_ftpd_home(&self) -> Result<Option<Home>, Cause> {
        let lines = self.command_lines("pure-ftpd", &PROGRAMS)?;
        let is_there = |path: &String| self.system().exists(std::path::Path::new(path));
        let folder = "/etc/pure-ftpd/conf".to_owned();
        let usual = ["/etc/pure-ftpd.conf", "/etc/pure-ftpd/pure-ftpd.conf"].map(str::to_owned);
        let named = lines.iter().flat_map(|line| line.iter().skip(1));
        let mut files = named.filter(|word| word.ends_with(".conf")).chain(&usual);
        let file = files.find(|path| is_there(path)).cloned().map(Home::File);
        Ok(if is_there(&folder) { Some(Home::Folder(folder)) } else { file })
    }

    /// The options of Pure-FTPd.
    ///
    /// # Errors
    /// A file of it is there and cannot be read.
    pub fn pure_ftpd(&self) -> Result<PureFtpd, Cause> {
        let lines = self.command_lines("pure-ftpd", &PROGRAMS)?;
        let mut read = PureFtpd::default();
        let named: Vec<&String> = lines
            .iter()
            .flat_map(|line| line.iter().skip(1).find(|word| word.ends_with(".conf")))
            .collect();
        let usual = ["/etc/pure-ftpd.conf", "/etc/pure-ftpd/pure-ftpd.conf"].map(str::to_owned);
        for path in if named.is_empty() { usual.iter().collect() } else { named } {
            if let Some(file) = self.text(path)? {
                read.load(&file);
            }
        }
        for path in self.glob("/etc/pure-ftpd/conf/*")? {
            let name = path.rsplit('/').next().unwrap_or_default().to_owned();
            let Some(file) = self.text(&path)? else { continue };
            if let Some((number, value)) = file.settings().next() {
                read.set(&name, value, file.place(number));
            }
        }
        for line in &lines {
            read.command(line);
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use crate::case::TestHost;

    #[test]
    fn debians_directory_and_red_hats_file() {
        let debian = TestHost::new()
            .file("/etc/pure-ftpd/conf/NoAnonymous", "yes\n")
            .file("/etc/pure-ftpd/conf/MinUID", "1000\n")
            .host();
        let read = debian.pure_ftpd().unwrap();
        assert!(read.flag("NoAnonymous"));
        assert_eq!(read.option("MinUID").map(|said| said.value.as_str()), Some("1000"));
        let red_hat = TestHost::new()
            .file("/etc/pure-ftpd/pure-ftpd.conf", "# NoAnonymous yes\nTLS             2\n")
            .host();
        let read = red_hat.pure_ftpd().unwrap();
        assert!(!read.flag("NoAnonymous"));
        assert_eq!(read.option("TLS").map(|said| said.value.as_str()), Some("2"));
    }

    #[test]
    fn the_command_line_wins() {
        let host = TestHost::new()
            .live()
            .file("/etc/pure-ftpd/conf/TLS", "0\n")
            .process(7, "pure-ftpd", 0, None)
            .file("/proc/7/cmdline", "/usr/sbin/pure-ftpd\0-l\0pam\0-E\0-Y3\0--minuid=500\0")
            .host();
        let read = host.pure_ftpd().unwrap();
        assert!(read.flag("NoAnonymous"));
        assert_eq!(read.option("TLS").map(|said| said.value.as_str()), Some("3"));
        assert_eq!(read.option("MinUID").map(|said| said.value.as_str()), Some("500"));
    }
}
