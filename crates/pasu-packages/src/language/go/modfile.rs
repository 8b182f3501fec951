//! The syntax of `go.mod` (Go Modules Reference, "go.mod files"):
//!
//! ```text
//! module example.com/app
//! go 1.22.3
//! require golang.org/x/sys v0.5.0 // indirect
//! replace example.com/old v1.0.0 => example.com/new v1.0.1
//! ```
//!
//! Each directive may also stand before a block in parentheses, one entry a line. Directives that name no module a
//! build uses (`toolchain`, `tool`, `retract`, `godebug`, `ignore` and what Go adds later) are passed over: the module
//! of a `tool` has its own `require`.

use crate::DetectError;

/// What a `go.mod` says.
#[derive(Debug, Default)]
pub(super) struct ModFile {
    /// Path of the module itself.
    pub module: Option<Entry>,
    /// Version of the `go` directive.
    pub go: Option<String>,
    /// Modules needed.
    pub require: Vec<Require>,
    /// Versions that must not be used.
    pub exclude: Vec<(String, String)>,
    /// Modules taken from elsewhere.
    pub replace: Vec<Replace>,
}

/// Text and the line it stands on, counted from 1.
#[derive(Debug)]
pub(super) struct Entry {
    /// Text.
    pub text: String,
    /// Line.
    pub line: u32,
}

/// One module needed.
#[derive(Debug)]
pub(super) struct Require {
    /// Module path.
    pub path: String,
    /// Version.
    pub version: String,
    /// Marked `// indirect`.
    pub indirect: bool,
    /// Line.
    pub line: u32,
}

/// One module taken from elsewhere.
#[derive(Debug)]
pub(super) struct Replace {
    /// Module path that is replaced.
    pub old: String,
    /// Only this version of it.
    pub old_version: Option<String>,
    /// Module path or directory in its place.
    pub new: String,
    /// Version in its place; none for a directory.
    pub new_version: Option<String>,
}

impl ModFile {
    /// Reads the text of a `go.mod`.
    pub(super) fn parse(text: &str) -> Result<Self, DetectError> {
        let mut file = Self::default();
        let mut block: Option<String> = None;
        for (line, text) in (1..).zip(text.lines()) {
            let (words, comment) = split(text, line)?;
            if words.iter().any(String::is_empty) {
                return Err(DetectError::malformed(format!("line {line}: empty quotes")));
            }
            let mut words = words.as_slice();
            match (&block, words) {
                (_, []) => continue,
                (Some(_), [close]) if close == ")" => {
                    block = None;
                    continue;
                }
                (None, [verb, open]) if open == "(" => {
                    block = Some(verb.clone());
                    continue;
                }
                _ => {}
            }
            let verb = match (&block, words.split_first()) {
                (Some(verb), _) => verb.clone(),
                (None, Some((verb, rest))) => {
                    words = rest;
                    verb.clone()
                }
                (None, None) => continue,
            };
            file.directive(&verb, words, comment, line)?;
        }
        if block.is_some() {
            return Err(DetectError::malformed("the last block is not closed"));
        }
        Ok(file)
    }

    /// Whether the `go` directive promises that every indirect module is listed too, as it is from Go 1.17 on.
    pub(super) fn lists_indirect(&self) -> bool {
        let Some(version) = &self.go else { return false };
        let mut numbers = version.split('.').map(|part| {
            let digits = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
            part.get(..digits).and_then(|digits| digits.parse::<u32>().ok()).unwrap_or(0)
        });
        let major = numbers.next().unwrap_or(0);
        let minor = numbers.next().unwrap_or(0);
        (major, minor) >= (1, 17)
    }

    fn directive(
        &mut self,
        verb: &str,
        words: &[String],
        comment: &str,
        line: u32,
    ) -> Result<(), DetectError> {
        match (verb, words) {
            ("module", [path]) => self.module = Some(Entry { text: path.clone(), line }),
            ("go", [version]) => self.go = Some(version.clone()),
            ("require", [path, version]) => self.require.push(Require {
                path: path.clone(),
                version: version.clone(),
                indirect: is_indirect(comment),
                line,
            }),
            ("exclude", [path, version]) => self.exclude.push((path.clone(), version.clone())),
            ("replace", words) => self.replace.push(replace(words, line)?),
            ("module" | "go" | "require" | "exclude", _) => {
                return Err(DetectError::malformed(format!(
                    "line {line}: {verb} with {} words",
                    words.len()
                )));
            }
            _ => {}
        }
        Ok(())
    }
}

