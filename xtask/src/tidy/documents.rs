//! Pages name files and commands that exist.

use crate::Chore;
use clap::CommandFactory;
use std::path::Path;

/// Folders at the root whose files a page may name.
const NAMED: &[&str] = &["crates/", "xtask/", "fuzz/", "docs/", ".ci/"];

/// Files and chores that a page names and that are not there.
pub fn check(path: &str, text: &str, root: &Path) -> Vec<String> {
    if !path.ends_with(".md") {
        return Vec::new();
    }
    let mut problems = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        for file in files(line).filter(|file| !root.join(file).exists()) {
            problems.push(format!("{path}:{number}: {file} does not exist"));
        }
        for chore in chores(line).filter(|chore| !is_chore(chore)) {
            problems.push(format!("{path}:{number}: there is no `cargo xtask {chore}`"));
        }
    }
    problems
}

/// Files in backquotes, whole paths from the root; a placeholder (`<name>`, `*`) ends the part that must exist.
fn files(line: &str) -> impl Iterator<Item = &str> {
    let quoted = line.split('`').skip(1).step_by(2);
    let named = quoted.filter(|text| NAMED.iter().any(|folder| text.starts_with(folder)));
    named.map(|text| {
        let end = text.find(['<', '*', '{', ' ', ':']).unwrap_or(text.len());
        let fixed = text.get(..end).unwrap_or(text);
        match end < text.len() && !fixed.ends_with('/') {
            true => fixed.rsplit_once('/').map_or(fixed, |(folder, _)| folder),
            false => fixed,
        }
    })
}

/// The words after `cargo xtask`.
fn chores(line: &str) -> impl Iterator<Item = &str> {
    let rests = line.split("cargo xtask ").skip(1);
    rests.map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_lowercase() && c != '-').unwrap_or(rest.len());
        rest.get(..end).unwrap_or(rest)
    })
}

fn is_chore(name: &str) -> bool {
    Chore::command().find_subcommand(name).is_some()
}

#[cfg(test)]
mod tests {
    use super::check;
    use std::fs;

    #[test]
    fn names_of_files_and_chores_must_be_true() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("crates/pasu/src")).unwrap();
        fs::write(root.path().join("crates/pasu/src/main.rs"), "").unwrap();
        for (line, expected) in [
            ("See `crates/pasu/src/main.rs` and `crates/pasu`.", None),
            ("Add `crates/pasu/src/<name>.rs` or `crates/pasu/src/a_*.rs`.", None),
            ("Run `cargo xtask test`, then `cargo xtask tidy`.", None),
            ("See `crates/pasu/src/gone.rs`.", Some("crates/pasu/src/gone.rs does not exist")),
            ("Add `crates/gone/<name>.rs`.", Some("crates/gone/ does not exist")),
            ("Run `cargo xtask dance`.", Some("there is no `cargo xtask dance`")),
        ] {
            let problems = check("A.md", line, root.path());
            let expected: Vec<String> =
                expected.map(|what| format!("A.md:1: {what}")).into_iter().collect();
            assert_eq!(problems, expected, "{line}");
        }
        assert!(check("a.rs", "`crates/gone`", root.path()).is_empty());
    }
}
