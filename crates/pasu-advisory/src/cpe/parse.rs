//! Reading the two written forms of a name.
//!
//! - Formatted string (NIST IR 7695, 6.2): `cpe:2.3:a:microsoft:asp.net_core:2.1:*:*:*:*:*:*:*`, `\` quotes.
//! - URI (6.1): `cpe:/a:hp:insight_diagnostics:7.4.0.1570::~~online~win2003~x64~`, `%xx` quotes.

use std::borrow::Cow;

/// Longest name accepted; the longest in the NVD is about 250 bytes.
const MAX_LENGTH: usize = 2048;

/// Why a text is no CPE name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CpeError {
    /// Neither `cpe:2.3:` nor `cpe:/` in front.
    #[error("not a CPE name: it starts with neither \"cpe:2.3:\" nor \"cpe:/\"")]
    Prefix,
    /// Longer than any real name.
    #[error("CPE name of {0} bytes is too long")]
    Length(usize),
    /// More attributes than there are.
    #[error("CPE name has more than 11 attributes")]
    Attributes,
    /// The first attribute is not `a`, `o`, `h`, `*` or `-`.
    #[error("CPE name has no such part: {0:?}")]
    Part(String),
    /// An attribute that must hold something is empty.
    #[error("CPE name has an empty {0}")]
    Empty(&'static str),
    /// A character that no attribute can hold.
    #[error("CPE attribute holds the character {0:?}")]
    Character(char),
    /// A `%` in a URI that two hexadecimal digits do not follow, or that stands for no text.
    #[error("CPE URI has a bad percent code")]
    Percent,
}

/// The canonical text of a name in either form.
pub(super) fn name(text: &str) -> Result<String, CpeError> {
    if text.len() > MAX_LENGTH {
        return Err(CpeError::Length(text.len()));
    }
    if let Some(rest) = strip(text, "cpe:2.3:") {
        return canonical(components(rest));
    }
    match strip(text, "cpe:/") {
        Some(rest) => canonical(from_uri(rest)?.iter().map(String::as_str)),
        None => Err(CpeError::Prefix),
    }
}

fn strip<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (head, rest) = text.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(rest)
}

/// Splits a formatted string at the colons that are not quoted.
pub(super) fn components(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let current = rest?;
        let mut quoted = false;
        let colon = current.bytes().position(|byte| {
            let here = byte == b':' && !quoted;
            quoted = !quoted && byte == b'\\';
            here
        });
        let (component, after) = match colon.and_then(|at| current.split_at_checked(at)) {
            Some((component, after)) => (component, after.strip_prefix(':')),
            None => (current, None),
        };
        rest = after;
        Some(component)
    })
}

/// Joins components in canonical form, without the "any" ones at the end.
pub(super) fn canonical<'a>(components: impl Iterator<Item = &'a str>) -> Result<String, CpeError> {
    let mut text = String::with_capacity(64);
    let mut end = 0;
    for (index, component) in components.enumerate() {
        if index >= 11 {
            return Err(CpeError::Attributes);
        }
        if index == 0 && !matches!(component, "a" | "o" | "h" | "A" | "O" | "H" | "*" | "-") {
            return Err(CpeError::Part(component.chars().take(20).collect()));
        }
        if index > 0 {
            text.push(':');
        }
        if matches!(component, "" | "*") {
            text.push('*');
            continue;
        }
        push_component(&mut text, component)?;
        end = text.len();
        if end > MAX_LENGTH {
            return Err(CpeError::Length(end));
        }
    }
    text.truncate(end.max(1));
    Ok(text)
}

fn push_component(text: &mut String, component: &str) -> Result<(), CpeError> {
    if matches!(component, "-" | "\\-") {
        text.push_str(component);
        return Ok(());
    }
    let mut characters = component.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => push_quoted(text, characters.next().unwrap_or('\\'))?,
            '*' | '?' => text.push(character),
            _ => push_quoted(text, character)?,
        }
    }
    Ok(())
}

/// Writes one character that stands for itself. Letters, digits, `.`, `-` and `_` need no backslash.
fn push_quoted(text: &mut String, character: char) -> Result<(), CpeError> {
    if character.is_control() {
        return Err(CpeError::Character(character));
    }
    if character.is_whitespace() {
        text.push('_');
        return Ok(());
    }
    if character.is_ascii_punctuation() && !matches!(character, '.' | '-' | '_') {
        text.push('\\');
    }
    text.extend(character.to_lowercase());
    Ok(())
}

/// A plain text as a component: everything stands for itself.
pub(super) fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_ascii_punctuation() && !matches!(character, '.' | '-' | '_') {
            quoted.push('\\');
        }
        quoted.push(character);
    }
    if quoted == "-" { "\\-".to_owned() } else { quoted }
}

/// A component without its backslashes.
pub(super) fn unquote(value: &str) -> Cow<'_, str> {
    if !value.contains('\\') {
        return Cow::Borrowed(value);
    }
    let mut text = String::with_capacity(value.len());
    let mut characters = value.chars();
    while let Some(character) = characters.next() {
        text.push(match character {
            '\\' => characters.next().unwrap_or('\\'),
            plain => plain,
        });
    }
    Cow::Owned(text)
}

/// The components of a URI, packed edition unpacked, as formatted-string components.
fn from_uri(rest: &str) -> Result<Vec<String>, CpeError> {
    let parts: Vec<&str> = rest.split(':').collect();
    if parts.len() > 7 {
        return Err(CpeError::Attributes);
    }
    let mut out = Vec::with_capacity(11);
    let mut packed = None;
    for (index, part) in parts.iter().enumerate() {
        if let (5, Some(edition)) = (index, part.strip_prefix('~')) {
            let mut fields = edition.split('~').map(decode);
            out.push(fields.next().transpose()?.unwrap_or_default());
            packed = Some(fields.collect::<Result<Vec<_>, _>>()?);
        } else {
            out.push(decode(part)?);
        }
    }
    if let Some(packed) = packed {
        out.resize(7, String::new());
        out.extend(packed);
    }
    Ok(out)
}

/// One percent-encoded component as a formatted-string component: `%01` is `?`, `%02` is `*`, others stand for themselves.
fn decode(part: &str) -> Result<String, CpeError> {
    if matches!(part, "" | "-") {
        return Ok(part.to_owned());
    }
    let mut out = String::with_capacity(part.len());
    let mut pieces = part.split('%');
    out.push_str(&quote(pieces.next().unwrap_or_default()));
    for piece in pieces {
        let (digits, plain) = piece.split_at_checked(2).ok_or(CpeError::Percent)?;
        let code = u8::from_str_radix(digits, 16).map_err(|_| CpeError::Percent)?;
        match code {
            1 => out.push('?'),
            2 => out.push('*'),
            0x20..=0x7e => out.push_str(&quote(char::from(code).encode_utf8(&mut [0; 4]))),
            _ => return Err(CpeError::Percent),
        }
        out.push_str(&quote(plain));
    }
    Ok(out)
}
