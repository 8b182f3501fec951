//! Who may import whom, and what nobody may.

use super::sources;
use super::tree::TextFile;
use crate::workspace::{Dependency, Package};

/// One of our crates.
struct Rule {
    name: &'static str,
    /// Those of our crates that it may import.
    imports: &'static [&'static str],
}

/// The direction of data, as the table of `ARCHITECTURE.md` has it. A new crate needs a line here and a reason there.
const RULES: &[Rule] = &[
    Rule { name: "pasu-model", imports: &[] },
    Rule { name: "pasu-system", imports: &["pasu-model"] },
    Rule { name: "pasu-packages", imports: &["pasu-model", "pasu-system"] },
    Rule { name: "pasu-checks", imports: &["pasu-model", "pasu-system"] },
    Rule { name: "pasu-fix", imports: &["pasu-model", "pasu-system", "pasu-checks"] },
    Rule { name: "pasu-image", imports: &["pasu-model", "pasu-system"] },
    Rule { name: "pasu-advisory", imports: &["pasu-model"] },
    Rule { name: "pasu-report", imports: &["pasu-model"] },
    Rule { name: "pasu-pdf", imports: &["pasu-model", "pasu-report"] },
    Rule { name: "pasu-store", imports: &["pasu-model"] },
    Rule {
        name: "pasu",
        imports: &[
            "pasu-model",
            "pasu-system",
            "pasu-checks",
            "pasu-fix",
            "pasu-image",
            "pasu-packages",
            "pasu-advisory",
            "pasu-report",
            "pasu-pdf",
            "pasu-store",
        ],
    },
    // Measures the parts of the program one by one.
    Rule {
        name: "xtask",
        imports: &["pasu-model", "pasu-system", "pasu-packages", "pasu-advisory"],
    },
];

/// What a test may import besides: the nouns, and targets in memory.
const FOR_TESTS: &[&str] = &["pasu-model", "pasu-system"];

/// Crates of others that only some of ours may import, because they reach the world.
const DOORS: &[(&str, &[&str])] = &[
    ("rustix", &["pasu-system"]),
    ("ureq", &["pasu"]),
    ("bollard", &["pasu-image"]),
    ("reqwest", &["pasu-image"]),
    ("tokio", &["pasu-image"]),
    ("indicatif", &["pasu"]),
    ("clap", &["pasu", "xtask"]),
];

/// Crates that must not be in the lock file: C libraries with a build of their own, and second TLS stacks beside rustls
/// with ring.
const FORBIDDEN: &[&str] =
    &["aws-lc-rs", "aws-lc-sys", "native-tls", "openssl", "openssl-sys", "serde_yaml"];

/// Imports that break the table.
pub fn imports<'a>(members: impl Iterator<Item = &'a Package>) -> Vec<String> {
    let mut problems = Vec::new();
    for package in members {
        let Some(rule) = RULES.iter().find(|rule| rule.name == package.name) else {
            problems.push(format!("{}: has no line in xtask/src/tidy/crates.rs", package.name));
            continue;
        };
        problems.extend(package.dependencies.iter().filter_map(|import| broken(rule, import)));
    }
    problems
}

fn broken(rule: &Rule, import: &Dependency) -> Option<String> {
    let name = import.name.as_str();
    let is_dev = import.kind.as_deref() == Some("dev");
    let may = if RULES.iter().any(|rule| rule.name == name) {
        rule.imports.contains(&name) || is_dev && FOR_TESTS.contains(&name)
    } else {
        let door = DOORS.iter().find(|(door, _)| *door == name);
        is_dev || door.is_none_or(|(_, allowed)| allowed.contains(&rule.name))
    };
    (!may).then(|| format!("{}: may not import {name}; see ARCHITECTURE.md", rule.name))
}

