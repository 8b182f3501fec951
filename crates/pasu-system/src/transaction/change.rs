//! What is to be changed, and what it would become.

use super::Error;
use super::image::{Found, Image, sha256};
use crate::{Acl, Attributes, State, Wanted, Wish, acl};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// A change of one path. Its folder must be there, or be made by a change before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The path, absolute inside the target.
    pub path: PathBuf,
    /// What was judged to be there. Anything else there now, and nothing is touched.
    pub seen: Seen,
    /// How it is to be left.
    pub wanted: Wanted,
}

/// What was at a path when it was judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Seen {
    /// Nothing.
    Absent,
    /// A regular file.
    File {
        /// SHA-256 of its bytes, in hexadecimal; `None` where only its attributes were judged.
        sha256: Option<String>,
        /// Permission bits (`0o7777`).
        mode: u32,
        /// Owner.
        uid: u32,
        /// Group.
        gid: u32,
    },
    /// A directory.
    Directory {
        /// Permission bits.
        mode: u32,
        /// Owner.
        uid: u32,
        /// Group.
        gid: u32,
    },
    /// A symbolic link.
    Symlink {
        /// Where it points.
        #[serde(with = "super::paths")]
        target: PathBuf,
    },
    /// FIFO, socket or device.
    Other {
        /// Permission bits.
        mode: u32,
        /// Owner.
        uid: u32,
        /// Group.
        gid: u32,
    },
}

impl Seen {
    /// What a state looks like to whoever judges it.
    #[must_use]
    pub fn of(state: &State) -> Self {
        Self::of_image(&Image::of(state))
    }

    /// The same without a file's bytes.
    #[must_use]
    pub fn without_content(mut self) -> Self {
        if let Self::File { sha256, .. } = &mut self {
            *sha256 = None;
        }
        self
    }

    pub(super) fn wants_content(&self) -> bool {
        matches!(self, Self::File { sha256: Some(_), .. })
    }

    fn of_image(image: &Image) -> Self {
        match image {
            Image::Absent => Self::Absent,
            Image::File { content, attributes: Attributes { mode, uid, gid, .. } } => {
                Self::File { sha256: content.clone(), mode: *mode, uid: *uid, gid: *gid }
            }
            Image::Directory { attributes: Attributes { mode, uid, gid, .. } } => {
                Self::Directory { mode: *mode, uid: *uid, gid: *gid }
            }
            Image::Symlink { target, .. } => Self::Symlink { target: target.clone() },
            Image::Other { attributes: Attributes { mode, uid, gid, .. } } => {
                Self::Other { mode: *mode, uid: *uid, gid: *gid }
            }
        }
    }

    /// Whether what is found is what was judged.
    pub(super) fn is(&self, found: &Image) -> bool {
        let found = Self::of_image(found);
        *self == if self.wants_content() { found } else { found.without_content() }
    }
}

/// A change as it is kept: what was there, and what is to be there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The path.
    #[serde(with = "super::paths")]
    pub path: PathBuf,
    /// What was there.
    pub before: Image,
    /// What is to be there.
    pub after: Image,
}

impl Kept {
    /// Whether a file's bytes matter to it.
    pub(super) fn has_content(&self) -> bool {
        self.before.content().or(self.after.content()).is_some()
    }

    /// Whether there is nothing to do.
    pub(super) fn is_idle(&self) -> bool {
        self.before == self.after
    }
}

/// A change as it is kept, and the new bytes of a file.
pub(super) type Planned = (Kept, Option<Arc<[u8]>>);

impl Change {
    /// Whether the old bytes have to be read: the new ones replace them, or they were judged.
    pub(super) fn wants_content(&self) -> bool {
        let replaces = match &self.wanted {
            Wanted::Absent | Wanted::Symlink(_) => true,
            Wanted::File { content, .. } => content.is_some(),
            Wanted::Directory(_) | Wanted::Attributes(_) => false,
        };
        replaces || self.seen.wants_content()
    }

