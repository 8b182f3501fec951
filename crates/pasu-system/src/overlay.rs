//! A target as it would be after changes that nobody has made yet: what a plan is judged by.

use crate::{
    Acl, Entry, EntryKind, Metadata, System, SystemFile, ToolCall, ToolOutput, WalkOptions,
    WalkReport, WalkStep,
};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// How many symbolic links one path may go through, as Linux's `MAXSYMLINKS`.
const MAX_LINKS: usize = 40;

/// What a path would hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Layer {
    /// Nothing.
    Absent,
    /// A regular file with these bytes.
    File(Arc<[u8]>, Metadata, Option<Acl>),
    /// Whatever is there, with other attributes.
    Attributes(Metadata, Option<Acl>),
    /// A symbolic link.
    Symlink(PathBuf, Metadata),
    /// A directory.
    Directory(Metadata),
}

impl Layer {
    fn metadata(&self) -> Option<Metadata> {
        match self {
            Self::Absent => None,
            Self::File(_, metadata, _)
            | Self::Attributes(metadata, _)
            | Self::Symlink(_, metadata)
            | Self::Directory(metadata) => Some(*metadata),
        }
    }
}

/// A target with some paths covered, and without some of its processes.
///
/// Tools of the machine see what is there and not what would be: those that read what was covered are not asked, so
/// that checks read the files.
pub struct Overlay {
    base: Arc<dyn System>,
    layers: BTreeMap<PathBuf, Layer>,
    processes: BTreeSet<u32>,
    sockets: BTreeSet<u64>,
    ports: BTreeSet<u16>,
    idle: BTreeSet<String>,
    at_rest: bool,
}

/// Tools whose answers come from the kernel or from what no change here touches.
const STILL_ASKED: [&str; 8] = [
    "nft",
    "iptables-save",
    "ip6tables-save",
    "chronyc",
    "timedatectl",
    "firewall-cmd",
    "ufw",
    "ntpq",
];

impl Overlay {
    /// The target as it is.
    #[must_use]
    pub fn new(base: Arc<dyn System>) -> Self {
        Self {
            base,
            layers: BTreeMap::new(),
            processes: BTreeSet::new(),
            sockets: BTreeSet::new(),
            ports: BTreeSet::new(),
            idle: BTreeSet::new(),
            at_rest: false,
        }
    }

    /// Covers a path, whose folders are no symbolic links.
    pub fn cover(&mut self, path: impl Into<PathBuf>, layer: Layer) {
        self.layers.insert(path.into(), layer);
    }

    /// Hides a process of the running machine, and the sockets it holds, by inode.
    pub fn hide(&mut self, process: u32, sockets: impl IntoIterator<Item = u64>) {
        self.processes.insert(process);
        self.sockets.extend(sockets);
    }

    /// Closes a local port, whoever holds it.
    pub fn close(&mut self, port: u16) {
        self.ports.insert(port);
    }

    /// Shows the target as a tree that does not run: what its files make of it once it is started.
    pub fn rest(&mut self) {
        self.at_rest = true;
    }

    /// Makes a unit of systemd idle: it is left out of `systemctl list-units`.
    pub fn idle(&mut self, unit: &str) {
        self.idle.insert(unit.to_owned());
    }

    /// The layer of a real path, unless a folder above it was taken away.
    fn layer(&self, path: &Path) -> Option<&Layer> {
        if let Some(layer) = self.layers.get(path) {
            return Some(layer);
        }
        let above = path.ancestors().skip(1);
        above
            .filter_map(|folder| self.layers.get(folder))
            .find(|layer| matches!(layer, Layer::Absent))
    }

    /// A path without symbolic links in its folders, nor, if `follow`, in its last part.
    fn real(&self, path: &Path, follow: bool) -> io::Result<PathBuf> {
        let mut rest: Vec<Component<'_>> = path.components().rev().collect();
        let mut at = PathBuf::from("/");
        let mut links = 0;
        let mut owned: Vec<PathBuf> = Vec::new();
        loop {
            // Parts of links' targets come first, last in, first out.
            let part = match owned.pop() {
                Some(part) => part,
                None => match rest.pop() {
                    Some(Component::Normal(name)) => PathBuf::from(name),
                    Some(Component::ParentDir) => PathBuf::from(".."),
                    Some(_) => continue,
                    None => return Ok(at),
                },
            };
            if part == Path::new("..") {
                at.pop();
                continue;
            }
            let next = at.join(&part);
            let is_last = owned.is_empty() && rest.is_empty();
            if is_last && !follow {
                return Ok(next);
            }
            match self.link_at(&next) {
                Some(target) => {
                    links += 1;
                    if links > MAX_LINKS {
                        return Err(io::Error::other("too many symbolic links"));
                    }
                    if target.is_absolute() {
                        at = PathBuf::from("/");
                    }
                    let parts = target.components().rev().filter_map(|part| match part {
                        Component::Normal(name) => Some(PathBuf::from(name)),
                        Component::ParentDir => Some(PathBuf::from("..")),
                        _ => None,
                    });
                    owned.extend(parts);
                }
                None => at = next,
            }
        }
    }

