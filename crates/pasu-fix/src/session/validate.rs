//! Services' own proof of their files: `sshd -t`, `visudo -c`, `nginx -t`.

use crate::packages::Runner;
use pasu_checks::fix::{PathChange, subsystems_of};
use pasu_system::ToolJob;
use std::io;
use std::path::Path;
use std::time::Duration;

/// The most time that a proof may take.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The most bytes of an answer.
const LIMIT: usize = 1 << 20;

/// What one proof said.
#[derive(Debug, Clone)]
pub(super) struct Proof {
    /// The service.
    pub(super) subsystem: &'static str,
    /// The command line.
    pub(super) line: String,
    /// The first line of its complaint; `None` where it found nothing wrong.
    pub(super) complaint: Option<String>,
    /// Whether its service is told of changes: a broken one could then stop it.
    pub(super) is_told: bool,
}

/// Asks every service that reads what changes. One whose tool is not installed has no proof.
pub(super) fn ask(tools: &dyn Runner, changes: &[PathChange]) -> Vec<Proof> {
    let paths = changes.iter().map(|change| change.path.as_str());
    subsystems_of(paths)
        .filter_map(|(name, subsystem)| {
            subsystem
                .validate
                .iter()
                .find_map(|line| one(tools, name, line, !subsystem.units.is_empty()))
        })
        .collect()
}

fn one(tools: &dyn Runner, subsystem: &'static str, line: &str, is_told: bool) -> Option<Proof> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let (program, arguments) = words.split_first()?;
    let job = ToolJob {
        program,
        arguments,
        environment: &[],
        directory: Path::new("/"),
        timeout: TIMEOUT,
        limit: LIMIT,
        log: None,
    };
    let complaint = match tools.run(&job) {
        Ok(output) if output.status == Some(0) => None,
        Ok(output) => {
            let said = [output.stderr, output.stdout].concat();
            let said = String::from_utf8_lossy(&said);
            let first = said.lines().find(|line| !line.trim().is_empty()).unwrap_or("it failed");
            Some(first.trim().chars().take(300).collect())
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
        Err(error) => Some(error.to_string()),
    };
    Some(Proof { subsystem, line: line.to_owned(), complaint, is_told })
}
