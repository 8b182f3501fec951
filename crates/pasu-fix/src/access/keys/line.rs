//! One line of `authorized_keys`: options, type, key, comment.
//!
//! ```text
//! restrict,pty,from="10.0.0.0/8" ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA… kim@desk
//! ```

/// Types of keys with the algorithms that sign by them.
const TYPES: [&str; 8] = [
    "ssh-ed25519",
    "ssh-rsa",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
    "ssh-dss",
];

/// Options that leave a shell with a terminal.
const HARMLESS: [&str; 15] = [
    "agent-forwarding",
    "environment",
    "no-agent-forwarding",
    "no-port-forwarding",
    "no-touch-required",
    "no-user-rc",
    "no-x11-forwarding",
    "permitlisten",
    "permitopen",
    "port-forwarding",
    "principals",
    "pty",
    "tunnel",
    "user-rc",
    "x11-forwarding",
];

/// What a line gives.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// A session like any other.
    Free(Key),
    /// The same, from some addresses.
    From(Key),
    /// Whatever an authority signs.
    Authority,
    /// Less, by this option.
    Bound(String),
    /// No key that sshd would take.
    Invalid,
}

/// A key.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) kind: String,
    /// The length of an RSA key.
    pub(super) bits: Option<usize>,
}

impl Key {
    /// The algorithms by which it may sign.
    pub(super) fn algorithms(&self) -> Vec<&str> {
        match self.kind.as_str() {
            "ssh-rsa" => vec!["rsa-sha2-256", "rsa-sha2-512"],
            kind => vec![kind],
        }
    }
}

impl Line {
    pub(super) fn parse(line: &str) -> Self {
        if let Some(key) = key(line) {
            return Self::Free(key);
        }
        let (options, rest) = options(line.trim_start());
        let Some(key) = key(rest) else { return Self::Invalid };
        let (mut from, mut restricted, mut pty) = (false, false, false);
        for option in &options {
            let (name, value) = option.split_once('=').unwrap_or((option, ""));
            match name.to_ascii_lowercase().as_str() {
                "cert-authority" => return Self::Authority,
                // A key with an end is no ground for what must hold tomorrow.
                name @ ("command" | "no-pty" | "expiry-time") => {
                    return Self::Bound(name.to_owned());
                }
                "restrict" => restricted = true,
                "pty" => pty = true,
                "from" => from |= value.trim_matches('"') != "*",
                "verify-required" => {}
                name if HARMLESS.contains(&name) => {}
                _ => return Self::Invalid,
            }
        }
        match (restricted && !pty, from) {
            (true, _) => Self::Bound("restrict".to_owned()),
            (false, true) => Self::From(key),
            (false, false) => Self::Free(key),
        }
    }
}

/// Options with commas between; what stands in quotes may hold commas and white space.
fn options(line: &str) -> (Vec<String>, &str) {
    let (mut found, mut quoted, mut before) = (vec![String::new()], false, ' ');
    for (at, character) in line.char_indices() {
        match character {
            '"' if before != '\\' => quoted = !quoted,
            ',' if !quoted => {
                found.push(String::new());
                before = character;
                continue;
            }
            _ if character.is_whitespace() && !quoted => return (found, &line[at..]),
            _ => {}
        }
        before = character;
        if let Some(last) = found.last_mut() {
            last.push(character);
        }
    }
    (found, "")
}

/// `ssh-ed25519 AAAA…`: the key itself begins with its type.
fn key(text: &str) -> Option<Key> {
    let mut words = text.split_whitespace();
    let kind = words.next().filter(|kind| TYPES.contains(kind) && *kind != "ssh-dss")?;
    let blob = decoded(words.next()?)?;
    let (name, rest) = field(&blob)?;
    if name != kind.as_bytes() {
        return None;
    }
    let (first, rest) = field(rest)?;
    let bits = match kind {
        "ssh-rsa" => Some(bits(field(rest)?.0)),
        "ssh-ed25519" if first.len() != 32 => return None,
        _ => None,
    };
    Some(Key { kind: kind.to_owned(), bits })
}

/// A length of four bytes and as many bytes after it.
fn field(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = u32::from_be_bytes(bytes.get(..4)?.try_into().ok()?);
    bytes.get(4..)?.split_at_checked(usize::try_from(length).ok()?)
}

fn bits(number: &[u8]) -> usize {
    let number = &number[number.iter().take_while(|byte| **byte == 0).count()..];
    let unused = number.first().map_or(0, |byte| byte.leading_zeros() as usize);
    (number.len() * 8).saturating_sub(unused)
}

/// Base64; `None` for anything else.
fn decoded(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_end_matches('=');
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    let (mut buffer, mut held) = (0_u32, 0);
    for byte in text.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        buffer = (buffer << 6 | u32::from(value)) & 0xff_ffff;
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((buffer >> held & 0xff) as u8);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::{Key, Line};

    const KEY: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";

    #[test]
    fn lines_give_what_their_options_leave() {
        let key = || Key { kind: "ssh-ed25519".into(), bits: None };
        for (options, expected) in [
            ("", Line::Free(key())),
            ("no-port-forwarding,environment=\"A=b, c\" ", Line::Free(key())),
            ("restrict,pty ", Line::Free(key())),
            ("restrict ", Line::Bound("restrict".into())),
            ("command=\"/bin/a \\\"b, c\\\"\",no-pty ", Line::Bound("command".into())),
            ("No-Pty ", Line::Bound("no-pty".into())),
            ("expiry-time=\"20990101\" ", Line::Bound("expiry-time".into())),
            ("from=\"10.0.0.0/8\" ", Line::From(key())),
            ("cert-authority ", Line::Authority),
            ("no-such-option ", Line::Invalid),
        ] {
            assert_eq!(Line::parse(&format!("{options}{KEY} kim@desk")), expected, "{options}");
        }
        for broken in [
            "",
            "ssh-ed25519",
            "ssh-ed25519 AAAA",
            "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAA",
            "x\"",
            "é é",
        ] {
            assert_eq!(Line::parse(broken), Line::Invalid, "{broken}");
        }
        let short = KEY.replace("HR4f", "");
        assert_eq!(Line::parse(&short), Line::Invalid);
    }
}