    /// Where the link at a real path points; `None` for what is no link.
    fn link_at(&self, path: &Path) -> Option<PathBuf> {
        match self.layer(path) {
            Some(Layer::Symlink(target, _)) => Some(target.clone()),
            Some(Layer::Attributes(..)) | None => self.base.read_link(path).ok(),
            Some(_) => None,
        }
    }

    /// Whether a path is in the folder of a hidden process.
    fn is_hidden(&self, path: &Path) -> bool {
        if self.processes.is_empty() {
            return false;
        }
        let mut parts = path.components().skip(1).map(|part| part.as_os_str().to_string_lossy());
        parts.next().as_deref() == Some("proc")
            && parts
                .next()
                .and_then(|name| name.parse().ok())
                .is_some_and(|process: u32| self.processes.contains(&process))
    }

    fn seen(&self, path: &Path, follow: bool) -> io::Result<PathBuf> {
        if self.is_hidden(path) {
            return Err(io::ErrorKind::NotFound.into());
        }
        // Paths of the kernel are asked as they are: its links are no links to follow.
        if path.starts_with("/proc") { Ok(path.to_path_buf()) } else { self.real(path, follow) }
    }

    /// What systemd runs does not change with files; only what would be stopped goes.
    fn without_idle(&self, mut output: ToolOutput) -> ToolOutput {
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let is_kept = |line: &&str| {
            let mut words = line.split_whitespace();
            !words.any(|word| self.idle.contains(word))
        };
        let kept: String = text.lines().filter(is_kept).flat_map(|line| [line, "\n"]).collect();
        output.stdout = kept.into_bytes();
        output
    }

    /// A table of sockets without those of hidden processes.
    fn sockets(&self, path: &Path) -> io::Result<Arc<[u8]>> {
        let bytes = self.base.open(path)?.read_all(64 << 20)?;
        let text = String::from_utf8_lossy(&bytes);
        let is_kept = |line: &&str| {
            let mut words = line.split_whitespace().skip(1);
            let port = words.next().and_then(|address| address.rsplit(':').next());
            let port = port.and_then(|port| u16::from_str_radix(port, 16).ok());
            let inode = words.nth(7).and_then(|word| word.parse().ok());
            !inode.is_some_and(|inode: u64| self.sockets.contains(&inode))
                && !port.is_some_and(|port| self.ports.contains(&port))
        };
        let kept: String = text.lines().filter(is_kept).flat_map(|line| [line, "\n"]).collect();
        Ok(kept.into_bytes().into())
    }
}

fn absent<T>() -> io::Result<T> {
    Err(io::ErrorKind::NotFound.into())
}

impl System for Overlay {
    fn is_live(&self) -> bool {
        self.base.is_live() && !self.at_rest
    }

