//! `pasu fix packages`: which packages, by whose word, and what came of it.

mod text;
pub mod wanted;

use super::plan::write_json;
use super::{apply, question, target};
use crate::args::{FixFormat, FixPackagesArgs};
use crate::commands::output::{self, Look};
use crate::commands::scan::locale;
use crate::exit::Exit;
use anyhow::{Result, bail};
use pasu_fix::packages::{
    End, Machine, Note, Outcome, PackagesError, Selection, UpdatePlan, Updates, Wanted,
};
use pasu_model::Lang;
use pasu_report::printable;
use pasu_system::TreeSystem;
use pasu_system::transaction::Transactions;
use std::io::Write;

/// Plans updates, and installs them where that was asked for.
pub fn run(args: &FixPackagesArgs) -> Result<Exit> {
    let lang = args.target.lang.unwrap_or_else(locale);
    if args.target.root.is_some() {
        return Err(told(PackagesError::NotRunning, lang));
    }
    let open = target::open(&args.target, args.db.as_deref())?;
    if let Some(id) = pasu_system::transaction::unfinished(&*open.system) {
        bail!("{id} is unfinished; hint: `pasu fix recover` ends it");
    }
    let updates = updates(&open.system).map_err(|error| told(error, lang))?;
    unfinished(&updates, lang)?;
    if args.refresh {
        updates.refresh().map_err(|error| told(error, lang))?;
    }
    let plan = plan(args, &open, &updates, lang)?;
    output::to(None, lang, |look: &Look, out: &mut dyn Write| match args.format {
        FixFormat::Table => text::write(&plan, &look.options, out),
        FixFormat::Json => write_json(&plan, out),
    })?;
    if !args.apply {
        return Ok(seen(&plan));
    }
    if plan.is_empty() {
        bail!("{}", lang.pick("설치할 업데이트가 없습니다", "there is nothing to install"));
    }
    if !question::agreed(args.yes, lang)? {
        bail!("not installed: nobody agreed");
    }
    let id = apply::new_id(&open, jiff::Timestamp::now());
    // Nothing else of ours may change this machine meanwhile.
    let _lock = Transactions::open(&*open.system)?;
    let by = target::author();
    let outcome = updates.apply(&id, &by, &plan).map_err(|error| told(error, lang))?;
    say(&id, &outcome, lang);
    Ok(exit(&outcome))
}

/// The updates of this machine.
///
/// # Errors
/// It is a tree.
fn updates(system: &TreeSystem) -> Result<Updates<'_>, PackagesError> {
    let now = jiff::Timestamp::now().as_second();
    Ok(Updates { machine: Machine::live(system)?, disk: system, now })
}

/// Refuses to begin beside an update that was cut off.
fn unfinished(updates: &Updates<'_>, lang: Lang) -> Result<()> {
    let ids = updates.unfinished().map_err(|error| told(error, lang))?;
    match ids.first() {
        Some(id) => bail!("{id} is unfinished; hint: `pasu fix recover` ends it"),
        None => Ok(()),
    }
}

fn plan(
    args: &FixPackagesArgs,
    open: &target::Open,
    updates: &Updates<'_>,
    lang: Lang,
) -> Result<UpdatePlan> {
    let planned = |selection| updates.plan(selection, false).map_err(|error| told(error, lang));
    let mut wanted = wanted::of_findings(&open.host()?, &args.packages, &args.cve)?;
    if !args.cve.is_empty() {
        refuse_nothing(&wanted, args)?;
        return planned(Selection::Wanted(wanted));
    }
    // A security source may have something that no advisory names yet.
    let all = planned(Selection::Security)?;
    wanted::add(&mut wanted, &all, &args.packages);
    if wanted.is_empty() && args.packages.is_empty() {
        return Ok(all);
    }
    refuse_nothing(&wanted, args)?;
    let mut plan = planned(Selection::Wanted(wanted))?;
    for note in all.notes {
        if !plan.notes.contains(&note) {
            plan.notes.push(note);
        }
    }
    Ok(plan)
}

fn refuse_nothing(wanted: &[Wanted], args: &FixPackagesArgs) -> Result<()> {
    if !wanted.is_empty() {
        return Ok(());
    }
    bail!(
        "no update is known for {}; hint: `pasu db update` fetches newer advisories, --refresh newer package lists",
        [args.packages.as_slice(), &args.cve].concat().join(", ")
    )
}

/// Puts the packages of an update back.
pub fn roll_back(system: &TreeSystem, id: &str, lang: Lang) -> Result<Exit> {
    let updates = updates(system).map_err(|error| told(error, lang))?;
    let _lock = Transactions::open(system)?;
    let outcome = updates.rollback(id).map_err(|error| told(error, lang))?;
    say(id, &outcome, lang);
    let is_back = outcome.end == End::Before && outcome.problem.is_none();
    Ok(if is_back { Exit::Clean } else { Exit::Findings(1) })
}

/// Finishes updates that were cut off: as planned, or as before. Answers whether all are at one of the two.
pub fn recover(system: &TreeSystem, lang: Lang) -> Result<bool> {
    let updates = updates(system).map_err(|error| told(error, lang))?;
    let mut is_whole = true;
    for id in updates.unfinished().map_err(|error| told(error, lang))? {
        let outcome = updates.recover(&id).map_err(|error| told(error, lang))?;
        is_whole &= !matches!(outcome.end, End::Between { .. });
        say(&id, &outcome, lang);
    }
    Ok(is_whole)
}

/// An error of package managers in the user's language.
fn told(error: PackagesError, lang: Lang) -> anyhow::Error {
    anyhow::Error::msg(error.text().get(lang).to_owned())
}

/// What came of it, on standard error.
fn say(id: &str, outcome: &Outcome, lang: Lang) {
    for line in text::outcome(outcome, lang) {
        // Where standard error is closed there is nobody left to tell.
        let _ = writeln!(std::io::stderr(), "pasu: {id}: {}", printable(&line));
    }
}

/// 1 where the packages are not as planned.
fn exit(outcome: &Outcome) -> Exit {
    match outcome.end {
        End::After if outcome.problem.is_none() => Exit::Clean,
        End::After | End::Before => Exit::Findings(1),
        End::Between { .. } => Exit::Incomplete,
    }
}

/// 2 where updates are wanted that no source has, or where none could be seen.
fn seen(plan: &UpdatePlan) -> Exit {
    let hides = |note: &Note| matches!(note, Note::NoSecuritySource { .. } | Note::NoLists { .. });
    let is_whole = plan.unavailable.is_empty() && !plan.notes.iter().any(hides);
    if is_whole { Exit::Clean } else { Exit::Incomplete }
}
