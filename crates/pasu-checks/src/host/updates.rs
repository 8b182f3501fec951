//! Security updates that wait: what the advisories say of installed packages, by source package, and how far that
//! can be trusted.
//!
//! Versions are never compared with the maker's newest: distributions mend old versions. What decides is whether an
//! advisory of the distribution names a fixed version that is not installed.

use super::Host;
use super::services::{ServiceState, SignKind};
use super::software::Software;
use crate::cause::{Cause, CauseKind};
use crate::judgement::{Judgement, reason};
use pasu_model::{Package, Vulnerability};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How many waiting updates are listed; the rest is counted.
const MAX_LISTED: usize = 200;

/// How many advisories, versions and packages one entry names.
const MAX_NAMED: usize = 3;

/// What the advisories say of some or all packages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageUpdates {
    /// The operating system, `debian 12`; empty where unknown.
    pub os: String,
    /// Whether it gets no security updates any more.
    pub end_of_life: bool,
    /// The packages meant, `name version`; empty when all are.
    pub installed: Vec<String>,
    /// How many packages were looked at.
    pub package_count: usize,
    /// The advisories they were held against; `None` when they were only listed.
    pub advisories: Option<Advisories>,
    /// Updates that mend something, those known to be exploited first.
    pub pending: Vec<PendingUpdate>,
    /// How many there are, also those not listed.
    pub pending_count: usize,
    /// How many known flaws no update mends yet.
    pub unfixed_count: usize,
    /// Those among them that are known to be exploited, `package rule`.
    pub unfixed_exploited: Vec<String>,
    /// What could not be read or judged.
    pub problems: Vec<Cause>,
}

/// The advisories that speak of this operating system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Advisories {
    /// Date of the newest, `YYYY-MM-DD`.
    pub newest: String,
    /// Days from then to the audit.
    pub age_days: i64,
}

/// An update that waits, of one source package.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingUpdate {
    /// Source package.
    pub source: String,
    /// Installed version.
    pub installed: String,
    /// Versions that mend something, at most three.
    pub fixed: Vec<String>,
    /// Some of the flaws.
    pub rules: Vec<String>,
    /// How many flaws.
    pub rule_count: usize,
    /// Whether one is known to be exploited.
    pub exploited: bool,
}

impl Host {
    /// What the advisories say of the packages whose own or source's name is one of these; of all where none is named.
    ///
    /// # Errors
    /// The package database was not read or is empty.
    pub fn updates_of(&self, names: &[&str]) -> Result<PackageUpdates, Cause> {
        let software = self.software()?;
        if software.packages.is_empty() {
            let mut detail = "the package database is empty or unreadable".to_owned();
            if let Some(problem) = software.problems.first() {
                detail = format!("{detail}: {problem}");
            }
            return Err(Cause::new(CauseKind::NoInventory, detail));
        }
        Ok(updates(self, software, names))
    }
}

fn updates(host: &Host, software: &Software, names: &[&str]) -> PackageUpdates {
    let is_meant = |package: &Package| {
        names.is_empty()
            || names.contains(&package.name.as_str())
            || names.contains(&package.source_or_self().0)
    };
    let meant: Vec<&Package> =
        software.packages.iter().filter(|package| is_meant(package)).collect();
    let listed = if names.is_empty() { 0 } else { 20 };
    let shown = |package: &&Package| format!("{} {}", package.name, package.version);
    let mut facts = PackageUpdates {
        os: host.os().map(|os| format!("{} {}", os.id, os.version)).unwrap_or_default(),
        end_of_life: software.end_of_life,
        installed: meant.iter().take(listed).map(shown).collect(),
        package_count: meant.len(),
        ..PackageUpdates::default()
    };
    match advisories(host, software) {
        Ok(advisories) => facts.advisories = Some(advisories),
        Err(cause) => facts.problems.push(cause),
    }
    let problems = software.problems.iter().take(MAX_LISTED);
    facts.problems.extend(problems.map(|text| Cause::new(CauseKind::NoInventory, text)));
    let findings = software.findings.iter().filter_map(|(index, rule, vulnerability)| {
        let package = software.packages.get(*index)?;
        is_meant(package).then_some((package, rule.as_str(), vulnerability))
    });
    gather(&mut facts, findings);
    facts
}

