//! How a step of an image's history is quoted.

use super::secrets;
use super::{Instruction, Step};
use std::ops::Range;

/// The longest quote, in characters.
const MAX_QUOTED: usize = 120;

/// How much of a step is looked at for what must not be shown, in characters: more than a quote needs.
const MAX_TEXT: usize = 4096;

/// What stands where a secret was.
const MASK: &str = "***";

/// The most words of a file that are not shown.
const MAX_WORDS: usize = 1000;

/// The most words that are looked for in a step; where there are more of them it is not quoted.
const MAX_HIDDEN: usize = 20_000;

/// The shortest word of a file that is taken for a secret, in bytes.
const MIN_WORD: usize = 4;

/// The longest part of the number of what was copied that is shown: `file:1a2b3c4d5e6f`.
const NUMBER: usize = 12;

impl Step {
    /// The instruction on one line and not for ever: `RUN make && make install`. Secrets in it are masked, and so are words
    /// that stand in files with secrets: `RUN echo hunter2 > /.pgpass` wrote it. The longest come first.
    #[must_use]
    pub fn quoted(&self, hidden: &[String]) -> String {
        let word = match self.instruction {
            Instruction::Run => "RUN ",
            Instruction::Add => "ADD ",
            Instruction::Copy => "COPY ",
            Instruction::Env => "ENV ",
            Instruction::Arg => "ARG ",
            Instruction::Label => "LABEL ",
            Instruction::User => "USER ",
            Instruction::Healthcheck => "HEALTHCHECK ",
            Instruction::Other | Instruction::Foreign => "",
        };
        let text: String = secrets::masked(&self.text).chars().take(MAX_TEXT).collect();
        let mut text = without_values(&text);
        if hidden.len() > MAX_HIDDEN {
            return format!("{word}…");
        }
        for word in hidden {
            if text.contains(word.as_str()) {
                text = text.replace(word, MASK);
            }
        }
        let words: Vec<&str> = text.split_whitespace().map(short).collect();
        let text = format!("{word}{}", words.join(" "));
        match text.char_indices().nth(MAX_QUOTED) {
            Some((end, _)) => format!("{}…", &text[..end]),
            None => text,
        }
    }
}

/// The words of a file but for what is only the name of something: `hunter2` of `PASSWORD = "hunter2"`.
pub fn words_to_hide(file: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(file);
    let values = words(&text).filter(|(_, is_name)| !is_name);
    values.map(|(span, _)| text[span].to_owned()).take(MAX_WORDS).collect()
}

/// Words of some length, and whether each is followed by `=` or `:`.
fn words(text: &str) -> impl Iterator<Item = (Range<usize>, bool)> {
    let is_end = |letter: char| letter.is_whitespace() || "\"'=:,@\\".contains(letter);
    text.split(is_end).filter_map(move |word| {
        let start = word.as_ptr() as usize - text.as_ptr() as usize;
        let end = start + word.len();
        let is_name = text[end..].trim_start_matches([' ', '"']).starts_with(['=', ':']);
        (word.len() >= MIN_WORD).then_some((start..end, is_name))
    })
}

/// The text without the values of what is called like a secret, wherever it stands: in the text that a command writes into
/// a file.
fn without_values(text: &str) -> String {
    let mut masked = String::new();
    let mut at = 0;
    for (span, _) in words(text).filter(|(_, is_name)| *is_name) {
        let after = &text[span.end..];
        let value = after.trim_start_matches([' ', '"', '\'', '=', ':']);
        let start = text.len() - value.len();
        let length = value.find(|c: char| c.is_whitespace() || "\"'\\".contains(c));
        let value = &value[..length.unwrap_or(value.len())];
        if start >= at && !value.is_empty() && secrets::of_pair(&text[span], value).is_some() {
            masked.push_str(&text[at..start]);
            masked.push_str(MASK);
            at = start + value.len();
        }
    }
    masked + &text[at..]
}

/// `file:1a2b…` without the end of its number.
fn short(word: &str) -> &str {
    match word.split_once(':') {
        Some(("file" | "dir" | "multi", number))
            if number.len() > NUMBER && number.bytes().all(|byte| byte.is_ascii_hexdigit()) =>
        {
            &word[..word.len() - number.len() + NUMBER]
        }
        _ => word,
    }
}

#[cfg(test)]
mod tests {
    use super::super::step::read;
    use super::words_to_hide;

    #[test]
    fn steps_are_quoted_on_one_line_and_without_secrets() {
        for (written, file, quoted) in [
            ("RUN /bin/sh -c make   &&\n\tmake install # buildkit", "", "RUN make && make install"),
            (
                "/bin/sh -c #(nop) COPY file:0123456789abcdef0123 in /app ",
                "",
                "COPY file:0123456789ab in /app",
            ),
            (
                "RUN curl -u joe:hunter2 https://a.example",
                "",
                "RUN curl -u joe:*** https://a.example",
            ),
            (
                r#"RUN printf '[x]\nkey = hunter2\nsecond: "hunter3"\n' > /c # buildkit"#,
                "[x]\nkey = hunter2\nsecond: \"hunter3\"\n",
                r#"RUN printf '[x]\nkey = ***\nsecond: "***"\n' > /c"#,
            ),
            (
                "RUN echo db:5432:app:app:hunter2 > /root/.pgpass",
                "db:5432:app:app:hunter2",
                "RUN echo db:5432:app:app:*** > /root/.pgpass",
            ),
            (
                r"RUN printf '[x]\naws_secret_access_key = hunter2\nAPI_TOKEN: a\nA=b\n' > /c",
                "",
                r"RUN printf '[x]\naws_secret_access_key = ***\nAPI_TOKEN: ***\nA=b\n' > /c",
            ),
            ("COPY file:0123456789ab in /", "", "COPY file:0123456789ab in /"),
            ("COPY file:not-a-number-of-a-file /", "", "COPY file:not-a-number-of-a-file /"),
            ("RUN echo abc four", "abc four", "RUN echo abc ***"),
            ("bazel build ...", "", "bazel build ..."),
        ] {
            let hidden = words_to_hide(file.as_bytes());
            assert_eq!(read(written).quoted(&hidden), quoted, "{written}");
        }
        let long = read(&format!("RUN {}", "가".repeat(50_000))).quoted(&["가나".to_owned()]);
        assert_eq!(long.chars().count(), super::MAX_QUOTED + 1);
        let many = vec!["word".to_owned(); super::MAX_HIDDEN + 1];
        assert_eq!(read("RUN make").quoted(&many), "RUN …");
    }
}
