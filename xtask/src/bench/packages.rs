//! `cargo xtask bench packages`: what is measured, in which order.

use super::contest::{Contest, Outcome};
use super::listing::Listing;
use super::lockfile;
use super::lookups::Lookups;
use super::machine::Machine;
use super::measure::{Contender, Cost, medians};
use super::peers::{ContestArgs, Peer, Peers, debian};
use super::report::{Build, Report};
use crate::process;
use crate::workspace::{Metadata, root};
use anyhow::{Context, Result};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// A build takes long enough that few runs agree.
const BUILD_RUNS: usize = 3;

/// `cargo xtask bench packages`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folder of advisory feeds, laid out as docs/database.md says: also measures building a database of them.
    #[arg(long, value_name = "DIR")]
    feeds: Option<PathBuf>,
    /// Database to scan with; without it the one built from --feeds, or the bundled snapshot.
    #[arg(long, value_name = "FILE")]
    db: Option<PathBuf>,
    /// Root file system to scan; may be repeated. Without it a Debian 12 tree is made by debootstrap.
    #[arg(long, value_name = "DIR")]
    rootfs: Vec<PathBuf>,
    /// What is measured beside what.
    #[command(flatten)]
    contest: ContestArgs,
}

/// Measures and prints.
#[expect(clippy::print_stdout, reason = "the figures are what was asked for")]
pub fn run(args: &Args) -> Result<()> {
    let machine = Machine::read();
    let bench = Bench::prepare(args)?;
    let built = args.feeds.as_deref().map(|feeds| bench.build(feeds)).transpose()?;
    let database = args.db.clone().or(built.as_ref().map(|(_, file)| file.clone()));
    let scans = bench.contests(args, database.as_deref())?;
    let report = Report {
        machine,
        runs: args.contest.runs,
        scans,
        build: built.map(|(build, _)| build),
        lookups: database.map(|database| bench.lookups(&database)).transpose()?,
    };
    if args.contest.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print!("{report}");
    }
    Ok(())
}

/// What the parts need.
struct Bench {
    pasu: PathBuf,
    work: PathBuf,
    peers: Peers,
    rootfs: Vec<PathBuf>,
}

impl Bench {
    fn prepare(args: &Args) -> Result<Self> {
        let target = Metadata::read()?.target_directory;
        let work = target.join("bench");
        std::fs::create_dir_all(&work)
            .with_context(|| format!("cannot make {}", work.display()))?;
        let pasu = args.contest.pasu.clone().map_or_else(|| build_pasu(&target), Ok)?;
        let rootfs =
            if args.rootfs.is_empty() { vec![debian(&work)?] } else { args.rootfs.clone() };
        let peers = Peers::find(&args.contest, &work);
        Ok(Self { pasu, work, peers, rootfs })
    }

    /// Builds the database; the last one stays.
    fn build(&self, feeds: &Path) -> Result<(Build, PathBuf)> {
        eprintln!("building the advisory database");
        let file = self.work.join("full.db");
        let builder = Contender {
            name: "pasu db build".into(),
            program: self.pasu.clone(),
            arguments: words(&["db", "build", "--quiet", "--feeds"], &[feeds], "--output", &file),
            output: file.clone(),
        };
        let costs: Vec<Cost> = (0..BUILD_RUNS).map(|_| builder.run()).collect::<Result<_>>()?;
        let size_mib = std::fs::metadata(&file)?.len() as f64 / f64::from(1 << 20);
        Ok((Build { cost: medians(&costs), size_mib }, file))
    }

    /// All are measured before what they found is read: see the module [`super`].
    fn contests(&self, args: &Args, database: Option<&Path>) -> Result<Vec<Outcome>> {
        let project = self.work.join("lock");
        lockfile::write(&project)?;
        let mut contests = Vec::new();
        for (number, tree) in self.rootfs.iter().enumerate() {
            let name = tree.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let place = Place { folder: tree, label: format!("{number}-{name}") };
            if let (Some(trivy), Some(cache)) = (&self.peers.trivy, &args.contest.trivy_cache) {
                contests.push(self.findings("rootfs", &place, trivy, cache, database));
            }
            contests.extend(self.peers.trivy.as_ref().map(|trivy| self.trivy_list(&place, trivy)));
            contests.extend(self.peers.syft.as_ref().map(|syft| self.syft_list(&place, syft)));
        }
        if let (Some(trivy), Some(cache)) = (&self.peers.trivy, &args.contest.trivy_cache) {
            let place =
                Place { folder: &project, label: format!("{} npm packages", lockfile::PACKAGES) };
            contests.push(self.findings("fs", &place, trivy, cache, database));
        }
        let costs = contests
            .iter()
            .map(|contest| contest.measure(args.contest.runs))
            .collect::<Result<Vec<_>>>()?;
        contests.iter().zip(costs).map(|(contest, costs)| contest.outcome(costs)).collect()
    }

