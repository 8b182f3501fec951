//! What is told about the packages of a plan: sizes, edited configuration files, services, room, the way back.

use super::super::details::free;
use super::super::plan::{KeptFile, NewPackage, Note, OldPackage, Reboot, Space, Upgrade};
use super::super::{PackagesError, UpdatePlan, users_of};
use super::Apt;
use super::choose::Chosen;
use super::policy::Policy;
use super::simulation::{Install, Steps};
use super::state::InstalledPackages;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Where `apt-get` keeps package files.
const ARCHIVES: &str = "/var/cache/apt/archives";

/// What every program or the kernel itself uses: a restart of services does not do.
const NEEDS_BOOT: [&str; 7] = [
    "linux-image-",
    "linux-modules-",
    "intel-microcode",
    "amd64-microcode",
    "libc6",
    "systemd",
    "dbus",
];

/// The format of configuration files: the package, then each file with its MD5 on a line of its own.
const CONFFILES: &str = "-f=${binary:Package}\n${Conffiles}\n";

/// What `apt-cache show` says of a version.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sizes {
    /// Of the package file.
    pub download: u64,
    /// Of the installed files.
    pub installed: u64,
}

impl Apt<'_> {
    /// Fills the plan.
    pub(super) fn describe(
        &self,
        steps: &Steps,
        chosen: &[Chosen],
        installed: &InstalledPackages,
        plan: &mut UpdatePlan,
    ) -> Result<(), PackagesError> {
        if steps.installs.is_empty() {
            plan.reboot = self.reboot(&[]);
            return Ok(());
        }
        let sizes = self.sizes(&steps.installs)?;
        let names: Vec<&str> = steps.installs.iter().map(|install| &*install.package).collect();
        let policies = self.policies(names.iter().copied())?;
        let automatic = self.marked("showauto")?;
        let can_repack = self.has_repack();
        for install in &steps.installs {
            let size = sizes.get(&(install.package.clone(), install.to.clone()));
            let size = size.copied().unwrap_or_default().download;
            let Some(from) = &install.from else {
                plan.new_packages.push(new_package(install, size));
                continue;
            };
            let wanted = chosen.iter().find(|chosen| chosen.package == install.package);
            let policy = policies.get(&install.package);
            plan.upgrades.push(Upgrade {
                package: install.package.clone(),
                architecture: install.architecture.clone(),
                from: from.clone(),
                to: install.to.clone(),
                cves: wanted.map(|chosen| chosen.cves.clone()).unwrap_or_default(),
                source: install.source.clone(),
                size,
                is_wanted: wanted.is_some(),
                is_automatic: automatic.contains(&install.package),
                phased: policy.and_then(|policy| policy.version(&install.to)?.phased),
                old_package: self.old_package(install, installed, policy, can_repack),
            });
        }
        let upgraded: Vec<&str> = plan.upgrades.iter().map(|upgrade| &*upgrade.package).collect();
        plan.kept_files = self.edited(&upgraded)?;
        plan.services = users_of(self.machine.system, &self.files_of(&upgraded)?);
        plan.reboot = self.reboot(&names);
        plan.space = self.space(&steps.installs, &sizes, installed)?;
        plan.notes.push(Note::MayRestart);
        Ok(())
    }

    /// Sizes by name and version.
    fn sizes(
        &self,
        installs: &[Install],
    ) -> Result<BTreeMap<(String, String), Sizes>, PackagesError> {
        let names: Vec<String> =
            installs.iter().map(|install| format!("{}={}", install.package, install.to)).collect();
        let names: Vec<&str> = names.iter().map(|name| &**name).collect();
        let text =
            self.machine.text_of_many("apt-cache", &["show", "--no-all-versions"], &names)?;
        let mut known = parse_sizes(&text);
        let sizes = installs.iter().filter_map(|install| {
            let name = install.package.split(':').next()?.to_owned();
            let sizes = known.remove(&(name, install.to.clone()))?;
            Some(((install.package.clone(), install.to.clone()), sizes))
        });
        Ok(sizes.collect())
    }

    fn has_repack(&self) -> bool {
        self.machine.system.exists(Path::new("/usr/bin/dpkg-repack"))
    }

    fn old_package(
        &self,
        install: &Install,
        installed: &InstalledPackages,
        policy: Option<&Policy>,
        can_repack: bool,
    ) -> OldPackage {
        let old = installed.get(&install.package);
        let path = old.map(|old| {
            let version = old.version.replace(':', "%3a");
            format!("{ARCHIVES}/{}_{version}_{}.deb", old.name, old.architecture)
        });
        let is_there = |path: &String| self.machine.system.exists(Path::new(path));
        let has =
            |old: &&super::state::Installed| policy.is_some_and(|policy| policy.has(&old.version));
        match path.filter(is_there) {
            Some(path) => OldPackage::Cache { path },
            None if old.filter(has).is_some() => OldPackage::Source,
            None if can_repack => OldPackage::Repack,
            None => OldPackage::Nowhere,
        }
    }

    /// Configuration files whose content is not what the package came with.
    fn edited(&self, packages: &[&str]) -> Result<Vec<KeptFile>, PackagesError> {
        let text = self.machine.text_of_many("dpkg-query", &["-W", CONFFILES], packages)?;
        let conffiles = parse_conffiles(&text);
        let is_there = |path: &&str| self.machine.system.exists(Path::new(path));
        let paths: Vec<&str> = conffiles.keys().map(|path| &**path).filter(is_there).collect();
        if paths.is_empty() {
            return Ok(Vec::new());
        }
        let sums = self.machine.text_of_many("md5sum", &["--"], &paths)?;
        let kept = sums.lines().filter_map(|line| {
            let (sum, path) = line.split_once("  ")?;
            let (original, package) = conffiles.get(path)?;
            (sum != original).then(|| KeptFile { path: path.to_owned(), package: package.clone() })
        });
        Ok(kept.collect())
    }

    fn files_of(&self, packages: &[&str]) -> Result<BTreeSet<String>, PackagesError> {
        let text = self.machine.text_of_many("dpkg-query", &["-L"], packages)?;
        Ok(text.lines().filter(|line| line.starts_with('/')).map(str::to_owned).collect())
    }

    fn reboot(&self, packages: &[&str]) -> Option<Reboot> {
        let needs = packages.iter().filter(|package| {
            let name = package.split(':').next().unwrap_or_default();
            NEEDS_BOOT.iter().any(|known| match known.strip_suffix('-') {
                Some(_) => name.starts_with(known),
                None => name == *known,
            })
        });
        let packages: Vec<String> = needs.map(|package| (*package).to_owned()).collect();
        let is_due_already = ["/run/reboot-required", "/var/run/reboot-required"]
            .iter()
            .any(|path| self.machine.system.exists(Path::new(path)));
        (is_due_already || !packages.is_empty()).then_some(Reboot { packages, is_due_already })
    }

    fn space(
        &self,
        installs: &[Install],
        sizes: &BTreeMap<(String, String), Sizes>,
        installed: &InstalledPackages,
    ) -> Result<Vec<Space>, PackagesError> {
        let mut download = 0_u64;
        let (mut growth, mut largest) = (0_u64, 0_u64);
        for install in installs {
            let key = (install.package.clone(), install.to.clone());
            let new = sizes.get(&key).copied().unwrap_or_default();
            let old = installed.get(&install.package).map_or(0, |old| old.size);
            download = download.saturating_add(new.download);
            growth = growth.saturating_add(new.installed.saturating_sub(old));
            // A package is unpacked beside its old files, which go afterwards.
            largest = largest.max(new.installed);
        }
        let archives = Space {
            path: ARCHIVES.to_owned(),
            // The new package files, and the old ones that are kept: about as large.
            needed: download.saturating_mul(2),
            free: free(self.machine, ARCHIVES)?,
        };
        let usr = Space {
            path: "/usr".to_owned(),
            needed: growth.saturating_add(largest),
            free: free(self.machine, "/usr")?,
        };
        Ok(vec![archives, usr])
    }
}

