//! The layer while it grows: what it changes, seen on top of the image.

use super::spool::{Spool, Stored};
use pasu_system::{EntryKind, Metadata, System};
use std::collections::{BTreeMap, HashMap};
use std::ffi::OsString;
use std::io;
use std::path::{Component, Path, PathBuf};

/// How many symbolic links one path may go through, as Linux's `MAXSYMLINKS`.
const MAX_LINKS: usize = 40;

/// What stands at a path in the layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum What {
    File(Stored),
    Directory,
    Symlink(PathBuf),
    /// By the absolute path of the file, which is in this layer, too.
    HardLink(PathBuf),
    /// What the image has there is taken away.
    Whiteout,
}

/// One entry of the layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Node {
    pub what: What,
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
    /// Seconds since 1970.
    pub modified: i64,
}

/// The growing layer over its image. Paths are absolute; those of entries go through no symbolic link.
pub(crate) struct Nodes<'a> {
    pub base: &'a dyn System,
    pub spool: Spool,
    pub entries: BTreeMap<PathBuf, Node>,
    /// Where folders really are.
    folders: HashMap<PathBuf, PathBuf>,
}

impl<'a> Nodes<'a> {
    /// A layer that changes nothing yet; contents are kept in a temporary file in `scratch`.
    pub fn new(base: &'a dyn System, scratch: &Path) -> io::Result<Self> {
        let spool = Spool::new(scratch)?;
        Ok(Self { base, spool, entries: BTreeMap::new(), folders: HashMap::new() })
    }

    /// Where a path really is: symbolic links of its folders are followed inside the image, its last part is not.
    pub fn real(&mut self, path: &Path) -> io::Result<PathBuf> {
        let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
            return Ok(PathBuf::from("/"));
        };
        if let Some(real) = self.folders.get(folder) {
            return Ok(real.join(name));
        }
        let real = self.real_folder(folder)?;
        self.folders.insert(folder.to_path_buf(), real.clone());
        Ok(real.join(name))
    }

    fn real_folder(&self, folder: &Path) -> io::Result<PathBuf> {
        let mut real = PathBuf::from("/");
        let mut rest = parts(folder);
        let mut links = 0;
        while let Some(part) = rest.pop() {
            if part == ".." {
                real.pop();
                continue;
            }
            let at = real.join(&part);
            let Some(target) = self.link(&at)? else {
                real = at;
                continue;
            };
            links += 1;
            if links > MAX_LINKS {
                let message = format!("{}: too many symbolic links", folder.display());
                return Err(io::Error::other(message));
            }
            if target.is_absolute() {
                real = PathBuf::from("/");
            }
            rest.extend(parts(&target));
        }
        Ok(real)
    }

    /// Where the symbolic link at a real path leads; `None` if there is none.
    pub fn link(&self, real: &Path) -> io::Result<Option<PathBuf>> {
        match self.entries.get(real).map(|node| &node.what) {
            Some(What::Symlink(target)) => return Ok(Some(target.clone())),
            Some(_) => return Ok(None),
            None => {}
        }
        match self.metadata(real) {
            Some(found) if found.kind == EntryKind::Symlink => self.base.read_link(real).map(Some),
            _ => Ok(None),
        }
    }

    /// What is at a real path now; links are not followed.
    pub fn metadata(&self, real: &Path) -> Option<Metadata> {
        if let Some(node) = self.entries.get(real) {
            return self.of_node(node);
        }
        // Below something that this layer made a file, a link or nothing, there is nothing.
        let covered = real
            .ancestors()
            .skip(1)
            .any(|above| self.entries.get(above).is_some_and(|node| node.what != What::Directory));
        if covered { None } else { self.base.symlink_metadata(real).ok() }
    }

    fn of_node(&self, node: &Node) -> Option<Metadata> {
        let (kind, size) = match &node.what {
            What::File(stored) => (EntryKind::File, stored.length),
            What::Directory => (EntryKind::Directory, 0),
            What::Symlink(target) => (EntryKind::Symlink, target.as_os_str().len() as u64),
            What::HardLink(target) => {
                return self.entries.get(target).and_then(|node| self.of_node(node));
            }
            What::Whiteout => return None,
        };
        Some(Metadata {
            kind,
            size,
            mode: node.mode,
            uid: node.uid,
            gid: node.gid,
            device: 0,
            inode: 0,
            links: 1,
            modified: node.modified,
        })
    }

    /// Whether a path leads to a folder, links followed.
    pub fn is_folder(&mut self, real: &Path) -> bool {
        let Ok(end) = self.real_folder(real) else { return false };
        self.metadata(&end).is_some_and(|found| found.kind == EntryKind::Directory)
    }

    /// Puts an entry at a real path.
    pub fn put(&mut self, real: PathBuf, node: Node) {
        if matches!(node.what, What::Symlink(_)) {
            self.folders.clear();
        }
        self.entries.insert(real, node);
    }

    /// Puts a small file, with the attributes of the one that is there, else mode 0644 of root.
    pub fn put_bytes(&mut self, real: PathBuf, bytes: &[u8], modified: i64) -> io::Result<()> {
        let stored = self.spool.store(&mut &*bytes)?;
        let old = self.metadata(&real).filter(|old| old.kind == EntryKind::File);
        let (mode, uid, gid) = old.map_or((0o644, 0, 0), |old| (old.mode, old.uid, old.gid));
        self.put(real, Node { what: What::File(stored), mode, uid, gid, modified });
        Ok(())
    }

    /// Takes away what is at a real path.
    pub fn remove(&mut self, real: &Path) {
        self.entries.remove(real);
        if self.base.exists(real) {
            let node = Node { what: What::Whiteout, mode: 0, uid: 0, gid: 0, modified: 0 };
            self.entries.insert(real.to_path_buf(), node);
        }
    }

    /// The names in a folder as they are now, in order.
    pub fn list(&self, real: &Path) -> Vec<PathBuf> {
        let of_base = self.base.read_dir(real).unwrap_or_default();
        let mut paths: Vec<PathBuf> =
            of_base.into_iter().map(|(name, _)| real.join(name)).collect();
        let below = self.entries.keys().filter(|path| path.parent() == Some(real));
        paths.extend(below.cloned());
        paths.retain(|path| self.metadata(path).is_some());
        paths.sort();
        paths.dedup();
        paths
    }

    /// The bytes of a file as it is now, links followed.
    pub fn read(&mut self, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
        let real = self.real(path)?;
        match self.entries.get(&real).map(|node| node.what.clone()) {
            Some(What::File(stored)) => {
                let mut bytes = Vec::new();
                io::Read::read_to_end(&mut self.spool.region(stored).reader(), &mut bytes)?;
                Ok(bytes)
            }
            Some(What::HardLink(target)) => self.read(&target, limit),
            Some(What::Whiteout) => Err(io::ErrorKind::NotFound.into()),
            _ => self.base.read(path, limit),
        }
    }
}

