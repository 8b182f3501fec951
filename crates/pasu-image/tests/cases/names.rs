//! Names and headers of every kind.

use super::super::common::{Item, base256};
use super::{Case, tar};

pub fn cases() -> Vec<Case> {
    let item = |name, content| Item { name, content, ..Item::default() };
    vec![
        Case::new(
            "dots before names",
            [tar().dir("./").dir("./a/").file("./a/x", "1").file("././b", "2")],
            "a/ a/x=1 b=2",
        ),
        Case::new(
            "absolute names",
            [tar().dir("/a").file("/a/x", "1"), tar().whiteout("/a/x")],
            "a/",
        ),
        Case::new("doubled slashes", [tar().file("a//x", "1").file("//b", "2")], "a/ a/x=1 b=2"),
        Case::new(
            "names that climb and stay inside",
            [tar().dir("a/").file("a/../b", "1").file("a/./../a/x", "2")],
            "a/ a/x=2 b=1",
        ),
        Case::new(
            "names that climb out",
            [tar().file("../b", "1").file("a/../../c", "1").file("..", "1").file("d", "1")],
            "d=1",
        )
        .problems(&["`..`", "`..`", "`..`"])
        .refused(),
        Case::new(
            "absolute names that climb",
            [tar().file("/../b", "1").file("/a/../../c", "1")],
            "b=1 c=1",
        ),
        Case::new(
            "a whiteout that climbs out",
            [tar().file("b", "1"), tar().file("../.wh.b", "")],
            "b=1",
        )
        .problems(&["`..`"])
        .docker(""),
        Case::new(
            "names of any bytes",
            [tar()
                .item(&item(b"a\nb", b"1"))
                .item(&item(b"\xff\xfe", b"2"))
                .item(&item("한글".as_bytes(), b"3"))],
            "\\xff\\xfe=2 a\\nb=1 한글=3",
        ),
        Case::new(
            "names like whiteouts",
            [tar().file("a.wh.b", "1").file(".whx", "2")],
            ".whx=2 a.wh.b=1",
        ),
        Case::new(
            "a folder by its name",
            [tar().item(&Item { name: b"a/", kind: 0, ..Item::default() }).file("a/x", "1")],
            "a/ a/x=1",
        ),
        Case::new("a file whose name ends with a slash", [tar().file("a/", "1")], "a=1"),
        Case::new(
            "flag 7 is a file that engines refuse",
            [tar().item(&Item { kind: b'7', ..item(b"a", b"1") })],
            "a=1",
        )
        .refused(),
        Case::new(
            "an unknown flag",
            [tar().item(&Item { kind: b'Q', ..item(b"a", b"1") }).file("b", "1")],
            "b=1",
        )
        .problems(&["unknown kind"])
        .refused(),
        Case::new(
            "a folder with a size",
            [tar()
                .item(&Item {
                    name: b"a",
                    kind: b'5',
                    size: Some(*b"00000001000\0"),
                    ..Item::default()
                })
                .file("b", "1")],
            "a/ b=1",
        ),
        Case::new(
            "a size in base 256",
            [tar().item(&Item { size: Some(base256(1)), ..item(b"a", b"1") }).file("b", "1")],
            "a=1 b=1",
        ),
        Case::new("an empty layer", [tar().file("a", "1"), tar()], "a=1"),
    ]
}

pub fn extended() -> Vec<Case> {
    let long = "n".repeat(150);
    let path: &[u8] = long.as_bytes();
    // Its map: one piece, at 1, of 1 byte; then the piece.
    let holes = [&b"1\n1\n1\n"[..], &[0; 506], b"x"].concat();
    let cut = Item { name: b"p", kind: b'S', content: b"1", ..Item::default() };
    vec![
        Case::new(
            "a PAX name",
            [tar().pax(&[("path", b"a/\nb")]).file("short", "1")],
            "a/ a/\\nb=1",
        ),
        Case::new(
            "an empty PAX name says nothing",
            [tar().pax(&[("path", b"")]).file("short", "1")],
            "short=1",
        ),
        Case::new(
            "the last PAX header counts",
            [tar().pax(&[("path", b"a")]).pax(&[("mtime", b"1.5")]).file("short", "1")],
            "short=1",
        ),
        Case::new(
            "a PAX link",
            [tar().pax(&[("linkpath", b"x y")]).symlink("short", "z")],
            "short->x\\x20y",
        ),
        Case::new(
            "a PAX size",
            [tar()
                .pax(&[("size", b"1")])
                .item(&Item {
                    name: b"a",
                    size: Some([b'0'; 12]),
                    content: b"1",
                    ..Item::default()
                })
                .file("b", "1")],
            "a=1 b=1",
        ),
        Case::new(
            "a GNU long name",
            [tar().gnu_long(b'L', path).file("short", "1")],
            (long.clone() + "=1").leak(),
        ),
        Case::new(
            "a GNU long name beats a PAX one",
            [tar().gnu_long(b'L', b"gnu").pax(&[("path", b"pax")]).file("short", "1")],
            "gnu=1",
        ),
        Case::new(
            "a GNU long link",
            [tar().gnu_long(b'K', b"target").symlink("a", "t")],
            "a->target",
        ),
        Case::new(
            "GNU long names for one entry alone",
            [tar().gnu_long(b'L', b"a").file("s", "1").file("b", "2")],
            "a=1 b=2",
        ),
        Case::new(
            "global PAX headers are passed over",
            [tar().global(&[("path", b"evil"), ("size", b"0")]).file("a", "1").file("b", "2")],
            "a=1 b=2",
        ),
        // Engines put the holes back. To us the file is there and cannot be read, which is said.
        Case::new(
            "a sparse file",
            [
                tar().file("p", "old"),
                tar()
                    .pax(&[
                        ("GNU.sparse.major", b"1"),
                        ("GNU.sparse.minor", b"0"),
                        ("GNU.sparse.name", b"p"),
                        ("GNU.sparse.realsize", b"3"),
                    ])
                    .file("GNUSparseFile.0/p", holes)
                    .file("b", "1"),
            ],
            "b=1 p?",
        )
        .problems(&["sparse"])
        .docker("b=1 p=\\0x\\0"),
        Case::new("a sparse file of old", [tar().item(&cut).file("b", "1")], "b=1 p?")
            .problems(&["sparse"])
            .refused(),
    ]
}
