//! Installed packages with what the advisories say of them, as the binary read and matched them.

use super::Host;
use crate::cause::{Cause, CauseKind};
use pasu_model::{DatabaseInfo, OperatingSystem, Package, Run, Vulnerability};

/// Packages and findings of the operating system.
#[derive(Debug, Clone, Default)]
pub struct Software {
    /// The operating system.
    pub os: Option<OperatingSystem>,
    /// Whether security updates no longer reach the machine.
    pub end_of_life: bool,
    /// The advisories used; `None` when nothing was judged.
    pub database: Option<DatabaseInfo>,
    /// The operating system's packages.
    pub packages: Vec<Package>,
    /// Findings with the number of their package.
    pub findings: Vec<(usize, String, Vulnerability)>,
    /// Why packages could not be read or judged; empty when they were.
    pub problems: Vec<String>,
}

impl Software {
    /// Takes the operating system's part of a run.
    #[must_use]
    pub fn of(run: &Run) -> Self {
        let mut software = Self {
            os: run.os.clone(),
            end_of_life: run.os_end_of_life,
            database: run.database.clone(),
            problems: run
                .unseen
                .iter()
                .map(|unseen| format!("{}: {}", unseen.path, unseen.detail))
                .collect(),
            ..Self::default()
        };
        for set in run.sets.iter().filter(|set| set.kind.is_os()) {
            let first = software.packages.len();
            software.packages.extend(set.packages.iter().cloned());
            software.findings.extend(set.findings.iter().filter_map(|finding| {
                let vulnerability = finding.vulnerability()?.clone();
                Some((first + finding.package?, finding.rule.clone(), vulnerability))
            }));
        }
        software
    }

    /// The installed package of a name.
    #[must_use]
    pub fn package(&self, name: &str) -> Option<&Package> {
        self.packages.iter().find(|package| package.name == name)
    }

    /// The findings of packages whose name, or whose source's name, is one of these.
    pub fn findings_of<'a>(
        &'a self,
        names: &'a [&'a str],
    ) -> impl Iterator<Item = (&'a Package, &'a str, &'a Vulnerability)> {
        self.findings.iter().filter_map(move |(index, rule, vulnerability)| {
            let package = self.packages.get(*index)?;
            let source = package.source.as_ref().map(|source| source.name.as_str());
            let is_meant = names.iter().any(|name| *name == package.name || Some(*name) == source);
            is_meant.then_some((package, rule.as_str(), vulnerability))
        })
    }
}

impl Host {
    /// Whether one of these packages is installed: the first that is.
    ///
    /// # Errors
    /// The package database was not read.
    pub fn installed(&self, names: &[&str]) -> Result<Option<&Package>, Cause> {
        let software = self.software()?;
        if software.packages.is_empty() {
            return Err(Cause::new(
                CauseKind::NoInventory,
                "the package database is empty or unreadable",
            ));
        }
        Ok(names.iter().find_map(|name| software.package(name)))
    }
}
