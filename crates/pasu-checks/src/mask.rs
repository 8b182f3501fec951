//! Secrets taken out of quoted lines, whatever quotes them.

use std::borrow::Cow;

/// Words after which a value is a secret, in lower case.
const NAMES: [&str; 17] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "community",
    "rocommunity",
    "rwcommunity",
    "rocommunity6",
    "rwcommunity6",
    "authkey",
    "privkey",
    "requirepass",
    "masterauth",
    "bindpw",
    "rootpw",
    "trapcommunity",
];

/// What stands where a secret was.
const MASK: &str = "***";

/// The text with password hashes (`$6$…`, of whatever kind) and values after words such as `password` masked.
#[must_use]
pub fn secrets(text: &str) -> String {
    values(&hashes(&snmp(text)))
}

/// Masks what follows `$id$` up to the end of the field.
fn hashes(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('$') {
        let after = &rest[start + 1..];
        let id = after.find('$').filter(|length| {
            (1..=8).contains(length)
                && after[..*length].bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        });
        let Some(id) = id else {
            masked.push_str(&rest[..=start]);
            rest = after;
            continue;
        };
        let body = &after[id + 1..];
        let end = body.find(|c: char| c == ':' || c.is_whitespace()).unwrap_or(body.len());
        // `$HOME$PATH` is no hash: those are long.
        if end < 8 {
            masked.push_str(&rest[..=start]);
            rest = after;
            continue;
        }
        masked.push_str(&rest[..start + 1 + id + 1 + 1]);
        masked.truncate(masked.len() - 1);
        masked.push_str(MASK);
        rest = &body[end..];
    }
    masked + rest
}

/// Masks the value after a name of a secret, with `=`, `:` or white space between: to the closing quote, else to white
/// space.
fn values(text: &str) -> String {
    let is_prose = is_prose(text);
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let (word, after) = rest.split_at(rest.find(SEPARATORS).unwrap_or(rest.len()));
        masked.push_str(word);
        let gap = after.find(|c| !SEPARATORS.contains(&c)).unwrap_or(after.len());
        let (gap, value) = after.split_at(gap);
        masked.push_str(gap);
        rest = value;
        let bare = word.trim_matches(['"', '\'', '{', '(', '[']).to_ascii_lowercase();
        // In a sentence of a comment, `password` is a word.
        let is_told = is_prose && PROSE.contains(&&*bare) && gap.trim().is_empty();
        if NAMES.contains(&&*bare)
            && !value.is_empty()
            && !is_told
            && !is_control(first_word(value))
        {
            masked.push_str(MASK);
            rest = &value[length(value)..];
        }
    }
    masked
}

/// Names of secrets that sentences use too.
const PROSE: [&str; 5] = ["password", "passwd", "passphrase", "secret", "token"];

/// How many words a comment has at least that is a sentence and no setting switched off.
const SENTENCE: usize = 5;

fn is_prose(text: &str) -> bool {
    let text = text.trim_start();
    text.starts_with(['#', ';']) && text.split_whitespace().count() > SENTENCE
}

/// What stands between words.
const SEPARATORS: [char; 6] = [' ', '\t', '=', ':', ',', ';'];

fn first_word(text: &str) -> &str {
    text.split(SEPARATORS).next().unwrap_or_default()
}

/// How long a value is, in bytes. A quote that is not closed takes the rest.
fn length(value: &str) -> usize {
    let Some(quote) = value.chars().next().filter(|first| matches!(first, '"' | '\'')) else {
        return value.find(char::is_whitespace).unwrap_or(value.len());
    };
    let mut is_escaped = false;
    for (at, letter) in value.char_indices().skip(1) {
        if letter == quote && !is_escaped {
            return at + 1;
        }
        is_escaped = letter == '\\' && !is_escaped;
    }
    value.len()
}

