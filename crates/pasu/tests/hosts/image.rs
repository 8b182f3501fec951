//! The images: Debian 12 by debootstrap, with and without servers.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Servers and tools of every sort that items are about, with systemd so that units run.
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

/// Debian's base alone, as `debootstrap` makes it.
const MINIMAL: &str = "pasu-test-minimal";

/// The base with [`SERVERS`].
const WITH_SERVERS: &str = "pasu-test-servers";

/// The name of an image; both are built if one is not there.
pub fn image(minimal: bool) -> &'static str {
    // Several tests want the same images at once.
    let lock = std::fs::File::create(folder().join("images.lock")).unwrap();
    lock.lock().unwrap();
    let is_here = |name| docker(&["image", "inspect", name]).status.success();
    if !is_here(MINIMAL) || !is_here(WITH_SERVERS) {
        build();
    }
    if minimal { MINIMAL } else { WITH_SERVERS }
}

fn build() {
    let folder = tempfile::Builder::new().prefix("tree").tempdir_in(folder()).unwrap();
    let tree = folder.path();
    let mut debootstrap = Command::new("debootstrap");
    must(debootstrap.args(["--variant=minbase", "bookworm"]).arg(tree));
    import(tree, MINIMAL);
    install(tree);
    import(tree, WITH_SERVERS);
}

/// Installs the servers without starting one: packages ask `policy-rc.d` first.
fn install(tree: &Path) {
    let policy = tree.join("usr/sbin/policy-rc.d");
    std::fs::write(&policy, "#!/bin/sh\nexit 101\n").unwrap();
    std::fs::set_permissions(&policy, std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::copy("/etc/resolv.conf", tree.join("etc/resolv.conf")).unwrap();
    // In a mount namespace of its own, so that nothing stays mounted whatever happens.
    let mut apt = Command::new("unshare");
    apt.args(["--mount", "sh", "-euc"]);
    apt.arg("mount -t proc proc \"$0/proc\"; tree=$0; exec chroot \"$tree\" apt-get install --yes --no-install-recommends \"$@\"");
    must(apt.arg(tree).args(SERVERS).env("DEBIAN_FRONTEND", "noninteractive"));
    std::fs::remove_file(policy).unwrap();
}

fn import(tree: &Path, name: &str) {
    let mut tar = Command::new("tar")
        .args(["--create", "--one-file-system", "--acls", "--xattrs", "--directory"])
        .arg(tree)
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

/// Runs a command; what it says goes to a log that a failure names.
fn must(command: &mut Command) {
    let program = command.get_program().to_string_lossy().into_owned();
    let log = folder().join(format!("{program}.log"));
    let file = std::fs::File::create(&log).unwrap();
    command.stdin(Stdio::null()).stdout(file.try_clone().unwrap()).stderr(file);
    let status = command.status().unwrap_or_else(|error| panic!("{program}: {error}"));
    assert!(status.success(), "{program}: {status}; see {}", log.display());
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
