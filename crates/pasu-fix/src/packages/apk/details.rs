//! What is told about the packages of a plan: edited configuration files, services, room, the way back.

use super::super::plan::{KeptFile, NewPackage, Note, OldPackage, Reboot, Space, Upgrade};
use super::super::{PackagesError, UpdatePlan, details, users_of};
use super::database::Installed;
use super::plan::{Chosen, repositories};
use super::policy::{Policies, branch};
use super::state::CACHES;
use super::steps::{Change, Steps};
use super::{Apk, world};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What takes effect only after a boot: the C library that every program uses, and what the kernel loads.
const NEEDS_BOOT: [&str; 3] = ["musl", "amd-ucode", "intel-ucode"];

/// Kernels are `linux-` and one of these.
const KERNELS: [&str; 10] =
    ["lts", "virt", "stable", "edge", "rpi", "rpi2", "rpi4", "asahi", "elm", "openpax"];

impl Apk<'_> {
    /// Fills the plan.
    pub(super) fn describe(
        &self,
        steps: &Steps,
        chosen: &[Chosen],
        installed: &BTreeMap<String, Installed>,
        plan: &mut UpdatePlan,
    ) -> Result<(), PackagesError> {
        let changes = || steps.upgrades.iter().chain(&steps.installs);
        let names: Vec<&str> = changes().map(|change| &*change.name).collect();
        if names.is_empty() {
            return Ok(());
        }
        let policies = self.policies(&names)?;
        self.refuse_other_branch(steps, &policies)?;
        let architecture = self.file("/etc/apk/arch", 1 << 10).unwrap_or_default();
        for change in &steps.installs {
            plan.new_packages.push(NewPackage {
                package: change.name.clone(),
                architecture: architecture.trim().to_owned(),
                version: change.to.clone(),
                source: source(&policies, change),
                size: 0,
            });
        }
        let world = self.world()?;
        let asked = world::names(&world);
        for change in &steps.upgrades {
            let old = installed.get(&change.name).cloned().unwrap_or_default();
            let wanted = chosen.iter().find(|one| one.name == change.name);
            plan.upgrades.push(Upgrade {
                package: change.name.clone(),
                architecture: old.architecture.clone(),
                from: change.from.clone().unwrap_or_default(),
                to: change.to.clone(),
                cves: wanted.map(|one| one.cves.clone()).unwrap_or_default(),
                source: source(&policies, change),
                // `apk` has no stable way to ask for the new one's: a branch brings about the same again.
                size: old.download,
                is_wanted: wanted.is_some(),
                is_automatic: !asked.contains(&*change.name),
                phased: None,
                old_package: self.old_package(&change.name, &old, &policies),
            });
        }
        let upgraded: Vec<(&String, &Installed)> = steps
            .upgrades
            .iter()
            .filter_map(|change| installed.get_key_value(&change.name))
            .collect();
        plan.kept_files = self.edited(&upgraded)?;
        let files = upgraded.iter().flat_map(|(_, package)| package.files.iter().cloned());
        plan.services = users_of(self.machine.system, &files.collect());
        let packages: Vec<String> =
            names.iter().filter(|name| needs_boot(name)).map(|name| (*name).to_owned()).collect();
        plan.reboot = (!packages.is_empty()).then_some(Reboot { packages, is_due_already: false });
        let download: u64 = upgraded.iter().map(|(_, package)| package.download).sum();
        let largest = upgraded.iter().map(|(_, package)| package.size).max().unwrap_or(0);
        plan.space = vec![
            // New ones, which are fetched once to see that they can be, and old ones.
            self.room("/var", download.saturating_mul(3))?,
            // A package is unpacked beside its old files; a branch hardly lets it grow.
            self.room("/usr", largest.saturating_mul(2))?,
        ];
        plan.notes.push(Note::MayRestart);
        Ok(())
    }

    fn room(&self, path: &str, needed: u64) -> Result<Space, PackagesError> {
        Ok(Space { path: path.to_owned(), needed, free: details::free(self.machine, path)? })
    }

    /// The package file of what is installed: in a cache, or in a repository that is a folder of this machine. `apk fetch`
    /// takes no version, so that an older one cannot be had from a mirror.
    fn old_package(&self, name: &str, old: &Installed, policies: &Policies) -> OldPackage {
        let cached = CACHES.iter().find_map(|cache| {
            let folder = self.folder(cache);
            let entries = self.machine.system.read_dir(&folder).ok()?;
            entries.into_iter().find_map(|(entry, _)| {
                let file = entry.file_name()?.to_str()?;
                is_cached(file, name, &old.version).then(|| folder.join(file))
            })
        });
        let versions = policies.get(name).map_or(&[][..], |versions| versions);
        let repositories = versions.iter().filter(|version| version.version == old.version);
        let mut local = repositories.flat_map(|version| &version.repositories).filter_map(|base| {
            let base = base.strip_prefix("file://").unwrap_or(base);
            let file = format!("{name}-{}.apk", old.version);
            let path = Path::new(base).join(&old.architecture).join(file);
            (base.starts_with('/') && self.machine.system.exists(&path)).then_some(path)
        });
        match cached.or_else(|| local.next()) {
            Some(path) => OldPackage::Cache { path: path.display().to_string() },
            None => OldPackage::Nowhere,
        }
    }

    /// Configuration files whose content is not what the package came with: the new ones are put beside them.
    fn edited(&self, packages: &[(&String, &Installed)]) -> Result<Vec<KeptFile>, PackagesError> {
        let changed = self.changed("--backup")?;
        let kept = packages.iter().flat_map(|(name, package)| {
            let files = package.files.iter().filter(|file| changed.contains(*file));
            files.map(|file| KeptFile { path: file.clone(), package: (*name).clone() })
        });
        Ok(kept.collect())
    }

    /// Files whose content is not what their package came with: configuration (`--backup`) or the others (`--system`).
    ///
    /// ```text
    /// U etc/ssh/sshd_config
    /// ```
    pub(super) fn changed(&self, which: &str) -> Result<BTreeSet<String>, PackagesError> {
        let text = self.text(&["audit", which])?;
        let changed = text.lines().filter_map(|line| line.strip_prefix("U "));
        Ok(changed.map(|path| format!("/{path}")).collect())
    }
}

fn source(policies: &Policies, change: &Change) -> String {
    let repositories = repositories(policies, change);
    let known = repositories.iter().find(|repository| branch(repository).is_some());
    known.or_else(|| repositories.first()).cloned().unwrap_or_default()
}

fn needs_boot(name: &str) -> bool {
    let kernel = name.strip_prefix("linux-");
    NEEDS_BOOT.contains(&name)
        || kernel.is_some_and(|kind| KERNELS.contains(&kind) || kind.starts_with("firmware"))
}

/// Whether a file of the cache, such as `zlib-1.3-r0.0f1e2d3c.apk`, is a version of a package.
pub fn is_cached(file: &str, name: &str, version: &str) -> bool {
    let rest = file
        .strip_prefix(name)
        .and_then(|rest| rest.strip_prefix('-')?.strip_prefix(version)?.strip_prefix('.'));
    rest.and_then(|rest| rest.strip_suffix(".apk"))
        .is_some_and(|sum| sum.len() == 8 && sum.bytes().all(|byte| byte.is_ascii_hexdigit()))
}
