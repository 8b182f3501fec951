//! Whether everything in the file is as it was put there.

use crate::pack::unpack_json;
use crate::row::RunId;
use crate::runs::document;
use crate::{LifeFilter, Store, StoreError};
use pasu_model::Changes;
use serde::Serialize;

/// What a look at everything in the file found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Runs whose documents hold.
    pub runs: usize,
    /// Lives that can be read.
    pub lives: usize,
    /// What is wrong, one line each.
    pub problems: Vec<String>,
}

impl Store {
    /// Looks at every page, key, document and life.
    ///
    /// # Errors
    /// When so much is damaged that it cannot be asked.
    pub fn check(&self) -> Result<Check, StoreError> {
        let mut check = Check::default();
        {
            let connection = self.connection();
            let lines = (|| {
                let mut statement = connection.prepare("PRAGMA integrity_check(100)")?;
                let lines = statement.query_map([], |row| row.get::<_, String>(0))?;
                lines.collect::<Result<Vec<_>, rusqlite::Error>>()
            })();
            let lines = lines.map_err(self.error())?;
            check.problems.extend(lines.into_iter().filter(|line| line != "ok"));
            let broken: i64 = connection
                .query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |row| row.get(0))
                .map_err(self.error())?;
            if broken > 0 {
                check.problems.push(format!("{broken} rows belong to no run"));
            }
        }
        for run in self.runs()? {
            match self.whole(run.id) {
                Ok(()) => check.runs += 1,
                Err(why) => check.problems.push(format!("run {}: {why}", run.id.0)),
            }
        }
        match self.lives(&LifeFilter::default()) {
            Ok(lives) => check.lives = lives.len(),
            Err(error) => check.problems.push(error.to_string()),
        }
        if let Err(error) = self.patches(usize::try_from(i64::MAX).unwrap_or(usize::MAX)) {
            check.problems.push(error.to_string());
        }
        Ok(check)
    }

    /// Whether a run's document and changes are what was put in.
    fn whole(&self, id: RunId) -> Result<(), String> {
        let connection = self.connection();
        let found = document(&connection, id).map_err(|error| error.to_string())?;
        found.ok_or("it has no document")??;
        let packed: Vec<u8> = connection
            .query_row("SELECT packed FROM change WHERE run = ?1", [id.0], |row| row.get(0))
            .map_err(|error| error.to_string())?;
        unpack_json::<Changes>(&packed).map(|_| ())
    }
}
