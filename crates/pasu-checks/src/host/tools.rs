//! Tools of the running machine.

use super::Host;
use crate::cause::{Cause, CauseKind};
use pasu_model::Place;
use pasu_system::{ToolCall, ToolOutput};
use std::time::{Duration, Instant};

/// How long one tool may take.
const TIMEOUT: Duration = Duration::from_secs(20);

/// The most bytes a tool may write.
const LIMIT: usize = 8 << 20;

/// What a tool answered, by line.
#[derive(Debug, Clone)]
pub struct ToolAnswer {
    /// The command line, to be shown.
    pub line: String,
    /// Its output.
    pub output: ToolOutput,
}

impl ToolAnswer {
    /// Standard output as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.output.stdout).into_owned()
    }

    /// Where this evidence comes from.
    #[must_use]
    pub fn place(&self) -> Place {
        Place::Command { line: self.line.clone() }
    }
}

impl Host {
    /// Asks a tool that changes nothing. Its status must be 0.
    ///
    /// # Errors
    /// The target is not running, the tool is not installed, failed or did not end in time.
    pub fn tool(&self, program: &str, arguments: &[&str]) -> Result<ToolAnswer, Cause> {
        let answer = self.tool_with_status(program, arguments)?;
        if answer.output.status == Some(0) {
            Ok(answer)
        } else {
            Err(Cause::of_status(&answer.line, &answer.output))
        }
    }

    /// The same, whatever its status.
    ///
    /// # Errors
    /// As [`Host::tool`], but for the status.
    pub fn tool_with_status(&self, program: &str, arguments: &[&str]) -> Result<ToolAnswer, Cause> {
        let line = [&[program], arguments].concat().join(" ");
        let left = self.deadline().map(|end| end.saturating_duration_since(Instant::now()));
        let timeout = left.map_or(TIMEOUT, |left| left.min(TIMEOUT));
        let call = ToolCall { program, arguments, timeout, limit: LIMIT };
        match self.system().run(&call) {
            Ok(output) => Ok(ToolAnswer { line, output }),
            Err(error) => Err(Cause::of_tool(&line, &error)),
        }
    }

    /// The same; `None` where the target is not running or the tool is not installed, so that a parser of ours does
    /// the work.
    ///
    /// # Errors
    /// The tool is there and failed or did not end in time.
    pub fn tool_if_any(
        &self,
        program: &str,
        arguments: &[&str],
    ) -> Result<Option<ToolAnswer>, Cause> {
        match self.tool(program, arguments) {
            Ok(answer) => Ok(Some(answer)),
            Err(Cause { kind: CauseKind::MissingTool | CauseKind::NotRunning, .. }) => Ok(None),
            Err(cause) => Err(cause),
        }
    }
}
