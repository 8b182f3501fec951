//! What is fixed, what is still open and why, what is new.

use crate::fix::text::Page;
use crate::safe_text::clip;
use crate::table::paint::Ink;
use pasu_model::{ImagePatch, Lang, OpenReason, PatchFinding};
use std::collections::BTreeMap;
use std::io;

/// How many findings of one reason are listed; JSON has them all.
const SHOWN: usize = 20;

pub fn write(patch: &ImagePatch, page: &mut Page<'_>) -> io::Result<()> {
    let is_done = patch.after.is_some();
    let heading = if is_done {
        ("고쳐진 취약점", "Fixed")
    } else {
        ("고쳐질 취약점", "Would be fixed")
    };
    count(heading, patch.fixed.len(), page)?;
    count(("새로 생긴 취약점", "Newly introduced"), patch.introduced.len(), page)?;
    list(&patch.introduced.iter().collect::<Vec<_>>(), page)?;
    count(("남은 취약점", "Still open"), patch.open.len(), page)?;
    let mut by_reason: BTreeMap<OpenReason, Vec<&PatchFinding>> = BTreeMap::new();
    for finding in &patch.open {
        by_reason.entry(finding.why.unwrap_or(OpenReason::NotTried)).or_default().push(finding);
    }
    for (reason, findings) in by_reason {
        page.line(&format!("  {} · {}", findings.len(), reason.text().get(page.lang)))?;
        // What its maker has no fix for is a long list that nobody here can shorten.
        if !matches!(reason, OpenReason::NoFix | OpenReason::WillNotFix | OpenReason::Deferred) {
            list(&findings, page)?;
        }
    }
    Ok(())
}

fn count((ko, en): (&str, &str), count: usize, page: &mut Page<'_>) -> io::Result<()> {
    page.heading(&format!("{ko}: {count}"), &format!("{en}: {count}"))
}

fn list(findings: &[&PatchFinding], page: &mut Page<'_>) -> io::Result<()> {
    for finding in findings.iter().take(SHOWN) {
        let severity = page.paint.text(Ink::Severity(finding.severity), finding.severity.name());
        let fixed = if finding.fixed_versions.is_empty() {
            String::new()
        } else {
            format!(" -> {}", finding.fixed_versions.join(", "))
        };
        let path =
            if finding.path.is_empty() { String::new() } else { format!(" ({})", finding.path) };
        let text = format!("{} {} {}{fixed}{path}", finding.id, finding.package, finding.version);
        page.line(&format!("    {severity} {}", clip(&text, 300)))?;
    }
    let more = findings.len().saturating_sub(SHOWN);
    if more == 0 {
        return Ok(());
    }
    let line = match page.lang {
        Lang::Ko => format!("    … {more}건 더"),
        Lang::En => format!("    … {more} more"),
    };
    page.line(&line)
}
