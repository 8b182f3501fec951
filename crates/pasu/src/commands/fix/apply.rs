//! `pasu fix apply`.

use super::choice::{Bench, bench};
use super::target::{self, on};
use super::{lockout, question, stored};
use crate::args::{FixApplyArgs, FixChoice};
use crate::commands::output::{self, Look};
use crate::commands::scan::locale;
use crate::exit::Exit;
use anyhow::{Context, Result, bail};
use pasu_checks::fix::{Choice, Planned};
use pasu_fix::session::{self, ApplyError, Confirmation, Request};
use pasu_model::{FixEnd, FixRecord, FixState, Lang, PlanStatus};
use pasu_report::{printable, render_fix_plan, render_fix_record};
use std::io::Write;
use std::path::Path;
use std::time::Duration;

/// How often is tried again without the item that failed.
const MAX_TRIES: usize = 5;

/// The shortest time to confirm something: a new connection has to be opened in it.
const LEAST_TIME: Duration = Duration::from_secs(5);

/// Plans, asks, and carries out.
pub fn run(args: &FixApplyArgs) -> Result<Exit> {
    let lang = args.target.lang.unwrap_or_else(locale);
    if args.confirm_within.is_some() && args.target.root.is_some() {
        bail!("--confirm-within is for this host: a tree of files locks nobody out");
    }
    if args.confirm_within.is_some_and(|within| within < LEAST_TIME) {
        bail!("--confirm-within: at least {} seconds", LEAST_TIME.as_secs());
    }
    let open = target::open(&args.target, args.choice.db.as_deref())?;
    if let Some(id) = pasu_system::transaction::unfinished(&*open.system) {
        bail!(
            "{id} is unfinished; hint: `pasu fix recover{}` ends it, or, where it waits, `pasu fix confirm`",
            on(&args.target)
        );
    }
    let (bench, mut choices) = chosen(args)?;
    let mut planned = bench.plan(choices.clone(), lang, args.target.quiet)?;
    if let [name] = args.what.as_slice()
        && stored::is_plan(name)
    {
        let plan = stored::read(Path::new(name))?;
        stored::is_of(&plan, &bench, Path::new(name))?;
        stored::is_current(&plan, &planned, Path::new(name))?;
    }
    if planned.changes.is_empty() && planned.plan.effects.is_empty() {
        show_plan(&planned, lang)?;
        say(lang.pick("적용할 것이 없습니다.", "There is nothing to apply."), args);
        return Ok(nothing(&planned));
    }
    if !args.target.quiet {
        show_plan(&planned, lang)?;
        lockout::tell(&bench, &planned, lang);
    }
    if !question::agreed(args.yes, lang)? {
        bail!("not applied: nobody agreed");
    }
    for _ in 0..MAX_TRIES {
        let record = carry_out(args, &open, &bench, &planned, lang)?;
        show_record(&record, lang, args)?;
        let failed = blamed(&record);
        // What one item broke was undone with the rest: the rest is tried without it.
        let (Some(failed), true) = (failed, choices.len() > 1) else { return Ok(exit(&record)) };
        choices.retain(|choice| choice.item != failed);
        planned = bench.plan(choices.clone(), lang, true)?;
        if planned.changes.is_empty() && planned.plan.effects.is_empty() {
            return Ok(Exit::Findings(1));
        }
        let without = match lang {
            Lang::Ko => format!("{failed} 항목을 빼고 다시 적용합니다."),
            Lang::En => format!("Trying again without {failed}."),
        };
        say(&without, args);
    }
    Ok(Exit::Findings(1))
}

fn chosen(args: &FixApplyArgs) -> Result<(Bench, Vec<Choice>)> {
    if let [name] = args.what.as_slice()
        && stored::is_plan(name)
    {
        if let Some(flag) = more_than_a_plan(&args.choice) {
            bail!("{flag}: the plan {name} says already what is chosen; hint: plan again with it");
        }
        let plan = stored::read(Path::new(name))?;
        let mut choice = args.choice.clone();
        choice.guideline = Some(plan.guideline.clone());
        let bench = bench(&args.target, &choice)?;
        stored::is_of(&plan, &bench, Path::new(name))?;
        let choices = bench.choices_of(&plan.request)?;
        return Ok((bench, choices));
    }
    let bench = bench(&args.target, &args.choice)?;
    let slugs = match bench.chosen(&args.what, &args.choice)? {
        Some(slugs) => slugs,
        None if !args.choice.accept.is_empty() => Default::default(),
        None => {
            bail!("which items? hint: name some (U-01), a plan's file, --all-safe or --category")
        }
    };
    let choices = bench.choices(&slugs, &args.choice)?;
    Ok((bench, choices))
}

/// A flag that would change what a plan's file says.
fn more_than_a_plan(choice: &FixChoice) -> Option<&'static str> {
    let flags = [
        ("--all-safe", choice.all_safe),
        ("--category", !choice.category.is_empty()),
        ("--accept", !choice.accept.is_empty()),
        ("--set", !choice.set.is_empty()),
    ];
    flags.into_iter().find_map(|(flag, is_given)| is_given.then_some(flag))
}

