//! Why an image could not be had.

use std::io;
use std::path::PathBuf;

/// Why an image could not be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// A file or folder could not be read or written.
    #[error("{path}: {source}")]
    File {
        /// Where.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Something is not what it has to be: where, and what is wrong there.
    #[error("{place}: {problem}")]
    Malformed {
        /// The file, blob or reference.
        place: String,
        /// What is wrong in it.
        problem: String,
    },
    /// Bytes are not those that were named: damaged on the way, or exchanged.
    #[error("{place}: digest mismatch: expected {expected}, got {actual}; the image is refused")]
    DigestMismatch {
        /// The blob.
        place: String,
        /// What the manifest or configuration names.
        expected: String,
        /// What was read.
        actual: String,
    },
    /// There is no such image; where it was looked for.
    #[error("{reference}: no such image{looked}")]
    NotFound {
        /// As it was asked for.
        reference: String,
        /// `; looked in …`, or nothing.
        looked: String,
    },
    /// The engine or registry refused us, or wants a login.
    #[error("{place}: {problem}")]
    Denied {
        /// Engine or registry.
        place: String,
        /// What it says and what to do; never a password or token.
        problem: String,
    },
    /// The engine or registry could not be reached, or gave up.
    #[error("{place}: {problem}")]
    Unreachable {
        /// Engine or registry.
        place: String,
        /// What happened.
        problem: String,
    },
    /// A limit was reached: which and how large.
    #[error("{place}: {problem}")]
    Limit {
        /// The file, blob or reference.
        place: String,
        /// Which limit, and how large it is.
        problem: String,
    },
    /// A form that Pasu does not read, or a thing that this image cannot have done to it.
    #[error("{place}: {problem}")]
    Unsupported {
        /// The file, blob or reference.
        place: String,
        /// What it is, and what to do instead.
        problem: String,
    },
}

impl ImageError {
    /// A [`ImageError::Malformed`] from anything printable.
    pub fn malformed(place: impl Into<String>, problem: impl std::fmt::Display) -> Self {
        Self::Malformed { place: place.into(), problem: problem.to_string() }
    }

    /// An [`ImageError::File`] for a path.
    pub fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        |source| Self::File { path, source }
    }
}
