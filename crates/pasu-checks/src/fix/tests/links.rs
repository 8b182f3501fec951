//! Paths that are links, lead out, lead nowhere, or are not there yet.

use super::{draw, limit, only, setting, text};
use crate::case::TestHost;
use crate::fix::change::ChangeKind;
use crate::fix::draft::Trouble;
use crate::fix::edit::Edit;

#[test]
fn the_file_behind_a_link_is_edited_and_the_link_stays() {
    let host = TestHost::new()
        .link("/etc/x.conf", "real/x.conf")
        .file("/etc/real/x.conf", "a 1\n")
        .mode("/etc/real/x.conf", 0o666)
        .host();
    let changes = draw(
        &host,
        &[("one", setting("/etc/x.conf", "a", "2")), ("two", limit("/etc/x.conf", 0o640))],
    );
    let change = only(changes.unwrap());
    assert_eq!((change.path.as_str(), change.new.mode), ("/etc/real/x.conf", 0o640));
}

#[test]
fn both_names_of_one_file_are_one_change() {
    let host = TestHost::new().link("/lib", "usr/lib").file("/usr/lib/x.conf", "a 1\nb 1\n").host();
    let changes = draw(
        &host,
        &[("one", setting("/lib/x.conf", "a", "2")), ("two", setting("/usr/lib/x.conf", "b", "2"))],
    );
    assert_eq!(text(&changes.unwrap(), "/usr/lib/x.conf"), "a 2\nb 2\n");
}

#[test]
fn a_link_never_leads_out_of_the_root() {
    let host = TestHost::new()
        .link("/srv/a/x.conf", "../../../../etc/x.conf")
        .file("/etc/x.conf", "a 1\n")
        .host();
    let change = only(draw(&host, &[("one", setting("/srv/a/x.conf", "a", "2"))]).unwrap());
    assert_eq!(change.path, "/etc/x.conf");
}

#[test]
fn a_link_to_nothing_gets_the_file_it_leads_to() {
    let host = TestHost::new().link("/etc/x.conf", "../new/y/x.conf").host();
    let changes = draw(&host, &[("one", setting("/etc/x.conf", "a", "2"))]).unwrap();
    let seen: Vec<_> = changes.iter().map(|change| (change.path.as_str(), change.kind)).collect();
    assert_eq!(
        seen,
        [
            ("/new", ChangeKind::Directory),
            ("/new/y", ChangeKind::Directory),
            ("/new/y/x.conf", ChangeKind::Content)
        ]
    );
}

#[test]
fn links_in_a_circle_are_no_file() {
    let host = TestHost::new().link("/etc/a", "b").link("/etc/b", "a").host();
    let found = draw(&host, &[("one", setting("/etc/a", "a", "2"))]);
    assert!(matches!(found, Err(Trouble::Unseen(_))), "{found:?}");
}

#[test]
fn a_link_goes_and_not_what_it_leads_to() {
    let host = TestHost::new().link("/etc/a", "b").file("/etc/b", "").host();
    let change = only(draw(&host, &[("one", Edit::Remove { path: "/etc/a".to_owned() })]).unwrap());
    assert_eq!((change.path.as_str(), change.kind), ("/etc/a", ChangeKind::Remove));
}

#[test]
fn folders_that_are_missing_come_before_what_is_in_them() {
    let host = TestHost::new().directory("/etc").host();
    let write =
        Edit::Write { path: "/etc/a/b/c.conf".to_owned(), content: "x\n".to_owned(), mode: 0o600 };
    let changes = draw(&host, &[("one", write)]).unwrap();
    let seen: Vec<_> = changes
        .iter()
        .map(|change| (change.path.as_str(), change.kind, change.new.mode, change.new.uid))
        .collect();
    assert_eq!(
        seen,
        [
            ("/etc/a", ChangeKind::Directory, 0o755, 0),
            ("/etc/a/b", ChangeKind::Directory, 0o755, 0),
            ("/etc/a/b/c.conf", ChangeKind::Content, 0o600, 0)
        ]
    );
}

#[test]
fn what_is_no_regular_file_is_not_edited() {
    let host = TestHost::new().directory("/etc/x").host();
    let found = draw(&host, &[("one", setting("/etc/x", "a", "2"))]);
    let Err(Trouble::Unfit(why)) = found else { panic!("{found:?}") };
    assert_eq!(why.key, "fix-not-a-file");
}
