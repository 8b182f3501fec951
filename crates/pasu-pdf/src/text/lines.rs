//! Where lines end.
//!
//! At spaces first. A word wider than the line breaks after `/`, `-`, `.`, `:` and their like, then between syllables or
//! any letters; no line begins with a closing bracket or a full stop, and none ends with an opening bracket.

use crate::font::Face;
use std::ops::Range;

/// A line.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Its letters, without spaces at its end.
    pub bytes: Range<usize>,
    /// How wide it is.
    pub width: f32,
}

/// A letter, where it is, and how far it advances.
type Letter = (usize, char, f32);

/// The lines of a text, each at most so wide, unless one letter alone is wider. A text without letters has one.
pub fn lines(text: &str, face: &Face, size: f32, width: f32) -> Vec<Line> {
    let mut all = Vec::new();
    let mut start = 0;
    let mut letters = Vec::new();
    for line in text.split('\n') {
        letters.clear();
        let places = line.char_indices();
        letters.extend(places.map(|(at, c)| (start + at, c, face.advance(c) * size)));
        break_line(&letters, start..start + line.len(), width, &mut all);
        start += line.len() + 1;
    }
    all
}

fn break_line(letters: &[Letter], bytes: Range<usize>, width: f32, all: &mut Vec<Line>) {
    let mut start = 0;
    loop {
        let end = fitting(letters, start, width);
        let cut = if end == letters.len() { end } else { cut(letters, start, end) };
        all.push(line(letters, start..cut, &bytes));
        start = cut;
        while start < letters.len() && letters[start].1 == ' ' {
            start += 1;
        }
        if start >= letters.len() {
            return;
        }
    }
}

fn line(letters: &[Letter], range: Range<usize>, bytes: &Range<usize>) -> Line {
    let shown = letters[range.clone()].iter().rposition(|letter| letter.1 != ' ');
    let shown = &letters[range.start..range.start + shown.map_or(0, |last| last + 1)];
    let from = shown.first().map_or(bytes.start, |letter| letter.0);
    let to = shown.last().map_or(from, |letter| letter.0 + letter.1.len_utf8());
    Line { bytes: from..to, width: shown.iter().map(|letter| letter.2).sum() }
}

/// The first letter that does not fit on a line from `start`; spaces may hang over.
fn fitting(letters: &[Letter], start: usize, width: f32) -> usize {
    let mut wide = 0.0;
    for (index, (_, letter, advance)) in letters.iter().enumerate().skip(start) {
        wide += advance;
        // Sums of advances differ in the last bit from the sum that the column was made for.
        if wide > width + 0.01 && *letter != ' ' && index > start {
            return index;
        }
    }
    letters.len()
}

/// Where the line from `start` ends, when the letter at `end` does not fit.
fn cut(letters: &[Letter], start: usize, end: usize) -> usize {
    let places = || (start + 1..=end).rev();
    let after_space = places().find(|place| is_word_start(letters, start, *place));
    let after_sign = || {
        // A line of three letters before a long name would waste more than it orders.
        let least = start + (end - start) * 3 / 10;
        places().take_while(|place| *place > least).find(|place| {
            is_separator(letters[place - 1].1)
                && !is_separator(letters[*place].1)
                && may_break(letters, *place)
        })
    };
    let anywhere = || places().take(16).find(|place| may_break(letters, *place));
    after_space.or_else(after_sign).or_else(anywhere).unwrap_or(end)
}

/// Whether a word begins here that may begin a line.
fn is_word_start(letters: &[Letter], start: usize, place: usize) -> bool {
    if letters[place - 1].1 != ' ' || letters[place].1 == ' ' {
        return false;
    }
    let before = letters[start..place].iter().rev().find(|letter| letter.1 != ' ');
    before.is_some_and(|before| !opens(before.1)) && !closes(letters[place].1)
}

fn may_break(letters: &[Letter], place: usize) -> bool {
    let (before, after) = (letters[place - 1].1, letters[place].1);
    // Beside a space only words may begin: spaces are left out at a line's start, and what follows them would stand there.
    before != ' ' && after != ' ' && !opens(before) && !closes(after) && !is_mark(after)
}

/// After these a name of a file, package or host may break.
fn is_separator(letter: char) -> bool {
    matches!(
        letter,
        '/' | '\\' | '-' | '.' | ':' | '_' | ',' | ';' | '=' | '&' | '?' | '@' | '+' | '~' | '|'
    )
}

