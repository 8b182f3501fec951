//! What a walk stands at, for those who need more of it than every walk tells.

use rustix::fs::{FileType, Stat};
use rustix::io::Errno;
use std::ffi::{CStr, OsString};
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

/// The longest list of names, and the longest value, that Linux has (`XATTR_LIST_MAX`, `XATTR_SIZE_MAX`).
const MAX_EXTENDED: usize = 1 << 16;
/// What nearly every list fits in.
const USUAL: usize = 512;

/// The thing a walk stands at. It is never opened, nor is a link followed.
pub struct Inode<'a> {
    /// The directory it is in.
    at: BorrowedFd<'a>,
    name: &'a CStr,
    stat: &'a Stat,
}

impl<'a> Inode<'a> {
    pub(super) fn new(at: BorrowedFd<'a>, name: &'a CStr, stat: &'a Stat) -> Self {
        Self { at, name, stat }
    }

    /// Major and minor number of a character device.
    #[must_use]
    pub fn character_device(&self) -> Option<(u32, u32)> {
        let is_device = FileType::from_raw_mode(self.stat.st_mode) == FileType::CharacterDevice;
        let number = self.stat.st_rdev;
        is_device.then(|| (rustix::fs::major(number), rustix::fs::minor(number)))
    }

    /// Where a symbolic link points, as written.
    pub fn link(&self) -> io::Result<PathBuf> {
        let target = rustix::fs::readlinkat(self.at, self.name, Vec::new())?;
        Ok(OsString::from_vec(target.into_bytes()).into())
    }

    /// Its extended attributes, as many as this process may see, whose names are wanted.
    pub fn attributes(&self, wanted: impl Fn(&str) -> bool) -> io::Result<Vec<(String, Vec<u8>)>> {
        // No call takes a directory and a name for this; its own entry in /proc stands for the directory.
        let mut path = format!("/proc/self/fd/{}/", self.at.as_raw_fd()).into_bytes();
        path.extend_from_slice(self.name.to_bytes());
        let names = match sized(|buffer| rustix::fs::llistxattr(&*path, buffer)) {
            Ok(names) => names,
            Err(Errno::OPNOTSUPP | Errno::NOSYS) => return Ok(Vec::new()),
            Err(error) => return Err(error.into()),
        };
        let mut found = Vec::new();
        for name in names.split(|byte| *byte == 0) {
            let Ok(name) = std::str::from_utf8(name) else { continue };
            if name.is_empty() || !wanted(name) {
                continue;
            }
            match sized(|buffer| rustix::fs::lgetxattr(&*path, name, buffer)) {
                Ok(value) => found.push((name.to_owned(), value)),
                Err(Errno::NODATA) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(found)
    }
}

/// Asks with a small buffer, and with the largest there can be where that is too small.
fn sized(ask: impl Fn(&mut [u8]) -> rustix::io::Result<usize>) -> rustix::io::Result<Vec<u8>> {
    let mut small = [0; USUAL];
    match ask(&mut small) {
        Ok(length) => Ok(small.get(..length).unwrap_or_default().to_vec()),
        Err(Errno::RANGE) => {
            let mut large = vec![0; MAX_EXTENDED];
            let length = ask(&mut large)?;
            large.truncate(length);
            Ok(large)
        }
        Err(error) => Err(error),
    }
}
