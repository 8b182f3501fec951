//! Files of the target: texts by line, attributes with access lists, listings and globs.

use super::Host;
use crate::cause::Cause;
use pasu_model::Place;
use pasu_system::{AclTag, EntryKind, Metadata};
use serde::{Deserialize, Serialize};
use std::io;
use std::path::Path;

/// The largest configuration file that is read, in bytes.
const MAX_TEXT: u64 = 4 << 20;

/// How many files one pattern may name.
const MAX_GLOB: usize = 4096;

/// A text file by line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigFile {
    /// Its path.
    pub path: String,
    /// Its lines, without their ends; undecodable bytes replaced.
    pub lines: Vec<String>,
}

impl ConfigFile {
    /// Lines with their numbers, from 1.
    pub fn numbered(&self) -> impl Iterator<Item = (u32, &str)> {
        (1..).zip(self.lines.iter().map(String::as_str))
    }

    /// Lines with their numbers and without white space around, leaving out empty ones and those that begin with `#`.
    pub fn settings(&self) -> impl Iterator<Item = (u32, &str)> {
        self.numbered()
            .map(|(number, line)| (number, line.trim()))
            .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
    }

    /// A line of it.
    #[must_use]
    pub fn place(&self, line: u32) -> Place {
        Place::File { path: self.path.clone(), line: Some(line) }
    }
}

/// A value with the line that sets it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyValue {
    /// The key as written.
    pub key: String,
    /// The value, trimmed.
    pub value: String,
    /// Where it is set.
    pub place: Place,
}

/// The attributes of something with a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileFacts {
    /// Its path.
    pub path: String,
    /// `file`, `directory`, `symlink` or `other`.
    pub kind: FileKind,
    /// Permission bits (`0o7777`).
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// What an access list gives to users and groups by number beyond the mode: `user:33 rw`.
    pub acl: Vec<AclGrant>,
    /// How many names it has; of a directory it means nothing.
    pub links: u64,
    /// Size in bytes.
    pub size: u64,
    /// Last change of the content, seconds since 1970.
    pub modified: i64,
}

/// What kind of thing a path names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink,
    /// FIFO, socket or device.
    Other,
}

/// What an access list gives to somebody by number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AclGrant {
    /// `user:33` or `group:4`.
    pub who: String,
    /// 4 read, 2 write, 1 execute.
    pub permissions: u8,
}

impl FileFacts {
    fn new(path: &str, metadata: &Metadata, acl: Vec<AclGrant>) -> Self {
        let kind = match metadata.kind {
            EntryKind::File => FileKind::File,
            EntryKind::Directory => FileKind::Directory,
            EntryKind::Symlink => FileKind::Symlink,
            EntryKind::Other => FileKind::Other,
        };
        Self {
            path: path.to_owned(),
            kind,
            mode: metadata.mode,
            uid: metadata.uid,
            gid: metadata.gid,
            acl,
            links: metadata.links,
            size: metadata.size,
            modified: metadata.modified,
        }
    }

    /// The mode in four octal digits, as `chmod` takes it.
    #[must_use]
    pub fn octal(&self) -> String {
        format!("{:04o}", self.mode)
    }

    /// The bits outside `limit`: a mode is a set of bits, not a number to compare.
    #[must_use]
    pub fn bits_beyond(&self, limit: u32) -> u32 {
        self.mode & 0o7777 & !limit
    }

    /// The grants of the access list that go beyond what `limit` leaves to the owning group or to others.
    ///
    /// A named user or group is neither the owner nor the owning group, so the others' digit is the bar, and the group's
    /// where that is wider.
    pub fn grants_beyond(&self, limit: u32) -> impl Iterator<Item = &AclGrant> {
        let allowed = ((limit | (limit >> 3)) & 0o7) as u8;
        self.acl.iter().filter(move |grant| grant.permissions & !allowed != 0)
    }

    /// Whether anybody but the owner, and root, may write: by the group's bit, the others' bit or the access list.
    #[must_use]
    pub fn is_writable_by_others(&self) -> bool {
        self.mode & 0o022 != 0 || self.acl.iter().any(|grant| grant.permissions & 2 != 0)
    }
}

impl Host {
    /// A text file by line, links followed inside the target; `None` where there is none.
    ///
    /// # Errors
    /// It is there and cannot be read, is no regular file, is no text, or has more than 4 MiB.
    pub fn text(&self, path: &str) -> Result<Option<ConfigFile>, Cause> {
        self.text_of(path, MAX_TEXT)
    }

