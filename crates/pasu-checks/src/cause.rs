//! Why something could not be found out.

use pasu_model::Place;
use pasu_system::ToolOutput;
use serde::{Deserialize, Serialize};
use std::io;

/// Why something could not be found out, and where.
///
/// A check that meets one is blocked, never passed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// Why.
    pub kind: CauseKind,
    /// The file or command.
    pub place: Option<Place>,
    /// What exactly, in English, without secrets; may be empty.
    pub detail: String,
}

/// The kinds of causes. Each has a sentence in `messages.toml` that says what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CauseKind {
    /// Not allowed to read it.
    Permission,
    /// It is not what it should be, or is damaged.
    Malformed,
    /// Too large, too deep or too many.
    Limit,
    /// Reading failed.
    Io,
    /// The time was up.
    Timeout,
    /// A tool is not installed.
    MissingTool,
    /// A tool answered with an error.
    ToolFailed,
    /// Only the running machine can tell, and this is a tree.
    NotRunning,
    /// The packages of this machine were not read or could not be judged.
    NoInventory,
    /// It is kept elsewhere: by a directory server, on a file system that is not mounted.
    Elsewhere,
    /// The target is no image, or nothing of it but its tree was given: what is about images does not apply.
    NoImage,
    /// The check itself failed.
    Panic,
}

impl CauseKind {
    /// The key of its sentence.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Permission => "unseen-permission",
            Self::Malformed => "unseen-malformed",
            Self::Limit => "unseen-limit",
            Self::Io => "unseen-io",
            Self::Timeout => "unseen-timeout",
            Self::MissingTool => "unseen-missing-tool",
            Self::ToolFailed => "unseen-tool-failed",
            Self::NotRunning => "unseen-not-running",
            Self::NoInventory => "unseen-no-inventory",
            Self::Elsewhere => "unseen-elsewhere",
            Self::NoImage => "image-none",
            Self::Panic => "unseen-panic",
        }
    }
}

impl Cause {
    /// A cause without a place.
    pub fn new(kind: CauseKind, detail: impl Into<String>) -> Self {
        Self { kind, place: None, detail: detail.into() }
    }

    /// A damaged line of a file.
    pub fn malformed(path: &str, line: Option<u32>, detail: impl Into<String>) -> Self {
        let place = Some(Place::File { path: path.to_owned(), line });
        Self { kind: CauseKind::Malformed, place, detail: detail.into() }
    }

    /// What only a running machine can tell; `what` names it in English.
    pub fn not_running(what: impl Into<String>) -> Self {
        Self::new(CauseKind::NotRunning, what)
    }

    /// A file that could not be read.
    #[must_use]
    pub fn of_file(path: &str, error: &io::Error) -> Self {
        let kind = match error.kind() {
            io::ErrorKind::PermissionDenied => CauseKind::Permission,
            io::ErrorKind::FileTooLarge => CauseKind::Limit,
            io::ErrorKind::TimedOut => CauseKind::Timeout,
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => CauseKind::Malformed,
            _ => CauseKind::Io,
        };
        let place = Some(Place::File { path: path.to_owned(), line: None });
        Self { kind, place, detail: detail_of(error) }
    }

    /// A tool that could not be asked.
    #[must_use]
    pub fn of_tool(line: &str, error: &io::Error) -> Self {
        let kind = match error.kind() {
            io::ErrorKind::NotFound => CauseKind::MissingTool,
            io::ErrorKind::PermissionDenied => CauseKind::Permission,
            io::ErrorKind::TimedOut => CauseKind::Timeout,
            io::ErrorKind::FileTooLarge => CauseKind::Limit,
            io::ErrorKind::Unsupported => CauseKind::NotRunning,
            _ => CauseKind::Io,
        };
        let place = Some(Place::Command { line: line.to_owned() });
        Self { kind, place, detail: detail_of(error) }
    }

    /// A tool that ended with an error.
    #[must_use]
    pub fn of_status(line: &str, output: &ToolOutput) -> Self {
        let said = String::from_utf8_lossy(&output.stderr);
        let first = said.lines().find(|line| !line.trim().is_empty()).unwrap_or_default().trim();
        let status = output.status.map_or_else(|| "a signal".to_owned(), |code| code.to_string());
        let mut detail = format!("status {status}");
        if !first.is_empty() {
            detail.push_str(": ");
            detail.extend(first.chars().take(200));
        }
        let place = Some(Place::Command { line: line.to_owned() });
        Self { kind: CauseKind::ToolFailed, place, detail: crate::mask::secrets(&detail) }
    }
}

/// The error's words without the operating system's number.
fn detail_of(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}
