//! What every Rust file keeps to.

/// More lines than this are two files.
const MAX_LINES: usize = 500;

/// Marks of unfinished work. Written in two halves, or this file would break its own rule.
const UNFINISHED: &[&str] = &[
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("todo", "!("),
    concat!("unimplemented", "!("),
];

/// What reaches past `pasu_system::System`: libraries know a target only through it, and neither clock nor environment.
const DOORS: &[&str] = &[
    "std::fs",
    "fs::File",
    "File::open",
    "std::process",
    "std::net",
    "std::env",
    "SystemTime::now",
    "Timestamp::now",
    "Zoned::now",
];

/// Crates behind the door.
const PURE: &[&str] = &[
    "crates/pasu-model/src/",
    "crates/pasu-packages/src/",
    "crates/pasu-advisory/src/",
    "crates/pasu-report/src/",
];

/// Files that may open what is ours rather than the target's: file, and what it says there.
const EXCEPTIONS: &[(&str, &str)] = &[
    // The advisory database is opened by its path.
    ("crates/pasu-advisory/src/database/storage.rs", "std::fs"),
    ("crates/pasu-advisory/src/database/storage.rs", "fs::File"),
    ("crates/pasu-advisory/src/database/storage.rs", "File::open"),
];

/// What is wrong with a Rust file.
pub fn check(path: &str, text: &str) -> Vec<String> {
    if !path.ends_with(".rs") {
        return Vec::new();
    }
    let mut problems = Vec::new();
    if !is_test_module(path) && !text.starts_with("//!") {
        problems.push(format!("{path}:1: does not begin with a //! comment on what it is for"));
    }
    let lines = text.lines().count();
    if lines > MAX_LINES {
        problems.push(format!("{path}: {lines} lines, more than {MAX_LINES}; split it"));
    }
    for (number, line) in (1..).zip(text.lines()) {
        if let Some(mark) = UNFINISHED.iter().find(|mark| has_word(line, mark)) {
            problems.push(format!("{path}:{number}: {mark}: finish it, or say why it is so"));
        }
    }
    problems.extend(past_the_door(path, text));
    problems
}

fn past_the_door(path: &str, text: &str) -> Vec<String> {
    if is_test_module(path) || !PURE.iter().any(|crate_path| path.starts_with(crate_path)) {
        return Vec::new();
    }
    // Unit tests come last in a file.
    let code = text.lines().take_while(|line| line.trim() != "#[cfg(test)]");
    let mut problems = Vec::new();
    for (number, line) in (1..).zip(code) {
        let line = line.split("//").next().unwrap_or_default();
        for door in DOORS.iter().filter(|door| line.contains(**door)) {
            if !EXCEPTIONS.contains(&(path, door)) {
                problems.push(format!("{path}:{number}: {door} past the one door, pasu-system"));
            }
        }
    }
    problems
}

/// Test modules are introduced by the module they test.
fn is_test_module(path: &str) -> bool {
    let is_test = |part: &str| matches!(part, "tests" | "tests.rs" | "testing.rs" | "testing");
    path.split('/').any(is_test)
}

/// Whether a word stands in a text, not as part of a longer one.
pub fn has_word(text: &str, word: &str) -> bool {
    let is_letter = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    text.match_indices(word).any(|(at, _)| {
        let before = text.get(..at).and_then(|text| text.chars().next_back());
        let after = text.get(at + word.len()..).and_then(|text| text.chars().next());
        !is_letter(before) && (word.ends_with('(') || !is_letter(after))
    })
}

#[cfg(test)]
mod tests {
    use super::{MAX_LINES, check};

    const FILE: &str = "crates/pasu-packages/src/os/apk.rs";

    #[test]
    fn a_good_file_has_no_problem() {
        let text = "//! Reads the list of apk.\n\nfn read() {}\n";
        assert_eq!(check(FILE, text), Vec::<String>::new());
    }

    #[test]
    fn what_breaks_a_rule_is_named_with_its_line() {
        for (text, expected) in [
            ("fn read() {}\n", ":1: does not begin"),
            (concat!("//! A.\n// TO", "DO: later\n"), ":2: "),
            (concat!("//! A.\nfn a() { todo", "!() }\n"), ":2: "),
            ("//! A.\nuse std::fs::read;\n", ":2: std::fs past"),
            ("//! A.\nlet now = jiff::Zoned::now();\n", ":2: Zoned::now past"),
        ] {
            let problems = check(FILE, text);
            assert_eq!(problems.len(), 1, "{text}: {problems:?}");
            assert!(problems[0].starts_with(&format!("{FILE}{expected}")), "{problems:?}");
        }
        let long = format!("//! A.\n{}", "\n".repeat(MAX_LINES));
        assert_eq!(check(FILE, &long).len(), 1);
    }

    #[test]
    fn tests_other_crates_and_words_inside_words_are_left_alone() {
        for (path, text) in [
            (FILE, "//! A.\n#[cfg(test)]\nmod tests {\n    use std::fs;\n}\n"),
            (FILE, "//! A.\n// not std::fs\n"),
            (FILE, concat!("//! A.\nconst TO", "DOS: u8 = 1;\n")),
            ("crates/pasu-packages/src/os/tests.rs", "use std::fs;\n"),
            ("crates/pasu/src/main.rs", "//! A.\nuse std::fs;\n"),
            ("README.md", "no comment\n"),
        ] {
            assert_eq!(check(path, text), Vec::<String>::new(), "{path}: {text}");
        }
    }
}
