//! A transaction under way.

use super::change::Kept;
use super::image::{Image, look};
use super::journal::{Journal, Record, Why};
use super::standing::Standing;
use super::store::{Store, remove, store_error};
use super::{Action, Actor, Error, Transactions};
use crate::{Disk, State};
use serde_json::Value;
use std::io;

/// A transaction that was begun. Dropping it leaves it as it is, to be recovered.
pub struct Transaction<'t> {
    pub(super) transactions: &'t Transactions<'t>,
    pub(super) store: Store,
    pub(super) changes: Vec<Kept>,
    pub(super) journal: Journal,
}

impl Transaction<'_> {
    /// Its name.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.store.id
    }

    /// What it changes.
    #[must_use]
    pub fn changes(&self) -> &[Kept] {
        &self.changes
    }

    /// How it stands.
    #[must_use]
    pub fn standing(&self) -> Standing {
        Standing::of(&self.journal.records)
    }

    /// Makes every change, in order. If one cannot be made, or what is there is not what it was, all are undone.
    ///
    /// # Errors
    /// [`Error::Undone`] when everything is as before, [`Error::Half`] when it is to be recovered.
    pub fn apply(&mut self, actor: &dyn Actor) -> Result<(), Error> {
        let begun = |record: &Record| {
            matches!(record, Record::Step { .. } | Record::Applied | Record::Undoing { .. })
        };
        if self.standing().is_final() || self.journal.records.iter().any(begun) {
            return Err(self.store.order("is applied already or has ended"));
        }
        let steps = (0..self.changes.len()).try_for_each(|number| self.step(number));
        let Err(cause) = steps.and_then(|()| self.record(Record::Applied)) else { return Ok(()) };
        let cause = Box::new(cause);
        match self.undo(Why::Failed { error: cause.to_string() }, actor) {
            Ok(undone) => Err(Error::Undone { cause, undone }),
            Err(undo) => Err(Error::Half { cause, undo: Box::new(undo) }),
        }
    }

    fn step(&mut self, number: usize) -> Result<(), Error> {
        if self.changes[number].is_idle() {
            return Ok(());
        }
        self.record(Record::Step { change: number })?;
        let kept = &self.changes[number];
        let path = kept.path.clone();
        let refused = match look(self.transactions.disk, &path, kept.has_content()) {
            Ok(now) if kept.before.matches(&now.image) => None,
            Ok(_) => Some(Error::Moved(path.clone())),
            Err(source) => Some(Error::Look { path: path.clone(), source }),
        };
        if let Some(refused) = refused {
            self.record(Record::Left { change: number })?;
            return Err(refused);
        }
        self.leave(number, true).map_err(|source| Error::Step { path, source })
    }

    /// Leaves the path of a change as it is to be after it, or as it was before.
    pub(super) fn leave(&self, number: usize, after: bool) -> io::Result<()> {
        let disk = self.transactions.disk;
        let Kept { path, before, after: wanted } = &self.changes[number];
        let state = match if after { wanted } else { before }.clone() {
            Image::File { content: None, attributes } | Image::Other { attributes } => {
                return disk.set_attributes(path, &attributes);
            }
            Image::File { content: Some(name), attributes } => {
                let content = self.store.blob(disk, &name).map_err(io::Error::other)?.into();
                State::File { content, attributes, links: 1 }
            }
            Image::Directory { attributes } => State::Directory(attributes),
            Image::Symlink { target, uid, gid, modified } => {
                State::Symlink { target, uid, gid, modified }
            }
            Image::Absent => State::Absent,
        };
        disk.put(path, &state, &self.store.temporary(path))
    }

    /// Carries out an action. It is on disk before, so that an undo takes it back.
    ///
    /// # Errors
    /// The transaction has ended, or it could not be written down or carried out. Nothing is undone yet.
    pub fn act(&mut self, action: &Action, actor: &dyn Actor) -> Result<(), Error> {
        self.refuse_ended()?;
        self.record(Record::Act { action: action.clone() })?;
        let failed = |source| Error::Act { action: Box::new(action.clone()), source };
        actor.act(action).map_err(failed)
    }

    /// Writes a note into the journal, of at most 60 KiB.
    ///
    /// # Errors
    /// It could not be written.
    pub fn note(&mut self, note: Value) -> Result<(), Error> {
        self.record(Record::Note { note })
    }

    /// Says that everything is to be undone unless it is confirmed in time and before the machine is started again.
    ///
    /// # Errors
    /// The transaction has ended, or this could not be written down.
    pub fn arm(&mut self, until: i64, boot: &str) -> Result<(), Error> {
        self.refuse_ended()?;
        self.record(Record::Armed { until, boot: boot.to_owned() })
    }

    /// Disarms it.
    ///
    /// # Errors
    /// It is not armed or not applied, or the confirmation could not be written down.
    pub fn confirm(&mut self) -> Result<(), Error> {
        match self.standing() {
            Standing::AwaitingConfirmation { .. } => self.record(Record::Confirmed),
            _ => Err(self.store.order("does not await confirmation")),
        }
    }

    /// Ends it: what was changed stays. It may be rolled back later.
    ///
    /// # Errors
    /// It is not applied, is armed and not confirmed, has ended already, or this could not be written down.
    pub fn commit(&mut self, outcome: Value) -> Result<(), Error> {
        match self.standing() {
            Standing::Open | Standing::Confirmed if self.is_applied() => {}
            Standing::AwaitingConfirmation { .. } => {
                return Err(self.store.order("awaits confirmation"));
            }
            _ => return Err(self.store.order("is not applied, or has ended")),
        }
        if super::recover::begun_undo(&self.journal.records).is_some() {
            return Err(self.store.order("is being undone"));
        }
        self.record(Record::Committed { outcome })?;
        // It is committed; a marker that stays is taken away by the next recovery.
        let _ = self.unmark();
        Ok(())
    }

    fn refuse_ended(&self) -> Result<(), Error> {
        match self.standing().is_final() {
            true => Err(self.store.order("has ended")),
            false => Ok(()),
        }
    }

    pub(super) fn is_applied(&self) -> bool {
        self.journal.records.contains(&Record::Applied)
    }

    pub(super) fn record(&mut self, record: Record) -> Result<(), Error> {
        let disk: &dyn Disk = self.transactions.disk;
        let written = self.journal.append(disk, record);
        written.map_err(|error| store_error(&self.journal.path, error))
    }

    pub(super) fn unmark(&self) -> Result<(), Error> {
        remove(self.transactions.disk, &self.transactions.folder.join(super::MARKER))
    }
}
