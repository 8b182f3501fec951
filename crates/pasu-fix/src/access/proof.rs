//! What reading can say of a step: that it lets through, that it does not, or that nobody can tell.

use pasu_checks::{Cause, Host};
use pasu_model::{Place, Text};
use serde::{Deserialize, Serialize};

/// A reason in both languages, with the line it stands in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Why {
    /// The sentence.
    pub text: Text,
    /// Where it is seen.
    pub place: Option<Place>,
}

impl Why {
    pub(super) fn new(ko: impl Into<String>, en: impl Into<String>) -> Self {
        Self { text: Text::new(ko, en), place: None }
    }

    pub(super) fn at(mut self, place: Option<Place>) -> Self {
        self.place = place;
        self
    }

    pub(super) fn in_file(self, path: &str) -> Self {
        self.at(Some(Place::File { path: path.to_owned(), line: None }))
    }

    pub(super) fn in_line(self, path: &str, line: u32) -> Self {
        self.at(Some(Place::File { path: path.to_owned(), line: Some(line) }))
    }

    /// Something could not be read.
    pub(super) fn unread(cause: &Cause) -> Self {
        let detail = if cause.detail.is_empty() { "-" } else { &cause.detail };
        Self::new(
            format!("읽지 못해 판단할 수 없습니다({detail})."),
            format!("It could not be read ({detail})."),
        )
        .at(cause.place.clone())
    }
}

/// What is known of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Proof {
    /// It lets through.
    Proven,
    /// Nobody can tell.
    Doubtful(Why),
    /// It does not let through.
    Refused(Why),
}

impl Proof {
    /// Proven, or refused for a reason.
    pub(super) fn of(holds: bool, why: impl FnOnce() -> Why) -> Self {
        if holds { Self::Proven } else { Self::Refused(why()) }
    }

    pub(super) fn unread(cause: &Cause) -> Self {
        Self::Doubtful(Why::unread(cause))
    }

    /// Both steps: a refusal counts over a doubt, and is not asked further.
    pub(super) fn and(self, other: impl FnOnce() -> Self) -> Self {
        match self {
            Self::Refused(_) => self,
            Self::Proven => other(),
            Self::Doubtful(_) => match other() {
                refused @ Self::Refused(_) => refused,
                _ => self,
            },
        }
    }

    /// One of both: what is proven counts over a doubt, a doubt over a refusal.
    pub(super) fn or(self, other: impl FnOnce() -> Self) -> Self {
        match self {
            Self::Proven => self,
            Self::Refused(_) => match other() {
                Self::Refused(_) => self,
                better => better,
            },
            Self::Doubtful(_) => match other() {
                Self::Proven => Self::Proven,
                _ => self,
            },
        }
    }

    /// What comes of several possibilities of which one holds and nobody knows which.
    pub(super) fn all_of(possible: impl IntoIterator<Item = Self>) -> Self {
        let (mut refused, mut doubtful, mut proven) = (None, None, false);
        for proof in possible {
            match proof {
                Self::Proven => proven = true,
                Self::Doubtful(why) => doubtful = doubtful.or(Some(why)),
                Self::Refused(why) => refused = refused.or(Some(why)),
            }
        }
        match (refused, doubtful, proven) {
            (None, None, _) => Self::Proven,
            (Some(why), None, false) => Self::Refused(why),
            (Some(why), ..) | (None, Some(why), _) => Self::Doubtful(why),
        }
    }
}

/// A program that runs with root's rights by its setuid bit and that somebody of these groups may start.
pub(super) fn setuid_program(host: &Host, name: &str, paths: &[&str], groups: &[u32]) -> Proof {
    let mut found: Option<Proof> = None;
    for path in paths {
        let proof = match host.file_followed(path) {
            Ok(Some(facts)) => {
                let is_root = facts.mode & 0o4000 != 0 && facts.uid == 0;
                let is_member = facts.mode & 0o010 != 0 && groups.contains(&facts.gid);
                Proof::of(is_root && (facts.mode & 0o001 != 0 || is_member), || {
                    let mode = facts.octal();
                    Why::new(
                        format!("{name}의 setuid 비트가 없거나 이 계정이 실행할 수 없습니다(권한 {mode})."),
                        format!("{name} lacks its setuid bit, or this account may not start it (mode {mode})."),
                    )
                    .in_file(&facts.path)
                })
            }
            Ok(None) => continue,
            Err(cause) => Proof::unread(&cause),
        };
        found = Some(match found {
            Some(before) => before.or(|| proof),
            None => proof,
        });
    }
    found.unwrap_or_else(|| {
        Proof::Refused(Why::new(
            format!("{name} 프로그램이 없습니다."),
            format!("The program {name} is not installed."),
        ))
    })
}
