//! What was there and was not seen, by reason: how much, the first few, and what to do.

use super::Context;
use super::paint::Ink;
use crate::safe_text::clip;
use pasu_model::{Lang, Unseen, UnseenReason};
use std::collections::BTreeMap;
use std::io::{self, Write};

/// How many things are named for each reason.
const NAMED: usize = 3;

/// Writes a warning if something was not seen.
pub(super) fn write(context: &Context<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut reasons: BTreeMap<UnseenReason, Vec<&Unseen>> = BTreeMap::new();
    for thing in &context.run.unseen {
        reasons.entry(thing.reason).or_default().push(thing);
    }
    if reasons.is_empty() {
        return Ok(());
    }
    let warning = context
        .pick(
            "경고: 보지 못한 것이 {}건 있습니다. 그 안의 패키지와 취약점은 이 결과에 없습니다.",
            "Warning: {} could not be looked at. Packages and flaws in there are missing from this result.",
        )
        .replace("{}", &things(context, context.run.unseen.len()));
    writeln!(out, "\n{}", context.paint.text(Ink::Alarm, &warning))?;
    for (reason, things) in reasons {
        write_reason(context, reason, &things, out)?;
    }
    Ok(())
}

/// One reason with its things and its remedy.
fn write_reason(
    context: &Context<'_>,
    reason: UnseenReason,
    things: &[&Unseen],
    out: &mut dyn Write,
) -> io::Result<()> {
    let count = match context.lang {
        Lang::Ko => format!("{}: {}건", why(context, reason), things.len()),
        Lang::En => format!("{}: {}", why(context, reason), things.len()),
    };
    context.paragraph("  ", &count, out)?;
    for thing in things.iter().take(NAMED) {
        let mut line = clip(&thing.path, 200);
        if !thing.detail.is_empty() {
            line.push_str(&format!(" ({})", clip(&thing.detail, 200)));
        }
        context.paragraph("  - ", &line, out)?;
    }
    if things.len() > NAMED {
        let more = context.pick(
            "  - 그 밖에 {}건 (모두 보려면 --format pasu)",
            "  - and {} more (--format pasu lists all)",
        );
        writeln!(out, "{}", more.replace("{}", &(things.len() - NAMED).to_string()))?;
    }
    context.paragraph(context.pick("    할 일: ", "    hint: "), hint(context, reason), out)
}

/// `3 things`; in Korean the number only, the counter stands in the sentence.
fn things(context: &Context<'_>, count: usize) -> String {
    match context.lang {
        Lang::Ko => count.to_string(),
        Lang::En if count == 1 => "1 thing".to_owned(),
        Lang::En => format!("{count} things"),
    }
}

/// Why something was not seen.
fn why(context: &Context<'_>, reason: UnseenReason) -> &'static str {
    let (ko, en) = match reason {
        UnseenReason::Permission => ("읽을 권한이 없음", "permission denied"),
        UnseenReason::Malformed => {
            ("파일이 손상되었거나 형식이 다름", "damaged or not what its name says")
        }
        UnseenReason::Limit => ("크기나 깊이의 한도를 넘음", "over a limit on size or depth"),
        UnseenReason::Io => ("읽기 오류", "reading failed"),
        UnseenReason::Timeout => ("제한 시간 초과", "out of time"),
        UnseenReason::Unsupported => ("아직 읽지 못하는 형식", "a format not read yet"),
        UnseenReason::NoAdvisories => (
            "이 배포판의 취약점 정보가 데이터베이스에 없음",
            "the database has no advisories for this release",
        ),
        UnseenReason::OtherFileSystem => ("다른 파일 시스템", "another file system"),
        UnseenReason::NotLookedFor => ("아직 찾지 않는 것", "not looked for yet"),
    };
    context.pick(ko, en)
}

/// What to do about it.
fn hint(context: &Context<'_>, reason: UnseenReason) -> &'static str {
    let (ko, en) = match reason {
        UnseenReason::Permission => {
            ("root 권한으로(sudo) 다시 실행하십시오.", "run again as root (sudo).")
        }
        UnseenReason::Malformed => (
            "파일이 온전한지 확인하십시오. 필요 없는 파일이면 --skip-files로 뺄 수 있습니다.",
            "check whether the file is whole; --skip-files leaves out what is not needed.",
        ),
        UnseenReason::Limit => (
            "뜻밖에 큰 파일인지 확인하고, 믿을 수 없는 파일이면 지우거나 --skip-files로 빼십시오.",
            "find out why the file is so large or deep; --skip-files leaves out what is not needed.",
        ),
        UnseenReason::Io => (
            "디스크와 파일 시스템의 상태를 확인하고(dmesg) 다시 실행하십시오.",
            "check the disk and file system (dmesg) and run again.",
        ),
        UnseenReason::Timeout => {
            ("--timeout을 늘려 다시 실행하십시오.", "run again with a longer --timeout.")
        }
        UnseenReason::Unsupported => (
            "그 안의 패키지는 다른 방법으로 확인하십시오.",
            "check the packages in there by other means.",
        ),
        UnseenReason::NoAdvisories => (
            "이 배포판이 들어 있는 데이터베이스를 `pasu db build`로 만들어 --db로 지정하십시오.",
            "build a database that has this release with `pasu db build`, and name it with --db.",
        ),
        UnseenReason::OtherFileSystem => (
            "함께 보려면 --cross-file-systems로 다시 실행하고, 볼 필요가 없으면 --skip-dirs로 빼십시오.",
            "--cross-file-systems looks into it as well; --skip-dirs leaves it out for good.",
        ),
        UnseenReason::NotLookedFor => (
            "다른 도구로 확인하거나, --scanners에서 빼십시오.",
            "look for it by other means, or leave it out of --scanners.",
        ),
    };
    context.pick(ko, en)
}
