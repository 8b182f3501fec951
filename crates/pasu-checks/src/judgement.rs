//! What a check says about its facts: statements, each with its weight, and the verdict that follows from them.

use crate::cause::{Cause, CauseKind};
use crate::mask;
use pasu_model::{Place, Verdict, Weight};
use std::borrow::Cow;
use std::fmt::Display;

/// The longest excerpt that is kept, in characters.
const MAX_EXCERPT: usize = 300;

/// The key of the sentence that a service is not in use.
pub(crate) const UNUSED: &str = "service-unused";

/// One statement: the key of a sentence in the item's `[reasons]`, what is put into it, and where it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    pub(crate) key: Cow<'static, str>,
    pub(crate) args: Vec<(&'static str, String)>,
    pub(crate) place: Option<Place>,
    pub(crate) excerpt: Option<String>,
    pub(crate) part: Option<&'static str>,
}

/// A statement by the key of its sentence.
pub fn reason(key: impl Into<Cow<'static, str>>) -> Reason {
    Reason { key: key.into(), args: Vec::new(), place: None, excerpt: None, part: None }
}

impl Reason {
    /// Puts a value into the sentence. Never a secret.
    #[must_use]
    pub fn arg(mut self, name: &'static str, value: impl Display) -> Self {
        self.args.push((name, shortened(&value.to_string())));
        self
    }

    /// Says where it was found.
    #[must_use]
    pub fn at(mut self, place: impl Into<Option<Place>>) -> Self {
        self.place = place.into();
        self
    }

    /// Says in which file it was found.
    #[must_use]
    pub fn file(self, path: &str) -> Self {
        self.at(Place::File { path: path.to_owned(), line: None })
    }

    /// Says in which line of which file it was found.
    #[must_use]
    pub fn line(self, path: &str, line: u32) -> Self {
        self.at(Place::File { path: path.to_owned(), line: Some(line) })
    }

    /// Quotes what was found there. Password hashes and values that look like secrets are masked.
    #[must_use]
    pub fn excerpt(mut self, text: &str) -> Self {
        self.excerpt = Some(shortened(&mask::secrets(text.trim())));
        self
    }

    /// The part of the item it belongs to, where an older guideline counts the parts apart.
    #[must_use]
    pub fn part(mut self, part: &'static str) -> Self {
        self.part = Some(part);
        self
    }
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= MAX_EXCERPT {
        return text.to_owned();
    }
    text.chars().take(MAX_EXCERPT - 1).chain(['…']).collect()
}

/// A statement with its weight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Statement {
    pub(crate) weight: Weight,
    pub(crate) reason: Reason,
}

/// Everything a check says. The verdict follows from the statements:
/// a bad one fails the item; else an unseen one blocks it; else one to ask makes it manual; else it passes, or, where
/// the check said so, does not apply.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Judgement {
    pub(crate) statements: Vec<Statement>,
    applies_not: bool,
}

impl Judgement {
    /// Nothing said yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What the item is about is not there.
    #[must_use]
    pub fn not_applicable(reason: Reason) -> Self {
        let mut judgement = Self { statements: Vec::new(), applies_not: true };
        judgement.note(reason);
        judgement
    }

    /// It could not be found out.
    #[must_use]
    pub fn blocked(cause: &Cause) -> Self {
        let mut judgement = Self::new();
        judgement.unseen(cause);
        judgement
    }

    /// What follows when nothing could be read: it could not be found out, unless the item is about images and this is
    /// none.
    #[must_use]
    pub(crate) fn unread(cause: &Cause) -> Self {
        match cause.kind {
            CauseKind::NoImage => Self::not_applicable(reason(cause.kind.key())),
            _ => Self::blocked(cause),
        }
    }

    fn push(&mut self, weight: Weight, reason: Reason) {
        self.statements.push(Statement { weight, reason });
    }

    /// It breaks the item.
    pub fn bad(&mut self, reason: Reason) {
        self.push(Weight::Bad, reason);
    }

    /// It fulfils the item.
    pub fn good(&mut self, reason: Reason) {
        self.push(Weight::Good, reason);
    }

    /// A person has to look at it.
    pub fn ask(&mut self, reason: Reason) {
        self.push(Weight::Ask, reason);
    }

    /// It does not break the item, and should be known.
    pub fn warn(&mut self, reason: Reason) {
        self.push(Weight::Warning, reason);
    }

    /// A fact.
    pub fn note(&mut self, reason: Reason) {
        self.push(Weight::Note, reason);
    }

    /// Something that would decide could not be seen.
    pub fn unseen(&mut self, cause: &Cause) {
        self.unseen_part(cause, None);
    }

    /// The same, of one part of the item.
    pub fn unseen_part(&mut self, cause: &Cause, part: Option<&'static str>) {
        let mut reason = reason(cause.kind.key()).arg("detail", &cause.detail);
        reason.place.clone_from(&cause.place);
        reason.part = part;
        self.push(Weight::Unseen, reason);
    }

