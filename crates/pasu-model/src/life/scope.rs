//! What an inspection looked at well enough for a finding that is not there any more to be gone.
//!
//! When in doubt it was not looked at: an open finding that is gone is found out by the next run, one that was called
//! fixed and is not may never be looked for again.

use super::Tracked;
use crate::{
    Audit, Inspection, PackageType, Part, PartState, Run, TargetKind, Unseen, UnseenReason, Verdict,
};
use std::collections::BTreeMap;

/// [`crate::Tool::name`] of this program.
const OURS: &str = "pasu";

/// Where the packages of operating systems are recorded, and what says which system it is.
const OS_RECORDS: [&str; 11] = [
    "var/lib/dpkg",
    "lib/apk",
    "usr/lib/apk",
    "etc/apk",
    "var/lib/rpm",
    "usr/lib/sysimage/rpm",
    "usr/share/rpm",
    "var/lib/pacman",
    "etc/os-release",
    "usr/lib/os-release",
    "etc/debian_version",
];

impl Inspection {
    /// What this inspection looked at.
    pub(super) fn scope(&self) -> Scope<'_> {
        let mut scope = Scope::default();
        let audits = self.audit.iter().map(|audit| (Part::Guideline, audit));
        let of_images = self.images.iter().filter_map(|image| image.audit.as_ref());
        for (part, audit) in audits.chain(of_images.map(|audit| (Part::Images, audit))) {
            scope.audits.insert((part, &audit.target.name), audit);
        }
        let runs = self.packages.iter().map(|run| (Part::Packages, run));
        let of_images = self.images.iter().map(|image| (Part::Images, &image.run));
        for (part, run) in runs.chain(of_images) {
            scope.runs.insert((part, &run.target.name), run);
        }
        // All that are on the engine were listed; where one image is the target, nobody listed others.
        scope.all_images = self.target.kind != TargetKind::Image
            && self.part(Part::Images).is_some_and(|part| part.state == PartState::Whole);
        scope
    }
}

/// What an inspection looked at.
#[derive(Default)]
pub(super) struct Scope<'a> {
    audits: BTreeMap<(Part, &'a str), &'a Audit>,
    runs: BTreeMap<(Part, &'a str), &'a Run>,
    all_images: bool,
}

impl Scope<'_> {
    /// Whether a finding would have been found if it were still there.
    pub(super) fn covers(&self, tracked: &Tracked) -> bool {
        let key = (tracked.part, tracked.target.as_str());
        if tracked.part == Part::Images && !self.runs.contains_key(&key) {
            return self.all_images;
        }
        if tracked.item.is_empty() {
            self.runs.get(&key).is_some_and(|run| run_covers(run, tracked))
        } else {
            self.audits.get(&key).is_some_and(|audit| audit_covers(audit, tracked))
        }
    }
}

/// An item is put right when it passes or what it is about is gone. One that only a person can judge, or that was not
/// asked for, stays.
fn audit_covers(audit: &Audit, tracked: &Tracked) -> bool {
    let mut results = audit.results.iter().filter(|result| result.item == tracked.item).peekable();
    if results.peek().is_none() {
        // Chapters of another guideline may bear the same id.
        return audit.guideline.id == tracked.record
            && audit.absent.iter().any(|chapter| chapter.id == tracked.place);
    }
    let is_well = |verdict| matches!(verdict, Verdict::Pass | Verdict::NotApplicable);
    // Where an edition counts parts of an item apart, each part counts for itself.
    let same_code = |code: &str| audit.guideline.id != tracked.record || code == tracked.rule;
    results.filter(|result| same_code(&result.code)).all(|result| is_well(result.verdict))
}

fn run_covers(run: &Run, tracked: &Tracked) -> bool {
    // Reports of other programs do not say by what they judged, and they did judge.
    let newest = match &run.database {
        Some(database) => database.newest.as_str(),
        None if run.tool.name == OURS => return false,
        None => "",
    };
    let is_older = !newest.is_empty() && newest < tracked.advisories.as_str();
    if is_older || !run.narrowed.is_empty() {
        return false;
    }
    // Places inside a bill of materials are no paths.
    let is_bill = matches!(run.target.kind, TargetKind::CycloneDx | TargetKind::Spdx);
    if is_bill && !run.unseen.is_empty() {
        return false;
    }
    let of_os = tracked.record.is_empty();
    if of_os {
        let is_read = run.sets.iter().any(|set| set.target.is_empty());
        return is_read && !run.unseen.iter().any(hides_os);
    }
    let path = if tracked.place.is_empty() { &tracked.record } else { &tracked.place };
    let path = path.trim_start_matches('/');
    let left_out = run.left_out.iter().any(|folder| is_below(path, folder));
    !left_out && !run.unseen.iter().any(|unseen| hides(unseen, tracked, path))
}

/// Whether the packages of the operating system were not all read or judged.
fn hides_os(unseen: &Unseen) -> bool {
    let path = unseen.path.trim_start_matches('/');
    let in_records =
        || OS_RECORDS.iter().any(|record| is_below(record, path) || is_below(path, record));
    match unseen.reason {
        UnseenReason::NoAdvisories => true,
        UnseenReason::NotLookedFor => false,
        _ => in_records(),
    }
}

/// Whether something that was not seen hides a package's file or its record.
fn hides(unseen: &Unseen, tracked: &Tracked, path: &str) -> bool {
    if matches!(unseen.reason, UnseenReason::NoAdvisories | UnseenReason::NotLookedFor) {
        return false;
    }
    // Packages that were gathered from all over the target, of which nobody knows where this one was.
    let is_anywhere = tracked.place.is_empty() && is_gathered(&tracked.record);
    let hidden = unseen.path.trim_start_matches('/');
    // What belongs to a record (a lock file's manifest, the parts of a package) lies beside it.
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let is_beside = hidden.rsplit_once('/').map_or("", |(folder, _)| folder) == folder;
    is_anywhere || is_beside || is_below(path, hidden) || is_below(hidden, path)
}

/// Whether a record is the heading of packages from many places.
fn is_gathered(record: &str) -> bool {
    [PackageType::NodePkg, PackageType::PythonPkg, PackageType::Gemspec, PackageType::Jar]
        .into_iter()
        .any(|kind| kind.aggregate_target() == Some(record))
}

/// Whether a path is another, or lies in it, be it a folder or an archive (`app.war!/lib/a.jar`).
fn is_below(path: &str, upper: &str) -> bool {
    let upper = upper.trim_matches('/');
    let rest = path.trim_start_matches('/').strip_prefix(upper);
    rest.is_some_and(|rest| {
        upper.is_empty() || rest.is_empty() || rest.starts_with(['/', '!', ':'])
    })
}
