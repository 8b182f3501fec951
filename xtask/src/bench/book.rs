//! `cargo xtask bench report`: the report of an inspection as PDF and HTML, with 500 and 5,000 findings.

use super::measure::{Contender, Cost, alternate};
use crate::process;
use crate::workspace::root;
use anyhow::{Result, bail};

/// `cargo xtask bench report`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// How many runs each median is of.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=1000))]
    runs: u16,
}

/// So many findings may take so many milliseconds and MiB.
const LIMITS: [(&str, u32, f64, f64); 4] = [
    ("pdf", 500, 1500.0, 300.0),
    ("pdf", 5000, 5000.0, 300.0),
    ("html", 500, 200.0, 300.0),
    ("html", 5000, 200.0, 300.0),
];

/// Measures, prints, and fails where a limit is broken.
#[expect(clippy::print_stdout, reason = "its output is what was asked for")]
pub fn run(args: &Args) -> Result<()> {
    let build = ["build", "--release", "--package", "pasu-pdf", "--example", "book"];
    process::run(process::cargo().args(build).current_dir(root()))?;
    println!("| format | findings | language | wall ms | CPU ms | peak MiB | file KiB |");
    println!("|---|---:|---|---:|---:|---:|---:|");
    let mut broken = Vec::new();
    for (format, findings, most_ms, most_mib) in LIMITS {
        for lang in ["ko", "en"] {
            let (cost, size) = measure(format, findings, lang, args.runs)?;
            let Cost { wall_ms, cpu_ms, peak_mib } = cost;
            println!(
                "| {format} | {findings} | {lang} | {wall_ms:.0} | {cpu_ms:.0} | {peak_mib:.0} | {size} |"
            );
            if wall_ms > most_ms || peak_mib > most_mib {
                let what = format!("{format} of {findings} findings");
                broken.push(format!("{what} may take {most_ms} ms and {most_mib} MiB"));
            }
        }
    }
    if !broken.is_empty() {
        bail!("{}", broken.join("; "));
    }
    Ok(())
}

fn measure(format: &str, findings: u32, lang: &str, runs: u16) -> Result<(Cost, u64)> {
    let output = std::env::temp_dir().join(format!("pasu-bench-{}.{format}", std::process::id()));
    let contender = Contender {
        name: format!("{findings} findings"),
        program: root().join("target/release/examples/book"),
        arguments: vec![findings.to_string().into(), lang.into(), output.clone().into()],
        output: output.clone(),
    };
    let costs = alternate(&[&contender], usize::from(runs));
    let size = std::fs::metadata(&output).map_or(0, |file| file.len() / 1024);
    for file in [&output, &output.with_extension("stderr")] {
        let _ = std::fs::remove_file(file);
    }
    Ok((costs?[0], size))
}
