//! An open regular file, read by position so that several readers can share it.

use crate::SystemFile;
use std::io;
use std::os::fd::OwnedFd;

pub(super) struct TreeFile {
    pub(super) fd: OwnedFd,
    pub(super) size: u64,
}

impl SystemFile for TreeFile {
    fn size(&self) -> u64 {
        self.size
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        Ok(rustix::io::pread(&self.fd, buffer, offset)?)
    }
}
