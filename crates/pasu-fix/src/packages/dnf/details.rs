//! What is told about the packages of a plan: sizes, edited configuration files, services, room, the way back.

use super::super::plan::{NewPackage, Note, OldPackage, Reboot, Space, Upgrade};
use super::super::{PackagesError, UpdatePlan, details, users_of};
use super::Dnf;
use super::plan::{Chosen, argument};
use super::rpm::{Installed, short};
use super::table::{Row, Table};
use std::collections::BTreeMap;

/// What takes effect only after a boot.
const NEEDS_BOOT: [&str; 6] =
    ["kernel", "kernel-core", "glibc", "systemd", "dbus-daemon", "linux-firmware"];

/// Sizes of what the repositories have: download and installed, by what `argument` makes of a package.
type Sizes = BTreeMap<String, [u64; 2]>;

impl Dnf<'_> {
    /// Fills the plan.
    pub(super) fn describe(
        &self,
        table: &Table,
        chosen: &[Chosen],
        installed: &BTreeMap<String, Vec<Installed>>,
        plan: &mut UpdatePlan,
    ) -> Result<(), PackagesError> {
        let names: Vec<&str> =
            table.upgrades.iter().chain(&table.installs).map(|row| &*row.name).collect();
        if names.is_empty() {
            return Ok(());
        }
        let sizes = self.sizes(&names)?;
        let automatic = self.automatic()?;
        let size = |row: &Row| {
            sizes
                .get(&argument(&row.name, &row.version, &row.architecture))
                .copied()
                .unwrap_or_default()
        };
        for row in &table.installs {
            plan.new_packages.push(new_package(row, size(row)[0]));
        }
        for row in &table.upgrades {
            let old = installed.get(&row.name).and_then(|all| all.first());
            let from = old.map(|old| old.version.clone()).unwrap_or_default();
            let is_there = old.is_some_and(|old| {
                sizes.contains_key(&argument(&row.name, &from, &old.architecture))
            });
            let wanted = chosen.iter().find(|one| one.name == row.name);
            plan.upgrades.push(Upgrade {
                package: row.name.clone(),
                architecture: row.architecture.clone(),
                from,
                to: row.version.clone(),
                cves: wanted.map(|one| one.cves.clone()).unwrap_or_default(),
                source: row.repository.clone(),
                size: size(row)[0],
                is_wanted: wanted.is_some(),
                is_automatic: automatic.contains(&row.name),
                phased: None,
                old_package: if is_there { OldPackage::Source } else { OldPackage::Nowhere },
            });
        }
        let upgraded: Vec<&str> = table.upgrades.iter().map(|row| &*row.name).collect();
        if !upgraded.is_empty() {
            plan.kept_files = self.edited(&upgraded)?.kept;
            let files = self.machine.text_of_many("rpm", &["-ql"], &upgraded)?;
            let files = files.lines().filter(|line| line.starts_with('/')).map(str::to_owned);
            plan.services = users_of(self.machine.system, &files.collect());
        }
        let needs = names.iter().filter(|name| NEEDS_BOOT.contains(name));
        let packages: Vec<String> = needs.map(|name| (*name).to_owned()).collect();
        plan.reboot = (!packages.is_empty()).then_some(Reboot { packages, is_due_already: false });
        let rows = || table.upgrades.iter().chain(&table.installs);
        let old = |row: &Row| {
            installed.get(&row.name).and_then(|all| all.first()).map_or(0, |old| old.size)
        };
        let growth: u64 = rows().map(|row| size(row)[1].saturating_sub(old(row))).sum();
        let largest = rows().map(|row| size(row)[1]).max().unwrap_or(0);
        let download: u64 = rows().map(|row| size(row)[0]).sum();
        plan.space = vec![
            self.room("/var", download.saturating_mul(2))?,
            self.room("/usr", growth.saturating_add(largest))?,
        ];
        plan.notes.push(Note::MayRestart);
        Ok(())
    }

    fn room(&self, path: &str, needed: u64) -> Result<Space, PackagesError> {
        Ok(Space { path: path.to_owned(), needed, free: details::free(self.machine, path)? })
    }

    fn sizes(&self, names: &[&str]) -> Result<Sizes, PackagesError> {
        let format =
            "--qf=%{name}|%{epoch}:%{version}-%{release}|%{arch}|%{downloadsize}|%{installsize}";
        let text = self.machine.text_of_many("dnf", &["-q", "repoquery", format], names)?;
        let sizes = text.lines().filter_map(|line| {
            let fields: Vec<&str> = line.split('|').collect();
            let [name, version, architecture, download, installed] = fields[..] else {
                return None;
            };
            let sizes = [download.parse().ok()?, installed.parse().ok()?];
            Some((argument(name, short(version), architecture), sizes))
        });
        Ok(sizes.collect())
    }

    fn automatic(&self) -> Result<Vec<String>, PackagesError> {
        let words = ["-q", "repoquery", "--installed", "--qf=%{name}|%{reason}"];
        let text = self.machine.text("dnf", &words)?;
        let automatic = text.lines().filter_map(|line| line.strip_suffix("|dependency"));
        Ok(automatic.map(str::to_owned).collect())
    }
}

fn new_package(row: &Row, size: u64) -> NewPackage {
    NewPackage {
        package: row.name.clone(),
        architecture: row.architecture.clone(),
        version: row.version.clone(),
        source: row.repository.clone(),
        size,
    }
}
