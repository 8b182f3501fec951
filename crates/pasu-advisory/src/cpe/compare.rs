//! How one attribute of a criterion relates to the same attribute of a name (NIST IR 7696, table 6-2).

use super::name::Attribute;

/// The relation of a source attribute (the criterion's) to a target attribute (the software's).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// The same value.
    Equal,
    /// The source covers the target.
    Superset,
    /// The target covers the source: it is less specific.
    Subset,
    /// No common value.
    Disjoint,
    /// The specification gives no answer: a wildcard in the target.
    Undefined,
}

/// Compares a source attribute with a target attribute.
#[must_use]
pub fn relation(source: Attribute<'_>, target: Attribute<'_>) -> Relation {
    use Attribute::{Any, NotApplicable, Value};
    if target.has_wildcard() {
        return Relation::Undefined;
    }
    match (source, target) {
        (Any, Any) | (NotApplicable, NotApplicable) => Relation::Equal,
        (Any, _) => Relation::Superset,
        (_, Any) => Relation::Subset,
        (NotApplicable, Value(_)) | (Value(_), NotApplicable) => Relation::Disjoint,
        (Value(source), Value(target)) if source == target => Relation::Equal,
        (Value(pattern), Value(text)) => {
            if source.has_wildcard() && matches_pattern(pattern, text) {
                Relation::Superset
            } else {
                Relation::Disjoint
            }
        }
    }
}

/// One element of a component: a character that stands for itself, or a wildcard.
#[derive(Clone, Copy, PartialEq)]
enum Element {
    Literal(char),
    One,
    Many,
}

fn elements(component: &str) -> Vec<Element> {
    let mut characters = component.chars();
    let mut out = Vec::with_capacity(component.len());
    while let Some(character) = characters.next() {
        out.push(match character {
            '\\' => Element::Literal(characters.next().unwrap_or('\\')),
            '*' => Element::Many,
            '?' => Element::One,
            plain => Element::Literal(plain),
        });
    }
    out
}

/// True if a pattern with wildcards covers a text: `*` any number of characters, each `?` one or none
/// (NIST IR 7695, 5.3.2). Takes time in proportion to both lengths, whatever the pattern.
fn matches_pattern(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (elements(pattern), elements(text));
    let mut reachable = vec![false; text.len() + 1];
    if let Some(first) = reachable.first_mut() {
        *first = true;
    }
    for element in pattern {
        reachable = step(element, &reachable, &text);
    }
    reachable.last().copied().unwrap_or(false)
}

/// The positions of the text that can be reached by one more element of the pattern.
fn step(element: Element, from: &[bool], text: &[Element]) -> Vec<bool> {
    let mut next = Vec::with_capacity(from.len());
    let (mut previous, mut carried) = (false, false);
    for (position, &here) in from.iter().enumerate() {
        let before = position.checked_sub(1).and_then(|at| text.get(at));
        next.push(match element {
            Element::Many => {
                carried |= here;
                carried
            }
            Element::One => here || previous,
            Element::Literal(_) => previous && before == Some(&element),
        });
        previous = here;
    }
    next
}
