//! What a fix would do: the plan as data, the same for the same facts.

use crate::{Evidence, Importance, Message, Target, Text, Tool, Verdict};
use serde::{Deserialize, Serialize};

/// The version of the plan's form.
pub const FIX_PLAN_SCHEMA: u32 = 1;

/// What a fix would change on one target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FixPlan {
    /// [`FIX_PLAN_SCHEMA`].
    pub schema_version: u32,
    /// Who planned.
    pub tool: Tool,
    /// What would be changed.
    pub target: Target,
    /// Whose facts these are: a hash of `/etc/machine-id`; none where there is no such file.
    pub machine: Option<String>,
    /// When it was planned, RFC 3339; not part of the digest.
    pub made: String,
    /// The guideline whose codes are used.
    pub guideline: String,
    /// What was asked for.
    pub request: FixRequest,
    /// Every item that was asked for, in the guideline's order.
    pub items: Vec<PlannedItem>,
    /// Every path that would change, by path.
    pub files: Vec<PlannedFile>,
    /// What would be done besides, in order.
    pub effects: Vec<FixEffect>,
    /// What the whole endangers.
    pub risk: PlanRisk,
    /// SHA-256 over everything but `made` and itself, in hexadecimal digits.
    pub digest: String,
}

/// What a plan was asked for, so that it can be made again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FixRequest {
    /// Slugs of the items.
    pub items: Vec<String>,
    /// Slugs of those a person accepted.
    pub accepted: Vec<String>,
    /// Values a person gave, as `item.parameter=value`.
    pub values: Vec<String>,
}

/// What a change endangers, the least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlanRisk {
    /// Nothing that runs or logs in.
    Safe,
    /// A service reads it or stops.
    Service,
    /// Somebody may be locked out.
    Lockout,
    /// Only a person may do it.
    Manual,
}

impl PlanRisk {
    /// The serialised name.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Service => "service",
            Self::Lockout => "lockout",
            Self::Manual => "manual",
        }
    }

    /// Words for a reader.
    #[must_use]
    pub fn text(self) -> Text {
        match self {
            Self::Safe => Text::new("안전", "safe"),
            Self::Service => Text::new("서비스 영향", "service"),
            Self::Lockout => Text::new("접속 차단 위험", "lockout"),
            Self::Manual => Text::new("수동", "manual"),
        }
    }
}

/// What a plan says of one item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlannedItem {
    /// Code in the guideline: `U-01`.
    pub code: String,
    /// Slug.
    pub item: String,
    /// Title.
    pub title: Text,
    /// Weight in the guideline.
    pub importance: Importance,
    /// What would be done.
    pub status: PlanStatus,
    /// The verdict now.
    pub verdict: Verdict,
    /// The verdict afterwards, found by judging the planned state; none where nothing is planned.
    pub expected: Option<Verdict>,
    /// What it endangers.
    pub risk: PlanRisk,
    /// Why: what was found to be wrong.
    pub why: Vec<Evidence>,
    /// What has to be true, and whether it is.
    pub preconditions: Vec<Precondition>,
    /// What stays for a person, and why something is not done.
    pub left: Vec<Message>,
    /// Paths it would change.
    pub paths: Vec<String>,
    /// How a person puts it right by hand.
    pub remedy: Text,
    /// What putting it right may break.
    pub impact: Text,
    /// What would become of each path if it were accepted; empty for what is planned already.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub proposed: Vec<PlannedFile>,
    /// What would be done besides if it were accepted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub proposed_effects: Vec<FixEffect>,
}

/// What is planned for an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlanStatus {
    /// It would be put right.
    Planned,
    /// Nothing is wrong.
    Nothing,
    /// A person has to accept it first.
    NeedsAccept,
    /// A precondition does not hold.
    Refused,
    /// Only a person can put it right.
    NeedsPerson,
}

impl PlanStatus {
    /// Words for a reader.
    #[must_use]
    pub fn text(self) -> Text {
        match self {
            Self::Planned => Text::new("조치 예정", "planned"),
            Self::Nothing => Text::new("조치 불필요", "nothing to do"),
            Self::NeedsAccept => Text::new("승인 필요", "needs --accept"),
            Self::Refused => Text::new("조치 불가", "refused"),
            Self::NeedsPerson => Text::new("담당자 조치", "needs a person"),
        }
    }
}

/// What has to be true before an item may be put right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Precondition {
    /// What.
    pub message: Message,
    /// Whether it is true here.
    pub holds: bool,
}

/// What would become of one path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlannedFile {
    /// Absolute path inside the target, without symbolic links.
    pub path: String,
    /// Slugs of the items that want it.
    pub items: Vec<String>,
    /// What is there; none for nothing.
    pub before: Option<FileState>,
    /// What would be there; none for nothing.
    pub after: Option<FileState>,
    /// The change as a unified diff, secrets masked; empty where the text stays.
    pub diff: String,
}

/// A path's state without its content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FileState {
    /// `file`, `directory`, `symlink` or `other`.
    pub kind: String,
    /// Permission bits in four octal digits; empty for a link.
    pub mode: String,
    /// Owner by name, or number.
    pub owner: String,
    /// Group by name, or number.
    pub group: String,
    /// SHA-256 of a file's bytes, keyed by nothing: empty for files that hold secrets.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sha256: String,
    /// Where a link points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// What an access list gives besides: `user:33 rw-`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub acl: Vec<String>,
}

/// Something done besides changing files.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "effect")]
pub enum FixEffect {
    /// A unit, or script of System V, is stopped.
    Stop {
        /// Its name.
        unit: String,
    },
    /// A unit, or script of System V, is started.
    Start {
        /// Its name.
        unit: String,
    },
    /// A service reads its configuration again.
    Reload {
        /// Its unit.
        unit: String,
    },
    /// A service is started anew.
    Restart {
        /// Its unit.
        unit: String,
    },
    /// A setting of the running kernel is changed.
    Sysctl {
        /// Its name with dots.
        key: String,
        /// The value now.
        before: String,
        /// The value afterwards.
        value: String,
    },
}

impl FixEffect {
    /// `systemctl stop telnet.socket`, for a reader.
    #[must_use]
    pub fn shown(&self) -> String {
        match self {
            Self::Stop { unit } => format!("systemctl stop {unit}"),
            Self::Start { unit } => format!("systemctl start {unit}"),
            Self::Reload { unit } => format!("systemctl reload {unit}"),
            Self::Restart { unit } => format!("systemctl restart {unit}"),
            Self::Sysctl { key, before, value } => format!("sysctl {key}: {before} -> {value}"),
        }
    }
}
