//! Lists of evidence of which only the beginning is kept: a machine with 100,000 accounts may break an item in each.

use crate::judgement::{Judgement, reason};
use serde::{Deserialize, Serialize};

/// How many are kept.
const MAX_KEPT: usize = 200;

/// The first of many things, and how many there are in all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capped<T> {
    /// The first.
    pub kept: Vec<T>,
    /// All.
    pub total: usize,
}

impl<T> Default for Capped<T> {
    fn default() -> Self {
        Self { kept: Vec::new(), total: 0 }
    }
}

impl<T> FromIterator<T> for Capped<T> {
    fn from_iter<I: IntoIterator<Item = T>>(things: I) -> Self {
        let mut capped = Self::default();
        capped.extend(things);
        capped
    }
}

impl<T> Extend<T> for Capped<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, things: I) {
        for thing in things {
            self.push(thing);
        }
    }
}

impl<T> Capped<T> {
    /// Adds one.
    pub fn push(&mut self, thing: T) {
        self.total += 1;
        if self.kept.len() < MAX_KEPT {
            self.kept.push(thing);
        }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.total == 0
    }

    /// Says how many more there are than are told of one by one; what they weigh was said with the first.
    pub fn tell_rest(&self, judgement: &mut Judgement) {
        let rest = self.total - self.kept.len().min(self.total);
        if rest > 0 {
            judgement.note(reason("and-more").arg("count", rest));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Capped, MAX_KEPT};
    use crate::judgement::Judgement;

    #[test]
    fn all_are_counted_and_the_first_are_kept() {
        let capped: Capped<usize> = (0..MAX_KEPT + 5).collect();
        assert_eq!((capped.kept.len(), capped.total), (MAX_KEPT, MAX_KEPT + 5));
        let mut judgement = Judgement::new();
        capped.tell_rest(&mut judgement);
        assert_eq!(judgement.statements[0].reason.args, [("count", "5".to_owned())]);
        let mut silent = Judgement::new();
        Capped::from_iter([1]).tell_rest(&mut silent);
        assert!(silent.statements.is_empty());
    }
}
