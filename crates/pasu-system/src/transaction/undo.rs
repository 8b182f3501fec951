//! Taking a transaction back. It may be interrupted and repeated: what is as before is left alone.

use super::image::{Image, look};
use super::journal::{Record, Why};
use super::standing::{Standing, conflicts};
use super::store::remove;
use super::{Action, Actor, Error, Transaction};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;

/// What came of undoing a transaction.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Undone {
    /// Paths that somebody changed since, which were left alone.
    pub conflicts: Vec<Conflict>,
    /// Actions that could not be taken back, and why.
    pub failed: Vec<(Action, String)>,
}

/// A path that was left alone because somebody changed it since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict {
    /// The path.
    #[serde(with = "super::paths")]
    pub path: PathBuf,
    /// Where the bytes are that it had before.
    pub kept: Option<PathBuf>,
}

impl Transaction<'_> {
    /// Takes everything back, the last first: each path that is as the transaction left it gets what was there before,
    /// with every attribute. Then actions are taken back, so that services read the old files.
    ///
    /// # Errors
    /// It has ended already; what is kept is damaged, and nothing is touched; or something could not be put back, and
    /// it is to be recovered.
    pub fn undo(&mut self, why: Why, actor: &dyn Actor) -> Result<Undone, Error> {
        let standing = self.standing();
        if standing.is_final() || standing == Standing::RollingBack {
            return Err(self.store.order("has ended already"));
        }
        // Where nothing was begun there is nothing to put back, and what is kept may be gone in part.
        if !self.steps().0.is_empty() {
            self.store.verify(self.transactions.disk, &self.changes)?;
        }
        // A full disk must not keep files from being put back: the records say already what was done.
        let _ = self.record(Record::Undoing { why: why.clone() });
        self.take_back(Record::Undone { why }, actor)
    }

    /// Puts all back and ends the transaction with `end`.
    pub(super) fn take_back(&mut self, end: Record, actor: &dyn Actor) -> Result<Undone, Error> {
        let (steps, in_flight) = self.steps();
        let mut failures = Vec::new();
        for number in steps.into_iter().rev() {
            let restored = self.restore(number, in_flight == Some(number), failures.is_empty());
            if let Err(error) = restored.and_then(|()| self.sweep(number)) {
                failures.push((self.changes[number].path.clone(), error));
            }
        }
        let failed = self.invert(actor, failures.is_empty());
        if !failures.is_empty() {
            return Err(Error::NotRestored(failures));
        }
        self.record(end)?;
        // It has ended; a marker that stays is taken away by the next recovery.
        let _ = self.unmark();
        Ok(Undone { conflicts: conflicts(&self.journal.records), failed })
    }

    /// The changes that were begun, and the one in whose middle the machine may have died.
    fn steps(&self) -> (BTreeSet<usize>, Option<usize>) {
        let mut steps = BTreeSet::new();
        let mut in_flight = None;
        for record in &self.journal.records {
            match record {
                Record::Step { change } => {
                    steps.insert(*change);
                    in_flight = Some(*change);
                }
                Record::Left { change } => {
                    steps.remove(change);
                    in_flight = None;
                }
                Record::Restore { change } => in_flight = Some(*change),
                // What was begun before had an end.
                Record::Applied => in_flight = None,
                _ => {}
            }
        }
        (steps, in_flight)
    }

    /// Puts one path back. `is_whole` where everything so far was: else what is in the way may be our own, as a link is
    /// in a folder that was made for it, and the next try decides.
    fn restore(&mut self, number: usize, in_flight: bool, is_whole: bool) -> io::Result<()> {
        let kept = self.changes[number].clone();
        let now = match look(self.transactions.disk, &kept.path, kept.has_content()) {
            Ok(now) => Some(now.image),
            // More bytes than are ever written, or a file where a folder was: somebody else's work.
            Err(error) if is_foreign(error.kind()) => None,
            Err(error) => return Err(error),
        };
        let ours = now.as_ref().is_some_and(|now| {
            kept.after.matches(now) || in_flight && is_between(&kept.before, &kept.after, now)
        });
        if now.is_some_and(|now| kept.before.matches(&now)) {
            return Ok(());
        }
        if !ours {
            return self.conflict(number);
        }
        let _ = self.record(Record::Restore { change: number });
        match self.leave(number, false) {
            Err(error) if is_whole && is_foreign(error.kind()) => self.conflict(number),
            outcome => outcome,
        }
    }

    fn conflict(&mut self, number: usize) -> io::Result<()> {
        let kept = &self.changes[number];
        let bytes = kept.before.content().map(|name| self.store.blob_path(name));
        let conflict = Conflict { path: kept.path.clone(), kept: bytes };
        self.record(Record::Conflict { conflict }).map_err(io::Error::other)
    }

    /// Takes away a file in the making that a dying machine left.
    fn sweep(&self, number: usize) -> io::Result<()> {
        let path = &self.changes[number].path;
        let temporary = path.with_file_name(self.store.temporary(path));
        match self.transactions.disk.exists(&temporary) {
            true => remove(self.transactions.disk, &temporary).map_err(io::Error::other),
            false => Ok(()),
        }
    }

    /// Takes actions back, the last first. While files are missing it is done and not written down, to be done again.
    fn invert(&mut self, actor: &dyn Actor, write_down: bool) -> Vec<(Action, String)> {
        let (mut actions, mut done) = (Vec::new(), BTreeSet::new());
        for record in &self.journal.records {
            match record {
                Record::Act { action } => actions.push(action.clone()),
                Record::Inverted { action, .. } => {
                    done.insert(*action);
                }
                _ => {}
            }
        }
        let mut failed = Vec::new();
        for (number, action) in actions.iter().enumerate().rev() {
            let Some(undo) = action.undo().filter(|_| !done.contains(&number)) else { continue };
            let error = actor.act(&undo).err().map(|error| error.to_string());
            failed.extend(error.clone().map(|error| (undo, error)));
            if write_down {
                let _ = self.record(Record::Inverted { action: number, error });
            }
        }
        failed
    }
}

/// Whether an error comes of what somebody else made of a path or its folder: trying again would not help.
fn is_foreign(kind: io::ErrorKind) -> bool {
    use io::ErrorKind::{DirectoryNotEmpty, FileTooLarge, IsADirectory, NotADirectory, NotFound};
    matches!(kind, DirectoryNotEmpty | FileTooLarge | IsADirectory | NotADirectory | NotFound)
}

/// Whether what is there can be what a change leaves when it is broken off: some attributes are changed, others not.
/// Changing an owner clears set-user-ID bits and file capabilities besides, so any attributes will do.
fn is_between(before: &Image, after: &Image, now: &Image) -> bool {
    match (before, after) {
        // A directory that was made, or made again, and not yet dressed.
        (Image::Absent, Image::Directory { .. }) | (Image::Directory { .. }, Image::Absent) => {
            matches!(now, Image::Directory { .. })
        }
        _ => before.in_place(after) && before.in_place(now),
    }
}
