//! Beginning a transaction: everything is looked at once more, and refused before anything is touched.

use super::change::Kept;
use super::image::{Image, look};
use super::store::{Store, write_file};
use super::{Change, Error, MAX_CHANGES, Transaction, Transactions};
use crate::{Disk, EntryKind};
use serde_json::Value;
use std::collections::HashSet;
use std::io;
use std::path::{Component, Path};
use std::sync::Arc;

impl Transactions<'_> {
    /// Begins a transaction under a name that sorts after all before it (`20261129-225301-1`): letters, digits, `-`,
    /// `_` and `.`. When it returns, all that an undo needs is on disk and nothing of the target is touched.
    ///
    /// # Errors
    /// Nothing is touched: something is not as it was judged, cannot be changed, or cannot be kept.
    pub fn begin(
        &self,
        id: &str,
        header: &Value,
        changes: Vec<Change>,
    ) -> Result<Transaction<'_>, Error> {
        let store = Store::new(&self.folder, id)?;
        if let Some(open) = super::unfinished_in(self.disk, &self.folder) {
            return Err(Error::Unfinished(open));
        }
        if self.disk.exists(&store.folder) {
            return Err(Error::Taken(id.to_owned()));
        }
        let (kept, blobs) = examine(self.disk, &store, &changes)?;
        let journal = match store.write(self.disk, header, &kept, &blobs) {
            Ok(journal) => journal,
            Err(error) => {
                // The first error is the one to tell; what is left is taken away by the next recovery.
                let _ = store.discard(self.disk);
                return Err(error);
            }
        };
        let transaction = Transaction { transactions: self, store, changes: kept, journal };
        transaction.mark()?;
        Ok(transaction)
    }
}

impl Transaction<'_> {
    /// Says to every later start of the program that something is unfinished.
    pub(super) fn mark(&self) -> Result<(), Error> {
        let path = self.transactions.folder.join(super::MARKER);
        write_file(self.transactions.disk, &path, self.store.id.as_bytes())
    }
}

type Examined = (Vec<Kept>, Vec<Arc<[u8]>>);

fn examine(disk: &dyn Disk, store: &Store, changes: &[Change]) -> Result<Examined, Error> {
    if changes.len() > MAX_CHANGES {
        return Err(Error::TooMany(changes.len()));
    }
    let (mut kept, mut blobs) = (Vec::new(), Vec::new());
    let (mut paths, mut inodes, mut made) = (HashSet::new(), HashSet::new(), HashSet::new());
    for change in changes {
        let path = change.path.as_path();
        if !is_plain(path) || store.is_own(change) {
            return Err(Error::Path(path.to_path_buf()));
        }
        if !paths.insert(path)
            || !inodes.insert(inode(disk, path).unwrap_or((0, paths.len() as u64)))
        {
            return Err(Error::Twice(path.to_path_buf()));
        }
        let one = examine_one(disk, change, &made, &mut blobs)?;
        if matches!(one.after, Image::Directory { .. }) {
            made.insert(path);
        }
        kept.push(one);
    }
    Ok((kept, blobs))
}

/// Absolute, and written in one way only.
fn is_plain(path: &Path) -> bool {
    let plain = |part| matches!(part, Component::RootDir | Component::Normal(_));
    path.is_absolute() && path.file_name().is_some() && path.components().all(plain)
}

/// What tells one file under two paths; `None` where it has several names by right, or is not there.
fn inode(disk: &dyn Disk, path: &Path) -> Option<(u64, u64)> {
    let found = disk.symlink_metadata(path).ok()?;
    let single = found.links == 1 || found.kind == EntryKind::Directory;
    (single && found.inode != 0).then_some((found.device, found.inode))
}

fn examine_one(
    disk: &dyn Disk,
    change: &Change,
    made: &HashSet<&Path>,
    blobs: &mut Vec<Arc<[u8]>>,
) -> Result<Kept, Error> {
    let path = &change.path;
    let found = look(disk, path, change.wants_content()).map_err(|source| match source.kind() {
        io::ErrorKind::FileTooLarge => Error::TooLarge(path.clone()),
        _ => Error::Look { path: path.clone(), source },
    })?;
    if !change.seen.is(&found.image) {
        return Err(Error::Moved(path.clone()));
    }
    let (kept, new) = change.plan(&found)?;
    if kept.is_idle() {
        return Ok(kept);
    }
    if new.as_ref().is_some_and(|new| new.len() as u64 > super::MAX_CONTENT) {
        return Err(Error::TooLarge(path.clone()));
    }
    if !kept.before.in_place(&kept.after) && found.links > 1 && kept.before.content().is_some() {
        return Err(Error::HardLinks { path: path.clone(), links: found.links });
    }
    let folder = path.parent().unwrap_or(Path::new("/"));
    if kept.before != Image::Absent {
        refuse_immutable(disk, path)?;
    }
    if !made.contains(folder) {
        match disk.symlink_metadata(folder).map(|found| found.kind) {
            Ok(EntryKind::Directory) if kept.before.in_place(&kept.after) => {}
            Ok(EntryKind::Directory) => refuse_immutable(disk, folder)?,
            // Where it leads is found out when the file is written.
            Ok(EntryKind::Symlink) => {}
            _ => return Err(Error::NoFolder(path.clone())),
        }
    }
    blobs.extend(found.content.filter(|_| kept.before.content().is_some()));
    blobs.extend(new);
    Ok(kept)
}

fn refuse_immutable(disk: &dyn Disk, path: &Path) -> Result<(), Error> {
    match disk.is_immutable(path) {
        Ok(true) => Err(Error::Immutable(path.to_path_buf())),
        Ok(false) => Ok(()),
        Err(source) => Err(Error::Look { path: path.to_path_buf(), source }),
    }
}