    /// The same advisories, the same findings.
    fn findings(
        &self,
        command: &str,
        place: &Place<'_>,
        trivy: &Peer,
        cache: &Path,
        database: Option<&Path>,
    ) -> Contest {
        let file = |tool: &str| self.work.join(format!("{tool}-{command}-{}.json", place.label));
        let common = [command, "--scanners", "vuln", "--format", "json", "--quiet"];
        let mut ours = words(&common, &[place.folder], "--output", &file("pasu"));
        if let Some(database) = database {
            ours.extend(["--db".into(), database.into()]);
        }
        let mut theirs = words(&common, &[place.folder], "--output", &file("trivy"));
        theirs.extend(
            ["--skip-db-update", "--skip-java-db-update", "--offline-scan"].map(OsString::from),
        );
        theirs.extend(["--cache-dir".into(), cache.into()]);
        self.contest(
            format!("{command} {}: vulnerabilities", place.label),
            (ours, file("pasu")),
            (trivy, theirs, file("trivy")),
            Listing::Findings,
        )
    }

    /// CycloneDX needs no database of either.
    fn trivy_list(&self, place: &Place<'_>, trivy: &Peer) -> Contest {
        let file = self.work.join(format!("trivy-{}.cdx.json", place.label));
        let common = ["rootfs", "--format", "cyclonedx", "--quiet"];
        let mut theirs = words(&common, &[place.folder], "--output", &file);
        theirs.extend([
            "--offline-scan".into(),
            "--cache-dir".into(),
            self.work.join("no-db").into(),
        ]);
        let (ours, output) = self.our_list(place);
        self.contest(
            format!("rootfs {}: packages", place.label),
            (ours, output),
            (trivy, theirs, file),
            Listing::Packages,
        )
    }

    fn syft_list(&self, place: &Place<'_>, syft: &Peer) -> Contest {
        let file = self.work.join(format!("syft-{}.cdx.json", place.label));
        let mut target = OsString::from("dir:");
        target.push(place.folder);
        let mut format = OsString::from("cyclonedx-json=");
        format.push(&file);
        let theirs = ["scan".into(), target, "--quiet".into(), "--output".into(), format];
        let (ours, output) = self.our_list(place);
        self.contest(
            format!("rootfs {}: packages", place.label),
            (ours, output),
            (syft, theirs.to_vec(), file),
            Listing::Packages,
        )
    }

    fn our_list(&self, place: &Place<'_>) -> (Vec<OsString>, PathBuf) {
        let file = self.work.join(format!("pasu-{}.cdx.json", place.label));
        let common = ["rootfs", "--scanners", "license", "--format", "cyclonedx", "--quiet"];
        (words(&common, &[place.folder], "--output", &file), file)
    }

    fn contest(
        &self,
        job: String,
        (ours, our_file): (Vec<OsString>, PathBuf),
        (peer, theirs, their_file): (&Peer, Vec<OsString>, PathBuf),
        listing: Listing,
    ) -> Contest {
        let ours = Contender {
            name: "pasu".into(),
            program: self.pasu.clone(),
            arguments: ours,
            output: our_file,
        };
        let theirs = Contender {
            name: peer.name.clone(),
            program: peer.program.clone(),
            arguments: theirs,
            output: their_file,
        };
        Contest { job, ours, theirs, listing }
    }

    /// Measured by an optimised build of this program, which otherwise is not one.
    fn lookups(&self, database: &Path) -> Result<Lookups> {
        let tree = self.rootfs.first().context("no tree whose packages could be asked for")?;
        let mut command = process::cargo();
        command.current_dir(root()).args(["run", "--release", "--quiet", "-p", "xtask", "--"]);
        command.args(["bench", "lookups", "--db"]).arg(std::path::absolute(database)?);
        command.arg("--rootfs").arg(std::path::absolute(tree)?);
        let text = process::output(&mut command)?;
        serde_json::from_str(&text).context("bench lookups printed something unexpected")
    }
}

/// What is scanned.
struct Place<'a> {
    folder: &'a Path,
    label: String,
}

/// Builds the program as it is released.
pub fn build_pasu(target: &Path) -> Result<PathBuf> {
    process::run(process::cargo().current_dir(root()).args(["build", "--release", "-p", "pasu"]))?;
    let built = target.join("release/pasu");
    // Another build may replace it while it is measured.
    let measured = target.join("bench/pasu");
    std::fs::copy(&built, &measured).with_context(|| format!("cannot copy {}", built.display()))?;
    Ok(measured)
}

/// A command line: words, paths, and where the output goes.
fn words(words: &[&str], paths: &[&Path], flag: &str, output: &Path) -> Vec<OsString> {
    let words = words.iter().map(OsString::from);
    let paths = paths.iter().map(|path| path.as_os_str().to_owned());
    words.chain(paths).chain([flag.into(), output.into()]).collect()
}

#[cfg(test)]
mod tests {
    use super::words;
    use std::path::Path;

    #[test]
    fn a_command_line_keeps_its_order() {
        let line = words(&["rootfs", "--quiet"], &[Path::new("/mnt")], "--output", Path::new("o"));
        assert_eq!(line, ["rootfs", "--quiet", "/mnt", "--output", "o"]);
    }
}
