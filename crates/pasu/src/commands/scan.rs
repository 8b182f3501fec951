//! `pasu`, `pasu rootfs`, `fs`, `repo`, `sbom`: from a target to a run.

use super::judged::Judged;
use super::{output, unseen};
use crate::args::{ConfigScannerArg, ImageArgs, PackageTypeArg, ScanArgs, ScannerArg};
use crate::database::{self, Chosen};
use crate::exit::Exit;
use crate::progress;
use crate::suppress;
use anyhow::{Context, Result, bail};
use jiff::civil::Date;
use pasu_advisory::matching;
use pasu_advisory::suppress::Rules;
use pasu_model::{
    Audit, ImageInfo, Inventory, Lang, Run, Status, Target, TargetKind, Tool, Unseen, UnseenReason,
};
use pasu_packages::{InventoryOptions, Scope, inventory};
use pasu_report::Format;
use pasu_system::{System, TreeSystem};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// The largest bill of materials that is read, in bytes.
const MAX_SBOM: u64 = 512 << 20;

/// Looks at a folder: a root file system, projects or a repository.
pub fn tree(kind: TargetKind, path: &Path, args: &ScanArgs) -> Result<Exit> {
    let job = Job::new(args, None)?;
    let metadata =
        std::fs::metadata(path).with_context(|| format!("cannot look at {}", path.display()))?;
    // A single lock file is looked at where it lies, so that its neighbours are there too.
    let (root, start) = match (metadata.is_dir(), path.file_name()) {
        (true, _) => (path.to_path_buf(), PathBuf::from("/")),
        (false, Some(name)) if metadata.is_file() && kind != TargetKind::Rootfs => {
            let parent = path
                .parent()
                .filter(|parent| !parent.as_os_str().is_empty())
                .unwrap_or(Path::new("."));
            (parent.to_path_buf(), Path::new("/").join(name))
        }
        _ if kind == TargetKind::Rootfs => {
            bail!(
                "{}: not a directory; hint: `pasu fs` looks at a single lock file",
                path.display()
            )
        }
        _ => bail!("{}: neither a directory nor a regular file", path.display()),
    };
    let system =
        TreeSystem::new(&root).with_context(|| format!("cannot open {}", root.display()))?;
    let target = Target { kind, name: path.display().to_string() };
    let found = job.look(&system, kind, start)?;
    job.finish(target, found, None)
}

/// Looks at a bill of materials.
pub fn sbom(path: &Path, args: &ScanArgs) -> Result<Exit> {
    let folder =
        path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name().with_context(|| format!("{}: not a file", path.display()))?;
    let system =
        TreeSystem::new(folder).with_context(|| format!("cannot open {}", folder.display()))?;
    let bytes = system
        .read(&Path::new("/").join(name), MAX_SBOM)
        .with_context(|| format!("cannot read {}", path.display()))?;
    let job = Job::new(args, Some(&bytes))?;
    let (kind, mut found) =
        pasu_packages::sbom::read(&bytes).with_context(|| format!("{}", path.display()))?;
    let kind = match kind {
        pasu_packages::sbom::SbomKind::CycloneDx => TargetKind::CycloneDx,
        pasu_packages::sbom::SbomKind::Spdx => TargetKind::Spdx,
    };
    for unseen in &mut found.unseen {
        unseen.path = format!("{}: {}", path.display(), unseen.path);
    }
    job.finish(Target { kind, name: path.display().to_string() }, found, None)
}

/// One scan: what is meant by the flags.
pub(super) struct Job<'a> {
    args: &'a ScanArgs,
    /// What is looked for in an image's configuration.
    config_scanners: &'a [ConfigScannerArg],
    destinations: Vec<output::Destination>,
    lang: Lang,
    started: jiff::Timestamp,
    deadline: Option<Instant>,
    database: Option<Chosen>,
    rules: Rules,
}

