//! The end of the report: the sum, and what is not in the tables.

use super::Context;
use super::findings::totals;
use super::paint::Ink;
use crate::safe_text::clip;
use std::io::{self, Write};

/// How many lines of a list are written out.
const NAMED: usize = 5;

/// Writes the end.
pub(super) fn write(context: &Context<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out)?;
    verdict(context, out)?;
    suppressed(context, out)?;
    unmatched(context, out)?;
    left_out(context, out)
}

/// The sum over all records, or in plain words that nothing was found.
fn verdict(context: &Context<'_>, out: &mut dyn Write) -> io::Result<()> {
    let run = context.run;
    let packages = run.package_count().to_string();
    if run.findings().next().is_some() {
        let severities: Vec<_> = run.findings().map(|(_, finding)| finding.severity).collect();
        let label =
            context.pick("전체, 패키지 {}개:", "All, {} packages:").replace("{}", &packages);
        let line = format!("{label} {}", totals(severities.iter().copied()));
        return writeln!(out, "{}", context.paint.text(Ink::Bold, &line));
    }
    let nothing = match (run.database.is_some(), run.package_count()) {
        (_, 0) => context.pick("찾은 패키지가 없습니다.", "No packages were found."),
        (false, _) => context.pick(
            "패키지 {}개를 찾았습니다. 취약점과 대조하지 않았습니다.",
            "{} packages were found. They were not compared with advisories.",
        ),
        (true, _) => context.pick(
            "패키지 {}개에서 알려진 취약점을 찾지 못했습니다.",
            "No known vulnerability was found in {} packages.",
        ),
    };
    writeln!(out, "{}", context.paint.text(Ink::Bold, &nothing.replace("{}", &packages)))?;
    if run.unseen.is_empty() {
        return Ok(());
    }
    let not_clean = context.pick(
        "보지 못한 것이 있으므로 깨끗하다는 뜻이 아닙니다. 위의 경고를 보십시오.",
        "This is not a clean result: something could not be looked at. See the warning above.",
    );
    writeln!(out, "{}", context.paint.text(Ink::Alarm, not_clean))
}

/// What an ignore file or VEX took out.
fn suppressed(context: &Context<'_>, out: &mut dyn Write) -> io::Result<()> {
    let run = context.run;
    if run.suppressed.is_empty() {
        return Ok(());
    }
    let line = context
        .pick(
            "예외 처리 {}건 (무시 파일이나 VEX에 따라 뺀 것):",
            "Suppressed: {} (taken out by an ignore file or VEX):",
        )
        .replace("{}", &run.suppressed.len().to_string());
    writeln!(out, "{line}")?;
    for item in run.suppressed.iter().take(NAMED) {
        let mut text = format!(
            "{} {}: {}, {}",
            clip(&item.finding.rule, 60),
            clip(&item.package, 100),
            clip(&item.status, 40),
            clip(&item.source, 100)
        );
        if !item.statement.is_empty() {
            text.push_str(&format!(" ({})", clip(&item.statement, 150)));
        }
        context.paragraph("  - ", &text, out)?;
    }
    more(context, run.suppressed.len(), out)
}

/// What no source could judge.
fn unmatched(context: &Context<'_>, out: &mut dyn Write) -> io::Result<()> {
    let unmatched = &context.run.unmatched;
    if unmatched.is_empty() {
        return Ok(());
    }
    let line = context
        .pick(
            "판정하지 못한 패키지 {}개 (맞는 취약점 정보가 없음):",
            "Not judged, as no advisory source covers them: {}",
        )
        .replace("{}", &unmatched.len().to_string());
    writeln!(out, "{line}")?;
    for item in unmatched.iter().take(NAMED) {
        context.paragraph("  - ", &clip(item, 200), out)?;
    }
    more(context, unmatched.len(), out)
}

/// What belongs to another machine or a container.
fn left_out(context: &Context<'_>, out: &mut dyn Write) -> io::Result<()> {
    let left_out = &context.run.left_out;
    if left_out.is_empty() {
        return Ok(());
    }
    let line = context
        .pick(
            "보지 않은 마운트 {}개 (네트워크나 컨테이너의 파일 시스템; 보려면 `pasu rootfs 경로`):",
            "Mounts left out: {} (network or container file systems; `pasu rootfs PATH` looks at one):",
        )
        .replace("{}", &left_out.len().to_string());
    writeln!(out, "{line}")?;
    for path in left_out.iter().take(NAMED) {
        context.paragraph("  - ", &clip(path, 200), out)?;
    }
    more(context, left_out.len(), out)
}

/// How many lines were left out.
fn more(context: &Context<'_>, count: usize, out: &mut dyn Write) -> io::Result<()> {
    if count <= NAMED {
        return Ok(());
    }
    let line = context.pick("  - 그 밖에 {}건", "  - and {} more");
    writeln!(out, "{}", line.replace("{}", &(count - NAMED).to_string()))
}
