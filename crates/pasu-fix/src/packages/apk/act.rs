//! Upgrades for real, and old packages put back, with `/etc/apk/world` as it was.

use super::super::backend::{Backend, Work};
use super::super::journal::Saved;
use super::super::plan::{OldPackage, Request, UpdatePlan, Upgrade};
use super::super::{PackagesError, machine};
use super::database::Installed;
use super::steps::{self, Steps};
use super::world::{self, WORLD};
use super::{Apk, GLOBAL, said};
use pasu_system::{Attributes, State};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The world as it was before, in the folder of an update while its packages change.
const BEFORE: &str = "world.before";

/// The folder that new packages are fetched into, to see that they can be had.
const NEW: &str = "new";

/// The most bytes of a world.
const LIMIT: u64 = 4 << 20;

impl Backend for Apk<'_> {
    fn check(&self) -> Result<(), PackagesError> {
        self.refuse()
    }

    fn plan(&self, request: &Request) -> Result<UpdatePlan, PackagesError> {
        Apk::plan(self, request)
    }

    fn refresh(&self) -> Result<(), PackagesError> {
        self.machine.text("apk", &["update"]).map(drop)
    }

    /// `apk` fetches each package when its turn comes. One that cannot be had would leave half of an update, so all are
    /// fetched before, too.
    fn download(&self, plan: &UpdatePlan, work: &Work<'_>) -> Result<(), PackagesError> {
        let folder = work.folder.join(NEW);
        let state = State::Directory(Attributes { mode: 0o700, ..Attributes::default() });
        put(work, &folder, &state)?;
        let names = plan.upgrades.iter().map(|upgrade| &*upgrade.package);
        let names: Vec<&str> =
            names.chain(plan.new_packages.iter().map(|new| &*new.package)).collect();
        let fetched = run(work, &[&["fetch", "--output", NEW], &names[..]].concat());
        for (name, _) in work.disk.read_dir(&folder).unwrap_or_default() {
            put(work, &folder.join(name), &State::Absent)?;
        }
        put(work, &folder, &State::Absent)?;
        fetched
    }

    fn keep(&self, upgrades: &[&Upgrade], work: &Work<'_>) -> Result<(), PackagesError> {
        for upgrade in upgrades {
            if let OldPackage::Cache { path } = &upgrade.old_package {
                work.run("cp", &["--", path, "."])?;
            }
        }
        Ok(())
    }

    fn identify(&self, file: &str) -> Result<[String; 3], PackagesError> {
        let words = ["-xzOf", file, ".PKGINFO"];
        let text = self.machine.text("tar", &words)?;
        let field = |name: &str| {
            let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(" = "));
            value.map(|value| value.trim().to_owned()).ok_or_else(|| PackagesError::Answer {
                line: machine::line("tar", &words),
                what: format!("no {name}"),
            })
        };
        Ok([field("pkgname")?, field("pkgver")?, field("arch")?])
    }

    fn install(&self, plan: &UpdatePlan, work: &Work<'_>) -> Result<(), PackagesError> {
        let wanted = plan.upgrades.iter().filter(|upgrade| upgrade.is_wanted);
        let names: Vec<&str> = wanted.map(|upgrade| &*upgrade.package).collect();
        let words = [&["fix", "--upgrade"], &names[..]].concat();
        self.with_world(&BTreeSet::new(), work, || run(work, &words))
    }

    /// `apk` has nothing of the kind: what was cut off is unpacked again.
    fn repair(&self, _: &Work<'_>) -> Result<(), PackagesError> {
        Ok(())
    }

    /// The database is written at the very end. So what it has as new is whole, and what it has as old is whole when its
    /// files are as it says.
    fn is_whole(&self, plan: &UpdatePlan) -> Result<bool, PackagesError> {
        let installed = self.installed()?;
        let is_broken = |upgrade: &Upgrade| {
            installed.get(&upgrade.package).is_some_and(|package| package.is_broken)
        };
        if plan.upgrades.iter().any(is_broken) {
            return Ok(false);
        }
        let old = plan.upgrades.iter().filter(|upgrade| {
            installed.get(&upgrade.package).is_some_and(|there| there.version == upgrade.from)
        });
        let names: Vec<&str> = old.map(|upgrade| &*upgrade.package).collect();
        Ok(self.torn(&names, &installed)?.is_empty())
    }

    fn put_back(
        &self,
        saved: &[Saved],
        plan: &UpdatePlan,
        work: &Work<'_>,
    ) -> Result<(), PackagesError> {
        let installed = self.installed()?;
        let (same, other): (Vec<&Saved>, Vec<&Saved>) = saved.iter().partition(|saved| {
            installed.get(&saved.package).is_some_and(|there| there.version == saved.version)
        });
        // Those that the database has as old, though their files are partly new: it is only a matter of files.
        let same: Vec<&str> = same.iter().map(|saved| &*saved.package).collect();
        let torn = self.torn(&same, &installed)?;
        let names: BTreeSet<&str> = saved.iter().map(|saved| &*saved.package).collect();
        let paths: Vec<String> =
            other.iter().map(|saved| work.folder.join(&saved.file).display().to_string()).collect();
        let paths: Vec<&str> = paths.iter().map(|path| &**path).collect();
        if !paths.is_empty() {
            self.refuse_more(&paths, &names, plan)?;
        }
        self.with_world(&names, work, || {
            if !paths.is_empty() {
                // Each file is pinned in the world by its sum, until the world is as it was.
                run(work, &[&["--no-network", "add"], &paths[..]].concat())?;
            }
            if !torn.is_empty() {
                run(work, &[&["fix", "--reinstall"], &torn[..]].concat())?;
            }
            Ok(())
        })
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

impl Apk<'_> {
    /// Packages with files that are not as the database says, configuration aside. What `depmod` writes into the folders
    /// of kernels belongs to their packages, too.
    fn torn<'n>(
        &self,
        names: &[&'n str],
        installed: &BTreeMap<String, Installed>,
    ) -> Result<Vec<&'n str>, PackagesError> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let changed = self.changed("--system")?;
        let is_torn = |name: &&&str| {
            let files = installed.get(**name).map_or(&[][..], |package| &package.files);
            files.iter().any(|file| changed.contains(file) && !file.contains("lib/modules/"))
        };
        Ok(names.iter().filter(is_torn).copied().collect())
    }

    /// Refuses where old package files could only come back along with other changes. What the update itself brought may
    /// go again.
    fn refuse_more(
        &self,
        paths: &[&str],
        names: &BTreeSet<&str>,
        plan: &UpdatePlan,
    ) -> Result<(), PackagesError> {
        let words = [&["--no-network", "add", "--simulate"], paths].concat();
        let output = self.ask(&words)?;
        let steps = steps::parse(&String::from_utf8_lossy(&output.stdout));
        let steps = steps.filter(|_| output.status == Some(0));
        let steps = steps.ok_or_else(|| PackagesError::NoWayBack { said: said(&output) })?;
        let Steps { upgrades, installs, downgrades, removes, reinstalls, others } = steps;
        let is_ours = |name: &String| plan.new_packages.iter().any(|new| new.package == *name);
        let packages: Vec<String> = removes.into_iter().filter(|name| !is_ours(name)).collect();
        if !packages.is_empty() {
            return Err(PackagesError::WouldRemove { packages });
        }
        let changes = upgrades.into_iter().chain(installs).chain(downgrades);
        let mut more: Vec<String> = changes.map(|change| change.name).chain(reinstalls).collect();
        more.retain(|name| !names.contains(&**name));
        more.extend(others);
        if more.is_empty() {
            return Ok(());
        }
        Err(PackagesError::WouldChange { packages: more })
    }

    /// Does something, and leaves the world as it was before, also where that began in an earlier run that was cut off.
    fn with_world(
        &self,
        names: &BTreeSet<&str>,
        work: &Work<'_>,
        change: impl FnOnce() -> Result<(), PackagesError>,
    ) -> Result<(), PackagesError> {
        let copy = work.folder.join(BEFORE);
        let world = Path::new(WORLD);
        if !work.disk.exists(&copy) {
            let state = state(work, world)?;
            put(work, &copy, &state)?;
        }
        let changed = change();
        // It may still be at work, and would write its own world after ours.
        if let Err(PackagesError::Tool { .. }) = changed {
            return changed;
        }
        let (before, now) = (state(work, &copy)?, state(work, world)?);
        if let (State::File { content: old, .. }, State::File { content, attributes, links }) =
            (before, now)
        {
            let (old, new) = (String::from_utf8_lossy(&old), String::from_utf8_lossy(&content));
            let undone = world::undone(&old, &new, names);
            if undone.as_bytes() != &*content {
                let content = undone.into_bytes().into();
                put(work, world, &State::File { content, attributes, links })?;
            }
        }
        put(work, &copy, &State::Absent)?;
        changed
    }
}

fn state(work: &Work<'_>, path: &Path) -> Result<State, PackagesError> {
    let error = |why: String| PackagesError::Journal { path: path.to_owned(), why };
    match work.disk.state(path, LIMIT).map_err(|source| error(source.to_string()))? {
        state @ State::File { .. } => Ok(state),
        _ => Err(error("not a regular file".into())),
    }
}

fn put(work: &Work<'_>, path: &Path, state: &State) -> Result<(), PackagesError> {
    work.disk
        .put(path, state, ".pasu.new")
        .map_err(|source| PackagesError::Journal { path: path.to_owned(), why: source.to_string() })
}

/// Runs `apk` for real.
fn run(work: &Work<'_>, words: &[&str]) -> Result<(), PackagesError> {
    match work.run("apk", &[&GLOBAL[..], words].concat()) {
        Err(PackagesError::Failed { said, .. })
            if said.contains("Unable to lock database") && !said.contains("ermission") =>
        {
            Err(PackagesError::Locked { said })
        }
        other => other,
    }
}
