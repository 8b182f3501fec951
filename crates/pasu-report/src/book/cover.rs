//! The first page: what was inspected, when, by whom, with what, and what could not be seen.

use super::contents::Contents;
use super::{Cover, Fact, unseen};
use crate::safe_text::clip;
use crate::sources;
use crate::words::{self, database, support};
use pasu_model::{Inspection, OperatingSystem, Part};

pub(super) fn cover(contents: &Contents<'_>) -> Cover {
    let target = &contents.inspection.target;
    let kind = words::target_kind(target.kind, contents.lang);
    let facts = facts(contents).into_iter().filter(|(_, value)| !value.is_empty());
    Cover {
        title: contents.pick("취약점 점검 결과 보고서", "Security inspection report").to_owned(),
        subtitle: format!("{} ({kind})", clip(&target.name, 200)),
        facts: facts.map(|(name, value)| Fact::new(name, value)).collect(),
        warning: unseen::warning(contents),
    }
}

/// Names and values; what is empty is not shown.
fn facts<'a>(contents: &Contents<'a>) -> Vec<(&'a str, String)> {
    let (inspection, options) = (contents.inspection, contents.options);
    let tool = &inspection.tool;
    let os = inspection.os.as_ref().map(|os| system(contents, os)).unwrap_or_default();
    vec![
        (contents.pick("기관명", "Organisation"), clip(&options.brand.organisation, 200)),
        (contents.pick("점검 대상", "Target"), clip(&inspection.target.name, 200)),
        (contents.pick("운영체제", "Operating system"), os),
        (contents.pick("점검 범위", "Scope"), scope(contents)),
        (contents.pick("점검 기간", "Period"), period(contents)),
        (contents.pick("점검자", "Inspected by"), inspector(contents)),
        (contents.pick("점검 기준", "Guideline"), guidelines(contents)),
        (
            contents.pick("점검 도구", "Tool"),
            format!("{} {}", clip(&tool.name, 40), clip(&tool.version, 40)),
        ),
        (contents.pick("취약점 정보", "Advisories"), advisories(contents)),
        (contents.pick("보고서 작성", "Report made"), contents.time(contents.created())),
    ]
}

/// The system, and until when it gets security updates.
pub(super) fn system(contents: &Contents<'_>, os: &OperatingSystem) -> String {
    let plain = format!("{} {}", os.family.name(), os.version);
    let name = clip(os.pretty_name.as_deref().unwrap_or(plain.trim()), 100);
    let day = contents.inspection.started.get(..10).and_then(|day| day.parse().ok());
    match day.and_then(|day| os.support(day)) {
        Some(found) => format!("{name}, {}", support::state(os, found, contents.lang)),
        None => name,
    }
}

fn scope(contents: &Contents<'_>) -> String {
    let looked_at = |part: &Part| {
        let state = contents.inspection.part(*part).map(|report| report.state);
        matches!(state, Some(pasu_model::PartState::Whole | pasu_model::PartState::Incomplete))
    };
    let parts = Part::ALL.iter().filter(|part| looked_at(part));
    let names: Vec<String> = parts.map(|part| part.text().get(contents.lang).to_owned()).collect();
    names.join(", ")
}

fn period(contents: &Contents<'_>) -> String {
    let Inspection { started, finished, .. } = contents.inspection;
    if finished.is_empty() || finished == started {
        return contents.time(started);
    }
    format!("{} ~ {}", contents.time(started), contents.time(finished))
}

/// `kim, root 권한(root 계정)`.
fn inspector(contents: &Contents<'_>) -> String {
    let by = &contents.inspection.by;
    if !contents.knows_rights() {
        return String::new();
    }
    let rights = if by.as_root {
        contents.pick("root 권한으로 실행", "with the rights of root")
    } else {
        contents.pick("root 권한 없이 실행", "without the rights of root")
    };
    let (login, account) = (clip(&by.login, 64), clip(&by.account, 64));
    let name = match (login.is_empty(), account.is_empty()) {
        (true, true) => return rights.to_owned(),
        (true, false) => account,
        (false, true) => login,
        (false, false) if login == account => login,
        (false, false) => {
            let label = contents.pick("실행 계정", "account");
            format!("{login} ({label} {account})")
        }
    };
    format!("{name}, {rights}")
}

fn guidelines(contents: &Contents<'_>) -> String {
    let mut names = Vec::new();
    for audit in contents.inspection.audits() {
        let guideline = &audit.guideline;
        let name = format!(
            "{} [{}]",
            clip(guideline.name.get(contents.lang), 200),
            clip(&guideline.id, 40)
        );
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.join("\n")
}

/// The database with its age, and the sources that decided with their dates.
fn advisories(contents: &Contents<'_>) -> String {
    let mut lines = Vec::new();
    let mut deciding = Vec::new();
    for run in contents.inspection.runs() {
        let Some(found) = &run.database else { continue };
        let origin = database::origin(found, contents.lang);
        if !lines.contains(&origin) {
            lines.push(origin);
        }
        for feed in sources::deciding(run) {
            let line = format!("{} {}", feed.name, feed.newest);
            if !deciding.contains(&line) {
                deciding.push(line);
            }
        }
    }
    if lines.is_empty() && contents.inspection.runs().next().is_some() {
        let none = contents.pick(
            "없음. 패키지 목록만 만들었고 취약점과 대조하지 않았습니다.",
            "none. Packages were only listed, not compared with advisories.",
        );
        return none.to_owned();
    }
    if !deciding.is_empty() {
        let label = contents.pick("판단한 자료", "decided by");
        lines.push(format!("{label}: {}", deciding.join(", ")));
    }
    lines.join("\n")
}
