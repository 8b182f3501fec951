use super::{World, commands};

struct Image;

impl World for Image {
    fn compare(&self, a: &str, operator: &str, b: &str) -> Option<bool> {
        match operator {
            "lt" | "lt-nl" => Some(a < b),
            "ge" => Some(a >= b),
            _ => None,
        }
    }

    fn file(&self, _what: char, path: &str) -> Option<bool> {
        path.starts_with('/').then(|| path.starts_with("/there"))
    }

    fn program(&self, name: &str) -> Option<bool> {
        Some(name == "there")
    }
}

fn left(script: &str) -> Option<Vec<String>> {
    let found = commands(script, &["configure", "5"], &[("DPKG_ROOT", "")], &Image)?;
    Some(found.into_iter().map(|command| command.shown).collect())
}

#[test]
fn what_cannot_be_reached_is_left_out() {
    for (script, expected) in [
        ("#!/bin/sh\nset -e\n# rm -rf /\nexit 0\nrm x", vec![]),
        ("if [ \"$1\" = configure ]; then a; else b; fi", vec!["a"]),
        ("case \"$1\" in purge|remove) a ;; conf*) b;; *) c ;; esac", vec!["b"]),
        ("case $(uname) in a) x;; *) y;; esac", vec!["uname", "x", "y"]),
        ("if dpkg --compare-versions \"$2\" lt 3 && [ -n \"$2\" ]; then a; fi; b", vec!["b"]),
        ("[ -z \"$2\" ] && a\n[ -n \"$2\" ] || b\n! [ -e /there/x ] || c", vec!["c"]),
        ("old=$2\nif [ -z \"$old\" -o ! -f /there/y ]\nthen\n a\nfi", vec![]),
        ("f() { rm $1; return; never; }\ng() { b; }\nf /x", vec!["rm $1"]),
        ("if x; then y=no; else y=yes; fi; if [ $y = no ]; then a; fi", vec!["x", "a"]),
        ("cat <<EOF\nrm -rf / $(z)\nEOF\na", vec!["cat", "a"]),
        ("x=$(a \"$(b)\") && c", vec!["b", "a \"$(b)\"", "c"]),
        (
            "echo hi 2>/dev/null >&2\necho hi >> /etc/f",
            vec!["echo hi > /dev/null", "echo hi > /etc/f"],
        ),
        ("for i in a b; do test -e $i && rm $i; done", vec!["rm $i"]),
        ("while read l; do a; done < /f", vec!["a"]),
        ("services=\nif [ -n \"$services$check\" ]; then a; fi", vec![]),
        ("if command -v there >/dev/null 2>&1; then a; else b; fi", vec!["a"]),
        ("which gone > /dev/null && a; x=$(which there); command rm y", vec!["command rm y"]),
        ("( cd /x; a ) > /etc/y", vec!["cd /x", "a", "> /etc/y"]),
    ] {
        assert_eq!(
            left(script).as_deref(),
            Some(&expected.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>()[..]),
            "{script}"
        );
    }
}

#[test]
fn what_is_not_understood_says_so() {
    for script in ["if a; then b", "case x in a) b", "echo 'a", "a )", "f() {", "$(a"] {
        assert_eq!(left(script), None, "{script}");
    }
    for deep in ["( ", "\"$(", "if ", "f() { ", "$(echo \"$("] {
        assert_eq!(left(&deep.repeat(100_000)), None, "{deep}");
    }
    let long = format!("[ {} x ] && rm", "! ".repeat(100_000));
    assert_eq!(left(&long), Some(vec!["rm".to_owned()]));
    let loops = "for i in x; do ".repeat(30) + "y;" + &" done;".repeat(30);
    assert_eq!(left(&loops), None);
}
