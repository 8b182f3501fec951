//! What a layer takes away.

use super::{Case, tar};

pub fn cases() -> Vec<Case> {
    let base = || tar().dir("a/").file("a/x", "1").file("a/y", "1").dir("a/d/").file("a/d/z", "1");
    vec![
        Case::new(
            "a whiteout takes a file",
            [base(), tar().dir("a/").whiteout("a/x")],
            "a/ a/d/ a/d/z=1 a/y=1",
        ),
        Case::new(
            "a whiteout takes a folder",
            [base(), tar().dir("a/").whiteout("a/d")],
            "a/ a/x=1 a/y=1",
        ),
        Case::new(
            "a whiteout of nothing",
            [base(), tar().dir("a/").whiteout("a/none").whiteout("no")],
            "a/ a/d/ a/d/z=1 a/x=1 a/y=1",
        ),
        Case::new(
            "a whiteout makes its folder",
            [tar().file("b", "1"), tar().whiteout("new/none")],
            "b=1 new/",
        ),
        Case::new(
            "a whiteout before the new file",
            [base(), tar().dir("a/").whiteout("a/x").file("a/x", "2")],
            "a/ a/d/ a/d/z=1 a/x=2 a/y=1",
        ),
        Case::new(
            "a whiteout after the new file",
            [base(), tar().dir("a/").file("a/x", "2").whiteout("a/x")],
            "a/ a/d/ a/d/z=1 a/x=2 a/y=1",
        )
        .refused(),
        // Overlayfs shows the old content, for a folder that replaces a whiteout is not opaque there; the specification
        // says that the whiteout takes it.
        Case::new(
            "a whiteout of a folder that is new in its layer",
            [base(), tar().dir("a/").whiteout("a/d").dir("a/d/").file("a/d/n", "2")],
            "a/ a/d/ a/d/n=2 a/x=1 a/y=1",
        )
        .docker("a/ a/d/ a/d/n=2 a/d/z=1 a/x=1 a/y=1"),
        Case::new(
            "an opaque folder",
            [base(), tar().dir("a/").opaque("a").file("a/n", "2")],
            "a/ a/n=2",
        ),
        Case::new(
            "an opaque folder, told last",
            [base(), tar().dir("a/").file("a/n", "2").dir("a/d/").file("a/d/n", "2").opaque("a")],
            "a/ a/d/ a/d/n=2 a/n=2",
        ),
        Case::new(
            "an opaque folder below",
            [base(), tar().dir("a/").dir("a/d/").opaque("a/d")],
            "a/ a/d/ a/x=1 a/y=1",
        ),
        Case::new("an opaque folder that is not listed", [base(), tar().opaque("a")], "a/"),
        Case::new(
            "an opaque folder twice",
            [base(), tar().opaque("a").opaque("a/d").opaque("a")],
            "a/ a/d/",
        )
        .refused(),
        Case::new(
            "a file comes back",
            [base(), tar().dir("a/").whiteout("a/x"), tar().dir("a/").file("a/x", "3")],
            "a/ a/d/ a/d/z=1 a/x=3 a/y=1",
        ),
        Case::new(
            "a folder comes back empty",
            [base(), tar().whiteout("a"), tar().dir("a/")],
            "a/",
        ),
        Case::new(
            "a whiteout of what is gone",
            [base(), tar().dir("a/").whiteout("a/x"), tar().dir("a/").whiteout("a/x")],
            "a/ a/d/ a/d/z=1 a/y=1",
        ),
        Case::new(
            "a whiteout behind a link of a lower layer",
            [tar().dir("t/").file("t/x", "1").symlink("l", "t"), tar().whiteout("l/x")],
            "l/ t/ t/x=1",
        ),
        Case::new(
            "a device 0/0 is a whiteout to overlayfs",
            [base(), tar().dir("a/").device("a/x", b'3', 0, 0)],
            "a/ a/d/ a/d/z=1 a/y=1",
        ),
        Case::new(
            "what aufs kept for itself",
            [tar()
                .dir(".wh..wh.plnk/")
                .file(".wh..wh.plnk/1.2", "1")
                .hard("x", ".wh..wh.plnk/1.2")
                .file(".wh..wh.aufs", "")],
            "x=1",
        )
        .docker(".wh..wh.plnk/ .wh..wh.plnk/1.2=1 x=1"),
        // The specification lets it take all there is; overlayfs, on which images run, passes over it.
        Case::new(
            "an opaque root",
            [base().file("r", "1"), tar().opaque("").file("n", "2")],
            "a/ a/d/ a/d/z=1 a/x=1 a/y=1 n=2 r=1",
        )
        .problems(&["opaque root"]),
    ]
}