    /// Something that would only have added to the evidence could not be seen.
    pub fn warn_unseen(&mut self, cause: &Cause) {
        let reason = reason(cause.kind.key()).arg("detail", &cause.detail);
        self.warn(reason.at(cause.place.clone()));
    }

    /// Takes over what another judgement says.
    pub fn extend(&mut self, other: Self) {
        self.applies_not |= other.applies_not;
        self.statements.extend(other.statements);
    }

    /// Keeps what belongs to one part of the item, or to no part.
    #[must_use]
    pub(crate) fn of_part(mut self, part: &str) -> Self {
        self.statements
            .retain(|statement| statement.reason.part.is_none_or(|of_part| of_part == part));
        self
    }

    /// Says in one statement which services are not in use, where the check asked about several.
    #[must_use]
    pub(crate) fn joined(mut self) -> Self {
        let is_unused = |statement: &Statement| statement.reason.key == UNUSED;
        let names: Vec<String> = self
            .statements
            .iter()
            .filter(|statement| is_unused(statement))
            .flat_map(|statement| statement.reason.args.iter().map(|(_, value)| value.clone()))
            .collect();
        let Some(first) = self.statements.iter().position(is_unused) else { return self };
        let joined = reason(UNUSED).arg("name", names.join(", "));
        let part = self.statements[first].reason.part;
        self.statements[first].reason = Reason { part, ..joined };
        let mut index = 0;
        self.statements.retain(|statement| {
            index += 1;
            index - 1 == first || !is_unused(statement)
        });
        self
    }

    /// The weight that decides.
    fn deciding(&self) -> Option<Weight> {
        self.statements.iter().map(|statement| statement.weight).min()
    }

    /// The verdict that follows from the statements.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match self.deciding() {
            Some(Weight::Bad) => Verdict::Fail,
            Some(Weight::Unseen) => Verdict::Blocked,
            Some(Weight::Ask) => Verdict::Manual,
            _ if self.applies_not => Verdict::NotApplicable,
            Some(_) => Verdict::Pass,
            // A check that says nothing has seen nothing.
            None => Verdict::Blocked,
        }
    }

    /// What decided: the first statement of the deciding weight.
    pub(crate) fn main_reason(&self) -> Option<&Reason> {
        // A warning beside something good is not why it passes.
        let of = |weight| self.statements.iter().find(|statement| statement.weight == weight);
        let found =
            [Weight::Bad, Weight::Unseen, Weight::Ask, Weight::Good, Weight::Note, Weight::Warning]
                .into_iter()
                .find_map(of);
        found.map(|statement| &statement.reason)
    }
}

#[cfg(test)]
mod tests {
    use super::{Judgement, reason};
    use crate::cause::{Cause, CauseKind};
    use pasu_model::Verdict;

    #[test]
    fn the_gravest_statement_decides() {
        let unseen = Cause::new(CauseKind::Permission, "");
        let mut judgement = Judgement::new();
        assert_eq!(judgement.verdict(), Verdict::Blocked);
        judgement.warn(reason("w"));
        judgement.good(reason("g"));
        assert_eq!(judgement.verdict(), Verdict::Pass);
        assert_eq!(judgement.main_reason().map(|reason| &*reason.key), Some("g"));
        judgement.ask(reason("a"));
        assert_eq!(judgement.verdict(), Verdict::Manual);
        judgement.unseen(&unseen);
        assert_eq!(judgement.verdict(), Verdict::Blocked);
        judgement.bad(reason("b").part("length"));
        assert_eq!(judgement.verdict(), Verdict::Fail);
        assert_eq!(judgement.of_part("age").verdict(), Verdict::Blocked);
        assert_eq!(Judgement::not_applicable(reason("n")).verdict(), Verdict::NotApplicable);
    }

    #[test]
    fn unused_services_are_said_in_one_statement() {
        let mut judgement = Judgement::new();
        judgement.note(reason("n"));
        for name in ["vsftpd", "proftpd"] {
            judgement.good(reason(super::UNUSED).arg("name", name));
        }
        let joined = judgement.joined();
        assert_eq!(joined.statements.len(), 2);
        assert_eq!(joined.main_reason().map(|reason| &*reason.args[0].1), Some("vsftpd, proftpd"));
    }

    #[test]
    fn excerpts_are_short_and_hold_no_hash() {
        let long = reason("x").excerpt(&"가".repeat(1000));
        assert_eq!(long.excerpt.map(|text| text.chars().count()), Some(super::MAX_EXCERPT));
        let hash = reason("x").excerpt("root:$6$salt$0123456789abcdef:19000:");
        assert_eq!(hash.excerpt.as_deref(), Some("root:$6$***:19000:"));
    }
}
