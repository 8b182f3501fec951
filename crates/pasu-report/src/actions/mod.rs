//! What to do first: the findings grouped by the step that ends them, the most pressing step on top.
//!
//! Data only, so that a table, a PDF and a dashboard say the same. Order: malicious code, then a step against something
//! that is known to be exploited, then the step whose worst finding has the highest EPSS probability times severity
//! weight. A flaw rated LOW is no alarm even where it is exploited elsewhere: its distribution says that the way the
//! package is built or used there leaves little of it. Where nothing is pressing that one could act on, the steps say
//! what to watch.

mod command;
mod newest;
mod rank;
mod steps;
pub(crate) mod words;

use newest::newest;
use pasu_model::{
    Ecosystem, Finding, FindingSet, OperatingSystem, OsFamily, Package, PackageType, Run, Severity,
    Status, Vulnerability,
};
use std::collections::{BTreeMap, BTreeSet};
pub use steps::{ItemStep, OPEN_DOORS, Step, StepKind, first_steps};

/// One cannot keep an eye on more.
const MOST_WATCHED: usize = 3;

/// One step that ends one or more findings.
#[derive(Debug, Clone, PartialEq)]
pub struct Action {
    /// What to do.
    pub kind: ActionKind,
    /// What kind of record the package stands in; the first one where there are several.
    pub record: PackageType,
    /// The package as its maker names it: the source package for those of an operating system.
    pub package: String,
    /// The packages installed from it that are concerned, sorted.
    pub packages: Vec<String>,
    /// Installed versions, sorted.
    pub installed: Vec<String>,
    /// Lock files or paths in which it stands, sorted; empty for packages of the operating system.
    pub places: Vec<String>,
    /// What the step ends, most pressing first.
    pub vulnerabilities: Vec<String>,
    /// How many of those are known to be exploited.
    pub known_exploited: usize,
    /// The worst severity among them.
    pub severity: Severity,
    /// The highest EPSS probability among them.
    pub epss: Option<f64>,
    /// Why it stands where it stands.
    pub reason: Reason,
    /// The worst finding's probability times severity weight; what the order is made from.
    pub score: f64,
    /// The command that does it, where one command does.
    pub command: Option<String>,
}

/// What a step asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ActionKind {
    /// Install at least this version.
    Upgrade {
        /// The lowest version that has every fix.
        to: String,
    },
    /// No fix exists and the flaw is being exploited: keep others away from it until there is one.
    Contain,
    /// The package is malicious code.
    Remove,
    /// No fix exists, nobody is known to exploit it, but it is bad enough to know of.
    Watch,
}

/// Why a step is pressing, by its most pressing finding.
#[derive(Debug, Clone, PartialEq)]
pub enum Reason {
    /// It was published to do harm.
    Malicious {
        /// The report.
        id: String,
    },
    /// It is being exploited, says CISA.
    KnownExploited {
        /// The vulnerability.
        id: String,
        /// Day it was added to the catalogue.
        added: String,
        /// Whether ransomware uses it.
        ransomware: bool,
    },
    /// It will probably be exploited, says EPSS.
    LikelyExploited {
        /// The vulnerability.
        id: String,
        /// Probability within 30 days.
        probability: f64,
    },
    /// How bad it would be.
    Severity {
        /// The vulnerability.
        id: String,
        /// Its severity.
        severity: Severity,
    },
}

/// What makes findings one step: the same package, and what can be done about them. Packages of two releases of a
/// distribution are not the same: each has versions of its own.
type Key = (Option<Ecosystem>, Option<(OsFamily, String)>, String, Remedy);

/// What can be done about a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Remedy {
    Remove,
    Upgrade,
    None,
}

/// The findings that one step ends.
#[derive(Default)]
struct Group<'a> {
    members: Vec<Member<'a>>,
}

/// One finding with all that the step needs of it.
struct Member<'a> {
    run: usize,
    os: Option<&'a OperatingSystem>,
    set: &'a FindingSet,
    finding: &'a Finding,
    package: &'a Package,
    vulnerability: &'a Vulnerability,
}

/// The steps to take, most pressing first, at most `limit`.
#[must_use]
pub fn first_actions(run: &Run, limit: usize) -> Vec<Action> {
    let mut actions: Vec<Action> =
        over_runs(&[run]).into_iter().map(|(action, _)| action).collect();
    let only_watching = drop_watching(&mut actions, |action| action);
    actions.sort_by(rank::compare);
    actions.truncate(if only_watching { limit.min(MOST_WATCHED) } else { limit });
    actions
}

/// The steps of several runs in no order, each with the runs that it concerns. What is the same package of the same
/// release in several of them is one step.
pub(crate) fn over_runs(runs: &[&Run]) -> Vec<(Action, Vec<usize>)> {
    groups(runs).into_iter().filter_map(|(key, group)| group.action(key)).collect()
}

/// Leaves out what one can only watch, unless there is nothing else; says whether there is nothing else.
fn drop_watching<T>(steps: &mut Vec<T>, action: impl Fn(&T) -> &Action) -> bool {
    let is_watching = |step: &T| action(step).kind == ActionKind::Watch;
    let only_watching = steps.iter().all(is_watching);
    steps.retain(|step| only_watching || !is_watching(step));
    only_watching
}

