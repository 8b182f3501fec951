//! `cargo xtask bench audit`: Pasu beside Lynis and OpenSCAP on clean Debian systems, and its walk beside `find` on a
//! million inodes. Needs root: Lynis looks only at the machine it runs on, so it and Pasu run inside the tree, with a `/proc` of
//! its own.

use super::machine::Machine;
use super::measure::{Contender, Cost, alternate};
use super::packages::build_pasu;
use crate::process;
use crate::workspace::Metadata;
use anyhow::{Context, Result, bail};
use serde::Serialize;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The release on which Lynis runs, and Pasu beside it: one on which what is built here starts.
const RUNNING: &str = "bookworm";

/// The newest release for which Debian's `ssg-debian` has rules; it is only read.
const WITH_RULES: &str = "bullseye";

/// What a small server has.
const PACKAGES: &str = "lynis,openssh-server,cron,rsyslog,sudo,nginx-light,libpam-pwquality";

/// OpenSCAP's rules and the profile with most of them.
const RULES: &str = "/usr/share/xml/scap/ssg/content/ssg-debian11-ds.xml";
const PROFILE: &str = "xccdf_org.ssgproject.content_profile_anssi_np_nt28_high";

/// Files in one folder of the large tree.
const FILES_A_FOLDER: usize = 1000;

/// `cargo xtask bench audit`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Measure this executable instead of building one.
    #[arg(long, value_name = "PATH")]
    pasu: Option<PathBuf>,
    /// How many runs each median is of; one more warms the caches.
    #[arg(long, default_value_t = 3, value_name = "N")]
    runs: usize,
    /// Inodes of the large tree; 0 leaves it out.
    #[arg(long, default_value_t = 1_000_000, value_name = "N")]
    inodes: usize,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report {
    machine: Machine,
    runs: usize,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    job: String,
    name: String,
    cost: Cost,
    /// Pasu's cost of the same job through this one's.
    ratio: Option<Cost>,
}

/// Measures and prints.
#[expect(clippy::print_stdout, reason = "the figures are what was asked for")]
pub fn run(args: &Args) -> Result<()> {
    let machine = Machine::read();
    let target = Metadata::read()?.target_directory;
    let work = target.join("bench");
    fs::create_dir_all(&work).with_context(|| format!("cannot make {}", work.display()))?;
    let pasu = args.pasu.clone().map_or_else(|| build_pasu(&target), Ok)?;
    let running = tree(&work, RUNNING)?;
    let inside = running.join("usr/local/bin/pasu-bench");
    fs::copy(&pasu, &inside).with_context(|| format!("cannot copy to {}", inside.display()))?;
    let read = tree(&work, WITH_RULES)?;
    let beside_lynis = [live(&running), lynis(&running)];
    let mut rows = contest("audit of a running Debian 12", &beside_lynis, args.runs)?;
    let beside_oscap = [audit(&pasu, &read, &work), oscap(&read, &work)];
    rows.extend(contest("audit of a Debian 11 tree", &beside_oscap, args.runs)?);
    if args.inodes > 0 {
        let large = large(&work, args.inodes)?;
        let job = format!("whole-disk items over {} inodes", args.inodes);
        let names = [
            walk(&pasu, &large, &work),
            find(&large, &work, &[]),
            find(&large, &work, &["-perm", "-4000"]),
        ];
        rows.extend(contest(&job, &names, args.runs)?);
    }
    let report = Report { machine, runs: args.runs, rows };
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print!("{}", shown(&report));
    }
    Ok(())
}

/// Runs all in turn; the first is ours.
fn contest(job: &str, contenders: &[Contender], runs: usize) -> Result<Vec<Row>> {
    let names: Vec<&str> = contenders.iter().map(|contender| contender.name.as_str()).collect();
    eprintln!("{job}: {}", names.join(", "));
    let costs = alternate(&contenders.iter().collect::<Vec<_>>(), runs)?;
    let Some(ours) = costs.first().copied() else { bail!("{job}: nothing to measure") };
    let rows = contenders.iter().zip(&costs).enumerate().map(|(number, (contender, cost))| Row {
        job: job.to_owned(),
        name: contender.name.clone(),
        cost: *cost,
        ratio: (number > 0).then(|| Cost {
            wall_ms: ours.wall_ms / cost.wall_ms,
            cpu_ms: ours.cpu_ms / cost.cpu_ms,
            peak_mib: ours.peak_mib / cost.peak_mib,
        }),
    });
    Ok(rows.collect())
}

fn shown(report: &Report) -> String {
    use std::fmt::Write;
    let machine = &report.machine;
    let mut text = format!(
        "{}, {} threads, {} MiB, kernel {}, load {} when it began; medians of {} runs\n",
        machine.processor,
        machine.threads,
        machine.memory_mib,
        machine.kernel,
        machine.load,
        report.runs
    );
    let mut job = "";
    for row in &report.rows {
        if job != row.job {
            let _ = write!(
                text,
                "\n{}\n  {:<28} {:>10} {:>10} {:>10}\n",
                row.job, "", "wall ms", "CPU ms", "peak MiB"
            );
            job = &row.job;
        }
        let cost = &row.cost;
        let _ = writeln!(
            text,
            "  {:<28} {:>10.0} {:>10.0} {:>10.1}",
            row.name, cost.wall_ms, cost.cpu_ms, cost.peak_mib
        );
        if let Some(ratio) = &row.ratio {
            let name = "  pasu through it";
            let _ = writeln!(
                text,
                "  {name:<28} {:>10.3} {:>10.3} {:>10.3}",
                ratio.wall_ms, ratio.cpu_ms, ratio.peak_mib
            );
        }
    }
    text
}

