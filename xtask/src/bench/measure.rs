//! What a program costs, measured from outside: time on the clock, time on the processors, and peak memory.

use anyhow::{Context, Result, bail};
use serde::Serialize;
use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::Instant;
use wait4::Wait4;

/// A program as it is measured.
#[derive(Debug, Clone)]
pub struct Contender {
    /// What to call it in tables.
    pub name: String,
    /// Its executable, not a script that starts it.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// The file that it must write.
    pub output: PathBuf,
}

/// What one run cost, or the medians of several.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Cost {
    /// Time on the clock, in milliseconds.
    pub wall_ms: f64,
    /// Time on all processors, in the program and in the kernel for it, in milliseconds.
    pub cpu_ms: f64,
    /// Most memory it had at once, in MiB.
    pub peak_mib: f64,
}

impl Contender {
    /// Runs it once.
    pub fn run(&self) -> Result<Cost> {
        let _ = fs::remove_file(&self.output);
        let talk = self.output.with_extension("stderr");
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).stdin(Stdio::null()).stdout(Stdio::null());
        // Looking for a newer version of itself is no part of a scan.
        command.env("SYFT_CHECK_FOR_APP_UPDATE", "false").stderr(File::create(&talk)?);
        let (status, cost) = measured(&mut command)?;
        // 1 says that there are findings and 2 that something could not be seen: both scanned to the end.
        if status.code().is_none_or(|code| code > 2) || !self.output.exists() {
            bail!("{} ended with {status}: {}", self.name, last_words(&talk));
        }
        Ok(cost)
    }
}

/// Runs a command: how it ended, and what it cost.
pub fn measured(command: &mut Command) -> Result<(ExitStatus, Cost)> {
    let started = Instant::now();
    let program = command.get_program().to_string_lossy().into_owned();
    let child = command.spawn().with_context(|| format!("cannot run {program}"))?;
    let used = child.wait4().with_context(|| format!("cannot wait for {program}"))?;
    let wall = started.elapsed();
    let cost = Cost {
        wall_ms: wall.as_secs_f64() * 1e3,
        cpu_ms: (used.rusage.utime + used.rusage.stime).as_secs_f64() * 1e3,
        peak_mib: used.rusage.maxrss as f64 / f64::from(1 << 20),
    };
    Ok((used.status, cost))
}

/// The end of what a program said on standard error.
fn last_words(talk: &Path) -> String {
    let text = fs::read_to_string(talk).unwrap_or_default();
    let lines: Vec<&str> = text.trim().lines().collect();
    lines.get(lines.len().saturating_sub(3)..).unwrap_or_default().join(" / ")
}

/// Runs each in turn, `runs` times, after one turn that warms the caches and does not count; the medians, in order.
pub fn alternate(contenders: &[&Contender], runs: usize) -> Result<Vec<Cost>> {
    let mut costs = vec![Vec::with_capacity(runs); contenders.len()];
    for contender in contenders {
        contender.run()?;
    }
    for _ in 0..runs {
        for (contender, costs) in contenders.iter().zip(&mut costs) {
            costs.push(contender.run()?);
        }
    }
    Ok(costs.iter().map(|costs| medians(costs)).collect())
}

/// The median of each column.
pub fn medians(costs: &[Cost]) -> Cost {
    let column = |pick: fn(&Cost) -> f64| median(costs.iter().map(pick).collect());
    Cost {
        wall_ms: column(|cost| cost.wall_ms),
        cpu_ms: column(|cost| cost.cpu_ms),
        peak_mib: column(|cost| cost.peak_mib),
    }
}

/// The middle value; the mean of the two middle ones of an even number; 0 of none.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match (values.get(middle.wrapping_sub(1)), values.get(middle)) {
        (Some(below), Some(above)) if values.len().is_multiple_of(2) => {
            f64::midpoint(*below, *above)
        }
        (_, Some(middle)) => *middle,
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::{Contender, median};
    use std::path::PathBuf;

    #[test]
    fn the_median_is_the_middle_value() {
        for (values, middle) in [
            (vec![], 0.0),
            (vec![3.0], 3.0),
            (vec![9.0, 1.0], 5.0),
            (vec![9.0, 1.0, 2.0], 2.0),
            (vec![4.0, 1.0, 2.0, 100.0], 3.0),
        ] {
            assert_eq!(median(values.clone()), middle, "{values:?}");
        }
    }

    #[test]
    fn a_run_counts_only_with_its_output_and_an_expected_status() {
        let folder = tempfile::tempdir().unwrap();
        let output = folder.path().join("out");
        for (script, counts) in [
            ("echo x > \"$0\"", true),
            ("echo x > \"$0\"; exit 2", true),
            ("echo x > \"$0\"; echo broken >&2; exit 3", false),
            ("true", false),
            ("echo x > \"$0\"; kill -9 $$", false),
        ] {
            let contender = Contender {
                name: "sh".into(),
                program: PathBuf::from("/bin/sh"),
                arguments: vec!["-c".into(), script.into(), output.clone().into()],
                output: output.clone(),
            };
            let cost = contender.run();
            assert_eq!(cost.is_ok(), counts, "{script}");
            match cost {
                Ok(cost) => assert!(cost.wall_ms > 0.0 && cost.peak_mib > 0.1, "{cost:?}"),
                Err(error) if script.contains("broken") => {
                    assert!(format!("{error:#}").contains("broken"), "{error:#}");
                }
                Err(_) => {}
            }
        }
    }
}
