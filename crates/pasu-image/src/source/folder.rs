//! A layer that an engine keeps unpacked in a folder, as overlayfs stores it (kernel documentation, "Overlay
//! Filesystem"): a character device 0/0 is a whiteout, and the attribute `trusted.overlay.opaque` makes a folder opaque.
//! Unprivileged mounts have `user.overlay.*` instead.

use crate::error::ImageError;
use crate::image::{Folder, Owners};
use crate::layer::{Builder, LayerEntry, LayerKind, LayerTable, MAX_NAME};
use pasu_system::{Entry, EntryKind, Inode, TreeSystem, WalkOptions, WalkStep};
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// What overlayfs writes before its own attributes' names, and fuse-overlayfs, which does its work for users where the
/// kernel does not let them.
const OVERLAY: [&str; 3] = ["trusted.overlay.", "user.overlay.", "user.fuseoverlayfs."];
/// Where containers-storage keeps owner and mode if the disk may not have them.
const OVERRIDDEN: &str = "user.containers.override_stat";
/// Attributes that belong to the image.
const KEPT: [&str; 2] = ["security.capability", "system.posix_acl_access"];

/// Lists a folder as a layer, without opening a file or following a link.
///
/// # Errors
///
/// The folder cannot be read whole, holds more than a layer may, or the time is up.
pub fn list(folder: &Folder, deadline: Option<Instant>) -> Result<LayerTable, ImageError> {
    let path = folder.path.as_path();
    let system = TreeSystem::new(path).map_err(ImageError::file(path))?;
    let found = Mutex::new(Found { owners: folder.owners.clone(), ..Found::default() });
    let options = WalkOptions { deadline, ..WalkOptions::default() };
    let report = system.walk_inodes(&options, &|entry, inode| {
        let met = Met::of(entry, inode);
        found.lock().unwrap_or_else(PoisonError::into_inner).add(entry, met)
    });
    let place = path.display().to_string();
    if report.timed_out {
        let problem = "the time given with --timeout is up".to_owned();
        return Err(ImageError::Limit { place, problem });
    }
    let mut hidden = Vec::new();
    for (at, kind, error) in report.errors {
        // Files of a user's storage are partly his subordinate users'; all else is seen.
        if kind == io::ErrorKind::PermissionDenied
            && folder.owners.is_some()
            && at != Path::new("/")
        {
            hidden.push(at);
            continue;
        }
        let at = path.join(at.strip_prefix("/").unwrap_or(&at));
        return Err(ImageError::File { path: at, source: io::Error::new(kind, error) });
    }
    let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    if let Some(problem) = found.too_much {
        return Err(ImageError::Limit { place, problem });
    }
    for at in hidden {
        let path = at.as_os_str().as_bytes();
        let problem = "no permission to read it in Podman's storage; hint: sudo pasu image IMAGE";
        found.problem(path.strip_prefix(b"/").unwrap_or(path), problem.to_owned());
    }
    found.finish().map_err(|error| ImageError::Limit { place, problem: error.to_string() })
}

/// What is met, told apart before the list is locked.
struct Met {
    kind: LayerKind,
    link: Vec<u8>,
    attributes: Vec<(String, Vec<u8>)>,
    is_whiteout: bool,
    is_opaque: bool,
    problem: Option<String>,
}

impl Met {
    fn of(entry: &Entry, inode: &Inode<'_>) -> Self {
        let mut met = Self {
            kind: match entry.metadata.kind {
                EntryKind::File => LayerKind::File,
                EntryKind::Directory => LayerKind::Directory,
                EntryKind::Symlink => LayerKind::Symlink,
                EntryKind::Other => LayerKind::Other,
            },
            link: Vec::new(),
            attributes: Vec::new(),
            is_whiteout: inode.character_device() == Some((0, 0)),
            is_opaque: false,
            problem: None,
        };
        match met.kind {
            LayerKind::Symlink => match inode.link() {
                Ok(link) => met.link = link.as_os_str().as_bytes().to_vec(),
                Err(error) => met.problem = Some(format!("the link cannot be read: {error}")),
            },
            LayerKind::File | LayerKind::Directory => met.look_at(inode),
            LayerKind::HardLink | LayerKind::Other => {}
        }
        met
    }

