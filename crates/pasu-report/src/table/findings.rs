//! Every finding, one table a record.

use super::Context;
use super::grid::{Cell, Grid, Row};
use super::paint::Ink;
use crate::actions::words::percent;
use crate::safe_text::{clip, width};
use crate::{order, place};
use pasu_model::{Finding, FindingSet, Package, Severity, Vulnerability};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io::{self, Write};

/// From here on a probability is worth its place in the table.
const EPSS_WORTH_SHOWING: f64 = 0.01;

/// Titles longer than this say no more to somebody who scans a list; the page behind the link does.
const TITLE_CHARACTERS: usize = 120;

/// Writes a heading, the totals and a table for each record with findings.
pub(super) fn write(context: &Context<'_>, out: &mut dyn Write) -> io::Result<()> {
    for set in context.run.sets.iter().filter(|set| !set.findings.is_empty()) {
        write_set(context, set, out)?;
    }
    Ok(())
}

/// One record.
fn write_set(context: &Context<'_>, set: &FindingSet, out: &mut dyn Write) -> io::Result<()> {
    let heading = match place::heading(context.run, set) {
        heading if set.kind.is_os() => clip(&heading, 200),
        heading => format!("{} ({})", clip(&heading, 200), set.kind.name()),
    };
    writeln!(out, "\n{}", context.paint.text(Ink::Bold, &heading))?;
    writeln!(out, "{}", "=".repeat(width(&heading)))?;
    writeln!(out, "{}\n", totals(set.findings.iter().map(|finding| finding.severity)))?;
    grid(context, set).draw(context.paint, context.width, out)
}

/// `Total: 3 (UNKNOWN: 0, LOW: 1, MEDIUM: 0, HIGH: 1, CRITICAL: 1)`: Trivy's line, in either language, because people
/// search for it.
pub(super) fn totals(severities: impl Iterator<Item = Severity> + Clone) -> String {
    let total = severities.clone().count();
    let each: Vec<String> = Severity::ALL
        .iter()
        .map(|severity| {
            format!("{severity}: {}", severities.clone().filter(|s| s == severity).count())
        })
        .collect();
    format!("Total: {total} ({})", each.join(", "))
}

/// The table of one record.
fn grid(context: &Context<'_>, set: &FindingSet) -> Grid {
    let mut rows = Vec::with_capacity(set.findings.len());
    let mut above = None;
    let mut told = HashMap::new();
    for finding in order::findings(set) {
        let mut cells = cells(context, set, finding);
        if let (Some(package), Some(title)) = (set.package_of(finding), cells.last_mut()) {
            refer_back(context, package, &finding.rule, title, &mut told);
        }
        rows.push(Row {
            cells,
            merged: if finding.package.is_some() && above == finding.package { 1 } else { 0 },
        });
        above = finding.package;
    }
    let headings = [
        context.pick("패키지", "Library"),
        context.pick("취약점", "Vulnerability"),
        context.pick("심각도", "Severity"),
        context.pick("상태", "Status"),
        context.pick("설치된 버전", "Installed Version"),
        context.pick("고쳐진 버전", "Fixed Version"),
        context.pick("제목", "Title"),
    ];
    Grid {
        headings: headings.iter().map(|heading| (*heading).to_owned()).collect(),
        flexible: vec![(6, 40), (0, 24), (5, 16), (4, 16), (6, 16), (0, 12), (5, 10), (4, 10)],
        rows,
    }
}

/// Where packages of one source share a flaw, its title is written once: the others name the first.
fn refer_back<'a>(
    context: &Context<'_>,
    package: &'a Package,
    rule: &'a str,
    title: &mut Cell,
    told: &mut HashMap<(&'a str, &'a str), (&'a str, Cell)>,
) {
    let Some(source) = &package.source else { return };
    match told.entry((source.name.as_str(), rule)) {
        Entry::Occupied(first) => {
            let (name, same) = first.get();
            if same == title && *name != package.name {
                let text =
                    context.pick("{}와(과) 같음", "as for {}").replace("{}", &clip(name, 60));
                *title = vec![(Ink::Dim, text)];
            }
        }
        Entry::Vacant(place) => {
            place.insert((&package.name, title.clone()));
        }
    }
}

/// One finding.
fn cells(context: &Context<'_>, set: &FindingSet, finding: &Finding) -> Vec<Cell> {
    let plain = |text: &str| vec![(Ink::Plain, clip(text, 200))];
    let package = set.package_of(finding);
    let vulnerability = finding.vulnerability();
    let mut library = plain(package.map_or("-", |package| &package.name));
    if let Some(path) = package.and_then(|package| place::package_path(set, package)) {
        library.push((Ink::Dim, format!("({})", clip(path, 200))));
    }
    vec![
        library,
        identifier(finding, vulnerability),
        vec![(Ink::Severity(finding.severity), finding.severity.name().to_owned())],
        plain(vulnerability.map_or("", |vulnerability| vulnerability.status.name())),
        plain(package.map_or("", |package| &package.version)),
        plain(&vulnerability.map(|v| v.fixed_versions.join(", ")).unwrap_or_default()),
        vulnerability.map(|vulnerability| title(context, vulnerability)).unwrap_or_default(),
    ]
}

/// The identifier, and below it what makes it pressing.
fn identifier(finding: &Finding, vulnerability: Option<&Vulnerability>) -> Cell {
    let mut cell = vec![(Ink::Plain, clip(&finding.rule, 60))];
    let known = vulnerability.is_some_and(|v| v.known_exploited.is_some());
    let epss = vulnerability.and_then(|v| v.epss).map(|epss| epss.score);
    let marks: Vec<String> = known
        .then(|| "KEV".to_owned())
        .into_iter()
        .chain(
            epss.filter(|s| known || *s >= EPSS_WORTH_SHOWING)
                .map(|s| format!("EPSS {}", percent(s))),
        )
        .collect();
    if !marks.is_empty() {
        cell.push((if known { Ink::Alarm } else { Ink::Bold }, marks.join(" ")));
    }
    cell
}

/// The title, the page to read, and for programs outside packages how sure the match is.
fn title(context: &Context<'_>, vulnerability: &Vulnerability) -> Cell {
    let text = if vulnerability.title.trim().is_empty() {
        &vulnerability.description
    } else {
        &vulnerability.title
    };
    let mut cell = vec![(Ink::Plain, clip(text.trim(), TITLE_CHARACTERS))];
    if let Some(matched) = &vulnerability.cpe_match {
        let confidence = match matched.confidence {
            pasu_model::Confidence::Low => context.pick("낮음", "low"),
            pasu_model::Confidence::Medium => context.pick("보통", "medium"),
            pasu_model::Confidence::High => context.pick("높음", "high"),
        };
        let label = context.pick("CPE 대조, 신뢰도 {}", "matched by CPE, confidence {}");
        cell.push((Ink::Dim, label.replace("{}", confidence)));
    }
    if !vulnerability.primary_url.is_empty() {
        cell.push((Ink::Link, clip(&vulnerability.primary_url, 200)));
    }
    cell
}
