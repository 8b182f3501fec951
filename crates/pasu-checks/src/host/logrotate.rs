//! What logrotate makes in the place of a log that it moved away: `/etc/logrotate.conf` and what it includes.
//!
//! ```text
//! /var/log/wtmp {
//!     monthly
//!     create 0664 root utmp
//! }
//! ```

use super::{ConfigFile, Host, path_matches};
use crate::cause::{Cause, CauseKind};
use pasu_model::Place;
use serde::{Deserialize, Serialize};

/// How many files may be included.
const MAX_FILES: usize = 1000;

/// Endings of names that logrotate leaves out of a folder.
const TABOO: [&str; 10] = [
    ".dpkg-old",
    ".dpkg-new",
    ".dpkg-dist",
    ".rpmsave",
    ".rpmorig",
    ".rpmnew",
    "~",
    ".bak",
    ".swp",
    ".disabled",
];

/// The logs of one block, and what is made in their place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rotation {
    /// Paths, with wildcards.
    pub patterns: Vec<String>,
    /// The line that holds for them; none where the log's own attributes are taken, or no new one is made.
    pub create: Option<Create>,
}

/// `create 0664 root utmp`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Create {
    /// Bits, where the line names them.
    pub mode: Option<u32>,
    /// Owner, where the line names one.
    pub owner: Option<String>,
    /// The whole line.
    pub text: String,
    /// Where it stands.
    pub place: Place,
    /// Whether it stands outside blocks and holds for every log.
    pub is_global: bool,
}

impl Rotation {
    /// Whether it is about a log.
    #[must_use]
    pub fn is_about(&self, path: &str) -> bool {
        self.patterns.iter().any(|pattern| path_matches(pattern, path))
    }
}

impl Create {
    /// The same line with fewer bits.
    #[must_use]
    pub fn within(&self, limit: u32) -> Option<String> {
        let mode = self.mode.filter(|mode| mode & !limit != 0)?;
        let word = self.text.split_whitespace().nth(1)?;
        let width = word.len();
        let at = self.text.find("create")? + "create".len();
        let (head, tail) = self.text.split_at(at);
        Some(head.to_owned() + &tail.replacen(word, &format!("{:0width$o}", mode & limit), 1))
    }

    /// `create [MODE] [OWNER [GROUP]]`
    fn parse(file: &ConfigFile, line: u32, text: &str, is_global: bool) -> Option<Self> {
        let mut words = text.split_whitespace();
        if words.next() != Some("create") {
            return None;
        }
        let mut words = words.peekable();
        let mode = words.peek().and_then(|word| u32::from_str_radix(word, 8).ok());
        if mode.is_some() {
            words.next();
        }
        let owner = words.next().map(str::to_owned);
        Some(Self { mode, owner, text: text.to_owned(), place: file.place(line), is_global })
    }
}

impl Host {
    /// Every block of logrotate, with the line that holds for it.
    ///
    /// # Errors
    /// A file is there and cannot be read, or too many are included.
    pub fn rotations(&self) -> Result<Vec<Rotation>, Cause> {
        let mut found = Found::default();
        let mut waiting = vec!["/etc/logrotate.conf".to_owned()];
        let mut seen = 0;
        while let Some(path) = waiting.pop() {
            seen += 1;
            if seen > MAX_FILES {
                let detail = "logrotate includes too many files";
                return Err(Cause::new(CauseKind::Limit, detail));
            }
            let Some(file) = self.text(&path)? else { continue };
            for included in found.take(&file) {
                waiting.extend(files_of(self, &included)?);
            }
        }
        let Found { mut blocks, global } = found;
        for (block, is_told) in &mut blocks {
            if !*is_told {
                block.create.clone_from(&global);
            }
        }
        Ok(blocks.into_iter().map(|(block, _)| block).collect())
    }
}

/// A file, or the files of a folder.
fn files_of(host: &Host, path: &str) -> Result<Vec<String>, Cause> {
    let names = host.list(path)?;
    if names.is_empty() {
        return Ok(vec![path.to_owned()]);
    }
    let is_read = |name: &&String| !TABOO.iter().any(|end| name.ends_with(end));
    Ok(names.iter().filter(is_read).map(|name| format!("{path}/{name}")).collect())
}