impl<'a> Job<'a> {
    /// Checks everything that can be wrong before the target is looked at. A bill of materials is read already, for
    /// VEX may refer to parts of it.
    pub(super) fn new(args: &'a ScanArgs, sbom: Option<&[u8]>) -> Result<Self> {
        let only_packages = !args.scanners.is_empty() && !args.scanners.contains(&ScannerArg::Vuln);
        Ok(Self {
            args,
            config_scanners: &[],
            destinations: output::destinations(args)?,
            lang: args.lang.unwrap_or_else(locale),
            started: jiff::Timestamp::now(),
            deadline: Instant::now().checked_add(args.timeout),
            rules: suppress::load(args, sbom)?,
            database: if only_packages {
                None
            } else {
                Some(database::choose(args.db.as_deref())?)
            },
        })
    }

    /// As [`Self::new`], of an image.
    pub(super) fn of_image(args: &'a ImageArgs) -> Result<Self> {
        let job = Self::new(&args.scan, None)?;
        Ok(Self { config_scanners: &args.image_config_scanners, ..job })
    }

    fn look(&self, system: &dyn System, kind: TargetKind, start: PathBuf) -> Result<Inventory> {
        let spinner = progress::spinner(
            self.lang.pick("설치된 소프트웨어를 찾는 중", "looking for software"),
            self.args.quiet,
        );
        let found = inventory(system, &self.inventory_options(kind, start))?;
        spinner.finish_and_clear();
        Ok(found)
    }

    /// When to stop looking.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// How software is looked for in a kind of target.
    pub(super) fn inventory_options(&self, kind: TargetKind, start: PathBuf) -> InventoryOptions {
        let wants_licenses = |destination: &output::Destination| {
            matches!(destination.format, Format::CycloneDx | Format::SpdxJson | Format::Spdx)
        };
        InventoryOptions {
            scope: if matches!(kind, TargetKind::Host | TargetKind::Rootfs | TargetKind::Image) {
                Scope::Installed
            } else {
                Scope::Locked
            },
            os_packages: kind != TargetKind::Repository,
            start,
            cross_file_systems: self.args.cross_file_systems || kind == TargetKind::Host,
            skip_dirs: self.args.skip_dirs.clone(),
            skip_files: self.args.skip_files.clone(),
            licenses: self.args.scanners.contains(&ScannerArg::License)
                || self.destinations.iter().any(wants_licenses),
            deadline: self.deadline,
        }
    }

    /// The advisory database that was named.
    pub(super) fn db(&self) -> Option<&Path> {
        self.args.db.as_deref()
    }

    /// When it began.
    pub(super) fn started(&self) -> jiff::Timestamp {
        self.started
    }

    /// Whether the target is held against the guideline: usually for people alone, and in other formats that can hold it
    /// where it was asked for.
    pub(super) fn wants_audit(&self, kind: TargetKind) -> bool {
        let is_held = |destination: &output::Destination| match kind {
            TargetKind::Image if self.is_audit_asked() => destination.format.holds_audit(),
            TargetKind::Image | TargetKind::Host => destination.format == Format::Table,
            _ => false,
        };
        (self.args.scanners.is_empty() || self.is_audit_asked())
            && self.destinations.iter().any(is_held)
    }

    /// Whether the guideline was asked for by name.
    pub(super) fn is_audit_asked(&self) -> bool {
        self.args.scanners.contains(&ScannerArg::Misconfig)
            || self.config_scanners.contains(&ConfigScannerArg::Misconfig)
    }

    fn finish(self, target: Target, found: Inventory, audit: Option<Audit>) -> Result<Exit> {
        let run = self.judge(target, found, None)?;
        self.end(run, audit)
    }

    /// What of an audit counts, by the severities and ignore files of this scan.
    pub(super) fn judged(&self, audit: Audit) -> Judged {
        Judged::new(audit, &self.rules, &self.severities(), database::today())
    }

