//! The images: Debian 12 by debootstrap, with and without servers.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Servers and tools of every sort that items are about; `+systemd` so that units run.
const SERVERS: &[&str] = &[
    "systemd",
    "systemd-sysv",
    "dbus",
    "openssh-server",
    "postfix",
    "vsftpd",
    "nginx-light",
    "nfs-kernel-server",
    "rpcbind",
    "snmpd",
    "bind9",
    "cron",
    "at",
    "sudo",
    "rsyslog",
    "openbsd-inetd",
    "inetutils-telnetd",
    "tftpd-hpa",
    "chrony",
    "nftables",
    "libpam-pwquality",
    "postgresql",
    "mariadb-server",
    "autofs",
    "acl",
    "iproute2",
];

/// The name of an image, built if it is not there: `minimal` holds Debian's base alone.
pub fn image(minimal: bool) -> &'static str {
    let (name, packages): (_, &[&str]) =
        if minimal { ("pasu-test-minimal", &["passwd"]) } else { ("pasu-test-servers", SERVERS) };
    // Several tests want the same image at once.
    let lock = folder().join(format!("{name}.lock"));
    let lock = std::fs::File::create(lock).unwrap();
    lock.lock().unwrap();
    if !docker(&["image", "inspect", name]).status.success() {
        build(name, packages);
    }
    name
}

fn build(name: &str, packages: &[&str]) {
    let tree = tempfile::Builder::new().prefix(name).tempdir_in(folder()).unwrap();
    let include = format!("--include={}", packages.join(","));
    let log = std::fs::File::create(folder().join(format!("{name}.log"))).unwrap();
    let status = Command::new("debootstrap")
        .args(["--variant=minbase", &include, "bookworm"])
        .arg(tree.path())
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .status()
        .expect("debootstrap runs");
    assert!(status.success(), "debootstrap failed; see {name}.log in the build folder");
    let mut tar = Command::new("tar")
        .args(["--create", "--one-file-system", "--acls", "--xattrs", "--directory"])
        .arg(tree.path())
        .arg(".")
        .stdout(Stdio::piped())
        .spawn()
        .expect("tar runs");
    let archive = tar.stdout.take().unwrap();
    let mut import = Command::new("docker");
    import.args(["import", "-", name]).stdin(archive).stdout(Stdio::null());
    assert!(import.status().expect("docker runs").success(), "docker import failed");
    assert!(tar.wait().unwrap().success(), "tar failed");
}

/// Where trees and logs lie.
fn folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("hosts");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Runs docker and takes what it prints.
pub fn docker(arguments: &[&str]) -> std::process::Output {
    let output: io::Result<_> =
        Command::new("docker").args(arguments).stdin(Stdio::null()).output();
    output.expect("docker is installed: `cargo xtask test` installs it")
}