    fn look_at(&mut self, inode: &Inode<'_>) {
        let overlay = |name: &str| {
            OVERLAY.iter().find_map(|before| name.strip_prefix(before)).map(str::to_owned)
        };
        let wanted =
            |name: &str| KEPT.contains(&name) || name == OVERRIDDEN || overlay(name).is_some();
        let attributes = match inode.attributes(wanted) {
            Ok(attributes) => attributes,
            Err(error) => {
                self.problem = Some(format!("its attributes cannot be read: {error}"));
                return;
            }
        };
        for (name, value) in attributes {
            match overlay(&name).as_deref() {
                None if name == OVERRIDDEN => {
                    self.problem = Some(format!(
                        "its owner and mode are stored apart ({name}); hint: podman save IMAGE | pasu \
                         image --input -"
                    ));
                }
                None => self.attributes.push((name, value)),
                // `x` says that whiteouts below may be attributes.
                Some("opaque") => self.is_opaque |= value == b"y",
                Some("whiteout") => self.is_whiteout |= self.kind == LayerKind::File,
                // What is here is not all there is: the rest lies in another layer's folder.
                Some("redirect" | "metacopy") => {
                    self.problem = Some(format!(
                        "the engine stores it as a reference ({name}); hint: --image-src of another \
                         kind, or --input of an archive, reads it whole"
                    ));
                }
                Some(_) => {}
            }
        }
    }
}

/// The list as it grows, in no order.
#[derive(Default)]
struct Found {
    owners: Option<Arc<Owners>>,
    list: Builder,
    too_much: Option<String>,
}

impl Found {
    fn add(&mut self, entry: &Entry, met: Met) -> WalkStep {
        let path = entry.path.as_os_str().as_bytes();
        let path = path.strip_prefix(b"/").unwrap_or(path);
        if self.too_much.is_some() {
            return WalkStep::Skip;
        }
        if let Some(problem) = met.problem.clone() {
            self.problem(path, problem);
        }
        if path.len() > MAX_NAME || met.link.len() > MAX_NAME {
            self.problem(path, format!("a path of more than {MAX_NAME} bytes"));
            return WalkStep::Skip;
        }
        if met.is_whiteout {
            self.push(&marker(path, b".wh.", true), entry, LayerKind::File, &met);
            return WalkStep::Skip;
        }
        self.push(path, entry, met.kind, &met);
        if met.is_opaque {
            self.push(&marker(path, b".wh..wh..opq", false), entry, LayerKind::File, &met);
        }
        WalkStep::Continue
    }

    fn problem(&mut self, path: &[u8], problem: String) {
        self.list.problem(path, &problem);
    }

    fn push(&mut self, path: &[u8], entry: &Entry, kind: LayerKind, met: &Met) {
        let is_itself = kind == met.kind && !met.is_whiteout;
        let metadata = entry.metadata;
        let (uid, gid) = match &self.owners {
            Some(owners) => owners.inside(metadata.uid, metadata.gid),
            None => (metadata.uid, metadata.gid),
        };
        let entry = LayerEntry {
            implied: false,
            kind,
            mode: metadata.mode,
            uid,
            gid,
            size: if is_itself && kind == LayerKind::File { metadata.size } else { 0 },
            modified: metadata.modified,
            ..LayerEntry::implied(0)
        };
        match self.list.add(path, &met.link, &entry) {
            Ok(turn) if is_itself => {
                for (name, value) in &met.attributes {
                    self.list.push_xattr(turn, name.clone(), value.clone());
                }
            }
            Ok(_) => {}
            Err(error) => self.too_much = Some(error.to_string()),
        }
    }

    fn finish(mut self) -> io::Result<LayerTable> {
        self.list.problems.sort();
        Ok(self.list.finish(&[])?.0)
    }
}

/// The entry by which an archive says what overlayfs says by an attribute or device.
fn marker(path: &[u8], mark: &[u8], instead: bool) -> Vec<u8> {
    let path = Path::new(OsStr::from_bytes(path));
    if instead {
        let name = [mark, path.file_name().unwrap_or_default().as_bytes()].concat();
        path.with_file_name(OsStr::from_bytes(&name)).into_os_string().as_bytes().to_vec()
    } else {
        path.join(OsStr::from_bytes(mark)).into_os_string().as_bytes().to_vec()
    }
}

#[cfg(test)]
mod tests {
    use crate::error::ImageError;
    use crate::image::{Folder, Owners};
    use crate::layer::{LayerEntry, LayerKind, LayerTable};
    use rustix::fs::{CWD, FileType, Mode, XattrFlags, lsetxattr, mknodat};
    use std::fs;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
    use std::path::Path;
    use std::sync::Arc;
    use std::time::Instant;

    fn list(path: &Path, deadline: Option<Instant>) -> Result<LayerTable, ImageError> {
        super::list(&Folder { path: path.to_owned(), owners: None }, deadline)
    }

    fn whiteout(path: &Path) {
        mknodat(CWD, path, FileType::CharacterDevice, Mode::empty(), 0).unwrap();
    }

    fn mark(path: &Path, name: &str, value: &[u8]) {
        lsetxattr(path, name, value, XattrFlags::empty()).unwrap();
    }

