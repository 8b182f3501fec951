//! A tree that exists only in memory, for tests and fuzzing: the same door as a real target.

mod disk;
mod fault;

pub use disk::{MemoryDisk, Snapshot};
pub use fault::Fault;

use crate::{
    Acl, Entry, EntryKind, Metadata, System, SystemFile, ToolCall, ToolOutput, WalkOptions,
    WalkReport, WalkStep, acl,
};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

/// A tree in memory. Directories come into being with the files below them.
#[derive(Debug, Clone)]
pub struct MemorySystem {
    nodes: BTreeMap<PathBuf, Node>,
    live: bool,
    tools: BTreeMap<String, ToolOutput>,
}

impl Default for MemorySystem {
    fn default() -> Self {
        let root = Node::new(Content::Directory, 0o755);
        Self {
            nodes: BTreeMap::from([(PathBuf::from("/"), root)]),
            live: false,
            tools: BTreeMap::new(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Node {
    content: Content,
    mode: u32,
    uid: u32,
    gid: u32,
    extended: BTreeMap<String, Vec<u8>>,
    modified: (i64, u32),
    links: u64,
    immutable: bool,
}

impl Node {
    fn new(content: Content, mode: u32) -> Self {
        let (extended, modified) = (BTreeMap::new(), (0, 0));
        Self { content, mode, uid: 0, gid: 0, extended, modified, links: 1, immutable: false }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Content {
    File(Arc<[u8]>),
    Directory,
    Symlink(PathBuf),
    Unreadable,
    UnreadableDirectory,
    Special,
}

impl Content {
    fn kind(&self) -> EntryKind {
        match self {
            Self::File(_) | Self::Unreadable => EntryKind::File,
            Self::Directory | Self::UnreadableDirectory => EntryKind::Directory,
            Self::Symlink(_) => EntryKind::Symlink,
            Self::Special => EntryKind::Other,
        }
    }

    fn size(&self) -> usize {
        match self {
            Self::File(bytes) => bytes.len(),
            Self::Unreadable => 1,
            Self::Symlink(target) => target.as_os_str().len(),
            Self::Directory | Self::UnreadableDirectory | Self::Special => 0,
        }
    }
}

/// How many symbolic links one path may go through, as Linux's `MAXSYMLINKS`.
const MAX_LINKS: usize = 40;

impl MemorySystem {
    /// An empty tree.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file with mode 0644.
    #[must_use]
    pub fn with_file(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        self.with_node(path, Content::File(content.as_ref().into()), 0o644)
    }

    /// Adds an executable file with mode 0755.
    #[must_use]
    pub fn with_executable(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        self.with_node(path, Content::File(content.as_ref().into()), 0o755)
    }

    /// Adds a symbolic link.
    #[must_use]
    pub fn with_symlink(self, path: &str, target: &str) -> Self {
        self.with_node(path, Content::Symlink(target.into()), 0o777)
    }

    /// Adds a file that is there but refuses to be opened (permission denied).
    #[must_use]
    pub fn with_unreadable(self, path: &str) -> Self {
        self.with_node(path, Content::Unreadable, 0)
    }

    /// Adds a directory that is there but refuses to be entered (permission denied).
    #[must_use]
    pub fn with_unreadable_directory(self, path: &str) -> Self {
        self.with_node(path, Content::UnreadableDirectory, 0)
    }

    /// Adds a directory with mode 0755.
    #[must_use]
    pub fn with_directory(self, path: &str) -> Self {
        self.with_node(path, Content::Directory, 0o755)
    }

    /// Adds a FIFO, socket or device.
    #[must_use]
    pub fn with_special(self, path: &str) -> Self {
        self.with_node(path, Content::Special, 0o666)
    }

    /// Gives what is at a path another mode (`0o7777`); nothing there changes nothing.
    #[must_use]
    pub fn with_mode(self, path: &str, mode: u32) -> Self {
        self.with_change(path, |node| node.mode = mode)
    }

    /// Gives what is at a path another owner and group; nothing there changes nothing.
    #[must_use]
    pub fn with_owner(self, path: &str, uid: u32, gid: u32) -> Self {
        self.with_change(path, |node| (node.uid, node.gid) = (uid, gid))
    }

    /// Gives what is at a path an access control list; nothing there changes nothing.
    #[must_use]
    pub fn with_acl(self, path: &str, acl: Acl) -> Self {
        self.with_extended(path, acl::ATTRIBUTE, &acl.to_bytes())
    }

    /// Gives what is at a path an extended attribute; nothing there changes nothing.
    #[must_use]
    pub fn with_extended(self, path: &str, name: &str, value: &[u8]) -> Self {
        self.with_change(path, |node| {
            node.extended.insert(name.to_owned(), value.to_vec());
        })
    }

    /// Says how many names a file has; nothing there changes nothing.
    #[must_use]
    pub fn with_links(self, path: &str, links: u64) -> Self {
        self.with_change(path, |node| node.links = links)
    }

    /// Marks what is at a path immutable, as `chattr +i` does; nothing there changes nothing.
    #[must_use]
    pub fn with_immutable(self, path: &str) -> Self {
        self.with_change(path, |node| node.immutable = true)
    }

    /// Says when what is at a path was last changed, in seconds since 1970; nothing there changes nothing.
    #[must_use]
    pub fn with_modified(self, path: &str, seconds: i64) -> Self {
        self.with_change(path, |node| node.modified = (seconds, 0))
    }

    /// Makes it a running machine, whose processes are in its `/proc`.
    #[must_use]
    pub fn live(mut self) -> Self {
        self.live = true;
        self
    }

    /// Gives the running machine a tool that answers one command line, `nft -j list ruleset`. Others are not installed.
    #[must_use]
    pub fn with_tool(mut self, line: &str, output: ToolOutput) -> Self {
        self.tools.insert(line.to_owned(), output);
        self
    }

    fn with_change(mut self, path: &str, change: impl FnOnce(&mut Node)) -> Self {
        if let Some(node) = self.nodes.get_mut(&Path::new("/").join(path)) {
            change(node);
        }
        self
    }

    fn with_node(mut self, path: &str, content: Content, mode: u32) -> Self {
        let path = Path::new("/").join(path);
        for parent in path.ancestors().skip(1) {
            self.nodes
                .entry(parent.to_path_buf())
                .or_insert_with(|| Node::new(Content::Directory, 0o755));
        }
        self.nodes.insert(path, Node::new(content, mode));
        self
    }

    /// Resolves every symbolic link of a path except, if `keep_last`, the one in its last part.
    fn resolve(&self, path: &Path, keep_last: bool) -> io::Result<PathBuf> {
        let mut rest: Vec<PathBuf> = parts(path);
        rest.reverse();
        let mut resolved = PathBuf::from("/");
        let mut links = 0;
        while let Some(part) = rest.pop() {
            self.enterable(&resolved)?;
            if part == Path::new("..") {
                resolved.pop();
                continue;
            }
            let next = resolved.join(&part);
            match self.nodes.get(&next).map(|node| &node.content) {
                Some(Content::Symlink(target)) if !(keep_last && rest.is_empty()) => {
                    links += 1;
                    if links > MAX_LINKS {
                        return Err(io::Error::other("too many symbolic links"));
                    }
                    if target.is_absolute() {
                        resolved = PathBuf::from("/");
                    }
                    rest.extend(parts(target).into_iter().rev());
                }
                Some(_) => resolved = next,
                None => return Err(io::ErrorKind::NotFound.into()),
            }
        }
        Ok(resolved)
    }

    /// Whether names can be looked up in what is at a path.
    fn enterable(&self, path: &Path) -> io::Result<()> {
        match self.nodes.get(path).map(|node| &node.content) {
            Some(Content::Directory) => Ok(()),
            Some(Content::UnreadableDirectory) => Err(io::ErrorKind::PermissionDenied.into()),
            Some(_) => Err(io::ErrorKind::NotADirectory.into()),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn node(&self, path: &Path, keep_last: bool) -> io::Result<(PathBuf, &Node)> {
        let resolved = self.resolve(path, keep_last)?;
        match self.nodes.get(&resolved) {
            Some(node) => Ok((resolved, node)),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }
}

fn parts(path: &Path) -> Vec<PathBuf> {
    path.components()
        .filter_map(|component| match component {
            Component::Normal(name) => Some(PathBuf::from(name)),
            Component::ParentDir => Some(PathBuf::from("..")),
            _ => None,
        })
        .collect()
}

fn metadata(node: &Node, inode: u64) -> Metadata {
    Metadata {
        kind: node.content.kind(),
        size: node.content.size() as u64,
        mode: node.mode,
        uid: node.uid,
        gid: node.gid,
        device: 0,
        inode,
        links: node.links,
        modified: node.modified.0,
    }
}

impl System for MemorySystem {
    fn is_live(&self) -> bool {
        self.live
    }

    fn run(&self, call: &ToolCall<'_>) -> io::Result<ToolOutput> {
        if !self.live {
            return Err(io::ErrorKind::Unsupported.into());
        }
        let line = [&[call.program], call.arguments].concat().join(" ");
        self.tools.get(&line).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn symlink_metadata(&self, path: &Path) -> io::Result<Metadata> {
        Ok(metadata(self.node(path, true)?.1, 0))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn SystemFile>> {
        match &self.node(path, false)?.1.content {
            Content::File(bytes) => Ok(Box::new(MemoryFile(Arc::clone(bytes)))),
            Content::Unreadable => Err(io::ErrorKind::PermissionDenied.into()),
            _ => Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file")),
        }
    }

    fn read_dir(&self, path: &Path) -> io::Result<Vec<(PathBuf, EntryKind)>> {
        let resolved = self.resolve(path, false)?;
        self.enterable(&resolved)?;
        let children = self.nodes.iter().filter(|(child, _)| child.parent() == Some(&resolved));
        Ok(children
            .filter_map(|(child, node)| Some((child.file_name()?.into(), node.content.kind())))
            .collect())
    }

    fn read_link(&self, path: &Path) -> io::Result<PathBuf> {
        match &self.node(path, true)?.1.content {
            Content::Symlink(target) => Ok(target.clone()),
            _ => Err(io::ErrorKind::InvalidInput.into()),
        }
    }

    fn acl(&self, path: &Path) -> io::Result<Option<Acl>> {
        let (_, node) = self.node(path, true)?;
        node.extended.get(acl::ATTRIBUTE).map(|bytes| Acl::parse(bytes)).transpose()
    }

    fn walk(
        &self,
        options: &WalkOptions,
        visit: &(dyn Fn(&Entry) -> WalkStep + Sync),
    ) -> WalkReport {
        let mut report = WalkReport::default();
        let start = match self.node(&options.start, true) {
            Ok((start, _)) => start,
            Err(error) => {
                let path = Path::new("/").join(&options.start);
                report.errors.push((path, error.kind(), error.to_string()));
                return report;
            }
        };
        let mut skipped: BTreeSet<&Path> = BTreeSet::new();
        for (number, (path, node)) in self.nodes.iter().enumerate() {
            if options.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                report.timed_out = true;
                break;
            }
            if !path.starts_with(&start) || path.ancestors().any(|parent| skipped.contains(parent))
            {
                continue;
            }
            report.entries += 1;
            let step = visit(&Entry { path, metadata: metadata(node, number as u64), head: None });
            if step == WalkStep::Skip {
                skipped.insert(path);
            } else if let Content::UnreadableDirectory = node.content {
                let error = io::Error::from(io::ErrorKind::PermissionDenied);
                report.errors.push((path.clone(), error.kind(), error.to_string()));
                skipped.insert(path);
            }
        }
        report
    }
}

struct MemoryFile(Arc<[u8]>);

impl SystemFile for MemoryFile {
    fn size(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let rest = usize::try_from(offset)
            .ok()
            .and_then(|offset| self.0.get(offset..))
            .unwrap_or_default();
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }
}
