//! Secrets taken out of quoted lines, whatever quotes them.

/// Words after which a value is a secret, in lower case.
const NAMES: [&str; 12] = [
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
];

/// What stands where a secret was.
const MASK: &str = "***";

/// The text with password hashes (`$6$…`, of whatever kind) and values after words such as `password` masked.
#[must_use]
pub fn secrets(text: &str) -> String {
    values(&hashes(text))
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

/// Masks the word after a name of a secret, with `=`, `:` or white space between.
fn values(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut hide_next = false;
    for piece in text.split_inclusive([' ', '\t', '=', ':', ',', ';']) {
        let word = piece.trim_end_matches([' ', '\t', '=', ':', ',', ';']);
        let bare = word.trim_matches(['"', '\'']).to_ascii_lowercase();
        if hide_next && is_control(word) {
            hide_next = false;
        }
        if hide_next && !word.is_empty() {
            masked.push_str(MASK);
            masked.push_str(&piece[word.len()..]);
            hide_next = false;
            continue;
        }
        hide_next = (hide_next && word.is_empty()) || NAMES.contains(&&*bare);
        masked.push_str(piece);
    }
    masked
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
            ("$", "$"),
            ("$6$", "$6$"),
        ] {
            assert_eq!(secrets(line), masked, "{line}");
        }
    }
}
