//! What was looked at, with which advisories, and what was not seen.

use super::paint::Ink;
use super::{Context, system, unseen};
use crate::safe_text::clip;
use crate::sources;
use pasu_model::{DatabaseInfo, DatabaseOrigin, TargetKind};
use std::io::{self, Write};

/// From this age on a database misses what an administrator would want to hear of: KEV entries are due in 14 to 21 days.
const OLD_DAYS: i64 = 14;

/// Writes the head.
pub(super) fn write(context: &Context<'_>, out: &mut dyn Write) -> io::Result<()> {
    target(context, out)?;
    if let Some(os) = &context.run.os {
        system::write(context, os, out)?;
    }
    database(context, out)?;
    unseen::write(context, out)
}

/// The target and when it was looked at.
fn target(context: &Context<'_>, out: &mut dyn Write) -> io::Result<()> {
    let run = context.run;
    let kind = match run.target.kind {
        TargetKind::Host => context.pick("이 호스트", "this host"),
        TargetKind::Rootfs => context.pick("루트 파일 시스템", "root file system"),
        TargetKind::Filesystem => context.pick("폴더", "folder"),
        TargetKind::Image => context.pick("컨테이너 이미지", "container image"),
        TargetKind::Repository => context.pick("저장소", "repository"),
        TargetKind::CycloneDx => "CycloneDX SBOM",
        TargetKind::Spdx => "SPDX SBOM",
    };
    let name = context.paint.text(Ink::Bold, &clip(&run.target.name, 200));
    let started = clip(&run.started, 40);
    writeln!(out, "{} {name} ({kind}), {started}", context.pick("대상:", "Target:"))
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
    let deciding = sources::deciding(context.run);
    if !deciding.is_empty() {
        let dates: Vec<String> =
            deciding.iter().map(|feed| format!("{} {}", feed.name, feed.newest)).collect();
        let label = context.pick("판단한 자료:", "decided by:");
        context.paragraph("  ", &format!("{label} {}", dates.join(", ")), out)?;
    }
    let age = deciding.iter().map(|feed| feed.age_days).fold(database.age_days, i64::max);
    if age < OLD_DAYS {
        return Ok(());
    }
    let advice = context
        .pick(
            "{}일 지난 자료가 있습니다. 그 뒤에 알려진 취약점은 보이지 않습니다. `pasu db build`나 `pasu db update`로 갱신하십시오.",
            "Some of it is {} days old: flaws published since then are missing. Renew it with `pasu db build` or `pasu db update`.",
        )
        .replace("{}", &age.to_string());
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
