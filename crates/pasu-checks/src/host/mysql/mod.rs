//! Servers of MySQL and MariaDB: the options that each obeys and who runs it.

mod options;

use super::{Host, KeyValue, services};
use crate::cause::Cause;
use options::Reader;
use pasu_model::Place;
use serde::{Deserialize, Serialize};

/// Names of packages that hold the server begin so.
const PACKAGES: [&str; 5] = [
    "mysql-server",
    "mysql-community-server",
    "percona-server-server",
    "mariadb-server",
    "MariaDB-server",
];

/// Every server of a target.
#[derive(Debug, Default)]
pub struct Mysql {
    /// Those that run; or the installed one, as it would run.
    pub servers: Vec<MysqlServer>,
}

/// Whose server it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Flavour {
    /// MySQL, or Percona's build of it.
    #[serde(rename = "MySQL")]
    Mysql,
    /// MariaDB.
    #[serde(rename = "MariaDB")]
    MariaDb,
}

/// One server.
#[derive(Debug, Clone)]
pub struct MysqlServer {
    /// MySQL or MariaDB.
    pub flavour: Flavour,
    /// The installed version, `8.0.36`, if the packages tell.
    pub version: Option<String>,
    /// Process number and effective user, where it runs.
    pub process: Option<(u32, u32)>,
    /// The option files that it reads and that are there.
    pub files: Vec<String>,
    /// Files that could not be read.
    pub unseen: Vec<Cause>,
    settings: Vec<KeyValue>,
}

impl Flavour {
    /// `MySQL` or `MariaDB`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mysql => "MySQL",
            Self::MariaDb => "MariaDB",
        }
    }
}

impl MysqlServer {
    /// `MySQL (pid 12)`, or without the process where it does not run.
    #[must_use]
    pub fn shown(&self) -> String {
        let name = self.flavour.name();
        self.process.map_or_else(|| name.to_owned(), |(pid, _)| format!("{name} (pid {pid})"))
    }

    /// The option that holds: the last one. Names are in small letters with `_`.
    #[must_use]
    pub fn setting(&self, name: &str) -> Option<&KeyValue> {
        self.settings.iter().rev().find(|found| found.key == name)
    }

    /// Its value; the built-in one where nothing sets it.
    #[must_use]
    pub fn value<'a>(&'a self, name: &str, built_in: &'a str) -> &'a str {
        self.setting(name).map_or(built_in, |found| &found.value)
    }

    /// An option that is on or off, with what sets it; `None` where nothing does. `skip_x` and `disable_x` switch it off.
    #[must_use]
    pub fn flag(&self, name: &str) -> Option<(bool, &Place)> {
        self.settings.iter().rev().find_map(|found| {
            let is_on =
                !matches!(found.value.to_lowercase().as_str(), "0" | "off" | "false" | "no");
            if found.key == name || found.key.strip_prefix("enable_") == Some(name) {
                return Some((is_on, &found.place));
            }
            let negated =
                found.key.strip_prefix("skip_").or_else(|| found.key.strip_prefix("disable_"));
            (negated == Some(name)).then_some((!is_on, &found.place))
        })
    }

    /// The data directory.
    #[must_use]
    pub fn data(&self) -> &str {
        self.value("datadir", "/var/lib/mysql").trim_end_matches('/')
    }
}

pub(super) fn read(host: &Host) -> Result<Mysql, Cause> {
    let package = package(host);
    let version = package.as_ref().map(|(_, version)| version.clone());
    let is_maria = |program: &str| program == "mariadbd" || is_mariadb(host, package.as_ref());
    let mut found = Mysql::default();
    if host.is_live() {
        let processes = host.processes()?;
        let names = ["mysqld".to_owned(), "mariadbd".to_owned()];
        // `mysqld_safe` is a script around it.
        for process in processes.iter().filter(|process| process.is_any_of(&names)) {
            let flavour =
                if is_maria(process.program()) { Flavour::MariaDb } else { Flavour::Mysql };
            let server = MysqlServer {
                flavour,
                version: version.clone(),
                process: Some((process.pid, process.uid)),
                files: Vec::new(),
                unseen: Vec::new(),
                settings: Vec::new(),
            };
            found.servers.push(filled(host, server, &process.arguments));
        }
    }
    if found.servers.is_empty() && is_installed(host, package.is_some())? {
        let flavour = if is_maria("") { Flavour::MariaDb } else { Flavour::Mysql };
        let server = MysqlServer {
            flavour,
            version,
            process: None,
            files: Vec::new(),
            unseen: Vec::new(),
            settings: Vec::new(),
        };
        found.servers.push(filled(host, server, &[]));
    }
    Ok(found)
}

fn package(host: &Host) -> Option<(String, String)> {
    let software = host.software().ok()?;
    let package = software.packages.iter().find(|package| {
        PACKAGES.iter().any(|name| package.name.starts_with(name)) && !package.name.contains("core")
    })?;
    // `1:10.11.6-0+deb12u1`.
    let version = package.version.rsplit(':').next().unwrap_or_default();
    let version = version.split(['-', '+', '~']).next().unwrap_or_default();
    Some((package.name.clone(), version.to_owned()))
}

