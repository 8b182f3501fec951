//! What a detector is.

use crate::TargetFile;
use pasu_model::{PackageSet, UnseenReason};

/// Reads one kind of record.
pub trait Detector: Sync {
    /// A stable name such as `npm/package-lock`, used in messages and cache keys.
    fn id(&self) -> &'static str;

    /// The version of what it finds: raised when a change makes it find something else in the same file, so that what
    /// was stored before is not taken for it.
    fn version(&self) -> u32 {
        1
    }

    /// Whether it looks at nothing but the file itself, so that what it finds holds wherever the file is met again.
    /// Lock files mostly have manifests beside them.
    fn is_alone(&self) -> bool {
        self.scope() != Scope::Locked
    }

    /// When the record is looked for.
    fn scope(&self) -> Scope;

    /// Which files it wants.
    fn interest(&self) -> Interest;

    /// Turns one file into packages. An empty list means the file is well formed and names none, or is not what its
    /// name suggests without being damaged (a `package.json` of an application, an executable not built by Go).
    ///
    /// An error means that nothing could be read. What is damaged only in part is told with [`TargetFile::report`], and
    /// the rest returned.
    fn detect(&self, file: &TargetFile<'_>) -> Result<Vec<PackageSet>, DetectError>;
}

/// When a record is looked for: `rootfs` and the host look at what is installed, `fs` and `repo` at lock files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Only what is installed.
    Installed,
    /// Only what a project locks or declares.
    Locked,
    /// Both.
    Always,
}

/// Which files a detector wants, as data; a file that meets any one line is handed over.
#[derive(Debug, Clone, Copy, Default)]
pub struct Interest {
    /// Whole file names: `package-lock.json`.
    pub names: &'static [&'static str],
    /// Ends of file names: `.jar`, `.deps.json`.
    pub suffixes: &'static [&'static str],
    /// Ends of paths at a `/`: `var/lib/dpkg/status`, `.dist-info/METADATA` (compared on the path's end as written).
    pub path_ends: &'static [&'static str],
    /// Whole paths inside the target: `/lib/apk/db/installed`.
    pub paths: &'static [&'static str],
    /// Everything directly inside these directories (whole paths): `/var/lib/dpkg/status.d`.
    pub directories: &'static [&'static str],
    /// Every regular file that begins with the ELF magic number and is executable or a shared object (mode has an
    /// execute bit, or the name holds `.so`).
    pub elf: bool,
}

/// Why a file could not be read as what it is.
#[derive(Debug, thiserror::Error)]
pub enum DetectError {
    /// The file is damaged: what and where (`line 12: version is not a string`).
    #[error("{0}")]
    Malformed(String),
    /// A limit was reached: which and how large.
    #[error("{0}")]
    Limit(String),
    /// A form of the file that is not read: which.
    #[error("{0}")]
    Unsupported(String),
    /// Reading failed.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

impl DetectError {
    /// A [`DetectError::Malformed`] from anything printable.
    pub fn malformed(what: impl std::fmt::Display) -> Self {
        Self::Malformed(what.to_string())
    }

    /// The reason under which it is reported.
    #[must_use]
    pub fn reason(&self) -> UnseenReason {
        match self {
            Self::Malformed(_) => UnseenReason::Malformed,
            Self::Limit(_) => UnseenReason::Limit,
            Self::Unsupported(_) => UnseenReason::Unsupported,
            Self::Io(error) => match error.kind() {
                std::io::ErrorKind::PermissionDenied => UnseenReason::Permission,
                std::io::ErrorKind::FileTooLarge => UnseenReason::Limit,
                std::io::ErrorKind::InvalidData | std::io::ErrorKind::UnexpectedEof => {
                    UnseenReason::Malformed
                }
                _ => UnseenReason::Io,
            },
        }
    }
}