    /// The change as it is kept, with the new bytes of a file.
    pub(super) fn plan(&self, found: &Found) -> Result<Planned, Error> {
        let path = &self.path;
        let mut before = found.image.clone();
        let mut bytes = None;
        let mut after = match (&self.wanted, &before) {
            (Wanted::Absent, Image::Other { .. }) => {
                return impossible(path, "a device, FIFO or socket is not taken away");
            }
            (Wanted::Absent, _) => Image::Absent,
            (Wanted::File { content: Some(new), attributes }, Image::File { content, .. })
                if content.as_deref() != Some(&sha256(new)) =>
            {
                bytes = Some(Arc::clone(new));
                new_file(new, wished(&before, attributes, 0o644, path)?)
            }
            (
                Wanted::File { content: Some(new), attributes },
                Image::Absent | Image::Symlink { .. },
            ) => {
                bytes = Some(Arc::clone(new));
                new_file(new, wished(&Image::Absent, attributes, 0o644, path)?)
            }
            (Wanted::Directory(wish), Image::Absent | Image::Directory { .. }) => {
                Image::Directory { attributes: wished(&before, wish, 0o755, path)? }
            }
            (Wanted::Symlink(target), Image::Symlink { uid, gid, .. }) => {
                new_link(target, *uid, *gid)
            }
            (Wanted::Symlink(target), Image::Absent | Image::File { .. }) => new_link(target, 0, 0),
            (Wanted::File { attributes, .. }, Image::File { .. })
            | (Wanted::Attributes(attributes), Image::File { .. }) => {
                // The bytes stay, so they are neither kept nor compared.
                let attributes = wished(&before, attributes, 0, path)?;
                if let Image::File { content, .. } = &mut before {
                    *content = None;
                }
                Image::File { content: None, attributes }
            }
            (Wanted::Attributes(wish), Image::Directory { .. }) => {
                Image::Directory { attributes: wished(&before, wish, 0, path)? }
            }
            (Wanted::Attributes(wish), Image::Other { .. }) => {
                Image::Other { attributes: wished(&before, wish, 0, path)? }
            }
            _ => return impossible(path, "what is there is of another kind than what is wanted"),
        };
        if before.matches(&after) {
            after = before.clone();
        }
        Ok((Kept { path: path.clone(), before, after }, bytes))
    }
}

fn impossible<T>(path: &Path, why: &'static str) -> Result<T, Error> {
    Err(Error::Impossible { path: path.to_path_buf(), why })
}

fn new_link(target: &Path, uid: u32, gid: u32) -> Image {
    Image::Symlink { target: target.to_path_buf(), uid, gid, modified: now() }
}

/// Seconds since 1970 and nanoseconds.
fn now() -> (i64, u32) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    (i64::try_from(now.as_secs()).unwrap_or(i64::MAX), now.subsec_nanos())
}

fn new_file(content: &[u8], mut attributes: Attributes) -> Image {
    attributes.modified = now();
    Image::File { content: Some(sha256(content)), attributes }
}

/// The attributes that come of a wish; `mode` is that of what is new.
fn wished(before: &Image, wish: &Wish, mode: u32, path: &Path) -> Result<Attributes, Error> {
    let fresh = Attributes { mode, ..Attributes::default() };
    let mut attributes = before.attributes().cloned().unwrap_or(fresh);
    let list = attributes.extended.get(acl::ATTRIBUTE).map(|bytes| Acl::parse(bytes)).transpose();
    let list = list.map_err(|source| Error::Look { path: path.to_path_buf(), source })?;
    if let Some(mode) = wish.mode {
        attributes.mode = mode & 0o7777;
    }
    if let Some((uid, gid)) = wish.owner {
        (attributes.uid, attributes.gid) = (uid, gid);
    }
    match list {
        Some(list) if wish.drop_acl => {
            attributes.extended.remove(acl::ATTRIBUTE);
            // Without its mask the mode's middle digit is the owning group's, who must not gain by it.
            if let (None, Some(group)) = (wish.mode, list.owning_group()) {
                attributes.mode = attributes.mode & !0o070 | u32::from(group) << 3;
            }
        }
        Some(list) if wish.mode.is_some() => {
            let bytes = list.with_mode(attributes.mode).to_bytes();
            attributes.extended.insert(acl::ATTRIBUTE.to_owned(), bytes);
        }
        _ => {}
    }
    Ok(attributes)
}
