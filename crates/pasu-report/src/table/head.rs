//! What was looked at, with which advisories, and what was not seen.

use super::Context;
use super::paint::Ink;
use crate::safe_text::clip;
use pasu_model::{DatabaseInfo, DatabaseOrigin, OperatingSystem, TargetKind, UnseenReason};
use std::collections::BTreeSet;
use std::io::{self, Write};

/// How many things that were not seen are named.
const NAMED: usize = 5;

/// From this age on a database misses what an administrator would want to hear of: KEV entries are due in 14 to 21 days.
const OLD_DAYS: i64 = 14;

/// Writes the head.
pub(super) fn write(context: &Context<'_>, out: &mut dyn Write) -> io::Result<()> {
    target(context, out)?;
    if let Some(os) = &context.run.os {
        system(context, os, out)?;
    }
    database(context, out)?;
    unseen(context, out)
}

/// The target and when it was looked at.
fn target(context: &Context<'_>, out: &mut dyn Write) -> io::Result<()> {
    let run = context.run;
    let kind = match run.target.kind {
        TargetKind::Host => context.pick("이 호스트", "this host"),
        TargetKind::Rootfs => context.pick("루트 파일 시스템", "root file system"),
        TargetKind::Filesystem => context.pick("폴더", "folder"),
        TargetKind::Repository => context.pick("저장소", "repository"),
        TargetKind::CycloneDx => "CycloneDX SBOM",
        TargetKind::Spdx => "SPDX SBOM",
    };
    let name = context.paint.text(Ink::Bold, &clip(&run.target.name, 200));
    let started = clip(&run.started, 40);
    writeln!(out, "{} {name} ({kind}), {started}", context.pick("대상:", "Target:"))
}

/// The operating system and whether its maker still mends it.
fn system(context: &Context<'_>, os: &OperatingSystem, out: &mut dyn Write) -> io::Result<()> {
    let plain = format!("{} {}", os.family.name(), os.version);
    let name = clip(os.pretty_name.as_deref().unwrap_or(plain.trim()), 100);
    let label = context.pick("운영체제:", "System:");
    let until = os.end_of_life.as_ref().map(|end| end.standard);
    let (ink, remark) = match (context.run.os_end_of_life, until) {
        (true, Some(day)) => (
            Ink::Alarm,
            context.pick("지원 종료 ({})", "end of life since {}").replace("{}", &day.to_string()),
        ),
        (true, None) => (Ink::Alarm, context.pick("지원 종료", "end of life").to_owned()),
        (false, Some(day)) => (
            Ink::Plain,
            context.pick("{}까지 지원", "supported until {}").replace("{}", &day.to_string()),
        ),
        (false, None) => return writeln!(out, "{label} {name}"),
    };
    writeln!(out, "{label} {name} - {}", context.paint.text(ink, &remark))?;
    if !context.run.os_end_of_life {
        return Ok(());
    }
    let advice = context.pick(
        "이 배포판은 더 이상 무상 보안 업데이트를 받지 않습니다. 새로 발견되는 취약점은 고쳐지지 않으므로 지원되는 버전으로 옮기십시오.",
        "This release gets no free security updates any more: flaws found from now on stay open. Move to a supported release.",
    );
    context.paragraph("  ", advice, out)
}

/// Which advisories, and how old.
fn database(context: &Context<'_>, out: &mut dyn Write) -> io::Result<()> {
    let label = context.pick("취약점 정보:", "Advisories:");
    let Some(database) = &context.run.database else {
        let none = context.pick(
            "없음. 패키지 목록만 만들었고 취약점과 대조하지 않았습니다.",
            "none. Packages were only listed, not compared with advisories.",
        );
        return writeln!(out, "{label} {}", context.paint.text(Ink::Alarm, none));
    };
    writeln!(out, "{label} {}", origin(context, database))?;
    if database.age_days < OLD_DAYS {
        return Ok(());
    }
    let advice = context
        .pick(
            "{}일 지난 정보입니다. 그 뒤에 알려진 취약점은 보이지 않습니다. `pasu db update`로 갱신하십시오.",
            "This is {} days old: flaws published since then are missing. Run `pasu db update`.",
        )
        .replace("{}", &database.age_days.to_string());
    context.paragraph("  ", &advice, out)
}

