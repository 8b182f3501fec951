//! `pasu db update`.

use crate::program::{Ran, feeds, names, pasu, run, text};
use crate::server::{Fault, Server};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Builds a small database; `built` in seconds since 1970.
pub fn database(folder: &Path, name: &str, built: &str) -> PathBuf {
    let output = folder.join(name);
    let feeds = feeds();
    let args = ["db", "build", "--feeds", text(&feeds), "-o", text(&output), "-q"];
    let ran = run(pasu(&args).env("SOURCE_DATE_EPOCH", built));
    assert_eq!(ran.status, Some(0), "{ran:?}");
    output
}

const OLD: &str = "1795000000";
const NEW: &str = "1795320000";

/// A publisher's folder with a signed new database, and a user's folder with an old one.
struct Bench {
    folder: TempDir,
    new: PathBuf,
    old: PathBuf,
    used: PathBuf,
    key: PathBuf,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let [publisher, user] = ["publisher", "user"].map(|name| folder.path().join(name));
        fs::create_dir(&publisher).unwrap();
        fs::create_dir(&user).unwrap();
        let key = folder.path().join("secret.key");
        assert_eq!(run(&mut pasu(&["db", "keygen", "-o", text(&key)])).status, Some(0));
        let used = user.join("pasu.db");
        let old = database(&publisher, "old.db", OLD);
        fs::copy(&old, &used).unwrap();
        let bench = Self { new: database(&publisher, "new.db", NEW), old, used, key, folder };
        bench.sign(&bench.new);
        bench.sign(&bench.old);
        bench
    }

    fn sign(&self, file: &Path) {
        let ran = run(&mut pasu(&["db", "sign", text(file), "--key", text(&self.key)]));
        assert_eq!(ran.status, Some(0), "{ran:?}");
    }

    fn update_from(&self, from: &str, more: &[&str]) -> Ran {
        let key = format!("{}.pub", text(&self.key));
        let args = ["db", "update", "--from", from, "--key", &key, "--db", text(&self.used)];
        run(pasu(&args).args(["--retries", "2"]).args(more))
    }

    fn update(&self) -> Ran {
        self.update_from(text(&self.new), &[])
    }

    fn user(&self) -> PathBuf {
        self.folder.path().join("user")
    }

    /// The update failed for this reason, and nothing is different.
    fn assert_refused(&self, ran: &Ran, reason: &str) {
        assert_eq!(ran.status, Some(2), "{ran:?}");
        assert!(ran.err.contains(reason), "{}", ran.err);
        assert!(fs::read(&self.used).unwrap() == fs::read(&self.old).unwrap());
        assert_eq!(names(&self.user()), ["pasu.db"]);
    }

    fn assert_updated(&self, ran: &Ran) {
        assert_eq!(ran.status, Some(0), "{ran:?}");
        assert!(fs::read(&self.used).unwrap() == fs::read(&self.new).unwrap());
        assert_eq!(names(&self.user()), ["pasu.db", "pasu.db.previous", "pasu.db.sig"]);
        let previous = fs::read(self.user().join("pasu.db.previous")).unwrap();
        assert!(previous == fs::read(&self.old).unwrap());
        assert_eq!(fs::metadata(&self.used).unwrap().permissions().mode() & 0o777, 0o644);
    }
}

#[test]
fn a_signed_database_takes_the_place_of_the_old_one() {
    let bench = Bench::new();
    let ran = bench.update();
    bench.assert_updated(&ran);
    assert!(ran.err.contains("newest record 2026-08-21"), "{}", ran.err);
}

#[test]
fn it_comes_over_http_too_and_once() {
    let bench = Bench::new();
    let server = Server::start(bench.new.parent().unwrap());
    server.fault("/new.db", Fault::Cut(5000));
    server.fault("/new.db.sig", Fault::Status(503, Some("0")));
    let ran = bench.update_from(&server.url("/new.db"), &[]);
    bench.assert_updated(&ran);
    assert!(server.seen().iter().any(|seen| seen.status == 206));
    let ran = bench.update_from(&server.url("/new.db"), &[]);
    bench.assert_updated(&ran);
    assert!(ran.err.contains("already the newest"), "{}", ran.err);
    assert!(server.seen().iter().all(|seen| seen.path == "/new.db.sig"));
}

