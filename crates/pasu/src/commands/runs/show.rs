//! `pasu runs show`: one run.

use super::load::load_run;
use super::{none_kept, say};
use crate::args::{RunsFormat, RunsShowArgs};
use crate::commands::output;
use crate::exit::Exit;
use anyhow::{Context, Result, bail};
use pasu_model::{Inspection, Lang, PartState};
use pasu_report::{printable, render_lives};
use pasu_store::RunRow;
use std::io::Write;

/// Shows what a run looked at and changed, or its whole document.
pub fn run(args: &RunsShowArgs) -> Result<Exit> {
    let lang = args.list.store.lang();
    let Some(store) = args.list.store.existing()? else { bail!("{}", none_kept(lang)) };
    let run = store.find(&args.run)?;
    if args.list.format == RunsFormat::Json {
        let document = store.document(run.id)?;
        let mut out = std::io::stdout().lock();
        out.write_all(&document).context("cannot write to standard output")?;
        return Ok(Exit::Clean);
    }
    let loaded = load_run(&store, run.id)?;
    say(&head(&run, &loaded.inspection, lang))?;
    let changes = loaded.changes.unwrap_or_default();
    if changes.lives.is_empty() {
        say(lang.pick("달라진 것이 없습니다.", "Nothing changed."))?;
    } else {
        output::to(None, lang, |look, out| {
            render_lives(&changes.lives, false, &look.options, out)
        })?;
    }
    Ok(Exit::Clean)
}

fn head(run: &RunRow, inspection: &Inspection, lang: Lang) -> String {
    let mut lines = vec![format!(
        "{} {}  {} - {}",
        lang.pick("점검", "Run"),
        run.id.0,
        printable(&run.started),
        printable(&run.finished)
    )];
    let target = match &inspection.os {
        Some(os) => {
            let name = os.pretty_name.as_deref().unwrap_or(&os.id);
            format!("{}, {}", printable(&run.target), printable(name))
        }
        None => printable(&run.target),
    };
    lines.push(format!("{} {target}", lang.pick("대상:", "Target:")));
    let by = &inspection.by;
    if !by.account.is_empty() {
        let by = match by.login.is_empty() || by.login == by.account {
            true => printable(&by.account),
            false => format!("{} ({})", printable(&by.account), printable(&by.login)),
        };
        lines.push(format!("{} {by}", lang.pick("실행자:", "By:")));
    }
    lines.push(format!("{} pasu {}", lang.pick("도구:", "Tool:"), printable(&run.tool)));
    if let Some(score) = run.score {
        lines.push(format!("{} {score:.1}", lang.pick("점수:", "Score:")));
    }
    for part in &inspection.parts {
        let why = part.why.as_ref().map(|why| format!(": {}", printable(why.get(lang))));
        let (name, state) = (part.part.text(), state(part.state, lang));
        lines.push(format!("{}: {state}{}", name.get(lang), why.unwrap_or_default()));
    }
    lines.join("\n")
}

fn state(state: PartState, lang: Lang) -> &'static str {
    match state {
        PartState::Whole => lang.pick("전체 확인", "everything was seen"),
        PartState::Incomplete => lang.pick("일부 확인하지 못함", "something was not seen"),
        PartState::Failed => lang.pick("실패", "failed"),
        PartState::LeftOut => lang.pick("제외", "left out"),
        PartState::Absent => lang.pick("대상 없음", "nothing there"),
    }
}
