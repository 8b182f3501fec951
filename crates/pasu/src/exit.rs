//! Exit statuses: 0 clean, the user's own number for findings, 2 when Pasu could not run or could not see everything.

use std::io::Write;
use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Nothing to report, or no bar was set.
    Clean,
    /// Findings remain, and the user asked for this status then (`--exit-code`).
    Findings(u8),
    /// Something could not be seen, or the command could not run.
    Incomplete,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Clean => Self::SUCCESS,
            Exit::Findings(code) => Self::from(code),
            Exit::Incomplete => Self::from(2),
        }
    }
}

/// Says on standard error why a command could not run, one cause a line.
pub fn explain(error: &anyhow::Error) -> Exit {
    let is_broken_pipe = error.chain().any(|cause| {
        cause
            .downcast_ref::<std::io::Error>()
            .is_some_and(|e| e.kind() == std::io::ErrorKind::BrokenPipe)
    });
    if is_broken_pipe {
        // The reader of our output (`head`, `less`) has seen enough.
        return Exit::Clean;
    }
    let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
    // Where standard error is closed there is nobody left to tell.
    let _ = writeln!(std::io::stderr(), "pasu: {}", causes.join(": "));
    Exit::Incomplete
}
