//! The start test, and what would let the image run with less.

use crate::fix::text::Page;
use crate::safe_text::clip;
use crate::table::paint::Ink;
use pasu_model::{ImagePatch, LeastPrivilege, Observed, Severity, StartTest, StartVerdict};
use std::io;

/// How many lines of a log are shown.
const LINES: usize = 5;

pub fn write(patch: &ImagePatch, page: &mut Page<'_>) -> io::Result<()> {
    if let Some(test) = &patch.start_test {
        page.heading("시작 시험", "Start test")?;
        one(test, page)?;
    }
    match &patch.privilege {
        Some(privilege) => self::privilege(privilege, page),
        None => Ok(()),
    }
}

fn one(test: &StartTest, page: &mut Page<'_>) -> io::Result<()> {
    let ink = match test.verdict {
        StartVerdict::Same => Ink::Severity(Severity::Low),
        StartVerdict::Different => Ink::Severity(Severity::High),
        StartVerdict::NotTestable => Ink::Severity(Severity::Medium),
    };
    let verdict = page.paint.text(ink, test.verdict.text().get(page.lang));
    let seconds = page.pick("초", " s");
    page.line(&format!("  {verdict} · {}{seconds}", test.seconds))?;
    for reason in &test.reasons {
        page.paragraph("    ", &clip(reason.get(page.lang), 1000))?;
    }
    for (label, observed) in [
        (page.pick("원본", "original").to_owned(), &test.original),
        (page.pick("패치", "patched").to_owned(), &test.patched),
    ] {
        let Some(observed) = observed else { continue };
        page.line(&format!("    {label}: {}", clip(&summary(observed, page), 400)))?;
        if test.verdict != StartVerdict::Same {
            for line in observed.log.iter().take(LINES) {
                page.line(&format!("      | {}", clip(line, 300)))?;
            }
        }
    }
    Ok(())
}

fn summary(observed: &Observed, page: &Page<'_>) -> String {
    let mut parts = vec![match observed.exit_code {
        _ if observed.running => page.pick("실행 중", "running").to_owned(),
        Some(code) => format!("{} {code}", page.pick("종료 상태", "exit status")),
        None => page.pick("종료", "ended").to_owned(),
    }];
    if observed.out_of_memory {
        parts.push(page.pick("메모리 부족", "out of memory").to_owned());
    }
    parts.push(match &observed.ports {
        None => page.pick("포트를 볼 수 없음", "ports not seen").to_owned(),
        Some(ports) if ports.is_empty() => {
            page.pick("열린 포트 없음", "no listening port").to_owned()
        }
        Some(ports) => ports.join(" "),
    });
    parts.extend(observed.health.clone());
    parts.join(" · ")
}

fn privilege(privilege: &LeastPrivilege, page: &mut Page<'_>) -> io::Result<()> {
    page.heading("최소 권한", "Least privilege")?;
    for change in &privilege.changes {
        let state = change.state.text();
        page.paragraph(
            &format!("  [{}] ", state.get(page.lang)),
            &clip(change.what.get(page.lang), 1000),
        )?;
        let label = page.pick("      위험: ", "      risk: ").to_owned();
        page.paragraph(&label, &clip(change.risk.get(page.lang), 1000))?;
        if let Some(why) = &change.why {
            let label = page.pick("      이유: ", "      why: ").to_owned();
            page.paragraph(&label, &clip(why.get(page.lang), 1000))?;
        }
        if !change.paths.is_empty() {
            page.paragraph("      ", &clip(&change.paths.join(", "), 2000))?;
        }
    }
    if !privilege.file_capabilities.is_empty() {
        let label = page.pick("  파일 capability: ", "  file capabilities: ").to_owned();
        page.paragraph(&label, &clip(&privilege.file_capabilities.join(", "), 1000))?;
    }
    if let Some(test) = &privilege.verified {
        let line = page.pick(
            "  아래 설정(읽기 전용, capability 없음)으로 실행한 결과:",
            "  Run with the settings below (read-only, without capabilities):",
        );
        let line = line.to_owned();
        page.line(&line)?;
        one(test, page)?;
    }
    for (name, text) in
        [("docker-compose", &privilege.compose), ("Kubernetes", &privilege.kubernetes)]
    {
        if text.is_empty() {
            continue;
        }
        page.heading(name, name)?;
        for line in text.lines() {
            page.line(&format!("  {}", crate::safe_text::clean(line)))?;
        }
    }
    Ok(())
}
