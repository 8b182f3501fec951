//! Updates as a transaction: kept, carried out, looked at again, taken back, and finished after a crash.

use super::backend::{Backend, Work, backend};
use super::journal::{FIXES, Journal, Saved, Stage, sha256_of};
use super::plan::{Manager, Reboot, Request, Selection, UpdatePlan, Upgrade, Wanted};
use super::processes::{ServiceInUse, outdated};
use super::{Machine, PackagesError, apt};
use pasu_model::FixAuthor;
use pasu_system::Disk;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// In which state the packages are.
    pub end: End,
    /// Why it is not the state that was asked for.
    pub problem: Option<String>,
    /// Packages that cannot be taken back, because their old files could not be had.
    pub irreversible: Vec<String>,
    /// Services that still run what was replaced.
    pub services: Vec<ServiceInUse>,
    /// Whether the machine must be booted.
    pub reboot: Option<Reboot>,
}

/// In which state the packages of an update are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum End {
    /// As planned.
    After,
    /// As before.
    Before,
    /// Neither, which a person must look at.
    Between {
        /// Packages that are at neither end, with their version.
        packages: Vec<String>,
    },
}

/// Updates of one machine.
#[derive(Clone, Copy)]
pub struct Updates<'a> {
    /// Its tools, and its files to be read.
    pub machine: Machine<'a>,
    /// Its files, for our own journal.
    pub disk: &'a dyn Disk,
    /// Seconds since 1970.
    pub now: i64,
}

/// The paths of one update.
struct Paths {
    folder: PathBuf,
    log: PathBuf,
}

