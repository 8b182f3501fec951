//! Address match lists of BIND: whom a list lets in, with named lists resolved and the first match deciding.

use super::syntax::{Part, Statement};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// How deep lists may lie in lists, by name or in braces.
const MAX_DEPTH: usize = 24;

/// How many elements are looked at for one list: lists that name lists can grow without bounds.
const MAX_ELEMENTS: usize = 200_000;

/// Prefixes shorter than this are no list of permitted hosts.
const WIDE_IPV4: u32 = 8;
const WIDE_IPV6: u32 = 16;

/// Whom a list lets in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reach {
    /// Nobody.
    Nobody,
    /// Those who hold a key.
    Keys,
    /// Some by their address.
    Addresses,
    /// Anybody.
    Anyone,
    /// It names a list that is not defined, or cannot be followed.
    Unknown(String),
}

/// The lists defined by `acl`, by name in lower case.
pub(crate) struct Lists<'a> {
    named: HashMap<String, &'a [Statement]>,
}

impl<'a> Lists<'a> {
    pub(crate) fn new(statements: &'a [Statement]) -> Self {
        let lists = statements.iter().filter(|statement| statement.is("acl"));
        let named =
            lists.filter_map(|list| Some((list.word(1)?.to_ascii_lowercase(), list.block()?)));
        Self { named: named.collect() }
    }

    /// Whom the block of a statement such as `allow-transfer { … };` lets in.
    pub(crate) fn reach(&self, elements: &[Statement]) -> Reach {
        let mut left = MAX_ELEMENTS;
        self.of_list(elements, 0, &mut left)
    }

    fn of_list(&self, elements: &[Statement], depth: usize, left: &mut usize) -> Reach {
        if depth > MAX_DEPTH {
            return Reach::Unknown("lists too deep".to_owned());
        }
        let mut reach = Reach::Nobody;
        for element in elements {
            let Some(rest) = left.checked_sub(1) else {
                return Reach::Unknown("too many elements".to_owned());
            };
            *left = rest;
            let negated = element.word(0) == Some("!");
            let one = self.of_element(element, usize::from(negated), depth, left);
            match (one, negated) {
                (unknown @ Reach::Unknown(_), _) => return unknown,
                // Whoever gets here is turned away: what follows is never asked.
                (Reach::Anyone, true) => return reach,
                (_, true) | (Reach::Nobody, false) => {}
                (Reach::Anyone, false) => return Reach::Anyone,
                (Reach::Addresses, false) => reach = Reach::Addresses,
                (Reach::Keys, false) if reach == Reach::Nobody => reach = Reach::Keys,
                (Reach::Keys, false) => {}
            }
            // `none;` matches everybody and lets nobody in.
            if !negated && element.word(0).is_some_and(|word| word.eq_ignore_ascii_case("none")) {
                return reach;
            }
        }
        reach
    }

    fn of_element(
        &self,
        element: &Statement,
        from: usize,
        depth: usize,
        left: &mut usize,
    ) -> Reach {
        let block = element.parts.iter().find_map(|part| match part {
            Part::Block(block) => Some(block),
            Part::Word(_) => None,
        });
        if let Some(block) = block {
            return self.of_list(block, depth + 1, left);
        }
        let Some(word) = element.word(from) else { return Reach::Nobody };
        let lower = word.to_ascii_lowercase();
        match lower.as_str() {
            "any" => return Reach::Anyone,
            "none" => return Reach::Nobody,
            "localhost" | "localnets" => return Reach::Addresses,
            "key" => return Reach::Keys,
            "geoip" => return Reach::Addresses,
            _ => {}
        }
        if let Some(named) = self.named.get(&lower) {
            return self.of_list(named, depth + 1, left);
        }
        of_address(word).unwrap_or_else(|| Reach::Unknown(word.to_owned()))
    }
}

/// An address or prefix: `192.0.2.1`, `10/8`, `2001:db8::/32`, `fe80::1%eth0`.
fn of_address(word: &str) -> Option<Reach> {
    let (address, length) = match word.split_once('/') {
        Some((address, length)) => (address, Some(length.parse::<u32>().ok()?)),
        None => (word, None),
    };
    let is_ipv6 = address.contains(':');
    let plain = address.split('%').next().unwrap_or_default();
    let valid = if is_ipv6 {
        plain.parse::<std::net::Ipv6Addr>().is_ok()
    } else {
        // Octets may be left out at the end.
        !plain.is_empty()
            && plain.split('.').count() <= 4
            && plain.split('.').all(|part| part.parse::<u8>().is_ok())
    };
    if !valid {
        return None;
    }
    let wide = if is_ipv6 { WIDE_IPV6 } else { WIDE_IPV4 };
    Some(if length.is_some_and(|length| length < wide) { Reach::Anyone } else { Reach::Addresses })
}

#[cfg(test)]
mod tests {
    use super::{Lists, Reach};
    use crate::host::bind::syntax::parse;

    fn reach(acls: &str, list: &str) -> Reach {
        let text = format!("{acls} list {{ {list} }};");
        let statements = parse("/x", &text).unwrap();
        let lists = Lists::new(&statements);
        lists.reach(statements.last().unwrap().block().unwrap())
    }

    #[test]
    fn the_first_match_decides() {
        for (list, expected) in [
            ("none;", Reach::Nobody),
            ("", Reach::Nobody),
            ("any;", Reach::Anyone),
            ("ANY;", Reach::Anyone),
            ("none; any;", Reach::Nobody),
            ("!any; any;", Reach::Nobody),
            ("!10.0.0.1; any;", Reach::Anyone),
            ("0.0.0.0/0;", Reach::Anyone),
            ("::/0;", Reach::Anyone),
            ("0/0;", Reach::Anyone),
            ("0.0.0.0/1; 128.0.0.0/1;", Reach::Anyone),
            ("192.0.2.1;", Reach::Addresses),
            ("10/8; key a;", Reach::Addresses),
            ("key a;", Reach::Keys),
            ("localhost;", Reach::Addresses),
            ("{ 192.0.2.1; { any; }; };", Reach::Anyone),
            ("!{ !10/8; any; }; key a;", Reach::Nobody),
            ("trusted;", Reach::Unknown("trusted".to_owned())),
        ] {
            assert_eq!(reach("", list), expected, "{list}");
        }
    }

    #[test]
    fn named_lists_are_resolved_and_circles_end() {
        assert_eq!(reach("acl a { b; }; acl b { any; };", "a;"), Reach::Anyone);
        assert_eq!(reach("acl \"Sec\" { 192.0.2.0/24; };", "sec;"), Reach::Addresses);
        assert!(matches!(reach("acl a { b; }; acl b { a; };", "a;"), Reach::Unknown(_)));
        let doubling: String =
            (0..22).map(|at| format!("acl a{at} {{ a{}; a{}; }}; ", at + 1, at + 1)).collect();
        assert!(matches!(
            reach(&(doubling + "acl a22 { none; };"), "a0;"),
            Reach::Nobody | Reach::Unknown(_)
        ));
    }
}
