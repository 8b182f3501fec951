//! Text that Markdown and the HTML in it must take for text.

use crate::safe_text::clean;

/// What begins something inside a line.
const SPECIAL: &[char] = &['\\', '`', '*', '_', '[', ']', '<', '>', '|', '~', '#', '&', '!', '$'];

/// Text in one line.
pub(super) fn inline(text: &str) -> String {
    let text = clean(text);
    let text = text.trim();
    let mut escaped = String::with_capacity(text.len() + 8);
    for (index, character) in text.char_indices() {
        let begins_list = index == 0 && matches!(character, '-' | '+' | '=' | ':');
        if SPECIAL.contains(&character) || begins_list || ends_number(text, index, character) {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    // A name of an account would call somebody, and an address without a scheme would become a link.
    escaped.replace('@', "&#64;").replace("www.", "www&#46;")
}

/// `1.` or `1)` at the beginning would begin a list.
fn ends_number(text: &str, index: usize, character: char) -> bool {
    matches!(character, '.' | ')')
        && index > 0
        && text[..index].chars().all(|before| before.is_ascii_digit())
        && matches!(text.as_bytes().get(index + 1), None | Some(b' '))
}

/// Text of several lines, each broken where it is broken.
pub(super) fn lines(text: &str) -> String {
    text.lines().map(inline).collect::<Vec<_>>().join("\\\n")
}

/// Text of several lines in a cell of a table.
pub(crate) fn cell(text: &str) -> String {
    text.lines().map(inline).collect::<Vec<_>>().join("<br>")
}

/// An address behind a link, in angle brackets.
pub(super) fn address(link: &str) -> String {
    let plain: String = link
        .chars()
        .map(|c| match c {
            '<' => "%3C".to_owned(),
            '>' => "%3E".to_owned(),
            '\\' => "%5C".to_owned(),
            '|' => "%7C".to_owned(),
            c => c.to_string(),
        })
        .collect();
    format!("<{plain}>")
}

/// A name in links.
pub(super) fn id(id: &str) -> String {
    id.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect()
}

#[cfg(test)]
mod tests {
    use super::{address, cell, inline, lines};

    #[test]
    fn nothing_of_a_text_is_markup() {
        for (text, written) in [
            ("plain 파수", "plain 파수"),
            ("a|b", "a\\|b"),
            ("<script>", "\\<script\\>"),
            ("`rm`", "\\`rm\\`"),
            ("[x](y)", "\\[x\\](y)"),
            ("![x](y)", "\\!\\[x\\](y)"),
            ("# head", "\\# head"),
            ("- point", "\\- point"),
            ("1. point", "1\\. point"),
            ("3.0.17-1~deb12u1", "3.0.17-1\\~deb12u1"),
            ("&lt;", "\\&lt;"),
            ("@octocat", "&#64;octocat"),
            ("a\u{202e}b\u{1b}", "a\\\\u{202e}b\\\\u{1b}"),
            ("a\nb", "a b"),
        ] {
            assert_eq!(inline(text), written, "{text:?}");
        }
        assert_eq!(lines("a\n# b"), "a\\\n\\# b");
        assert_eq!(cell("a|\nb"), "a\\|<br>b");
        assert_eq!(address("https://x/<a>|b"), "<https://x/%3Ca%3E%7Cb>");
    }
}
