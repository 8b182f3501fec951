//! What became of patching an image: everything a report says of it.

use crate::{DatabaseInfo, OperatingSystem, Severity, Text, Tool, Unseen};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The version of the record's form.
pub const IMAGE_PATCH_SCHEMA: u32 = 1;

/// What became of patching an image.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ImagePatch {
    /// [`IMAGE_PATCH_SCHEMA`].
    pub schema_version: u32,
    /// Who patched.
    pub tool: Tool,
    /// When, RFC 3339.
    pub started: String,
    /// By which way.
    pub route: PatchRoute,
    /// How it ended.
    pub outcome: PatchOutcome,
    /// What was patched.
    pub image: PatchedImage,
    /// Its operating system, if it has one.
    pub os: Option<OperatingSystem>,
    /// The release gets no fixes any more.
    pub os_end_of_life: bool,
    /// The advisories that it was judged by.
    pub database: Option<DatabaseInfo>,
    /// Packages that are replaced by newer ones, by name.
    pub upgrades: Vec<PatchUpgrade>,
    /// Packages that come although they were not there: `name version`.
    pub new_packages: Vec<String>,
    /// What else is to be known: of packages that stay, of sources, of what was left out.
    pub notes: Vec<Text>,
    /// The Dockerfile that makes the same from the pinned base; none where nothing is built.
    pub dockerfile: Option<String>,
    /// Both images run side by side; none where that was not done.
    pub start_test: Option<StartTest>,
    /// What would let it run with less, where that was asked for.
    pub privilege: Option<LeastPrivilege>,
    /// Findings of the image that was patched, by severity.
    pub before: BTreeMap<Severity, usize>,
    /// Findings of the image that was written; none where none was.
    pub after: Option<BTreeMap<Severity, usize>>,
    /// Findings that are gone; where nothing was written, those that would be.
    pub fixed: Vec<PatchFinding>,
    /// Findings that are still there, with the reason.
    pub open: Vec<PatchFinding>,
    /// Findings that were not there before.
    pub introduced: Vec<PatchFinding>,
    /// What was written; none where nothing was.
    pub written: Option<WrittenImage>,
    /// What could not be looked at, before or after.
    pub unseen: Vec<Unseen>,
}

/// By which way an image is patched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PatchRoute {
    /// Its own package manager, in a build by an engine.
    Engine,
    /// A layer that is written here from package files.
    Offline,
}

/// How patching ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PatchOutcome {
    /// A patched image was written.
    Patched,
    /// There was nothing to do.
    Nothing,
    /// It was only planned, as asked.
    Planned,
    /// What was built does not start as the original does, so it was not handed out.
    Different,
}

/// The image that was patched.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PatchedImage {
    /// As the user named it.
    pub name: String,
    /// Digest of its configuration, `sha256:…`.
    pub id: String,
    /// What the build begins with: `name@sha256:…`, or the ID where no registry gave it a digest.
    pub pinned: String,
    /// Bytes of its files, all layers counted.
    pub size: u64,
    /// How many layers it has.
    pub layers: usize,
}

/// A package that is replaced by a newer one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PatchUpgrade {
    /// Name, with `:architecture` where it is not the image's own.
    pub package: String,
    /// Version that was there.
    pub from: String,
    /// Version that comes.
    pub to: String,
    /// Weaknesses that it mends, as far as they are known; empty where another package needs it.
    pub fixes: Vec<String>,
    /// Where it comes from.
    pub source: String,
}

/// A finding, as far as patching is concerned with it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PatchFinding {
    /// `CVE-2024-3094`.
    pub id: String,
    /// How bad.
    pub severity: Severity,
    /// The package.
    pub package: String,
    /// Its version.
    pub version: String,
    /// The file that says it is there; empty for packages of the operating system.
    pub path: String,
    /// Versions with the fix.
    pub fixed_versions: Vec<String>,
    /// Why it is still there; of findings that are none.
    pub why: Option<OpenReason>,
}

/// Why a finding is still there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OpenReason {
    /// Its maker has no version with the fix yet.
    NoFix,
    /// Its maker will not mend it.
    WillNotFix,
    /// Its maker mends it later.
    Deferred,
    /// The release gets no fixes any more.
    EndOfLife,
    /// It is a package of a programming language: those belong to the application, whose build must change.
    Language,
    /// It is a program that no package manager put there.
    Unpackaged,
    /// The package is held back in the image.
    Held,
    /// The image's own sources do not have the fixed version.
    Unavailable,
    /// The package manager could only do it with something that was not allowed.
    Refused,
    /// It was not tried.
    NotTried,
}

