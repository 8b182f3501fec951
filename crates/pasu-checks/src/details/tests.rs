//! The table itself, and a look through the sources for details that have no Korean.

use super::{TABLE, is_known, korean};
use std::path::{Path, PathBuf};

#[test]
fn details_are_said_in_korean() {
    for (english, said) in [
        ("Permission denied", "접근 거부"),
        ("/etc/x: not a regular file", "/etc/x: 일반 파일이 아님"),
        ("more than 5000 files in /var/log", "/var/log의 파일이 5000개를 넘음"),
        ("status 1: Error: no", "종료 상태 1, 도구의 메시지: “Error: no”"),
        ("status a signal", "신호를 받아 종료됨"),
        ("what nobody wrote down", "what nobody wrote down"),
        ("", ""),
    ] {
        assert_eq!(korean("detail", english), said);
    }
    assert_eq!(korean("what", "12 packages"), "패키지 12개");
    assert_eq!(korean("values", "600, not set"), "600, 설정 없음");
    assert_eq!(korean("who", "user:0"), "사용자 0");
    assert_eq!(korean("name", "group"), "group");
}

#[test]
fn each_pattern_gives_all_that_its_korean_takes() {
    assert!(TABLE.details.len() > 100 && !TABLE.values.is_empty());
    for (english, korean) in TABLE.details.iter().chain(&TABLE.values) {
        let given = english.matches("{}").count();
        for name in crate::messages::placeholders(korean) {
            let number: usize = name.parse().unwrap();
            assert!((1..=given).contains(&number), "{english}: {name}");
        }
    }
}

#[test]
fn every_detail_of_the_sources_has_korean() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in ["src", "items", "../pasu-system/src"] {
        gather(&top.join(folder), &mut files);
    }
    let mut unknown = Vec::new();
    let mut seen = 0;
    for path in files {
        let text = std::fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap();
        for detail in details(code) {
            seen += 1;
            let sample = sample(&detail);
            if sample.replace("x1", "").contains(char::is_alphabetic) && !is_known(&sample) {
                unknown.push(format!("{}: {detail}", path.strip_prefix(top).unwrap().display()));
            }
        }
    }
    assert!(seen > 120, "only {seen} details found");
    assert!(unknown.is_empty(), "no Korean in details.toml for:\n{}", unknown.join("\n"));
}

/// Every source file but tests.
fn gather(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && !matches!(name.as_str(), "tests" | "case" | "cases") {
            gather(&path, files);
        } else if name.ends_with(".rs") && !matches!(name.as_str(), "tests.rs" | "case.rs") {
            files.push(path);
        }
    }
}

/// What makes a cause, or an error that becomes one: the last text among its arguments is the detail.
const MAKERS: [&str; 15] = [
    "Cause::new(",
    "Cause::malformed(",
    "Cause::not_running(",
    "io::Error::new(",
    "io::Error::other(",
    "damaged(",
    "malformed(",
    "missing(",
    "self.limit(",
    "Reach::Unknown(",
    ".fault(",
    "line, what: ",
    "let detail = ",
    "let mut detail = ",
    "detail: ",
];

/// The texts that are given to a maker in this code.
fn details(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for maker in MAKERS {
        for (at, _) in code.match_indices(maker) {
            let rest = &code[at + maker.len()..];
            let line = &code[..at];
            let line = &line[line.rfind('\n').map_or(0, |end| end + 1)..];
            if line.trim_start().starts_with("//") || line.contains("fn ") {
                continue;
            }
            found.extend(text_of(&rest[..end(rest)]));
        }
    }
    found
}

/// Where the expression at the beginning of this code ends.
fn end(code: &str) -> usize {
    let (mut depth, mut in_text, mut escaped) = (0, false, false);
    for (at, c) in code.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => in_text = !in_text,
            _ if in_text => {}
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' if depth == 0 => return at,
            ')' | ']' | '}' => depth -= 1,
            ';' if depth == 0 => return at,
            _ => {}
        }
    }
    code.len()
}

/// The first text of an expression that reads like one.
fn text_of(expression: &str) -> Option<String> {
    let text = expression.split('"').skip(1).step_by(2).find(|text| text.contains(' '))?;
    Some(text.to_owned())
}

/// A text with something in the place of each value.
fn sample(detail: &str) -> String {
    let mut text = String::new();
    let mut rest = detail;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        text.push_str("x1");
        rest = after.split_once('}').map_or("", |(_, after)| after);
    }
    text + rest
}
