//! One planner for all chosen items: draws each alone to learn what it would come to, then all of them together.

use super::change::{ChangeKind, PathChange, sha256};
use super::diff;
use super::draft::{Conflict, Draft, Trouble};
use super::edit::{Edit, Fix};
use super::predict::{self, After};
use super::{edits, statoverride};
use crate::audit::judge;
use crate::catalogue::{Automation, Catalogue, Decider, FixRisk, Item};
use crate::cause::Cause;
use crate::guideline::Guideline;
use crate::host::{FileFacts, FileKind, Host};
use crate::judgement::{Judgement, Reason, reason};
use crate::messages;
use crate::params::Params;
use crate::policy::Policy;
use pasu_model::{
    Evidence, FIX_PLAN_SCHEMA, FileState, FixEffect, FixPlan, FixRequest, Importance, PlanRisk,
    PlanStatus, PlannedFile, PlannedItem, Precondition, Target, Text, Tool, Verdict, Weight,
};
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use toml::Value;

/// Pieces of evidence that a plan lists for an item.
const MAX_EVIDENCE: usize = 20;

/// Files whose bytes are not even hashed: whoever reads the hash could try passwords.
const SECRET: [&str; 2] = ["/etc/shadow", "/etc/gshadow"];

/// What a change of these endangers is who can log in.
const LOGINS: [&str; 12] = [
    "/etc/ssh/",
    "/etc/pam.d/",
    "/etc/pam.conf",
    "/etc/security/",
    "/etc/sudoers",
    "/etc/passwd",
    "/etc/shadow",
    "/etc/group",
    "/etc/gshadow",
    "/etc/login.defs",
    "/etc/securetty",
    "/etc/shells",
];

/// An item that somebody wants put right.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// Its slug.
    pub item: String,
    /// Whether a person accepted what its fix endangers.
    pub accepted: bool,
    /// Values over those of the policy.
    pub values: Vec<(String, Value)>,
}

/// What is planned for.
pub struct PlanRequest<'a> {
    /// The target.
    pub host: &'a Host,
    /// All items.
    pub catalogue: &'a Catalogue,
    /// For codes and titles.
    pub guideline: &'a Guideline,
    /// For parameters.
    pub policy: &'a Policy,
    /// Which items, in any order.
    pub choices: Vec<Choice>,
    /// The target, for the plan to name.
    pub target: Target,
    /// A hash of the machine's own number.
    pub machine: Option<String>,
    /// When, RFC 3339.
    pub made: String,
    /// Who plans.
    pub tool: Tool,
}

/// A plan and what carries it out.
pub struct Planned {
    /// The plan as data.
    pub plan: FixPlan,
    /// Every path that changes, folders before what is in them.
    pub changes: Vec<PathChange>,
    /// The target as it would be.
    pub after: Host,
    /// The target as it would be once it was started anew, where a unit is started.
    pub at_boot: Option<Host>,
    /// The parameters of each item, by slug.
    pub params: BTreeMap<String, Params>,
}

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// Two items want different things.
    #[error("{0}")]
    Contradiction(#[from] Conflict),
    /// An item is not in the catalogue.
    #[error("there is no item {0}")]
    Unknown(String),
    /// What every plan needs could not be read.
    #[error("{}: {}", place.as_deref().unwrap_or("the target"), detail)]
    Unseen {
        /// File or command.
        place: Option<String>,
        /// Why.
        detail: String,
    },
}

impl From<Cause> for PlanError {
    fn from(cause: Cause) -> Self {
        Self::Unseen { place: cause.place.map(|place| place.shown()), detail: cause.detail }
    }
}

/// One chosen item with all that is known of it.
struct Candidate<'a> {
    item: &'a Item,
    params: Params,
    judgement: Judgement,
    fix: Fix,
    status: PlanStatus,
    expected: Option<Verdict>,
    left: Vec<Reason>,
    paths: Vec<String>,
    risk: PlanRisk,
}

