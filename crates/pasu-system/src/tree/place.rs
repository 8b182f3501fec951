//! A directory of a walk, as a name below another one.
//!
//! Whole paths would take memory with the square of a tree's depth, which anyone who may make directories decides.

use std::ffi::{CStr, CString, OsStr};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Where a directory is.
pub(super) struct Place {
    parent: Option<Arc<Place>>,
    /// Its name in the parent; the whole path where a walk starts.
    name: CString,
}

impl Place {
    pub(super) fn start(path: CString) -> Self {
        Self { parent: None, name: path }
    }

    pub(super) fn below(parent: &Arc<Self>, name: &CStr) -> Self {
        Self { parent: Some(Arc::clone(parent)), name: name.to_owned() }
    }

    pub(super) fn is_start(&self) -> bool {
        self.parent.is_none()
    }

    pub(super) fn name(&self) -> &CStr {
        &self.name
    }

    /// Writes the whole path over what `path` holds.
    pub(super) fn write_path(&self, path: &mut PathBuf) {
        let way = std::iter::successors(Some(self), |place| place.parent.as_deref());
        let names: Vec<&CStr> = way.map(|place| place.name.as_c_str()).collect();
        path.clear();
        path.extend(names.iter().rev().map(|name| OsStr::from_bytes(name.to_bytes())));
    }
}

impl Drop for Place {
    /// In a loop: the last directory of a deep tree would take all above with it, one call inside the other.
    fn drop(&mut self) {
        let mut next = self.parent.take();
        while let Some(mut place) = next.and_then(Arc::into_inner) {
            next = place.parent.take();
        }
    }
}

/// A directory that stays open for those waiting directly below it, counted.
pub(super) struct Held {
    pub(super) fd: OwnedFd,
    count: Arc<AtomicUsize>,
}

impl Held {
    /// Keeps a directory open unless `limit` are; then gives it back.
    pub(super) fn new(
        fd: OwnedFd,
        count: &Arc<AtomicUsize>,
        limit: usize,
    ) -> Result<Arc<Self>, OwnedFd> {
        if count.fetch_add(1, Ordering::Relaxed) >= limit {
            count.fetch_sub(1, Ordering::Relaxed);
            return Err(fd);
        }
        Ok(Arc::new(Self { fd, count: Arc::clone(count) }))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.count.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::Place;
    use std::path::PathBuf;
    use std::sync::Arc;

    #[test]
    fn a_deep_place_knows_its_path_and_is_dropped_without_recursion() {
        let mut place = Arc::new(Place::start(c"/srv".to_owned()));
        for _ in 0..200_000 {
            place = Arc::new(Place::below(&place, c"d"));
        }
        let mut path = PathBuf::from("/something/else");
        place.write_path(&mut path);
        assert_eq!(path.as_os_str().len(), 4 + 2 * 200_000);
        assert!(path.starts_with("/srv/d/d"));
        drop(place);
    }
}