/// Normal imports that no source of the crate names.
pub fn unused<'a>(members: impl Iterator<Item = &'a Package>, files: &[TextFile]) -> Vec<String> {
    let mut problems = Vec::new();
    for package in members {
        let sources = sources(package, files);
        for import in package.dependencies.iter().filter(|import| import.kind.is_none()) {
            let name = import.name.replace('-', "_");
            if !sources.iter().any(|file| sources::has_word(&file.text, &name)) {
                problems
                    .push(format!("{}: imports {} and does not use it", package.name, import.name));
            }
        }
    }
    problems
}

/// The sources of one of our crates.
fn sources<'a>(package: &Package, files: &'a [TextFile]) -> Vec<&'a TextFile> {
    let folders = [format!("crates/{}/src/", package.name), format!("{}/src/", package.name)];
    let is_source = |file: &&TextFile| folders.iter().any(|folder| file.path.starts_with(folder));
    files.iter().filter(is_source).filter(|file| file.path.ends_with(".rs")).collect()
}

/// Forbidden crates in the lock file.
pub fn forbidden(lock: &str) -> Vec<String> {
    let name = |line: &str| line.strip_prefix("name = \"")?.strip_suffix('"').map(str::to_owned);
    let found = lock.lines().filter_map(name).filter(|name| FORBIDDEN.contains(&name.as_str()));
    found
        .map(|name| {
            format!("Cargo.lock: {name} is forbidden; `cargo tree -i {name}` says who wants it")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{forbidden, imports, unused};
    use crate::tidy::tree::TextFile;
    use crate::workspace::{Dependency, Package};

    fn problems(name: &str, import: &str, kind: Option<&str>) -> Vec<String> {
        imports(std::iter::once(&package(name, import, kind)))
    }

    fn package(name: &str, import: &str, kind: Option<&str>) -> Package {
        Package {
            id: name.into(),
            name: name.into(),
            version: "0.1.0".into(),
            license: None,
            source: None,
            dependencies: vec![Dependency { name: import.into(), kind: kind.map(str::to_owned) }],
        }
    }

    #[test]
    fn an_import_that_is_not_used_is_found() {
        let file = TextFile {
            path: "crates/pasu-report/src/lib.rs".into(),
            text: "use serde_json::Value;\n".into(),
        };
        for (name, import, kind, found) in [
            ("pasu-report", "serde-json", None, false),
            ("pasu-report", "serde", None, true),
            ("pasu-report", "serde", Some("dev"), false),
            ("pasu", "serde-json", None, true),
        ] {
            let package = package(name, import, kind);
            let problems = unused(std::iter::once(&package), std::slice::from_ref(&file));
            assert_eq!(!problems.is_empty(), found, "{name} -> {import}: {problems:?}");
        }
    }

    #[test]
    fn imports_go_one_way() {
        for (name, import, kind, may) in [
            ("pasu-packages", "pasu-system", None, true),
            ("pasu-system", "pasu-packages", None, false),
            ("pasu-report", "pasu-advisory", None, false),
            ("pasu-report", "pasu-advisory", Some("dev"), false),
            ("pasu-report", "pasu-system", Some("dev"), true),
            ("pasu-report", "pasu-system", Some("build"), false),
            ("pasu-advisory", "pasu", Some("dev"), false),
            ("pasu", "pasu-report", None, true),
            ("pasu-packages", "serde", None, true),
            ("pasu-packages", "ureq", None, false),
            ("pasu-advisory", "ureq", Some("dev"), true),
            ("pasu-mail", "serde", None, false),
        ] {
            let problems = problems(name, import, kind);
            assert_eq!(problems.is_empty(), may, "{name} -> {import} ({kind:?}): {problems:?}");
        }
    }

    #[test]
    fn a_second_tls_stack_is_found_in_the_lock_file() {
        let lock = |name: &str| format!("[[package]]\nname = \"{name}\"\nversion = \"1.0.0\"\n");
        assert_eq!(forbidden(&lock("aws-lc-sys")).len(), 1);
        assert_eq!(forbidden(&lock("ring")).len(), 0);
    }
}
