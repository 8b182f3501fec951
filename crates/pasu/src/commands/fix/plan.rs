//! `pasu fix plan`.

use super::choice::{Bench, bench};
use super::lockout;
use super::recover::tell_unfinished_of;
use super::target::on;
use crate::args::{FixFormat, FixPlanArgs};
use crate::commands::output::{self, Look};
use crate::commands::scan::locale;
use crate::exit::Exit;
use anyhow::Result;
use pasu_model::{FixPlan, PlanStatus, Verdict};
use pasu_report::render_fix_plan;
use std::io::{self, Write};

/// Shows what would be changed.
pub fn run(args: &FixPlanArgs) -> Result<Exit> {
    let lang = args.target.lang.unwrap_or_else(locale);
    let formats = if args.format.is_empty() { vec![FixFormat::Table] } else { args.format.clone() };
    let destinations = output::pair(formats, &args.output)?;
    let bench: Bench = bench(&args.target, &args.choice)?;
    tell_unfinished_of(bench.host.system(), &on(&args.target), lang);
    let slugs = bench.chosen(&args.items, &args.choice)?.unwrap_or_else(|| bench.all());
    let choices = bench.choices(&slugs, &args.choice)?;
    let planned = bench.plan(choices, lang, args.target.quiet)?;
    for destination in &destinations {
        output::to(destination.file.as_deref(), lang, |look: &Look, out: &mut dyn Write| {
            match destination.format {
                FixFormat::Table => render_fix_plan(&planned.plan, &look.options, out),
                FixFormat::Json => write_json(&planned.plan, out),
            }
        })?;
    }
    if !args.target.quiet {
        lockout::tell(&bench, &planned, lang);
    }
    Ok(exit(&planned.plan))
}

/// JSON with a last line end.
pub fn write_json<T: serde::Serialize>(value: &T, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    out.write_all(b"\n")
}

/// 2 where an item could not be looked at: what it needs is not in the plan.
fn exit(plan: &FixPlan) -> Exit {
    let is_unseen = |item: &pasu_model::PlannedItem| {
        item.status == PlanStatus::NeedsPerson && item.verdict == Verdict::Blocked
    };
    if plan.items.iter().any(is_unseen) { Exit::Incomplete } else { Exit::Clean }
}
