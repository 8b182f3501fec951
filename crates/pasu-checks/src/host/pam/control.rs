//! The second field of a line of PAM: what follows from a module's answer.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What follows from an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// As if it were not there.
    Ignore,
    /// The stack fails, at its end.
    Bad,
    /// The stack fails now.
    Die,
    /// The answer counts, if nothing failed before.
    Ok,
    /// The same, and the stack ends.
    Done,
    /// Forgets all answers so far.
    Reset,
    /// Passes over so many modules.
    Jump(u32),
}

/// Which action follows from which answer. Names of answers are those of pam.conf(5): `success`, `auth_err`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Control {
    /// As written.
    pub written: String,
    answers: BTreeMap<String, Action>,
    default: Action,
}

impl Control {
    /// Reads `required`, `[success=1 default=ignore]` and the like; `None` where it is neither.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let table = match text.to_ascii_lowercase().as_str() {
            "required" => "success=ok new_authtok_reqd=ok ignore=ignore default=bad",
            "requisite" => "success=ok new_authtok_reqd=ok ignore=ignore default=die",
            "sufficient" => "success=done new_authtok_reqd=done default=ignore",
            "optional" => "success=ok new_authtok_reqd=ok default=ignore",
            _ => text.strip_prefix('[')?.strip_suffix(']')?,
        };
        // What is not named follows `default`, and where that is not named either the library says bad.
        let mut control =
            Self { written: text.to_owned(), answers: BTreeMap::new(), default: Action::Bad };
        for pair in table.split_whitespace() {
            let (answer, action) = pair.split_once('=')?;
            let action = action_of(action)?;
            if answer == "default" {
                control.default = action;
            } else {
                control.answers.insert(answer.to_owned(), action);
            }
        }
        Some(control)
    }

    /// `required`.
    #[must_use]
    pub fn required() -> Self {
        let ok = ["success", "new_authtok_reqd"].map(|answer| (answer.to_owned(), Action::Ok));
        let mut answers = BTreeMap::from(ok);
        answers.insert("ignore".to_owned(), Action::Ignore);
        Self { written: "required".to_owned(), answers, default: Action::Bad }
    }

    /// The action that follows from an answer.
    #[must_use]
    pub fn action(&self, answer: &str) -> Action {
        self.answers.get(answer).copied().unwrap_or(self.default)
    }

    /// Whether a refusal (`auth_err`, `perm_denied`) makes the whole stack fail.
    #[must_use]
    pub fn refusal_counts(&self) -> bool {
        matches!(self.action("auth_err"), Action::Bad | Action::Die)
    }
}

fn action_of(word: &str) -> Option<Action> {
    Some(match word {
        "ignore" => Action::Ignore,
        "bad" => Action::Bad,
        "die" => Action::Die,
        "ok" => Action::Ok,
        "done" => Action::Done,
        "reset" => Action::Reset,
        number => Action::Jump(number.parse().ok()?),
    })
}

#[cfg(test)]
mod tests {
    use super::{Action, Control};

    #[test]
    fn words_are_tables() {
        let of = |text: &str, answer: &str| Control::parse(text).unwrap().action(answer);
        assert_eq!(of("Required", "auth_err"), Action::Bad);
        assert_eq!(of("requisite", "auth_err"), Action::Die);
        assert_eq!(of("sufficient", "success"), Action::Done);
        assert_eq!(of("[success=2 default=ignore]", "success"), Action::Jump(2));
        assert_eq!(of("[success=ok]", "auth_err"), Action::Bad);
        assert!(Control::parse("require").is_none() && Control::parse("[success]").is_none());
    }
}
