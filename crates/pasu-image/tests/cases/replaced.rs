//! What becomes something else; and hard links.

use super::{Case, tar};

pub fn cases() -> Vec<Case> {
    let base = || tar().dir("a/").file("a/x", "1");
    vec![
        Case::new("a folder becomes a file", [base(), tar().file("a", "2")], "a=2"),
        Case::new(
            "a folder becomes a file and a folder again",
            [base(), tar().file("a", "2"), tar().dir("a/").file("a/n", "3")],
            "a/ a/n=3",
        ),
        Case::new(
            "a file becomes a folder",
            [tar().file("a", "1"), tar().dir("a/").file("a/n", "2")],
            "a/ a/n=2",
        ),
        Case::new(
            "a file becomes a folder that is not listed",
            [tar().file("a", "1"), tar().file("a/n", "2")],
            "a/ a/n=2",
        ),
        Case::new("a folder becomes a link", [base(), tar().symlink("a", "b")], "a->b"),
        Case::new(
            "a link becomes a folder",
            [tar().symlink("a", "b"), tar().dir("a/").file("a/n", "2")],
            "a/ a/n=2",
        ),
        Case::new(
            "a link becomes a file",
            [tar().symlink("a", "b").file("b", "1"), tar().file("a", "2")],
            "a=2 b=1",
        ),
        Case::new(
            "a folder stays with what is in it",
            [base(), tar().dir_with("a/", 0o700).file("a/n", "2")],
            "a/ a/n=2 a/x=1",
        ),
        Case::new(
            "a file below a link of a lower layer",
            [tar().dir("t/").file("t/x", "1").symlink("l", "t"), tar().file("l/n", "2")],
            "l/ l/n=2 t/ t/x=1",
        ),
        Case::new(
            "a file below a link of its own layer",
            [tar().dir("t/").symlink("l", "t").file("l/n", "2")],
            "l->t t/ t/n=2",
        ),
        Case::new(
            "a file below an absolute link of its own layer",
            [tar().dir("t/").symlink("d/l", "/t").file("d/l/n", "2")],
            "d/ d/l->/t t/ t/n=2",
        ),
        Case::new(
            "a file below a climbing link of its own layer",
            [tar().dir("t/").symlink("l", "../../../../t").file("l/n", "2")],
            "l->../../../../t t/ t/n=2",
        ),
        Case::new(
            "a file below a link that leads nowhere in its layer",
            [tar().symlink("l", "t/u").file("l/n", "2")],
            "l->t/u t/ t/u/ t/u/n=2",
        )
        .refused(),
        Case::new(
            "a file below a link that leads to itself",
            [tar().symlink("l", "l").file("l/n", "2").file("b", "1")],
            "b=1 l->l",
        )
        .problems(&["symbolic links"])
        .refused(),
        Case::new("the last of two counts", [tar().file("a", "1").file("a", "2")], "a=2").refused(),
        Case::new(
            "the last of two counts, a folder and a file",
            [tar().dir("a/").file("a/x", "1").file("a", "2")],
            "a=2",
        )
        .refused(),
        Case::new(
            "nothing comes back below what was replaced",
            [tar().dir("a/").file("a/x", "1").file("a", "2").dir("a/").file("a/n", "3")],
            "a/ a/n=3",
        )
        .refused(),
        Case::new(
            "two folders are one",
            [tar().dir("a/").file("a/x", "1").dir_with("a/", 0o700).file("a/y", "2")],
            "a/ a/x=1 a/y=2",
        )
        .refused(),
        Case::new(
            "links that lead out stay as they are",
            [tar().symlink("a", "/etc/passwd").symlink("b", "../../../../x").symlink("c", "c")],
            "a->/etc/passwd b->../../../../x c->c",
        ),
        Case::new(
            "devices and FIFOs",
            [tar().device("c", b'3', 1, 3).device("b", b'4', 8, 0).device("f", b'6', 0, 0)],
            "b? c? f?",
        ),
        Case::new(
            "a device takes a file's place",
            [tar().file("a", "1"), tar().device("a", b'3', 1, 3)],
            "a?",
        ),
        Case::new(
            "a hundred layers",
            (0..100)
                .map(|n| tar().file("n", n.to_string()).file(&format!("d/{n:02}"), ""))
                .collect::<Vec<_>>(),
            HUNDRED,
        ),
    ]
}

