//! Foreign text made safe for a terminal.
//!
//! Package names, titles and paths come from the target: a name may hold `ESC ]0;…` to rename the window, a carriage
//! return to overwrite the line, or U+202E to turn the text around.

use unicode_width::UnicodeWidthChar;

/// The text with everything shown that could steer a terminal: white space becomes a space, the rest `\u{1b}`.
pub fn clean(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\t' | '\n' | '\r' | '\u{2028}' | '\u{2029}' | '\u{85}' => safe.push(' '),
            // Variation selectors change the width of the character before them and say nothing else.
            '\u{fe00}'..='\u{fe0f}' => {}
            _ if steers(character) => safe.extend(character.escape_unicode()),
            _ => safe.push(character),
        }
    }
    safe
}

/// As [`clean`], with lines kept as lines.
pub(crate) fn clean_lines(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(clean).collect();
    lines.join("\n")
}

/// Whether a character acts on its surroundings instead of standing for itself.
fn steers(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// At most `limit` characters of the cleaned text, with `...` where something was cut.
pub(crate) fn clip(text: &str, limit: usize) -> String {
    // Cleaning grows a character to at most ten, so nothing beyond `limit` input characters can be shown.
    let head: String = text.chars().take(limit.saturating_add(1)).collect();
    let safe = clean(&head);
    if safe.chars().count() <= limit {
        return safe;
    }
    let mut short: String = safe.chars().take(limit.saturating_sub(3)).collect();
    short.push_str("...");
    short
}

/// Columns a cleaned text takes in a terminal; Korean letters take two.
pub(crate) fn width(text: &str) -> usize {
    text.chars().map(|character| character.width().unwrap_or(0)).sum()
}

/// Lines of at most `limit` columns, broken at spaces, and inside a word only if the word alone is longer.
#[must_use]
pub fn wrap(text: &str, limit: usize) -> Vec<String> {
    let limit = limit.max(2);
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        if !line.is_empty() && width(&line) + 1 + width(word) > limit {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        for character in word.chars() {
            if width(&line) + character.width().unwrap_or(0) > limit {
                lines.push(std::mem::take(&mut line));
            }
            line.push(character);
        }
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::{clean, clip, width, wrap};

    #[test]
    fn what_steers_a_terminal_is_shown_instead() {
        for (hostile, shown) in [
            ("a\u{1b}[31mb", "a\\u{1b}[31mb"),
            ("a\u{9b}2Jb", "a\\u{9b}2Jb"),
            ("abc\u{202e}cba", "abc\\u{202e}cba"),
            ("two\r\nlines", "two  lines"),
            ("zero\u{200b}width", "zero\\u{200b}width"),
            ("파수 리눅스", "파수 리눅스"),
        ] {
            assert_eq!(clean(hostile), shown, "{hostile:?}");
        }
    }

    #[test]
    fn korean_takes_two_columns() {
        assert_eq!(width("파수 ok"), 7);
        assert_eq!(wrap("가나다라", 5), ["가나", "다라"]);
    }

    #[test]
    fn lines_break_at_spaces_and_long_words_anywhere() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(wrap("", 3), [""]);
    }

    #[test]
    fn long_text_is_cut() {
        assert_eq!(clip("abcdef", 5), "ab...");
        assert_eq!(clip("abcde", 5), "abcde");
    }
}
