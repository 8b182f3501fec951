//! Ending what has no end, and taking back what was committed.

use super::journal::{Record, Why};
use super::standing::Standing;
use super::store::{Store, remove};
use super::{Actor, Error, MARKER, Transaction, Transactions, Undone};
use crate::EntryKind;
use serde_json::Value;
use std::collections::HashSet;
use std::path::Path;

/// What recovery did with a transaction.
#[derive(Debug)]
pub enum Recovered {
    /// It was undone.
    Undone {
        /// Why.
        why: Why,
        /// What came of it.
        undone: Undone,
    },
    /// Its rolling back was ended.
    RolledBack(Undone),
    /// It had been confirmed, and is committed.
    Committed,
    /// It may still be confirmed.
    Waiting {
        /// Seconds since 1970.
        until: i64,
    },
    /// It had not begun; what was written of it is taken away.
    Discarded,
    /// It could not be recovered.
    Failed(Error),
}

impl Transactions<'_> {
    /// Ends every transaction that has no end: what is confirmed is committed, what may still be confirmed is left, the
    /// rest is undone. With `expired_only`, only those that were to undo themselves: when their time to be confirmed is
    /// over, or at once where they were interrupted. A transaction that cannot be
    /// recovered does not keep the others from it.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn recover(
        &self,
        actor: &dyn Actor,
        now: i64,
        boot: &str,
        expired_only: bool,
    ) -> Result<Vec<(String, Recovered)>, Error> {
        let marked = super::unfinished_in(self.disk, &self.folder);
        let mut recovered = Vec::new();
        let mut is_open = false;
        for id in super::history::ids(self.disk, &self.folder)? {
            let is_marked = marked.as_ref() == Some(&id);
            match self.recover_one(&id, is_marked, actor, (now, boot), expired_only) {
                Ok(Some(done)) => {
                    is_open |= is_marked && matches!(done, Recovered::Waiting { .. });
                    recovered.push((id, done));
                }
                Ok(None) => is_open |= is_marked && expired_only,
                Err(error) => {
                    is_open |= is_marked;
                    recovered.push((id, Recovered::Failed(error)));
                }
            }
        }
        if !is_open && self.disk.exists(&self.folder.join(MARKER)) {
            remove(self.disk, &self.folder.join(MARKER))?;
        }
        Ok(recovered)
    }

    fn recover_one(
        &self,
        id: &str,
        is_marked: bool,
        actor: &dyn Actor,
        (now, boot): (i64, &str),
        expired_only: bool,
    ) -> Result<Option<Recovered>, Error> {
        let store = Store::new(&self.folder, id)?;
        let journal = store.journal(self.disk)?;
        if journal.records.is_empty() {
            if is_marked {
                // The mark is made when the first record is on disk: what could be undone is lost.
                return Err(store.damaged("journal: is gone".into()));
            }
            if !store.is_ours(self.disk)? {
                return Ok(None);
            }
            store.discard(self.disk)?;
            return Ok(Some(Recovered::Discarded));
        }
        let why = match Standing::of(&journal.records) {
            standing if standing.is_final() => return Ok(None),
            Standing::AwaitingConfirmation { boot: armed, .. } if armed != boot => Why::Rebooted,
            Standing::AwaitingConfirmation { until, .. } if now >= until => Why::NotConfirmed,
            Standing::AwaitingConfirmation { until, .. } => {
                return Ok(Some(Recovered::Waiting { until }));
            }
            // We have the lock, so nobody is at work on it.
            Standing::Open if expired_only && is_armed(&journal.records) => {
                begun_undo(&journal.records).unwrap_or(Why::Interrupted)
            }
            _ if expired_only => return Ok(None),
            Standing::Confirmed => {
                let mut transaction = self.load(store)?;
                transaction.commit(Value::Null)?;
                return Ok(Some(Recovered::Committed));
            }
            Standing::RollingBack => {
                let mut transaction = self.load(store)?;
                return transaction.finish_roll_back(actor).map(Recovered::RolledBack).map(Some);
            }
            _ => begun_undo(&journal.records).unwrap_or(Why::Interrupted),
        };
        let undone = self.load(store)?.undo(why.clone(), actor)?;
        Ok(Some(Recovered::Undone { why, undone }))
    }

    fn load(&self, store: Store) -> Result<Transaction<'_>, Error> {
        let journal = store.journal(self.disk)?;
        let changes = store.changes(self.disk, &journal)?;
        Ok(Transaction { transactions: self, store, changes, journal })
    }

    /// Takes up a transaction that another process began, to confirm, commit or undo it.
    ///
    /// # Errors
    /// There is none of this name, or what is kept of it is damaged.
    pub fn resume(&self, id: &str) -> Result<Transaction<'_>, Error> {
        let store = Store::new(&self.folder, id)?;
        match self.disk.symlink_metadata(&store.folder) {
            Ok(found) if found.kind == EntryKind::Directory => self.load(store),
            _ => Err(Error::Unknown(id.to_owned())),
        }
    }

    /// Takes back a committed transaction, as [`Transaction::undo`] does.
    ///
    /// # Errors
    /// It is not committed, later ones changed the same paths, another is unfinished, or what is kept is damaged:
    /// nothing is touched. Or something could not be put back: it is to be recovered.
    pub fn rollback(&self, id: &str, actor: &dyn Actor) -> Result<Undone, Error> {
        let mut transaction = self.resume(id)?;
        match transaction.standing() {
            Standing::Committed => {}
            Standing::RollingBack => return transaction.finish_roll_back(actor),
            _ => return Err(transaction.store.order("is not committed")),
        }
        if let Some(open) = super::unfinished_in(self.disk, &self.folder) {
            return Err(Error::Unfinished(open));
        }
        let later = self.later(&transaction)?;
        if !later.is_empty() {
            return Err(Error::Later { id: id.to_owned(), later });
        }
        transaction.store.verify(self.disk, &transaction.changes)?;
        transaction.mark()?;
        transaction.record(Record::RollingBack)?;
        transaction.finish_roll_back(actor)
    }

    /// The committed transactions after one that changed a path of its own.
    fn later(&self, transaction: &Transaction<'_>) -> Result<Vec<String>, Error> {
        let own: HashSet<&Path> = changed(transaction).collect();
        let ids = super::history::ids(self.disk, &self.folder)?;
        let mut later = Vec::new();
        for id in ids.into_iter().skip_while(|id| id != transaction.id()).skip(1) {
            let store = Store::new(&self.folder, &id)?;
            if Standing::of(&store.journal(self.disk)?.records) == Standing::Committed
                && changed(&self.load(store)?).any(|path| own.contains(path))
            {
                later.push(id);
            }
        }
        Ok(later)
    }
}

impl Transaction<'_> {
    fn finish_roll_back(&mut self, actor: &dyn Actor) -> Result<Undone, Error> {
        self.store.verify(self.transactions.disk, &self.changes)?;
        self.take_back(Record::RolledBack, actor)
    }
}

fn changed<'t>(transaction: &'t Transaction<'_>) -> impl Iterator<Item = &'t Path> {
    transaction.changes.iter().filter(|kept| !kept.is_idle()).map(|kept| kept.path.as_path())
}

fn is_armed(records: &[Record]) -> bool {
    records.iter().any(|record| matches!(record, Record::Armed { .. }))
}

/// Why it is being undone already.
pub(super) fn begun_undo(records: &[Record]) -> Option<Why> {
    records.iter().rev().find_map(|record| match record {
        Record::Undoing { why } => Some(why.clone()),
        _ => None,
    })
}
