//! Which of the wanted packages can be upgraded, and to what.

use super::super::error::last_words;
use super::super::plan::{
    Held, Request, Selection, Unavailable, Wanted, WhyRefused, WhyUnavailable,
};
use super::super::solve::{Attempt, solve};
use super::super::{PackagesError, UpdatePlan, machine};
use super::policy::{self, Policy};
use super::simulation::{self, Steps};
use super::state::InstalledPackages;
use super::{Apt, OPTIONS};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A package that a source has something good enough for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// Name as `apt-get` writes it.
    pub package: String,
    /// The version to be installed.
    pub version: String,
    /// What it mends.
    pub cves: Vec<String>,
}

impl Chosen {
    fn argument(&self) -> String {
        format!("{}={}", self.package, self.version)
    }
}

/// Arguments for `apt-get install`.
pub fn arguments(chosen: &[Chosen]) -> Vec<String> {
    chosen.iter().map(Chosen::argument).collect()
}

/// What choosing needs to know.
pub struct Choice<'a> {
    pub apt: &'a Apt<'a>,
    pub installed: &'a InstalledPackages,
    pub request: &'a Request,
}

impl Choice<'_> {
    /// What is asked for, once by package.
    pub fn wanted(&self) -> Result<Vec<Wanted>, PackagesError> {
        let wanted = match &self.request.selection {
            Selection::Wanted(wanted) => wanted.clone(),
            Selection::Security => self.security()?,
        };
        let mut by_name: BTreeMap<String, Wanted> = BTreeMap::new();
        for mut wanted in wanted {
            wanted.package = self.installed.key(&wanted.package).to_owned();
            let Some(known) = by_name.get_mut(&wanted.package) else {
                by_name.insert(wanted.package.clone(), wanted);
                continue;
            };
            if self.apt.is_older(&known.fixed, &wanted.fixed)? {
                known.fixed = wanted.fixed;
            }
            known.cves.extend(wanted.cves);
        }
        let mut wanted: Vec<Wanted> = by_name.into_values().collect();
        for wanted in &mut wanted {
            wanted.cves.sort();
            wanted.cves.dedup();
        }
        Ok(wanted)
    }

    /// Everything that a security source has something newer for.
    fn security(&self) -> Result<Vec<Wanted>, PackagesError> {
        // Held packages are left out by `apt-get`, and must be shown as held: so they are asked for here.
        let words = ["-s", "-q", "--ignore-hold", "upgrade"];
        let text = self.apt.machine.text("apt-get", &words)?;
        let steps = read(&words, &text)?;
        let installs = steps.installs.into_iter().filter(simulation::Install::is_security);
        Ok(installs
            .filter_map(|install| {
                Some(Wanted {
                    package: install.package,
                    installed: install.from?,
                    fixed: install.to,
                    cves: Vec::new(),
                })
            })
            .collect())
    }

    /// Those that may be touched and that a source has. The rest goes into the plan with its reason.
    pub fn available(
        &self,
        wanted: Vec<Wanted>,
        plan: &mut UpdatePlan,
    ) -> Result<Vec<Chosen>, PackagesError> {
        let policies = self.apt.policies(wanted.iter().map(|wanted| &*wanted.package))?;
        let held = self.held()?;
        let mut chosen = Vec::new();
        for wanted in wanted {
            let Some(installed) = self.installed.get(&wanted.package) else {
                plan.current.push(wanted.package);
                continue;
            };
            if !self.apt.is_older(&installed.version, &wanted.fixed)? {
                plan.current.push(wanted.package);
            } else if held.contains(&wanted.package) {
                let lift = format!("apt-mark unhold {}", wanted.package);
                plan.held.push(Held { package: wanted.package, lift });
            } else {
                self.choose(wanted, &policies, plan, &mut chosen)?;
            }
        }
        Ok(chosen)
    }

    fn held(&self) -> Result<BTreeSet<String>, PackagesError> {
        let held = self.apt.marked("showhold")?;
        Ok(held.iter().map(|name| self.installed.key(name).to_owned()).collect())
    }

    fn choose(
        &self,
        wanted: Wanted,
        policies: &BTreeMap<String, Policy>,
        plan: &mut UpdatePlan,
        chosen: &mut Vec<Chosen>,
    ) -> Result<(), PackagesError> {
        let none = Policy::default();
        let policy = policies.get(&wanted.package).unwrap_or(&none);
        if let Some(candidate) = &policy.candidate
            && !self.apt.is_older(candidate, &wanted.fixed)?
        {
            let Wanted { package, cves, .. } = wanted;
            chosen.push(Chosen { package, version: candidate.clone(), cves });
            return Ok(());
        }
        let why = self.why_unavailable(policy, &wanted.fixed)?;
        let Wanted { package, fixed, .. } = wanted;
        let candidate = policy.candidate.clone();
        plan.unavailable.push(Unavailable { package, fixed, candidate, why });
        Ok(())
    }

    fn why_unavailable(
        &self,
        policy: &Policy,
        fixed: &str,
    ) -> Result<WhyUnavailable, PackagesError> {
        for version in policy.versions.iter().filter(|version| !version.sources.is_empty()) {
            if !self.apt.is_older(&version.version, fixed)? {
                return Ok(WhyUnavailable::Pinned { version: version.version.clone() });
            }
        }
        if self.apt.has_security_source()? {
            return Ok(WhyUnavailable::Behind);
        }
        Ok(WhyUnavailable::NoSecuritySource { line: self.apt.missing_line() })
    }

    /// What `apt-get` would do. Where that is something that is never done, each package is tried by itself, and those
    /// that stand in the way go into the plan with the reason.
    pub fn solvable(
        &self,
        chosen: &[Chosen],
        plan: &mut UpdatePlan,
    ) -> Result<Steps, PackagesError> {
        let simulate = |some: &[Chosen]| self.simulate(some);
        Ok(solve(chosen.to_vec(), |one| &one.package, simulate, plan)?.1)
    }

    fn simulate(&self, chosen: &[Chosen]) -> Result<Attempt<Steps>, PackagesError> {
        let packages = arguments(chosen);
        let packages: Vec<&str> = packages.iter().map(|package| &**package).collect();
        let words = [&["-s", "-q"], &OPTIONS[..], &["install"], &packages].concat();
        let output = self.apt.machine.ask("apt-get", &words)?;
        if output.status != Some(0) {
            return Ok(Attempt::Bad(WhyRefused::Unsolvable { said: last_words(&output) }));
        }
        let steps = read(&words, &String::from_utf8_lossy(&output.stdout))?;
        Ok(match self.objection(&steps)? {
            Some(why) => Attempt::Bad(why),
            None => Attempt::Good(steps),
        })
    }

    /// What is never done, or not without having been allowed.
    fn objection(&self, steps: &Steps) -> Result<Option<WhyRefused>, PackagesError> {
        if !steps.removes.is_empty() {
            return Ok(Some(WhyRefused::Removes { packages: steps.removes.clone() }));
        }
        let held = self.held()?;
        let (mut new, mut older, mut held_back) = (Vec::new(), Vec::new(), Vec::new());
        for install in &steps.installs {
            let Some(from) = &install.from else {
                new.push(install.package.clone());
                continue;
            };
            if self.apt.is_older(&install.to, from)? {
                older.push(install.package.clone());
            }
            if held.contains(self.installed.key(&install.package)) {
                held_back.push(install.package.clone());
            }
        }
        Ok(if !older.is_empty() {
            Some(WhyRefused::Downgrades { packages: older })
        } else if !held_back.is_empty() {
            Some(WhyRefused::Held { packages: held_back })
        } else if !new.is_empty() && !self.request.allow_new {
            Some(WhyRefused::Installs { packages: new })
        } else {
            None
        })
    }
}

