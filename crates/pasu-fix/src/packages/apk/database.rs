//! What is installed, from apk's own `/lib/apk/db/installed`.
//!
//! ```text
//! P:busybox
//! V:1.36.1-r0
//! A:x86_64
//! S:510000
//! I:950272
//! F:bin
//! R:busybox
//! ```
//!
//! A stanza a package: a letter and a value a line. `F` is a folder and `R` a file in it; `f` marks what is half done.

use std::collections::BTreeMap;

/// An installed package.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Installed {
    pub version: String,
    pub architecture: String,
    /// Bytes of its package file.
    pub download: u64,
    /// Bytes of its files.
    pub size: u64,
    /// A file or a program of it did not go well.
    pub is_broken: bool,
    pub files: Vec<String>,
}

/// Reads the database; `None` where a line is none of its lines, or a package has no name or version.
pub fn parse(text: &str) -> Option<BTreeMap<String, Installed>> {
    let mut all = BTreeMap::new();
    for stanza in text.split("\n\n").filter(|stanza| !stanza.trim().is_empty()) {
        let (name, package) = package(stanza)?;
        all.insert(name, package);
    }
    Some(all)
}

fn package(stanza: &str) -> Option<(String, Installed)> {
    let mut name = String::new();
    let mut package = Installed::default();
    let mut folder = "";
    for line in stanza.lines().filter(|line| !line.is_empty()) {
        let (letter, value) = line.split_once(':')?;
        match letter {
            "P" => value.clone_into(&mut name),
            "V" => value.clone_into(&mut package.version),
            "A" => value.clone_into(&mut package.architecture),
            "S" => package.download = value.parse().ok()?,
            "I" => package.size = value.parse().ok()?,
            "f" => package.is_broken |= value.contains(['f', 's']),
            "F" => folder = value,
            "R" if folder.is_empty() => package.files.push(format!("/{value}")),
            "R" => package.files.push(format!("/{folder}/{value}")),
            _ => {}
        }
    }
    (!name.is_empty() && !package.version.is_empty()).then_some((name, package))
}
