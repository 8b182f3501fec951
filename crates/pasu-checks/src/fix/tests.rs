//! What holds for every edit, whichever item asks for it.

mod kernel;
mod links;
mod planning;
mod texts;

use super::change::{ChangeKind, PathChange};
use super::draft::{Conflict, Draft, Trouble};
use super::edit::{AccountField, AttributesEdit, Edit, LineChange, SettingEdit, Syntax};
use super::{edits, statoverride};
use crate::case::TestHost;
use crate::host::Host;

/// Draws edits of items in order, and what dpkg has to know of them.
fn draw(host: &Host, wanted: &[(&str, Edit)]) -> Result<Vec<PathChange>, Trouble> {
    let mut draft = Draft::new(host);
    for (item, edit) in wanted {
        edits::draw(&mut draft, edit, item)?;
    }
    statoverride::draw(&mut draft)?;
    Ok(draft.changes())
}

/// What two items come to, whichever is first.
fn both_ways(host: &Host, one: Edit, other: Edit) -> Vec<PathChange> {
    let there = draw(host, &[("one", one.clone()), ("other", other.clone())]).unwrap();
    let back = draw(host, &[("other", other), ("one", one)]).unwrap();
    let seen = |changes: &[PathChange]| -> Vec<_> {
        changes
            .iter()
            .map(|change| {
                (change.path.clone(), change.kind, change.items.clone(), change.new.clone())
            })
            .collect()
    };
    assert_eq!(seen(&there), seen(&back));
    there
}

/// The contradiction of two items, whichever is first: both are named.
fn conflict(host: &Host, one: Edit, other: Edit) -> Conflict {
    let found = |wanted: &[(&str, Edit)]| match draw(host, wanted) {
        Err(Trouble::Conflict(conflict)) => conflict,
        other => panic!("{other:?}"),
    };
    let there = found(&[("one", one.clone()), ("other", other.clone())]);
    let back = found(&[("other", other), ("one", one)]);
    assert_eq!((there.item.as_str(), there.other.as_deref()), ("other", Some("one")));
    assert_eq!((back.item.as_str(), back.other.as_deref()), ("one", Some("other")));
    assert_eq!((&there.path, &there.what), (&back.path, &back.what));
    let said = there.to_string();
    assert!(said.contains("one") && said.contains("other"), "{said}");
    there
}

/// The only change.
fn only(changes: Vec<PathChange>) -> PathChange {
    let [change] = <[PathChange; 1]>::try_from(changes).unwrap();
    change
}

/// The text of a path after the changes.
fn text(changes: &[PathChange], path: &str) -> String {
    let change = changes.iter().find(|change| change.path == path).unwrap();
    String::from_utf8(change.new.content.as_deref().unwrap().to_vec()).unwrap()
}

fn setting(path: &str, key: &str, value: &str) -> Edit {
    SettingEdit::new(path, Syntax::Spaced, key, value).into()
}

fn limit(path: &str, limit: u32) -> Edit {
    AttributesEdit { path: path.to_owned(), limit: Some(limit), ..AttributesEdit::default() }.into()
}

fn owner(path: &str, owner: &str) -> Edit {
    let owner = Some(owner.to_owned());
    AttributesEdit { path: path.to_owned(), owner, ..AttributesEdit::default() }.into()
}

fn replace(path: &str, line: u32, with: &str) -> Edit {
    let change = LineChange::Replace(vec![with.to_owned()]);
    Edit::Line { path: path.to_owned(), line, change }
}

const PASSWD: &str = "root:x:0:0::/root:/bin/sh\nkim:x:1000:1000::/home/kim:/bin/sh\n";

#[test]
fn two_items_on_one_file_are_one_change_that_names_both() {
    let host = TestHost::new().file("/etc/login.defs", "# x\nUMASK 022\nMIN 5\nKEEP 1\n").host();
    let one = setting("/etc/login.defs", "UMASK", "027");
    let other = setting("/etc/login.defs", "MIN", "8");
    let change = only(both_ways(&host, one, other));
    assert_eq!(change.items, ["one", "other"]);
    assert_eq!(change.kind, ChangeKind::Content);
    assert_eq!(text(&[change], "/etc/login.defs"), "# x\nUMASK 027\nMIN 8\nKEEP 1\n");
}

#[test]
fn text_and_attributes_of_one_file_are_one_change() {
    let host = TestHost::new().file("/etc/x", "a 1\n").mode("/etc/x", 0o666).host();
    let change = only(both_ways(&host, setting("/etc/x", "a", "2"), limit("/etc/x", 0o640)));
    assert_eq!((change.new.mode, change.kind), (0o640, ChangeKind::Content));
}

#[test]
fn of_two_limits_only_what_both_leave_stays() {
    let host = TestHost::new().file("/etc/x", "").mode("/etc/x", 0o676).host();
    let change = only(both_ways(&host, limit("/etc/x", 0o644), limit("/etc/x", 0o750)));
    assert_eq!((change.new.mode, change.kind), (0o640, ChangeKind::Attributes));
}

#[test]
fn a_limit_that_is_kept_already_changes_nothing() {
    let host = TestHost::new().file("/etc/x", "a 1\n").mode("/etc/x", 0o600).host();
    let same = [("one", limit("/etc/x", 0o644)), ("other", setting("/etc/x", "a", "1"))];
    assert!(draw(&host, &same).unwrap().is_empty());
}