fn read(words: &[&str], text: &str) -> Result<Steps, PackagesError> {
    simulation::parse(text).map_err(|malformed| PackagesError::Answer {
        line: machine::line("apt-get", words),
        what: malformed.to_string(),
    })
}

impl Apt<'_> {
    /// What the sources have of packages, by name.
    pub(super) fn policies<'n>(
        &self,
        names: impl Iterator<Item = &'n str>,
    ) -> Result<BTreeMap<String, Policy>, PackagesError> {
        let names: Vec<&str> = names.collect();
        Ok(policy::parse(&self.machine.text_of_many("apt-cache", &["policy"], &names)?))
    }

    /// Whether any source brings security updates.
    pub(super) fn has_security_source(&self) -> Result<bool, PackagesError> {
        let policy = self.machine.text("apt-cache", &["policy"])?;
        Ok(policy::has_security_source(&policy))
    }

    /// The line of `sources.list` that the distribution's security updates come by.
    pub(super) fn missing_line(&self) -> Option<String> {
        let system = self.machine.system;
        let file = system.read(Path::new("/etc/os-release"), 64 << 10).ok()?;
        let text = String::from_utf8_lossy(&file).into_owned();
        let value = |key: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='))?;
            Some(line.trim().trim_matches(['"', '\'']).to_owned())
        };
        let codename = value("VERSION_CODENAME").filter(|name| !name.is_empty())?;
        match &*value("ID")? {
            "debian" if matches!(&*codename, "jessie" | "stretch" | "buster") => Some(format!(
                "deb http://security.debian.org/debian-security {codename}/updates main"
            )),
            "debian" => Some(format!(
                "deb http://security.debian.org/debian-security {codename}-security main"
            )),
            "ubuntu" => Some(format!(
                "deb http://security.ubuntu.com/ubuntu {codename}-security main restricted universe multiverse"
            )),
            _ => None,
        }
    }
}
