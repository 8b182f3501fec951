//! Which mounted file systems hold no files of the machine: the kernel's, an automounter's, another machine's.

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
    /// Another machine's files, or a container's: a target of its own.
    Elsewhere,
}

const AUTOFS: u32 = 0x0187;
const OVERLAY: u32 = 0x794c_7630;

/// `f_type` of file systems whose files lie on another machine, or come from a program that fetches them.
const REMOTE: [u32; 16] = [
    0x0000_6969, // nfs
    0x0000_517b, // smb
    0xff53_4d42, // cifs
    0xfe53_4d42, // smb2
    0x6573_5546, // fuse
    0x0102_1997, // 9p
    0x00c3_6400, // ceph
    0x5346_414f, // afs (OpenAFS)
    0x6b41_4653, // afs (the kernel's)
    0x7375_7245, // coda
    0x0bd0_0bd0, // lustre
    0x4750_4653, // gpfs
    0x1983_0326, // beegfs
    0x2003_0528, // orangefs
    0xaad7_aaea, // panfs
    0x786f_4256, // vboxsf
];

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
/// taken with `O_PATH` wakes no automounter. Only the running machine has mounts of others: whoever names a directory
/// means what is in it.
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
        Ok(handle) => match mounted_at(&handle) {
            Mounted::Elsewhere if !live || is_system_extension(&handle, path) => Mounted::Files,
            found => found,
        },
        Err(_) => Mounted::Files,
    }
}

/// Whether an overlay is the machine's own: those of systemd-sysext and of live media lie on the root's own directories
/// (`/usr`, `/opt`, `/etc`), those of containers deeper.
fn is_system_extension(handle: impl AsFd, path: &Path) -> bool {
    magic(handle) == Some(OVERLAY) && path.parent() == Some(Path::new("/"))
}

/// What file system an open handle is on.
pub(super) fn mounted_at(handle: impl AsFd) -> Mounted {
    match magic(handle) {
        Some(AUTOFS) => Mounted::Trigger,
        Some(magic) if KERNEL.contains(&magic) => Mounted::Kernel,
        Some(magic) if magic == OVERLAY || REMOTE.contains(&magic) => Mounted::Elsewhere,
        _ => Mounted::Files,
    }
}

/// The number by which the kernel calls the kind of a file system.
fn magic(handle: impl AsFd) -> Option<u32> {
    // The magic numbers have 32 bits; the field's width differs between architectures.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    rustix::fs::fstatfs(handle).map(|facts| facts.f_type as u32).ok()
}