impl Candidate<'_> {
    /// The item judged on the drawn state. What an item starts cannot be seen running before, so its files are
    /// believed for what the running machine cannot show yet.
    fn judged(&self, after: &After) -> Judgement {
        let judgement = judge(self.item, &after.host, &self.params);
        let is_bad = matches!(judgement.verdict(), Verdict::Fail | Verdict::Blocked);
        match &after.at_boot {
            Some(at_boot) if is_bad && self.fix.starts() => judge(self.item, at_boot, &self.params),
            _ => judgement,
        }
    }
}

/// Plans the chosen items.
///
/// # Errors
/// Two of them contradict each other, or one is unknown.
pub fn plan(request: PlanRequest<'_>) -> Result<Planned, PlanError> {
    let mut choices = request.choices.clone();
    choices.sort_by(|one, other| one.item.cmp(&other.item));
    choices.dedup_by(|one, other| one.item == other.item);
    let mut candidates = Vec::new();
    for choice in &choices {
        candidates.push(candidate(&request, choice)?);
    }
    let (draft, after) = together(request.host, &candidates)?;
    let changes = draft.changes();
    let effects: Vec<FixEffect> = draft.effects.iter().map(|(effect, _)| effect.clone()).collect();
    let params =
        candidates.iter().map(|one| (one.item.slug.to_owned(), one.params.clone())).collect();
    let plan = document(&request, &choices, candidates, &changes, effects);
    let After { host: after, at_boot } = after;
    Ok(Planned { plan, changes, after, at_boot, params })
}

fn candidate<'a>(request: &PlanRequest<'a>, choice: &Choice) -> Result<Candidate<'a>, PlanError> {
    let unknown = || PlanError::Unknown(choice.item.clone());
    let item = request.catalogue.item(&choice.item).ok_or_else(unknown)?;
    let mut set = request.policy.items.get(&choice.item).cloned().unwrap_or_default();
    set.extend(choice.values.iter().cloned());
    let params = item.params(Some(&set));
    let judgement = judge(item, request.host, &params);
    let mut found = Candidate {
        item,
        params,
        judgement,
        fix: Fix::new(),
        status: PlanStatus::Nothing,
        expected: None,
        left: Vec::new(),
        paths: Vec::new(),
        risk: risk_of(item.risk),
    };
    match found.judgement.verdict() {
        Verdict::Pass | Verdict::NotApplicable => return Ok(found),
        Verdict::Manual | Verdict::Blocked => {
            found.status = PlanStatus::NeedsPerson;
            return Ok(found);
        }
        Verdict::Fail => {}
    }
    let run = || match &item.decider {
        Decider::Code(check) => check.fix(request.host, &found.params),
        Decider::Kind(kind) => kind.fix(request.host),
    };
    // A plan that panics is no plan, and nothing else of the others'.
    found.fix = catch_unwind(AssertUnwindSafe(run)).ok().flatten().unwrap_or_default();
    found.left = found.fix.left.clone();
    if item.automation == Automation::Never || found.fix.edits.is_empty() {
        found.status = PlanStatus::NeedsPerson;
        found.risk = PlanRisk::Manual;
        return Ok(found);
    }
    try_alone(request.host, &mut found)?;
    if found.status == PlanStatus::Planned {
        let needs_consent = item.automation == Automation::Confirm || !found.fix.consent.is_empty();
        if needs_consent && !choice.accepted {
            found.status = PlanStatus::NeedsAccept;
        }
        if found.fix.needs.iter().any(|(_, holds)| !holds) {
            found.status = PlanStatus::Refused;
        }
    }
    Ok(found)
}