/// The database in one phrase: `bundled snapshot of 2026-08-22, 92 days old`.
fn origin(context: &Context<'_>, database: &DatabaseInfo) -> String {
    let newest = clip(&database.newest, 20);
    let age = database.age_days.to_string();
    match &database.origin {
        DatabaseOrigin::Bundled => context
            .pick(
                "내장 스냅숏 {date} 기준 ({age}일 전)",
                "bundled snapshot of {date} ({age} days old)",
            )
            .replace("{date}", &newest)
            .replace("{age}", &age),
        DatabaseOrigin::File(path) => {
            let text = context
                .pick("{date} 기준 ({age}일 전), ", "as of {date} ({age} days old), ")
                .replace("{date}", &newest)
                .replace("{age}", &age);
            text + &clip(path, 200)
        }
    }
}

/// A warning if something was not seen: how much, the first few, and what to do.
fn unseen(context: &Context<'_>, out: &mut dyn Write) -> io::Result<()> {
    let unseen = &context.run.unseen;
    if unseen.is_empty() {
        return Ok(());
    }
    let warning = context
        .pick(
            "경고: 보지 못한 것이 {}건 있습니다. 그 안의 패키지와 취약점은 이 결과에 없습니다.",
            "Warning: {} could not be looked at. Packages and flaws in there are missing from this result.",
        )
        .replace("{}", &things(context, unseen.len()));
    writeln!(out, "\n{}", context.paint.text(Ink::Alarm, &warning))?;
    for thing in unseen.iter().take(NAMED) {
        let mut line = format!("{}: {}", clip(&thing.path, 200), reason(context, thing.reason));
        if !thing.detail.is_empty() {
            line.push_str(&format!(" ({})", clip(&thing.detail, 200)));
        }
        context.paragraph("  - ", &line, out)?;
    }
    if unseen.len() > NAMED {
        let more = context.pick("  - 그 밖에 {}건", "  - and {} more");
        writeln!(out, "{}", more.replace("{}", &(unseen.len() - NAMED).to_string()))?;
    }
    let reasons: BTreeSet<UnseenReason> = unseen.iter().map(|thing| thing.reason).collect();
    for reason in reasons {
        context.paragraph(context.pick("  할 일: ", "  hint: "), hint(context, reason), out)?;
    }
    Ok(())
}

/// `3 things`; in Korean the number only, the counter stands in the sentence.
fn things(context: &Context<'_>, count: usize) -> String {
    match context.lang {
        pasu_model::Lang::Ko => count.to_string(),
        pasu_model::Lang::En if count == 1 => "1 thing".to_owned(),
        pasu_model::Lang::En => format!("{count} things"),
    }
}

/// Why something was not seen.
fn reason(context: &Context<'_>, reason: UnseenReason) -> &'static str {
    let (ko, en) = match reason {
        UnseenReason::Permission => ("읽을 권한이 없음", "permission denied"),
        UnseenReason::Malformed => {
            ("파일이 손상되었거나 형식이 다름", "damaged or not what its name says")
        }
        UnseenReason::Limit => ("크기나 깊이의 한도를 넘음", "over a limit on size or depth"),
        UnseenReason::Io => ("읽기 오류", "reading failed"),
        UnseenReason::Timeout => ("제한 시간 초과", "out of time"),
        UnseenReason::Unsupported => ("아직 읽지 못하는 형식", "a format not read yet"),
    };
    context.lang.pick(ko, en)
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
    };
    context.lang.pick(ko, en)
}