    fn symlink_metadata(&self, path: &Path) -> io::Result<Metadata> {
        let path = self.seen(path, false)?;
        match self.layer(&path) {
            Some(layer) => layer.metadata().map_or_else(absent, Ok),
            None => self.base.symlink_metadata(&path),
        }
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn SystemFile>> {
        if !(self.sockets.is_empty() && self.ports.is_empty()) && path.starts_with("/proc/net") {
            return Ok(Box::new(Bytes(self.sockets(path)?)));
        }
        let path = self.seen(path, true)?;
        match self.layer(&path) {
            Some(Layer::File(bytes, ..)) => Ok(Box::new(Bytes(Arc::clone(bytes)))),
            Some(Layer::Absent) => absent(),
            Some(Layer::Directory(_) | Layer::Symlink(..)) => {
                Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"))
            }
            Some(Layer::Attributes(..)) | None => self.base.open(&path),
        }
    }

    fn read_dir(&self, path: &Path) -> io::Result<Vec<(PathBuf, EntryKind)>> {
        let path = self.seen(path, true)?;
        let mut entries: BTreeMap<PathBuf, EntryKind> = match self.layer(&path) {
            Some(Layer::Absent) => return absent(),
            Some(Layer::File(..) | Layer::Symlink(..)) => {
                return Err(io::ErrorKind::NotADirectory.into());
            }
            Some(Layer::Directory(_)) => {
                self.base.read_dir(&path).unwrap_or_default().into_iter().collect()
            }
            Some(Layer::Attributes(..)) | None => self.base.read_dir(&path)?.into_iter().collect(),
        };
        for (covered, layer) in self.layers.iter().filter(|(at, _)| at.parent() == Some(&*path)) {
            let Some(name) = covered.file_name() else { continue };
            match layer.metadata() {
                Some(metadata) => entries.insert(name.into(), metadata.kind),
                None => entries.remove(Path::new(name)),
            };
        }
        if path == Path::new("/proc") {
            entries.retain(|name, _| !self.is_hidden(&path.join(name)));
        }
        Ok(entries.into_iter().collect())
    }

    fn read_link(&self, path: &Path) -> io::Result<PathBuf> {
        let path = self.seen(path, false)?;
        match self.layer(&path) {
            Some(Layer::Symlink(target, _)) => Ok(target.clone()),
            Some(Layer::Absent) => absent(),
            Some(Layer::File(..) | Layer::Directory(_)) => Err(io::ErrorKind::InvalidInput.into()),
            Some(Layer::Attributes(..)) | None => self.base.read_link(&path),
        }
    }

    fn acl(&self, path: &Path) -> io::Result<Option<Acl>> {
        let path = self.seen(path, false)?;
        match self.layer(&path) {
            Some(Layer::File(_, _, acl) | Layer::Attributes(_, acl)) => Ok(acl.clone()),
            Some(Layer::Absent) => absent(),
            Some(Layer::Directory(_) | Layer::Symlink(..)) => Ok(None),
            None => self.base.acl(&path),
        }
    }

    fn run(&self, call: &ToolCall<'_>) -> io::Result<ToolOutput> {
        if call.program == "systemctl" && call.arguments.first() == Some(&"list-units") {
            return self.base.run(call).map(|output| self.without_idle(output));
        }
        let is_covered = !self.layers.is_empty() || !self.processes.is_empty();
        if is_covered && !STILL_ASKED.contains(&call.program) {
            let message = format!("{}: not asked about what would be", call.program);
            return Err(io::Error::new(io::ErrorKind::NotFound, message));
        }
        self.base.run(call)
    }

    fn walk(
        &self,
        options: &WalkOptions,
        visit: &(dyn Fn(&Entry) -> WalkStep + Sync),
    ) -> WalkReport {
        let report = self.base.walk(options, &|entry| match self.layers.get(entry.path) {
            Some(layer) => match layer.metadata() {
                Some(metadata) => visit(&Entry { path: entry.path, metadata, head: None }),
                None => WalkStep::Skip,
            },
            None => visit(entry),
        });
        for (path, layer) in self.layers.iter().filter(|(path, _)| path.starts_with(&options.start))
        {
            if self.base.symlink_metadata(path).is_err()
                && let Some(metadata) = layer.metadata()
            {
                visit(&Entry { path, metadata, head: None });
            }
        }
        report
    }
}

struct Bytes(Arc<[u8]>);

impl SystemFile for Bytes {
    fn size(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let rest = usize::try_from(offset).ok().and_then(|at| self.0.get(at..)).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::{Layer, Overlay};
    use crate::{EntryKind, MemorySystem, Metadata, System};
    use std::path::Path;
    use std::sync::Arc;

    fn metadata(kind: EntryKind) -> Metadata {
        Metadata {
            kind,
            size: 1,
            mode: 0o600,
            uid: 0,
            gid: 0,
            device: 0,
            inode: 0,
            links: 1,
            modified: 0,
        }
    }

    fn overlay() -> Overlay {
        let base = MemorySystem::new()
            .with_file("/etc/a", "old")
            .with_file("/etc/gone/x", "x")
            .with_symlink("/conf", "/etc")
            .live()
            .with_file("/proc/7/status", "s")
            .with_file("/proc/8/status", "s")
            .with_file(
                "/proc/net/tcp",
                "head\n0 A:17 2 3 4 5 6 7 8 77 1\n0 A:16 2 3 4 5 6 7 8 88 1\n",
            );
        let mut overlay = Overlay::new(Arc::new(base));
        overlay.cover(
            "/etc/a",
            Layer::File(b"new".as_slice().into(), metadata(EntryKind::File), None),
        );
        overlay.cover("/etc/gone", Layer::Absent);
        overlay.cover("/etc/l", Layer::Symlink("/dev/null".into(), metadata(EntryKind::Symlink)));
        overlay.hide(7, [77]);
        overlay
    }

    #[test]
    fn what_would_be_is_seen_through_links_too() {
        let overlay = overlay();
        let read = |path: &str| overlay.read(Path::new(path), 100);
        assert_eq!(read("/conf/a").unwrap(), b"new");
        assert!(read("/etc/gone/x").is_err());
        assert_eq!(overlay.read_link(Path::new("/conf/l")).unwrap(), Path::new("/dev/null"));
        let mut names: Vec<_> = overlay.read_dir(Path::new("/etc")).unwrap();
        names.sort();
        assert_eq!(
            names.iter().map(|(name, _)| name.to_str().unwrap()).collect::<Vec<_>>(),
            ["a", "l"]
        );
    }

    #[test]
    fn a_process_that_would_be_gone_holds_no_socket() {
        let overlay = overlay();
        assert!(!overlay.exists(Path::new("/proc/7/status")));
        assert!(overlay.exists(Path::new("/proc/8/status")));
        let table = overlay.read(Path::new("/proc/net/tcp"), 1000).unwrap();
        assert_eq!(String::from_utf8(table).unwrap(), "head\n0 A:16 2 3 4 5 6 7 8 88 1\n");
    }
}
