//! `pasu runs delete`.

use super::{none_kept, say};
use crate::args::RunsDeleteArgs;
use crate::commands::fix::agreed;
use crate::exit::Exit;
use anyhow::{Result, bail};
use pasu_model::Lang;
use pasu_report::printable;

/// Deletes runs, after asking.
pub fn run(args: &RunsDeleteArgs) -> Result<Exit> {
    let lang = args.store.lang();
    let Some(store) = args.store.existing()? else { bail!("{}", none_kept(lang)) };
    let mut runs = Vec::new();
    for named in &args.runs {
        let run = store.find(named)?;
        if !runs.contains(&run) {
            runs.push(run);
        }
    }
    for run in &runs {
        say(&format!("{}  {}  {}", run.id.0, printable(&run.started), printable(&run.target)))?;
    }
    if !agreed(args.yes, lang)? {
        say(lang.pick("아무것도 지우지 않았습니다.", "Nothing was deleted."))?;
        return Ok(Exit::Clean);
    }
    for run in &runs {
        store.delete(run.id)?;
    }
    let count = runs.len();
    say(&match lang {
        Lang::Ko => format!("점검 {count}건을 지웠습니다. 취약점의 이력은 남습니다."),
        Lang::En => format!("{count} runs deleted. What is known of their findings stays."),
    })?;
    Ok(Exit::Clean)
}
