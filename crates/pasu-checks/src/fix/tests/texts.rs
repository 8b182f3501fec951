//! Bytes that stay, and what a diff shows of those that change.

use super::{draw, only, replace, setting};
use crate::case::TestHost;
use crate::fix::change::PathChange;
use crate::fix::diff::unified;
use crate::fix::edit::{Anchor, Edit, SettingEdit, Syntax};

/// The one change of a file with this content.
fn changed(path: &str, content: &[u8], edit: Edit) -> PathChange {
    only(draw(&TestHost::new().bytes(path, content).host(), &[("one", edit)]).unwrap())
}

fn bytes(content: &[u8], edit: Edit) -> Vec<u8> {
    changed("/etc/x", content, edit).new.content.unwrap().to_vec()
}

#[test]
fn every_other_byte_stays() {
    for (before, after) in [
        (&b"x\na 1\ny\n"[..], &b"x\na 2\ny\n"[..]),
        // Line ends of Windows, all or some.
        (b"x\r\na 1\r\ny\r\n", b"x\r\na 2\r\ny\r\n"),
        (b"x\r\na 1\ny\r\n", b"x\r\na 2\ny\r\n"),
        // No end of the last line, whether it changes or not.
        (b"x\na 1", b"x\na 2"),
        (b"a 1\ny", b"a 2\ny"),
        // Neither UTF-8 nor text.
        (b"# \xb0\xa1\xff\na 1\n\x80", b"# \xb0\xa1\xff\na 2\n\x80"),
        // White space before the key, and empty lines.
        (b"\n\n  a   1\n\n\n", b"\n\n  a 2\n\n\n"),
        // A new line ends the last one.
        (b"x", b"x\na 2\n"),
        (b"x\r\ny", b"x\r\ny\r\na 2\r\n"),
        // The example in a comment stays, and the new line stands beside it.
        (b"#a 1\ny\n", b"#a 1\na 2\ny\n"),
        // The last of several lines counts, and the others go.
        (b"a 1\ny\na 3\n", b"y\na 2\n"),
        (b"", b"a 2\n"),
    ] {
        let found = bytes(before, setting("/etc/x", "a", "2"));
        assert_eq!(found, after, "{}", String::from_utf8_lossy(before));
    }
}

#[test]
fn lines_are_commented_out_and_inserted_in_place() {
    let content = b"one\r\n\ttwo\r\nthree";
    let commented = Edit::Line {
        path: "/etc/x".to_owned(),
        line: 2,
        change: crate::fix::LineChange::CommentOut,
    };
    assert_eq!(bytes(content, commented), b"one\r\n# \ttwo\r\nthree");
    let inserted =
        |at| Edit::Insert { path: "/etc/x".to_owned(), at, lines: vec!["new".to_owned()] };
    assert_eq!(bytes(content, inserted(Anchor::After(3))), b"one\r\n\ttwo\r\nthree\r\nnew\r\n");
    assert_eq!(bytes(content, inserted(Anchor::Before(1))), b"new\r\none\r\n\ttwo\r\nthree");
    assert_eq!(bytes(content, replace("/etc/x", 3, "3")), b"one\r\n\ttwo\r\n3");
}

#[test]
fn a_section_gets_its_key_and_others_keep_theirs() {
    let edit = |section: &str| {
        SettingEdit::new("/etc/x", Syntax::Equals, "a", "2").in_section(section).into()
    };
    let content = b"a = 0\n[one]\n\ta = 1\n\n[two]\na = 1\n";
    assert_eq!(bytes(content, edit("one")), b"a = 0\n[one]\n\ta = 2\n\n[two]\na = 1\n");
    assert_eq!(bytes(content, edit("three")), [&content[..], b"[three]\na = 2\n"].concat());
}

#[test]
fn a_change_far_behind_in_a_long_line_is_shown_as_one() {
    let line = |end: &str| format!("{}{end}", "x ".repeat(4000));
    let change = changed("/etc/x", (line("a") + "\n").as_bytes(), replace("/etc/x", 1, &line("b")));
    let diff = unified(&change);
    let lines: Vec<&str> = diff.lines().skip(3).collect();
    assert_eq!(lines.len(), 2, "{diff}");
    assert!(lines[0].starts_with("-x x") && lines[1].starts_with("+x x"), "{diff}");
    assert!(lines.iter().all(|line| line.chars().count() < 600), "{diff}");
}

#[test]
fn diffs_show_no_secret() {
    for (path, line, secret) in [
        ("/etc/shadow", "kim:$6$salt$0123456789abcdefgh:1:0:9:7:::", "0123456789"),
        ("/etc/shadow", "kim:!$y$j9T$saltsalt$0123456789:1:0:9:7:::", "0123456789"),
        ("/etc/shadow", "kim:abJnggxhB/yWI:1:0:9:7:::", "abJngg"),
        ("/etc/gshadow", "wheel:0123456789abc::kim", "0123456789"),
        ("/etc/snmp/snmpd.conf", "rocommunity s3cret 10.0.0.0/8", "s3cret"),
        ("/etc/snmp/snmpd.conf", "com2sec notConfigUser default s3cret", "s3cret"),
        ("/etc/snmp/snmpd.conf", "createUser kim SHA \"s3cret word\" AES", "s3cret"),
        ("/etc/my.cnf", "password = \"s3cret phrase\"", "phrase"),
        ("/etc/my.cnf", "password=s3cret;phrase", "phrase"),
        ("/etc/redis.conf", "requirepass s3cret", "s3cret"),
    ] {
        let content = format!("a 1\n{line}\nb 1\n");
        let change = changed(path, content.as_bytes(), setting(path, "a", "2"));
        let diff = unified(&change);
        assert!(diff.contains("+a 2") && diff.contains(" b 1"), "{diff}");
        assert!(diff.contains("***") && !diff.contains(secret), "{diff}");
    }
}

#[test]
fn a_new_file_is_shown_from_nothing() {
    let host = TestHost::new().directory("/etc").host();
    let change = only(draw(&host, &[("one", setting("/etc/x", "a", "2"))]).unwrap());
    assert_eq!(unified(&change), "--- /dev/null\n+++ b/etc/x\n@@ -0,0 +1 @@\n+a 2\n");
}
