//! A tree in memory that can be changed, and that fails where a test says so.

use super::{Content, Fault, MemorySystem, Node};
use crate::{
    Acl, Attributes, Disk, Entry, EntryKind, Lock, Metadata, State, Status, System, SystemFile,
    ToolCall, ToolOutput, WalkOptions, WalkReport, WalkStep,
};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A tree in memory that can be changed. A clone is a disk of its own, and shares memory until one of them changes.
#[derive(Debug, Default)]
pub struct MemoryDisk {
    inner: Mutex<Inner>,
    locks: Arc<Mutex<BTreeSet<PathBuf>>>,
}

#[derive(Debug, Clone, Default)]
struct Inner {
    system: Arc<MemorySystem>,
    /// How many changing calls have been made.
    calls: u64,
    /// Which call goes wrong, and how.
    fault: Option<(u64, Fault)>,
    /// A fault that stays.
    lasting: Option<Fault>,
    dead: bool,
}

impl From<MemorySystem> for MemoryDisk {
    fn from(system: MemorySystem) -> Self {
        let inner = Inner { system: Arc::new(system), ..Inner::default() };
        Self { inner: Mutex::new(inner), locks: Arc::default() }
    }
}

impl Clone for MemoryDisk {
    fn clone(&self) -> Self {
        Self { inner: Mutex::new(self.inner().clone()), locks: Arc::default() }
    }
}

impl MemoryDisk {
    /// The same disk, of which the changing call number `call`, counted from 0 and from now, goes wrong.
    #[must_use]
    pub fn failing_at(self, call: u64, fault: Fault) -> Self {
        self.fail_at(call, fault);
        self
    }

    /// Lets the changing call number `call`, counted from 0 and from now, go wrong.
    pub fn fail_at(&self, call: u64, fault: Fault) {
        let mut inner = self.inner();
        inner.fault = Some((inner.calls + call, fault));
    }

    /// Ends every fault, and gives back every lock, as starting the machine again does.
    pub fn reboot(&self) {
        let mut inner = self.inner();
        (inner.fault, inner.lasting, inner.dead) = (None, None, false);
        self.locks.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// How many changing calls were made: `put`, `set_attributes`, `append`.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.inner().calls
    }

    /// Whether the machine died of a fault.
    #[must_use]
    pub fn is_dead(&self) -> bool {
        self.inner().dead
    }

    /// The tree as it is.
    #[must_use]
    pub fn system(&self) -> Arc<MemorySystem> {
        Arc::clone(&self.inner().system)
    }

    /// Everything in the tree but what is at or below some paths, to be compared.
    #[must_use]
    pub fn snapshot(&self, except: &[&str]) -> Snapshot {
        let system = self.system();
        let nodes = system.nodes.iter();
        let kept = nodes.filter(|(path, _)| !except.iter().any(|other| path.starts_with(other)));
        Snapshot(kept.map(|(path, node)| (path.clone(), node.clone())).collect())
    }

    /// Changes the tree as somebody else would who works on the machine meanwhile.
    pub fn edit(&self, change: impl FnOnce(MemorySystem) -> MemorySystem) {
        let mut inner = self.inner();
        inner.system = Arc::new(change((*inner.system).clone()));
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn alive(&self) -> io::Result<Arc<MemorySystem>> {
        let inner = self.inner();
        if inner.dead { Err(dead()) } else { Ok(Arc::clone(&inner.system)) }
    }

    /// Makes one changing call, or the fault whose turn it is. `part` is what is left when the machine dies within.
    fn change(
        &self,
        grows: bool,
        part: impl Fn(&mut MemorySystem) -> io::Result<()>,
        whole: impl Fn(&mut MemorySystem) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut inner = self.inner();
        if inner.dead {
            return Err(dead());
        }
        let number = inner.calls;
        inner.calls += 1;
        let fault = inner.fault.filter(|(call, _)| *call == number).map(|(_, fault)| fault);
        let system = Arc::make_mut(&mut inner.system);
        match fault {
            Some(Fault::DiesBefore) => {}
            // What fails anyway leaves nothing behind.
            Some(Fault::DiesWithin) => part(system).unwrap_or_default(),
            Some(Fault::DiesAfter) => whole(system).unwrap_or_default(),
            Some(once @ (Fault::Io | Fault::NotPermitted)) => return Err(once.error()),
            Some(lasting) => inner.lasting = Some(lasting),
            None => {}
        }
        if let Some(fault) = fault.filter(|fault| fault.kills()) {
            inner.dead = true;
            return Err(fault.error());
        }
        match inner.lasting {
            Some(Fault::NoSpace) if !grows => {}
            Some(Fault::Unflushed) => {
                whole(Arc::make_mut(&mut inner.system))?;
                return Err(Fault::Unflushed.error());
            }
            Some(fault) => return Err(fault.error()),
            None => {}
        }
        whole(Arc::make_mut(&mut inner.system))
    }
}

fn dead() -> io::Error {
    io::Error::other("the machine is off")
}

/// What is in a tree, to be compared with another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot(BTreeMap<PathBuf, Node>);

impl Snapshot {
    /// The same with no file's time of change, which a change makes new.
    #[must_use]
    pub fn timeless(mut self) -> Self {
        self.0.values_mut().for_each(|node| node.modified = (0, 0));
        self
    }

