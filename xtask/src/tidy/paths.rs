//! No file names a place on the machine it was written on: it would be wrong on every other.

use std::fs;
use std::path::Path;

/// What a file of ours would name by accident: places inside this clone, and of cargo.
pub fn of_this_machine(root: &Path) -> Vec<String> {
    let entries = fs::read_dir(root).into_iter().flatten().flatten();
    let mut paths: Vec<String> = entries.map(|entry| entry.path().display().to_string()).collect();
    // Only whole folders of ours: a clone may itself lie at a path that a test has every right to name.
    paths.extend(
        ["CARGO_HOME", "CARGO_TARGET_DIR"].iter().filter_map(|name| std::env::var(name).ok()),
    );
    paths.retain(|path| path.starts_with('/') && path.matches('/').count() > 1);
    paths
}

/// Lines that name one of them.
pub fn check(file: &str, text: &str, paths: &[String]) -> Vec<String> {
    let mut problems = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        if let Some(path) = paths.iter().find(|path| line.contains(path.as_str())) {
            problems.push(format!("{file}:{number}: names {path}, a place on this machine"));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn a_place_of_the_writer_is_found() {
        let paths = ["/home/kim/pasu/crates".to_owned()];
        let problems = check("README.md", "one\nsee /home/kim/pasu/crates/pasu\n", &paths);
        assert_eq!(problems.len(), 1);
        assert!(problems[0].starts_with("README.md:2: "), "{problems:?}");
        assert!(check("README.md", "see crates/pasu and /home/kim/x", &paths).is_empty());
    }
}