/// Draws the item alone: what it would change, and what it would then be judged.
fn try_alone(host: &Host, found: &mut Candidate<'_>) -> Result<(), PlanError> {
    let mut draft = Draft::new(host);
    found.status = PlanStatus::NeedsPerson;
    match draw(&mut draft, found.item.slug, &found.fix.edits) {
        Ok(()) => {}
        Err(Trouble::Unfit(why)) => {
            found.left.push(why);
            return Ok(());
        }
        Err(Trouble::Unseen(cause)) => {
            found.left.push(told(&cause));
            return Ok(());
        }
        Err(Trouble::Conflict(conflict)) => return Err(conflict.into()),
    }
    let changes = draft.changes();
    draft.tell_services();
    let judgement = found.judged(&predict::after(&draft));
    let verdict = judgement.verdict();
    found.expected = Some(verdict);
    found.risk = found.risk.max(risk_of_changes(&changes, &draft.effects));
    found.left.extend(statoverride::restored_by_rpm(host, &changes)?);
    found.paths = changes.iter().map(|change| change.path.clone()).collect();
    if matches!(verdict, Verdict::Fail | Verdict::Blocked) {
        found.left.push(reason("fix-not-enough"));
        found.left.extend(judgement.main_reason().cloned());
        found.risk = PlanRisk::Manual;
        return Ok(());
    }
    found.status = PlanStatus::Planned;
    Ok(())
}

fn draw(draft: &mut Draft<'_>, item: &str, edits: &[Edit]) -> Result<(), Trouble> {
    edits.iter().try_for_each(|edit| edits::draw(draft, edit, item))
}

/// Draws all planned items into one state, and makes sure that each is then judged as it was alone.
fn together<'h>(
    host: &'h Host,
    candidates: &[Candidate<'_>],
) -> Result<(Draft<'h>, After), PlanError> {
    let planned: Vec<&Candidate<'_>> =
        candidates.iter().filter(|one| one.status == PlanStatus::Planned).collect();
    let (draft, after) = drawn(host, &planned)?;
    for one in &planned {
        if !is_as_good(one, &after) {
            let mut partner = None;
            for other in planned.iter().filter(|other| other.item.slug != one.item.slug) {
                if !is_as_good(one, &drawn(host, &[one, other])?.1) {
                    partner = Some(other.item.slug.to_owned());
                    break;
                }
            }
            return Err(PlanError::Contradiction(Conflict {
                path: one.paths.first().cloned().unwrap_or_default(),
                what: "verdict".to_owned(),
                item: one.item.slug.to_owned(),
                other: partner,
            }));
        }
    }
    Ok((draft, after))
}

fn is_as_good(one: &Candidate<'_>, after: &After) -> bool {
    let verdict = one.judged(after).verdict();
    Some(verdict) == one.expected
        || matches!(verdict, Verdict::Pass | Verdict::NotApplicable | Verdict::Manual)
}

fn drawn<'h>(host: &'h Host, planned: &[&Candidate<'_>]) -> Result<(Draft<'h>, After), PlanError> {
    let mut draft = Draft::new(host);
    let trouble = |trouble: Trouble| match trouble {
        Trouble::Conflict(conflict) => PlanError::Contradiction(conflict),
        Trouble::Unseen(cause) => cause.into(),
        Trouble::Unfit(why) => {
            let text = messages::message(&why, &messages::Sentences::new()).text.en;
            PlanError::Unseen { place: why.place.map(|place| place.shown()), detail: text }
        }
    };
    for one in planned {
        draw(&mut draft, one.item.slug, &one.fix.edits).map_err(trouble)?;
    }
    statoverride::draw(&mut draft).map_err(trouble)?;
    draft.tell_services();
    let after = predict::after(&draft);
    Ok((draft, after))
}

fn told(cause: &Cause) -> Reason {
    reason(cause.kind.key()).arg("detail", &cause.detail).at(cause.place.clone())
}

const fn risk_of(risk: FixRisk) -> PlanRisk {
    match risk {
        FixRisk::None | FixRisk::Low => PlanRisk::Safe,
        FixRisk::Service => PlanRisk::Service,
        FixRisk::Lockout => PlanRisk::Lockout,
        FixRisk::Data => PlanRisk::Manual,
    }
}

