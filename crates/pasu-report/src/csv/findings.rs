//! Every item and every finding of an inspection in one line each.

use super::{begin, row};
use crate::words::{self, database, items};
use crate::{order, place};
use pasu_model::{
    Audit, Changes, Finding, FindingSet, Fingerprint, Inspection, ItemResult, Lang, Life, Part,
    Run, Status, Vulnerability,
};
use std::collections::BTreeMap;
use std::io::{self, Write};

/// How many lines of evidence a cell holds.
const MAX_LINES: usize = 20;

const COLUMNS: [(&str, &str); 16] = [
    ("구분", "Part"),
    ("대상", "Target"),
    ("코드", "Code"),
    ("제목", "Title"),
    ("심각도·중요도", "Severity"),
    ("판정·상태", "Verdict or status"),
    ("패키지", "Package"),
    ("설치된 버전", "Installed"),
    ("고쳐진 버전", "Fixed in"),
    ("위치", "Place"),
    ("현황 및 근거", "Evidence"),
    ("조치 방법", "Remedy"),
    ("최초 발견", "First seen"),
    ("악용 중", "Exploited"),
    ("EPSS", "EPSS"),
    ("취약점 정보", "Advisories"),
];

/// What all lines need.
struct Sheet<'a> {
    lang: Lang,
    first_seen: BTreeMap<&'a Fingerprint, &'a str>,
    /// By target and code: how an item's fingerprint is made is the model's own affair.
    items_first_seen: BTreeMap<(&'a str, &'a str), &'a str>,
}

/// Writes all items of the guideline and all findings of an inspection as a flat table. Changes since an earlier one
/// say of what is new when it was first seen.
///
/// # Errors
/// Only what `out` says.
pub fn render_csv(
    inspection: &Inspection,
    changes: Option<&Changes>,
    lang: Lang,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut sheet = Sheet { lang, first_seen: BTreeMap::new(), items_first_seen: BTreeMap::new() };
    for Life { tracked, first_seen, .. } in changes.into_iter().flat_map(|changes| &changes.lives) {
        if tracked.item.is_empty() {
            sheet.first_seen.insert(&tracked.fingerprint, first_seen);
        } else {
            sheet.items_first_seen.insert((&tracked.target, &tracked.rule), first_seen);
        }
    }
    begin(out)?;
    row(&COLUMNS.map(|(ko, en)| lang.pick(ko, en).to_owned()), out)?;
    if let Some(audit) = &inspection.audit {
        sheet.items(Part::Guideline, audit, out)?;
    }
    if let Some(run) = &inspection.packages {
        sheet.findings(Part::Packages, run, out)?;
    }
    for image in &inspection.images {
        if let Some(audit) = &image.audit {
            sheet.items(Part::Images, audit, out)?;
        }
        sheet.findings(Part::Images, &image.run, out)?;
    }
    Ok(())
}

impl Sheet<'_> {
    fn items(&self, part: Part, audit: &Audit, out: &mut dyn Write) -> io::Result<()> {
        audit.results.iter().try_for_each(|result| row(&self.item(part, audit, result), out))
    }

    fn findings(&self, part: Part, run: &Run, out: &mut dyn Write) -> io::Result<()> {
        for set in &run.sets {
            for finding in order::findings(set) {
                row(&self.finding(part, run, set, finding), out)?;
            }
        }
        Ok(())
    }

    fn item(&self, part: Part, audit: &Audit, result: &ItemResult) -> [String; 16] {
        let lang = self.lang;
        let target = &audit.target.name;
        let seen = self.items_first_seen.get(&(target.as_str(), result.code.as_str()));
        let places = result.evidence.iter().filter_map(|evidence| evidence.place.as_ref());
        [
            part.text().get(lang).to_owned(),
            target.clone(),
            result.code.clone(),
            result.title.get(lang).to_owned(),
            result.importance.text().get(lang).to_owned(),
            items::verdict(result, lang),
            String::new(),
            String::new(),
            String::new(),
            places.take(1).map(pasu_model::Place::shown).collect(),
            items::evidence(result, lang, MAX_LINES),
            result.remedy.get(lang).to_owned(),
            seen.map(|seen| (*seen).to_owned()).unwrap_or_default(),
            String::new(),
            String::new(),
            String::new(),
        ]
    }

    fn finding(&self, part: Part, run: &Run, set: &FindingSet, finding: &Finding) -> [String; 16] {
        let lang = self.lang;
        let package = set.package_of(finding);
        let none = Vulnerability::default();
        let found = finding.vulnerability().unwrap_or(&none);
        let exploited = found.known_exploited.is_some();
        [
            part.text().get(lang).to_owned(),
            run.target.name.clone(),
            finding.rule.clone(),
            found.title.clone(),
            finding.severity.name().to_owned(),
            words::status(found.status, lang).to_owned(),
            package.map(|package| package.name.clone()).unwrap_or_default(),
            package.map(|package| package.version.clone()).unwrap_or_default(),
            found.fixed_versions.join(", "),
            if set.kind.is_os() { String::new() } else { place::file(set, package).to_owned() },
            evidence(found),
            remedy(found, lang),
            self.seen(&finding.fingerprint),
            if exploited { lang.pick("예", "yes") } else { "" }.to_owned(),
            found.epss.map(|epss| format!("{:.5}", epss.score)).unwrap_or_default(),
            run.database.as_ref().map(|used| database::origin(used, lang)).unwrap_or_default(),
        ]
    }

    fn seen(&self, fingerprint: &Fingerprint) -> String {
        self.first_seen.get(fingerprint).map(|seen| (*seen).to_owned()).unwrap_or_default()
    }
}

/// The maker's own notices, and what made a program outside packages known.
fn evidence(found: &Vulnerability) -> String {
    let mut lines = Vec::new();
    if !found.vendor_ids.is_empty() {
        lines.push(found.vendor_ids.join(", "));
    }
    lines.extend(found.cpe_match.iter().flat_map(|matched| matched.evidence.iter().cloned()));
    lines.join("\n")
}

fn remedy(found: &Vulnerability, lang: Lang) -> String {
    match (found.status, found.fixed_versions.first()) {
        (Status::Fixed, Some(to)) => {
            lang.pick("{} 이상으로 업그레이드", "upgrade to {} or later").replace("{}", to)
        }
        (status, _) => words::status(status, lang).to_owned(),
    }
}