    /// Writes a run, and says how it ended.
    pub(super) fn end(&self, mut run: Run, audit: Option<Audit>) -> Result<Exit> {
        let judged = audit.map(|audit| self.judged(audit));
        let has_audit = run.image.is_some() && self.is_audit_asked();
        let is_table = |destination: &output::Destination| destination.format == Format::Table;
        if has_audit && !self.destinations.iter().all(is_table) {
            run.unseen.extend(judged.iter().flat_map(Judged::unseen));
        }
        let (run, judged) = (&run, judged.as_ref());
        let shown = output::Shown { run, judged, has_audit };
        output::write(&shown, self.args, &self.destinations, self.lang)?;
        if !self.destinations.iter().any(|destination| destination.format == Format::Table) {
            unseen::say(&run.unseen, self.lang);
        }
        // Nobody asked for the guideline that a table of an image shows: a script that lets images pass by their
        // vulnerabilities, as it did with Trivy, does not stop at it. What could not be judged counts all the same.
        let counts =
            |judged: &&Judged| run.image.is_none() || self.is_audit_asked() || judged.is_blocked();
        Ok(self.exit(run, judged.filter(counts)))
    }

    /// Holds what was found against the advisories, and takes out what the user does not want to see.
    pub(super) fn judge(
        &self,
        target: Target,
        mut found: Inventory,
        image: Option<ImageInfo>,
    ) -> Result<Run> {
        keep_wanted(&mut found, self.args);
        let mut run = self.judge_all(target, found, image)?;
        // Checks had to see what stands in the configuration; reports must not show it.
        run.image = run.image.map(super::image::masked);
        self.filter(&mut run, database::today());
        Ok(run)
    }

    /// Holds everything that was found against the advisories.
    fn judge_all(
        &self,
        target: Target,
        mut found: Inventory,
        image: Option<ImageInfo>,
    ) -> Result<Run> {
        let today = database::today();
        let os = found.os.clone();
        let mut unseen = std::mem::take(&mut found.unseen);
        let left_out = std::mem::take(&mut found.left_out);
        let matched = match &self.database {
            Some(chosen) => matching::find(&chosen.database, found, &target.name)
                .with_context(|| chosen.name())?,
            None => matching::unjudged(found),
        };
        unseen.extend(matched.unseen.clone());
        unseen.extend(self.not_looked_for(target.kind));
        Ok(Run {
            tool: Tool { name: "pasu".into(), version: env!("CARGO_PKG_VERSION").into() },
            started: self.started.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            target,
            os_end_of_life: os
                .as_ref()
                .and_then(|os| os.support(today))
                .is_some_and(pasu_model::Support::is_over),
            os,
            database: self.database.as_ref().map(|chosen| chosen.info(today)),
            sets: matched.sets,
            unseen,
            left_out,
            narrowed: narrowed(self.args),
            suppressed: Vec::new(),
            unmatched: matched.unmatched,
            image,
        })
    }

    /// What was asked for and is not looked for yet: a result without it is not whole.
    fn not_looked_for(&self, kind: TargetKind) -> impl Iterator<Item = Unseen> {
        let is_asked = |scanner| self.args.scanners.contains(&scanner);
        let secrets = "secrets in files (--scanners secret)";
        let in_config = "a list of secrets in the configuration (--image-config-scanners secret); hint: with misconfig, \
                         DS-0031 names them";
        let guideline = "the guideline (--scanners misconfig), which is held against this host in tables and against images in \
                         table, json, pasu and sarif; hint: `pasu audit --root FOLDER` for a tree, `pasu audit` for this host, \
                         `pasu audit --image NAME`";
        let secrets = is_asked(ScannerArg::Secret).then_some(secrets);
        let in_config =
            self.config_scanners.contains(&ConfigScannerArg::Secret).then_some(in_config);
        let guideline = (self.is_audit_asked() && !self.wants_audit(kind)).then_some(guideline);
        secrets.into_iter().chain(in_config).chain(guideline).map(|detail| Unseen {
            path: "/".to_owned(),
            reason: UnseenReason::NotLookedFor,
            detail: detail.to_owned(),
        })
    }

    /// Where results go.
    pub(super) fn destinations(&self) -> &[output::Destination] {
        &self.destinations
    }