#[test]
fn the_first_database_needs_no_folder() {
    let bench = Bench::new();
    let fresh = bench.folder.path().join("deep/er/pasu.db");
    let key = format!("{}.pub", text(&bench.key));
    let args =
        ["db", "update", "--from", text(&bench.new), "--key", &key, "--db", text(&fresh), "-q"];
    let ran = run(&mut pasu(&args));
    assert_eq!((ran.status, ran.err.as_str()), (Some(0), ""));
    assert_eq!(names(fresh.parent().unwrap()), ["pasu.db", "pasu.db.sig"]);
}

#[test]
fn signatures_may_be_raw_and_elsewhere() {
    let bench = Bench::new();
    let digits = fs::read_to_string(bench.new.with_extension("db.sig")).unwrap();
    let digits = digits.trim();
    let raw: Vec<u8> =
        (0..64).map(|i| u8::from_str_radix(&digits[2 * i..2 * i + 2], 16).unwrap()).collect();
    let elsewhere = bench.folder.path().join("raw");
    fs::write(&elsewhere, raw).unwrap();
    fs::remove_file(bench.new.with_extension("db.sig")).unwrap();
    let missing = bench.update();
    bench.assert_refused(&missing, "new.db.sig: No such file");
    let ran = bench.update_from(text(&bench.new), &["--signature", text(&elsewhere)]);
    bench.assert_updated(&ran);
}

#[test]
fn another_signature_is_refused() {
    let bench = Bench::new();
    fs::copy(bench.old.with_extension("db.sig"), bench.new.with_extension("db.sig")).unwrap();
    let ran = bench.update();
    bench.assert_refused(&ran, "the signature is not one of the trusted key");
    fs::write(bench.new.with_extension("db.sig"), "abc").unwrap();
    let ran = bench.update();
    bench.assert_refused(&ran, "not a signature");
}

#[test]
fn another_key_is_refused() {
    let bench = Bench::new();
    let other = bench.folder.path().join("other.key");
    run(&mut pasu(&["db", "keygen", "-o", text(&other)]));
    let key = format!("{}.pub", text(&other));
    let args =
        ["db", "update", "--from", text(&bench.new), "--key", &key, "--db", text(&bench.used)];
    let ran = run(&mut pasu(&args));
    bench.assert_refused(&ran, "the signature is not one of the trusted key");
}

#[test]
fn a_truncated_database_is_refused() {
    let bench = Bench::new();
    let bytes = fs::read(&bench.new).unwrap();
    fs::write(&bench.new, &bytes[..bytes.len() / 2]).unwrap();
    let ran = bench.update();
    bench.assert_refused(&ran, "the signature is not one of the trusted key");
}

#[test]
fn what_is_signed_but_no_database_is_refused() {
    use ring::signature::{Ed25519KeyPair, KeyPair};
    let bench = Bench::new();
    let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let mut damaged = fs::read(&bench.new).unwrap();
    let middle = damaged.len() / 3;
    damaged[middle] ^= 1;
    for (bytes, reason) in
        [(damaged, "is damaged"), (b"hello".to_vec(), "not an advisory database")]
    {
        fs::write(&bench.new, &bytes).unwrap();
        fs::write(bench.new.with_extension("db.sig"), hex(pair.sign(&bytes).as_ref())).unwrap();
        let key = hex(pair.public_key().as_ref());
        let args =
            ["db", "update", "--from", text(&bench.new), "--key", &key, "--db", text(&bench.used)];
        let ran = run(&mut pasu(&args));
        bench.assert_refused(&ran, reason);
    }
}

