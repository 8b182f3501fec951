//! `pasu fix recover`, and telling at every start that something is unfinished.

use super::{packages, target};
use crate::args::{FixRecoverArgs, FixTarget};
use crate::commands::scan::locale;
use crate::exit::Exit;
use anyhow::{Context, Result};
use pasu_fix::session::{self, Ended};
use pasu_model::{FixState, Lang};
use pasu_report::printable;
use pasu_system::transaction::unfinished;
use pasu_system::{System, TreeSystem};
use std::io::Write;

/// Ends what was interrupted.
pub fn run(args: &FixRecoverArgs) -> Result<Exit> {
    let lang = args.target.lang.unwrap_or_else(locale);
    let mut open = target::open(&args.target, None)?;
    open.at_boot = args.at_boot;
    if let Some(id) = &args.wait_for {
        // Whoever armed it reads this; where nobody does, it waits all the same.
        let ready = |word: &str| drop(writeln!(std::io::stdout(), "{word}"));
        open.session(|session| session::wait_for(session, id, ready))?
            .with_context(|| id.clone())?;
        return Ok(Exit::Clean);
    }
    let done = open.session(|session| session::recover(session, false))??;
    let is_whole = match open.system.is_live() {
        true => packages::recover(&open.system, lang)?,
        false => true,
    };
    if done.is_empty() {
        tell(lang.pick("중단된 조치가 없습니다.", "Nothing was interrupted."), &args.target);
    }
    for ended in &done {
        tell(&format!("{}: {}", ended.id, ended.said.get(lang)), &args.target);
    }
    Ok(if is_whole { exit(&done) } else { Exit::Incomplete })
}

fn exit(done: &[Ended]) -> Exit {
    if done.iter().any(|ended| ended.needs_person) { Exit::Incomplete } else { Exit::Clean }
}

fn tell(text: &str, target: &FixTarget) {
    if !target.quiet {
        // Where standard error is closed there is nobody left to tell.
        let _ = writeln!(std::io::stderr(), "pasu: {}", printable(text));
    }
}

/// Says on standard error that a fix of this host has no end, if so.
pub fn tell_unfinished(lang: Lang) {
    if let Ok(system) = TreeSystem::live() {
        tell_unfinished_of(&system, "", lang);
    }
}

/// Says so of this host or of a tree.
pub fn tell_unfinished_of(system: &dyn System, on: &str, lang: Lang) {
    if let Some(id) = unfinished(system) {
        tell_of(system, &id, on, lang);
    }
}

/// Says so of one entry.
pub fn tell_of(system: &dyn System, id: &str, on: &str, lang: Lang) {
    let is_waiting = session::record(system, id)
        .is_ok_and(|record| record.state == FixState::AwaitingConfirmation);
    let text = match (is_waiting, lang) {
        (true, Lang::Ko) => format!(
            "조치 {id}이(가) 확인을 기다립니다. `pasu fix confirm`으로 확정하지 않으면 저절로 되돌립니다."
        ),
        (true, Lang::En) => {
            format!("fix {id} waits to be confirmed; without `pasu fix confirm` it undoes itself")
        }
        (false, Lang::Ko) => {
            format!(
                "조치 {id}이(가) 도중에 중단되었습니다. `sudo pasu fix recover{on}`로 복구하십시오."
            )
        }
        (false, Lang::En) => {
            format!("fix {id} was interrupted; `sudo pasu fix recover{on}` ends it")
        }
    };
    // Where standard error is closed there is nobody left to tell.
    let _ = writeln!(std::io::stderr(), "pasu: {}", printable(&text));
}
