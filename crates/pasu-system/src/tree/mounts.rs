//! Which mounted file systems hold no files of the machine.

use rustix::fs::{Mode, OFlags};
use std::os::fd::AsFd;
use std::path::Path;

/// What a mount point leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mounted {
    /// Files.
    Files,
    /// An automounter's trigger: files may come once it is entered, so it is neither entered nor forgotten.
    Trigger,
    /// The kernel's own view of itself. Reading it is endless or has effects, and nothing is installed there.
    Kernel,
}

const AUTOFS: u32 = 0x0187;

/// `f_type` of the file systems through which the kernel shows itself (`linux/magic.h` and the drivers' own).
const KERNEL: [u32; 24] = [
    0x0000_9fa0, // proc
    0x6265_6572, // sysfs
    0x0000_1cd1, // devpts
    0x0027_e0eb, // cgroup
    0x6367_7270, // cgroup2
    0x6462_6720, // debugfs
    0x7472_6163, // tracefs
    0x7363_6673, // securityfs
    0xf97c_ff8c, // selinuxfs
    0x4341_5d53, // smackfs
    0x5a3c_69f0, // apparmorfs
    0xcafe_4a11, // bpf
    0x6165_676c, // pstore
    0xde5e_81e4, // efivarfs
    0x1980_0202, // mqueue
    0x9584_58f6, // hugetlbfs
    0x4249_4e4d, // binfmt_misc
    0x6265_6570, // configfs
    0x6573_5543, // fusectl
    0x6759_6969, // rpc_pipefs
    0x6e66_7364, // nfsd
    0x6e73_6673, // nsfs
    0x0765_5821, // resctrl
    0xabba_1974, // xenfs
];

/// What is mounted on the directory `name` in `parent`, whose path is `path`, found out without entering it: a handle
/// taken with `O_PATH` wakes no automounter.
pub(super) fn mounted(
    parent: impl AsFd,
    name: &std::ffi::CStr,
    path: &Path,
    live: bool,
) -> Mounted {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    // devtmpfs calls itself tmpfs, so it is known by its place.
    if live && path == Path::new("/dev") {
        return Mounted::Kernel;
    }
    match rustix::fs::openat(parent, name, flags, Mode::empty()) {
        Ok(handle) => mounted_at(handle),
        Err(_) => Mounted::Files,
    }
}

/// What file system an open handle is on.
pub(super) fn mounted_at(handle: impl AsFd) -> Mounted {
    // The magic numbers have 32 bits; the field's width differs between architectures.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    match rustix::fs::fstatfs(handle).map(|facts| facts.f_type as u32) {
        Ok(AUTOFS) => Mounted::Trigger,
        Ok(magic) if KERNEL.contains(&magic) => Mounted::Kernel,
        _ => Mounted::Files,
    }
}