#[test]
fn an_older_database_is_refused_unless_wanted() {
    let bench = Bench::new();
    bench.assert_updated(&bench.update());
    let ran = bench.update_from(text(&bench.old), &[]);
    assert_eq!(ran.status, Some(2), "{ran:?}");
    assert!(ran.err.contains("refused") && ran.err.contains("--allow-older"), "{}", ran.err);
    bench.assert_updated(&Ran { status: Some(0), ..ran });
    let ran = bench.update_from(text(&bench.old), &["--allow-older"]);
    assert_eq!(ran.status, Some(0), "{ran:?}");
    assert!(fs::read(&bench.used).unwrap() == fs::read(&bench.old).unwrap());
}

#[test]
fn a_damaged_database_in_use_does_not_stop_the_update() {
    let bench = Bench::new();
    fs::write(&bench.used, "rubbish").unwrap();
    let ran = bench.update();
    assert_eq!(ran.status, Some(0), "{ran:?}");
    assert!(fs::read(&bench.used).unwrap() == fs::read(&bench.new).unwrap());
}

#[test]
fn what_a_killed_update_left_goes() {
    let bench = Bench::new();
    let left = bench.user().join(".pasu.db.update");
    fs::create_dir(&left).unwrap();
    fs::write(left.join("database"), "half").unwrap();
    let ran = bench.update();
    bench.assert_updated(&ran);
}

#[test]
fn two_updates_do_not_meet() {
    let bench = Bench::new();
    let lock = fs::File::open(bench.user()).unwrap();
    lock.lock().unwrap();
    let ran = bench.update();
    bench.assert_refused(&ran, "another update");
}

#[test]
fn a_server_that_has_nothing_is_said() {
    let bench = Bench::new();
    let server = Server::start(bench.new.parent().unwrap());
    let ran = bench.update_from(&server.url("/none.db"), &[]);
    bench.assert_refused(&ran, "/none.db.sig: the server has no such file");
    for _ in 0..3 {
        server.fault("/new.db", Fault::Cut(100));
    }
    server.without_ranges();
    let ran = bench.update_from(&server.url("/new.db"), &[]);
    bench.assert_refused(&ran, "broke off after 100 bytes");
}

#[test]
fn a_folder_that_cannot_be_written_is_said() {
    let bench = Bench::new();
    let args = [
        "db",
        "update",
        "--from",
        text(&bench.new),
        "--key",
        &"0".repeat(64),
        "--db",
        "/proc/pasu/pasu.db",
    ];
    let ran = run(&mut pasu(&args));
    assert_eq!(ran.status, Some(2));
    assert!(ran.err.contains("cannot create /proc/pasu"), "{}", ran.err);
}

#[test]
fn a_full_disk_leaves_the_old_one() {
    let bench = Bench::new();
    let script = "ulimit -f 8; trap '' XFSZ; exec \"$@\"";
    let key = format!("{}.pub", text(&bench.key));
    let mut command = std::process::Command::new("bash");
    command.args(["-c", script, "bash", env!("CARGO_BIN_EXE_pasu"), "db", "update"]);
    command.args(["--from", text(&bench.new), "--key", &key, "--db", text(&bench.used)]);
    let ran = run(&mut command);
    bench.assert_refused(&ran, "cannot copy");
}

#[test]
fn without_a_source_or_a_key_it_says_what_to_do() {
    let ran = run(&mut pasu(&["db", "update"]));
    assert_eq!(ran.status, Some(2));
    assert!(
        ran.err.contains("no public mirror yet") && ran.err.contains("pasu db build"),
        "{}",
        ran.err
    );
    let ran = run(&mut pasu(&["db", "update", "--from", "x.db"]));
    assert_eq!(ran.status, Some(2));
    assert!(
        ran.err.contains("no official key yet") && ran.err.contains("PASU_DB_KEY"),
        "{}",
        ran.err
    );
}

#[test]
fn source_and_key_come_from_the_environment_too() {
    let bench = Bench::new();
    let ran = run(pasu(&["db", "update"])
        .env("PASU_DB", &bench.used)
        .env("PASU_DB_FROM", &bench.new)
        .env("PASU_DB_KEY", fs::read_to_string(format!("{}.pub", text(&bench.key))).unwrap()));
    bench.assert_updated(&ran);
}
