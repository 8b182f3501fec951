//! The nouns that every part of Pasu shares, and nothing else.
//!
//! Nothing here reads a file, asks the clock or knows a wire format of somebody else's: those live in the crates that
//! import this one. Data goes one way through these types: a target becomes an [`Inventory`], the inventory and the
//! advisories become [`Finding`]s, and a [`Run`] holds all of it for the reports.

mod audit;
mod ecosystem;
mod finding;
mod fix;
mod fix_record;
mod image;
mod image_patch;
mod inspection;
mod inventory;
mod life;
mod misconfiguration;
mod os;
mod package;
mod purl;
mod run;
mod severity;
mod text;

pub use audit::{
    AbsentChapter, AcceptedRisk, Answer, Audit, Evidence, GuidelineInfo, Importance, ItemResult,
    Message, Place, PreviousAudit, Score, Verdict, Weight,
};
pub use ecosystem::Ecosystem;
pub use finding::{
    Confidence, CpeMatch, Cvss, DataSource, Detail, Epss, Finding, Fingerprint, KnownExploited,
    Status, Vulnerability,
};
pub use fix::{
    FIX_PLAN_SCHEMA, FileState, FixEffect, FixPlan, FixRequest, PlanRisk, PlanStatus, PlannedFile,
    PlannedItem, Precondition,
};
pub use fix_record::{FixAuthor, FixEnd, FixOutcome, FixRecord, FixState};
pub use image::{
    ContainerConfig, Healthcheck, HistoryEntry, ImageConfig, ImageInfo, ImageLayer, RootFs,
};
pub use image_patch::{
    ChangeState, IMAGE_PATCH_SCHEMA, ImagePatch, LeastPrivilege, Observed, OpenReason,
    PatchFinding, PatchOutcome, PatchRoute, PatchUpgrade, PatchedImage, PrivilegeChange, StartTest,
    StartVerdict, WrittenImage,
};
pub use inspection::{InspectedImage, Inspection, Inspector, Part, PartReport, PartState};
pub use inventory::{Inventory, PackageSet, Unseen, UnseenReason};
pub use life::{Acceptance, Changes, Life, LifeState, Tracked};
pub use misconfiguration::{Misconfiguration, Misconfigurations, TrivyCheck};
pub use os::{EndOfLife, OperatingSystem, OsFamily, Support};
pub use package::{LineRange, Package, PackageType, Relationship, SourcePackage};
pub use purl::{Purl, PurlParts};
pub use run::{
    DatabaseInfo, DatabaseOrigin, FindingSet, Run, SourceInfo, Suppressed, Target, TargetKind, Tool,
};
pub use severity::Severity;
pub use text::{Lang, Text};