const HUNDRED: &str = "d/ d/00= d/01= d/02= d/03= d/04= d/05= d/06= d/07= d/08= d/09= d/10= d/11= d/12= d/13= d/14= d/15= d/16= \
d/17= d/18= d/19= d/20= d/21= d/22= d/23= d/24= d/25= d/26= d/27= d/28= d/29= d/30= d/31= d/32= d/33= d/34= d/35= d/36= \
d/37= d/38= d/39= d/40= d/41= d/42= d/43= d/44= d/45= d/46= d/47= d/48= d/49= d/50= d/51= d/52= d/53= d/54= d/55= d/56= \
d/57= d/58= d/59= d/60= d/61= d/62= d/63= d/64= d/65= d/66= d/67= d/68= d/69= d/70= d/71= d/72= d/73= d/74= d/75= d/76= \
d/77= d/78= d/79= d/80= d/81= d/82= d/83= d/84= d/85= d/86= d/87= d/88= d/89= d/90= d/91= d/92= d/93= d/94= d/95= d/96= \
d/97= d/98= d/99= n=99";

pub fn hard_links() -> Vec<Case> {
    vec![
        Case::new("a hard link", [tar().file("a", "1").hard("b", "a")], "a=1 b=1"),
        Case::new(
            "a hard link by other spellings",
            [tar().file("d/a", "1").hard("b", "/d/a").hard("c", "./d/../d//a")],
            "b=1 c=1 d/ d/a=1",
        ),
        Case::new(
            "a chain of hard links",
            [tar().file("a", "1").hard("b", "a").hard("c", "b")],
            "a=1 b=1 c=1",
        ),
        Case::new(
            "a hard link to a symbolic link",
            [tar().symlink("a", "x").hard("b", "a")],
            "a->x b->x",
        ),
        Case::new(
            "a hard link to a file that is replaced later",
            [tar().file("a", "1").hard("b", "a").file("a", "2")],
            "a=2 b=1",
        )
        .refused(),
        Case::new(
            "a hard link that is replaced later",
            [tar().file("a", "1").hard("b", "a").file("b", "2")],
            "a=1 b=2",
        )
        .refused(),
        Case::new(
            "a hard link in a folder's place",
            [tar().dir("b/").file("b/x", "0"), tar().file("a", "1").hard("b", "a")],
            "a=1 b=1",
        ),
        Case::new(
            "one name of two is taken",
            [tar().file("a", "1").hard("b", "a"), tar().whiteout("a")],
            "b=1",
        ),
        Case::new(
            "one name of two is written anew",
            [tar().file("a", "1").hard("b", "a"), tar().file("a", "2")],
            "a=2 b=1",
        ),
        // Engines refuse what follows; another builder's layer is read as it must have been meant.
        Case::new(
            "a hard link to a lower layer",
            [tar().file("a", "1"), tar().hard("b", "a")],
            "a=1 b=1",
        )
        .refused(),
        Case::new(
            "a hard link before its target",
            [tar().hard("b", "a").file("a", "1")],
            "a=1 b=1",
        )
        .refused(),
        Case::new(
            "a chain of hard links, backwards",
            [tar().hard("c", "b").hard("b", "a").file("a", "1")],
            "a=1 b=1 c=1",
        )
        .refused(),
        Case::new(
            "a hard link to what is taken in its layer",
            [tar().file("a", "1"), tar().whiteout("a").hard("b", "a")],
            "",
        )
        .problems(&["hard link to a"]),
        Case::new(
            "a hard link to a folder",
            [tar().dir("a/").hard("b", "a").file("c", "1")],
            "a/ c=1",
        )
        .problems(&["hard link to a"])
        .refused(),
        Case::new("a hard link to nothing", [tar().hard("b", "a").file("c", "1")], "c=1")
            .problems(&["hard link to a"])
            .refused(),
        Case::new("a hard link to itself", [tar().hard("b", "b").file("c", "1")], "c=1")
            .problems(&["hard link to b"])
            .refused(),
        Case::new(
            "a hard link out of the image",
            [tar().hard("b", "../../etc/passwd").file("c", "1")],
            "c=1",
        )
        .problems(&["`..`"])
        .refused(),
        Case::new(
            "a hard link that would close a circle",
            [tar().hard("b", "c").hard("c", "b").file("d", "1")],
            "d=1",
        )
        .problems(&["hard link to", "hard link to"])
        .refused(),
    ]
}
