//! `pasu audit answer`: what a person says of an item, kept with who, when and until when.

use super::{guideline_with, unknown};
use crate::args::AnswerArgs;
use crate::commands::scan::locale;
use crate::exit::Exit;
use crate::state::State;
use anyhow::{Result, bail};
use pasu_checks::StoredAnswer;
use pasu_model::{Answer, Lang, Verdict};
use std::io::Write;

/// The longest reason, in characters.
const MAX_REASON: usize = 2000;

/// Keeps an answer.
pub fn run(args: &AnswerArgs) -> Result<Exit> {
    let guideline = guideline_with(args.guideline.as_deref(), &args.item)?;
    let Some(entry) = guideline.entries_of(&args.item).next() else {
        bail!(unknown(&args.item, &guideline));
    };
    let reason = args.reason.trim();
    if reason.is_empty() {
        bail!("--reason is empty: an auditor will ask for it");
    }
    if reason.chars().count() > MAX_REASON {
        bail!("--reason has more than {MAX_REASON} characters");
    }
    if args.until < crate::database::today() {
        bail!("--until {}: that day is over", args.until);
    }
    let answer = Answer {
        verdict: args.verdict.into(),
        reason: reason.to_owned(),
        by: args.by.clone().unwrap_or_else(who),
        at: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        until: args.until.to_string(),
    };
    let stored = StoredAnswer {
        target: match &args.image {
            Some(name) => name.clone(),
            None => crate::commands::target::target_name(args.root.as_deref())?,
        },
        item: entry.item.clone(),
        answer: answer.clone(),
    };
    State::new(args.state.as_deref()).change_answers(|answers| answers.answers.push(stored))?;
    let lang = args.lang.unwrap_or_else(locale);
    // The answer is kept; where standard error is closed there is nobody left to tell.
    let _ = writeln!(std::io::stderr(), "{}", told(&entry.code, &answer, lang));
    Ok(Exit::Clean)
}

fn told(code: &str, answer: &Answer, lang: Lang) -> String {
    let verdict: Verdict = answer.verdict;
    let verdict = verdict.text();
    match lang {
        Lang::Ko => format!(
            "{code}: {}의 답변({})을 {}까지 적용합니다",
            answer.by, verdict.ko, answer.until
        ),
        Lang::En => format!(
            "{code}: the answer of {} ({}) counts until {}",
            answer.by, verdict.en, answer.until
        ),
    }
}

/// The user who is logged in, also behind sudo.
fn who() -> String {
    let name = |variable: &str| std::env::var(variable).ok().filter(|name| !name.is_empty());
    name("SUDO_USER").or_else(|| name("LOGNAME")).or_else(|| name("USER")).unwrap_or_else(|| {
        if pasu_system::is_root() { "root".to_owned() } else { "unknown".to_owned() }
    })
}
