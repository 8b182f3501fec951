//! Maven's order: `ComparableVersion` of Maven 3.9 and 4 (maven.apache.org/pom.html, "Version Order Specification").
//!
//! A version is a list of items whose last item may be a list again, opened by `-` or by a change between digits and
//! letters: `1.0-rc-1` is `1, [rc1]`. As a list is only ever the last item, the whole nest is kept flat here: an
//! [`Item::List`] says that everything after it is one level deeper, so no input can make the comparison recurse.
//! Maven takes every text for a version; only an empty one is refused.

use super::digits;
use std::cmp::Ordering;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Item<'a> {
    Number(&'a [u8]),
    Word(Qualifier<'a>),
    /// A word and the number that follows it, with or without a hyphen: `rc1`, `rc-1`.
    Pair(Qualifier<'a>, &'a [u8]),
    /// All that follows is a list of its own.
    List,
}

/// A qualifier by its place in Maven's order; words unknown to Maven come last, in alphabetical order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Qualifier<'a> {
    Known(usize),
    Unknown(&'a [u8]),
}

/// The known qualifiers in their order. The empty one is the release itself.
const QUALIFIERS: [&[&str]; 7] = [
    &["alpha"],
    &["beta"],
    &["milestone"],
    &["rc", "cr"],
    &["snapshot"],
    &["", "ga", "final", "release"],
    &["sp"],
];
const RELEASE: usize = 5;

pub(super) fn compare(a: &str, b: &str) -> Option<Ordering> {
    if a.is_empty() || b.is_empty() {
        return None;
    }
    if a == b {
        return Some(Ordering::Equal);
    }
    Some(compare_items(&parse(a.as_bytes()), &parse(b.as_bytes())))
}

/// The state of reading a version from left to right.
struct Parser<'a> {
    text: &'a [u8],
    items: Vec<Item<'a>>,
    start: usize,
    in_digits: bool,
    in_pair: bool,
}

fn parse(text: &[u8]) -> Vec<Item<'_>> {
    let mut parser =
        Parser { text, items: Vec::with_capacity(8), start: 0, in_digits: false, in_pair: false };
    for (index, byte) in text.iter().enumerate() {
        match byte {
            b'.' => parser.dot(index),
            b'-' => parser.hyphen(index),
            b'0'..=b'9' => parser.digit(index),
            _ => parser.letter(index),
        }
    }
    parser.finish();
    let mut items = parser.items;
    normalize(&mut items);
    items
}

impl Parser<'_> {
    fn dot(&mut self, index: usize) {
        self.push_until(index);
        self.in_pair = false;
        self.start = index + 1;
    }

    fn hyphen(&mut self, index: usize) {
        let next_is_digit = self.text.get(index + 1).is_some_and(u8::is_ascii_digit);
        if index > self.start && !self.in_digits && next_is_digit {
            // `rc-1` is read as `rc1`.
            self.in_pair = true;
            return;
        }
        self.push_until(index);
        self.start = index + 1;
        self.open_list();
        self.in_pair = false;
    }

    fn digit(&mut self, index: usize) {
        if !self.in_digits && index > self.start {
            self.in_pair = true;
            self.open_list();
        }
        self.in_digits = true;
    }

    fn letter(&mut self, index: usize) {
        if self.in_digits && index > self.start {
            self.push_until(index);
            self.start = index;
            self.items.push(Item::List);
            self.in_pair = false;
        }
        self.in_digits = false;
    }

    fn finish(&mut self) {
        if self.start >= self.text.len() {
            return;
        }
        if !self.in_digits {
            // `1.0.rc` is read as `1.0-rc`.
            self.open_list();
        }
        self.push_until(self.text.len());
    }

    /// Opens a list within the present one, unless that has nothing yet.
    fn open_list(&mut self) {
        if self.items.last().is_some_and(|item| *item != Item::List) {
            self.items.push(Item::List);
        }
    }

    /// Adds what stands between the last separator and `end`; nothing there is a zero.
    fn push_until(&mut self, end: usize) {
        let text = self.text.get(self.start..end).unwrap_or_default();
        self.items.push(match text {
            [] => Item::Number(b"0"),
            _ if self.in_pair => pair(text),
            _ if self.in_digits => Item::Number(text),
            _ => Item::Word(qualifier(text)),
        });
    }
}

