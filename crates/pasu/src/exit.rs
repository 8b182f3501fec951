//! Exit statuses: 0 clean, the user's own number for findings, 2 when Pasu could not run or could not see everything.

use pasu_advisory::database::DatabaseError;
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

impl Exit {
    /// Of two, the one that says more: what was not seen, then what was found.
    #[must_use]
    pub fn or_worse(self, other: Self) -> Self {
        match (self, other) {
            (Self::Incomplete, _) | (_, Self::Incomplete) => Self::Incomplete,
            (Self::Findings(one), Self::Findings(two)) => Self::Findings(one.max(two)),
            (Self::Findings(code), Self::Clean) | (Self::Clean, Self::Findings(code)) => {
                Self::Findings(code)
            }
            (Self::Clean, Self::Clean) => Self::Clean,
        }
    }
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
        let io = cause.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
        let json =
            cause.downcast_ref::<serde_json::Error>().and_then(serde_json::Error::io_error_kind);
        io.or(json) == Some(std::io::ErrorKind::BrokenPipe)
    });
    if is_broken_pipe {
        // The reader of our output (`head`, `less`) has seen enough.
        return Exit::Clean;
    }
    let mut causes: Vec<String> = error.chain().map(ToString::to_string).collect();
    // Some errors end with what caused them.
    causes.dedup_by(|cause, error| error.ends_with(&**cause));
    // Where standard error is closed there is nobody left to tell.
    let mut out = std::io::stderr();
    let _ = writeln!(out, "pasu: {}", causes.join(": "));
    if let Some(hint) = hint(error).filter(|_| !causes.iter().any(|cause| cause.contains("hint:")))
    {
        let _ = writeln!(out, "hint: {hint}");
    }
    Exit::Incomplete
}

/// What to try, where the cause is one that has a usual remedy.
fn hint(error: &anyhow::Error) -> Option<&'static str> {
    let database = error.chain().find_map(|cause| cause.downcast_ref::<DatabaseError>());
    Some(match database {
        Some(DatabaseError::Io(_)) => {
            "check --db and PASU_DB; without them the snapshot in this program is used"
        }
        Some(DatabaseError::Format { .. }) => {
            "run `pasu db update`, or use the release of Pasu that the database was made for"
        }
        Some(_) => {
            "fetch a database with `pasu db update`, or build one with `pasu db build`; without --db and PASU_DB the \
             snapshot in this program is used"
        }
        None if is_forbidden(error) => "run again as root (sudo), or as the file's owner",
        None => return None,
    })
}

fn is_forbidden(error: &anyhow::Error) -> bool {
    let mut causes = error.chain().filter_map(|cause| cause.downcast_ref::<std::io::Error>());
    causes.any(|error| error.kind() == std::io::ErrorKind::PermissionDenied)
}

#[cfg(test)]
mod tests {
    use super::hint;
    use anyhow::Context;
    use pasu_advisory::database::DatabaseError;
    use std::io;

    #[test]
    fn a_cause_with_a_usual_remedy_has_a_hint() {
        let forbidden = io::Error::from(io::ErrorKind::PermissionDenied);
        let missing = io::Error::from(io::ErrorKind::NotFound);
        for (error, expected) in [
            (anyhow::Error::from(DatabaseError::NotADatabase("too short")), Some("pasu db build")),
            (anyhow::Error::from(DatabaseError::Io(missing)), Some("--db and PASU_DB")),
            (anyhow::Error::from(forbidden), Some("sudo")),
            (anyhow::anyhow!("something else"), None),
        ] {
            let error = Err::<(), _>(error).context("while testing").unwrap_err();
            assert_eq!(hint(&error).is_some(), expected.is_some(), "{error:#}");
            assert!(expected.is_none_or(|part| hint(&error).is_some_and(|h| h.contains(part))));
        }
    }
}
