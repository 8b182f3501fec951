//! The first lines of a log, without what differs between any two starts of the same program.

/// How many lines are looked at.
pub const LINES: usize = 40;

/// How much of a line is kept, in characters.
const WIDTH: usize = 300;

/// What a program says when something is wrong.
const ALARMS: [&str; 12] = [
    "error",
    "fatal",
    "panic",
    "traceback",
    "segfault",
    "segmentation fault",
    "cannot",
    "can't",
    "failed",
    "not found",
    "denied",
    "no such",
];

/// The first lines, with numbers that stand for times, processes and addresses replaced by `#`.
pub fn lines(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    text.lines().map(normal).filter(|line| !line.is_empty()).take(LINES).collect()
}

/// A line as it would be in another start: every word with a digit is `#`, unless it is a path or a name with letters
/// before its first digit, such as `libssl.so.3` or `utf8`.
fn normal(line: &str) -> String {
    let mut words = Vec::new();
    for word in line.split_whitespace() {
        let word: String = word.chars().filter(|char| !char.is_control()).collect();
        let bare = word.trim_start_matches(|char: char| !char.is_alphanumeric() && char != '/');
        let is_name = bare.starts_with('/') || bare.starts_with(|char: char| char.is_alphabetic());
        let is_address = bare.starts_with("0x")
            || bare.len() >= 8 && bare.chars().all(|char| char.is_ascii_hexdigit());
        let has_digit = word.chars().any(|char| char.is_ascii_digit());
        let shown =
            if has_digit && (!is_name || is_address) { "#".to_owned() } else { without_pid(&word) };
        // A date of several words is one.
        if shown != "#" || words.last().is_none_or(|last| last != "#") {
            words.push(shown);
        }
    }
    words.join(" ").chars().take(WIDTH).collect()
}

/// `nginx[12]:` without the number.
fn without_pid(word: &str) -> String {
    match (word.find('['), word.find(']')) {
        (Some(start), Some(end))
            if start < end
                && end > start + 1
                && word[start + 1..end].bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            format!("{}[#]{}", &word[..start], &word[end + 1..])
        }
        _ => word.to_owned(),
    }
}

/// Whether a line says that something is wrong.
pub fn is_alarm(line: &str) -> bool {
    let line = line.to_lowercase();
    ALARMS.iter().any(|alarm| line.contains(alarm))
}

#[cfg(test)]
mod tests {
    use super::{is_alarm, lines};

    #[test]
    fn what_differs_between_two_starts_is_left_out() {
        let one = b"2026/11/30 03:12:44 [notice] 1#1: using the \"epoll\" event method\n\
            nginx[17]: ready at 0x7ffe12 in 12.5ms\n\n[ 0.01] listening on port 8080 /lib/x2.so";
        let other = b"2026/12/01 00:00:01 [notice] 7#7: using the \"epoll\" event method\n\
            nginx[9]: ready at 0x7fee00 in 3ms\n[ 9.99] listening on port 8080 /lib/x2.so";
        assert_eq!(lines(one), lines(other));
        assert_eq!(lines(one)[1], "nginx[#]: ready at # in #");
        assert!(lines(one)[2].ends_with("/lib/x2.so"));
        assert_ne!(lines(b"a"), lines(b"b"));
    }

    #[test]
    fn what_is_wrong_is_told_from_what_is_new() {
        assert!(is_alarm("ImportError: libffi.so.7: cannot open shared object file"));
        assert!(!is_alarm("server version 1.2"));
    }
}