/// May not begin a line.
fn closes(letter: char) -> bool {
    matches!(
        letter,
        ')' | ']'
            | '}'
            | '>'
            | ','
            | '.'
            | '!'
            | '?'
            | ':'
            | ';'
            | '%'
            | '…'
            | '·'
            | '’'
            | '”'
            | '°'
            | '℃'
            | '、'
            | '。'
            | '〉'
            | '》'
            | '」'
            | '』'
            | '】'
            | '〕'
            | '〗'
            | '！'
            | '）'
            | '，'
            | '．'
            | '：'
            | '；'
            | '？'
            | '］'
            | '｝'
            | '～'
    )
}

/// May not end a line.
fn opens(letter: char) -> bool {
    matches!(
        letter,
        '(' | '['
            | '{'
            | '<'
            | '‘'
            | '“'
            | '〈'
            | '《'
            | '「'
            | '『'
            | '【'
            | '〔'
            | '〖'
            | '（'
            | '［'
            | '｛'
            | '₩'
    )
}

/// Belongs to the letter before it.
pub fn is_mark(letter: char) -> bool {
    matches!(
        letter,
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{1160}'..='\u{11ff}' | '\u{1ab0}'..='\u{1aff}'
            | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{3099}' | '\u{309a}' | '\u{fe20}'..='\u{fe2f}'
    )
}

#[cfg(test)]
mod tests {
    use super::lines;
    use crate::font::Fonts;

    /// The lines of a text on a measure of so many `가`.
    fn broken(text: &str, syllables: f32) -> Vec<String> {
        let fonts = Fonts::new().expect("our own fonts");
        let face = &fonts.regular;
        let width = face.advance('가') * 10.0 * syllables;
        let lines = lines(text, face, 10.0, width);
        for line in &lines {
            let is_one = text[line.bytes.clone()].chars().count() == 1;
            assert!(line.width <= width + 0.1 || is_one, "{line:?}");
        }
        lines.into_iter().map(|line| text[line.bytes].to_owned()).collect()
    }

    #[test]
    fn lines_end_at_spaces_first() {
        assert_eq!(broken("가나 다라마 바사", 5.0), ["가나", "다라마", "바사"]);
        assert_eq!(broken("가나 다라마 바사", 6.0), ["가나 다라마", "바사"]);
        assert_eq!(broken("가나   다라", 3.0), ["가나", "다라"]);
    }

    #[test]
    fn a_wide_word_breaks_at_syllables() {
        assert_eq!(broken("가 나다라마바사", 4.0), ["가", "나다라마", "바사"]);
    }

    #[test]
    fn a_path_breaks_after_its_signs() {
        assert_eq!(
            broken("/usr/lib/systemd/system/sshd.service", 11.0),
            ["/usr/lib/systemd/", "system/sshd.service"]
        );
        assert_eq!(broken("aaaaaaaaaaaaaaaaaaaaaa", 4.0).concat(), "a".repeat(22));
    }

    #[test]
    fn no_line_begins_with_what_closes_or_ends_with_what_opens() {
        assert_eq!(broken("가나다라.", 4.0), ["가나다", "라."]);
        assert_eq!(broken("가나다(라마)바", 4.3), ["가나다", "(라마)바"]);
        assert_eq!(broken("가나다 ) 라마바", 3.3), ["가나", "다 )", "라마바"]);
        assert_eq!(broken("가나 ( 다라마", 3.0), ["가나", "( 다라", "마"]);
    }

    #[test]
    fn lines_are_kept_and_empty_ones_too() {
        assert_eq!(broken("가\n\n나", 4.0), ["가", "", "나"]);
        assert_eq!(broken("", 4.0), [""]);
        assert_eq!(broken("   ", 4.0), [""]);
    }

    #[test]
    fn no_letter_is_lost_however_narrow_the_line() {
        let text = "가).(나다[라]) abc/def-ghi.jkl:一二三";
        for measure in [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 7.0] {
            let found = broken(text, measure).concat();
            assert_eq!(found.replace(' ', ""), text.replace(' ', ""), "{measure}");
        }
    }

    #[test]
    fn a_word_of_a_hundred_thousand_letters_is_broken_in_time() {
        let lines = broken(&"x".repeat(100_000), 50.0);
        assert!(lines.len() > 500 && lines.iter().map(String::len).sum::<usize>() == 100_000);
    }
}
