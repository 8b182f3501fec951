//! Excerpts of real builds: the strings around the version as `strings` shows them, between NUL bytes.

use super::DETECTORS;
use crate::TargetFile;
use pasu_model::Package;
use pasu_system::{MemorySystem, System};
use std::path::Path;

fn detect(path: &str, bytes: &[u8]) -> Vec<Package> {
    let system = MemorySystem::new().with_executable(path, bytes);
    let metadata = system.symlink_metadata(Path::new(path)).unwrap();
    let file = TargetFile::new(&system, Path::new(path), metadata);
    let name = file.name();
    let wanting = DETECTORS.iter().filter(|detector| {
        let interest = detector.interest();
        let by_path = interest.path_ends.iter().any(|end| path.ends_with(end));
        interest.elf || interest.names.contains(&name.as_str()) || by_path
    });
    let sets = wanting.flat_map(|detector| detector.detect(&file).unwrap());
    sets.flat_map(|set| set.packages).collect()
}

fn elf(strings: &[&str]) -> Vec<u8> {
    let mut bytes = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    for text in strings {
        bytes.push(0);
        bytes.extend(text.as_bytes());
    }
    bytes.push(0);
    bytes
}

fn check(path: &str, strings: &[&str], expected: &[&str]) {
    let found = detect(path, &elf(strings));
    let found: Vec<String> = found.iter().map(Package::id).collect();
    assert_eq!(found, expected, "{path}");
}

#[test]
fn programs_are_told_by_name_and_bytes() {
    check(
        "/opt/nginx/sbin/nginx",
        &["nginx version: nginx/1.22.1\n", "nginx/1.22.1"],
        &["nginx@1.22.1"],
    );
    check(
        "/usr/local/apache2/bin/httpd",
        &["Apache/2", "Apache/2.4", "Apache/2.4.57 (Unix)", "Server built:   %s\n"],
        &["httpd@2.4.57"],
    );
    check("/usr/local/bin/php", &["X-Powered-By: PHP/8.1.0RC1"], &["php@8.1.0RC1"]);
    check(
        "/usr/local/bin/redis-server",
        &[
            "err",
            "7.0.15",
            "c11-builtin",
            "127.0.0.1",
            "2.6.0",
            "6.2.0",
            "# Server\r\nredis_version:%s\r\n",
            "jemalloc-5.3.0",
        ],
        &["redis@7.0.15"],
    );
    check(
        "/usr/local/bin/valkey-server",
        &["7.2.4", "8.0.1", "redis_version:%s\r\n", "valkey_version:%s\r\n"],
        &["valkey@8.0.1"],
    );
    check(
        "/usr/local/pgsql/bin/postgres",
        &["postgres (PostgreSQL) 15.6\n", "PostgreSQL 15.6 on x86_64-pc-linux-gnu"],
        &["postgresql@15.6"],
    );
    check(
        "/opt/mariadb/bin/mariadbd",
        &["5.5.5-", "10.11.6-MariaDB-1:10.11.6+maria~ubu2204", "1.2.13", "5.7.31"],
        &["mariadb@10.11.6"],
    );
    check(
        "/opt/mysql/bin/mysqld",
        &["8.0.36", "1.2.13", "sha256_password", "MySQL Community Server - GPL"],
        &["mysql@8.0.36"],
    );
    check("/opt/node/bin/node", &["node.js/v18.20.4"], &["node.js@18.20.4"]);
    check(
        "/opt/python/bin/python3.11",
        &["PYTHONHOME", "%.80s (%.80s) %.80s", "14.0.0", "3.2.0", "3.11.2", "1.2.13"],
        &["python@3.11.2"],
    );
    check(
        "/opt/openssl/lib/libcrypto.so.1.1",
        &["OpenSSL 1.1.1w  11 Sep 2023"],
        &["openssl@1.1.1w"],
    );
    check(
        "/opt/lib/libcurl.so.4.8.0",
        &["CLIENT libcurl 7.88.1\r\n", "libcurl/7.88.1"],
        &["libcurl@7.88.1"],
    );
}

#[test]
fn openssh_is_not_one_of_its_old_peers() {
    let strings =
        ["OpenSSH_9.2", "OpenSSH_2.5.0p1*,OpenSSH_7.4*", "OpenSSH_9.2p1 Debian-2+deb12u2"];
    let found = detect("/opt/ssh/sbin/sshd", &elf(&strings));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].version, "9.2p1");
    assert_eq!(found[0].cpes, ["cpe:2.3:a:openbsd:openssh:9.2:p1:*:*:*:*:*:*"]);
    assert_eq!(found[0].evidence, ["path: opt/ssh/sbin/sshd", "bytes: OpenSSH_9.2p1"]);
}