/// An image that was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WrittenImage {
    /// Digest of its configuration, `sha256:…`.
    pub id: String,
    /// The archive; none where the engine has it.
    pub file: Option<String>,
    /// Names that it has there.
    pub tags: Vec<String>,
    /// Bytes of its files, all layers counted.
    pub size: u64,
    /// Bytes of the layers that are new.
    pub added: u64,
    /// Labels that it has and the original does not.
    pub labels: BTreeMap<String, String>,
}

/// The original and the patched image, run side by side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StartTest {
    /// What came of it.
    pub verdict: StartVerdict,
    /// Why, one sentence each.
    pub reasons: Vec<Text>,
    /// How long both were watched, in seconds.
    pub seconds: u64,
    /// What the original did.
    pub original: Option<Observed>,
    /// What the patched one did.
    pub patched: Option<Observed>,
}

/// What came of a start test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StartVerdict {
    /// Both did the same.
    Same,
    /// They differ.
    Different,
    /// It cannot be told.
    NotTestable,
}

/// What a container did while it was watched.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Observed {
    /// Whether it still ran at the end.
    pub running: bool,
    /// Its exit status, where it had ended.
    pub exit_code: Option<i64>,
    /// The kernel ended it for want of memory.
    pub out_of_memory: bool,
    /// Ports that were listened on: `tcp/80`; none where that could not be seen.
    pub ports: Option<Vec<String>>,
    /// What its health check said: `healthy`, `unhealthy`, `starting`; none without one.
    pub health: Option<String>,
    /// The first lines of its log, without times, numbers of processes and addresses.
    pub log: Vec<String>,
}

/// What would let an image run with less.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LeastPrivilege {
    /// Changes of the image.
    pub changes: Vec<PrivilegeChange>,
    /// Files with capabilities: `path = cap_net_raw+ep`.
    pub file_capabilities: Vec<String>,
    /// Folders that were written to while it ran.
    pub written_paths: Vec<String>,
    /// How to run it: a service for Docker Compose.
    pub compose: String,
    /// How to run it: a pod for Kubernetes.
    pub kubernetes: String,
    /// Run as those say, read-only and without capabilities: what came of it.
    pub verified: Option<StartTest>,
}

/// One change that takes something away that an image does not need.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PrivilegeChange {
    /// `user`, `setuid`.
    pub kind: String,
    /// What would be done.
    pub what: Text,
    /// What may break.
    pub risk: Text,
    /// What it touches.
    pub paths: Vec<String>,
    /// What became of it.
    pub state: ChangeState,
    /// Why it was not done.
    pub why: Option<Text>,
}

/// What became of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeState {
    /// It would be done.
    Proposed,
    /// It is done.
    Applied,
    /// It was done, and taken back because the image no longer started as before.
    TakenBack,
    /// It is not done to this image.
    LeftOut,
}

impl OpenReason {
    /// The sentence for the user.
    #[must_use]
    pub fn text(self) -> Text {
        let (ko, en) = match self {
            Self::NoFix => ("아직 고쳐진 버전이 없습니다", "no fixed version yet"),
            Self::WillNotFix => {
                ("배포판이 고치지 않기로 했습니다", "the distribution will not fix it")
            }
            Self::Deferred => ("배포판이 나중으로 미루었습니다", "the distribution deferred it"),
            Self::EndOfLife => ("지원이 끝난 배포판입니다", "the release is out of support"),
            Self::Language => (
                "언어 패키지: 애플리케이션을 다시 빌드해야 합니다",
                "a language package: the application must be built anew",
            ),
            Self::Unpackaged => (
                "패키지 관리자가 설치하지 않은 프로그램입니다",
                "a program that no package manager put there",
            ),
            Self::Held => {
                ("이미지에서 버전이 고정되어 있습니다", "the package is held back in the image")
            }
            Self::Unavailable => (
                "이미지의 저장소에 고쳐진 버전이 없습니다",
                "the image's own sources do not have the fixed version",
            ),
            Self::Refused => (
                "허용하지 않은 변경(삭제, 새 패키지 등)이 필요합니다",
                "it needs something that was not allowed (removals, new packages)",
            ),
            Self::NotTried => ("시도하지 않았습니다", "it was not tried"),
        };
        Text::new(ko, en)
    }
}

impl StartVerdict {
    /// The words for the user.
    #[must_use]
    pub fn text(self) -> Text {
        match self {
            Self::Same => Text::new("동일", "same"),
            Self::Different => Text::new("다름", "different"),
            Self::NotTestable => Text::new("판정 불가", "not testable"),
        }
    }
}

impl ChangeState {
    /// The words for the user.
    #[must_use]
    pub fn text(self) -> Text {
        match self {
            Self::Proposed => Text::new("제안", "proposed"),
            Self::Applied => Text::new("적용", "applied"),
            Self::TakenBack => Text::new("되돌림", "taken back"),
            Self::LeftOut => Text::new("제외", "left out"),
        }
    }
}
