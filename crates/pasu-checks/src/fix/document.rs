//! A plan as data, from what the planner found.

use super::change::{ChangeKind, PathChange, sha256};
use super::diff;
use super::planner::{Candidate, Choice, PlanRequest};
use crate::guideline::Guideline;
use crate::host::{FileFacts, FileKind, Host};
use crate::judgement::Reason;
use crate::messages;
use pasu_model::{
    Evidence, FIX_PLAN_SCHEMA, FileState, FixEffect, FixPlan, FixRequest, Importance, PlanRisk,
    PlanStatus, PlannedFile, PlannedItem, Precondition, Weight,
};
use toml::Value;

/// Pieces of evidence that a plan lists for an item.
const MAX_EVIDENCE: usize = 20;

/// Files whose bytes are not even hashed: whoever reads the hash could try passwords.
const SECRET: [&str; 2] = ["/etc/shadow", "/etc/gshadow"];

/// Puts the plan together; items stand in the guideline's order.
pub(super) fn document(
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
    let mut items: Vec<PlannedItem> = candidates
        .into_iter()
        .map(|one| planned_item(request.host, request.guideline, one))
        .collect();
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

fn planned_item(host: &Host, guideline: &Guideline, one: Candidate<'_>) -> PlannedItem {
    let is_proposed = one.status == PlanStatus::NeedsAccept;
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
        impact: one.item.impact.clone(),
        proposed: if is_proposed {
            one.changes.iter().map(|change| planned_file(host, change)).collect()
        } else {
            Vec::new()
        },
        proposed_effects: if is_proposed { one.effects } else { Vec::new() },
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