/// The feed that speaks of this system's packages: a database is no newer than that.
fn advisories(host: &Host, software: &Software) -> Result<Advisories, Cause> {
    let missing = |detail: String| Cause::new(CauseKind::NoInventory, detail);
    let Some(database) = &software.database else {
        let detail = "packages were listed and held against no advisories; run again with a database (`pasu db`)";
        return Err(missing(detail.to_owned()));
    };
    let family = host.os().map(|os| os.family);
    let Some(ecosystem) = family.and_then(pasu_model::OsFamily::ecosystem) else {
        return Err(missing("there are no advisories for this operating system".to_owned()));
    };
    let id = format!("osv/{}", ecosystem.name());
    let newest = match database.sources.iter().find(|source| source.id == id) {
        Some(source) => source.newest.get(..10).unwrap_or_default(),
        None if database.sources.is_empty() => database.newest.as_str(),
        None => {
            let detail = format!("the database holds no advisories for {}", ecosystem.name());
            return Err(missing(detail));
        }
    };
    let age = newest.parse().ok().and_then(|date: jiff::civil::Date| host.today().since(date).ok());
    match age {
        Some(span) => {
            Ok(Advisories { newest: newest.to_owned(), age_days: i64::from(span.get_days()) })
        }
        None => Err(missing(format!("the advisories for {} carry no date", ecosystem.name()))),
    }
}

/// One source package's flaws while they are gathered.
#[derive(Default)]
struct Gathered<'a> {
    installed: &'a str,
    fixed: BTreeSet<&'a str>,
    rules: BTreeSet<(bool, &'a str)>,
}

fn gather<'a>(
    facts: &mut PackageUpdates,
    findings: impl Iterator<Item = (&'a Package, &'a str, &'a Vulnerability)>,
) {
    let mut sources: BTreeMap<&str, Gathered<'_>> = BTreeMap::new();
    let mut unfixed = BTreeSet::new();
    for (package, rule, vulnerability) in findings {
        let (source, version) = package.source_or_self();
        let exploited = vulnerability.known_exploited.is_some();
        let Some(fixed) = vulnerability.fixed_versions.first() else {
            unfixed.insert((!exploited, source, rule));
            continue;
        };
        let entry = sources.entry(source).or_default();
        entry.installed = version;
        entry.fixed.insert(fixed);
        // Known to be exploited sorts first.
        entry.rules.insert((!exploited, rule));
    }
    facts.unfixed_count = unfixed.len();
    let exploited = unfixed.iter().take_while(|(later, ..)| !later).take(20);
    facts.unfixed_exploited =
        exploited.map(|(_, source, rule)| format!("{source} {rule}")).collect();
    facts.pending_count = sources.len();
    let mut pending: Vec<PendingUpdate> =
        sources.into_iter().map(|(source, gathered)| pending_of(source, &gathered)).collect();
    pending.sort_by_key(|update| !update.exploited);
    pending.truncate(MAX_LISTED);
    facts.pending = pending;
}

fn pending_of(source: &str, gathered: &Gathered<'_>) -> PendingUpdate {
    let named = |(_, rule): &(bool, &str)| (*rule).to_owned();
    PendingUpdate {
        source: source.to_owned(),
        installed: gathered.installed.to_owned(),
        fixed: gathered.fixed.iter().take(MAX_NAMED).map(|&fixed| fixed.to_owned()).collect(),
        rules: gathered.rules.iter().take(MAX_NAMED).map(named).collect(),
        rule_count: gathered.rules.len(),
        exploited: gathered.rules.first().is_some_and(|(later, _)| !later),
    }
}

/// Says what the advisories say: waiting updates and the end of support are bad; what was not read, or advisories older
/// than `max_age_days`, is unseen; else it is good. The sentences stand in `messages.toml`.
pub fn judge_packages(judgement: &mut Judgement, updates: &PackageUpdates, max_age_days: i64) {
    if updates.end_of_life {
        judgement.bad(reason("updates-end-of-life").arg("os", &updates.os));
    }
    for update in &updates.pending {
        let key = if update.exploited { "updates-exploited" } else { "updates-pending" };
        judgement.bad(
            reason(key)
                .arg("package", &update.source)
                .arg("installed", &update.installed)
                .arg("fixed", update.fixed.join(", "))
                .arg("count", update.rule_count)
                .arg("rules", update.rules.join(", ")),
        );
    }
    let more = updates.pending_count.saturating_sub(updates.pending.len());
    if more > 0 {
        judgement.bad(reason("updates-more").arg("count", more));
    }
    for flaw in &updates.unfixed_exploited {
        judgement.warn(reason("updates-exploited-unfixed").arg("what", flaw));
    }
    if updates.unfixed_count > 0 {
        judgement.note(reason("updates-unfixed").arg("count", updates.unfixed_count));
    }
    for cause in &updates.problems {
        judgement.unseen(cause);
    }
    judge_age(judgement, updates, max_age_days);
}