    /// The paths at which two trees differ.
    #[must_use]
    pub fn differences(&self, other: &Self) -> Vec<PathBuf> {
        let paths: BTreeSet<_> = self.0.keys().chain(other.0.keys()).collect();
        paths.into_iter().filter(|path| self.0.get(*path) != other.0.get(*path)).cloned().collect()
    }
}

impl Node {
    fn attributes(&self) -> Attributes {
        Attributes {
            mode: self.mode,
            uid: self.uid,
            gid: self.gid,
            extended: self.extended.clone(),
            modified: self.modified,
        }
    }

    /// Takes over attributes, but for the time.
    fn dress(&mut self, attributes: &Attributes) {
        (self.mode, self.uid, self.gid) = (attributes.mode, attributes.uid, attributes.gid);
        self.extended.clone_from(&attributes.extended);
    }
}

/// Where a path leads with the links of its folders resolved.
fn place(system: &MemorySystem, path: &Path) -> io::Result<PathBuf> {
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "no name"));
    };
    let parent = system.resolve(parent, false)?;
    system.enterable(&parent)?;
    Ok(parent.join(name))
}

fn put(system: &mut MemorySystem, path: &Path, state: &State) -> io::Result<()> {
    let path = place(system, path)?;
    let there = system.nodes.get(&path);
    if there.is_some_and(|node| node.immutable) {
        return Err(Fault::NotPermitted.error());
    }
    let kind = there.map(|node| node.content.kind());
    let new = match (state, kind) {
        (State::Absent, Some(EntryKind::Directory)) => {
            if system.nodes.keys().any(|child| child.parent() == Some(&path)) {
                return Err(io::ErrorKind::DirectoryNotEmpty.into());
            }
            None
        }
        (State::Absent, _) => None,
        (State::File { .. } | State::Symlink { .. }, Some(EntryKind::Directory)) => {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        (State::File { content, attributes, .. }, _) => {
            let mut node = Node::new(Content::File(Arc::clone(content)), 0);
            node.dress(attributes);
            node.modified = attributes.modified;
            Some(node)
        }
        (State::Symlink { target, uid, gid, modified }, _) => {
            let mut node = Node::new(Content::Symlink(target.clone()), 0o777);
            (node.uid, node.gid, node.modified) = (*uid, *gid, *modified);
            Some(node)
        }
        (State::Directory(attributes), None) => {
            let mut node = Node::new(Content::Directory, 0);
            node.dress(attributes);
            Some(node)
        }
        (State::Directory(attributes), Some(EntryKind::Directory))
        | (State::Other(attributes), Some(EntryKind::Other)) => {
            return set_attributes(system, &path, attributes);
        }
        (State::Directory(_) | State::Other(_), _) => {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
    };
    match new {
        Some(node) => system.nodes.insert(path, node),
        None => system.nodes.remove(&path),
    };
    Ok(())
}

/// What a machine that dies in the middle of `put` leaves.
fn put_in_part(
    system: &mut MemorySystem,
    path: &Path,
    state: &State,
    temporary: &str,
) -> io::Result<()> {
    let half = |bytes: &[u8]| Content::File(bytes[..bytes.len() / 2].into());
    let node = match state {
        State::File { content, .. } => Node::new(half(content), 0o600),
        State::Symlink { target, .. } => Node::new(Content::Symlink(target.clone()), 0o777),
        State::Directory(attributes) => {
            let plain = Attributes { mode: 0o700, ..Attributes::default() };
            return match system.nodes.contains_key(&place(system, path)?) {
                true => set_in_part(system, path, attributes),
                false => put(system, path, &State::Directory(plain)),
            };
        }
        State::Absent | State::Other(_) => return Ok(()),
    };
    let path = place(system, &path.with_file_name(temporary))?;
    system.nodes.insert(path, node);
    Ok(())
}

fn set_attributes(
    system: &mut MemorySystem,
    path: &Path,
    attributes: &Attributes,
) -> io::Result<()> {
    let node = changeable(system, path)?;
    node.dress(attributes);
    Ok(())
}

/// What a machine that dies in the middle of `set_attributes` leaves: the new owner, and as the kernel does it no
/// set-user-ID bit and no file capabilities.
fn set_in_part(system: &mut MemorySystem, path: &Path, attributes: &Attributes) -> io::Result<()> {
    let node = changeable(system, path)?;
    (node.uid, node.gid) = (attributes.uid, attributes.gid);
    node.mode &= 0o1777;
    node.extended.remove("security.capability");
    Ok(())
}

fn changeable<'a>(system: &'a mut MemorySystem, path: &Path) -> io::Result<&'a mut Node> {
    let path = system.resolve(path, true)?;
    let node = system.nodes.get_mut(&path).ok_or(io::ErrorKind::NotFound)?;
    if node.immutable { Err(Fault::NotPermitted.error()) } else { Ok(node) }
}