/// Lines of snmpd.conf whose secret stands behind other words: `com2sec NAME SOURCE COMMUNITY`, `trap2sink HOST
/// COMMUNITY`, `createUser NAME MD5 "…" DES "…"`.
fn snmp(text: &str) -> Cow<'_, str> {
    let starts: Vec<usize> = text
        .char_indices()
        .filter(|(at, letter)| {
            !letter.is_whitespace()
                && text[..*at].chars().next_back().is_none_or(char::is_whitespace)
        })
        .map(|(at, _)| at)
        .collect();
    let word = |index: usize| starts.get(index).map(|at| text[*at..].split_whitespace().next());
    let first = word(0).flatten().unwrap_or_default().trim_start_matches('#').to_ascii_lowercase();
    let (from, to) = match (first.as_str(), starts.len()) {
        ("com2sec" | "com2sec6" | "com2secunix", 4..) => {
            let is_option = word(1).flatten() == Some("-Cn");
            let at = if is_option { 5 } else { 3 };
            (at, at + 1)
        }
        ("trapsink" | "trap2sink" | "informsink", 3..) => (2, 3),
        ("createuser", 3..) => (2, usize::MAX),
        _ => return Cow::Borrowed(text),
    };
    if from >= starts.len() {
        return Cow::Borrowed(text);
    }
    let end = |index: usize| {
        let at = starts[index];
        at + text[at..].find(char::is_whitespace).unwrap_or(text.len() - at)
    };
    let end = if to == usize::MAX { text.len() } else { end(to - 1) };
    Cow::Owned(format!("{}{MASK}{}", &text[..starts[from]], &text[end..]))
}

/// `password required pam_unix.so` is a phase of PAM, and no password.
fn is_control(word: &str) -> bool {
    matches!(word, "required" | "requisite" | "sufficient" | "optional" | "include" | "substack")
        || word.starts_with('[')
}

#[cfg(test)]
mod tests {
    use super::secrets;

    #[test]
    fn secrets_are_masked_and_the_rest_stays() {
        for (line, masked) in [
            ("root:$6$abc$0123456789:19000:0:", "root:$6$***:19000:0:"),
            ("a:$y$j9T$abcdefghij$0123456789:1:", "a:$y$***:1:"),
            ("rocommunity public 10.0.0.0/8", "rocommunity *** 10.0.0.0/8"),
            ("password = \"hunter2\"", "password = ***"),
            ("user=admin password=hunter2 x=1", "user=admin password=*** x=1"),
            ("PATH=$HOME/bin:$PATH", "PATH=$HOME/bin:$PATH"),
            ("auth required pam_unix.so nullok", "auth required pam_unix.so nullok"),
            ("password  requisite pam_pwquality.so", "password  requisite pam_pwquality.so"),
            ("password [success=1] pam_unix.so", "password [success=1] pam_unix.so"),
            ("ends with password", "ends with password"),
            ("# password hunter2", "# password ***"),
            (
                "# the password checks for users that are not",
                "# the password checks for users that are not",
            ),
            (
                "# a comment with the words password = hunter2",
                "# a comment with the words password = ***",
            ),
            ("password = \"my long phrase\" x", "password = *** x"),
            ("password='it\\'s' x=1", "password=*** x=1"),
            ("password = \"never closed", "password = ***"),
            ("secret=ab;cd:ef=gh x", "secret=*** x"),
            ("{\"password\": \"a b\", \"c\": 1}", "{\"password\": ***, \"c\": 1}"),
            ("bindpw  s3cret", "bindpw  ***"),
            ("com2sec  notConfigUser  default  public", "com2sec  notConfigUser  default  ***"),
            (
                "#com2sec -Cn ctx local 10.0.0.0/8 s3cret # x",
                "#com2sec -Cn ctx local 10.0.0.0/8 *** # x",
            ),
            ("trap2sink 10.0.0.1 s3cret 162", "trap2sink 10.0.0.1 *** 162"),
            ("createUser kim SHA \"a b\" AES \"c d\"", "createUser kim ***"),
            ("비밀 password 비밀번호 끝", "비밀 password *** 끝"),
            ("$", "$"),
            ("$6$", "$6$"),
        ] {
            assert_eq!(secrets(line), masked, "{line}");
        }
    }
}
