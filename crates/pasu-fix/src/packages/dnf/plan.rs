//! Which of the wanted packages can be upgraded, and to what.

use super::super::error::last_words;
use super::super::plan::{
    Held, Manager, Request, Selection, Unavailable, Wanted, WhyRefused, WhyUnavailable,
};
use super::super::solve::{Attempt, solve};
use super::super::{PackagesError, UpdatePlan, machine};
use super::rpm::{Installed, short};
use super::table::{self, Table};
use super::{Dnf, OPTIONS};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A package that a repository has something good enough for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chosen {
    pub name: String,
    pub version: String,
    pub architecture: String,
    pub cves: Vec<String>,
}

/// What a package is called on the command line.
pub(super) fn argument(name: &str, version: &str, architecture: &str) -> String {
    let epoch = if version.contains(':') { "" } else { "0:" };
    format!("{name}-{epoch}{version}.{architecture}")
}

impl Dnf<'_> {
    /// What would be done; nothing is changed.
    ///
    /// # Errors
    /// Another package manager is at work, or a tool failed.
    pub fn plan(&self, request: &Request) -> Result<UpdatePlan, PackagesError> {
        let installed = self.installed()?;
        let mut plan = UpdatePlan::empty(Manager::Dnf);
        let wanted = self.wanted(request)?;
        let chosen = self.available(wanted, &installed, &mut plan)?;
        let simulate = |some: &[Chosen]| self.simulate(some, request.allow_new);
        let (chosen, table) = solve(chosen, |one| &one.name, simulate, &mut plan)?;
        self.describe(&table, &chosen, &installed, &mut plan)?;
        Ok(plan.sealed())
    }

    fn wanted(&self, request: &Request) -> Result<Vec<Wanted>, PackagesError> {
        let wanted = match &request.selection {
            Selection::Wanted(wanted) => wanted.clone(),
            Selection::Security => self.security()?,
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

    /// From lines such as `TEST-2026:0001 Important/Sec. base-lib-2-1.noarch`.
    fn security(&self) -> Result<Vec<Wanted>, PackagesError> {
        let text =
            self.machine.text("dnf", &["-q", "updateinfo", "list", "--security", "--available"])?;
        let wanted = text.lines().filter_map(|line| {
            let full = line.split_whitespace().nth(2)?;
            let (full, _) = full.rsplit_once('.')?;
            let mut parts = full.rsplitn(3, '-');
            let (release, version, package) = (parts.next()?, parts.next()?, parts.next()?);
            Some(Wanted {
                package: package.to_owned(),
                installed: String::new(),
                fixed: format!("{version}-{release}"),
                cves: Vec::new(),
            })
        });
        Ok(wanted.collect())
    }

    fn available(
        &self,
        wanted: Vec<Wanted>,
        installed: &BTreeMap<String, Vec<Installed>>,
        plan: &mut UpdatePlan,
    ) -> Result<Vec<Chosen>, PackagesError> {
        let candidates = self.candidates()?;
        let locked = self.locked();
        let mut chosen = Vec::new();
        for wanted in wanted {
            let Wanted { package: name, fixed, cves, .. } = wanted;
            let mut is_old = false;
            for there in installed.get(&name).into_iter().flatten() {
                is_old |= self.is_older(&there.version, &fixed)?;
            }
            if !is_old {
                plan.current.push(name);
            } else if locked.contains(&name) {
                let lift = format!("dnf versionlock delete {name}");
                plan.held.push(Held { package: name, lift });
            } else {
                let candidate = candidates.get(&name);
                match candidate {
                    Some((version, architecture)) if !self.is_older(version, &fixed)? => {
                        let (version, architecture) = (version.clone(), architecture.clone());
                        chosen.push(Chosen { name, version, architecture, cves });
                    }
                    _ => plan.unavailable.push(Unavailable {
                        package: name,
                        fixed,
                        candidate: candidate.map(|(version, _)| version.clone()),
                        why: self.why_unavailable()?,
                    }),
                }
            }
        }
        Ok(chosen)
    }

    /// The newest version in the repositories of everything that has a newer one.
    fn candidates(&self) -> Result<BTreeMap<String, (String, String)>, PackagesError> {
        let format = "--qf=%{name}|%{epoch}:%{version}-%{release}|%{arch}";
        let text = self
            .machine
            .text("dnf", &["-q", "repoquery", "--upgrades", "--latest-limit=1", format])?;
        let rows = text.lines().filter_map(|line| {
            let fields: Vec<&str> = line.split('|').collect();
            let [name, version, architecture] = fields[..] else { return None };
            Some((name.to_owned(), (short(version).to_owned(), architecture.to_owned())))
        });
        Ok(rows.collect())
    }

    fn why_unavailable(&self) -> Result<WhyUnavailable, PackagesError> {
        let repositories = self.machine.text("dnf", &["-q", "repolist"])?;
        Ok(if repositories.trim().is_empty() {
            WhyUnavailable::NoSecuritySource { line: None }
        } else {
            WhyUnavailable::Behind
        })
    }

    /// Names in the list of the versionlock plugin, whose lines are `base-lib-0:1-1.*`.
    fn locked(&self) -> BTreeSet<String> {
        let path = Path::new("/etc/dnf/plugins/versionlock.list");
        let bytes = self.machine.system.read(path, 1 << 20).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let names = text.lines().filter(|line| !line.starts_with(['#', '!'])).filter_map(|line| {
            let name = line.trim().rsplitn(3, '-').nth(2)?;
            Some(name.to_owned())
        });
        names.collect()
    }

    fn simulate(
        &self,
        chosen: &[Chosen],
        allow_new: bool,
    ) -> Result<Attempt<Table>, PackagesError> {
        let packages: Vec<String> =
            chosen.iter().map(|one| argument(&one.name, &one.version, &one.architecture)).collect();
        let packages: Vec<&str> = packages.iter().map(|package| &**package).collect();
        let words = [&["--assumeno"], &OPTIONS[..], &["upgrade"], &packages].concat();
        let output = self.machine.ask("dnf", &words)?;
        let said = last_words(&output);
        // It answers «no» to itself, and then ends with status 1.
        if output.status != Some(0) && !said.contains("Operation aborted") {
            if said.contains("lock") && said.contains("pid") {
                return Err(PackagesError::Locked { said });
            }
            return Ok(Attempt::Bad(WhyRefused::Unsolvable { said }));
        }
        let table = table::parse(&String::from_utf8_lossy(&output.stdout)).ok_or_else(|| {
            PackagesError::Answer {
                line: machine::line("dnf", &words),
                what: "no table of packages".into(),
            }
        })?;
        Ok(match self.objection(&table, allow_new)? {
            Some(why) => Attempt::Bad(why),
            None => Attempt::Good(table),
        })
    }

    fn objection(
        &self,
        table: &Table,
        allow_new: bool,
    ) -> Result<Option<WhyRefused>, PackagesError> {
        let locked = self.locked();
        let names = || table.upgrades.iter().map(|row| &*row.name);
        let held: Vec<String> =
            names().filter(|name| locked.contains(*name)).map(str::to_owned).collect();
        if !table.removes.is_empty() {
            return Ok(Some(WhyRefused::Removes { packages: table.removes.clone() }));
        }
        if !table.downgrades.is_empty() {
            return Ok(Some(WhyRefused::Downgrades { packages: table.downgrades.clone() }));
        }
        if !held.is_empty() {
            return Ok(Some(WhyRefused::Held { packages: held }));
        }
        if !allow_new && !table.installs.is_empty() {
            let packages = table.installs.iter().map(|row| row.name.clone()).collect();
            return Ok(Some(WhyRefused::Installs { packages }));
        }
        let upgraded: Vec<&str> = names().collect();
        let replaced = self.edited(&upgraded)?.replaced;
        let files: Vec<String> = replaced.into_iter().map(|file| file.path).collect();
        Ok((!files.is_empty()).then_some(WhyRefused::ReplacesFiles { files }))
    }
}
