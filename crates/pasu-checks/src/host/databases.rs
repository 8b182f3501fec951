//! Database servers of whatever product, with the options that a check asks for.

use super::{Host, KeyValue};
use crate::cause::Cause;
use crate::fix::{Fix, SettingEdit, Syntax};
use crate::host::mysql::Flavour;
use crate::judgement::reason;
use pasu_model::Place;
use serde::{Deserialize, Serialize};

/// A product that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Product {
    /// PostgreSQL.
    Postgresql,
    /// MySQL.
    Mysql,
    /// MariaDB.
    Mariadb,
}

impl Product {
    /// `PostgreSQL`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Postgresql => "PostgreSQL",
            Self::Mysql => "MySQL",
            Self::Mariadb => "MariaDB",
        }
    }
}

/// The servers of a target.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Databases {
    /// Each with the options asked for.
    pub servers: Vec<Database>,
    /// What could not be seen and might be a server.
    pub unseen: Vec<Cause>,
}

/// One server, or one cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Database {
    /// Whose it is.
    pub product: Product,
    /// `PostgreSQL /etc/postgresql/15/main/postgresql.conf`, `MariaDB (pid 12)`.
    pub name: String,
    /// The file that its settings begin with.
    pub place: Option<Place>,
    /// Its major version, if it is known.
    pub version: Option<u32>,
    /// The options asked for that something sets, each once.
    pub options: Vec<KeyValue>,
    /// Files of settings that could not be read.
    pub unseen: Vec<Cause>,
}

impl Databases {
    /// Whether there is none at all.
    #[must_use]
    pub fn is_absent(&self) -> bool {
        self.servers.is_empty() && self.unseen.is_empty()
    }
}

impl Database {
    /// An option, if something sets it.
    #[must_use]
    pub fn option(&self, name: &str) -> Option<&KeyValue> {
        self.options.iter().find(|found| found.key == name)
    }

    /// Gives an option of PostgreSQL another value in the file whose line counts, else in the first one.
    pub(crate) fn set(&self, fix: &mut Fix, name: &str, value: &str) {
        let place = self.option(name).map(|found| &found.place).or(self.place.as_ref());
        match place {
            Some(Place::File { path, .. }) if self.product == Product::Postgresql => {
                fix.edit(SettingEdit::new(path, Syntax::Equals, name, value).any_case());
            }
            Some(place) => fix.leave(reason("fix-command-line").at(place.clone())),
            None => {}
        }
    }
}

impl Host {
    /// Every database server with the named options, where set.
    ///
    /// # Errors
    /// Processes or units could not be read.
    pub fn databases(&self, names: &[&str]) -> Result<Databases, Cause> {
        let postgresql = self.postgresql()?;
        let mysql = self.mysql()?;
        let mut found = Databases { servers: Vec::new(), unseen: postgresql.unseen.clone() };
        found.servers.extend(postgresql.clusters.iter().map(|cluster| Database {
            product: Product::Postgresql,
            name: cluster.shown(),
            place: Some(Place::File { path: cluster.config.clone(), line: None }),
            version: cluster.version,
            options: names.iter().filter_map(|name| cluster.setting(name)).cloned().collect(),
            unseen: cluster.unseen.clone(),
        }));
        found.servers.extend(mysql.servers.iter().map(|server| Database {
            product: match server.flavour {
                Flavour::Mysql => Product::Mysql,
                Flavour::MariaDb => Product::Mariadb,
            },
            name: server.shown(),
            place: server.files.first().map(|path| Place::File { path: path.clone(), line: None }),
            version: server.version.as_ref().and_then(|text| text.split('.').next()?.parse().ok()),
            options: names.iter().filter_map(|name| server.setting(name)).cloned().collect(),
            unseen: server.unseen.clone(),
        }));
        Ok(found)
    }
}
