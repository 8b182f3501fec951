//! `pasu fix confirm` and `pasu fix rollback`.

use super::{packages, question, target};
use crate::args::{FixConfirmArgs, FixRollbackArgs};
use crate::commands::output::{self, Look};
use crate::commands::scan::locale;
use crate::exit::Exit;
use anyhow::{Context, Result, bail};
use pasu_fix::session;
use pasu_model::{FixRecord, FixState, Lang};
use pasu_report::render_fix_record;
use std::io::Write;

/// Keeps what would otherwise undo itself.
pub fn confirm(args: &FixConfirmArgs) -> Result<Exit> {
    let lang = args.target.lang.unwrap_or_else(locale);
    let open = target::open(&args.target, None)?;
    let waiting = session::history(&*open.system)?
        .into_iter()
        .find(|record| record.state == FixState::AwaitingConfirmation);
    let id = match (&args.id, waiting) {
        (Some(id), _) => id.clone(),
        (None, Some(record)) => record.id,
        (None, None) => bail!("nothing waits to be confirmed; hint: `pasu fix history`"),
    };
    let waiting = session::record(&*open.system, &id).with_context(|| id.clone())?;
    let here = target::author().connection;
    if here.is_some() && here == waiting.by.connection {
        bail!(
            "{}",
            lang.pick(
                "적용한 바로 그 접속입니다. 새로 접속할 수 있는지가 확인의 목적이므로, 새 SSH 접속에서 실행하십시오",
                "this is the connection over which it was applied: run it over a new one, since that is what is to be proven",
            )
        );
    }
    let record =
        open.session(|session| session::confirm(session, &id))?.context("not confirmed")?;
    show(&record, lang)?;
    Ok(Exit::Clean)
}

/// Takes one entry back, or all.
pub fn rollback(args: &FixRollbackArgs) -> Result<Exit> {
    let lang = args.target.lang.unwrap_or_else(locale);
    let open = target::open(&args.target, None)?;
    let ids: Vec<String> = match &args.id {
        Some(id) => vec![id.clone()],
        None => session::history(&*open.system)?
            .into_iter()
            .rev()
            .filter(|record| {
                matches!(record.state, FixState::Applied | FixState::AwaitingConfirmation)
            })
            .map(|record| record.id)
            .collect(),
    };
    if ids.is_empty() {
        bail!("nothing is applied; hint: `pasu fix history`");
    }
    for id in &ids {
        let record = session::record(&*open.system, id).map_err(of_record)?;
        if let FixState::Undone | FixState::RolledBack = record.state {
            bail!("{id} was taken back already; hint: `pasu fix history`");
        }
        output::to(None, lang, |look: &Look, out: &mut dyn Write| {
            render_fix_record(&record, &look.options, out)
        })?;
    }
    if !question::agreed(args.yes, lang)? {
        bail!("nothing was taken back: nobody agreed");
    }
    let mut has_conflicts = false;
    for id in &ids {
        if pasu_fix::packages::is_update(&*open.system, id) {
            has_conflicts |= packages::roll_back(&open.system, id, lang)? != Exit::Clean;
            continue;
        }
        let record =
            open.session(|session| session::rollback(session, id))?.context("not taken back")?;
        has_conflicts |= !record.conflicts.is_empty();
        show(&record, lang)?;
    }
    Ok(if has_conflicts { Exit::Findings(1) } else { Exit::Clean })
}

/// An entry that cannot be read, and where all are listed.
pub fn of_record(error: pasu_system::transaction::Error) -> anyhow::Error {
    anyhow::anyhow!("{error}; hint: `pasu fix history` lists all entries")
}

fn show(record: &FixRecord, lang: Lang) -> Result<()> {
    let mut shown = record.clone();
    shown.plan.files.clear();
    shown.plan.effects.clear();
    output::to(None, lang, |look: &Look, out: &mut dyn Write| {
        render_fix_record(&shown, &look.options, out)
    })
}
