//! Foreign text made safe to be set.

/// The text with lines kept, everything shown that could steer a reader, and syllables whole.
///
/// macOS writes names of files in decomposed letters (`ㅎㅏㄴ` for `한`); fonts have the syllables.
pub fn clean(text: &str) -> String {
    let lines = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
    let lines: Vec<String> = lines.map(|line| composed(pasu_report::printable(line))).collect();
    lines.join("\n")
}

/// Hangul letters that make a syllable, as that syllable (Unicode 16, 3.12.3).
fn composed(text: String) -> String {
    const BASE: u32 = 0xac00;
    if !text.contains(|letter| ('\u{1100}'..='\u{11ff}').contains(&letter)) {
        return text;
    }
    let mut whole = String::with_capacity(text.len());
    for letter in text.chars() {
        let before = whole.chars().next_back().map_or(0, u32::from);
        let point = u32::from(letter);
        let syllable = match (before, point) {
            (0x1100..=0x1112, 0x1161..=0x1175) => {
                Some(BASE + ((before - 0x1100) * 21 + point - 0x1161) * 28)
            }
            (BASE..=0xd7a3, 0x11a8..=0x11c2) if (before - BASE).is_multiple_of(28) => {
                Some(before + point - 0x11a7)
            }
            _ => None,
        };
        match syllable.and_then(char::from_u32) {
            Some(syllable) => {
                whole.pop();
                whole.push(syllable);
            }
            None => whole.push(letter),
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::clean;

    #[test]
    fn letters_become_syllables() {
        assert_eq!(clean("\u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af} a"), "한글 a");
        assert_eq!(clean("\u{1112} \u{1161}"), "\u{1112} \u{1161}");
        assert_eq!(clean("각\u{11a8}"), "각\u{11a8}");
    }

    #[test]
    fn what_steers_is_shown_and_lines_are_kept() {
        assert_eq!(clean("a\u{202e}b\r\nc\u{0}\td"), "a\\u{202e}b\nc\\u{0} d");
    }
}
