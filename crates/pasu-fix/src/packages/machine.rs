//! The machine whose packages are updated: its files, and a way to run its own tools.

use super::PackagesError;
use pasu_system::{System, ToolJob, ToolOutput};
use std::io;
use std::path::Path;
use std::time::Duration;

/// How long a question to a package manager may take.
const TIMEOUT: Duration = Duration::from_secs(180);

/// The most bytes of an answer.
const LIMIT: usize = 32 << 20;

/// How many packages are named in one command line, which the kernel limits.
const BATCH: usize = 400;

/// Runs the tools of a machine.
pub trait Runner: Send + Sync {
    /// Runs a job and waits for its end.
    ///
    /// # Errors
    /// The tool is not installed, was refused, or did not end in time.
    fn run(&self, job: &ToolJob<'_>) -> io::Result<ToolOutput>;
}

/// The running machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct HostRunner;

impl Runner for HostRunner {
    fn run(&self, job: &ToolJob<'_>) -> io::Result<ToolOutput> {
        job.run()
    }
}

/// A machine: what is read of it, and what is run on it.
#[derive(Clone, Copy)]
pub struct Machine<'a> {
    /// Its files.
    pub system: &'a dyn System,
    /// Its tools.
    pub runner: &'a dyn Runner,
}

impl<'a> Machine<'a> {
    /// The running machine.
    ///
    /// # Errors
    /// It is a tree of files: nothing of it is ever executed.
    pub fn live(system: &'a dyn System) -> Result<Self, PackagesError> {
        if system.is_live() {
            return Ok(Self { system, runner: &HostRunner });
        }
        Err(PackagesError::NotRunning)
    }
}

impl Machine<'_> {
    /// Asks a tool, whatever its status.
    pub(super) fn ask(
        &self,
        program: &str,
        arguments: &[&str],
    ) -> Result<ToolOutput, PackagesError> {
        let job = ToolJob {
            program,
            arguments,
            environment: &[],
            directory: Path::new("/"),
            timeout: TIMEOUT,
            limit: LIMIT,
            log: None,
        };
        self.runner
            .run(&job)
            .map_err(|source| PackagesError::Tool { line: line(program, arguments), source })
    }

    /// The same; its status must be 0, and the answer is its standard output.
    pub(super) fn text(&self, program: &str, arguments: &[&str]) -> Result<String, PackagesError> {
        let output = self.ask(program, arguments)?;
        if output.status == Some(0) {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        Err(PackagesError::failed(line(program, arguments), &output))
    }

    /// Asks about many names, some at a time, and joins the answers.
    pub(super) fn text_of_many(
        &self,
        program: &str,
        arguments: &[&str],
        names: &[&str],
    ) -> Result<String, PackagesError> {
        let mut text = String::new();
        for batch in names.chunks(BATCH) {
            text.push_str(&self.text(program, &[arguments, batch].concat())?);
        }
        Ok(text)
    }
}

/// A command line, to be shown.
pub(super) fn line(program: &str, arguments: &[&str]) -> String {
    const SHOWN: usize = 300;
    let line = [&[program], arguments].concat().join(" ");
    match line.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}
