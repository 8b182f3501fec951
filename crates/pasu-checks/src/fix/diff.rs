//! Changes as unified diffs, without a secret.

use super::change::PathChange;
use crate::mask;
use sha2::{Digest, Sha256};
use similar::TextDiff;
use std::borrow::Cow;

/// Lines around a change.
const CONTEXT: usize = 3;

/// The longest line that is shown whole, in characters.
const MAX_LINE: usize = 500;

/// Files whose second field is a password's hash.
const HASHES: [&str; 4] = ["/etc/shadow", "/etc/gshadow", "/etc/passwd", "/etc/group"];

/// The change of a file's text; empty where the text stays. What looks like a secret is masked on every line.
pub(super) fn unified(change: &PathChange) -> String {
    let Some(new) = &change.new.content else { return String::new() };
    let old = text(&change.path, change.old.as_deref().unwrap_or_default());
    let new = text(&change.path, new);
    let diff = TextDiff::from_lines(old.as_str(), new.as_str());
    let from =
        if change.before.is_some() { format!("a{}", change.path) } else { "/dev/null".to_owned() };
    let mut unified = diff.unified_diff();
    unified.context_radius(CONTEXT).header(&from, &format!("b{}", change.path));
    unified.to_string()
}

/// Masked before lines are compared, so that a change within a secret shows nothing of it.
fn text(path: &str, content: &[u8]) -> String {
    let holds_hashes = HASHES.contains(&path);
    let masked = |line: &str| -> String {
        let line = if holds_hashes { hash(line) } else { Cow::Borrowed(line) };
        let line = mask::secrets(&line);
        let length = line.chars().count();
        if length <= MAX_LINE {
            return line;
        }
        // A change beyond the cut must still be a change: the masked line's sum tells the two apart.
        let sum = Sha256::digest(line.as_bytes());
        let cut: String = line.chars().take(MAX_LINE).collect();
        format!("{cut}… [{length}, {:02x}{:02x}{:02x}]", sum[0], sum[1], sum[2])
    };
    let text = String::from_utf8_lossy(content);
    let mut shown: String = text.lines().flat_map(|line| [masked(line), "\n".to_owned()]).collect();
    if !text.is_empty() && !text.ends_with('\n') {
        shown.pop();
    }
    shown
}

/// `kim:!***:19000:…`: whether it is locked or empty is no secret.
fn hash(line: &str) -> Cow<'_, str> {
    let Some((name, rest)) = line.split_once(':') else { return Cow::Borrowed(line) };
    let (field, rest) =
        rest.split_once(':').map_or((rest, None), |(field, rest)| (field, Some(rest)));
    if matches!(field, "" | "x" | "*" | "!" | "!!" | "!*") {
        return Cow::Borrowed(line);
    }
    let mark: String = field.chars().take_while(|c| *c == '!').collect();
    let rest = rest.map(|rest| format!(":{rest}")).unwrap_or_default();
    Cow::Owned(format!("{name}:{mark}***{rest}"))
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn no_hash_is_shown() {
        for line in
            ["kim:$6$salt$0123456789abcdef:1:", "kim:!$y$j9T$abc:1:", "kim:abJnggxhB/yWI:1:"]
        {
            let shown = text("/etc/shadow", line.as_bytes());
            assert!(shown.contains("***"), "{shown}");
            assert!(
                !shown.contains("0123") && !shown.contains("j9T") && !shown.contains("Jngg"),
                "{shown}"
            );
        }
        assert_eq!(
            text("/etc/passwd", b"kim:x:1000:1000::/home/kim:/bin/sh\n"),
            "kim:x:1000:1000::/home/kim:/bin/sh\n"
        );
    }
}
