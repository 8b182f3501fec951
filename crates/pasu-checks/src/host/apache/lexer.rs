//! Lines of Apache's configuration: `CustomLog "|/bin/rotate log" combined \`.

use crate::host::ConfigFile;

/// A line with its continuations joined, and the number of the first.
pub(super) fn logical_lines(file: &ConfigFile) -> Vec<(u32, String)> {
    let mut lines: Vec<(u32, String)> = Vec::new();
    let mut continued = false;
    for (number, line) in file.numbered() {
        let (text, goes_on) = match line.strip_suffix('\\') {
            Some(text) => (text, true),
            None => (line, false),
        };
        match lines.last_mut() {
            Some((_, before)) if continued => before.push_str(text),
            _ => lines.push((number, text.to_owned())),
        }
        continued = goes_on;
    }
    lines.retain_mut(|(_, line)| {
        let trimmed = line.trim();
        let keeps = !trimmed.is_empty() && !trimmed.starts_with('#');
        if keeps {
            *line = trimmed.to_owned();
        }
        keeps
    });
    lines
}

/// The words of a line; quotes are taken away, and a backslash before a quote.
pub(super) fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = line.chars().peekable();
    loop {
        while rest.next_if(|next| next.is_whitespace()).is_some() {}
        let Some(first) = rest.peek().copied() else { return words };
        let mut word = String::new();
        if matches!(first, '"' | '\'') {
            rest.next();
            while let Some(next) = rest.next() {
                if next == '\\' && rest.peek().is_some_and(|next| *next == first || *next == '\\') {
                    word.extend(rest.next());
                } else if next == first {
                    break;
                } else {
                    word.push(next);
                }
            }
        } else {
            while let Some(next) = rest.next_if(|next| !next.is_whitespace()) {
                word.push(next);
            }
        }
        words.push(word);
    }
}

/// Puts values in the place of `${NAME}`; unknown ones stay.
pub(super) fn expanded(text: &str, value: impl Fn(&str) -> Option<String>) -> String {
    if !text.contains("${") {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        out.push_str(before);
        let Some((name, behind)) = after.split_once('}') else {
            out.push_str("${");
            rest = after;
            break;
        };
        match value(name) {
            Some(value) => out.push_str(&value),
            None => out.extend(["${", name, "}"]),
        }
        rest = behind;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::{expanded, logical_lines, words};
    use crate::host::ConfigFile;

    #[test]
    fn lines_go_on_after_a_backslash_also_in_comments() {
        let lines = ["# a \\", "Options Indexes", " Options \\", "  None", "", "X"];
        let lines = lines.iter().map(|line| (*line).to_owned()).collect();
        let file = ConfigFile { path: "/c".to_owned(), lines };
        assert_eq!(logical_lines(&file), [(3, "Options   None".to_owned()), (6, "X".to_owned())]);
    }

    #[test]
    fn words_lose_their_quotes() {
        assert_eq!(
            words(r#"Alias "/a b" '/c "d"' e\f "g\"h""#),
            ["Alias", "/a b", "/c \"d\"", "e\\f", "g\"h"]
        );
        assert_eq!(words("A \"open"), ["A", "open"]);
    }

    #[test]
    fn variables_are_put_in() {
        let value = |name: &str| (name == "A").then(|| "1".to_owned());
        assert_eq!(expanded("x${A}y${B}z${", value), "x1y${B}z${");
    }
}
