//! `/etc/os-release` (os-release(5)): shell assignments, one a line.
//!
//! ```text
//! PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
//! ID=debian
//! ```

/// What is taken from `os-release`, or made up from a stand-in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OsRelease {
    /// `ID`.
    pub id: String,
    /// `VERSION_ID`.
    pub version: String,
    /// `VERSION_CODENAME`.
    pub codename: Option<String>,
    /// `NAME`.
    pub name: Option<String>,
    /// `PRETTY_NAME`.
    pub pretty_name: Option<String>,
}

impl OsRelease {
    /// Reads `os-release`; `None` if it does not say which system it is.
    pub fn parse(text: &str) -> Option<Self> {
        let mut release = Self::default();
        for (key, value) in assignments(text) {
            match key {
                "ID" => release.id = value.to_ascii_lowercase(),
                "VERSION_ID" => release.version = value,
                "VERSION_CODENAME" => release.codename = some(value),
                "NAME" => release.name = some(value),
                "PRETTY_NAME" => release.pretty_name = some(value),
                _ => {}
            }
        }
        (!release.id.is_empty()).then_some(release)
    }

    /// `NAME` or `PRETTY_NAME` says that this is a "Stream" of CentOS.
    pub fn is_stream(&self) -> bool {
        [&self.name, &self.pretty_name].into_iter().flatten().any(|name| name.contains("Stream"))
    }
}

/// The assignments of a shell-like file, unquoted, without control characters.
pub fn assignments(text: &str) -> impl Iterator<Item = (&str, String)> {
    text.lines().filter_map(|line| {
        let (key, value) = line.trim().split_once('=')?;
        Some((key, unquote(value.trim())))
    })
}

/// Takes one pair of quotes off and, unless they are single ones, undoes backslash escapes.
fn unquote(value: &str) -> String {
    let quoted = |quote| value.strip_prefix(quote)?.strip_suffix(quote);
    if let Some(literal) = quoted('\'') {
        return printable(literal.chars());
    }
    let mut escaped = false;
    printable(quoted('"').unwrap_or(value).chars().filter(move |c| {
        escaped = *c == '\\' && !escaped;
        !escaped
    }))
}

fn printable(characters: impl Iterator<Item = char>) -> String {
    characters.filter(|c| !c.is_control()).take(256).collect()
}

fn some(value: String) -> Option<String> {
    (!value.is_empty()).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::{OsRelease, assignments};

    #[test]
    fn quotes_and_escapes_are_undone() {
        let text =
            "A=plain\nB=\"two words\"\nC='it\\'\nD=\"a \\\"b\\\" \\\\ \\$\"\n# E=1\nF\nG=\"\n";
        let values: Vec<_> =
            assignments(text).map(|(key, value)| format!("{key}:{value}")).collect();
        assert_eq!(values, ["A:plain", "B:two words", "C:it\\", "D:a \"b\" \\ $", "# E:1", "G:\""]);
    }

    #[test]
    fn without_an_id_it_is_no_release() {
        assert_eq!(OsRelease::parse("NAME=x\nVERSION_ID=1\n"), None);
        assert_eq!(OsRelease::parse("\0\0\u{1}=\n"), None);
    }

    #[test]
    fn control_characters_do_not_get_through() {
        let release = OsRelease::parse("ID=debian\nPRETTY_NAME=\"\u{1b}[31mred\"\n").unwrap();
        assert_eq!(release.pretty_name.as_deref(), Some("[31mred"));
    }
}
