//! What people answered to items, with who, when and until when.

use jiff::civil::Date;
use pasu_model::Answer;
use serde::{Deserialize, Serialize};

/// An answer with what it is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredAnswer {
    /// The target's name.
    pub target: String,
    /// The item's slug.
    pub item: String,
    /// The answer.
    pub answer: Answer,
}

/// All answers that are kept, the newest last.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answers {
    /// In the order in which they were given; none is ever taken out, so that an auditor sees the history.
    #[serde(default)]
    pub answers: Vec<StoredAnswer>,
}

impl Answers {
    /// The newest answer to an item of a target.
    #[must_use]
    pub fn newest(&self, target: &str, item: &str) -> Option<&Answer> {
        let of_item = |stored: &&StoredAnswer| stored.target == target && stored.item == item;
        self.answers.iter().rev().find(of_item).map(|stored| &stored.answer)
    }
}

/// Whether an answer counts on a day. One whose date is no date never counts.
pub(crate) fn is_valid(answer: &Answer, today: Date) -> bool {
    answer.until.parse::<Date>().is_ok_and(|until| until >= today)
}

#[cfg(test)]
mod tests {
    use super::is_valid;
    use jiff::civil::date;
    use pasu_model::{Answer, Verdict};

    #[test]
    fn an_answer_counts_up_to_its_last_day() {
        let answer = |until: &str| Answer {
            verdict: Verdict::Pass,
            reason: "ok".to_owned(),
            by: "kim".to_owned(),
            at: "2026-01-01T00:00:00Z".to_owned(),
            until: until.to_owned(),
        };
        let today = date(2026, 11, 25);
        for (until, valid) in
            [("2026-11-25", true), ("2026-11-24", false), ("soon", false), ("", false)]
        {
            assert_eq!(is_valid(&answer(until), today), valid, "{until}");
        }
    }
}
