//! Paths in the tree: links are followed inside the image only.

use super::overlay::{Overlay, Place, Seen};
use crate::layer::MAX_LINKS;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

/// Which names are seen.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Names {
    /// Those of the image.
    OfImage,
    /// Also those that aufs keeps for itself.
    All,
}

/// The way to a path: what each of its folders is, and the names.
pub(super) struct Way {
    root: Place,
    steps: Vec<(OsString, Place)>,
}

impl Way {
    fn place(&self) -> Place {
        self.steps.last().map_or(self.root, |(_, place)| *place)
    }

    /// The path itself, without links.
    pub fn path(&self) -> PathBuf {
        let mut path = PathBuf::from("/");
        path.extend(self.steps.iter().map(|(name, _)| name));
        path
    }

    /// The folder that it lies in, and its name there; `None` for the root.
    pub fn last(&self) -> Option<(Seen, &OsStr)> {
        let (name, _) = self.steps.last()?;
        let parent = self.steps.iter().rev().nth(1).map_or(self.root, |(_, place)| *place);
        Some((parent.folder?, name))
    }
}

/// What a path leads to when a layer is the last, and the way there.
pub(super) fn resolve(
    overlay: &Overlay,
    layer: u16,
    path: &Path,
    follow_last: bool,
    names: Names,
) -> io::Result<(Place, Way)> {
    let missing = || io::Error::from(io::ErrorKind::NotFound);
    let mut way = Way { root: overlay.root(layer), steps: Vec::new() };
    let mut rest: Vec<OsString> = Vec::new();
    push_parts(&mut rest, path);
    let mut links = 0;
    while let Some(part) = rest.pop() {
        let Some(folder) = way.place().folder else {
            return Err(io::ErrorKind::NotADirectory.into());
        };
        if part == ".." {
            way.steps.pop();
            continue;
        }
        let place = match names {
            Names::OfImage => overlay.find(folder, part.as_bytes(), layer),
            Names::All => overlay.find_any(folder, part.as_bytes(), layer),
        };
        let place = place.ok_or_else(missing)?;
        let is_followed = (follow_last || !rest.is_empty()) && !place.is_directory();
        let entry = is_followed.then(|| overlay.entry(place)).flatten();
        let Some(target) = overlay.link(place, entry.as_ref()) else {
            way.steps.push((part, place));
            continue;
        };
        links += 1;
        if links > MAX_LINKS {
            return Err(io::Error::other("too many symbolic links"));
        }
        if target.is_absolute() {
            way.steps.clear();
        }
        push_parts(&mut rest, target);
    }
    Ok((way.place(), way))
}

/// Puts a path's parts onto a stack, the first on top.
fn push_parts(rest: &mut Vec<OsString>, path: &Path) {
    let parts = path.components().rev().filter_map(|part| match part {
        Component::Normal(name) => Some(name.to_os_string()),
        Component::ParentDir => Some(OsString::from("..")),
        _ => None,
    });
    rest.extend(parts);
}
