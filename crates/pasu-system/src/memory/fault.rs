//! What can go wrong with a disk, for tests of what must survive it.

use std::io;

/// What happens at one changing call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The disk is full from here on: nothing new can be written, the rest goes on.
    NoSpace,
    /// It was remounted read-only: nothing can be changed from here on.
    ReadOnly,
    /// This one call fails with an input/output error.
    Io,
    /// This one call is not permitted.
    NotPermitted,
    /// No flush succeeds from here on: what is done is done, and every call says that it failed.
    Unflushed,
    /// The machine dies before the call has done anything.
    DiesBefore,
    /// The machine dies in the middle: half of an appended record is there, the temporary file is left behind, the owner
    /// is changed and the mode is not.
    DiesWithin,
    /// The machine dies when the call has done everything, before it returns.
    DiesAfter,
}

impl Fault {
    /// Every fault there is.
    pub const ALL: [Self; 8] = [
        Self::NoSpace,
        Self::ReadOnly,
        Self::Io,
        Self::NotPermitted,
        Self::Unflushed,
        Self::DiesBefore,
        Self::DiesWithin,
        Self::DiesAfter,
    ];

    /// Whether the machine dies of it.
    #[must_use]
    pub fn kills(self) -> bool {
        matches!(self, Self::DiesBefore | Self::DiesWithin | Self::DiesAfter)
    }

    /// The error by its number, as Linux has it.
    pub(super) fn error(self) -> io::Error {
        io::Error::from_raw_os_error(match self {
            Self::NoSpace => 28,
            Self::ReadOnly => 30,
            Self::NotPermitted => 1,
            Self::Io | Self::Unflushed | Self::DiesBefore | Self::DiesWithin | Self::DiesAfter => 5,
        })
    }
}