fn pair(text: &[u8]) -> Item<'_> {
    let (word, number) = digits::split_while(text, |byte| !byte.is_ascii_digit());
    let word = word.strip_suffix(b"-").unwrap_or(word);
    let long_name = match word {
        [b'a' | b'A'] => b"alpha".as_slice(),
        [b'b' | b'B'] => b"beta",
        [b'm' | b'M'] => b"milestone",
        _ => word,
    };
    Item::Pair(qualifier(long_name), number)
}

fn qualifier(word: &[u8]) -> Qualifier<'_> {
    QUALIFIERS
        .iter()
        .position(|names| names.iter().any(|name| name.as_bytes().eq_ignore_ascii_case(word)))
        .map_or(Qualifier::Unknown(word), Qualifier::Known)
}

/// Takes out what means nothing, from the innermost list outwards: zeros at the end of a list and before a word, empty
/// lists, and a list around nothing but another list.
fn normalize(items: &mut Vec<Item>) {
    for index in (0..items.len()).rev() {
        if means_nothing(items, index) {
            items.remove(index);
        }
        let first_in_list =
            index.checked_sub(1).is_none_or(|before| items.get(before) == Some(&Item::List));
        if first_in_list && items.get(index) == Some(&Item::List) {
            items.remove(index);
        }
    }
}

fn means_nothing(items: &[Item], index: usize) -> bool {
    let is_word = |item: Option<&Item>| matches!(item, Some(Item::Word(_) | Item::Pair(..)));
    match (items.get(index), items.get(index + 1)) {
        (Some(Item::List), next) => next.is_none(),
        (Some(Item::Number(number)), next) if digits::is_zero(number) => match next {
            None | Some(Item::Word(_)) => true,
            Some(Item::List) => is_word(items.get(index + 2)),
            Some(Item::Number(_) | Item::Pair(..)) => false,
        },
        _ => false,
    }
}

fn compare_items(a: &[Item], b: &[Item]) -> Ordering {
    for index in 0..a.len().max(b.len()) {
        let (rest_a, rest_b) =
            (a.get(index..).unwrap_or_default(), b.get(index..).unwrap_or_default());
        let order = match (rest_a, rest_b) {
            ([], _) => return compare_with_nothing(rest_b).reverse(),
            (_, []) => return compare_with_nothing(rest_a),
            ([Item::List, ..], [Item::List, ..]) => Ordering::Equal,
            ([Item::List, ..], [Item::Number(_), ..]) => Ordering::Less,
            ([Item::Number(_), ..], [Item::List, ..]) => Ordering::Greater,
            ([Item::List, inner @ ..], [scalar, outer @ ..]) => {
                return compare_list_with_scalar(inner, *scalar, outer);
            }
            ([scalar, outer @ ..], [Item::List, inner @ ..]) => {
                return compare_list_with_scalar(inner, *scalar, outer).reverse();
            }
            ([first, ..], [second, ..]) => compare_scalars(*first, *second),
        };
        if order.is_ne() {
            return order;
        }
    }
    Ordering::Equal
}

/// Compares a list with a word that stands at its place, then what remains of both sides with nothing.
fn compare_list_with_scalar(list: &[Item], scalar: Item, after_scalar: &[Item]) -> Ordering {
    let depth = list.iter().take_while(|item| **item == Item::List).count();
    let order = match list.get(depth..) {
        Some([first, rest @ ..]) => {
            compare_scalars(*first, scalar).then_with(|| compare_with_nothing(rest))
        }
        _ => compare_with_nothing(&[scalar]).reverse(),
    };
    order.then_with(|| compare_with_nothing(after_scalar).reverse())
}

