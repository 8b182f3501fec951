//! `cargo xtask bench fix`: planning, applying and taking back on copies of a stock Debian, on the disk and in memory.
//! No peer can undo what it does, so the figures stand alone. Needs root and debootstrap.

use super::machine::Machine;
use super::measure::{Cost, measured, medians};
use super::packages::build_pasu;
use super::peers::debian;
use crate::process;
use crate::workspace::Metadata;
use anyhow::{Context, Result, bail};
use serde::Serialize;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A file system in memory, where flushing costs nothing.
const MEMORY: &str = "/dev/shm";

/// An item about one file, which the copies break.
const ITEM: &str = "passwd-file-mode";
const ITS_FILE: &str = "etc/passwd";

/// `cargo xtask bench fix`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Measure this executable instead of building one.
    #[arg(long, value_name = "PATH")]
    pasu: Option<PathBuf>,
    /// How many runs each median is of; one more warms the caches.
    #[arg(long, default_value_t = 11, value_name = "N")]
    runs: usize,
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
    place: &'static str,
    cost: Cost,
}

/// Measures and prints.
#[expect(clippy::print_stdout, reason = "the figures are what was asked for")]
pub fn run(args: &Args) -> Result<()> {
    let machine = Machine::read();
    let target = Metadata::read()?.target_directory;
    let work = target.join("bench");
    fs::create_dir_all(&work).with_context(|| format!("cannot make {}", work.display()))?;
    let pasu = args.pasu.clone().map_or_else(|| build_pasu(&target), Ok)?;
    let stock = debian(&work)?;
    let mut rows = Vec::new();
    for (place, folder) in [("disk", work.as_path()), ("memory", Path::new(MEMORY))] {
        if !folder.is_dir() {
            eprintln!("{} is not there: left out", folder.display());
            continue;
        }
        let copy = Copy::new(&stock, folder)?;
        rows.extend(jobs(&pasu, &copy.root, place, args.runs)?);
    }
    let report = Report { machine, runs: args.runs, rows };
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print!("{}", shown(&report));
    }
    Ok(())
}

/// A copy of a tree that goes away with this.
struct Copy {
    root: PathBuf,
}

impl Copy {
    fn new(stock: &Path, folder: &Path) -> Result<Self> {
        let root = folder.join(format!("pasu-bench-fix-{}", std::process::id()));
        let copy = Self { root };
        process::run(Command::new("cp").arg("-a").arg(stock).arg(&copy.root))?;
        let file = copy.root.join(ITS_FILE);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o664))
            .with_context(|| format!("cannot break {}", file.display()))?;
        Ok(copy)
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.root) {
            eprintln!("cannot remove {}: {error}", self.root.display());
        }
    }
}

fn jobs(pasu: &Path, root: &Path, place: &'static str, runs: usize) -> Result<Vec<Row>> {
    let row = |job: &str, cost| Row { job: job.to_owned(), place, cost };
    let one = rounds(pasu, root, &[ITEM], runs)?;
    let safe = rounds(pasu, root, &["--all-safe"], runs)?;
    let whole = |round: &Round| sum(&[round.plan, round.apply, round.rollback]);
    let both = |round: &Round| sum(&[round.plan, round.apply]);
    let column = |rounds: &[Round], cost: &dyn Fn(&Round) -> Cost| {
        medians(&rounds.iter().map(cost).collect::<Vec<_>>())
    };
    Ok(vec![
        row("one file: plan", column(&one, &|round| round.plan)),
        row("one file: apply, which plans too", column(&one, &|round| round.apply)),
        row("one file: rollback", column(&one, &|round| round.rollback)),
        row("one file: all three", column(&one, &whole)),
        row("--all-safe: plan and apply", column(&safe, &both)),
        row("--all-safe: rollback", column(&safe, &|round| round.rollback)),
    ])
}

/// What one round cost: three processes.
struct Round {
    plan: Cost,
    apply: Cost,
    rollback: Cost,
}

fn rounds(pasu: &Path, root: &Path, chosen: &[&str], runs: usize) -> Result<Vec<Round>> {
    let mut rounds = Vec::with_capacity(runs);
    for number in 0..=runs {
        let round = Round {
            plan: step(pasu, root, "plan", chosen)?,
            apply: step(pasu, root, "apply", &[chosen, &["--yes"]].concat())?,
            rollback: step(pasu, root, "rollback", &["--all", "--yes"])?,
        };
        // A history that grows would be measured too.
        fs::remove_dir_all(root.join("var/lib/pasu"))?;
        if number > 0 {
            rounds.push(round);
        }
    }
    Ok(rounds)
}

fn step(pasu: &Path, root: &Path, name: &str, args: &[&str]) -> Result<Cost> {
    let mut command = Command::new(pasu);
    command.args(["fix", name, "--quiet", "--root"]).arg(root).args(args);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let (status, cost) = measured(&mut command)?;
    // What stays for a person ends an apply with 1, and what a tree cannot tell ends a plan with 2.
    let is_expected = match name {
        "plan" => status.code().is_some_and(|code| code == 0 || code == 2),
        "apply" => status.code().is_some_and(|code| code <= 1),
        _ => status.success(),
    };
    if !is_expected {
        bail!("pasu fix {name} {} ended with {status}", args.join(" "));
    }
    Ok(cost)
}

/// Processes one after the other: times add up, memory does not.
fn sum(costs: &[Cost]) -> Cost {
    Cost {
        wall_ms: costs.iter().map(|cost| cost.wall_ms).sum(),
        cpu_ms: costs.iter().map(|cost| cost.cpu_ms).sum(),
        peak_mib: costs.iter().map(|cost| cost.peak_mib).fold(0.0, f64::max),
    }
}

fn shown(report: &Report) -> String {
    use std::fmt::Write;
    let machine = &report.machine;
    let mut text = format!(
        "{}, {} threads, {} MiB, kernel {}, load {} when it began; medians of {} runs\n\n",
        machine.processor,
        machine.threads,
        machine.memory_mib,
        machine.kernel,
        machine.load,
        report.runs
    );
    let _ = writeln!(text, "| job | on | wall ms | CPU ms | peak MiB |\n|---|---|---:|---:|---:|");
    for Row { job, place, cost } in &report.rows {
        let Cost { wall_ms, cpu_ms, peak_mib } = cost;
        let _ = writeln!(text, "| {job} | {place} | {wall_ms:.0} | {cpu_ms:.0} | {peak_mib:.0} |");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Cost, sum};

    #[test]
    fn times_add_up_and_memory_does_not() {
        let cost = |wall_ms, peak_mib| Cost { wall_ms, cpu_ms: 1.0, peak_mib };
        let whole = sum(&[cost(2.0, 7.0), cost(3.0, 5.0)]);
        assert_eq!(whole, Cost { wall_ms: 5.0, cpu_ms: 2.0, peak_mib: 7.0 });
    }
}