/// Attributes of account files are no danger to logins unless they take reading away from everybody.
fn risk_of_changes(changes: &[PathChange], effects: &[(FixEffect, String)]) -> PlanRisk {
    let is_login = |change: &PathChange| {
        change.kind != ChangeKind::Attributes
            && LOGINS.iter().any(|prefix| change.path.starts_with(prefix))
            || change.path.contains("/.ssh")
    };
    match () {
        () if changes.iter().any(is_login) => PlanRisk::Lockout,
        () if !effects.is_empty() => PlanRisk::Service,
        () => PlanRisk::Safe,
    }
}

fn document(
    request: &PlanRequest<'_>,
    choices: &[Choice],
    candidates: Vec<Candidate<'_>>,
    changes: &[PathChange],
    effects: Vec<FixEffect>,
) -> FixPlan {
    let order = |slug: &str| {
        let entries = &request.guideline.entries;
        entries.iter().position(|entry| entry.item == slug).unwrap_or(usize::MAX)
    };
    let mut items: Vec<PlannedItem> =
        candidates.into_iter().map(|one| planned_item(request.guideline, one)).collect();
    items.sort_by_key(|item| order(&item.item));
    let planned = items.iter().filter(|item| item.status == PlanStatus::Planned);
    let risk = planned.map(|item| item.risk).max().unwrap_or(PlanRisk::Safe);
    let values = |choice: &Choice| {
        // As JSON, in which every value of a parameter can be written.
        let of = |(name, value): &(String, Value)| {
            format!("{}.{name}={}", choice.item, serde_json::json!(value))
        };
        choice.values.iter().map(of).collect::<Vec<_>>()
    };
    let mut plan = FixPlan {
        schema_version: FIX_PLAN_SCHEMA,
        tool: request.tool.clone(),
        target: request.target.clone(),
        machine: request.machine.clone(),
        made: String::new(),
        guideline: request.guideline.id.clone(),
        request: FixRequest {
            items: choices.iter().map(|choice| choice.item.clone()).collect(),
            accepted: choices
                .iter()
                .filter(|choice| choice.accepted)
                .map(|choice| choice.item.clone())
                .collect(),
            values: choices.iter().flat_map(values).collect(),
        },
        items,
        files: changes.iter().map(|change| planned_file(request.host, change)).collect(),
        effects,
        risk,
        digest: String::new(),
    };
    plan.digest = digest(&plan);
    plan.made.clone_from(&request.made);
    plan
}

/// SHA-256 over the plan without its date and digest.
#[must_use]
pub fn digest(plan: &FixPlan) -> String {
    let mut bare = plan.clone();
    bare.made.clear();
    bare.digest.clear();
    // Structs and ordered maps only: the same plan is the same text.
    let text = serde_json::to_vec(&bare).unwrap_or_default();
    sha256(&text)
}

fn planned_item(guideline: &Guideline, one: Candidate<'_>) -> PlannedItem {
    let words = one.item.reasons();
    let said = |reason: &Reason| messages::message(reason, words);
    let entry = guideline.entries.iter().find(|entry| entry.item == one.item.slug);
    let why = one
        .judgement
        .statements
        .iter()
        .filter(|statement| !matches!(statement.weight, Weight::Good | Weight::Note))
        .take(MAX_EVIDENCE)
        .map(|statement| Evidence {
            weight: statement.weight,
            message: said(&statement.reason),
            place: statement.reason.place.clone(),
            excerpt: statement.reason.excerpt.clone(),
            part: statement.reason.part.map(str::to_owned),
        });
    let needs = one
        .fix
        .needs
        .iter()
        .map(|(what, holds)| Precondition { message: said(what), holds: *holds });
    let is_planned = matches!(one.status, PlanStatus::NeedsAccept | PlanStatus::Planned);
    let consent = one.fix.consent.iter().filter(|_| is_planned).map(said);
    PlannedItem {
        code: entry.map(|entry| entry.code.clone()).unwrap_or_default(),
        item: one.item.slug.to_owned(),
        title: entry.map_or_else(|| one.item.title.clone(), |entry| entry.title.clone()),
        importance: entry.map_or(Importance::Low, |entry| entry.importance),
        status: one.status,
        verdict: one.judgement.verdict(),
        expected: one.expected,
        risk: one.risk,
        why: why.collect(),
        preconditions: needs.collect(),
        left: consent.chain(one.left.iter().map(said)).collect(),
        paths: one.paths,
        remedy: one.item.fix.clone(),
    }
}

