//! Owners and modes of the files of databases, and of passwords for them in homes.

mod fix;

pub use fix::plan;

use crate::cause::Cause;
use crate::host::Host;
use crate::host::web::Runner;
use crate::judgement::{Judgement, reason};
use crate::kinds::file_mode::{Limit, OwnedFile, judge_file, owner_name};
use crate::params::Params;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How many files of a pattern are looked at.
const MAX_FILES: usize = 200;

/// Private keys in the data directory of MySQL.
const KEYS: [&str; 4] = ["server-key.pem", "client-key.pem", "ca-key.pem", "private_key.pem"];

/// Files of clients in homes.
const OF_CLIENTS: [&str; 6] =
    [".pgpass", ".psql_history", ".my.cnf", ".mysql_history", ".mariadb_history", ".mylogin.cnf"];

/// The files of all servers.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    present: bool,
    files: Vec<Checked>,
    unseen: Vec<Cause>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Checked {
    file: OwnedFile,
    owners: Vec<String>,
    mode: u32,
    /// A file of settings, which others may read where the policy says so.
    is_config: bool,
    /// Whether the server has to read it.
    is_of_server: bool,
    /// The server's account.
    runner: Option<Runner>,
}

impl Checked {
    fn limit(&self, params: &Params) -> Limit {
        let others_may_read = self.is_config && !params.flag("remove_read_for_other");
        let mode = self.mode | if others_may_read { 0o044 } else { 0 };
        Limit { owners: self.owners.clone(), mode }
    }
}

pub fn collect(host: &Host, _params: &Params) -> Result<Facts, Cause> {
    let mut reader = Reader {
        host,
        is_of_server: true,
        runner: None,
        seen: BTreeSet::new(),
        facts: Facts { present: false, files: Vec::new(), unseen: Vec::new() },
    };
    reader.postgresql()?;
    reader.mysql()?;
    if reader.facts.present {
        reader.homes()?;
    }
    Ok(reader.facts)
}

struct Reader<'a> {
    host: &'a Host,
    /// Whether the files are read by a server, and by whom.
    is_of_server: bool,
    runner: Option<Runner>,
    seen: BTreeSet<String>,
    facts: Facts,
}

impl Reader<'_> {
    fn add(
        &mut self,
        path: &str,
        mode: u32,
        is_config: bool,
        owners: &[String],
    ) -> Result<(), Cause> {
        match self.host.file_followed(path) {
            Ok(Some(file)) => {
                if self.seen.insert(file.path.clone()) {
                    let owner = owner_name(self.host, file.uid)?;
                    let file = OwnedFile { file, owner };
                    self.facts.files.push(Checked {
                        file,
                        owners: owners.to_vec(),
                        mode,
                        is_config,
                        is_of_server: self.is_of_server,
                        runner: self.runner.clone().filter(|_| self.is_of_server),
                    });
                }
            }
            Ok(None) => {}
            Err(cause) => self.facts.unseen.push(cause),
        }
        Ok(())
    }

    /// Root, the usual account and the one that runs the server.
    fn owners(&mut self, usual: &str, process: Option<(u32, u32)>) -> Result<Vec<String>, Cause> {
        let mut owners = vec!["root".to_owned(), usual.to_owned()];
        if let Some((_, uid)) = process {
            owners.push(owner_name(self.host, uid)?);
        }
        owners.dedup();
        self.runner = match process {
            Some((_, uid)) => Runner::of_uid(self.host, uid)?,
            None => Runner::named(self.host, usual)?,
        };
        Ok(owners)
    }

    fn postgresql(&mut self) -> Result<(), Cause> {
        let found = self.host.postgresql()?;
        self.facts.unseen.extend(found.unseen.iter().cloned());
        for cluster in &found.clusters {
            self.facts.present = true;
            self.facts.unseen.extend(cluster.all_unseen().cloned());
            let owners = self.owners("postgres", cluster.process)?;
            let settings = [&cluster.config, &cluster.hba_path, &cluster.ident_path];
            for path in settings.into_iter().chain(&cluster.files) {
                self.add(path, 0o640, true, &owners)?;
            }
            if let Some(data) = &cluster.data {
                // The settings may lie elsewhere, with nothing of a cluster beside them.
                if !data.starts_with("/etc/") {
                    self.add(data, 0o750, false, &owners)?;
                }
                self.add(&format!("{data}/postgresql.auto.conf"), 0o640, true, &owners)?;
                let folder = cluster.value("log_directory", "log");
                let folder = if folder.starts_with('/') {
                    folder.to_owned()
                } else {
                    format!("{data}/{folder}")
                };
                self.logs(&format!("{folder}/*.log"), &owners)?;
            }
        }
        if !found.clusters.is_empty() {
            let owners = self.owners("postgres", None)?;
            self.logs("/var/log/postgresql/*.log", &owners)?;
        }
        Ok(())
    }

    fn logs(&mut self, pattern: &str, owners: &[String]) -> Result<(), Cause> {
        match self.host.glob(pattern) {
            Ok(paths) => {
                for path in paths.iter().take(MAX_FILES) {
                    self.add(path, 0o640, false, owners)?;
                }
            }
            Err(cause) => self.facts.unseen.push(cause),
        }
        Ok(())
    }

    fn mysql(&mut self) -> Result<(), Cause> {
        let found = self.host.mysql()?;
        for server in &found.servers {
            self.facts.present = true;
            self.facts.unseen.extend(server.unseen.iter().cloned());
            let owners = self.owners("mysql", server.process)?;
            for path in &server.files {
                self.add(path, 0o640, true, &owners)?;
            }
            self.add(server.data(), 0o770, false, &owners)?;
            for key in KEYS {
                self.add(&format!("{}/{key}", server.data()), 0o660, false, &owners)?;
            }
            // Scripts of root read it, not the server.
            self.is_of_server = false;
            self.add("/etc/mysql/debian.cnf", 0o600, false, &owners)?;
            self.is_of_server = true;
        }
        Ok(())
    }

    fn homes(&mut self) -> Result<(), Cause> {
        let accounts = self.host.accounts()?;
        self.is_of_server = false;
        let own = accounts.entries.iter().filter(|account| {
            account.is_interactive() || matches!(account.name.as_str(), "postgres" | "mysql")
        });
        for account in own {
            let home = account.home.trim_end_matches('/');
            if home.is_empty() {
                continue;
            }
            let owners = [account.name.clone(), "root".to_owned()];
            for name in OF_CLIENTS {
                self.add(&format!("{home}/{name}"), 0o600, false, &owners)?;
            }
        }
        Ok(())
    }
}

pub fn judge(facts: &Facts, params: &Params) -> Judgement {
    if !facts.present && facts.unseen.is_empty() {
        return Judgement::not_applicable(reason("database-absent"));
    }
    let mut judgement = Judgement::new();
    for checked in &facts.files {
        judge_file(&checked.file, &checked.limit(params), &mut judgement);
    }
    for cause in &facts.unseen {
        judgement.unseen(cause);
    }
    if facts.files.is_empty() && facts.unseen.is_empty() {
        let detail = "no file of the installed server was found";
        judgement.unseen(&Cause::new(crate::CauseKind::Io, detail));
    }
    judgement
}