    /// The same with another limit in bytes.
    ///
    /// # Errors
    /// As [`Host::text`].
    pub fn text_of(&self, path: &str, limit: u64) -> Result<Option<ConfigFile>, Cause> {
        let Some(bytes) = self.bytes(path, limit)? else { return Ok(None) };
        // Programs written in C stop reading at such a byte, some the line and some the file: nobody knows what holds.
        if bytes.contains(&0)
            && !["/proc/", "/var/log/"].iter().any(|folder| path.starts_with(folder))
        {
            return Err(Cause::malformed(path, None, "it holds NUL bytes and is no text"));
        }
        let text = String::from_utf8_lossy(&bytes);
        let lines = text.lines().map(str::to_owned).collect();
        Ok(Some(ConfigFile { path: path.to_owned(), lines }))
    }

    /// The bytes of a regular file; `None` where there is none.
    ///
    /// # Errors
    /// It is there and cannot be read, or is larger than `limit` bytes.
    pub fn bytes(&self, path: &str, limit: u64) -> Result<Option<Vec<u8>>, Cause> {
        match self.system().read(Path::new(path), limit) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(Cause::of_file(path, &error)),
        }
    }

    /// The attributes of what is at a path, a link not followed; `None` where there is nothing.
    ///
    /// # Errors
    /// They cannot be read.
    pub fn file(&self, path: &str) -> Result<Option<FileFacts>, Cause> {
        let metadata = match self.system().symlink_metadata(Path::new(path)) {
            Ok(metadata) => metadata,
            Err(error) if is_absent(&error) => return Ok(None),
            Err(error) => return Err(Cause::of_file(path, &error)),
        };
        if metadata.kind == EntryKind::Symlink {
            return Ok(Some(FileFacts::new(path, &metadata, Vec::new())));
        }
        let acl = match self.system().acl(Path::new(path)) {
            Ok(acl) => acl.unwrap_or_default(),
            Err(error) if is_absent(&error) => return Ok(None),
            Err(error) => return Err(Cause::of_file(path, &error)),
        };
        let grants = acl
            .named()
            .map(|(tag, permissions)| AclGrant {
                who: match tag {
                    AclTag::Group(id) => format!("group:{id}"),
                    AclTag::User(id) => format!("user:{id}"),
                    _ => String::new(),
                },
                permissions,
            })
            .collect();
        Ok(Some(FileFacts::new(path, &metadata, grants)))
    }

    /// The attributes of what a path leads to, links followed inside the target, under the path it leads to.
    ///
    /// # Errors
    /// They cannot be read, or links go round in circles.
    pub fn file_followed(&self, path: &str) -> Result<Option<FileFacts>, Cause> {
        let mut at = path.to_owned();
        for _ in 0..40 {
            match self.file(&at)? {
                Some(facts) if facts.kind == FileKind::Symlink => {
                    let target = self
                        .system()
                        .read_link(Path::new(&at))
                        .map_err(|error| Cause::of_file(&at, &error))?;
                    let parent = Path::new(&at).parent().unwrap_or(Path::new("/"));
                    at = normal(&parent.join(target));
                }
                found => return Ok(found),
            }
        }
        Err(Cause::malformed(path, None, "symbolic links in a circle"))
    }

    /// The names in a directory, sorted; none where there is no directory.
    ///
    /// # Errors
    /// It is there and cannot be listed.
    pub fn list(&self, path: &str) -> Result<Vec<String>, Cause> {
        match self.system().read_dir(Path::new(path)) {
            Ok(entries) => {
                let mut names: Vec<String> = entries
                    .into_iter()
                    .map(|(name, _)| name.to_string_lossy().into_owned())
                    .collect();
                names.sort_unstable();
                Ok(names)
            }
            Err(error) if is_absent(&error) => Ok(Vec::new()),
            Err(error) => Err(Cause::of_file(path, &error)),
        }
    }

    /// The paths that a pattern of the C library's `glob` names, sorted: `*`, `?` and `[…]` in any part.
    /// A name that begins with a dot is matched only by a pattern that does.
    ///
    /// # Errors
    /// A directory on the way cannot be listed, or too many paths match.
    pub fn glob(&self, pattern: &str) -> Result<Vec<String>, Cause> {
        let mut found = vec![String::new()];
        for part in pattern.split('/').filter(|part| !part.is_empty()) {
            let mut next = Vec::new();
            for base in &found {
                if !part.contains(['*', '?', '[']) {
                    next.push(format!("{base}/{part}"));
                    continue;
                }
                let folder = if base.is_empty() { "/" } else { base };
                let names = self.list(folder)?;
                next.extend(
                    names
                        .iter()
                        .filter(|name| part.starts_with('.') || !name.starts_with('.'))
                        .filter(|name| wildcard(part.as_bytes(), name.as_bytes()))
                        .map(|name| format!("{base}/{name}")),
                );
                if next.len() > MAX_GLOB {
                    let detail = format!("more than {MAX_GLOB} files match {pattern}");
                    return Err(Cause::new(crate::CauseKind::Limit, detail));
                }
            }
            found = next;
        }
        // What cannot be looked at may be there: whoever opens it learns why.
        found.retain(|path| {
            let looked = self.system().symlink_metadata(Path::new(path));
            !looked.is_err_and(|error| is_absent(&error))
        });
        Ok(found)
    }
}

