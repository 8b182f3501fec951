//! `pasu runs check` and `pasu runs recover`.

use super::{none_kept, say, say_json};
use crate::args::{RunsFormat, RunsListArgs, RunsRecoverArgs};
use crate::commands::fix::agreed;
use crate::exit::Exit;
use anyhow::Result;
use pasu_model::Lang;
use pasu_report::printable;
use pasu_store::{FILE, Store};

/// Looks whether everything is whole.
pub fn check(args: &RunsListArgs) -> Result<Exit> {
    let lang = args.store.lang();
    let Some(store) = args.store.existing()? else {
        say(none_kept(lang))?;
        return Ok(Exit::Clean);
    };
    let check = store.check()?;
    if args.format == RunsFormat::Json {
        say_json(&check)?;
    } else {
        let (runs, lives) = (check.runs, check.lives);
        say(&match lang {
            Lang::Ko => format!("정상: 점검 {runs}건, 취약점 이력 {lives}건"),
            Lang::En => format!("whole: {runs} runs, {lives} findings' lives"),
        })?;
        for problem in &check.problems {
            say(&format!("{} {}", lang.pick("손상:", "damaged:"), printable(problem)))?;
        }
        if !check.problems.is_empty() {
            let hint = "hint: pasu runs recover";
            say(
                lang.pick("hint: pasu runs recover (읽을 수 있는 내용을 새 파일로 옮깁니다)", hint)
            )?;
        }
    }
    Ok(if check.problems.is_empty() { Exit::Clean } else { Exit::Incomplete })
}

/// Writes what can still be read into a new file, after asking.
pub fn recover(args: &RunsRecoverArgs) -> Result<Exit> {
    let lang = args.store.lang();
    let state = args.store.state();
    let path = state.folder().join(FILE);
    let is_whole = Store::open(state.folder())
        .and_then(|store| store.check())
        .is_ok_and(|check| check.problems.is_empty());
    if is_whole {
        let path = path.display();
        say(&match lang {
            Lang::Ko => format!("{path}: 손상된 곳이 없어 그대로 두었습니다."),
            Lang::En => format!("{path} is whole and was left as it is."),
        })?;
        return Ok(Exit::Clean);
    }
    say(&match lang {
        Lang::Ko => format!(
            "{}에서 읽을 수 있는 내용을 새 파일로 옮깁니다. 손상된 파일은 같은 폴더에 보관합니다.",
            path.display()
        ),
        Lang::En => format!(
            "What can be read of {} goes into a new file; the damaged one is kept beside it.",
            path.display()
        ),
    })?;
    if !agreed(args.yes, lang)? {
        say(lang.pick("아무것도 바꾸지 않았습니다.", "Nothing was changed."))?;
        return Ok(Exit::Incomplete);
    }
    let recovered = pasu_store::recover(state.folder(), jiff::Timestamp::now())?;
    let (runs, lives, patches) = (recovered.runs, recovered.lives, recovered.patches);
    say(&match lang {
        Lang::Ko => {
            format!("옮긴 내용: 점검 {runs}건, 취약점 이력 {lives}건, 패치한 이미지 {patches}건")
        }
        Lang::En => {
            format!("recovered: {runs} runs, {lives} findings' lives, {patches} patched images")
        }
    })?;
    for lost in &recovered.lost {
        say(&format!("{} {}", lang.pick("잃은 내용:", "lost:"), printable(lost)))?;
    }
    let aside = recovered.aside.display();
    say(&format!("{} {aside}", lang.pick("손상된 파일:", "damaged file:")))?;
    Ok(Exit::Clean)
}
