//! `pasu db keygen` and `pasu db sign`.

use super::update::database;
use crate::program::{names, pasu, run, text};
use std::fs;
use std::os::unix::fs::PermissionsExt;

#[test]
fn a_key_is_for_its_owner_only_and_never_shown() {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret.key");
    let ran = run(&mut pasu(&["db", "keygen", "-o", text(&secret)]));
    assert_eq!(ran.status, Some(0), "{ran:?}");
    assert_eq!(fs::metadata(&secret).unwrap().permissions().mode() & 0o777, 0o600);
    let public = fs::read_to_string(folder.path().join("secret.key.pub")).unwrap();
    assert_eq!(ran.out, public);
    assert_eq!(public.trim().len(), 64);
    let digits = fs::read_to_string(&secret).unwrap();
    let digits = digits.trim().rsplit(':').next().unwrap().to_owned();
    assert!(!format!("{ran:?}").contains(&digits));

    let before = fs::read(&secret).unwrap();
    let again = run(&mut pasu(&["db", "keygen", "-o", text(&secret)]));
    assert_eq!(again.status, Some(2));
    assert_eq!(fs::read(&secret).unwrap(), before);
}

#[test]
fn a_key_that_others_can_read_signs_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret.key");
    run(&mut pasu(&["db", "keygen", "-o", text(&secret)]));
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o644)).unwrap();
    let file = database(folder.path(), "new.db", "1795320000");
    let ran = run(&mut pasu(&["db", "sign", text(&file), "--key", text(&secret)]));
    assert_eq!(ran.status, Some(2));
    assert!(ran.err.contains("chmod 600"), "{}", ran.err);
    assert_eq!(names(folder.path()), ["new.db", "secret.key", "secret.key.pub"]);
}

#[test]
fn only_databases_are_signed() {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret.key");
    run(&mut pasu(&["db", "keygen", "-o", text(&secret)]));
    let file = database(folder.path(), "new.db", "1795320000");
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 3;
    bytes[middle] ^= 1;
    fs::write(&file, bytes).unwrap();
    let ran = run(&mut pasu(&["db", "sign", text(&file), "--key", text(&secret)]));
    assert_eq!(ran.status, Some(2), "{ran:?}");
    assert!(ran.err.contains("new.db: the advisory database is damaged"), "{}", ran.err);
}
