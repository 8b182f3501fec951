//! Excerpts of real databases: Debian 12.9's `/var/lib/dpkg/status` and `gcr.io/distroless/base-debian12`.

use super::{Status, StatusDirectory};
use crate::os::testing::{Detected, inspect, names};
use pasu_model::UnseenReason;
use pasu_system::MemorySystem;

const STATUS: &str = "\
Package: adduser
Status: install ok installed
Priority: important
Section: admin
Installed-Size: 686
Maintainer: Debian Adduser Developers <adduser@packages.debian.org>
Architecture: all
Multi-Arch: foreign
Version: 3.134
Depends: passwd, login | base-passwd (>= 3)
Conffiles:
 /etc/adduser.conf 72e7ddd4fc1c6c9a1a5f5a5cf9d4a7ed
Description: add and remove users and groups
 This package includes the 'adduser' and 'deluser' commands for creating
 and removing users.
 .
 Version: 9.9 in a description is not a field.

Package: libssl3
Status: hold ok installed
Maintainer: Debian OpenSSL Team <pkg-openssl-devel@alioth-lists.debian.net>
Architecture: amd64
Source: openssl
Version: 3.0.15-1~deb12u1

Package: login
Status: install ok unpacked
Maintainer: Shadow package maintainers <pkg-shadow-devel@alioth-lists.debian.net>
Architecture: amd64
Source: shadow (1:4.13+dfsg1-1)
Version: 1:4.13+dfsg1-1+b1
Pre-Depends: libssl3 (>= 3.0), editor:any

Package: telnet
Status: deinstall ok config-files
Architecture: all
Version: 0.17+2.4-2

Package: vim
Status: deinstall ok installed
Provides: editor (= 1), vi
Architecture: amd64
Version: 2:9.0.1378-2
";

fn status(content: impl AsRef<[u8]>) -> Detected {
    let system = MemorySystem::new().with_file("/var/lib/dpkg/status", content);
    inspect(&Status, &system, "/var/lib/dpkg/status")
}

#[test]
fn debian_status_gives_what_is_installed() {
    let detected = status(STATUS);
    assert!(detected.problems.is_empty());
    assert_eq!(
        names(&detected),
        [
            "adduser 3.134",
            "libssl3 3.0.15-1~deb12u1",
            "login 1:4.13+dfsg1-1+b1",
            "vim 2:9.0.1378-2"
        ]
    );
    let set = &detected.sets[0];
    assert_eq!(set.target, "");
    let sources: Vec<String> = set
        .packages
        .iter()
        .filter_map(|package| package.source.as_ref())
        .map(|source| format!("{} {}", source.name, source.version))
        .collect();
    assert_eq!(
        sources,
        ["adduser 3.134", "openssl 3.0.15-1~deb12u1", "shadow 1:4.13+dfsg1-1", "vim 2:9.0.1378-2"]
    );
    assert_eq!(set.packages[1].arch.as_deref(), Some("amd64"));
    assert!(set.packages[1].maintainer.as_deref().unwrap().starts_with("Debian OpenSSL Team"));
}

#[test]
fn dependencies_lead_to_what_is_installed() {
    let detected = status(STATUS);
    let depends = |index: usize| detected.sets[0].packages[index].depends_on.clone();
    assert_eq!(depends(0), ["login@1:4.13+dfsg1-1+b1"]);
    assert_eq!(depends(1), Vec::<String>::new());
    assert_eq!(depends(2), ["libssl3@3.0.15-1~deb12u1", "vim@2:9.0.1378-2"]);
}

#[test]
fn distroless_keeps_one_file_a_package() {
    let stanza = "Package: tzdata\nVersion: 2024b-0+deb12u1\nArchitecture: all\n\
        Maintainer: GNU Libc Maintainers <debian-glibc@lists.debian.org>\nDescription: time zones\n";
    let system = MemorySystem::new()
        .with_file("/var/lib/dpkg/status.d/tzdata", stanza)
        .with_file("/var/lib/dpkg/status.d/tzdata.md5sums", "0123  usr/share/zoneinfo/UTC\n");
    let found = inspect(&StatusDirectory, &system, "/var/lib/dpkg/status.d/tzdata");
    assert_eq!(names(&found), ["tzdata 2024b-0+deb12u1"]);
    let list = inspect(&StatusDirectory, &system, "/var/lib/dpkg/status.d/tzdata.md5sums");
    assert!(list.sets.is_empty() && list.problems.is_empty());
}

#[test]
fn damage_is_said_and_the_rest_is_kept() {
    let cases: [(&str, Vec<u8>, usize, &str); 5] = [
        (
            "cut off",
            STATUS.as_bytes()[..STATUS.len() - 24].to_vec(),
            3,
            "line 39: vim: no usable version",
        ),
        ("binary", b"\x7fELF\x02\x01\0\0\n\0\0\xff\n".to_vec(), 0, "line 1: not a field"),
        (
            "no name",
            b"Version: 1\n\nPackage: a\nVersion: 2\n".to_vec(),
            1,
            "line 1: a package without",
        ),
        ("spaces", b"Package: a b\nVersion: 2\n".to_vec(), 0, "line 1: a package without"),
        ("long line", vec![b'x'; 10 << 20], 0, "line 1: not a field"),
    ];
    for (name, content, count, message) in cases {
        let detected = status(&content);
        assert_eq!(names(&detected).len(), count, "{name}");
        assert!(
            matches!(&detected.problems[..], [(UnseenReason::Malformed, text)] if text.starts_with(message)),
            "{name}: {:?}",
            detected.problems
        );
    }
}

#[test]
fn an_empty_database_is_not_damage() {
    for content in ["", "\n\n\n"] {
        let detected = status(content);
        assert!(detected.sets.is_empty() && detected.problems.is_empty());
    }
}
