//! Writes a layer: sorted, with the parents of what changed, numeric owners and fixed times; gzip without name or time.

use super::error::LayerError;
use super::nodes::{Node, Nodes, What};
use crate::digest::{Digest, Hasher};
use crate::layer::Region;
use crate::patch::export::NewLayer;
use crate::patch::tar::{TarEntry, finish, write_content, write_header};
use flate2::write::GzEncoder;
use pasu_system::EntryKind;
use std::collections::BTreeSet;
use std::io::{self, BufWriter, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tar::EntryType;

/// Writes the layer into a temporary file in `scratch`. Times after `latest` (seconds since 1970) become `latest`.
pub(crate) fn write(
    nodes: &Nodes<'_>,
    scratch: &Path,
    latest: i64,
) -> Result<NewLayer, LayerError> {
    let at = |error| LayerError::File { path: scratch.to_path_buf(), source: error };
    let file = tempfile::tempfile_in(scratch).map_err(at)?;
    let stored = Counted::new(BufWriter::new(&file));
    let mut plain = Counted::new(GzEncoder::new(stored, flate2::Compression::new(6)));
    entries(nodes, latest, &mut plain).map_err(at)?;
    let (gzip, diff_id, size) = plain.finish();
    let stored = gzip.finish().map_err(at)?;
    let (mut buffered, digest, stored_size) = stored.finish();
    buffered.flush().map_err(at)?;
    drop(buffered);
    let blob = Region::new(Arc::new(file), 0, stored_size);
    Ok(NewLayer { digest, diff_id, size, blob })
}

fn entries(nodes: &Nodes<'_>, latest: i64, to: &mut impl Write) -> io::Result<()> {
    let mut paths: BTreeSet<PathBuf> = nodes.entries.keys().cloned().collect();
    for path in nodes.entries.keys() {
        let parents = path.ancestors().skip(1).filter(|above| above.parent().is_some());
        paths.extend(parents.map(Path::to_path_buf));
    }
    // Hard links come after what they link to, whatever their names.
    let is_link = |path: &&PathBuf| {
        nodes.entries.get(*path).is_some_and(|node| matches!(node.what, What::HardLink(_)))
    };
    let (links, others): (Vec<&PathBuf>, Vec<&PathBuf>) = paths.iter().partition(is_link);
    for path in others.into_iter().chain(links) {
        match nodes.entries.get(path) {
            Some(node) => entry(nodes, path, node, latest, to)?,
            None => parent(nodes, path, latest, to)?,
        }
    }
    finish(to)
}

fn entry(
    nodes: &Nodes<'_>,
    path: &Path,
    node: &Node,
    latest: i64,
    to: &mut impl Write,
) -> io::Result<()> {
    let mut name = relative(path).to_vec();
    let mut link: &[u8] = b"";
    let mut stored = None;
    let kind = match &node.what {
        What::File(content) => {
            stored = Some(*content);
            EntryType::Regular
        }
        What::Directory => {
            name.push(b'/');
            EntryType::Directory
        }
        What::Symlink(target) => {
            link = target.as_os_str().as_bytes();
            EntryType::Symlink
        }
        What::HardLink(target) => {
            link = relative(target);
            EntryType::Link
        }
        What::Whiteout => {
            let slash = name.iter().rposition(|byte| *byte == b'/').map_or(0, |at| at + 1);
            name.splice(slash..slash, b".wh.".iter().copied());
            EntryType::Regular
        }
    };
    // A whiteout has the newest time that is allowed, for it has none of its own.
    let modified = if node.what == What::Whiteout { latest } else { node.modified.min(latest) };
    let header = TarEntry {
        path: &name,
        link,
        kind,
        mode: node.mode,
        uid: node.uid,
        gid: node.gid,
        size: stored.map_or(0, |content| content.length),
        modified,
        xattrs: &[],
    };
    write_header(to, &header)?;
    match stored {
        Some(content) => {
            write_content(to, &mut nodes.spool.region(content).reader(), content.length)
        }
        None => Ok(()),
    }
}

/// A folder above something that changed, with the attributes that the image gives it.
fn parent(nodes: &Nodes<'_>, path: &Path, latest: i64, to: &mut impl Write) -> io::Result<()> {
    let found = nodes.metadata(path).filter(|found| found.kind == EntryKind::Directory);
    let (mode, uid, gid, modified) = found
        .map_or((0o755, 0, 0, latest), |found| (found.mode, found.uid, found.gid, found.modified));
    let mut name = relative(path).to_vec();
    name.push(b'/');
    let header = TarEntry {
        path: &name,
        link: b"",
        kind: EntryType::Directory,
        mode,
        uid,
        gid,
        size: 0,
        modified,
        xattrs: &[],
    };
    write_header(to, &header)
}

fn relative(path: &Path) -> &[u8] {
    let bytes = path.as_os_str().as_bytes();
    bytes.strip_prefix(b"/").unwrap_or(bytes)
}

/// A writer whose bytes are hashed and counted as they pass.
struct Counted<W> {
    inner: W,
    hasher: Hasher,
    count: u64,
}

impl<W: Write> Counted<W> {
    fn new(inner: W) -> Self {
        Self { inner, hasher: Hasher::default(), count: 0 }
    }

    fn finish(self) -> (W, Digest, u64) {
        (self.inner, self.hasher.finish(), self.count)
    }
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        self.count += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