/// A clean Debian with Lynis inside.
fn tree(work: &Path, release: &str) -> Result<PathBuf> {
    let root = work.join(format!("audited-{release}"));
    if root.join("usr/sbin/lynis").is_file() {
        return Ok(root);
    }
    let mut debootstrap = Command::new("debootstrap");
    let include = format!("--include={PACKAGES}");
    process::run(debootstrap.args(["--variant=minbase", &include, release]).arg(&root))
        .context("no tree to audit; hint: run as root where debootstrap is installed")?;
    Ok(root)
}

/// A command inside the tree, in process and mount namespaces of its own.
fn inside(name: &str, tree: &Path, words: &[&str], output: PathBuf) -> Contender {
    let proc = format!("--mount-proc={}", tree.join("proc").display());
    let head = ["--mount", "--pid", "--fork", &proc, "chroot"].map(OsString::from);
    let arguments = head.into_iter().chain([tree.into()]).chain(words.iter().map(OsString::from));
    Contender {
        name: name.into(),
        program: "unshare".into(),
        arguments: arguments.collect(),
        output,
    }
}

fn live(tree: &Path) -> Contender {
    let words = [
        "/usr/local/bin/pasu-bench",
        "audit",
        "--format",
        "json",
        "--output",
        "/tmp/pasu.json",
        "--quiet",
        "--no-save",
    ];
    inside("pasu", tree, &words, tree.join("tmp/pasu.json"))
}

fn lynis(tree: &Path) -> Contender {
    let words = [
        "/usr/sbin/lynis",
        "audit",
        "system",
        "--quiet",
        "--no-colors",
        "--report-file",
        "/tmp/lynis.dat",
    ];
    inside("lynis", tree, &words, tree.join("tmp/lynis.dat"))
}

fn audit(pasu: &Path, tree: &Path, work: &Path) -> Contender {
    let output = work.join("pasu-audit.json");
    let words = ["audit", "--format", "json", "--quiet", "--no-save", "--root"].map(OsString::from);
    let arguments =
        words.into_iter().chain([tree.into(), "--output".into(), output.clone().into()]);
    Contender { name: "pasu".into(), program: pasu.into(), arguments: arguments.collect(), output }
}

/// As `oscap-chroot` does, which Debian packs apart.
fn oscap(tree: &Path, work: &Path) -> Contender {
    let output = work.join("oscap.xml");
    let mut root = OsString::from("OSCAP_PROBE_ROOT=");
    root.push(tree);
    let words = ["oscap", "xccdf", "eval", "--profile", PROFILE, "--results"].map(OsString::from);
    let arguments = std::iter::once(root).chain(words);
    let arguments = arguments.chain([output.clone().into(), RULES.into()]).collect();
    Contender { name: "openscap".into(), program: "env".into(), arguments, output }
}

/// A tree of many small files with accounts of its own.
fn large(work: &Path, inodes: usize) -> Result<PathBuf> {
    let root = work.join(format!("inodes-{inodes}"));
    if root.join("complete").exists() {
        return Ok(root);
    }
    eprintln!("making {inodes} inodes");
    fs::create_dir_all(root.join("etc"))?;
    fs::write(root.join("etc/passwd"), "root:x:0:0:root:/root:/bin/sh\n")?;
    fs::write(root.join("etc/group"), "root:x:0:\n")?;
    for folder in 0..inodes.div_ceil(FILES_A_FOLDER + 1) {
        let folder = root.join(format!("srv/{}/{}", folder / 30, folder));
        fs::create_dir_all(&folder)?;
        for file in 0..FILES_A_FOLDER {
            fs::File::create(folder.join(file.to_string()))?;
        }
    }
    fs::write(root.join("complete"), "")?;
    Ok(root)
}

fn walk(pasu: &Path, root: &Path, work: &Path) -> Contender {
    let output = work.join("pasu-walk.json");
    let words = [
        "audit",
        "--item",
        "U-15,U-23,U-25,U-33",
        "--format",
        "json",
        "--quiet",
        "--no-save",
        "--root",
    ];
    let arguments = words.map(OsString::from).into_iter().chain([
        root.into(),
        "--output".into(),
        output.clone().into(),
    ]);
    Contender {
        name: "pasu, four items".into(),
        program: pasu.into(),
        arguments: arguments.collect(),
        output,
    }
}

fn find(root: &Path, work: &Path, tests: &[&str]) -> Contender {
    let output = work.join("find.txt");
    let name = ["find -xdev", &tests.join(" ")].join(" ");
    let arguments = [root.into(), OsString::from("-xdev")]
        .into_iter()
        .chain(tests.iter().map(OsString::from))
        .chain(["-fprint".into(), output.clone().into()]);
    Contender {
        name: name.trim_end().into(),
        program: "find".into(),
        arguments: arguments.collect(),
        output,
    }
}