/// Nothing waits: as far as the advisories reach.
fn judge_age(judgement: &mut Judgement, updates: &PackageUpdates, max_age_days: i64) {
    let Some(advisories) = &updates.advisories else { return };
    let Advisories { newest, age_days } = advisories;
    if *age_days > max_age_days {
        let detail = format!(
            "the advisories end at {newest}, {age_days} days ago, and at most {max_age_days} are allowed; renew them with `pasu db update` or `pasu db build`"
        );
        judgement.unseen(&Cause::new(CauseKind::NoInventory, detail));
    } else if updates.pending.is_empty() && !updates.end_of_life && updates.problems.is_empty() {
        let what = match updates.installed.as_slice() {
            [] => format!("{} packages", updates.package_count),
            some => some.iter().take(MAX_NAMED).cloned().collect::<Vec<_>>().join(", "),
        };
        judgement.good(
            reason("updates-none").arg("what", what).arg("newest", newest).arg("days", age_days),
        );
    }
}

/// A server and the packages that it comes in.
pub struct ServerPackages {
    /// Its name in `services.toml`.
    pub service: &'static str,
    /// Its programs' packages, of every distribution; a source's name stands for all that are built from it.
    pub packages: &'static [&'static str],
}

/// Whether servers are in use, and the updates of those that are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerUpdates {
    servers: Vec<ServerUpdate>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct ServerUpdate {
    name: String,
    state: ServiceState,
    /// Programs that run from places where no package puts any.
    foreign: Vec<String>,
    /// `None` where the server is not in use.
    updates: Option<PackageUpdates>,
    unseen: Option<Cause>,
}

/// Reads which of these servers are in use and what waits for them.
///
/// # Errors
/// Units, processes or ports cannot be read.
pub fn read_servers(host: &Host, known: &[ServerPackages]) -> Result<ServerUpdates, Cause> {
    let servers = known.iter().map(|known| read_server(host, known)).collect::<Result<_, _>>()?;
    Ok(ServerUpdates { servers })
}

fn read_server(host: &Host, known: &ServerPackages) -> Result<ServerUpdate, Cause> {
    let state = host.service(known.service)?;
    let mut server = ServerUpdate {
        name: known.service.to_owned(),
        foreign: Vec::new(),
        updates: None,
        unseen: None,
        state,
    };
    if !server.state.is_used() {
        return Ok(server);
    }
    if host.is_live() {
        server.foreign = foreign_programs(host, &server.state)?;
    }
    match host.updates_of(known.packages) {
        Ok(updates) => server.updates = Some(updates),
        Err(cause) => server.unseen = Some(cause),
    }
    Ok(server)
}

/// Programs of a service's processes that lie in `/usr/local`, `/opt`, `/srv` or a home.
fn foreign_programs(host: &Host, state: &ServiceState) -> Result<Vec<String>, Cause> {
    let processes = host.processes()?;
    let pids: BTreeSet<&str> = state
        .signs
        .iter()
        .filter(|sign| sign.kind == SignKind::Process)
        .filter_map(|sign| sign.what.rsplit("(pid ").next()?.strip_suffix(')'))
        .collect();
    let is_foreign = |path: &&String| {
        ["/usr/local/", "/opt/", "/srv/", "/home/", "/root/"]
            .iter()
            .any(|place| path.starts_with(place))
    };
    let found: BTreeSet<&String> = processes
        .iter()
        .filter(|process| pids.contains(process.pid.to_string().as_str()))
        .filter_map(|process| process.executable.as_ref())
        .filter(is_foreign)
        .collect();
    Ok(found.into_iter().cloned().collect())
}

/// Judges the servers in use by [`judge_packages`]; one that no package holds is for a person.
#[must_use]
pub fn judge_servers(facts: &ServerUpdates, max_age_days: i64) -> Judgement {
    let mut judgement = Judgement::new();
    for server in &facts.servers {
        judge_server(&mut judgement, server, max_age_days);
    }
    judgement
}

fn judge_server(judgement: &mut Judgement, server: &ServerUpdate, max_age_days: i64) {
    let name = &server.name;
    crate::kinds::service::tell_use(judgement, name, &server.state);
    if !server.state.is_used() {
        return;
    }
    for path in &server.foreign {
        judgement.ask(reason("updates-foreign").arg("name", name).arg("path", path).file(path));
    }
    if let Some(cause) = &server.unseen {
        judgement.unseen(cause);
    }
    match &server.updates {
        Some(updates) if updates.package_count == 0 && server.foreign.is_empty() => {
            judgement.ask(reason("updates-no-package").arg("name", name));
        }
        Some(updates) if updates.package_count > 0 => {
            judge_packages(judgement, updates, max_age_days);
        }
        _ => {}
    }
}
