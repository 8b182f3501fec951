//! `pasu db status`.

use super::update::database;
use crate::program::{pasu, run, text};

#[test]
fn each_source_has_its_date_count_and_licence() {
    let folder = tempfile::tempdir().unwrap();
    let file = database(folder.path(), "pasu.db", "1795320000");
    let ran = run(&mut pasu(&["db", "status", "--verify", "--db", text(&file)]));
    assert_eq!(ran.status, Some(0), "{ran:?}");
    let line = |start: &str| {
        ran.out
            .lines()
            .find(|line| line.starts_with(start))
            .unwrap_or_else(|| panic!("no {start:?} in {}", ran.out))
            .split_whitespace()
            .collect::<Vec<_>>()
    };
    assert_eq!(line("osv/npm")[..4], ["osv/npm", "6", "1", "2024-11-18"]);
    assert_eq!(line("kev")[..4], ["kev", "6", "0", "2026-08-21"]);
    assert_eq!(line("kev")[5..], ["CC0", "1.0"]);
    // The tracker dates nothing.
    assert_eq!(line("debian")[3..5], ["-", "-"]);
    assert!(ran.out.contains("warning: "), "{}", ran.out);
    assert!(ran.out.contains("every checksum is right"), "{}", ran.out);
}

#[test]
fn it_speaks_korean() {
    let folder = tempfile::tempdir().unwrap();
    let file = database(folder.path(), "pasu.db", "1795320000");
    let by_flag = run(&mut pasu(&["db", "status", "--lang", "ko", "--db", text(&file)]));
    let by_locale = run(pasu(&["db", "status", "--db", text(&file)]).env("LC_ALL", "ko_KR.UTF-8"));
    assert_eq!(by_flag.out, by_locale.out);
    assert!(by_flag.out.contains("경고: ") && by_flag.out.contains("라이선스"), "{}", by_flag.out);
    let table: Vec<&str> = by_flag
        .out
        .lines()
        .filter(|line| line.contains("CC0 1.0") || line.contains("라이선스"))
        .collect();
    assert!(table.len() >= 2, "{}", by_flag.out);
}

#[test]
fn a_damaged_database_does_not_pass() {
    let folder = tempfile::tempdir().unwrap();
    let file = database(folder.path(), "pasu.db", "1795320000");
    let mut bytes = std::fs::read(&file).unwrap();
    let middle = bytes.len() / 3;
    bytes[middle] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let ran = run(&mut pasu(&["db", "status", "--verify", "--db", text(&file)]));
    assert_eq!(ran.status, Some(2));
    assert!(ran.err.contains("damaged"), "{}", ran.err);
}
