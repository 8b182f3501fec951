//! FTP daemons: which are in use, and what each is told. One reader for each, in files of their own.

mod gates;
pub mod proftpd;
pub mod pure_ftpd;
pub mod vsftpd;

pub use gates::{Door, Gate};

use super::services::ServiceState;
use super::{ConfigFile, Host};
use crate::cause::Cause;
use crate::judgement::Judgement;
use crate::kinds::service::tell_use_of_part;
use serde::{Deserialize, Serialize};

/// The daemons that are known, by their names in `services.toml`.
pub const DAEMONS: [&str; 4] = ["vsftpd", "proftpd", "pure-ftpd", "ftpd"];

/// An FTP daemon and what shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FtpUse {
    /// Its name in `services.toml`.
    pub name: String,
    /// What shows it.
    pub state: ServiceState,
}

/// A value with the line that says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// The value; `on` or `off` is as written.
    pub value: String,
    /// Where it stands; `None` for what is built in.
    pub place: Option<pasu_model::Place>,
}

impl Host {
    /// What is seen of every FTP daemon.
    ///
    /// # Errors
    /// Units, processes or the files of super-servers could not be read.
    pub fn ftp_daemons(&self) -> Result<Vec<FtpUse>, Cause> {
        let daemons = DAEMONS.iter();
        daemons
            .map(|name| Ok(FtpUse { name: (*name).to_owned(), state: self.service(name)? }))
            .collect()
    }

    /// The command lines, as words, of a daemon's processes, of its units that run or will, and of super-servers.
    pub(crate) fn command_lines(
        &self,
        service: &str,
        programs: &[&str],
    ) -> Result<Vec<Vec<String>>, Cause> {
        let mut lines = Vec::new();
        if self.is_live() {
            let running = self.processes()?;
            let own = running.iter().filter(|process| programs.contains(&process.program()));
            // A title written over the arguments, `vsftpd: LISTENER`, is no command line.
            let is_program = |word: &String| word.contains('/') || programs.contains(&&**word);
            let lines_of = own.map(|process| process.arguments.clone());
            lines.extend(lines_of.filter(|line| line.first().is_some_and(is_program)));
        }
        let units = self.units()?;
        let started = units.units.values().filter(|unit| units.starts(unit) || unit.is_active());
        for unit in started.filter(|unit| unit.name.starts_with(service)) {
            lines.extend(self.unit_commands(unit)?);
        }
        for entry in self.inetd()?.iter().filter(|entry| entry.enabled) {
            if programs.contains(&entry.program()) {
                let mut words: Vec<String> =
                    entry.arguments.split_whitespace().map(str::to_owned).collect();
                // inetd's arguments begin with the program's name, and so do those that tcpd is given.
                let first = words.first().and_then(|word| word.rsplit('/').next());
                if !first.is_some_and(|name| programs.contains(&name)) {
                    words.insert(0, entry.server.clone());
                }
                lines.push(words);
            }
        }
        lines.sort_unstable();
        lines.dedup();
        Ok(lines)
    }

    /// The accounts that a list such as `/etc/ftpusers` names; `None` where there is no such file.
    ///
    /// # Errors
    /// It is there and cannot be read.
    pub fn user_list(&self, path: &str) -> Result<Option<UserList>, Cause> {
        Ok(self.text(path)?.map(|file| UserList::parse(&file)))
    }
}

/// A list of accounts, one a line: `root`, `#games`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserList {
    /// Its path.
    pub path: String,
    /// The line that names root.
    pub root: Option<u32>,
    /// How many names it has.
    pub names: usize,
}

impl UserList {
    fn parse(file: &ConfigFile) -> Self {
        let named = |line: &str| line.split_whitespace().next() == Some("root");
        let root = file.settings().find(|(_, line)| named(line)).map(|(number, _)| number);
        Self { path: file.path.clone(), root, names: file.settings().count() }
    }
}

/// Says which daemons are used and which are not, as statements of one part of an item.
pub fn tell_use(judgement: &mut Judgement, daemons: &[FtpUse], part: Option<&'static str>) {
    for daemon in daemons {
        tell_use_of_part(judgement, &daemon.name, &daemon.state, part);
    }
}

#[cfg(test)]
mod tests {
    use crate::case::TestHost;

    #[test]
    fn root_in_a_comment_or_within_a_name_is_not_listed() {
        let list = |text: &str| {
            TestHost::new().file("/etc/ftpusers", text).host().user_list("/etc/ftpusers")
        };
        assert_eq!(list("#root\nrooter\n").unwrap().unwrap().root, None);
        assert_eq!(list("daemon\n root # no\n").unwrap().unwrap().root, Some(2));
        assert!(TestHost::new().host().user_list("/etc/ftpusers").unwrap().is_none());
    }

    #[test]
    fn a_program_named_without_its_folder_and_one_that_tcpd_starts_keep_their_settings() {
        let typed = TestHost::new()
            .live()
            .process(7, "vsftpd", 0, None)
            .file("/proc/7/cmdline", "vsftpd\0/srv/ftp.conf\0")
            .host();
        let lines = typed.command_lines("vsftpd", &["vsftpd"]).unwrap();
        assert_eq!(lines, [["vsftpd", "/srv/ftp.conf"]]);
        let titled = TestHost::new()
            .live()
            .process(7, "vsftpd", 0, None)
            .file("/proc/7/cmdline", "vsftpd: LISTENER\0")
            .host();
        assert!(titled.command_lines("vsftpd", &["vsftpd"]).unwrap().is_empty());
        let entry = "ftp stream tcp nowait root /usr/sbin/tcpd /usr/sbin/vsftpd /srv/ftp.conf\n";
        let wrapped = TestHost::new().file("/etc/inetd.conf", entry).host();
        let lines = wrapped.command_lines("vsftpd", &["vsftpd"]).unwrap();
        assert_eq!(lines, [["/usr/sbin/vsftpd", "/srv/ftp.conf"]]);
    }

    #[test]
    fn the_units_instance_stands_in_its_command() {
        let host = TestHost::new()
            .file(
                "/usr/lib/systemd/system/vsftpd@.service",
                "[Service]\nExecStart=/usr/sbin/vsftpd /etc/vsftpd/%i.conf\n",
            )
            .link(
                "/etc/systemd/system/multi-user.target.wants/vsftpd@two.service",
                "/usr/lib/systemd/system/vsftpd@.service",
            )
            .host();
        let lines = host.command_lines("vsftpd", &["vsftpd"]).unwrap();
        assert_eq!(lines, [["/usr/sbin/vsftpd", "/etc/vsftpd/two.conf"]]);
    }
}
