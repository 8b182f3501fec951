//! Unpacked layers, for blobs that are not there any more: containerd may be told to remove them once they are unpacked
//! (`discard_unpacked_layers`).
//!
//! `meta.db` has `v1 / NAMESPACE / snapshots / overlayfs / CHAIN ID / name`, under which the snapshotter's own `metadata.db`
//! has `v1 / snapshots / NAME / id`; the layer lies in `snapshots/<id>/fs`, as overlayfs stores it.

use super::bolt::{Bolt, Value};
use super::names::{DATABASE, buckets, read};
use crate::digest::Digest;
use crate::error::ImageError;
use crate::image::Folder;
use crate::source::storage::owners;
use std::io;
use std::path::Path;

/// Snapshotters that store a layer as overlayfs does, each with what it changes, by name.
const SNAPSHOTTERS: [&str; 2] = ["overlayfs", "fuse-overlayfs"];
/// What a snapshot is that nobody writes to any more.
const COMMITTED: u8 = 3;

/// The folder of an unpacked layer, by the digest of it and all below it; `None` if there is none.
pub(super) fn folder(root: &Path, chain: &Digest) -> Result<Option<Folder>, ImageError> {
    for snapshotter in SNAPSHOTTERS {
        let data = root.join(format!("io.containerd.snapshotter.v1.{snapshotter}"));
        for name in names(root, snapshotter, chain)? {
            let Some(id) = id(&data, &name)? else { continue };
            let path = data.join("snapshots").join(id.to_string()).join("fs");
            match std::fs::read_dir(&path) {
                Ok(_) => return Ok(Some(Folder { path, owners: owners(root)? })),
                Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                    return Err(super::denied(&path.display().to_string()));
                }
                Err(_) => {}
            }
        }
    }
    Ok(None)
}

/// What a snapshotter calls the layer: in each namespace something else.
fn names(root: &Path, snapshotter: &str, chain: &Digest) -> Result<Vec<Vec<u8>>, ImageError> {
    let found = read(&root.join(DATABASE), |bolt| {
        let mut names = Vec::new();
        for snapshots in buckets(bolt, None, b"snapshots")? {
            let Some(all) = bolt.bucket(&snapshots, snapshotter.as_bytes())? else { continue };
            let Some(ours) = bolt.bucket(&all, chain.as_str().as_bytes())? else { continue };
            if let Some(Value::Bytes(name)) = bolt.get(&ours, b"name")? {
                names.push(name);
            }
        }
        Ok(names)
    });
    found.map(Option::unwrap_or_default)
}

/// The number of a snapshot that is whole.
fn id(data: &Path, name: &[u8]) -> Result<Option<u64>, ImageError> {
    let found = read(&data.join("metadata.db"), |bolt| {
        let Some(top) = bolt.bucket(&bolt.root(), b"v1")? else { return Ok(None) };
        let Some(all) = bolt.bucket(&top, b"snapshots")? else { return Ok(None) };
        let Some(ours) = bolt.bucket(&all, name)? else { return Ok(None) };
        let field = |key: &[u8], bolt: &Bolt<'_>| match bolt.get(&ours, key)? {
            Some(Value::Bytes(bytes)) => Ok(bytes),
            _ => Ok::<_, io::Error>(Vec::new()),
        };
        let is_whole = field(b"kind", bolt)?.first() == Some(&COMMITTED);
        Ok(number(&field(b"id", bolt)?).filter(|_| is_whole))
    });
    found.map(Option::flatten)
}

/// A number in groups of seven bits, the lowest first (Go's `binary.PutUvarint`).
fn number(bytes: &[u8]) -> Option<u64> {
    let mut sum = 0_u64;
    for (at, byte) in bytes.iter().enumerate().take(9) {
        sum |= u64::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Some(sum);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_are_read_as_go_writes_them() {
        for (bytes, expected) in [
            (&[5][..], Some(5)),
            (&[0x80, 1], Some(128)),
            (&[0xac, 2, 7], Some(300)),
            (&[], None),
            (&[0x80], None),
            (&[0xff; 12], None),
        ] {
            assert_eq!(number(bytes), expected, "{bytes:?}");
        }
    }
}
