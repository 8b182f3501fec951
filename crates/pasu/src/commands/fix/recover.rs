//! `pasu fix recover`, and telling at every start that something is unfinished.

use super::{packages, target};
use crate::args::{FixRecoverArgs, FixTarget};
use crate::commands::scan::locale;
use crate::exit::Exit;
use anyhow::{Context, Result};
use pasu_fix::session::{self, Ended};
use pasu_model::{FixState, Lang};
use pasu_report::printable;
use pasu_system::transaction::{Error, unfinished};
use pasu_system::{System, TreeSystem};
use std::io::Write;
use std::thread;
use std::time::{Duration, Instant};

/// How often the process that waits looks whether its entry was confirmed.
const PAUSE: Duration = Duration::from_millis(500);

/// How long it goes on when another process is at work.
const PATIENCE: Duration = Duration::from_secs(600);

/// Ends what was interrupted.
pub fn run(args: &FixRecoverArgs) -> Result<Exit> {
    let lang = args.target.lang.unwrap_or_else(locale);
    let open = target::open(&args.target, None)?;
    if let Some(id) = &args.wait_for {
        return wait(&open, id);
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

/// Waits until the time of an entry is over, and undoes it unless it was confirmed.
fn wait(open: &target::Open, id: &str) -> Result<Exit> {
    let mut since = None;
    loop {
        let record = session::record(&*open.system, id).with_context(|| id.to_owned())?;
        let is_open = matches!(record.state, FixState::AwaitingConfirmation | FixState::Open);
        if !is_open {
            return Ok(Exit::Clean);
        }
        match open.session(|session| session::recover(session, true))? {
            Ok(_) => {}
            Err(Error::Busy(_)) if record.state == FixState::Open => {}
            Err(error) => {
                // Somebody else holds the lock, perhaps to confirm: that is soon over.
                if since.get_or_insert_with(Instant::now).elapsed() > PATIENCE {
                    return Err(error).context(id.to_owned());
                }
            }
        }
        thread::sleep(PAUSE);
    }
}

fn tell(text: &str, target: &FixTarget) {
    if !target.quiet {
        // Where standard error is closed there is nobody left to tell.
        let _ = writeln!(std::io::stderr(), "pasu: {}", printable(text));
    }
}

/// Says on standard error that a fix of this host has no end, if so.
pub fn tell_unfinished(lang: Lang) {
    let Ok(system) = TreeSystem::live() else { return };
    let Some(id) = unfinished(&system) else { return };
    let is_waiting = session::record(&system as &dyn System, &id)
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
                "조치 {id}이(가) 도중에 중단되었습니다. `sudo pasu fix recover`로 복구하십시오."
            )
        }
        (false, Lang::En) => {
            format!("fix {id} was interrupted; `sudo pasu fix recover` ends it")
        }
    };
    // Where standard error is closed there is nobody left to tell.
    let _ = writeln!(std::io::stderr(), "pasu: {}", printable(&text));
}
