//! What was there and was not seen, by reason: how much, the first few, and what to do.

use super::Context;
use super::paint::Ink;
use crate::safe_text::clip;
use crate::words::unseen;
use pasu_model::{Lang, Unseen, UnseenReason};
use std::collections::BTreeMap;
use std::io::{self, Write};

/// How many things are named for each reason.
const NAMED: usize = 3;

/// Writes a warning if something was not seen.
pub(super) fn write(context: &Context<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut reasons: BTreeMap<UnseenReason, Vec<&Unseen>> = BTreeMap::new();
    for thing in &context.run.unseen {
        reasons.entry(thing.reason).or_default().push(thing);
    }
    if reasons.is_empty() {
        return Ok(());
    }
    let warning = context
        .pick(
            "경고: 보지 못한 것이 {}건 있습니다. 그 안의 패키지와 취약점은 이 결과에 없습니다.",
            "Warning: {} could not be looked at. Packages and flaws in there are missing from this result.",
        )
        .replace("{}", &things(context, context.run.unseen.len()));
    writeln!(out, "\n{}", context.paint.text(Ink::Alarm, &warning))?;
    for (reason, things) in reasons {
        write_reason(context, reason, &things, out)?;
    }
    Ok(())
}

/// One reason with its things and its remedy.
fn write_reason(
    context: &Context<'_>,
    reason: UnseenReason,
    things: &[&Unseen],
    out: &mut dyn Write,
) -> io::Result<()> {
    let count = match context.lang {
        Lang::Ko => format!("{}: {}건", unseen::why(reason, context.lang), things.len()),
        Lang::En => format!("{}: {}", unseen::why(reason, context.lang), things.len()),
    };
    context.paragraph("  ", &count, out)?;
    for thing in things.iter().take(NAMED) {
        let mut line = clip(&thing.path, 200);
        if !thing.detail.is_empty() {
            line.push_str(&format!(" ({})", clip(&thing.detail, 200)));
        }
        context.paragraph("  - ", &line, out)?;
    }
    if things.len() > NAMED {
        let more = context.pick(
            "  - 그 밖에 {}건 (모두 보려면 --format pasu)",
            "  - and {} more (--format pasu lists all)",
        );
        writeln!(out, "{}", more.replace("{}", &(things.len() - NAMED).to_string()))?;
    }
    context.paragraph(
        context.pick("    할 일: ", "    hint: "),
        unseen::hint(reason, context.lang),
        out,
    )
}

/// `3 things`; in Korean the number only, the counter stands in the sentence.
fn things(context: &Context<'_>, count: usize) -> String {
    match context.lang {
        Lang::Ko => count.to_string(),
        Lang::En if count == 1 => "1 thing".to_owned(),
        Lang::En => format!("{count} things"),
    }
}
