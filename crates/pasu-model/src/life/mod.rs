//! What findings live through from one inspection to the next: new, open, fixed, accepted, reopened.
//!
//! Pure: two inspections in, the changes out. What an inspection did not look at does not become fixed by that.

mod changes;
mod scope;
mod tracked;

pub use changes::Changes;

use crate::{Fingerprint, Part, Severity, Text};
use serde::{Deserialize, Serialize};

/// One thing that is wrong, as it is followed from run to run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tracked {
    /// Its name in every run.
    pub fingerprint: Fingerprint,
    /// Which part found it.
    pub part: Part,
    /// The machine, or the image by its name.
    pub target: String,
    /// The record of [`crate::FindingSet::target`] or the guideline's id in which it stands.
    pub record: String,
    /// The file of a package where it is not the record; of an item its chapter.
    #[serde(default)]
    pub place: String,
    /// The slug of an item; of a package nothing.
    #[serde(default)]
    pub item: String,
    /// `CVE-2024-3094`, `U-01`.
    pub rule: String,
    /// How bad.
    pub severity: Severity,
    /// What it is about: the package's name; of an item nothing.
    pub subject: String,
    /// One line.
    pub title: Text,
    /// Known to be exploited.
    pub exploited: bool,
    /// Whether it is accepted, or ignored by a file.
    pub accepted: Option<Acceptance>,
    /// Date of the newest advisory that was known when it was found, `YYYY-MM-DD`; of an item nothing. Older advisories may
    /// not know it and do not make it go away.
    #[serde(default)]
    pub advisories: String,
}

/// On whose word something that is wrong may stay so.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acceptance {
    /// Why.
    pub reason: String,
    /// The last day on which it counts, `YYYY-MM-DD`; empty where none was given.
    pub until: String,
    /// The file that says so.
    pub source: String,
}

/// Where a finding stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LifeState {
    /// Seen for the first time.
    New,
    /// There before, and gone in between.
    Reopened,
    /// There before, and still there.
    Open,
    /// Accepted for a time, or ignored.
    Accepted,
    /// There before, and gone.
    Fixed,
}

impl Tracked {
    /// What it is followed by: a machine and an image may bear the same name.
    #[must_use]
    pub fn key(&self) -> (Part, &Fingerprint) {
        (self.part, &self.fingerprint)
    }
}

impl LifeState {
    /// Every state, what matters most first.
    pub const ALL: [Self; 5] = [Self::New, Self::Reopened, Self::Open, Self::Accepted, Self::Fixed];

    /// The serialised name.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Reopened => "reopened",
            Self::Open => "open",
            Self::Accepted => "accepted",
            Self::Fixed => "fixed",
        }
    }

    /// The state of a serialised name.
    #[must_use]
    pub fn parse(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.key() == key)
    }

    /// Words for a reader.
    #[must_use]
    pub fn text(self) -> Text {
        match self {
            Self::New => Text::new("신규", "New"),
            Self::Reopened => Text::new("재발생", "Reopened"),
            Self::Open => Text::new("미조치", "Open"),
            Self::Accepted => Text::new("위험 수용", "Accepted"),
            Self::Fixed => Text::new("조치됨", "Fixed"),
        }
    }
}

/// A finding and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Life {
    /// What it is.
    pub tracked: Tracked,
    /// Where it stands.
    pub state: LifeState,
    /// When it was first seen, RFC 3339.
    pub first_seen: String,
    /// When it was last seen, RFC 3339.
    pub last_seen: String,
}