fn is_installed(host: &Host, has_package: bool) -> Result<bool, Cause> {
    if has_package {
        return Ok(true);
    }
    for path in services::traces("mysql") {
        if !host.glob(path)?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn is_mariadb(host: &Host, package: Option<&(String, String)>) -> bool {
    if let Some((name, _)) = package {
        return name.to_lowercase().starts_with("mariadb");
    }
    let programs = ["/usr/sbin/mariadbd", "/usr/libexec/mariadbd"];
    programs.iter().any(|path| matches!(host.file_followed(path), Ok(Some(_))))
}

/// Reads the files that a server with these arguments reads, and then the arguments.
fn filled(host: &Host, mut server: MysqlServer, arguments: &[String]) -> MysqlServer {
    let pid = server.process.map_or(0, |(pid, _)| pid);
    let place = Place::Command { line: format!("/proc/{pid}/cmdline") };
    let given: Vec<KeyValue> = arguments
        .iter()
        .skip(1)
        .filter_map(|argument| options::option(argument.strip_prefix("--")?))
        .map(|(key, value)| KeyValue { key, value, place: place.clone() })
        .collect();
    let of =
        |name: &str| given.iter().find(|found| found.key == name).map(|found| found.value.clone());
    let suffix = of("defaults_group_suffix").unwrap_or_default();
    let mut reader = Reader::new(host, groups(&server, &suffix));
    if let Some(only) = of("defaults_file") {
        reader.file(&only, true);
    } else if of("no_defaults").is_none() {
        for path in ["/etc/my.cnf", "/etc/mysql/my.cnf"] {
            reader.file(path, false);
        }
        if let Some(extra) = of("defaults_extra_file") {
            reader.file(&extra, true);
        }
        if let Some(home) = home(host, server.process.map(|(_, uid)| uid)) {
            reader.file(&format!("{home}/.my.cnf"), false);
        }
    }
    server.files = reader.files;
    server.unseen = reader.unseen;
    server.settings = reader.settings;
    server.settings.extend(given);
    if server.flavour == Flavour::Mysql {
        // What SET PERSIST wrote.
        let path = format!("{}/mysqld-auto.cnf", server.data());
        match options::persisted(host, &path) {
            Ok(found) => server.settings.extend(found),
            Err(cause) => server.unseen.push(cause),
        }
    }
    server
}

/// The groups of an option file that a server reads.
fn groups(server: &MysqlServer, suffix: &str) -> Vec<String> {
    let mut groups: Vec<String> = vec!["mysqld".to_owned(), "server".to_owned()];
    if server.flavour == Flavour::MariaDb {
        groups.extend(["mariadb", "mariadbd", "client-server", "galera"].map(str::to_owned));
    }
    // `[mysqld-8.0]`.
    let series = server.version.as_ref().and_then(|version| {
        let mut parts = version.split('.');
        Some(format!("{}.{}", parts.next()?, parts.next()?))
    });
    let versioned = series.into_iter().flat_map(|series| {
        ["mysqld", "mariadb", "mariadbd"].map(|name| format!("{name}-{series}"))
    });
    groups.extend(versioned);
    if !suffix.is_empty() {
        let with_suffix: Vec<String> =
            groups.iter().map(|name| format!("{name}{suffix}")).collect();
        groups.extend(with_suffix);
    }
    groups
}

fn home(host: &Host, uid: Option<u32>) -> Option<String> {
    let accounts = host.accounts().ok()?;
    let account = match uid {
        Some(uid) => accounts.of_uid(uid),
        None => accounts.named("mysql"),
    };
    account.map(|account| account.home.trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::Flavour;
    use crate::case::TestHost;

    #[test]
    fn the_last_of_all_groups_and_files_holds() {
        let host = TestHost::new()
            .file("/usr/sbin/mariadbd", "")
            .file("/etc/mysql/my.cnf", "[client]\nport=1\n!includedir /etc/mysql/conf.d/\n!include /etc/mysql/more.cnf\n")
            .file("/etc/mysql/conf.d/50.cnf", "[mariadb]\nbind-address = 127.0.0.1 # local\n[mysqld]\nbind_address=0.0.0.0\n[mysql]\nbind-address=::1\n")
            .file("/etc/mysql/conf.d/60.txt", "[mysqld]\nbind-address=9\n")
            .file("/etc/mysql/more.cnf", "[server]\nskip-networking\nloose-server_audit_logging = 'ON'\n;x=1\npassword=x\n")
            .host();
        let found = host.mysql().unwrap();
        let [server] = found.servers.as_slice() else { panic!("{found:?}") };
        assert_eq!(server.flavour, Flavour::MariaDb);
        assert_eq!(server.value("bind_address", "*"), "0.0.0.0");
        assert_eq!(server.flag("networking").map(|(on, _)| on), Some(false));
        assert_eq!(server.value("server_audit_logging", ""), "ON");
        assert_eq!(server.value("password", ""), "***");
        assert_eq!(server.files.len(), 3);
        assert!(server.unseen.is_empty());
    }

    #[test]
    fn a_running_server_tells_its_file_and_what_was_persisted_comes_last() {
        let host = TestHost::new()
            .live()
            .process(5, "mysqld", 27, None)
            .file("/proc/5/cmdline", "/usr/sbin/mysqld\0--defaults-file=/srv/a.cnf\0--user=mysql\0")
            .file("/etc/my.cnf", "[mysqld]\ndatadir=/none\n")
            .file("/srv/a.cnf", "[mysqld]\ndatadir=/srv/data\npassword_history=0\nuser=root\n")
            .file("/srv/data/mysqld-auto.cnf", "{\"Version\":2,\"mysql_dynamic_variables\":{\"password_history\":{\"Value\":\"5\",\"Metadata\":{}}}}")
            .host();
        let found = host.mysql().unwrap();
        let [server] = found.servers.as_slice() else { panic!("{found:?}") };
        assert_eq!(
            (server.value("password_history", ""), server.value("user", "")),
            ("5", "mysql")
        );
        assert_eq!(server.process, Some((5, 27)));
    }

    #[test]
    fn nothing_installed_is_no_server() {
        assert!(TestHost::new().host().mysql().unwrap().servers.is_empty());
    }
}