    /// A path and what it is, one a line.
    fn listed(folder: &Path) -> String {
        let table = list(folder, None).unwrap();
        let line = |entry: LayerEntry| {
            let path = String::from_utf8_lossy(&table.path(&entry)).into_owned();
            match entry.kind {
                LayerKind::File => format!("{path} {:o} {}", entry.mode, entry.size),
                LayerKind::Directory => format!("{path}/ {:o}", entry.mode),
                LayerKind::Symlink => format!("{path} -> {}", table.link(&entry).display()),
                kind => format!("{path} {kind:?}"),
            }
        };
        let problems = table.problems.iter().map(|(path, problem)| format!("{path}! {problem}"));
        let mut lines: Vec<String> = table.entries().map(line).collect();
        lines.sort();
        lines.into_iter().chain(problems).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_folder_says_what_an_archive_would() {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        for name in ["etc", "usr", "usr/lib", "moved"] {
            fs::create_dir(at(name)).unwrap();
            fs::set_permissions(at(name), fs::Permissions::from_mode(0o755)).unwrap();
        }
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        fs::write(at("etc/shadow"), "root:*").unwrap();
        fs::set_permissions(at("etc/shadow"), fs::Permissions::from_mode(0o4640)).unwrap();
        whiteout(&at("etc/gone"));
        symlink("../etc/shadow", at("usr/link")).unwrap();
        mark(&at("usr/lib"), "user.overlay.opaque", b"y");
        mark(&at("usr"), "user.overlay.opaque", b"x");
        fs::write(at("usr/hidden"), "").unwrap();
        mark(&at("usr/hidden"), "user.overlay.whiteout", b"");
        mark(&at("moved"), "user.overlay.redirect", b"old");
        rustix::fs::mknodat(CWD, at("pipe"), FileType::Fifo, Mode::RUSR, 0).unwrap();
        let expected = "\
/ 755
etc/ 755
etc/.wh.gone 0 0
etc/shadow 4640 6
moved/ 755
pipe Other
usr/ 755
usr/.wh.hidden 644 0
usr/lib/ 755
usr/lib/.wh..wh..opq 755 0
usr/link -> ../etc/shadow
moved! the engine stores it as a reference (user.overlay.redirect); hint: ";
        assert!(listed(folder.path()).starts_with(expected), "{}", listed(folder.path()));
    }

    #[test]
    fn capabilities_stay_with_their_files() {
        let folder = tempfile::tempdir().unwrap();
        // The only attribute of the kept ones that anyone may set.
        let acl = b"\x02\0\0\0\x01\0\x07\0\xff\xff\xff\xff\x02\0\x04\0\x01\0\0\0\
                    \x04\0\x05\0\xff\xff\xff\xff\x10\0\x05\0\xff\xff\xff\xff\x20\0\x05\0\xff\xff\xff\xff";
        for name in ["a", "b", "c", "d"] {
            fs::write(folder.path().join(name), name).unwrap();
        }
        mark(&folder.path().join("c"), "system.posix_acl_access", acl);
        mark(&folder.path().join("b"), "user.other", b"no matter");
        let table = list(folder.path(), None).unwrap();
        for (number, entry) in (0..).zip(table.entries()) {
            let has = table.xattr(number, "system.posix_acl_access").is_some();
            assert_eq!(has, table.path(&entry) == b"c");
            assert_eq!(table.xattr(number, "user.other"), None);
        }
    }

    #[test]
    fn owners_are_those_in_the_image() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("own"), "").unwrap();
        fs::write(folder.path().join("subordinate"), "").unwrap();
        let owner = fs::metadata(folder.path()).unwrap();
        let (uid, gid) = (owner.uid(), owner.gid());
        let owners = Owners::of_user(uid, gid);
        let layer = Folder { path: folder.path().into(), owners: Some(Arc::new(owners)) };
        let table = super::list(&layer, None).unwrap();
        assert!(table.entries().all(|entry| (entry.uid, entry.gid) == (0, 0)));
    }

    #[test]
    fn what_owners_and_modes_are_stored_apart_is_said() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a"), "").unwrap();
        mark(&folder.path().join("a"), "user.containers.override_stat", b"0:0:0755");
        assert!(listed(folder.path()).contains("\na! its owner and mode are stored apart"));
    }

    #[test]
    fn what_cannot_be_listed_whole_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let missing = list(&folder.path().join("none"), None).err().unwrap();
        assert!(matches!(missing, ImageError::File { .. }), "{missing}");
        let late = list(folder.path(), Some(Instant::now())).err().unwrap();
        assert!(late.to_string().ends_with("the time given with --timeout is up"), "{late}");
        let name = std::ffi::OsStr::from_bytes(b"\xff\n");
        fs::write(folder.path().join(name), "").unwrap();
        assert_eq!(list(folder.path(), None).unwrap().count(), 2);
    }
}
