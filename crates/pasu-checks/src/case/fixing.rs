//! What every failing case is held to: it is planned or says why not, the same plan each time; afterwards the item
//! passes and there is nothing more to plan.

use super::Case;
use crate::catalogue::{Automation, Catalogue, Item};
use crate::fix::{Choice, PlanError, PlanRequest, Planned, plan};
use crate::guideline::Guideline;
use crate::host::Host;
use crate::policy::Policy;
use pasu_model::{PlanStatus, PlannedItem, Target, TargetKind, Tool, Verdict};
use std::collections::BTreeSet;
use std::sync::LazyLock;

static GUIDELINE: LazyLock<Guideline> =
    LazyLock::new(|| Guideline::load("kisa-2026").unwrap().unwrap());

/// What came of planning for a case.
pub(super) struct Outcome {
    pub(super) is_planned: bool,
    pub(super) problems: Vec<String>,
}

/// Plans for a failing case; `said` takes the keys of what the plan says.
pub(super) fn check(
    catalogue: &Catalogue,
    item: &Item,
    case: &Case,
    said: &mut BTreeSet<String>,
) -> Outcome {
    let host = case.host.host();
    let planned = match planned(catalogue, item, case, &host) {
        Ok(planned) => planned,
        Err(error) => return Outcome { is_planned: false, problems: vec![error.to_string()] },
    };
    let found = &planned.plan.items[0];
    let left = found.left.iter().chain(found.preconditions.iter().map(|need| &need.message));
    let keys: BTreeSet<String> = left.map(|message| message.key.clone()).collect();
    let mut problems = Vec::new();
    for message in &found.left {
        if message.text.en == message.key || message.text.en.contains('{') {
            problems.push(format!("no sentence for `{}`: {}", message.key, message.text.en));
        }
    }
    for key in case.fix_says.iter().filter(|key| !keys.contains(*key)) {
        problems.push(format!("the plan does not say `{key}`, but {keys:?}"));
    }
    said.extend(keys);
    // Unattended items must be fixed or say in the case why not; of others, those that are planned are tried.
    let unattended = matches!(item.automation, Automation::Safe | Automation::Guarded);
    match case.fix {
        Some(wanted) if wanted != found.status => problems.push(unexpected(found, wanted)),
        None if unattended && found.status != PlanStatus::Planned => {
            problems.push(unexpected(found, PlanStatus::Planned));
        }
        _ => {}
    }
    for text in case.diff.iter().filter(|text| !shows(&planned, text)) {
        problems.push(format!("no diff has {text:?}:\n{}", diffs(&planned)));
    }
    problems.extend(states(&planned, case));
    let is_planned = found.status == PlanStatus::Planned;
    if is_planned {
        problems.extend(afterwards(catalogue, item, case, &host, &planned));
        problems.extend(super::transacting::check(item, case, &planned));
    }
    Outcome { is_planned, problems }
}

fn unexpected(found: &PlannedItem, wanted: PlanStatus) -> String {
    let left: Vec<&str> = found.left.iter().map(|message| message.text.en.as_str()).collect();
    format!(
        "{:?}, expected {wanted:?}; expected verdict {:?}; {left:?}",
        found.status, found.expected
    )
}

fn diffs(planned: &Planned) -> String {
    planned.plan.files.iter().map(|file| file.diff.as_str()).collect()
}

fn shows(planned: &Planned, text: &str) -> bool {
    diffs(planned).contains(text)
}

/// Attributes that the case names, and paths that stay.
fn states(planned: &Planned, case: &Case) -> Vec<String> {
    let files = &planned.plan.files;
    let left: Vec<String> = files
        .iter()
        .map(|file| match &file.after {
            Some(after) => {
                let acl = if after.acl.is_empty() { "" } else { "+" };
                format!("{}{acl} {}:{} {}", after.mode, after.owner, after.group, file.path)
            }
            None => format!("gone {}", file.path),
        })
        .collect();
    let missing = case.leaves.iter().filter(|text| !left.contains(text));
    let touched = case.keeps.iter().filter(|path| files.iter().any(|file| file.path == **path));
    missing
        .map(|text| format!("the plan does not leave {text:?}, but {left:?}"))
        .chain(touched.map(|path| format!("the plan touches {path}")))
        .collect()
}

/// The planned state is judged and planned for again.
fn afterwards(
    catalogue: &Catalogue,
    item: &Item,
    case: &Case,
    host: &Host,
    first: &Planned,
) -> Vec<String> {
    let mut problems = Vec::new();
    match planned(catalogue, item, case, host) {
        Ok(again) if again.plan != first.plan => {
            problems.push("another plan for the same facts".to_owned())
        }
        Ok(_) => {}
        Err(error) => problems.push(error.to_string()),
    }
    let is_good = |planned: &Planned| {
        let verdict = planned.plan.items[0].verdict;
        matches!(verdict, Verdict::Pass | Verdict::NotApplicable | Verdict::Manual)
    };
    // What runs now may say otherwise than the files until it is started again.
    let again = planned(catalogue, item, case, &first.after);
    let again = match (again, &first.at_boot) {
        (Ok(again), Some(at_boot)) if !is_good(&again) => planned(catalogue, item, case, at_boot),
        (again, _) => again,
    };
    let again = match again {
        Ok(again) => again,
        Err(error) => return vec![format!("afterwards: {error}")],
    };
    let found = &again.plan.items[0];
    if !is_good(&again) {
        problems.push(format!("{:?} afterwards", found.verdict));
    }
    if !again.changes.is_empty() || !again.plan.effects.is_empty() {
        problems.push(format!("planned again afterwards:\n{}", diffs(&again)));
    }
    problems
}

fn planned(
    catalogue: &Catalogue,
    item: &Item,
    case: &Case,
    host: &Host,
) -> Result<Planned, PlanError> {
    let mut policy = Policy::default();
    policy.items.insert(item.slug.to_owned(), case.params.clone());
    plan(PlanRequest {
        host,
        catalogue,
        guideline: &GUIDELINE,
        policy: &policy,
        choices: vec![Choice {
            item: item.slug.to_owned(),
            // What needs to be accepted is tried too, unless the case is about that.
            accepted: case.fix != Some(PlanStatus::NeedsAccept),
            values: Vec::new(),
        }],
        target: Target { kind: TargetKind::Host, name: "case".to_owned() },
        machine: None,
        made: "2026-11-25T12:00:00Z".to_owned(),
        tool: Tool { name: "pasu".to_owned(), version: "0".to_owned() },
    })
}