#[derive(Default)]
struct Found {
    /// With whether the block itself says what is made.
    blocks: Vec<(Rotation, bool)>,
    global: Option<Create>,
}

impl Found {
    /// Takes the blocks of one file; what it includes is returned.
    fn take(&mut self, file: &ConfigFile) -> Vec<String> {
        let mut included = Vec::new();
        let mut patterns: Vec<String> = Vec::new();
        let mut block: Option<(Rotation, bool)> = None;
        let mut in_script = false;
        for (number, raw) in file.numbered() {
            let line = raw.trim();
            let word = line.split_whitespace().next().unwrap_or_default();
            if in_script {
                in_script = word != "endscript";
            } else if word.is_empty() || word.starts_with('#') {
            } else if let Some((rotation, is_told)) = &mut block {
                match word {
                    "}" => self.blocks.extend(block.take()),
                    "create" => {
                        rotation.create = Create::parse(file, number, raw, false);
                        *is_told = true;
                    }
                    "nocreate" => (rotation.create, *is_told) = (None, true),
                    "postrotate" | "prerotate" | "firstaction" | "lastaction" | "preremove" => {
                        in_script = true;
                    }
                    _ => {}
                }
            } else if word == "include" {
                included.extend(line.split_whitespace().nth(1).map(str::to_owned));
            } else if word == "create" {
                self.global = Create::parse(file, number, raw, true);
            } else if word.starts_with(['/', '"', '\'', '{']) || !patterns.is_empty() {
                let (paths, opens) = match line.split_once('{') {
                    Some((paths, _)) => (paths, true),
                    None => (line, false),
                };
                patterns.extend(quoted(paths));
                if opens {
                    let patterns = std::mem::take(&mut patterns);
                    block = Some((Rotation { patterns, create: None }, false));
                }
            }
        }
        included
    }
}

/// Words, of which some are quoted: `"/var/log/my app/*.log" /var/log/x`.
fn quoted(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = text.trim();
    while let Some(first) = rest.chars().next() {
        let (word, after) = match first {
            '"' | '\'' => rest[1..].split_once(first).unwrap_or((&rest[1..], "")),
            _ => rest.split_once(char::is_whitespace).unwrap_or((rest, "")),
        };
        words.push(word.to_owned());
        rest = after.trim_start();
    }
    words
}

#[cfg(test)]
mod tests {
    use crate::case::TestHost;

    #[test]
    fn blocks_scripts_and_the_line_for_all_are_told_apart() {
        let host = TestHost::new()
            .file(
                "/etc/logrotate.conf",
                "weekly\n# create 0777\ncreate 0600\ninclude /etc/logrotate.d\n\
                 /var/log/wtmp {\n    create 0664 root utmp\n}\n",
            )
            .file(
                "/etc/logrotate.d/app",
                "\"/var/log/my app/*.log\" /var/log/b\n/var/log/c\n{\n  postrotate\n    create 0666\n  }\n  \
                 endscript\n}\n/var/log/d{\n nocreate\n}\n/var/log/e {\n\tcreate\n}\n",
            )
            .file("/etc/logrotate.d/app.dpkg-old", "/var/log/old {\n}\n")
            .host();
        let found = host.rotations().unwrap();
        let of = |path: &str| found.iter().find(|rotation| rotation.is_about(path)).unwrap();
        let wtmp = of("/var/log/wtmp").create.clone().unwrap();
        assert_eq!((wtmp.mode, wtmp.owner.as_deref()), (Some(0o664), Some("root")));
        assert_eq!(wtmp.within(0o644).as_deref(), Some("    create 0644 root utmp"));
        assert_eq!(wtmp.within(0o664), None);
        for path in ["/var/log/my app/x.log", "/var/log/b", "/var/log/c"] {
            let create = of(path).create.clone().unwrap();
            assert_eq!((create.mode, create.is_global), (Some(0o600), true), "{path}");
        }
        assert_eq!(of("/var/log/d").create, None);
        assert_eq!(of("/var/log/e").create.as_ref().unwrap().mode, None);
        assert!(!found.iter().any(|rotation| rotation.is_about("/var/log/old")));
    }
}