#[test]
fn java_is_told_from_java() {
    check(
        "/opt/jdk/lib/server/libjvm.so",
        &[
            "OpenJDK 64-Bit Server VM (17.0.10+7) for linux-amd64 JRE (17.0.10+7), built on Jan 16 2024",
        ],
        &["openjdk@17.0.10"],
    );
    check(
        "/opt/jdk/jre/lib/amd64/server/libjvm.so",
        &[
            "Java HotSpot(TM) 64-Bit Server VM (25.391-b13) for linux-amd64 JRE (1.8.0_391-b13), built on Sep",
        ],
        &["oracle-jdk@1.8.0_391"],
    );
}

#[test]
fn what_only_looks_like_a_program_is_not_one() {
    assert_eq!(detect("/usr/bin/nginx", b"#!/bin/sh\n# nginx version: nginx/1.22.1\n"), []);
    assert_eq!(detect("/usr/bin/nginx", b""), []);
    // A program that only speaks to a server or links a library names it too.
    check(
        "/usr/bin/exporter",
        &["nginx version: nginx/1.22.1\n", "OpenSSL 3.0.13 30 Jan 2024"],
        &[],
    );
    check(
        "/opt/mysql/bin/mysqld",
        &["8.0.36", "sha256_password", "MySQL", "10.6.1-MariaDB"],
        &["mariadb@10.6.1"],
    );
    check("/opt/openssl/bin/openssl", &["OpenSSL 1.0.2 or later", "OpenSSL_1_1_1"], &[]);
    check("/usr/bin/redis-server", &["7.0.15"], &[]);
    check("/usr/bin/redis-server", &["8.0.1", "redis_version:%s", "valkey_version:%s"], &[]);
}

#[test]
fn a_version_across_two_chunks_is_whole() {
    for shift in 0..40 {
        let mut bytes = elf(&[]);
        bytes.resize((1 << 20) + 512 - shift, b'x');
        bytes.extend(b"\0nginx version: nginx/1.25.3\n");
        bytes.resize(3 << 20, b'x');
        let found = detect("/nginx", &bytes);
        assert_eq!(found.iter().map(Package::id).collect::<Vec<_>>(), ["nginx@1.25.3"], "{shift}");
    }
}

#[test]
fn wordpress_states_its_version() {
    // wp-includes/version.php of 6.4, shortened.
    let text = b"<?php\n/**\n * @global string $wp_version\n */\n$wp_version = '6.4-RC1-57000';\n$wp_db_version = 56657;\n$required_php_version = '7.0.0';\n";
    let found = detect("/srv/blog/wp-includes/version.php", text);
    assert_eq!(found.iter().map(Package::id).collect::<Vec<_>>(), ["wordpress@6.4-RC1"]);
    assert_eq!(found[0].cpes, ["cpe:2.3:a:wordpress:wordpress:6.4:rc1:*:*:*:*:*:*"]);
    assert_eq!(detect("/srv/wp-includes/version.php", b"<?php $wp_version = '6.4';"), []);
}

#[test]
fn tomcat_states_its_version_in_its_archive() {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let name = "org/apache/catalina/util/ServerInfo.properties";
    zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
    let text = b"# licence\nserver.info=Apache Tomcat/11.0.0-M4\nserver.number=11.0.0.0-M4\nserver.built=@VERSION_BUILT@\n";
    std::io::Write::write_all(&mut zip, text).unwrap();
    let bytes = zip.finish().unwrap().into_inner();
    let found = detect("/opt/tomcat/lib/catalina.jar", &bytes);
    assert_eq!(found.iter().map(Package::id).collect::<Vec<_>>(), ["tomcat@11.0.0-M4"]);
    assert_eq!(found[0].cpes, ["cpe:2.3:a:apache:tomcat:11.0.0:milestone4:*:*:*:*:*:*"]);
}

#[test]
fn cut_or_changed_bytes_never_panic() {
    let bytes = elf(&[
        "PYTHONHOME",
        "%.80s (%.80s) %.80s",
        "/x/3.11.7",
        "OpenSSH_9.2p1 ",
        "10.6.1-MariaDB",
    ]);
    for name in ["/python3.11", "/sshd", "/mysqld"] {
        for at in 0..bytes.len() {
            let _ = detect(name, &bytes[..at]);
            let mut changed = bytes.clone();
            changed[at] = b'9';
            let _ = detect(name, &changed);
        }
    }
}
