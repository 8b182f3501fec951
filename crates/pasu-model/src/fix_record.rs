//! What became of a fix: kept for the auditor.

use crate::{FixPlan, Text, Verdict};
use serde::{Deserialize, Serialize};

/// One entry of the history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FixRecord {
    /// Its name: `20261129-225301`.
    pub id: String,
    /// When it began, RFC 3339.
    pub started: String,
    /// Who did it.
    pub by: FixAuthor,
    /// Where it stands.
    pub state: FixState,
    /// What was planned, with the evidence.
    pub plan: FixPlan,
    /// What became of each planned item.
    pub outcomes: Vec<FixOutcome>,
    /// What tools and probes said, in order.
    pub notes: Vec<Text>,
    /// Why it was undone.
    pub undone_because: Option<Text>,
    /// Paths that somebody changed since, and that were left alone.
    pub conflicts: Vec<String>,
    /// Until when it waits to be confirmed, RFC 3339.
    pub confirm_until: Option<String>,
}

/// Who started a fix.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FixAuthor {
    /// The account that logged in, before `sudo`.
    pub login: String,
    /// The account it ran as.
    pub account: String,
    /// Terminal, if there was one.
    pub terminal: Option<String>,
    /// Where the session came from, of a session over SSH.
    pub from: Option<String>,
    /// The whole connection, `SSH_CONNECTION` as sshd sets it: a confirmation must come over another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<String>,
}

/// Where an entry of the history stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FixState {
    /// It was begun and neither completed nor undone: `pasu fix recover` ends it.
    Open,
    /// It undoes itself unless it is confirmed.
    AwaitingConfirmation,
    /// It was carried out.
    Applied,
    /// It was undone before it was complete.
    Undone,
    /// It was taken back by a person.
    RolledBack,
    /// What is kept of it does not fit its checksums.
    Damaged,
}

impl FixState {
    /// Words for a reader.
    #[must_use]
    pub fn text(self) -> Text {
        match self {
            Self::Open => Text::new("중단됨 (복구 필요)", "interrupted (to be recovered)"),
            Self::AwaitingConfirmation => Text::new("확인 대기", "waiting to be confirmed"),
            Self::Applied => Text::new("적용됨", "applied"),
            Self::Undone => Text::new("자동으로 되돌림", "undone"),
            Self::RolledBack => Text::new("되돌림", "rolled back"),
            Self::Damaged => Text::new("기록 손상", "damaged"),
        }
    }
}

/// What became of one item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FixOutcome {
    /// Code in the guideline.
    pub code: String,
    /// Slug.
    pub item: String,
    /// What became of it.
    pub end: FixEnd,
    /// The verdict of the check that ran afterwards, if one ran.
    pub verdict: Option<Verdict>,
    /// Why, where it was not fixed.
    pub why: Option<Text>,
}

/// How an item ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FixEnd {
    /// It was judged again and is good.
    Fixed,
    /// It will be good once the machine has been started anew.
    FixedAfterReboot,
    /// What was changed was put back.
    Undone,
    /// Only a person can put it right.
    NeedsPerson,
}

impl FixEnd {
    /// Words for a reader.
    #[must_use]
    pub fn text(self) -> Text {
        match self {
            Self::Fixed => Text::new("조치 완료", "fixed"),
            Self::FixedAfterReboot => Text::new("재시작 후 조치 완료", "fixed after a reboot"),
            Self::Undone => Text::new("되돌림", "undone"),
            Self::NeedsPerson => Text::new("담당자 조치 필요", "needs a person"),
        }
    }
}