fn append(system: &mut MemorySystem, path: &Path, at: u64, bytes: &[u8]) -> io::Result<()> {
    let path = place(system, path)?;
    let node =
        system.nodes.entry(path).or_insert_with(|| Node::new(Content::File([].into()), 0o600));
    let Content::File(content) = &node.content else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    let kept = usize::try_from(at).ok().and_then(|at| content.get(..at));
    let kept = kept.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "was cut short"))?;
    node.content = Content::File([kept, bytes].concat().into());
    Ok(())
}

impl Disk for MemoryDisk {
    fn status(&self, path: &Path) -> io::Result<Status> {
        let system = self.alive()?;
        let (_, node) = system.node(path, true)?;
        let mut attributes = node.attributes();
        if node.content.kind() == EntryKind::Symlink {
            let (uid, gid, modified) = (node.uid, node.gid, node.modified);
            attributes = Attributes { uid, gid, modified, ..Attributes::default() };
        }
        Ok(Status { kind: node.content.kind(), attributes, links: node.links })
    }

    fn state(&self, path: &Path, limit: u64) -> io::Result<State> {
        let system = self.alive()?;
        let node = match system.node(path, true) {
            Ok((_, node)) => node,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(State::Absent),
            Err(error) => return Err(error),
        };
        let attributes = node.attributes();
        Ok(match &node.content {
            Content::File(content) if content.len() as u64 > limit => {
                return Err(io::ErrorKind::FileTooLarge.into());
            }
            Content::File(content) => {
                State::File { content: Arc::clone(content), attributes, links: node.links }
            }
            Content::Directory | Content::UnreadableDirectory => State::Directory(attributes),
            Content::Symlink(target) => {
                let (uid, gid, modified) = (node.uid, node.gid, node.modified);
                State::Symlink { target: target.clone(), uid, gid, modified }
            }
            Content::Special => State::Other(attributes),
            Content::Unreadable => return Err(io::ErrorKind::PermissionDenied.into()),
        })
    }

    fn is_immutable(&self, path: &Path) -> io::Result<bool> {
        Ok(self.alive()?.node(path, true)?.1.immutable)
    }

    fn put(&self, path: &Path, state: &State, temporary: &str) -> io::Result<()> {
        self.change(
            !matches!(state, State::Absent | State::Other(_)),
            |system| put_in_part(system, path, state, temporary),
            |system| put(system, path, state),
        )
    }

    fn set_attributes(&self, path: &Path, attributes: &Attributes) -> io::Result<()> {
        self.change(
            false,
            |system| set_in_part(system, path, attributes),
            |system| set_attributes(system, path, attributes),
        )
    }

    fn append(&self, path: &Path, at: u64, bytes: &[u8]) -> io::Result<()> {
        self.change(
            true,
            |system| append(system, path, at, &bytes[..bytes.len() / 2]),
            |system| append(system, path, at, bytes),
        )
    }

    fn lock(&self, path: &Path) -> io::Result<Box<dyn Lock>> {
        let path = place(&*self.alive()?, path)?;
        let mut inner = self.inner();
        let file = || Node::new(Content::File([].into()), 0o600);
        Arc::make_mut(&mut inner.system).nodes.entry(path.clone()).or_insert_with(file);
        if !self.locks.lock().unwrap_or_else(PoisonError::into_inner).insert(path.clone()) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        Ok(Box::new(MemoryLock { locks: Arc::clone(&self.locks), path }))
    }
}

struct MemoryLock {
    locks: Arc<Mutex<BTreeSet<PathBuf>>>,
    path: PathBuf,
}

impl Lock for MemoryLock {}

impl Drop for MemoryLock {
    fn drop(&mut self) {
        self.locks.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.path);
    }
}

impl System for MemoryDisk {
    fn is_live(&self) -> bool {
        self.system().is_live()
    }

    fn symlink_metadata(&self, path: &Path) -> io::Result<Metadata> {
        self.alive()?.symlink_metadata(path)
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn SystemFile>> {
        self.alive()?.open(path)
    }

    fn read_dir(&self, path: &Path) -> io::Result<Vec<(PathBuf, EntryKind)>> {
        self.alive()?.read_dir(path)
    }

    fn read_link(&self, path: &Path) -> io::Result<PathBuf> {
        self.alive()?.read_link(path)
    }

    fn acl(&self, path: &Path) -> io::Result<Option<Acl>> {
        self.alive()?.acl(path)
    }

    fn run(&self, call: &ToolCall<'_>) -> io::Result<ToolOutput> {
        self.alive()?.run(call)
    }

    fn walk(
        &self,
        options: &WalkOptions,
        visit: &(dyn Fn(&Entry) -> WalkStep + Sync),
    ) -> WalkReport {
        self.system().walk(options, visit)
    }
}
