//! Services' own proof of their files: `sshd -t`, `visudo -c`, `nginx -t`.

use crate::packages::Runner;
use pasu_checks::fix::{PathChange, subsystems_of};
use pasu_system::{Attributes, Disk, State, ToolJob};
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
pub(super) fn ask(tools: &dyn Runner, disk: &dyn Disk, changes: &[PathChange]) -> Vec<Proof> {
    let paths = changes.iter().map(|change| change.path.as_str());
    subsystems_of(paths)
        .filter_map(|(name, subsystem)| {
            let is_told = !subsystem.units.is_empty();
            subsystem.validate.iter().find_map(|line| {
                let proof = one(tools, name, line, is_told)?;
                match proof.complaint.as_deref().and_then(missing_folder) {
                    Some(folder) if make(disk, folder).is_ok() => one(tools, name, line, is_told),
                    _ => Some(proof),
                }
            })
        })
        .collect()
}

/// The folder that sshd is chrooted into, on `/run`: started by a socket it is not there before the first connection, and
/// nothing can be proven without.
fn missing_folder(complaint: &str) -> Option<&Path> {
    let (_, folder) = complaint.split_once("Missing privilege separation directory: ")?;
    let folder = Path::new(folder.trim());
    (folder.starts_with("/run") && folder.components().count() == 3).then_some(folder)
}

fn make(disk: &dyn Disk, folder: &Path) -> io::Result<()> {
    let attributes = Attributes { mode: 0o755, ..Attributes::default() };
    disk.put(folder, &State::Directory(attributes), "")
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
