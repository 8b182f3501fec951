//! A whole inspection of one machine: every part that was looked at, and what became of each.

use crate::{
    Audit, FixRecord, ImagePatch, OperatingSystem, Run, Score, Target, TargetKind, Text, Tool,
};
use serde::{Deserialize, Serialize};

/// One inspection, whole: what is kept as a run and what every report of it is made from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Inspection {
    /// Which program.
    pub tool: Tool,
    /// When it began, RFC 3339.
    pub started: String,
    /// When it ended, RFC 3339.
    pub finished: String,
    /// Who ran it.
    pub by: Inspector,
    /// What was inspected.
    pub target: Target,
    /// Its operating system.
    pub os: Option<OperatingSystem>,
    /// What became of each part, in the order of [`Part`].
    pub parts: Vec<PartReport>,
    /// The guideline's part.
    pub audit: Option<Audit>,
    /// The packages' part.
    pub packages: Option<Run>,
    /// The images' part, by name.
    pub images: Vec<InspectedImage>,
    /// Fixes that were applied to the machine, the newest first.
    pub fixes: Vec<FixRecord>,
    /// Images that were patched here, the newest first.
    pub patches: Vec<ImagePatch>,
}

/// Who ran an inspection.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inspector {
    /// The account that logged in, before `sudo`; empty where nobody logged in.
    pub login: String,
    /// The account it ran as.
    pub account: String,
    /// Whether it ran with the rights of root.
    pub as_root: bool,
}

/// A container image that was inspected.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InspectedImage {
    /// What is in it, with [`Run::image`].
    pub run: Run,
    /// How it is configured, where that was asked for.
    pub audit: Option<Audit>,
}

/// The parts of an inspection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// The machine's settings against the guideline.
    Guideline,
    /// What is installed on it.
    Packages,
    /// The container images on its engine.
    Images,
}

impl Part {
    /// Every part, in order.
    pub const ALL: [Self; 3] = [Self::Guideline, Self::Packages, Self::Images];

    /// The word of `--only`.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Guideline => "guideline",
            Self::Packages => "packages",
            Self::Images => "images",
        }
    }

    /// Words for a reader.
    #[must_use]
    pub fn text(self) -> Text {
        match self {
            Self::Guideline => Text::new("보안 설정", "Security settings"),
            Self::Packages => Text::new("소프트웨어 패키지", "Software packages"),
            Self::Images => Text::new("컨테이너 이미지", "Container images"),
        }
    }
}

/// What became of a part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PartReport {
    /// Which.
    pub part: Part,
    /// How it ended.
    pub state: PartState,
    /// Why, where it did not end well or was left out.
    pub why: Option<Text>,
    /// How long it took, in milliseconds.
    pub millis: u64,
}

/// How a part ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PartState {
    /// Everything of it was seen.
    Whole,
    /// Something of it was not seen.
    Incomplete,
    /// It could not be made at all.
    Failed,
    /// It was not asked for.
    LeftOut,
    /// What it is about is not there: no engine, so no images.
    Absent,
}

impl Inspection {
    /// An inspection that consists of the scan of one target, so that it is reported as any other.
    #[must_use]
    pub fn of_scan(run: Run, audit: Option<Audit>) -> Self {
        let is_image = run.target.kind == TargetKind::Image;
        let by = Inspector {
            as_root: audit.as_ref().is_some_and(|audit| audit.as_root),
            ..Inspector::default()
        };
        let state = if run.unseen.is_empty() { PartState::Whole } else { PartState::Incomplete };
        let part = if is_image { Part::Images } else { Part::Packages };
        let mut parts = vec![PartReport { part, state, why: None, millis: 0 }];
        if let Some(audit) = audit.as_ref().filter(|_| !is_image) {
            parts.insert(0, PartReport::of_audit(audit));
        }
        let mut inspection = Self {
            tool: run.tool.clone(),
            started: run.started.clone(),
            finished: run.started.clone(),
            by,
            target: run.target.clone(),
            os: run.os.clone(),
            parts,
            audit: None,
            packages: None,
            images: Vec::new(),
            fixes: Vec::new(),
            patches: Vec::new(),
        };
        if is_image {
            inspection.images.push(InspectedImage { run, audit });
        } else {
            inspection.packages = Some(run);
            inspection.audit = audit;
        }
        inspection
    }

    /// An inspection that consists of one audit.
    #[must_use]
    pub fn of_audit(audit: Audit) -> Self {
        Self {
            tool: audit.tool.clone(),
            started: audit.started.clone(),
            finished: audit.started.clone(),
            by: Inspector { as_root: audit.as_root, ..Inspector::default() },
            target: audit.target.clone(),
            os: audit.os.clone(),
            parts: vec![PartReport::of_audit(&audit)],
            audit: Some(audit),
            packages: None,
            images: Vec::new(),
            fixes: Vec::new(),
            patches: Vec::new(),
        }
    }

    /// All scans with packages: the machine's own, then the images'.
    pub fn runs(&self) -> impl Iterator<Item = &Run> {
        self.packages.iter().chain(self.images.iter().map(|image| &image.run))
    }

    /// All audits: the machine's own, then the images'.
    pub fn audits(&self) -> impl Iterator<Item = &Audit> {
        self.audit.iter().chain(self.images.iter().filter_map(|image| image.audit.as_ref()))
    }

    /// The score of the guideline's part.
    #[must_use]
    pub fn score(&self) -> Option<Score> {
        self.audit.as_ref().map(Audit::score)
    }

    /// What became of a part; nothing where the inspection does not know of it.
    #[must_use]
    pub fn part(&self, part: Part) -> Option<&PartReport> {
        self.parts.iter().find(|report| report.part == part)
    }

    /// Whether everything that was asked for was seen.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        let is_well = |report: &PartReport| {
            !matches!(report.state, PartState::Incomplete | PartState::Failed)
        };
        self.parts.iter().all(is_well)
    }
}

impl PartReport {
    /// What became of an audit.
    #[must_use]
    pub fn of_audit(audit: &Audit) -> Self {
        let blocked = audit.results.iter().any(|result| result.verdict == crate::Verdict::Blocked);
        let state = if blocked { PartState::Incomplete } else { PartState::Whole };
        Self { part: Part::Guideline, state, why: None, millis: 0 }
    }
}
