//! Flags of `pasu` and `pasu inspect`.

use super::{ScanArgs, ScannerArg};
use clap::Args;
use pasu_model::Part;
use std::path::PathBuf;

/// `pasu inspect`, and `pasu` without a command.
#[derive(Debug, Args)]
pub struct InspectArgs {
    /// Only these parts, by comma: guideline, packages, images; all without it.
    #[arg(long, value_delimiter = ',', value_parser = parse_part, value_name = "LIST")]
    only: Vec<Part>,
    /// Also write a report; its ending says which: .pdf, .html, .md, .csv, .json, .sarif, .xml (JUnit), .cdx.json, .spdx.json. May be repeated.
    #[arg(long, value_name = "FILE")]
    pub report: Vec<PathBuf>,
    /// Do not keep this run.
    #[arg(long)]
    pub no_save: bool,
    /// Folder of runs and answers; /var/lib/pasu for root, ~/.local/state/pasu for others.
    #[arg(long, env = "PASU_STATE", value_name = "DIR")]
    pub state: Option<PathBuf>,
    /// Policy file with parameters and accepted exceptions; /etc/pasu/pasu.toml without it, if there is one.
    #[arg(long, env = "PASU_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Address of the engine whose images are inspected: unix:///var/run/docker.sock.
    #[arg(long, value_name = "URL")]
    pub docker_host: Option<String>,
    /// How to look.
    #[command(flatten)]
    pub scan: ScanArgs,
}

impl InspectArgs {
    /// Whether a part is wanted: by `--only`, else by Trivy's `--scanners`.
    pub fn wants(&self, part: Part) -> bool {
        if !self.only.is_empty() {
            return self.only.contains(&part);
        }
        let scanner = match part {
            Part::Guideline => ScannerArg::Misconfig,
            Part::Packages | Part::Images => ScannerArg::Vuln,
        };
        self.scan.scanners.is_empty()
            || self.scan.scanners.contains(&scanner)
            || part == Part::Packages && self.scan.scanners.contains(&ScannerArg::License)
    }
}

fn parse_part(text: &str) -> Result<Part, String> {
    Part::ALL
        .into_iter()
        .find(|part| part.key() == text)
        .ok_or_else(|| format!("one of {}", Part::ALL.map(Part::key).join(", ")))
}
