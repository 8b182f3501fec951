//! Outputs that cannot be written.

use super::Bench;
use super::bench::text;
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::PermissionsExt;

#[test]
fn an_output_that_cannot_be_written_is_named() {
    let bench = Bench::without_rights();
    let closed = bench.path("closed");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o555)).unwrap();
    let (target, db) = (bench.target(), bench.db());
    for output in [
        "/dev/full",
        text(&bench.path("missing/report")),
        text(&bench.path("target")),
        text(&closed.join("report")),
    ] {
        for format in ["json", "table"] {
            let args =
                ["fs", text(&target), "--db", text(&db), "--format", format, "--output", output];
            let outcome = bench.run(&args);
            assert_eq!(outcome.status, Some(2), "{output}: {}", outcome.stderr);
            assert!(outcome.stderr.contains(output), "{output}: {}", outcome.stderr);
        }
    }
}

#[test]
fn a_full_standard_output_is_said() {
    let bench = Bench::new();
    let (target, db) = (bench.target(), bench.db());
    for args in [
        vec!["fs", text(&target), "--db", text(&db), "--format", "json"],
        vec!["fs", text(&target), "--db", text(&db)],
        vec!["db", "status", "--db", text(&db)],
        vec!["db", "status", "--json", "--db", text(&db)],
    ] {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let outcome = bench.run_to(&args, Some(full.into()));
        assert_eq!(outcome.status, Some(2), "{args:?}: {}", outcome.stderr);
        assert!(outcome.stderr.contains("standard output"), "{args:?}: {}", outcome.stderr);
    }
}

#[test]
fn a_reader_that_leaves_early_is_no_error() {
    let bench = Bench::new();
    let (target, db) = (bench.target(), bench.db());
    for args in [
        vec!["fs", text(&target), "--db", text(&db), "--format", "json"],
        vec!["db", "status", "--db", text(&db)],
    ] {
        let (mut reader, writer) = std::io::pipe().unwrap();
        drop(reader.read(&mut []));
        drop(reader);
        let outcome = bench.run_to(&args, Some(writer.into()));
        assert_eq!(outcome.status, Some(0), "{args:?}: {}", outcome.stderr);
        assert_eq!(outcome.stderr, "", "{args:?}");
    }
}