/// The findings by step.
fn groups<'a>(runs: &[&'a Run]) -> BTreeMap<Key, Group<'a>> {
    let mut groups: BTreeMap<Key, Group<'_>> = BTreeMap::new();
    for (number, run) in runs.iter().enumerate() {
        for (set, finding) in run.findings() {
            let (Some(package), Some(vulnerability)) =
                (set.package_of(finding), finding.vulnerability())
            else {
                continue;
            };
            let os = run.os.as_ref().filter(|_| set.kind.is_os());
            let release = os.map(|os| (os.family, os.advisory_release()));
            let name = package.source_or_self().0.to_owned();
            let key = (set.kind.ecosystem(), release, name, remedy(finding, vulnerability));
            let member = Member { run: number, os, set, finding, package, vulnerability };
            groups.entry(key).or_default().members.push(member);
        }
    }
    groups
}

/// The steps of several runs that a fixed version or a removal ends, most pressing first, each with its runs.
pub(crate) fn fixes(runs: &[&Run]) -> Vec<(Action, Vec<usize>)> {
    let mut steps = over_runs(runs);
    steps.retain(|(action, _)| {
        matches!(action.kind, ActionKind::Upgrade { .. } | ActionKind::Remove)
    });
    steps.sort_by(|(a, _), (b, _)| rank::compare(a, b));
    steps
}

/// Whether a finding is ended by one of [`fixes`].
pub(crate) fn has_fix(set: &FindingSet, finding: &Finding) -> bool {
    set.package_of(finding).is_some()
        && finding.vulnerability().is_some_and(|found| remedy(finding, found) != Remedy::None)
}

/// What ends a finding.
fn remedy(finding: &Finding, vulnerability: &Vulnerability) -> Remedy {
    if rank::is_malicious(finding) {
        Remedy::Remove
    } else if vulnerability.status == Status::Fixed && !vulnerability.fixed_versions.is_empty() {
        Remedy::Upgrade
    } else {
        Remedy::None
    }
}

impl Group<'_> {
    /// The step for the group; none if nothing pressing can be done.
    fn action(mut self, (_, _, package, remedy): Key) -> Option<(Action, Vec<usize>)> {
        self.members.sort_by(|a, b| {
            rank::finding(b.finding, b.vulnerability)
                .total_cmp(&rank::finding(a.finding, a.vulnerability))
                .then_with(|| a.finding.rule.cmp(&b.finding.rule))
        });
        let kind = match remedy {
            Remedy::Remove => ActionKind::Remove,
            Remedy::Upgrade => ActionKind::Upgrade { to: self.fixed_in()? },
            Remedy::None => self.keep_pressing(),
        };
        let first = self.members.first()?;
        let packages = self.collect(|member| Some(member.package.name.clone()));
        let command = match (&kind, first.os) {
            (ActionKind::Upgrade { .. }, Some(os)) => {
                command::upgrade(os, first.set.kind, &packages)
            }
            _ => None,
        };
        let runs: BTreeSet<usize> = self.members.iter().map(|member| member.run).collect();
        let action = Action {
            kind,
            record: first.set.kind,
            packages,
            installed: self.collect(|member| Some(installed(member.package))),
            places: self.collect(|member| member.place()),
            vulnerabilities: self.vulnerabilities(),
            known_exploited: self.known_exploited(),
            severity: self.members.iter().map(|m| m.finding.severity).max().unwrap_or_default(),
            epss: self.epss(),
            reason: rank::reason(first.finding, first.vulnerability),
            score: rank::weight(first.finding, first.vulnerability),
            command,
            package,
        };
        Some((action, runs.into_iter().collect()))
    }

    /// Of findings without a fix, keeps those to act on: the exploited ones, or if there are none, the bad ones.
    fn keep_pressing(&mut self) -> ActionKind {
        let is_exploited =
            |member: &Member<'_>| rank::is_exploited(member.finding, member.vulnerability);
        if self.members.iter().any(is_exploited) {
            self.members.retain(is_exploited);
            return ActionKind::Contain;
        }
        self.members.retain(|member| rank::is_worth_watching(member.finding, member.vulnerability));
        ActionKind::Watch
    }

    /// One value of each member, sorted, without repeats.
    fn collect(&self, value: impl Fn(&Member<'_>) -> Option<String>) -> Vec<String> {
        self.members.iter().filter_map(value).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// The version that has every fix: of each finding the nearest fix, of those the newest.
    fn fixed_in(&self) -> Option<String> {
        let nearest = self.members.iter().filter_map(|m| m.vulnerability.fixed_versions.first());
        newest(nearest.map(String::as_str)).map(str::to_owned)
    }

    /// The identifiers, most pressing first, each once.
    fn vulnerabilities(&self) -> Vec<String> {
        let mut seen = BTreeSet::new();
        let rules = self.members.iter().map(|member| &member.finding.rule);
        rules.filter(|rule| seen.insert(rule.as_str())).cloned().collect()
    }

    /// How many vulnerabilities are known to be exploited, each counted once.
    fn known_exploited(&self) -> usize {
        self.collect(|member| {
            member.vulnerability.known_exploited.as_ref().map(|_| member.finding.rule.clone())
        })
        .len()
    }

    /// The highest probability.
    fn epss(&self) -> Option<f64> {
        let scores = self.members.iter().filter_map(|member| member.vulnerability.epss);
        scores.map(|epss| epss.score).max_by(f64::total_cmp)
    }
}

impl Member<'_> {
    /// The lock file or path in which the package stands.
    fn place(&self) -> Option<String> {
        if self.set.kind.is_os() {
            return None;
        }
        Some(crate::place::file(self.set, Some(self.package)).to_owned())
    }
}

/// The version to show: the source package's, because the fix is named in the source package's versions.
fn installed(package: &Package) -> String {
    package.source_or_self().1.to_owned()
}
