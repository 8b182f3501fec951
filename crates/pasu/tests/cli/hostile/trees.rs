//! Trees that are traps: loops, pipes, forbidden folders, names that are no text, endless depth.

use super::{Bench, Expect};
use rustix::fs::{FileType, Mode};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};

fn pipe(bench: &Bench, name: &str) {
    let path = bench.target().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    rustix::fs::mknodat(rustix::fs::CWD, &path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0)
        .unwrap();
}

#[test]
fn links_that_lead_in_circles_are_not_followed() {
    let bench = Bench::new();
    let target = bench.target();
    fs::create_dir(target.join("a")).unwrap();
    symlink("..", target.join("a/up")).unwrap();
    symlink("/", target.join("a/root")).unwrap();
    symlink("package-lock.json", target.join("a/package-lock.json")).unwrap();
    symlink("y", target.join("a/x")).unwrap();
    symlink("x", target.join("a/y")).unwrap();
    bench.check("fs", Expect::Whole);
    bench.check("rootfs", Expect::Whole);
}

#[test]
fn pipes_are_never_opened() {
    let bench = Bench::new();
    pipe(&bench, "pipe/package-lock.json");
    bench.check("fs", Expect::Unseen("/pipe/package-lock.json", "not a regular file"));
    fs::remove_file(bench.target().join("pipe/package-lock.json")).unwrap();
    pipe(&bench, "var/lib/dpkg/status");
    bench.check("rootfs", Expect::Unseen("/var/lib/dpkg/status", "not a regular file"));
    pipe(&bench, "etc/os-release");
    bench.check("rootfs", Expect::Unseen("etc/os-release", "regular file"));
}

#[test]
fn folders_and_files_that_may_not_be_read_are_said() {
    let bench = Bench::without_rights();
    bench.put("closed/package-lock.json", "{}");
    let closed = bench.target().join("closed");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
    bench.check("fs", Expect::Unseen("/closed", "permission"));
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(closed.join("package-lock.json"), fs::Permissions::from_mode(0o000))
        .unwrap();
    bench.check("fs", Expect::Unseen("/closed/package-lock.json", "permission"));
}

#[test]
fn names_that_are_no_text_are_walked_and_printed() {
    let bench = Bench::new();
    let folder = bench.target().join(std::ffi::OsStr::from_bytes(b"caf\xe9\n\x1b[31m"));
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("package-lock.json"), "{").unwrap();
    bench.check("fs", Expect::Unseen("/caf", "EOF"));
}

#[test]
fn folders_two_thousand_deep_are_walked() {
    let bench = Bench::new();
    let mut path = bench.target();
    let mut folder = fs::File::open(&path).unwrap();
    for _ in 0..2000 {
        rustix::fs::mkdirat(&folder, "deep", Mode::RWXU).unwrap();
        let flags = rustix::fs::OFlags::DIRECTORY | rustix::fs::OFlags::RDONLY;
        folder = rustix::fs::openat(&folder, "deep", flags, Mode::empty()).unwrap().into();
        path.push("deep");
    }
    let flags = rustix::fs::OFlags::CREATE | rustix::fs::OFlags::WRONLY;
    let mut file: fs::File =
        rustix::fs::openat(&folder, "package-lock.json", flags, Mode::RWXU).unwrap().into();
    std::io::Write::write_all(&mut file, b"{").unwrap();
    bench.check("fs", Expect::Unseen("/deep/deep", ""));
}
