//! Alpine's order, of Wolfi and Chainguard too: `digits{.digits}[letter]{_suffix[number]}[~hash][-rN]`, as apk-tools
//! since 2.14.1 and 3.0 applies it.
//!
//! Each part after the first is compared as text where either number begins with `0` (`1.01 < 1.1`), as Gentoo does.
//! Where one version has ended or goes on with another kind of token, the earlier kind is the newer version, but a
//! pre-release suffix is always the older one. `apk version --check` refuses what does not fit the form.

use super::digits;
use std::cmp::Ordering;

/// The kinds of token in the order in which they may follow each other.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    FirstNumber,
    Number,
    Letter,
    Suffix,
    SuffixNumber,
    Hash,
    Revision,
    End,
}

#[derive(Clone, Copy)]
struct Token<'a> {
    kind: Kind,
    text: &'a [u8],
}

/// The suffixes in their order; those before [`FIRST_POST_SUFFIX`] make a version older.
const SUFFIXES: [&[u8]; 9] =
    [b"alpha", b"beta", b"pre", b"rc", b"cvs", b"svn", b"git", b"hg", b"p"];
const FIRST_POST_SUFFIX: usize = 4;

pub(super) fn compare(a: &str, b: &str) -> Option<Ordering> {
    if !is_valid(a.as_bytes()) || !is_valid(b.as_bytes()) {
        return None;
    }
    let (mut a, mut b) = (first(a.as_bytes())?, first(b.as_bytes())?);
    while a.0.kind == b.0.kind && a.0.kind != Kind::End {
        let order = compare_tokens(a.0, b.0);
        if order.is_ne() {
            return Some(order);
        }
        (a, b) = (next(a.0.kind, a.1)?, next(b.0.kind, b.1)?);
    }
    Some(compare_kinds(a.0, b.0))
}

fn is_valid(text: &[u8]) -> bool {
    let mut position = first(text);
    while let Some((token, rest)) = position {
        if token.kind == Kind::End {
            return true;
        }
        position = next(token.kind, rest);
    }
    false
}

fn first(text: &[u8]) -> Option<(Token<'_>, &[u8])> {
    number(Kind::FirstNumber, text)
}

/// The token after one of the kind `last`, and what follows it; `None` where the form does not allow what stands there.
fn next(last: Kind, text: &[u8]) -> Option<(Token<'_>, &[u8])> {
    let Some((byte, rest)) = text.split_first() else {
        return Some((Token { kind: Kind::End, text }, text));
    };
    match byte {
        b'a'..=b'z' if last <= Kind::Number => {
            let (letter, rest) = text.split_at_checked(1)?;
            Some((Token { kind: Kind::Letter, text: letter }, rest))
        }
        b'.' if last <= Kind::Number => number(Kind::Number, rest),
        b'0'..=b'9' if last == Kind::Suffix => number(Kind::SuffixNumber, text),
        b'_' if last <= Kind::SuffixNumber => {
            let (suffix, rest) = digits::split_while(rest, u8::is_ascii_lowercase);
            suffix_rank(suffix).map(|_| (Token { kind: Kind::Suffix, text: suffix }, rest))
        }
        b'~' if last < Kind::Hash => {
            let (hash, rest) = digits::split_while(rest, u8::is_ascii_hexdigit);
            (!hash.is_empty()).then_some((Token { kind: Kind::Hash, text: hash }, rest))
        }
        b'-' if last < Kind::Revision => number(Kind::Revision, rest.strip_prefix(b"r")?),
        _ => None,
    }
}

fn number(kind: Kind, text: &[u8]) -> Option<(Token<'_>, &[u8])> {
    let (run, rest) = digits::split(text);
    (!run.is_empty()).then_some((Token { kind, text: run }, rest))
}

fn suffix_rank(suffix: &[u8]) -> Option<usize> {
    SUFFIXES.iter().position(|known| *known == suffix)
}

fn compare_tokens(a: Token, b: Token) -> Ordering {
    match a.kind {
        Kind::Number if a.text.starts_with(b"0") || b.text.starts_with(b"0") => a.text.cmp(b.text),
        Kind::FirstNumber | Kind::Number | Kind::SuffixNumber | Kind::Revision => {
            digits::compare(a.text, b.text)
        }
        Kind::Suffix => suffix_rank(a.text).cmp(&suffix_rank(b.text)),
        Kind::Letter | Kind::Hash | Kind::End => a.text.cmp(b.text),
    }
}

fn compare_kinds(a: Token, b: Token) -> Ordering {
    match (is_pre_release(a), is_pre_release(b)) {
        _ if a.kind == b.kind => Ordering::Equal,
        (true, _) => Ordering::Less,
        (_, true) => Ordering::Greater,
        _ => b.kind.cmp(&a.kind),
    }
}

fn is_pre_release(token: Token) -> bool {
    token.kind == Kind::Suffix
        && suffix_rank(token.text).is_some_and(|rank| rank < FIRST_POST_SUFFIX)
}

#[cfg(test)]
mod tests {
    use super::compare;

    #[test]
    fn what_apk_refuses_is_no_version() {
        for refused in [
            "", "a", "1.", ".1", "1.0bc", "1.0a1", "23_foo", "1_", "1-r", "1-1", "1-r1-r2", "1~",
            "1~xyz", "1.0 ", "1_p1.2", "1-r1_p1", "v1",
        ] {
            assert_eq!(compare(refused, refused), None, "{refused:?}");
        }
    }
}
