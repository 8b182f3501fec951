//! Upgrades for real, and old packages put back.

use super::super::backend::{Backend, Work};
use super::super::journal::Saved;
use super::super::plan::{OldPackage, Request, UpdatePlan, Upgrade};
use super::super::{PackagesError, machine};
use super::plan::argument;
use super::rpm::short;
use super::{Dnf, OPTIONS, table};
use std::collections::BTreeMap;

impl Backend for Dnf<'_> {
    /// Its lock is taken by each command itself.
    fn check(&self) -> Result<(), PackagesError> {
        self.machine.text("rpm", &["--version"]).map(drop)
    }

    fn plan(&self, request: &Request) -> Result<UpdatePlan, PackagesError> {
        Dnf::plan(self, request)
    }

    fn refresh(&self) -> Result<(), PackagesError> {
        self.machine.text("dnf", &["-q", "makecache", "--refresh"]).map(drop)
    }

    fn download(&self, plan: &UpdatePlan, work: &Work<'_>) -> Result<(), PackagesError> {
        self.upgrade(plan, &["--downloadonly"], work)
    }

    fn keep(&self, upgrades: &[&Upgrade], work: &Work<'_>) -> Result<(), PackagesError> {
        let installed = self.installed()?;
        let sources = upgrades.iter().filter(|upgrade| upgrade.old_package == OldPackage::Source);
        let names: Vec<String> = sources
            .filter_map(|upgrade| {
                let old = installed.get(&upgrade.package)?.first()?;
                Some(argument(&upgrade.package, &upgrade.from, &old.architecture))
            })
            .collect();
        if names.is_empty() {
            return Ok(());
        }
        let names: Vec<&str> = names.iter().map(|name| &**name).collect();
        // Installing again what is there is the one way without a plugin to get its file, and goes no further here.
        // Without `keepcache` the next transaction would remove the files, here too.
        let words =
            ["-y", "--setopt=keepcache=True", "--downloadonly", "--downloaddir=.", "reinstall"];
        work.run("dnf", &[&OPTIONS[..], &words, &names].concat())
    }

    fn identify(&self, file: &str) -> Result<[String; 3], PackagesError> {
        let format = "%{NAME}\t%{EPOCHNUM}:%{VERSION}-%{RELEASE}\t%{ARCH}";
        let words = ["-qp", "--qf", format, file];
        let text = self.machine.text("rpm", &words)?;
        let fields: Vec<&str> = text.trim().split('\t').collect();
        let [name, version, architecture] = fields[..] else {
            let line = machine::line("rpm", &words);
            return Err(PackagesError::Answer { line, what: "no name and version".into() });
        };
        Ok([name.to_owned(), short(version).to_owned(), architecture.to_owned()])
    }

    fn install(&self, plan: &UpdatePlan, work: &Work<'_>) -> Result<(), PackagesError> {
        self.upgrade(plan, &[], work)
    }

    /// `rpm` has nothing of the kind: what was cut off is unpacked again.
    fn repair(&self, _: &Work<'_>) -> Result<(), PackagesError> {
        Ok(())
    }

    /// A transaction that was cut off leaves two versions of a package.
    fn is_whole(&self, _: &UpdatePlan) -> Result<bool, PackagesError> {
        let is_twice = |(name, all): (&String, &Vec<super::rpm::Installed>)| {
            let may_be = name.starts_with("kernel") || name == "gpg-pubkey";
            !may_be && all.windows(2).any(|two| two[0].architecture == two[1].architecture)
        };
        Ok(!self.installed()?.iter().any(is_twice))
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
        let words = [&OPTIONS[..], &["--assumeno", "downgrade"], &paths].concat();
        let output = self.machine.ask("dnf", &words)?;
        if let Some(table) = table::parse(&String::from_utf8_lossy(&output.stdout))
            && !table.removes.is_empty()
        {
            return Err(PackagesError::WouldRemove { packages: table.removes });
        }
        let words = [&OPTIONS[..], &["-y", "downgrade"], &paths].concat();
        if work.run("dnf", &words).is_err() || !self.is_whole(plan)? {
            // After a crash dnf may see nothing to do, or no way, where rpm, given everything at once, does.
            work.run("rpm", &[&["-U", "--oldpackage", "--replacepkgs"], &paths[..]].concat())?;
        }
        Ok(())
    }

    fn versions(&self, plan: &UpdatePlan) -> Result<BTreeMap<String, String>, PackagesError> {
        let installed = self.installed()?;
        let names = plan.upgrades.iter().map(|upgrade| &upgrade.package);
        let versions = names
            .filter_map(|name| Some((name.clone(), installed.get(name)?.first()?.version.clone())));
        Ok(versions.collect())
    }
}

impl Dnf<'_> {
    fn upgrade(
        &self,
        plan: &UpdatePlan,
        more: &[&str],
        work: &Work<'_>,
    ) -> Result<(), PackagesError> {
        let wanted = plan.upgrades.iter().filter(|upgrade| upgrade.is_wanted);
        let names: Vec<String> =
            wanted.map(|it| argument(&it.package, &it.to, &it.architecture)).collect();
        let names: Vec<&str> = names.iter().map(|name| &**name).collect();
        work.run("dnf", &[&OPTIONS[..], &["-y"], more, &["upgrade"], &names].concat())
    }
}
