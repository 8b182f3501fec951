//! JSON with comments and trailing commas, made plain JSON of the same length, so that every offset and line stays.

/// Blanks comments and trailing commas. What is no JSON for another reason is left for the JSON reader to say.
pub(super) fn to_json(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    // Where the last comma stands, as long as only blanks follow it.
    let mut comma: Option<usize> = None;
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let token = token_length(rest, next);
        let (token, after) = rest.split_at(token);
        match next {
            '/' if token.len() > 1 => blank(token, &mut plain),
            ',' => {
                comma = Some(plain.len());
                plain.push(',');
            }
            ']' | '}' => {
                if let Some(at) = comma.take() {
                    plain.replace_range(at..=at, " ");
                }
                plain.push(next);
            }
            _ => {
                if !next.is_whitespace() {
                    comma = None;
                }
                plain.push_str(token);
            }
        }
        rest = after;
    }
    plain
}

/// The length of what begins here: a text, a comment, or one character.
fn token_length(rest: &str, next: char) -> usize {
    match next {
        '"' => text_length(rest),
        '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
        '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
        _ => next.len_utf8(),
    }
}

fn text_length(rest: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in rest.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

fn blank(comment: &str, plain: &mut String) {
    plain.extend(comment.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
}

#[cfg(test)]
mod tests {
    use super::to_json;

    #[test]
    fn commas_and_comments_become_blanks_and_texts_stay() {
        let cases = [
            ("[1,2,]", "[1,2 ]"),
            ("{\"a\": [], // b,\n}", "{\"a\": []       \n}"),
            ("[1, /* ,é\n */ ]", "[1        \n    ]"),
            ("[\"a,]//\\\",\", 2]", "[\"a,]//\\\",\", 2]"),
            ("[1,,]", "[1, ]"),
            ("\"open", "\"open"),
            ("/* open", "       "),
        ];
        for (text, expected) in cases {
            let plain = to_json(text);
            assert_eq!(plain, expected, "{text}");
            assert_eq!(plain.len(), text.len(), "{text}");
        }
    }
}
