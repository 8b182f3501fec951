//! What was looked at, with which advisories, and what was not seen.

use super::paint::Ink;
use super::{Context, system, unseen};
use crate::safe_text::clip;
use crate::sources;
use crate::words::{self, database};
use std::io::{self, Write};

/// Writes the head.
pub(super) fn write(context: &Context<'_>, out: &mut dyn Write) -> io::Result<()> {
    target(context, out)?;
    if let Some(os) = &context.run.os {
        system::write(context, os, out)?;
    }
    database(context, out)?;
    unseen::write(context, out)
}

/// The target and when it was looked at.
fn target(context: &Context<'_>, out: &mut dyn Write) -> io::Result<()> {
    let run = context.run;
    let kind = words::target_kind(run.target.kind, context.lang);
    let name = context.paint.text(Ink::Bold, &clip(&run.target.name, 200));
    let started = clip(&run.started, 40);
    writeln!(out, "{} {name} ({kind}), {started}", context.pick("대상:", "Target:"))
}

/// Which advisories, and how old.
fn database(context: &Context<'_>, out: &mut dyn Write) -> io::Result<()> {
    let label = context.pick("취약점 정보:", "Advisories:");
    let Some(found) = &context.run.database else {
        let none = context.pick(
            "없음. 패키지 목록만 만들었고 취약점과 대조하지 않았습니다.",
            "none. Packages were only listed, not compared with advisories.",
        );
        return writeln!(out, "{label} {}", context.paint.text(Ink::Alarm, none));
    };
    writeln!(out, "{label} {}", database::origin(found, context.lang))?;
    let deciding = sources::deciding(context.run);
    if !deciding.is_empty() {
        let dates: Vec<String> =
            deciding.iter().map(|feed| format!("{} {}", feed.name, feed.newest)).collect();
        let label = context.pick("판단한 자료:", "decided by:");
        context.paragraph("  ", &format!("{label} {}", dates.join(", ")), out)?;
    }
    let age = deciding.iter().map(|feed| feed.age_days).fold(found.age_days, i64::max);
    if age < database::OLD_DAYS {
        return Ok(());
    }
    let advice = database::old(age, context.lang);
    context.paragraph("  ", &advice, out)
}
