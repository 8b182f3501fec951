//! Which of the wanted packages can be upgraded, and to what.

use super::super::plan::{
    Held, Manager, Note, Request, Selection, Unavailable, Wanted, WhyRefused, WhyUnavailable,
};
use super::super::solve::{Attempt, solve};
use super::super::{PackagesError, UpdatePlan, machine};
use super::database::Installed;
use super::policy::{Policies, Version};
use super::steps::{self, Steps};
use super::{Apk, GLOBAL, said, world};
use std::collections::BTreeMap;

/// A package that a repository has something good enough for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    pub name: String,
    pub fixed: String,
    pub cves: Vec<String>,
}

/// Whether it can stand on a command line and names a single package: no option, no pattern, no constraint.
fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '_')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._+-".contains(&byte))
}

impl Apk<'_> {
    /// What would be done; nothing is changed.
    ///
    /// # Errors
    /// Another package manager is at work, the system runs from memory, repositories are of another branch, or a tool
    /// failed.
    pub fn plan(&self, request: &Request) -> Result<UpdatePlan, PackagesError> {
        self.refuse()?;
        let installed = self.installed()?;
        let mut plan = UpdatePlan::empty(Manager::Apk);
        plan.notes.extend(self.list_age(request.now));
        if request.selection == Selection::Security {
            plan.notes.push(Note::NoSecurityClass);
        }
        let wanted = self.wanted(request, &installed)?;
        let chosen = self.available(wanted, &installed, &mut plan)?;
        let simulate = |some: &[Chosen]| self.simulate(some, request.allow_new);
        let (chosen, steps) = solve(chosen, |one| &one.name, simulate, &mut plan)?;
        self.describe(&steps, &chosen, &installed, &mut plan)?;
        Ok(plan.sealed())
    }

    fn wanted(
        &self,
        request: &Request,
        installed: &BTreeMap<String, Installed>,
    ) -> Result<Vec<Wanted>, PackagesError> {
        let wanted = match &request.selection {
            Selection::Wanted(wanted) => wanted.clone(),
            Selection::Security => newer(&self.text(&["version", "-l", "<"])?, installed),
        };
        let mut by_name: BTreeMap<String, Wanted> = BTreeMap::new();
        for wanted in wanted {
            let Some(known) = by_name.get_mut(&wanted.package) else {
                by_name.insert(wanted.package.clone(), wanted);
                continue;
            };
            if self.is_older(&known.fixed, &wanted.fixed)? {
                known.fixed = wanted.fixed;
            }
            known.cves.extend(wanted.cves);
            known.cves.sort();
            known.cves.dedup();
        }
        Ok(by_name.into_values().collect())
    }

    fn available(
        &self,
        wanted: Vec<Wanted>,
        installed: &BTreeMap<String, Installed>,
        plan: &mut UpdatePlan,
    ) -> Result<Vec<Chosen>, PackagesError> {
        let pinned = world::pinned(&self.world()?);
        let mut old = Vec::new();
        for wanted in wanted {
            let there = installed.get(&wanted.package).filter(|_| is_name(&wanted.package));
            let Some(there) = there else {
                plan.current.push(wanted.package);
                continue;
            };
            if !self.is_older(&there.version, &wanted.fixed)? {
                plan.current.push(wanted.package);
            } else if pinned.contains_key(&wanted.package) {
                // A name alone takes the place of its entry with a version or repository.
                let lift = format!("apk add {}", wanted.package);
                plan.held.push(Held { package: wanted.package, lift });
            } else {
                old.push(wanted);
            }
        }
        let names: Vec<&str> = old.iter().map(|wanted| &*wanted.package).collect();
        let policies = self.policies(&names)?;
        let mut chosen = Vec::new();
        for wanted in old {
            let Wanted { package: name, fixed, cves, .. } = wanted;
            let versions = policies.get(&name).map_or(&[][..], |versions| versions);
            let candidate = self.newest(versions, |version| !version.repositories.is_empty())?;
            match candidate {
                Some(version) if !self.is_older(&version.version, &fixed)? => {
                    chosen.push(Chosen { name, fixed, cves });
                }
                _ => {
                    let why = self.why_unavailable(versions, &fixed)?;
                    let candidate = candidate.map(|version| version.version.clone());
                    plan.unavailable.push(Unavailable { package: name, fixed, candidate, why });
                }
            }
        }
        Ok(chosen)
    }

    /// The newest of those versions that are meant.
    fn newest<'v>(
        &self,
        versions: &'v [Version],
        is_meant: impl Fn(&Version) -> bool,
    ) -> Result<Option<&'v Version>, PackagesError> {
        let mut newest: Option<&Version> = None;
        for version in versions.iter().filter(|version| is_meant(version)) {
            let is_newer = match newest {
                Some(known) => self.is_older(&known.version, &version.version)?,
                None => true,
            };
            if is_newer {
                newest = Some(version);
            }
        }
        Ok(newest)
    }

    fn why_unavailable(
        &self,
        versions: &[Version],
        fixed: &str,
    ) -> Result<WhyUnavailable, PackagesError> {
        if !self.has_repositories() {
            let line = self
                .branch()
                .map(|branch| format!("https://dl-cdn.alpinelinux.org/alpine/{branch}/main"));
            return Ok(WhyUnavailable::NoSecuritySource { line });
        }
        // A repository with a tag is used only for what `/etc/apk/world` pins to it.
        let tagged = self.newest(versions, |version| version.is_tagged)?;
        Ok(match tagged {
            Some(version) if !self.is_older(&version.version, fixed)? => {
                WhyUnavailable::Pinned { version: version.version.clone() }
            }
            _ => WhyUnavailable::Behind,
        })
    }

    fn simulate(
        &self,
        chosen: &[Chosen],
        allow_new: bool,
    ) -> Result<Attempt<Steps>, PackagesError> {
        let names: Vec<&str> = chosen.iter().map(|one| &*one.name).collect();
        let words = [&["fix", "--simulate", "--upgrade"], &names[..]].concat();
        let output = self.ask(&words)?;
        if output.status != Some(0) {
            let said = said(&output);
            if said.contains("open apk database") {
                let line = machine::line("apk", &[&GLOBAL[..], &words].concat());
                return Err(PackagesError::failed(line, &output));
            }
            return Ok(Attempt::Bad(WhyRefused::Unsolvable { said }));
        }
        let steps = steps::parse(&String::from_utf8_lossy(&output.stdout)).ok_or_else(|| {
            PackagesError::Answer {
                line: machine::line("apk", &[&GLOBAL[..], &words].concat()),
                what: "no complete list of steps".into(),
            }
        })?;
        Ok(match self.objection(&steps, chosen, allow_new)? {
            Some(why) => Attempt::Bad(why),
            None => Attempt::Good(steps),
        })
    }

    fn objection(
        &self,
        steps: &Steps,
        chosen: &[Chosen],
        allow_new: bool,
    ) -> Result<Option<WhyRefused>, PackagesError> {
        let names = |changes: &[steps::Change]| -> Vec<String> {
            changes.iter().map(|change| change.name.clone()).collect()
        };
        let pinned = world::pinned(&self.world()?);
        let mut held = names(&steps.upgrades);
        held.retain(|name| pinned.contains_key(name));
        if !steps.removes.is_empty() {
            return Ok(Some(WhyRefused::Removes { packages: steps.removes.clone() }));
        }
        if !steps.downgrades.is_empty() {
            return Ok(Some(WhyRefused::Downgrades { packages: names(&steps.downgrades) }));
        }
        if !held.is_empty() {
            return Ok(Some(WhyRefused::Held { packages: held }));
        }
        if !allow_new && !steps.installs.is_empty() {
            return Ok(Some(WhyRefused::Installs { packages: names(&steps.installs) }));
        }
        let odd = [&steps.others[..], &steps.reinstalls].concat();
        if !odd.is_empty() {
            return Ok(Some(WhyRefused::Unsolvable { said: odd.join(" / ") }));
        }
        for one in chosen {
            let step = steps.upgrades.iter().find(|change| change.name == one.name);
            let is_enough = match step {
                Some(step) => !self.is_older(&step.to, &one.fixed)?,
                None => false,
            };
            if !is_enough {
                // Something that is installed needs the old one.
                let to = step.map_or("-", |step| &step.to);
                let said = format!("{}: {to} < {}", one.name, one.fixed);
                return Ok(Some(WhyRefused::Unsolvable { said }));
            }
        }
        Ok(None)
    }

    /// Refuses what comes from repositories of another branch alone: that would be an upgrade of the whole system.
    pub(super) fn refuse_other_branch(
        &self,
        steps: &Steps,
        policies: &Policies,
    ) -> Result<(), PackagesError> {
        let Some(own) = self.branch() else { return Ok(()) };
        for change in steps.upgrades.iter().chain(&steps.installs) {
            let repositories = repositories(policies, change);
            let is_other = |repository: &&String| {
                super::policy::branch(repository).is_some_and(|branch| branch != own)
            };
            if let Some(repository) = repositories.iter().find(is_other)
                && repositories.iter().all(|repository| is_other(&repository))
            {
                let repository = repository.clone();
                return Err(PackagesError::OtherBranch { repository, branch: own });
            }
        }
        Ok(())
    }
}

/// Repositories that have what comes.
pub fn repositories<'p>(policies: &'p Policies, change: &steps::Change) -> &'p [String] {
    let versions = policies.get(&change.name).map_or(&[][..], |versions| versions);
    let version = versions.iter().find(|version| version.version == change.to);
    version.map_or(&[], |version| &version.repositories)
}

/// Reads `apk version -l '<'`, which joins name and version.
///
/// ```text
/// Installed:                                Available:
/// openssl-3.1.4-r5                        < 3.1.4-r6
/// ```
pub fn newer(text: &str, installed: &BTreeMap<String, Installed>) -> Vec<Wanted> {
    let joined: BTreeMap<String, &String> = installed
        .iter()
        .map(|(name, package)| (format!("{name}-{}", package.version), name))
        .collect();
    let wanted = text.lines().filter_map(|line| {
        let (left, right) = line.split_once(" < ")?;
        let package = (*joined.get(left.trim())?).clone();
        let fixed = right.split_whitespace().next()?.to_owned();
        let installed = installed.get(&package)?.version.clone();
        Some(Wanted { package, installed, fixed, cves: Vec::new() })
    });
    wanted.collect()
}
