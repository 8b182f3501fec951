//! `cargo xtask bench images`: scans of saved images beside Trivy and Syft, with and without what was kept before.

use super::archives::{Archives, make};
use super::contest::{Contest, Outcome};
use super::listing::Listing;
use super::machine::Machine;
use super::measure::Contender;
use super::packages::build_pasu;
use super::peers::{ContestArgs, Peer, Peers};
use super::report::Report;
use crate::workspace::Metadata;
use anyhow::{Context, Result};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// `cargo xtask bench images`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Root file system to make an image of; may be repeated. Without it a Debian 12 tree is made by debootstrap.
    #[arg(long, value_name = "DIR")]
    rootfs: Vec<PathBuf>,
    /// Archive or OCI layout to scan instead of making some; may be repeated.
    #[arg(long, value_name = "FILE")]
    input: Vec<PathBuf>,
    /// Database to scan with; without it the bundled snapshot.
    #[arg(long, value_name = "FILE")]
    db: Option<PathBuf>,
    /// What is measured beside what.
    #[command(flatten)]
    contest: ContestArgs,
}

/// Whether what was found before may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Memory {
    /// Nothing is known, and nothing is kept.
    Cold,
    /// As cold, and uncompressed layers are not held against their digests, as Trivy does not either.
    ByHeaders,
    /// The run before has kept what it found.
    Cached,
}

impl Memory {
    const fn name(self) -> &'static str {
        match self {
            Self::Cold => "cold",
            Self::ByHeaders => "cold, --no-verify",
            Self::Cached => "cached",
        }
    }
}

/// Measures and prints.
#[expect(clippy::print_stdout, reason = "the figures are what was asked for")]
pub fn run(args: &Args) -> Result<()> {
    let machine = Machine::read();
    let target = Metadata::read()?.target_directory;
    let work = target.join("bench");
    std::fs::create_dir_all(&work).with_context(|| format!("cannot make {}", work.display()))?;
    let pasu = args.contest.pasu.clone().map_or_else(|| build_pasu(&target), Ok)?;
    let peers = Peers::find(&args.contest, &work);
    let places = places(args, &work)?;
    let bench = Bench { args, pasu, work };
    let contests = bench.contests(&places, &peers);
    // All are measured before what they found is read: see the module above.
    let costs = contests
        .iter()
        .map(|contest| contest.measure(args.contest.runs))
        .collect::<Result<Vec<_>>>()?;
    let scans: Vec<Outcome> = contests
        .iter()
        .zip(costs)
        .map(|(contest, costs)| contest.outcome(costs))
        .collect::<Result<_>>()?;
    let report = Report { machine, runs: args.contest.runs, scans, build: None, lookups: None };
    if args.contest.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print!("{report}");
    }
    Ok(())
}

/// A saved image and how peers call its kind.
struct Place {
    label: String,
    file: PathBuf,
    /// `docker-archive` or `oci-dir`, where known: Syft wants to be told.
    kind: Option<&'static str>,
}

fn places(args: &Args, work: &Path) -> Result<Vec<Place>> {
    if !args.input.is_empty() {
        let label = |file: &Path| file.file_name().unwrap_or_default().to_string_lossy().into();
        let place = |file: &PathBuf| Place { label: label(file), file: file.clone(), kind: None };
        return Ok(args.input.iter().map(place).collect());
    }
    let mut places = Vec::new();
    for Archives { name, docker, oci } in make(&args.rootfs, work)? {
        for (kind, file) in [("docker-archive", docker), ("oci-dir", oci)] {
            places.push(Place { label: format!("{name} {kind}"), file, kind: Some(kind) });
        }
    }
    Ok(places)
}

/// What the contests need.
struct Bench<'a> {
    args: &'a Args,
    pasu: PathBuf,
    work: PathBuf,
}

