//! Archives that are bombs, or cut short.

use super::{Bench, Expect};
use std::fs::File;
use std::io::{Cursor, Write};
use zip::CompressionMethod;
use zip::write::SimpleFileOptions;

const POM: &str = "version=2.14.1\ngroupId=org.apache.logging.log4j\nartifactId=log4j-core\n";
const POM_PATH: &str = "META-INF/maven/org.apache.logging.log4j/log4j-core/pom.properties";

fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in entries {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn an_archive_that_unpacks_to_a_gigabyte_is_refused() {
    let bench = Bench::new();
    let zeros = vec![0; 1 << 20];
    for name in [POM_PATH, "WEB-INF/lib/inner.jar", "META-INF/MANIFEST.MF"] {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default().large_file(true);
        zip.start_file(name, options).unwrap();
        for _ in 0..1024 {
            zip.write_all(&zeros).unwrap();
        }
        bench.put("bomb.jar", zip.finish().unwrap().into_inner());
        bench.check("rootfs", Expect::Unseen("/bomb.jar", "limit"));
    }
}

#[test]
fn archives_in_archives_end_somewhere() {
    let bench = Bench::new();
    let mut inner = archive(&[(POM_PATH, POM.as_bytes())]);
    for _ in 0..50 {
        inner = archive(&[("lib/inner.jar", &inner)]);
    }
    bench.put("nested.jar", inner);
    bench.check("rootfs", Expect::Unseen("/nested.jar", "limit"));
}

#[test]
fn archives_that_multiply_in_archives_end_somewhere() {
    let bench = Bench::new();
    let mut inner = archive(&[(POM_PATH, POM.as_bytes())]);
    for _ in 0..6 {
        let names: Vec<String> = (0..16).map(|n| format!("lib/inner-{n}.jar")).collect();
        let entries: Vec<(&str, &[u8])> =
            names.iter().map(|n| (n.as_str(), inner.as_slice())).collect();
        inner = archive(&entries);
    }
    bench.put("wide.jar", inner);
    bench.check("rootfs", Expect::Unseen("/wide.jar", "limit"));
}

#[test]
fn an_archive_of_a_hundred_thousand_entries_does_not_eat_the_memory() {
    let bench = Bench::new();
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    // Large applications have almost as many entries: that is read.
    for (count, expect) in
        [(99_999, Expect::Whole), (100_000, Expect::Unseen("/many.jar", "100001 entries"))]
    {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for number in 0..count {
            zip.start_file(format!("org/example/folder/Class{number}.class"), options).unwrap();
        }
        zip.start_file(POM_PATH, options).unwrap();
        zip.write_all(POM.as_bytes()).unwrap();
        bench.put("many.jar", zip.finish().unwrap().into_inner());
        bench.check("rootfs", expect);
    }
}

#[test]
fn an_archive_that_is_cut_short_is_said_wherever_the_cut_is() {
    let bench = Bench::new();
    let whole = archive(&[(POM_PATH, POM.as_bytes()), ("a.class", &[7; 3000])]);
    for length in [1, 4, 30, whole.len() / 2, whole.len() - 22, whole.len() - 1] {
        bench.put("cut.jar", &whole[..length]);
        bench.check("rootfs", Expect::Unseen("/cut.jar", ""));
    }
}

#[test]
fn a_sparse_file_of_a_tebibyte_is_no_archive() {
    let bench = Bench::new();
    for name in ["huge.jar", "huge.war"] {
        bench.put(name, "");
        let file = File::options().write(true).open(bench.target().join(name)).unwrap();
        if file.set_len(1 << 40).is_err() {
            // Not every file system has files of that size.
            file.set_len(1 << 33).unwrap();
        }
        bench.check("rootfs", Expect::Unseen(&format!("/{name}"), ""));
        std::fs::remove_file(bench.target().join(name)).unwrap();
    }
}

#[test]
fn huge_sparse_lock_files_and_package_databases_are_refused() {
    let bench = Bench::new();
    for (command, name) in [
        ("fs", "package-lock.json"),
        ("fs", "go.mod"),
        ("fs", "pom.xml"),
        ("rootfs", "var/lib/dpkg/status"),
        ("rootfs", "lib/apk/db/installed"),
        ("rootfs", "var/lib/rpm/rpmdb.sqlite"),
        ("rootfs", "var/lib/rpm/Packages"),
        ("rootfs", "var/lib/rpm/Packages.db"),
    ] {
        bench.put(name, "");
        let file = File::options().write(true).open(bench.target().join(name)).unwrap();
        file.set_len(1 << 33).unwrap();
        bench.check(command, Expect::Unseen(name, ""));
        std::fs::remove_file(bench.target().join(name)).unwrap();
    }
}