fn new_package(install: &Install, size: u64) -> NewPackage {
    NewPackage {
        package: install.package.clone(),
        architecture: install.architecture.clone(),
        version: install.to.clone(),
        source: install.source.clone(),
        size,
    }
}

/// Reads stanzas of `apt-cache show`.
pub fn parse_sizes(text: &str) -> BTreeMap<(String, String), Sizes> {
    let mut all = BTreeMap::new();
    for stanza in text.split("\n\n") {
        let field = |name: &str| {
            stanza.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
        };
        let number = |name: &str| field(name).and_then(|value| value.trim().parse().ok());
        let (Some(name), Some(version)) = (field("Package"), field("Version")) else { continue };
        let sizes = Sizes {
            download: number("Size").unwrap_or(0),
            installed: number("Installed-Size").unwrap_or(0_u64).saturating_mul(1024),
        };
        all.entry((name.to_owned(), version.to_owned())).or_insert(sizes);
    }
    all
}

/// Reads `dpkg-query` in the format [`CONFFILES`]: path to its MD5 and its package.
///
/// ```text
/// login
///  /etc/login.defs c92ea31d5ac50ae3e5d33d24f1e70983
///  /etc/securetty d0124b1d2fb22d4ac9a91aa02ae6d6db obsolete
/// ```
pub fn parse_conffiles(text: &str) -> BTreeMap<String, (String, String)> {
    let mut files = BTreeMap::new();
    let mut package = "";
    for line in text.lines() {
        match line.strip_prefix(' ') {
            Some(entry) => {
                let mut words = entry.rsplitn(2, ' ');
                if let (Some(sum), Some(path)) = (words.next(), words.next())
                    && sum.len() == 32
                {
                    files.insert(path.to_owned(), (sum.to_owned(), package.to_owned()));
                }
            }
            None if !line.is_empty() => package = line,
            None => {}
        }
    }
    files
}