impl Bench<'_> {
    fn contests(&self, places: &[Place], peers: &Peers) -> Vec<Contest> {
        let mut contests = Vec::new();
        for place in places {
            if let (Some(trivy), Some(cache)) = (&peers.trivy, &self.args.contest.trivy_cache) {
                contests.push(self.findings(place, trivy, cache, Memory::Cold));
                if place.kind != Some("oci-dir") {
                    contests.push(self.findings(place, trivy, cache, Memory::ByHeaders));
                }
                contests.push(self.findings(place, trivy, cache, Memory::Cached));
            }
            contests.extend(peers.syft.as_ref().map(|syft| self.packages(place, syft)));
        }
        contests
    }

    /// The same advisories, the same findings.
    fn findings(&self, place: &Place, trivy: &Peer, cache: &Path, memory: Memory) -> Contest {
        let common = ["image", "--scanners", "vuln", "--format", "json", "--quiet", "--input"];
        let common = || common.iter().map(OsString::from).chain([place.file.clone().into()]);
        let (mut ours, mut theirs): (Vec<OsString>, Vec<OsString>) =
            (common().collect(), common().collect());
        if let Some(database) = &self.args.db {
            ours.extend(["--db".into(), database.into()]);
        }
        let no_network = ["--skip-db-update", "--skip-java-db-update", "--offline-scan"];
        theirs.extend(no_network.map(OsString::from));
        theirs.extend(["--cache-dir".into(), cache.into()]);
        match memory {
            Memory::Cold | Memory::ByHeaders => {
                ours.push("--no-cache".into());
                if memory == Memory::ByHeaders {
                    ours.push("--no-verify".into());
                }
                theirs.extend(["--cache-backend", "memory"].map(OsString::from));
            }
            Memory::Cached => {
                ours.extend(["--cache-dir".into(), self.work.join("image-cache").into()]);
            }
        }
        let job = format!("{}, {}: vulnerabilities", place.label, memory.name());
        self.contest(place, job, ours, (trivy, theirs), Listing::Findings, "--output")
    }

    fn packages(&self, place: &Place, syft: &Peer) -> Contest {
        let ours = ["image", "--scanners", "license", "--format", "cyclonedx", "--quiet"];
        let ours = ours.iter().map(OsString::from);
        let ours = ours.chain(["--no-cache".into(), "--input".into(), place.file.clone().into()]);
        let mut target =
            OsString::from(place.kind.map_or(String::new(), |kind| format!("{kind}:")));
        target.push(&place.file);
        let theirs = vec!["scan".into(), target, "--quiet".into()];
        let job = format!("{}, cold: packages", place.label);
        self.contest(
            place,
            job,
            ours.collect(),
            (syft, theirs),
            Listing::Packages,
            "cyclonedx-json",
        )
    }

    /// Names the file that each writes; Syft takes it with the format.
    fn contest(
        &self,
        place: &Place,
        job: String,
        mut ours: Vec<OsString>,
        (peer, mut theirs): (&Peer, Vec<OsString>),
        listing: Listing,
        flag: &str,
    ) -> Contest {
        let name = job.replace([' ', ',', ':', '/'], "-");
        let file = |tool: &str| self.work.join(format!("{tool}-{name}.json"));
        let (our_file, their_file) = (file("pasu"), file("peer"));
        ours.extend(["--output".into(), our_file.clone().into()]);
        match listing {
            Listing::Findings => theirs.extend([flag.into(), their_file.clone().into()]),
            Listing::Packages => {
                let mut format = OsString::from(format!("{flag}="));
                format.push(&their_file);
                theirs.extend(["--output".into(), format]);
            }
        }
        debug_assert!(place.file.exists());
        Contest {
            job,
            ours: Contender {
                name: "pasu".into(),
                program: self.pasu.clone(),
                arguments: ours,
                output: our_file,
            },
            theirs: Contender {
                name: peer.name.clone(),
                program: peer.program.clone(),
                arguments: theirs,
                output: their_file,
            },
            listing,
        }
    }
}
