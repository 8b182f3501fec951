//! Upgrades for real, and old packages put back.

use super::super::backend::{Backend, Work};
use super::super::journal::Saved;
use super::super::plan::{OldPackage, Request, UpdatePlan, Upgrade};
use super::super::{PackagesError, machine};
use super::simulation;
use super::{Apt, OPTIONS};
use std::collections::BTreeMap;

/// Variables for apt and the programs of packages: nobody is asked, configuration files stay, and `needrestart` does not
/// restart services of others.
pub(in super::super) const ENVIRONMENT: [(&str, &str); 6] = [
    ("DEBIAN_FRONTEND", "noninteractive"),
    ("DEBIAN_PRIORITY", "critical"),
    ("UCF_FORCE_CONFFOLD", "1"),
    ("NEEDRESTART_SUSPEND", "1"),
    ("APT_LISTCHANGES_FRONTEND", "none"),
    ("HOME", "/root"),
];

/// Options of everything that is done for real: no question, no removal, edited configuration files stay.
const REAL: [&str; 9] = [
    "-y",
    "-q",
    "--no-remove",
    "-o",
    "Dpkg::Options::=--force-confdef",
    "-o",
    "Dpkg::Options::=--force-confold",
    "-o",
    "DPkg::Lock::Timeout=0",
];

/// Options of `dpkg` itself for the same.
const FORCE: [&str; 3] = ["--force-confdef", "--force-confold", "--force-downgrade"];

impl Backend for Apt<'_> {
    fn check(&self) -> Result<(), PackagesError> {
        Apt::check(self)
    }

    fn plan(&self, request: &Request) -> Result<UpdatePlan, PackagesError> {
        Apt::plan(self, request)
    }

    fn refresh(&self) -> Result<(), PackagesError> {
        // Without the option a source that fails is a warning, and the old list is used.
        self.machine
            .text("apt-get", &["update", "-q", "-o", "APT::Update::Error-Mode=any"])
            .map(drop)
    }

    fn download(&self, plan: &UpdatePlan, work: &Work<'_>) -> Result<(), PackagesError> {
        self.upgrade(plan, &["--download-only"], work)
    }

    fn keep(&self, upgrades: &[&Upgrade], work: &Work<'_>) -> Result<(), PackagesError> {
        let mut from_sources = Vec::new();
        for upgrade in upgrades {
            match &upgrade.old_package {
                OldPackage::Cache { path } => work.run("cp", &["--", path, "."])?,
                OldPackage::Source => {
                    from_sources.push(format!("{}={}", upgrade.package, upgrade.from));
                }
                OldPackage::Repack => work.run("dpkg-repack", &[&upgrade.package])?,
                OldPackage::Nowhere => {}
            }
        }
        if from_sources.is_empty() {
            return Ok(());
        }
        let names: Vec<&str> = from_sources.iter().map(|name| &**name).collect();
        work.run("apt-get", &[&["download", "-q"], &names[..]].concat())
    }

    fn identify(&self, file: &str) -> Result<[String; 3], PackagesError> {
        let words = ["--show", "--showformat=${Package}\t${Version}\t${Architecture}", file];
        let text = self.machine.text("dpkg-deb", &words)?;
        let fields: Vec<&str> = text.trim().split('\t').collect();
        let [name, version, architecture] = fields[..] else {
            let line = machine::line("dpkg-deb", &words);
            return Err(PackagesError::Answer { line, what: "no name and version".into() });
        };
        Ok([name.to_owned(), version.to_owned(), architecture.to_owned()])
    }

    fn install(&self, plan: &UpdatePlan, work: &Work<'_>) -> Result<(), PackagesError> {
        self.upgrade(plan, &[], work)
    }

    fn repair(&self, work: &Work<'_>) -> Result<(), PackagesError> {
        work.run("dpkg", &[&FORCE[..2], &["--configure", "-a"]].concat())
    }

    fn is_whole(&self, _: &UpdatePlan) -> Result<bool, PackagesError> {
        let audit = self.machine.ask("dpkg", &["--audit"])?;
        Ok(audit.status == Some(0) && audit.stdout.trim_ascii().is_empty())
    }

    fn put_back(
        &self,
        saved: &[Saved],
        plan: &UpdatePlan,
        work: &Work<'_>,
    ) -> Result<(), PackagesError> {
        let paths: Vec<String> =
            saved.iter().map(|saved| work.folder.join(&saved.file).display().to_string()).collect();
        let paths: Vec<&str> = paths.iter().map(|path| &**path).collect();
        let options = [
            "--allow-downgrades",
            "--no-install-recommends",
            "-o",
            "APT::Get::AutomaticRemove=false",
        ];
        self.refuse_removal(&[&["-s", "-q"], &options[..], &["install"], &paths].concat())?;
        let words = [&REAL[..], &options, &["install"], &paths].concat();
        if work.run("apt-get", &words).is_err() {
            // In the state after a crash apt may find no way where dpkg, given everything at once, does.
            work.run("dpkg", &[&FORCE[..], &["--install"], &paths].concat())?;
        }
        let is_back = |name: &str| saved.iter().any(|saved| saved.package == name);
        let automatic: Vec<&str> = plan
            .upgrades
            .iter()
            .filter(|upgrade| upgrade.is_automatic && is_back(&upgrade.package))
            .map(|upgrade| &*upgrade.package)
            .collect();
        if automatic.is_empty() {
            return Ok(());
        }
        work.run("apt-mark", &[&["auto"], &automatic[..]].concat())
    }

    fn versions(&self, plan: &UpdatePlan) -> Result<BTreeMap<String, String>, PackagesError> {
        let installed = self.installed()?;
        let names = plan.upgrades.iter().map(|upgrade| &upgrade.package);
        let names = names.chain(plan.new_packages.iter().map(|new| &new.package));
        let versions =
            names.filter_map(|name| Some((name.clone(), installed.get(name)?.version.clone())));
        Ok(versions.collect())
    }
}

impl Apt<'_> {
    fn upgrade(
        &self,
        plan: &UpdatePlan,
        more: &[&str],
        work: &Work<'_>,
    ) -> Result<(), PackagesError> {
        // Only what was asked for is named: what comes along keeps its mark of having come along.
        let wanted = plan.upgrades.iter().filter(|upgrade| upgrade.is_wanted);
        let names: Vec<String> =
            wanted.map(|upgrade| format!("{}={}", upgrade.package, upgrade.to)).collect();
        let names: Vec<&str> = names.iter().map(|name| &**name).collect();
        work.run("apt-get", &[&REAL[..], &OPTIONS, more, &["install"], &names].concat())
    }

    /// A simulation that fails is no answer: then the attempt itself tells.
    fn refuse_removal(&self, words: &[&str]) -> Result<(), PackagesError> {
        let output = self.machine.ask("apt-get", words)?;
        let steps = simulation::parse(&String::from_utf8_lossy(&output.stdout)).unwrap_or_default();
        if output.status != Some(0) || steps.removes.is_empty() {
            return Ok(());
        }
        Err(PackagesError::WouldRemove { packages: steps.removes })
    }
}
