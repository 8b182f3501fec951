//! What the inspection did not see: each thing in a line, and what the exit status says of it.

use super::Context;
use crate::safe_text::clip;
use crate::table::paint::Ink;
use crate::words::unseen;
use pasu_model::{Lang, Part, PartState, Run, Unseen, UnseenReason, Verdict};
use std::collections::BTreeMap;
use std::io::{self, Write};

/// How many names a line has.
const NAMED: usize = 4;

pub(super) fn write(context: &Context<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut lines = blocked(context);
    for report in &context.inspection.parts {
        let is_lost = matches!(report.state, PartState::Failed | PartState::Incomplete);
        // Without root, the head has said it.
        if let Some(why) = report.why.as_ref().filter(|_| is_lost && report.part != Part::Guideline)
        {
            lines.extend(why.get(context.lang).lines().map(|line| clip(line, 300)));
        }
    }
    lines.extend(context.inspection.runs().flat_map(|run| of_run(context, run)));
    if lines.is_empty() && context.inspection.is_complete() {
        return Ok(());
    }
    context.heading(
        "확인하지 못한 것 (종료 상태 2)",
        "What could not be seen (exit status 2)",
        out,
    )?;
    for line in lines {
        context.paragraph("  - ", Ink::Plain, &line, out)?;
    }
    Ok(())
}

/// Items that could not be checked, by cause.
fn blocked(context: &Context<'_>) -> Vec<String> {
    let mut causes: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for audit in context.inspection.audits() {
        for result in &audit.results {
            if result.verdict == Verdict::Blocked {
                let cause = unseen::cause(&result.reason.key).map_or_else(
                    || clip(result.reason.text.get(context.lang), 120),
                    |text| text.get(context.lang).to_owned(),
                );
                let codes = causes.entry(cause).or_default();
                if !codes.contains(&result.code.as_str()) {
                    codes.push(&result.code);
                }
            }
        }
    }
    causes
        .into_iter()
        .map(|(cause, codes)| match context.lang {
            Lang::Ko => {
                format!("점검불가 {}개 항목: {cause} ({})", codes.len(), named(context, &codes))
            }
            Lang::En => {
                format!("{} items blocked: {cause} ({})", codes.len(), named(context, &codes))
            }
        })
        .collect()
}

/// What was not seen of a target, by reason.
fn of_run(context: &Context<'_>, run: &Run) -> Vec<String> {
    let mut reasons: BTreeMap<UnseenReason, Vec<&str>> = BTreeMap::new();
    for Unseen { path, reason, .. } in &run.unseen {
        reasons.entry(*reason).or_default().push(path);
    }
    reasons
        .into_iter()
        .map(|(reason, paths)| {
            let target = clip(&run.target.name, 80);
            let why = unseen::why(reason, context.lang);
            let hint = unseen::hint(reason, context.lang);
            let names = named(context, &paths);
            match context.lang {
                Lang::Ko => format!("{target}: {why} {}건 ({names}). {hint}", paths.len()),
                Lang::En => format!("{target}: {why}: {} ({names}). {hint}", paths.len()),
            }
        })
        .collect()
}

fn named(context: &Context<'_>, names: &[&str]) -> String {
    let mut text =
        names.iter().take(NAMED).map(|name| clip(name, 80)).collect::<Vec<_>>().join(", ");
    match (names.len().saturating_sub(NAMED), context.lang) {
        (0, _) => {}
        (more, Lang::Ko) => text.push_str(&format!(" 외 {more}건")),
        (more, Lang::En) => text.push_str(&format!(" and {more} more")),
    }
    text
}