fn planned_file(host: &Host, change: &PathChange) -> PlannedFile {
    let before = change.before.as_ref().map(|facts| state_before(host, change, facts));
    PlannedFile {
        path: change.path.clone(),
        items: change.items.clone(),
        after: (change.kind != ChangeKind::Remove)
            .then(|| state_after(host, change, before.as_ref())),
        before,
        diff: diff::unified(change),
    }
}

fn state_before(host: &Host, change: &PathChange, facts: &FileFacts) -> FileState {
    let kind = match facts.kind {
        FileKind::File => "file",
        FileKind::Directory => "directory",
        FileKind::Symlink => "symlink",
        FileKind::Other => "other",
    };
    let is_link = facts.kind == FileKind::Symlink;
    let target = host.system().read_link(std::path::Path::new(&facts.path));
    FileState {
        kind: kind.to_owned(),
        mode: if is_link { String::new() } else { facts.octal() },
        owner: owner(host, facts.uid),
        group: group(host, facts.gid),
        sha256: sum(&change.path, change.old.as_deref()),
        target: target.ok().filter(|_| is_link).map(|target| target.to_string_lossy().into_owned()),
        acl: facts
            .acl
            .iter()
            .map(|grant| {
                format!("{} {}", grant.who, crate::kinds::file_mode::rwx(grant.permissions))
            })
            .collect(),
    }
}

fn state_after(host: &Host, change: &PathChange, before: Option<&FileState>) -> FileState {
    let kind = match change.kind {
        ChangeKind::Content => "file",
        ChangeKind::Directory => "directory",
        ChangeKind::Link => "symlink",
        ChangeKind::Attributes | ChangeKind::Remove => {
            before.map_or("file", |before| before.kind.as_str())
        }
    };
    FileState {
        kind: kind.to_owned(),
        mode: if kind == "symlink" { String::new() } else { format!("{:04o}", change.new.mode) },
        owner: owner(host, change.new.uid),
        group: group(host, change.new.gid),
        sha256: sum(&change.path, change.new.content.as_deref()),
        target: change.new.target.clone(),
        acl: before
            .filter(|_| !change.new.drop_acl)
            .map(|before| before.acl.clone())
            .unwrap_or_default(),
    }
}

fn sum(path: &str, content: Option<&[u8]>) -> String {
    match content {
        Some(content) if !SECRET.contains(&path) => sha256(content),
        _ => String::new(),
    }
}

fn owner(host: &Host, uid: u32) -> String {
    if uid == 0 {
        return "root".to_owned();
    }
    host.accounts().map_or_else(|_| uid.to_string(), |accounts| accounts.name_of(uid))
}

fn group(host: &Host, gid: u32) -> String {
    if gid == 0 {
        return "root".to_owned();
    }
    host.groups().map_or_else(|_| gid.to_string(), |groups| groups.name_of(gid))
}

/// Judges one item of a plan once more: the verdict and why. `None` for an item that is not in the catalogue.
#[must_use]
pub fn judge_again(
    catalogue: &Catalogue,
    slug: &str,
    params: Option<&Params>,
    host: &Host,
) -> Option<(Verdict, Text)> {
    let item = catalogue.item(slug)?;
    let params = params.cloned().unwrap_or_else(|| item.params(None));
    let judgement = judge(item, host, &params);
    let why = judgement.main_reason().map(|reason| messages::message(reason, item.reasons()).text);
    Some((judgement.verdict(), why.unwrap_or_else(|| Text::new("", ""))))
}

/// The slugs of all items that may be put right unattended.
#[must_use]
pub fn safe_items(catalogue: &Catalogue) -> BTreeSet<&'static str> {
    let is_safe = |item: &&Item| item.automation == Automation::Safe;
    catalogue.items().iter().filter(is_safe).map(|item| item.slug).collect()
}
