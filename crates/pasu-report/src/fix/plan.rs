//! A plan: the items with what is done and why, then every change as a diff.

use super::text::Page;
use crate::RenderOptions;
use crate::safe_text::clip;
use crate::table::paint::Ink;
use pasu_model::{FixPlan, Lang, PlanStatus, PlannedItem, Severity, Weight};
use std::collections::BTreeMap;
use std::io::{self, Write};

/// Pieces of evidence that are shown of an item.
const MAX_WHY: usize = 5;

/// Characters of paths that are shown of an item: the changes themselves follow below.
const MAX_PATHS: usize = 1000;

/// Writes a plan for people.
///
/// # Errors
/// Only what `out` says.
pub fn render_fix_plan(
    plan: &FixPlan,
    options: &RenderOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut page = Page::new(options, out);
    head(plan, &mut page)?;
    for item in plan.items.iter().filter(|item| item.status != PlanStatus::Nothing) {
        one(item, &mut page)?;
    }
    nothing(plan, &mut page)?;
    page.files(plan)?;
    page.effects(&plan.effects)
}

fn head(plan: &FixPlan, page: &mut Page<'_>) -> io::Result<()> {
    let name = page.paint.text(Ink::Bold, &clip(&plan.target.name, 200));
    page.line(&format!("{} {name}", page.pick("대상:", "Target:")))?;
    let mut counts: BTreeMap<PlanStatus, usize> = BTreeMap::new();
    for item in &plan.items {
        *counts.entry(item.status).or_default() += 1;
    }
    let counted: Vec<String> = counts
        .iter()
        .map(|(status, count)| format!("{} {count}", status.text().get(page.lang)))
        .collect();
    page.line(&format!("{} {}", page.pick("항목:", "Items:"), counted.join(" · ")))?;
    let risk = plan.risk.text();
    page.line(&format!(
        "{} {} · {} {}",
        page.pick("위험:", "Risk:"),
        risk.get(page.lang),
        page.pick("계획 지문:", "digest:"),
        plan.digest.get(..16).unwrap_or_default()
    ))
}

fn one(item: &PlannedItem, page: &mut Page<'_>) -> io::Result<()> {
    let ink = match item.status {
        PlanStatus::Planned => Ink::Severity(Severity::Low),
        PlanStatus::NeedsAccept => Ink::Severity(Severity::Medium),
        PlanStatus::Refused | PlanStatus::NeedsPerson => Ink::Severity(Severity::High),
        PlanStatus::Nothing => Ink::Dim,
    };
    let lang = page.lang;
    let status = page.paint.text(ink, item.status.text().get(lang));
    let code = page.paint.text(Ink::Bold, &item.code);
    page.line("")?;
    page.line(&format!("{code}  {}  [{status}]", clip(item.title.get(lang), 160)))?;
    let verdict = match item.expected {
        Some(expected) if expected != item.verdict => {
            format!("{} -> {}", item.verdict.text().get(lang), expected.text().get(lang))
        }
        _ => item.verdict.text().get(lang).to_owned(),
    };
    let risk = item.risk.text();
    page.line(&format!(
        "  {verdict} · {} {} · {}",
        page.pick("위험:", "risk:"),
        risk.get(lang),
        item.item
    ))?;
    let label = page.pick("  이유: ", "  why: ").to_owned();
    let shown = reasons(item, lang);
    for reason in shown.iter().take(MAX_WHY) {
        page.paragraph(&label, &clip(reason, 500))?;
    }
    let more = shown.len().saturating_sub(MAX_WHY);
    if more > 0 {
        let line = match lang {
            Lang::Ko => format!("  … 근거 {more}건 더"),
            Lang::En => format!("  … {more} more"),
        };
        page.line(&line)?;
    }
    for need in &item.preconditions {
        let mark = if need.holds {
            page.pick("충족", "holds")
        } else {
            page.pick("불충족", "does not hold")
        };
        let first = format!("  {} [{mark}] ", page.pick("조건", "condition"));
        page.paragraph(&first, need.message.text.get(lang))?;
    }
    for left in &item.left {
        let first = page.pick("  참고: ", "  note: ").to_owned();
        page.paragraph(&first, left.text.get(lang))?;
    }
    if item.status == PlanStatus::Planned && !item.paths.is_empty() {
        let first = page.pick("  변경: ", "  changes: ").to_owned();
        page.paragraph(&first, &clip(&item.paths.join(", "), MAX_PATHS))?;
    }
    by_hand(item, page)
}

/// What was found to be wrong, each once.
fn reasons(item: &PlannedItem, lang: Lang) -> Vec<String> {
    let mut reasons = Vec::new();
    for evidence in item.why.iter().filter(|evidence| evidence.weight != Weight::Warning) {
        let place = evidence.place.as_ref().map(|place| place.shown() + ": ").unwrap_or_default();
        let reason = format!("{place}{}", evidence.message.text.get(lang));
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    reasons
}

/// How a person does it, where nobody else does.
fn by_hand(item: &PlannedItem, page: &mut Page<'_>) -> io::Result<()> {
    match item.status {
        PlanStatus::NeedsAccept => {
            let hint =
                format!("--accept {}", if item.code.is_empty() { &item.item } else { &item.code });
            let first = page.pick("  영향: ", "  impact: ").to_owned();
            page.paragraph(&first, &clip(item.impact.get(page.lang), 1000))?;
            let first = page.pick("  승인: ", "  to accept: ").to_owned();
            page.paragraph(&first, &hint)?;
            page.proposal(item)
        }
        PlanStatus::NeedsPerson | PlanStatus::Refused => {
            let first = page.pick("  조치 방법: ", "  by hand: ").to_owned();
            page.paragraph(&first, &clip(item.remedy.get(page.lang), 2000))
        }
        PlanStatus::Planned | PlanStatus::Nothing => Ok(()),
    }
}

fn nothing(plan: &FixPlan, page: &mut Page<'_>) -> io::Result<()> {
    let codes: Vec<&str> = plan
        .items
        .iter()
        .filter(|item| item.status == PlanStatus::Nothing)
        .map(|item| item.code.as_str())
        .collect();
    if codes.is_empty() {
        return Ok(());
    }
    page.line("")?;
    let first = page.pick("조치 불필요: ", "Nothing to do: ").to_owned();
    page.paragraph(&first, &codes.join(", "))
}
