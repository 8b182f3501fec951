//! One planner for all chosen items: draws each alone to learn what it would come to, then all of them together.

use super::change::{ChangeKind, PathChange};
use super::draft::{Conflict, Draft, Trouble};
use super::edit::{Edit, Fix};
use super::predict::{self, After};
use super::together::together;
use super::{document, edits, statoverride};
use crate::audit::judge;
use crate::catalogue::{Automation, Catalogue, Decider, FixRisk, Item};
use crate::cause::Cause;
use crate::guideline::Guideline;
use crate::host::Host;
use crate::judgement::{Judgement, Reason, reason};
use crate::messages;
use crate::params::Params;
use crate::policy::Policy;
use pasu_model::{FixEffect, FixPlan, PlanRisk, PlanStatus, Target, Text, Tool, Verdict};
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use toml::Value;

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
    /// Which item wants each of the plan's effects, in their order.
    pub wanted_by: Vec<String>,
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
pub(super) struct Candidate<'a> {
    pub(super) item: &'a Item,
    pub(super) params: Params,
    pub(super) judgement: Judgement,
    pub(super) fix: Fix,
    /// What else it needs once the others are put right; drawn after all of them.
    pub(super) later: Vec<Edit>,
    /// Whether a person accepted what it endangers.
    pub(super) accepted: bool,
    /// Where its edits alone are not enough: how many sentences were left before that was said, and its risk. What
    /// other items put right may be the rest.
    pub(super) short: Option<(usize, PlanRisk)>,
    pub(super) status: PlanStatus,
    pub(super) expected: Option<Verdict>,
    pub(super) left: Vec<Reason>,
    pub(super) paths: Vec<String>,
    pub(super) risk: PlanRisk,
    /// What it comes to alone.
    pub(super) changes: Vec<PathChange>,
    pub(super) effects: Vec<FixEffect>,
}

impl Candidate<'_> {
    /// The item judged on the drawn state. What an item starts cannot be seen running before, so its files are
    /// believed for what the running machine cannot show yet.
    pub(super) fn judged(&self, after: &After) -> Judgement {
        let judgement = judge(self.item, &after.host, &self.params);
        let is_bad = matches!(judgement.verdict(), Verdict::Fail | Verdict::Blocked);
        match &after.at_boot {
            Some(at_boot) if is_bad && self.fix.starts() => judge(self.item, at_boot, &self.params),
            _ => judgement,
        }
    }

    /// What it wants on a state of the target. A plan that panics is no plan, and nothing else of the others'.
    pub(super) fn fix_on(&self, host: &Host) -> Fix {
        let run = || match &self.item.decider {
            Decider::Code(check) => check.fix(host, &self.params),
            Decider::Kind(kind) => kind.fix(host),
        };
        catch_unwind(AssertUnwindSafe(run)).ok().flatten().unwrap_or_default()
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
    let (draft, after) = together(request.host, &mut candidates)?;
    let changes = draft.changes();
    let effects: Vec<FixEffect> = draft.effects.iter().map(|(effect, _)| effect.clone()).collect();
    let wanted_by = draft.effects.iter().map(|(_, item)| item.clone()).collect();
    let params =
        candidates.iter().map(|one| (one.item.slug.to_owned(), one.params.clone())).collect();
    let plan = document::document(&request, &choices, candidates, &changes, effects);
    let After { host: after, at_boot } = after;
    Ok(Planned { plan, changes, after, at_boot, params, wanted_by })
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
        later: Vec::new(),
        accepted: choice.accepted,
        short: None,
        status: PlanStatus::Nothing,
        expected: None,
        left: Vec::new(),
        paths: Vec::new(),
        risk: risk_of(item.risk),
        changes: Vec::new(),
        effects: Vec::new(),
    };
    match found.judgement.verdict() {
        Verdict::Pass | Verdict::NotApplicable => return Ok(found),
        Verdict::Manual | Verdict::Blocked => {
            found.status = PlanStatus::NeedsPerson;
            return Ok(found);
        }
        Verdict::Fail => {}
    }
    found.fix = found.fix_on(request.host);
    found.left = found.fix.left.clone();
    if item.automation == Automation::Never || found.fix.edits.is_empty() {
        found.status = PlanStatus::NeedsPerson;
        found.risk = PlanRisk::Manual;
        return Ok(found);
    }
    try_alone(request.host, &mut found)?;
    let needs_consent = item.automation == Automation::Confirm || !found.fix.consent.is_empty();
    let is_refused = found.fix.needs.iter().any(|(_, holds)| !holds);
    if needs_consent && !choice.accepted || is_refused {
        found.short = None;
    }
    if found.status == PlanStatus::Planned {
        if needs_consent && !choice.accepted {
            found.status = PlanStatus::NeedsAccept;
        }
        if is_refused {
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
    found.effects = draft.effects.iter().map(|(effect, _)| effect.clone()).collect();
    found.paths = changes.iter().map(|change| change.path.clone()).collect();
    found.changes = changes;
    if matches!(verdict, Verdict::Fail | Verdict::Blocked) {
        found.short = Some((found.left.len(), found.risk));
        found.left.push(reason("fix-not-enough"));
        found.left.extend(judgement.main_reason().cloned());
        found.risk = PlanRisk::Manual;
        return Ok(());
    }
    found.status = PlanStatus::Planned;
    Ok(())
}

pub(super) fn draw(draft: &mut Draft<'_>, item: &str, edits: &[Edit]) -> Result<(), Trouble> {
    edits.iter().try_for_each(|edit| edits::draw(draft, edit, item))
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
