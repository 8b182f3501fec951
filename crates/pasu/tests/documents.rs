//! The pages show only commands and flags that this program has.

use std::path::{Path, PathBuf};
use std::process::Command;

const PAGES: [&str; 5] =
    ["README.md", "README.ko.md", "docs/audit.md", "docs/database.md", "docs/image-patch.md"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Command lines of `pasu` in code blocks, without prompt and comment.
fn commands(page: &str) -> Vec<Vec<String>> {
    let mut in_block = false;
    let mut commands = Vec::new();
    for line in page.lines() {
        if line.starts_with("```") {
            in_block = !in_block;
        }
        let line = line.strip_prefix("$ ").unwrap_or(line);
        let line = line.split(" #").next().unwrap_or_default();
        let mut words = line.split_whitespace().map(str::to_owned);
        if in_block && words.next().as_deref() == Some("pasu") {
            commands.push(words.collect());
        }
    }
    commands
}

fn help(arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pasu"));
    let output = command.args(arguments).arg("--help").output().expect("pasu can be run");
    assert!(output.status.success(), "pasu {arguments:?} --help: {output:?}");
    String::from_utf8(output.stdout).expect("help is UTF-8")
}

/// The words of a command line that name subcommands, judged by what each level's help lists.
fn subcommands(words: &[String]) -> Vec<&str> {
    let mut found = Vec::new();
    for word in words {
        let listed = help(&found);
        let commands = listed.split("Commands:\n").nth(1).unwrap_or_default();
        let mut names = commands
            .lines()
            .take_while(|line| !line.is_empty())
            .filter_map(|line| line.split_whitespace().next());
        if !names.any(|name| name == word) {
            break;
        }
        found.push(word.as_str());
    }
    found
}

#[test]
fn every_command_shown_exists_with_its_flags() {
    let mut checked = 0;
    for page in PAGES {
        for words in commands(&std::fs::read_to_string(root().join(page)).unwrap()) {
            let subcommands = subcommands(&words);
            let starts_with_word = words.first().is_some_and(|word| !word.starts_with('-'));
            assert!(!starts_with_word || !subcommands.is_empty(), "{page}: pasu {words:?}");
            let help = help(&subcommands);
            for flag in words.iter().filter(|word| word.starts_with('-') && word.len() > 1) {
                let known = help.split(|c: char| c.is_whitespace() || ",=[".contains(c));
                assert!(
                    known.into_iter().any(|word| word == flag),
                    "{page}: pasu {words:?}: {flag}"
                );
                checked += 1;
            }
        }
    }
    assert!(checked > 20, "only {checked} flags were found on the pages");
}