impl Updates<'_> {
    /// What the machine's package manager would do; nothing is changed.
    ///
    /// # Errors
    /// There is none that we know, another one is at work, an earlier installation was cut off, or a tool failed.
    pub fn plan(&self, selection: Selection, allow_new: bool) -> Result<UpdatePlan, PackagesError> {
        let manager = Manager::of(self.machine.system)?;
        backend(manager, self.machine).plan(&Request { selection, allow_new, now: self.now })
    }

    /// Fetches new lists of packages.
    ///
    /// # Errors
    /// There is no package manager that we know, or a source could not be reached.
    pub fn refresh(&self) -> Result<(), PackagesError> {
        backend(Manager::of(self.machine.system)?, self.machine).refresh()
    }

    /// Carries a plan out under a name that no update has yet. Where the package manager fails half-way, what it did is
    /// taken back.
    ///
    /// # Errors
    /// Nothing was changed: the plan is stale or empty, there is no room, a package could not be fetched, somebody else
    /// is at work. [`PackagesError::Tool`] from the installation itself: it still goes on, see [`Updates::recover`].
    pub fn apply(
        &self,
        id: &str,
        by: &FixAuthor,
        plan: &UpdatePlan,
    ) -> Result<Outcome, PackagesError> {
        let paths = Paths::of(id)?;
        if self.disk.exists(&paths.folder.join("packages.json")) {
            return Err(PackagesError::Taken { id: id.to_owned() });
        }
        let backend = backend(plan.manager, self.machine);
        self.refuse_stale(&*backend, plan)?;
        if let Some(space) = plan.too_full().next() {
            return Err(PackagesError::NoRoom(space.clone()));
        }
        let (id, started) = (id.to_owned(), self.now);
        let mut journal = Journal {
            id,
            started,
            by: by.clone(),
            stage: Stage::Preparing,
            plan: plan.clone(),
            saved: Vec::new(),
        };
        journal.enter(self.disk, Stage::Preparing)?;
        if let Err(error) = self.prepare(&*backend, &mut journal, &paths) {
            journal.enter(self.disk, Stage::TakenBack)?;
            return Err(error);
        }
        journal.enter(self.disk, Stage::Installing)?;
        self.install(&*backend, &mut journal, &paths)
    }

    /// Finishes an update that was cut off: as planned where that goes, else as before.
    ///
    /// # Errors
    /// There is none of the name, its journal is damaged, or a package manager is still at work.
    pub fn recover(&self, id: &str) -> Result<Outcome, PackagesError> {
        let paths = Paths::of(id)?;
        let mut journal = Journal::read(self.disk, id)?;
        let backend = backend(journal.plan.manager, self.machine);
        if let Err(error @ PackagesError::Locked { .. }) = backend.check() {
            return Err(error);
        }
        match journal.stage {
            Stage::Done | Stage::TakenBack => self.outcome(&*backend, &journal, None),
            Stage::Preparing => {
                journal.enter(self.disk, Stage::TakenBack)?;
                self.outcome(&*backend, &journal, None)
            }
            Stage::Installing => {
                // Packages that were cut off while being unpacked stay broken until they are unpacked again.
                let _ = backend.repair(&self.work(&paths));
                self.install(&*backend, &mut journal, &paths)
            }
            Stage::TakingBack => {
                let _ = backend.repair(&self.work(&paths));
                self.take_back(&*backend, &mut journal, &paths, None)
            }
        }
    }

    /// Puts the old packages back. Configuration files stay as they are.
    ///
    /// # Errors
    /// Nothing was changed: there is none of the name, a package was changed since, a kept file is missing or was
    /// changed, it would remove or change other packages, or somebody else is at work.
    pub fn rollback(&self, id: &str) -> Result<Outcome, PackagesError> {
        let paths = Paths::of(id)?;
        let mut journal = Journal::read(self.disk, id)?;
        if journal.stage != Stage::Done {
            return Err(PackagesError::NotDone { id: id.to_owned() });
        }
        let backend = backend(journal.plan.manager, self.machine);
        backend.check()?;
        if journal.saved.is_empty() {
            return Err(PackagesError::NothingKept { id: id.to_owned() });
        }
        self.refuse_moved(&*backend, &journal)?;
        self.refuse_damaged(&journal, &paths)?;
        journal.enter(self.disk, Stage::TakingBack)?;
        match self.take_back(&*backend, &mut journal, &paths, None) {
            Err(
                error @ (PackagesError::WouldRemove { .. }
                | PackagesError::WouldChange { .. }
                | PackagesError::NoWayBack { .. }),
            ) => {
                journal.enter(self.disk, Stage::Done)?;
                Err(error)
            }
            other => other,
        }
    }

    /// Updates that were cut off.
    ///
    /// # Errors
    /// The folder of fixes or a journal in it cannot be read.
    pub fn unfinished(&self) -> Result<Vec<String>, PackagesError> {
        let entries = match self.disk.read_dir(Path::new(FIXES)) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other.map_err(|error| PackagesError::Journal {
                path: FIXES.into(),
                why: error.to_string(),
            })?,
        };
        let mut ids = Vec::new();
        for (path, _) in entries {
            let Some(id) = path.file_name().and_then(|name| name.to_str()) else { continue };
            match Journal::read(self.disk, id) {
                Ok(journal) if matches!(journal.stage, Stage::Done | Stage::TakenBack) => {}
                Ok(journal) => ids.push(journal.id),
                // A fix of another kind.
                Err(PackagesError::Unknown { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        ids.sort();
        Ok(ids)
    }

    fn work<'w>(&'w self, paths: &'w Paths) -> Work<'w> {
        Work {
            machine: self.machine,
            disk: self.disk,
            folder: &paths.folder,
            log: &paths.log,
            environment: &apt::ENVIRONMENT,
        }
    }

    fn refuse_stale(&self, backend: &dyn Backend, plan: &UpdatePlan) -> Result<(), PackagesError> {
        if plan.is_empty() {
            return Err(PackagesError::Nothing);
        }
        let fresh = backend.plan(&plan.request(self.now))?;
        if plan.digest != plan.changes_digest() || fresh.digest != plan.digest {
            return Err(PackagesError::Stale);
        }
        Ok(())
    }

    fn prepare(
        &self,
        backend: &dyn Backend,
        journal: &mut Journal,
        paths: &Paths,
    ) -> Result<(), PackagesError> {
        let work = self.work(paths);
        let keep: Vec<&Upgrade> =
            journal.plan.upgrades.iter().filter(|upgrade| upgrade.can_be_kept()).collect();
        backend.keep(&keep, &work)?;
        let mut saved = Vec::new();
        for (file, [name, version, architecture]) in self.files(backend, paths)? {
            let of_file = |upgrade: &&&Upgrade| {
                let mut parts = upgrade.package.split(':');
                let short = parts.next() == Some(&*name);
                short && upgrade.from == version && parts.next().is_none_or(|of| of == architecture)
            };
            let Some(upgrade) = keep.iter().find(of_file) else { continue };
            let path = paths.folder.join(&file);
            let sha256 = sha256_of(self.disk, &path)
                .map_err(|error| PackagesError::Journal { path, why: error.to_string() })?;
            saved.push(Saved { package: upgrade.package.clone(), version, file, sha256 });
        }
        for upgrade in &keep {
            if !saved.iter().any(|saved| saved.package == upgrade.package) {
                return Err(PackagesError::NotKept { package: upgrade.package.clone() });
            }
        }
        journal.saved = saved;
        backend.download(&journal.plan, &work)
    }

    /// Package files of the folder, with what they say of themselves.
    fn files(
        &self,
        backend: &dyn Backend,
        paths: &Paths,
    ) -> Result<Vec<(String, [String; 3])>, PackagesError> {
        let entries = self.disk.read_dir(&paths.folder).map_err(|error| {
            PackagesError::Journal { path: paths.folder.clone(), why: error.to_string() }
        })?;
        let mut names: Vec<String> = entries
            .iter()
            .filter_map(|(path, _)| Some(path.file_name()?.to_str()?.to_owned()))
            .filter(|name| [".deb", ".rpm", ".apk"].iter().any(|end| name.ends_with(end)))
            .collect();
        names.sort();
        let mut files = Vec::new();
        for name in names {
            let path = paths.folder.join(&name).display().to_string();
            files.push((name, backend.identify(&path)?));
        }
        Ok(files)
    }

    fn install(
        &self,
        backend: &dyn Backend,
        journal: &mut Journal,
        paths: &Paths,
    ) -> Result<Outcome, PackagesError> {
        let problem = match backend.install(&journal.plan, &self.work(paths)) {
            // It is still at work: nothing may be done beside it.
            Err(error @ PackagesError::Tool { .. }) => return Err(error),
            Err(error) => error.to_string(),
            Ok(()) if self.end(backend, journal)? == End::After => {
                journal.enter(self.disk, Stage::Done)?;
                return self.outcome(backend, journal, None);
            }
            Ok(()) => "the package manager left other versions than planned".to_owned(),
        };
        let _ = backend.repair(&self.work(paths));
        match self.end(backend, journal)? {
            // A program of some other package failed, and everything of ours is there.
            End::After => {
                journal.enter(self.disk, Stage::Done)?;
                self.outcome(backend, journal, Some(problem))
            }
            End::Before => {
                journal.enter(self.disk, Stage::TakenBack)?;
                self.outcome(backend, journal, Some(problem))
            }
            End::Between { .. } => {
                journal.enter(self.disk, Stage::TakingBack)?;
                self.take_back(backend, journal, paths, Some(problem))
            }
        }
    }

    fn take_back(
        &self,
        backend: &dyn Backend,
        journal: &mut Journal,
        paths: &Paths,
        problem: Option<String>,
    ) -> Result<Outcome, PackagesError> {
        self.refuse_damaged(journal, paths)?;
        backend.put_back(&journal.saved, &journal.plan, &self.work(paths))?;
        let end = self.end(backend, journal)?;
        if !matches!(end, End::Between { .. }) {
            journal.enter(self.disk, Stage::TakenBack)?;
        }
        self.outcome(backend, journal, problem)
    }

    /// Where the packages of a plan are now.
    fn end(&self, backend: &dyn Backend, journal: &Journal) -> Result<End, PackagesError> {
        let versions = backend.versions(&journal.plan)?;
        let upgrades = &journal.plan.upgrades;
        let at = |upgrade: &Upgrade, version: &str| {
            versions.get(&upgrade.package).is_some_and(|there| there == version)
        };
        if backend.is_whole(&journal.plan)? {
            if upgrades.iter().all(|upgrade| at(upgrade, &upgrade.to)) {
                return Ok(End::After);
            }
            // What could not be kept stays new; everybody was told so before.
            let is_back = |upgrade: &Upgrade| at(upgrade, &upgrade.from) || !upgrade.can_be_kept();
            if upgrades.iter().all(is_back) {
                return Ok(End::Before);
            }
        }
        let shown = upgrades.iter().map(|upgrade| {
            let version = versions.get(&upgrade.package).map_or("?", |version| version);
            format!("{} {version}", upgrade.package)
        });
        Ok(End::Between { packages: shown.collect() })
    }

    fn outcome(
        &self,
        backend: &dyn Backend,
        journal: &Journal,
        problem: Option<String>,
    ) -> Result<Outcome, PackagesError> {
        let irreversible = journal.plan.irreversible().map(|upgrade| upgrade.package.clone());
        let end = self.end(backend, journal)?;
        let reboot =
            journal.plan.reboot.clone().filter(|reboot| end == End::After || reboot.is_due_already);
        Ok(Outcome {
            end,
            problem,
            irreversible: irreversible.collect(),
            services: outdated(self.machine.system),
            reboot,
        })
    }

    /// What was upgraded further, or by hand, is not ours to take back.
    fn refuse_moved(&self, backend: &dyn Backend, journal: &Journal) -> Result<(), PackagesError> {
        let versions = backend.versions(&journal.plan)?;
        for upgrade in &journal.plan.upgrades {
            let there = versions.get(&upgrade.package);
            if there.is_none_or(|there| *there != upgrade.to) {
                return Err(PackagesError::Moved {
                    package: upgrade.package.clone(),
                    expected: upgrade.to.clone(),
                    there: there.cloned().unwrap_or_else(|| "-".to_owned()),
                });
            }
        }
        Ok(())
    }

    fn refuse_damaged(&self, journal: &Journal, paths: &Paths) -> Result<(), PackagesError> {
        for saved in &journal.saved {
            let path = paths.folder.join(&saved.file);
            let why = match sha256_of(self.disk, &path) {
                Ok(sum) if sum == saved.sha256 => continue,
                Ok(_) => "it was changed".to_owned(),
                Err(error) => error.to_string(),
            };
            return Err(PackagesError::Journal { path, why });
        }
        Ok(())
    }
}

impl Paths {
    fn of(id: &str) -> Result<Self, PackagesError> {
        let folder = Journal::folder(id)?;
        Ok(Self { log: folder.join("log"), folder })
    }
}

impl UpdatePlan {
    /// The request that leads to the same plan while nothing has moved.
    fn request(&self, now: i64) -> Request {
        let wanted =
            self.upgrades.iter().filter(|upgrade| upgrade.is_wanted).map(|upgrade| Wanted {
                package: upgrade.package.clone(),
                installed: upgrade.from.clone(),
                fixed: upgrade.to.clone(),
                cves: upgrade.cves.clone(),
            });
        let selection = Selection::Wanted(wanted.collect());
        Request { selection, allow_new: !self.new_packages.is_empty(), now }
    }
}
