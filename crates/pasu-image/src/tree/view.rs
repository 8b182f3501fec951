//! Paths in the tree: links are followed inside the image only.

use super::nodes::{Nodes, ROOT, Version};
use std::ffi::OsString;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path};

/// How many symbolic links one path may go through, as Linux's `MAXSYMLINKS`.
pub(super) const MAX_LINKS: usize = 40;

/// The node and version that a path leads to when a layer is the last.
pub(super) fn resolve(
    nodes: &Nodes,
    layer: u16,
    path: &Path,
    follow_last: bool,
) -> io::Result<(u32, Version)> {
    let missing = || io::Error::from(io::ErrorKind::NotFound);
    let mut at = (ROOT, nodes.at(ROOT, layer).ok_or_else(missing)?);
    let mut rest: Vec<OsString> = Vec::new();
    push_parts(&mut rest, path);
    let mut links = 0;
    while let Some(part) = rest.pop() {
        if !nodes.is_directory(at.1) {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        if part == ".." {
            let parent = if at.0 == ROOT { ROOT } else { nodes.nodes[at.0 as usize].parent };
            at = (parent, nodes.at(parent, layer).ok_or_else(missing)?);
            continue;
        }
        let node = nodes.child(at.0, part.as_bytes()).ok_or_else(missing)?;
        let version = nodes.at(node, layer).ok_or_else(missing)?;
        let link = nodes.link(version).filter(|_| follow_last || !rest.is_empty());
        let Some(target) = link else {
            at = (node, version);
            continue;
        };
        links += 1;
        if links > MAX_LINKS {
            return Err(io::Error::other("too many symbolic links"));
        }
        if target.is_absolute() {
            at = (ROOT, nodes.at(ROOT, layer).ok_or_else(missing)?);
        }
        push_parts(&mut rest, target);
    }
    Ok(at)
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