fn replace(words: &[String], line: u32) -> Result<Replace, DetectError> {
    let parts: Vec<&[String]> = words.split(|word| word == "=>").collect();
    let [[old, old_version @ ..], [new, new_version @ ..]] = parts.as_slice() else {
        return Err(DetectError::malformed(format!("line {line}: replace without both sides")));
    };
    Ok(Replace {
        old: old.clone(),
        old_version: old_version.first().cloned(),
        new: new.clone(),
        new_version: new_version.first().cloned(),
    })
}

/// `// indirect`, alone or before another remark: `// indirect; needed by x`.
fn is_indirect(comment: &str) -> bool {
    let comment = comment.trim();
    comment == "indirect" || comment.starts_with("indirect;")
}

/// The words of a line, unquoted, and its comment. Parentheses are words of their own only where Go writes them:
/// apart, or after the directive (`require(`).
fn split(text: &str, line: u32) -> Result<(Vec<String>, &str), DetectError> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        if let Some(comment) = rest.strip_prefix("//") {
            return Ok((words, comment));
        }
        let length = match first {
            '"' | '`' => {
                let inner = rest.get(1..).unwrap_or_default();
                let end = inner.find(first).ok_or_else(|| {
                    DetectError::malformed(format!("line {line}: a quote is not closed"))
                })?;
                words.push(inner.get(..end).unwrap_or_default().to_owned());
                end + 2
            }
            '(' | ')' => {
                words.push(first.to_string());
                1
            }
            _ => {
                let end = word_end(rest);
                words.push(rest.get(..end).unwrap_or_default().to_owned());
                end
            }
        };
        rest = rest.get(length..).unwrap_or_default().trim_start();
    }
    Ok((words, ""))
}

/// Where an unquoted word ends: at a space, a parenthesis or a comment.
fn word_end(text: &str) -> usize {
    let end =
        text.find(|c: char| c.is_whitespace() || matches!(c, '(' | ')')).unwrap_or(text.len());
    text.get(..end).and_then(|word| word.find("//")).filter(|at| *at > 0).unwrap_or(end)
}

#[cfg(test)]
mod tests {
    use super::ModFile;

    #[test]
    fn forms_of_a_directive_mean_the_same() {
        for text in [
            "require a.example/b v1.0.0",
            "require (\n\ta.example/b v1.0.0\n)",
            "require(\n\ta.example/b v1.0.0\n)\n",
            "require \"a.example/b\" `v1.0.0` // why",
            "// first\nrequire\ta.example/b   v1.0.0//why",
        ] {
            let file = ModFile::parse(text).unwrap();
            let [require] = file.require.as_slice() else { panic!("{text}: {file:?}") };
            assert_eq!(
                (require.path.as_str(), require.version.as_str()),
                ("a.example/b", "v1.0.0")
            );
            assert!(!require.indirect);
        }
    }

    #[test]
    fn empty_quotes_are_no_module() {
        let error = ModFile::parse("go 1.21\nrequire \"\" v1.0.0\n").unwrap_err();
        assert_eq!(error.to_string(), "line 2: empty quotes");
    }

    #[test]
    fn indirect_is_read_from_the_comment() {
        for (comment, expected) in [
            ("// indirect", true),
            ("//indirect", true),
            ("// indirect; kept", true),
            ("// indirectly", false),
            ("", false),
        ] {
            let file = ModFile::parse(&format!("require a.example/b v1.0.0 {comment}")).unwrap();
            assert_eq!(file.require[0].indirect, expected, "{comment}");
        }
    }

    #[test]
    fn indirect_modules_are_listed_since_go_1_17() {
        for (go, expected) in [
            ("1.16", false),
            ("1.17", true),
            ("1.22rc1", true),
            ("1.9", false),
            ("2.0", true),
            ("x", false),
        ] {
            let file = ModFile::parse(&format!("go {go}")).unwrap();
            assert_eq!(file.lists_indirect(), expected, "{go}");
        }
        assert!(!ModFile::parse("module a").unwrap().lists_indirect());
    }

    #[test]
    fn broken_lines_are_named() {
        for (text, expected) in [
            ("module a\nrequire b", "line 2: require with 1 words"),
            ("require (\n a v1", "the last block is not closed"),
            ("replace a v1", "line 1: replace without both sides"),
            ("replace a => ", "line 1: replace without both sides"),
            ("module \"a", "line 1: a quote is not closed"),
        ] {
            assert_eq!(ModFile::parse(text).unwrap_err().to_string(), expected);
        }
    }
}