fn compare_with_nothing(items: &[Item]) -> Ordering {
    let mut orders = items.iter().map(|item| match item {
        Item::Number(number) => number_with_nothing(number),
        Item::Word(word) => compare_qualifiers(*word, Qualifier::Known(RELEASE)),
        Item::Pair(word, number) => compare_qualifiers(*word, Qualifier::Known(RELEASE))
            .then_with(|| number_with_nothing(number)),
        Item::List => Ordering::Equal,
    });
    orders.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

fn number_with_nothing(number: &[u8]) -> Ordering {
    digits::compare(number, b"")
}

/// Compares two items of which neither opens a list.
fn compare_scalars(a: Item, b: Item) -> Ordering {
    match (a, b) {
        (Item::Number(a), Item::Number(b)) => digits::compare(a, b),
        (Item::Number(_), _) => Ordering::Greater,
        (_, Item::Number(_)) => Ordering::Less,
        (Item::Word(a), Item::Word(b)) => compare_qualifiers(a, b),
        (Item::Pair(a, number_a), Item::Pair(b, number_b)) => {
            compare_qualifiers(a, b).then_with(|| digits::compare(number_a, number_b))
        }
        (Item::Pair(pair, number), Item::Word(word)) => compare_pair_with_word(pair, number, word),
        (Item::Word(word), Item::Pair(pair, number)) => {
            compare_pair_with_word(pair, number, word).reverse()
        }
        (Item::List, _) | (_, Item::List) => Ordering::Equal,
    }
}

/// `rc1` is after `rc`, but `ga0` is `ga`.
fn compare_pair_with_word(pair: Qualifier, number: &[u8], word: Qualifier) -> Ordering {
    compare_qualifiers(pair, word).then_with(|| match pair {
        Qualifier::Known(RELEASE) => number_with_nothing(number),
        _ => Ordering::Greater,
    })
}

fn compare_qualifiers(a: Qualifier, b: Qualifier) -> Ordering {
    match (a, b) {
        (Qualifier::Known(a), Qualifier::Known(b)) => a.cmp(&b),
        (Qualifier::Known(_), Qualifier::Unknown(_)) => Ordering::Less,
        (Qualifier::Unknown(_), Qualifier::Known(_)) => Ordering::Greater,
        (Qualifier::Unknown(a), Qualifier::Unknown(b)) => lower(a).cmp(lower(b)),
    }
}

fn lower(word: &[u8]) -> impl Iterator<Item = u8> {
    word.iter().map(u8::to_ascii_lowercase)
}

#[cfg(test)]
mod tests {
    use super::compare;
    use std::cmp::Ordering::{self, Equal, Greater, Less};

    #[test]
    fn maven_four() {
        for (a, b, expected) in [
            ("2024.RC1", "2024-alpha-1", Greater),
            ("1.0", "1", Equal),
            ("1-ga", "1", Equal),
            ("1.0.Final", "1.0", Equal),
            ("1.0-RC1", "1.0-SNAPSHOT", Less),
            ("1.0-SNAPSHOT", "1.0", Less),
            ("1.0", "1.0-sp", Less),
            ("1.0-sp", "1.0-jre", Less),
            ("1.0-a1", "1.0-alpha-1", Equal),
            ("1.0-a", "1.0-alpha-1", Greater),
            ("1-1", "1.1", Less),
            ("1.0.RC2", "1.0-RC3", Less),
            ("1.0-RC3", "1.0.1", Less),
            ("31.1-jre", "31.1-android", Greater),
            ("1.0.0-beta", "1.0-beta", Equal),
            ("20040616", "1.1.1.1", Greater),
        ] {
            assert_eq!(compare(a, b), Some(expected), "{a} {b}");
            assert_eq!(compare(b, a), Some(Ordering::reverse(expected)), "{b} {a}");
        }
    }

    #[test]
    fn deep_nests_and_long_numbers_are_compared() {
        let deep = "1-".repeat(100_000);
        assert_eq!(compare(&deep, "1"), Some(Greater));
        assert_eq!(compare(&"9".repeat(100_000), "1"), Some(Greater));
        assert_eq!(compare("", "1"), None);
    }
}