/// Nothing there: not even a place where it could be.
fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// A path without `.` and `..`, which never leaves the root.
pub(super) fn normal(path: &Path) -> String {
    let mut parts: Vec<String> = Vec::new();
    for part in path.components() {
        match part {
            std::path::Component::Normal(name) => parts.push(name.to_string_lossy().into_owned()),
            std::path::Component::ParentDir => {
                parts.pop();
            }
            _ => {}
        }
    }
    format!("/{}", parts.join("/"))
}

/// Whether a path is one that a pattern names: shell wildcards within each part.
#[must_use]
pub fn path_matches(pattern: &str, path: &str) -> bool {
    let mut parts = path.split('/');
    let mut patterns = pattern.split('/');
    loop {
        match (patterns.next(), parts.next()) {
            (None, None) => return true,
            (Some(pattern), Some(part)) if wildcard(pattern.as_bytes(), part.as_bytes()) => {}
            _ => return false,
        }
    }
}

/// Shell wildcards over one name.
pub(crate) fn wildcard(pattern: &[u8], name: &[u8]) -> bool {
    let (mut p, mut n) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        let step = match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, n));
                p += 1;
                continue;
            }
            Some(b'?') => Some(1),
            Some(b'[') => class(&pattern[p..], name[n]),
            Some(b'\\') if pattern.get(p + 1) == Some(&name[n]) => Some(2),
            Some(byte) if *byte == name[n] => Some(1),
            _ => None,
        };
        match (step, star) {
            (Some(length), _) => {
                p += length;
                n += 1;
            }
            (None, Some((at, begun))) => {
                p = at + 1;
                n = begun + 1;
                star = Some((at, begun + 1));
            }
            (None, None) => return false,
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

/// The length of a `[…]` that takes a byte; `None` where it does not.
fn class(pattern: &[u8], byte: u8) -> Option<usize> {
    let negated = matches!(pattern.get(1), Some(b'!' | b'^'));
    let start = if negated { 2 } else { 1 };
    let end = (start + 1..pattern.len()).find(|at| pattern[*at] == b']')?;
    let mut at = start;
    let mut inside = false;
    while at < end {
        if at + 2 < end && pattern[at + 1] == b'-' {
            inside |= (pattern[at]..=pattern[at + 2]).contains(&byte);
            at += 3;
        } else {
            inside |= pattern[at] == byte;
            at += 1;
        }
    }
    (inside != negated).then_some(end + 1)
}

#[cfg(test)]
mod tests {
    use super::{normal, path_matches, wildcard};
    use std::path::Path;

    #[test]
    fn wildcards_are_the_shells() {
        for (pattern, name, matches) in [
            ("*.conf", "a.conf", true),
            ("*.conf", "a.conf.bak", false),
            ("a*b*c", "axxbyyc", true),
            ("a*b*c", "axxbyy", false),
            ("rc?.d", "rc3.d", true),
            ("rc[2-5].d", "rc3.d", true),
            ("rc[!2-5].d", "rc3.d", false),
            ("*", "", true),
            ("[", "[", false),
            ("[]", "]", false),
        ] {
            assert_eq!(wildcard(pattern.as_bytes(), name.as_bytes()), matches, "{pattern} {name}");
        }
    }

    #[test]
    fn a_wildcard_of_a_path_stays_in_its_part() {
        assert!(path_matches("/usr/lib/*/utempter", "/usr/lib/x86_64-linux-gnu/utempter"));
        assert!(!path_matches("/usr/lib/*/utempter", "/usr/lib/a/b/utempter"));
        assert!(!path_matches("/usr/lib", "/usr/lib/x"));
    }

    #[test]
    fn paths_never_leave_the_root() {
        assert_eq!(normal(Path::new("/etc/../../x/./y")), "/x/y");
    }
}