    /// The language of results.
    pub(super) fn lang(&self) -> Lang {
        self.lang
    }

    fn severities(&self) -> Vec<pasu_model::Severity> {
        self.args.severity.iter().map(|severity| (*severity).into()).collect()
    }

    /// Takes out what the user does not want to see: first by flags, so that what they take out is not listed as
    /// suppressed, then by ignore files and VEX.
    fn filter(&self, run: &mut Run, today: Date) {
        let severities = self.severities();
        for set in &mut run.sets {
            set.findings.retain(|finding| {
                let status = finding
                    .vulnerability()
                    .map_or(Status::Unknown, |vulnerability| vulnerability.status);
                (severities.is_empty() || severities.contains(&finding.severity))
                    && !(self.args.ignore_unfixed && status != Status::Fixed)
                    && !self.args.ignore_status.contains(&status)
            });
        }
        suppress::tell(&self.rules.apply(run, today), self.lang, self.args.quiet);
    }

    /// How a run ends.
    pub(super) fn exit(&self, run: &Run, judged: Option<&Judged>) -> Exit {
        self.exit_of(Some(run), judged)
    }

    /// How a target ends of which packages, settings or both were looked at.
    pub(super) fn exit_of(&self, run: Option<&Run>, judged: Option<&Judged>) -> Exit {
        if run.is_some_and(|run| !run.unseen.is_empty()) || judged.is_some_and(Judged::is_blocked) {
            return Exit::Incomplete;
        }
        let eol = self.args.exit_on_eol.filter(|_| run.is_some_and(|run| run.os_end_of_life));
        let is_wrong = run.is_some_and(|run| run.findings().next().is_some())
            || judged.is_some_and(|judged| !judged.found.open.is_empty());
        let findings = self.args.exit_code.filter(|_| is_wrong);
        findings.or(eol).filter(|code| *code != 0).map_or(Exit::Clean, Exit::Findings)
    }
}

/// The options that leave out packages or findings, as typed.
pub(super) fn narrowed(args: &ScanArgs) -> Vec<String> {
    let mut options = Vec::new();
    let mut note = |flag: &str, values: Vec<String>| {
        if !values.is_empty() {
            options.push(format!("{flag} {}", values.join(",")));
        }
    };
    let severity = |severity: &_| pasu_model::Severity::from(*severity).name().to_owned();
    note("--severity", args.severity.iter().map(severity).collect());
    note("--ignore-status", args.ignore_status.iter().map(|s| s.name().to_owned()).collect());
    let kind = |kind: &PackageTypeArg| match kind {
        PackageTypeArg::Os => "os".to_owned(),
        PackageTypeArg::Library => "library".to_owned(),
    };
    note("--pkg-types", args.pkg_types.iter().map(kind).collect());
    note("--skip-dirs", args.skip_dirs.clone());
    note("--skip-files", args.skip_files.clone());
    if args.ignore_unfixed {
        options.push("--ignore-unfixed".to_owned());
    }
    options
}

/// Leaves out kinds of packages and development packages that were not asked for.
fn keep_wanted(found: &mut Inventory, args: &ScanArgs) {
    let wants = |kind| args.pkg_types.is_empty() || args.pkg_types.contains(&kind);
    found.sets.retain(|set| {
        wants(if set.kind.is_os() { PackageTypeArg::Os } else { PackageTypeArg::Library })
    });
    if !args.include_dev_deps {
        for set in &mut found.sets {
            set.packages.retain(|package| !package.dev);
        }
    }
    found.sets.retain(|set| !set.packages.is_empty());
}

/// The language of the user's locale, by the order of POSIX.
pub(super) fn locale() -> Lang {
    let set = |name: &&str| std::env::var(name).ok().filter(|value| !value.is_empty());
    ["LC_ALL", "LC_MESSAGES", "LANG"]
        .iter()
        .find_map(set)
        .map_or(Lang::En, |locale| Lang::from_locale(&locale))
}