/// A path's parts as a stack, the first on top.
fn parts(path: &Path) -> Vec<OsString> {
    let parts = path.components().rev().filter_map(|part| match part {
        Component::Normal(name) => Some(name.to_os_string()),
        Component::ParentDir => Some(OsString::from("..")),
        _ => None,
    });
    parts.collect()
}

#[cfg(test)]
mod tests {
    use super::{Node, Nodes, What};
    use pasu_system::MemorySystem;
    use std::path::Path;

    #[test]
    fn a_path_below_a_linked_folder_is_where_the_link_leads() {
        let base = MemorySystem::new()
            .with_file("/usr/lib/a/x", "x")
            .with_symlink("/lib", "usr/lib")
            .with_symlink("/usr/loop", "loop");
        let scratch = tempfile::tempdir().unwrap();
        let mut nodes = Nodes::new(&base, scratch.path()).unwrap();
        let real = |nodes: &mut Nodes<'_>, path: &str| nodes.real(Path::new(path)).unwrap();
        assert_eq!(real(&mut nodes, "/lib/a/new"), Path::new("/usr/lib/a/new"));
        assert_eq!(real(&mut nodes, "/lib"), Path::new("/lib"));
        assert!(nodes.is_folder(Path::new("/lib")) && !nodes.is_folder(Path::new("/usr/lib/a/x")));
        assert!(nodes.real(Path::new("/usr/loop/x")).is_err());
        let node =
            Node { what: What::Symlink("/usr".into()), mode: 0o777, uid: 0, gid: 0, modified: 0 };
        nodes.put("/opt".into(), node);
        assert_eq!(real(&mut nodes, "/opt/lib/y"), Path::new("/usr/lib/y"));
        nodes.remove(Path::new("/usr/lib/a"));
        assert!(nodes.metadata(Path::new("/usr/lib/a/x")).is_none());
    }
}
