//! One tree for each package manager.

use super::owners;
use pasu_system::MemorySystem;

#[track_caller]
fn check(system: &MemorySystem, expected: &[(&str, &str)], unowned: &[&str]) {
    let asked = expected.iter().map(|(path, _)| *path).chain(unowned.iter().copied());
    let found = owners(system, &asked.map(str::to_owned).collect());
    let found: Vec<(&str, &str)> =
        found.iter().map(|(path, package)| (path.as_str(), package.as_str())).collect();
    assert_eq!(found, expected);
}

#[test]
fn dpkg_lists_name_owners_also_on_a_merged_usr() {
    let system = MemorySystem::new()
        .with_symlink("/bin", "usr/bin")
        .with_symlink("/lib", "/usr/lib")
        .with_file(
            "/var/lib/dpkg/info/bash.list",
            "/.\n/bin\n/bin/bash\n/usr\n/usr/share/doc/bash\n",
        )
        .with_file("/var/lib/dpkg/info/dash.list", "/bin/sh\n")
        .with_file("/var/lib/dpkg/info/libc6:amd64.list", "/lib/x86_64-linux-gnu/libc.so.6\n")
        .with_file(
            "/var/lib/dpkg/info/python3-yaml.list",
            "/usr/lib/python3/dist-packages/PyYAML-6.0.egg-info/PKG-INFO",
        )
        .with_file("/var/lib/dpkg/info/bash.md5sums", "x  usr/local/mine\n");
    check(
        &system,
        &[
            ("/bin/bash", "bash"),
            ("/bin/sh", "dash"),
            ("/usr/bin/bash", "bash"),
            ("/usr/bin/sh", "dash"),
            ("/usr/lib/python3/dist-packages/PyYAML-6.0.egg-info/PKG-INFO", "python3-yaml"),
            ("/usr/lib/x86_64-linux-gnu/libc.so.6", "libc6"),
        ],
        &["/usr/local/mine", "/usr/bin/bas", "/opt/app/bin/bash"],
    );
}

#[test]
fn links_of_links_are_followed() {
    let system = MemorySystem::new()
        .with_symlink("/sbin", "usr/sbin")
        .with_symlink("/usr/sbin", "bin")
        .with_file("/var/lib/dpkg/info/iproute2.list", "/sbin/ip\n/usr/sbin/tc\n");
    check(&system, &[("/usr/bin/ip", "iproute2"), ("/usr/bin/tc", "iproute2")], &["/bin/ip"]);
}

#[test]
fn without_a_merged_usr_bin_and_usr_bin_are_two() {
    let system = MemorySystem::new().with_file("/var/lib/dpkg/info/bash.list", "/bin/bash\n");
    check(&system, &[("/bin/bash", "bash")], &["/usr/bin/bash"]);
}

#[test]
fn distroless_has_checksums_instead_of_lists() {
    let sums = "d41d8cd98f00b204e9800998ecf8427e  usr/lib/x86_64-linux-gnu/libssl.so.3\nshort\n";
    let system = MemorySystem::new().with_file("/var/lib/dpkg/status.d/libssl3.md5sums", sums);
    check(&system, &[("/usr/lib/x86_64-linux-gnu/libssl.so.3", "libssl3")], &["/short"]);
}

#[test]
fn apk_and_pacman_list_files_below_directories() {
    let apk = MemorySystem::new().with_file(
        "/lib/apk/db/installed",
        "P:busybox\nV:1\nF:bin\nR:busybox\nF:etc\nR:securetty\n\nP:py3-yaml\nV:6\nF:usr/lib/python3.11\nR:yaml.py\n\n",
    );
    check(
        &apk,
        &[("/bin/busybox", "busybox"), ("/usr/lib/python3.11/yaml.py", "py3-yaml")],
        &["/etc/busybox"],
    );
    let pacman = MemorySystem::new().with_file(
        "/var/lib/pacman/local/python-yaml-6.0.2-2/files",
        "%FILES%\nusr/\nusr/lib/python3.13/site-packages/yaml/__init__.py\n",
    );
    let path = "/usr/lib/python3.13/site-packages/yaml/__init__.py";
    check(&pacman, &[(path, "python-yaml")], &["/usr"]);
}

#[test]
fn rpm_headers_list_files_by_directory() {
    let gzip: &[u8] = include_bytes!("../rpm/testdata/rpmdb.sqlite.gz");
    let mut database = Vec::new();
    std::io::copy(&mut flate2::read::GzDecoder::new(gzip), &mut database).unwrap();
    let system = MemorySystem::new().with_file("/var/lib/rpm/rpmdb.sqlite", database);
    check(
        &system,
        &[
            ("/usr/lib/nodejs/lib/file60.js", "nodejs"),
            ("/usr/lib/openssl-libs/libssl.so.3", "openssl-libs"),
        ],
        &["/usr/lib/nodejs/file60.js"],
    );
}

#[test]
fn damaged_lists_own_nothing() {
    let system = MemorySystem::new()
        .with_file("/var/lib/dpkg/info/a.list", b"\xff\xfe\0\n\n")
        .with_file("/var/lib/dpkg/status.d/b.md5sums", "x")
        .with_file("/lib/apk/db/installed", "R:\nF:\nR\n")
        .with_file("/var/lib/rpm/Packages", "junk")
        .with_file("/var/lib/pacman/local/nothing/files", "usr/bin/x");
    check(&system, &[], &["/usr/bin/x", "/", ""]);
}
