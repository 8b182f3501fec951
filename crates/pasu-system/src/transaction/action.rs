//! What a transaction does beside changing files, and what takes it back.

use serde::{Deserialize, Serialize};
use std::{fmt, io};

/// Something done to the running machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum Action {
    /// Stops a unit.
    Stop {
        /// Its name, `sshd.service`.
        unit: String,
    },
    /// Starts a unit.
    Start {
        /// Its name.
        unit: String,
    },
    /// Restarts a unit.
    Restart {
        /// Its name.
        unit: String,
    },
    /// Lets a unit read its files again.
    Reload {
        /// Its name.
        unit: String,
    },
    /// Lets the service manager read its units again.
    DaemonReload,
    /// Sets a value of the running kernel.
    Sysctl {
        /// Its name, `net.ipv4.ip_forward`.
        key: String,
        /// The value to be.
        value: String,
        /// The value that was.
        before: String,
    },
    /// Runs a program.
    Run {
        /// The program.
        program: String,
        /// What it is given.
        arguments: Vec<String>,
        /// The arguments that take it back, where something does.
        undo: Option<Vec<String>>,
    },
}

impl Action {
    /// What takes it back; `None` where nothing does.
    #[must_use]
    pub fn undo(&self) -> Option<Self> {
        Some(match self {
            Self::Stop { unit } => Self::Start { unit: unit.clone() },
            Self::Start { unit } => Self::Stop { unit: unit.clone() },
            // With the old files back, the same again is what makes the machine as it was.
            Self::Restart { .. } | Self::Reload { .. } | Self::DaemonReload => self.clone(),
            Self::Sysctl { key, value, before } => {
                Self::Sysctl { key: key.clone(), value: before.clone(), before: value.clone() }
            }
            Self::Run { program, arguments, undo } => Self::Run {
                program: program.clone(),
                arguments: undo.clone()?,
                undo: Some(arguments.clone()),
            },
        })
    }
}

impl fmt::Display for Action {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stop { unit } => write!(formatter, "stop {unit}"),
            Self::Start { unit } => write!(formatter, "start {unit}"),
            Self::Restart { unit } => write!(formatter, "restart {unit}"),
            Self::Reload { unit } => write!(formatter, "reload {unit}"),
            Self::DaemonReload => write!(formatter, "daemon-reload"),
            Self::Sysctl { key, value, .. } => write!(formatter, "sysctl {key}={value}"),
            Self::Run { program, arguments, .. } => {
                write!(formatter, "{program} {}", arguments.join(" "))
            }
        }
    }
}

/// Who carries out actions.
pub trait Actor {
    /// Carries one out. It may have been done before, in whole or in part.
    ///
    /// # Errors
    /// It could not be done.
    fn act(&self, action: &Action) -> io::Result<()>;
}

/// The actor for a target that does not run: there is nothing to be done.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoActions;

impl Actor for NoActions {
    fn act(&self, _: &Action) -> io::Result<()> {
        Ok(())
    }
}