#[test]
fn contradictions_name_both_items_and_what_they_want() {
    let host = TestHost::new().file("/etc/passwd", PASSWD).file("/etc/x", "a 1\nb 2\n").host();
    let owners = conflict(&host, owner("/etc/x", "root"), owner("/etc/x", "kim"));
    assert_eq!((owners.path.as_str(), owners.what.as_str()), ("/etc/x", "owner"));
    let lines = conflict(&host, replace("/etc/x", 2, "b 3"), replace("/etc/x", 2, "b 4"));
    assert_eq!((lines.path.as_str(), lines.what.as_str()), ("/etc/x", "line 2"));
    for key in ["a", "new"] {
        let values = conflict(&host, setting("/etc/x", key, "8"), setting("/etc/x", key, "9"));
        assert_eq!(values.what, key);
    }
    conflict(&host, Edit::Remove { path: "/etc/x".to_owned() }, setting("/etc/x", "a", "2"));
    let link = |target: &str| Edit::Symlink {
        path: "/etc/systemd/system/x.service".to_owned(),
        target: target.to_owned(),
    };
    conflict(&host, link("/dev/null"), link("/usr/lib/systemd/system/x.service"));
}

#[test]
fn two_items_may_change_one_record_and_not_one_field() {
    let host = TestHost::new().file("/etc/passwd", PASSWD).host();
    let field = |field, value: &str| Edit::Account {
        name: "kim".to_owned(),
        field,
        value: value.to_owned(),
    };
    let shell = field(AccountField::Shell, "/usr/sbin/nologin");
    let change = only(both_ways(&host, shell.clone(), field(AccountField::Home, "/srv")));
    let last = "kim:x:1000:1000::/srv:/usr/sbin/nologin\n";
    assert!(text(&[change], "/etc/passwd").ends_with(last));
    let shells = conflict(&host, shell, field(AccountField::Shell, "/bin/false"));
    assert_eq!(shells.what, "kim 6");
}

#[test]
fn two_items_may_want_the_same() {
    let host = TestHost::new().file("/etc/passwd", PASSWD).file("/etc/x", "a 1\nb 2\n").host();
    for edit in [
        owner("/etc/x", "kim"),
        replace("/etc/x", 2, "b 3"),
        setting("/etc/x", "a", "2"),
        setting("/etc/x", "new", "2"),
        Edit::Remove { path: "/etc/x".to_owned() },
    ] {
        let change = only(both_ways(&host, edit.clone(), edit));
        assert_eq!(change.items, ["one", "other"]);
    }
}

#[test]
fn an_owner_may_be_a_number_without_a_name() {
    let host = TestHost::new().file("/etc/passwd", PASSWD).file("/etc/x", "").host();
    assert_eq!(only(draw(&host, &[("one", owner("/etc/x", "4242"))]).unwrap()).new.uid, 4242);
    let unknown = draw(&host, &[("one", owner("/etc/x", "lee"))]);
    let Err(Trouble::Unfit(why)) = unknown else { panic!("{unknown:?}") };
    assert_eq!(why.key, "fix-no-such-account");
}

#[test]
fn dpkg_is_told_by_the_name_it_lists() {
    let host = TestHost::new()
        .link("/bin", "usr/bin")
        .file("/usr/bin/mount", "")
        .mode("/usr/bin/mount", 0o4755)
        .file("/usr/bin/local", "")
        .mode("/usr/bin/local", 0o777)
        .file("/etc/app.conf", "")
        .mode("/etc/app.conf", 0o666)
        .directory("/usr/lib/app")
        .mode("/usr/lib/app", 0o777)
        .file("/usr/lib/x.service", "")
        .mode("/usr/lib/x.service", 0o666)
        .file(
            "/var/lib/dpkg/info/mount:amd64.list",
            "/.\n/bin\n/bin/mount\n/etc/app.conf\n/usr/lib/app\n/usr/lib/x.service\n",
        )
        .file("/var/lib/dpkg/info/mount:amd64.conffiles", "/etc/app.conf\n")
        .host();
    let changes = draw(
        &host,
        &[
            ("one", limit("/bin/mount", 0o755)),
            ("one", limit("/usr/bin/local", 0o755)),
            ("one", limit("/etc/app.conf", 0o640)),
            ("one", limit("/usr/lib/app", 0o755)),
            ("one", limit("/usr/lib/x.service", 0o644)),
        ],
    )
    .unwrap();
    assert_eq!(text(&changes, "/var/lib/dpkg/statoverride"), "root root 755 /bin/mount\n");
    assert!(changes.iter().any(|change| change.path == "/usr/bin/mount"));
}

#[test]
fn an_override_that_is_there_is_replaced_and_others_stay() {
    let list =
        "root root 4755 /usr/bin/a\nroot crontab 2755 /bin/mount\n#33 #44 750 /usr/bin/b c\n";
    let host = TestHost::new()
        .link("/bin", "usr/bin")
        .file("/etc/passwd", PASSWD)
        .file("/etc/group", "root:x:0:\n")
        .file("/usr/bin/mount", "")
        .mode("/usr/bin/mount", 0o2755)
        .owner("/usr/bin/mount", 33, 44)
        .file("/var/lib/dpkg/info/mount.list", "/usr/bin/mount\n")
        .file("/var/lib/dpkg/statoverride", list)
        .host();
    let changes = draw(&host, &[("one", limit("/usr/bin/mount", 0o755))]).unwrap();
    assert_eq!(
        text(&changes, "/var/lib/dpkg/statoverride"),
        "root root 4755 /usr/bin/a\n#33 #44 755 /bin/mount\n#33 #44 750 /usr/bin/b c\n"
    );
}
