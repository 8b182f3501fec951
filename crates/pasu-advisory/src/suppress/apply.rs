//! Taking findings out of a run.

use super::dependents::Dependents;
use super::ignore::{About, Ignore};
use super::statement::{Statement, Subject};
use super::{Note, Rules};
use jiff::civil::Date;
use pasu_model::{Finding, FindingSet, Run, Suppressed};
use std::collections::{HashMap, HashSet};

impl Rules {
    /// Moves the findings that a rule takes out from `run.sets` to `run.suppressed`, and returns what the user should
    /// know about the rules.
    ///
    /// Ignore files come first, then VEX; among VEX statements about the same thing the newest decides.
    pub fn apply(&self, run: &mut Run, today: Date) -> Vec<Note> {
        let index = Index::new(self, today);
        for set in &mut run.sets {
            let findings = std::mem::take(&mut set.findings);
            let dependents = Dependents::new(&set.packages);
            let mut left = Vec::with_capacity(findings.len());
            for finding in findings {
                let target = Subject::Target(&run.target.name, self.scanned.described.as_ref());
                let judge = Judge { set, dependents: &dependents, target };
                match index.reason(&judge, &finding) {
                    Some(reason) => run.suppressed.push(suppressed(set, finding, reason)),
                    None => left.push(finding),
                }
            }
            drop(dependents);
            set.findings = left;
        }
        self.notes.iter().cloned().chain(self.expired(today)).collect()
    }

    fn expired(&self, today: Date) -> impl Iterator<Item = Note> {
        self.ignores.iter().filter_map(move |entry| {
            let on = entry.expires.filter(|_| !entry.holds(today))?;
            let (file, id) = (entry.file.to_string(), entry.id.clone());
            Some(Note::Expired { file, line: entry.line, id, on })
        })
    }
}

/// Why a finding is taken out.
struct Reason<'a> {
    status: &'static str,
    file: &'a str,
    text: &'a str,
}

fn suppressed(set: &FindingSet, finding: Finding, reason: Reason<'_>) -> Suppressed {
    let package = set.package_of(&finding);
    Suppressed {
        package: package.map_or_else(String::new, |p| format!("{} {}", p.name, p.version)),
        finding,
        target: set.target.clone(),
        status: reason.status.to_owned(),
        source: reason.file.to_owned(),
        statement: reason.text.to_owned(),
    }
}

/// The rules by the vulnerability they name, in lower case.
struct Index<'a> {
    ignores: HashMap<String, Vec<&'a Ignore>>,
    statements: HashMap<String, Vec<&'a Statement>>,
}

/// Where a finding stands.
#[derive(Clone, Copy)]
struct Judge<'a> {
    set: &'a FindingSet,
    dependents: &'a Dependents<'a>,
    target: Subject<'a>,
}

impl<'a> Index<'a> {
    fn new(rules: &'a Rules, today: Date) -> Self {
        let mut ignores: HashMap<String, Vec<&Ignore>> = HashMap::new();
        let is_meant = |entry: &&Ignore| entry.about != About::Misconfigurations;
        for entry in rules.ignores.iter().filter(|entry| entry.holds(today)).filter(is_meant) {
            ignores.entry(entry.id.to_ascii_lowercase()).or_default().push(entry);
        }
        let mut statements: HashMap<String, Vec<&Statement>> = HashMap::new();
        for statement in &rules.statements {
            for id in &statement.ids {
                statements.entry(id.to_ascii_lowercase()).or_default().push(statement);
            }
        }
        Self { ignores, statements }
    }

    fn reason(&self, judge: &Judge<'_>, finding: &Finding) -> Option<Reason<'a>> {
        let ids = names(finding);
        self.ignored(judge, finding, &ids).or_else(|| {
            let about: Vec<&Statement> =
                ids.iter().filter_map(|id| self.statements.get(id)).flatten().copied().collect();
            if about.is_empty() { None } else { judge.vex(&about, finding.package) }
        })
    }

    fn ignored(&self, judge: &Judge<'_>, finding: &Finding, ids: &[String]) -> Option<Reason<'a>> {
        let mut entries = ids.iter().filter_map(|id| self.ignores.get(id)).flatten();
        let path = judge.set.package_of(finding).and_then(|package| package.path.as_deref());
        let record = judge.set.target.as_str();
        let files = [record, path.unwrap_or(record)];
        let package = finding.package.and_then(|package| judge.dependents.purl(package));
        let entry = entries.find(|entry| entry.covers(&files, package))?;
        Some(Reason { status: "ignored", file: &entry.file, text: &entry.statement })
    }
}

impl Judge<'_> {
    /// The statement that takes a package's vulnerability out, of those about the vulnerability.
    ///
    /// A statement about the package decides. Otherwise every way from the package up to the target must be closed by
    /// a statement about something on it: one that is open is one by which the vulnerable code may be reached.
    fn vex<'s>(&self, about: &[&'s Statement], package: Option<usize>) -> Option<Reason<'s>> {
        let Some(package) = package else {
            return ruling(about, self.target, None).and_then(reason);
        };
        let purl = self.dependents.purl(package);
        let mut seen = HashSet::new();
        let mut waiting = vec![package];
        let mut found = None;
        while let Some(node) = waiting.pop() {
            if !seen.insert(node) {
                continue;
            }
            let subject = match node == package {
                true => Subject::Package,
                false => Subject::Dependent(self.dependents.purl(node)),
            };
            let closed = ruling(about, subject, purl).and_then(reason);
            if closed.is_some() {
                found = found.or(closed);
                continue;
            }
            if self.dependents.stands_alone(node) {
                let target = ruling(about, self.target, purl);
                return target.and_then(reason);
            }
            waiting.extend(self.dependents.of(node));
        }
        found
    }
}

/// The newest of the statements about a subject; of equally old ones the last.
fn ruling<'s>(
    about: &[&'s Statement],
    subject: Subject<'_>,
    package: Option<&pasu_model::PurlParts>,
) -> Option<&'s Statement> {
    about
        .iter()
        .copied()
        .filter(|statement| statement.is_about(subject, package))
        .max_by_key(|statement| statement.time)
}

fn reason(statement: &Statement) -> Option<Reason<'_>> {
    let status = statement.verdict.suppresses()?;
    Some(Reason { status, file: &statement.file, text: &statement.reason })
}

/// Every name of what a finding is about, in lower case, its own first.
fn names(finding: &Finding) -> Vec<String> {
    let others = finding
        .vulnerability()
        .into_iter()
        .flat_map(|vulnerability| vulnerability.aliases.iter().chain(&vulnerability.vendor_ids));
    let mut names: Vec<String> = std::iter::once(&finding.rule)
        .chain(others)
        .map(|name| name.to_ascii_lowercase())
        .collect();
    let mut seen = HashSet::new();
    names.retain(|name| seen.insert(name.clone()));
    names
}

#[cfg(test)]
mod tests;
