//! Databases that are none, or are damaged.

use super::Bench;
use super::bench::{FLAW, text};
use rustix::fs::{FileType, Mode};
use std::fs;

/// Scans with a database: the right answer, or status 2 and a message that names the file.
fn check(bench: &Bench, bytes: &[u8], reason: &str) {
    let db = bench.path("bad.db");
    fs::write(&db, bytes).unwrap();
    let target = bench.target();
    let outcome = bench.run(&["fs", text(&target), "--db", text(&db), "--format", "json"]);
    if outcome.status == Some(0) && reason.is_empty() {
        assert!(outcome.stdout.contains(FLAW), "a wrong answer: {}", outcome.stdout);
        return;
    }
    assert_eq!(outcome.status, Some(2), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("bad.db"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains(reason), "{}", outcome.stderr);
    assert_eq!(outcome.stdout, "");
}

#[test]
fn what_is_no_database_is_said() {
    let bench = Bench::new();
    let noise: Vec<u8> =
        (0..100_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    for bytes in [&b""[..], b"x", b"PASUADB1", &noise] {
        check(&bench, bytes, "not an advisory database");
    }
}

#[test]
fn a_database_cut_short_is_said_wherever_the_cut_is() {
    let bench = Bench::new();
    let whole = fs::read(bench.db()).unwrap();
    for part in 1..12 {
        check(&bench, &whole[..whole.len() * part / 12], "not an advisory database");
    }
    check(&bench, &whole[..whole.len() - 1], "not an advisory database");
    check(&bench, &[&whole[..], b"\n"].concat(), "not an advisory database");
}

#[test]
fn a_database_of_a_newer_format_is_said() {
    let bench = Bench::new();
    let mut newer = fs::read(bench.db()).unwrap();
    let trailer = newer.len() - 16;
    let size = u32::from_le_bytes(newer[trailer..trailer + 4].try_into().unwrap()) as usize;
    let footer = trailer - size;
    // The format is the footer's first number, in one byte.
    newer[footer] = 99;
    let mut crc = flate2::Crc::new();
    crc.update(&newer[footer..trailer]);
    newer[trailer + 4..trailer + 8].copy_from_slice(&crc.sum().to_le_bytes());
    check(&bench, &newer, "format 99");
}

#[test]
fn a_flipped_bit_is_an_error_or_does_not_matter() {
    let bench = Bench::new();
    let whole = fs::read(bench.db()).unwrap();
    let step = whole.len() / 60 + 1;
    for at in (0..whole.len()).step_by(step) {
        let mut bad = whole.clone();
        bad[at] ^= 1 << (at % 8);
        check(&bench, &bad, "");
    }
}

#[test]
fn a_folder_a_pipe_and_nothing_are_no_database() {
    let bench = Bench::new();
    let pipe = bench.path("pipe");
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, FileType::Fifo, Mode::RUSR, 0).unwrap();
    let target = bench.target();
    for db in [pipe, bench.target(), bench.path("missing.db"), "/dev/zero".into()] {
        for args in
            [vec!["fs", text(&target), "--db", text(&db)], vec!["db", "status", "--db", text(&db)]]
        {
            let outcome = bench.run(&args);
            assert_eq!(outcome.status, Some(2), "{}", outcome.stderr);
            assert!(outcome.stderr.contains(text(&db)), "{}", outcome.stderr);
        }
    }
}