fn carry_out(
    args: &FixApplyArgs,
    open: &target::Open,
    bench: &Bench,
    planned: &Planned,
    lang: Lang,
) -> Result<FixRecord> {
    let program = target::program()?;
    let arm = |id: &str| {
        let within = args.confirm_within.unwrap_or_default();
        session::arm(&*open.system, &program, id, within).map(drop)
    };
    let now = jiff::Timestamp::now();
    let request = Request {
        planned,
        before: &bench.host,
        catalogue: &bench.catalogue,
        policy: &bench.policy,
        author: target::author(),
        id: new_id(open, now),
        started: now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        confirmation: args.confirm_within.map(|within| Confirmation { within, arm: &arm }),
    };
    let done = open.session(|session| session::apply(session, &request))?;
    match done {
        Ok(record) => Ok(record),
        Err(ApplyError::Lockout(comparison)) => {
            let mut said = comparison.verdict.sentence().get(lang).to_owned();
            for lost in &comparison.lost {
                said.push_str("\n  ");
                said.push_str(&printable(lost.sentence().get(lang)));
            }
            let hint = lang.pick(
                "hint: --confirm-within 5m 으로 적용하면, 새 접속에서 `pasu fix confirm`을 실행하지 않는 한 저절로 되돌립니다",
                "hint: with --confirm-within 5m it undoes itself unless `pasu fix confirm` comes from a new connection",
            );
            bail!("{said}\n{hint}")
        }
        Err(error) => Err(error).context(lang.pick("적용하지 않았습니다", "not applied")),
    }
}

/// `20261129-225301`, with a number where that second has one already.
pub fn new_id(open: &target::Open, now: jiff::Timestamp) -> String {
    let base = now.strftime("%Y%m%d-%H%M%S").to_string();
    let is_taken = |id: &str| {
        let folder = Path::new(pasu_system::transaction::FOLDER).join(id);
        pasu_system::System::exists(&*open.system, &folder)
    };
    let numbered = (2..1000).map(|number| format!("{base}-{number}"));
    std::iter::once(base.clone()).chain(numbered).find(|id| !is_taken(id)).unwrap_or(base)
}

fn show_plan(planned: &Planned, lang: Lang) -> Result<()> {
    output::to(None, lang, |look: &Look, out: &mut dyn Write| {
        render_fix_plan(&planned.plan, &look.options, out)
    })
}

fn show_record(record: &FixRecord, lang: Lang, args: &FixApplyArgs) -> Result<()> {
    let mut shown = record.clone();
    // Its edits were shown before.
    shown.plan.files.clear();
    shown.plan.effects.clear();
    output::to(None, lang, |look: &Look, out: &mut dyn Write| {
        writeln!(out)?;
        render_fix_record(&shown, &look.options, out)
    })?;
    let hint = match (record.state, lang) {
        (FixState::AwaitingConfirmation, Lang::Ko) => {
            format!(
                "새 접속을 열어 들어올 수 있는지 확인한 뒤 실행하십시오: pasu fix confirm {}",
                record.id
            )
        }
        (FixState::AwaitingConfirmation, Lang::En) => {
            format!(
                "Open a new connection, and if you get in, run there: pasu fix confirm {}",
                record.id
            )
        }
        (FixState::Applied, lang) => {
            let first = lang.pick("되돌리기", "To take it back");
            format!("{first}: pasu fix rollback{} {}", on(&args.target), record.id)
        }
        _ => return Ok(()),
    };
    say(&hint, args);
    Ok(())
}

fn say(text: &str, args: &FixApplyArgs) {
    if !args.target.quiet {
        // Where standard error is closed there is nobody left to tell.
        let _ = writeln!(std::io::stderr(), "pasu: {}", printable(text));
    }
}

/// The item whose failure undid the rest.
fn blamed(record: &FixRecord) -> Option<String> {
    if record.state != FixState::Undone {
        return None;
    }
    let mut blamed = record
        .outcomes
        .iter()
        .filter(|outcome| outcome.end == FixEnd::Undone && outcome.why.is_some());
    let first = blamed.next()?;
    blamed.next().is_none().then(|| first.item.clone())
}

fn exit(record: &FixRecord) -> Exit {
    let is_done = matches!(record.state, FixState::Applied | FixState::AwaitingConfirmation);
    let is_fixed = |end: FixEnd| matches!(end, FixEnd::Fixed | FixEnd::FixedAfterReboot);
    // What was asked for and left to a person is not put right either.
    let is_covered = |status| matches!(status, PlanStatus::Planned | PlanStatus::Nothing);
    if is_done
        && record.outcomes.iter().all(|outcome| is_fixed(outcome.end))
        && record.plan.items.iter().all(|item| is_covered(item.status))
    {
        Exit::Clean
    } else {
        Exit::Findings(1)
    }
}

/// Where nothing is planned: clean where nothing is wrong.
fn nothing(planned: &Planned) -> Exit {
    let is_clean = planned.plan.items.iter().all(|item| item.status == PlanStatus::Nothing);
    if is_clean { Exit::Clean } else { Exit::Findings(1) }
}
