//! What was measured, as a table and as JSON.

use super::contest::Outcome;
use super::lookups::Lookups;
use super::machine::Machine;
use super::measure::Cost;
use serde::Serialize;
use std::fmt::{self, Display, Formatter};

/// Everything that one run of the benchmark found out.
#[derive(Debug, Serialize)]
pub struct Report {
    /// What was measured on.
    pub machine: Machine,
    /// How many runs each median is of.
    pub runs: usize,
    /// Beside peers.
    pub scans: Vec<Outcome>,
    /// Building the database.
    pub build: Option<Build>,
    /// Using it.
    pub lookups: Option<Lookups>,
}

/// `pasu db build`.
#[derive(Debug, Serialize)]
pub struct Build {
    /// Medians.
    pub cost: Cost,
    /// Size of the file, in MiB.
    pub size_mib: f64,
}

impl Display for Report {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let Machine { processor, threads, memory_mib, kernel, load } = &self.machine;
        writeln!(
            out,
            "{processor}, {threads} threads, {memory_mib} MiB, Linux {kernel}, load {load}; medians of {} runs\n",
            self.runs
        )?;
        if !self.scans.is_empty() {
            writeln!(out, "| job | program | wall ms | CPU ms | peak MiB | found |")?;
            writeln!(out, "|---|---|---:|---:|---:|---|")?;
        }
        for scan in &self.scans {
            scan_rows(out, scan)?;
        }
        if let Some(Build { cost, size_mib }) = &self.build {
            writeln!(
                out,
                "\ndatabase build: {:.1} s wall, {:.1} s CPU, {:.0} MiB peak, file of {size_mib:.1} MiB",
                cost.wall_ms / 1e3,
                cost.cpu_ms / 1e3,
                cost.peak_mib
            )?;
        }
        self.lookups.as_ref().map_or(Ok(()), |lookups| lookup_lines(out, lookups))
    }
}

fn scan_rows(out: &mut Formatter<'_>, scan: &Outcome) -> fmt::Result {
    let found = &scan.found;
    let alike = format!("{} in both", found.both);
    for (name, cost, found) in [
        ("pasu", scan.ours, format!("{alike}, {} more", found.only_ours.len())),
        (scan.peer.as_str(), scan.theirs, format!("{alike}, {} more", found.only_theirs.len())),
    ] {
        let Cost { wall_ms, cpu_ms, peak_mib } = cost;
        writeln!(
            out,
            "| {} | {name} | {wall_ms:.1} | {cpu_ms:.1} | {peak_mib:.1} | {found} |",
            scan.job
        )?;
    }
    let Cost { wall_ms, cpu_ms, peak_mib } = scan.ratio;
    writeln!(out, "| | ratio | {wall_ms:.3} | {cpu_ms:.3} | {peak_mib:.3} | |")
}

fn lookup_lines(out: &mut Formatter<'_>, lookups: &Lookups) -> fmt::Result {
    writeln!(
        out,
        "database open: {:.0} µs; first lookup {:.0} µs, then {:.1} µs a hit, {:.1} µs a miss, {:.1} µs again, \
         {:.1} µs a description ({} packages, {} vulnerabilities)",
        lookups.open,
        lookups.first_rows,
        lookups.hit,
        lookups.miss,
        lookups.again,
        lookups.detail,
        lookups.packages,
        lookups.vulnerabilities
    )?;
    let orders = lookups.compare_ns.iter().map(|(order, time)| format!("{order} {time:.0} ns"));
    writeln!(out, "version compare: {}", orders.collect::<Vec<_>>().join(", "))
}
