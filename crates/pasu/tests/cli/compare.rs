//! `pasu db compare`: signs for lines of two versions.

use crate::program::{Ran, pasu, run};
use std::io::Write;
use std::process::Stdio;

fn compare(ecosystem: &str, input: &[u8]) -> Ran {
    let mut command = pasu(&["db", "compare", ecosystem]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A program that ends before it has read all closes the pipe.
    let _ = child.stdin.take().unwrap().write_all(input);
    let output = child.wait_with_output().unwrap();
    Ran {
        status: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
fn a_sign_a_line_in_the_order_of_the_ecosystem() {
    for (ecosystem, input, expected) in [
        ("debian", "1.0~rc1 1.0\n1:1 2\n1.0-1+b1 1.0-1\n1.0 1.0-0\n", "<\n>\n>\n=\n"),
        ("Ubuntu", "3.0.2-0ubuntu1.9 3.0.2-0ubuntu1.10\n", "<\n"),
        ("rpm", "1.0~rc1 1.0\n1.0^git1 1.0\n1:1.0-1 2.0-1\n", "<\n>\n>\n"),
        ("alpine", "1.2_rc1 1.2\n1.2-r9 1.2-r10\n1.2_p1 1.2\n", "<\n<\n>\n"),
        ("npm", "1.2.3-beta.2 1.2.3\n1.10.0 1.9.0\n", "<\n>\n"),
        ("pypi", "1.0.post1 1.0\n1.0.dev1 1.0a1\n1.0 1.0.0\n", ">\n<\n=\n"),
        ("maven", "1.0-SNAPSHOT 1.0\n1.0.RELEASE 1.0\n", "<\n=\n"),
        ("go", "v1.2.3 v1.2.4-0.20200101000000-abcdefabcdef\n", "<\n"),
        ("rubygems", "1.0.a 1.0\n", "<\n"),
    ] {
        let ran = compare(ecosystem, input.as_bytes());
        assert_eq!((ran.status, ran.out.as_str()), (Some(0), expected), "{ecosystem}: {}", ran.err);
        assert_eq!(ran.err, "");
    }
}

#[test]
fn what_is_no_version_or_no_pair_is_a_question_mark_and_status_2() {
    for input in ["1.0 x y\n", "1.0\n", "not-semver 1.0.0\n"] {
        let ran = compare("npm", format!("{input}1.0.0 1.0.0\n").as_bytes());
        assert_eq!((ran.status, ran.out.as_str()), (Some(2), "?\n=\n"), "{input}");
    }
    let ran = compare("debian", b"\xff\xfe 1\n\n  \n1 1");
    assert_eq!((ran.status, ran.out.as_str()), (Some(2), "?\n=\n"), "blank lines are passed over");
    assert_eq!(compare("debian", b"").status, Some(0));
}

#[test]
fn an_unknown_ecosystem_and_an_endless_line_are_errors() {
    let ran = compare("cobol", b"1 2\n");
    assert_eq!((ran.status, ran.out.as_str()), (Some(2), ""));
    assert!(ran.err.contains("\"cobol\"") && ran.err.contains("Debian"), "{}", ran.err);
    let ran = compare("debian", &[b'1'; 1 << 17]);
    assert_eq!(ran.status, Some(2));
    assert!(ran.err.contains("longer than"), "{}", ran.err);
    let ran = run(&mut pasu(&["db", "compare"]));
    assert_eq!(ran.status, Some(2));
}
