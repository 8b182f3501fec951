//! Where new packages come from: a folder of the operator's, or the distribution's mirror.

mod apk;
mod folder;
mod keys;
mod mirror;
mod release;
mod rsa;
mod sources;

pub use apk::{ApkMirror, ApkMirrorOptions};
pub use folder::{Folder, FolderOptions};
pub use mirror::{Mirror, MirrorOptions};

use super::layer::Stanza;
use crate::error::ImageError;
use pasu_model::Text;
use std::io::Read;
use std::path::PathBuf;

/// The largest package file that is taken, in bytes.
pub const MAX_PACKAGE: u64 = 4 << 30;

/// A package that can be had.
#[derive(Debug, Clone)]
pub struct Available {
    /// Its control file, or its stanza of an index; of Alpine, the same fields under Debian's names.
    pub fields: Stanza,
    /// Where its file is.
    pub place: Place,
    /// What vouches for it.
    pub verified: Verified,
}

/// Where a package's file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In a folder of this machine.
    File(PathBuf),
    /// On a mirror.
    Url(String),
}

/// What vouches for a package's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verified {
    /// Its checksum is in an index that a key of the image has signed.
    Signed {
        /// The file with the signature.
        index: String,
        /// The key or key file.
        key: String,
    },
    /// Its checksum is in an index that nobody has signed.
    Listed {
        /// The index.
        index: String,
    },
    /// Nothing but the operator's word.
    Given,
}

impl Verified {
    /// In words.
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::Signed { index, key } => Text::new(
                format!("{index}의 서명({key})과 체크섬으로 검증함"),
                format!("by its checksum in {index}, signed by {key}"),
            ),
            Self::Listed { index } => Text::new(
                format!("{index}의 체크섬으로 검증함(서명 없음)"),
                format!("by its checksum in {index}, which is not signed"),
            ),
            Self::Given => {
                Text::new("검증하지 않음(운영자가 준 파일)", "not at all: a file that was given")
            }
        }
    }
}

/// A place that has packages.
pub trait Packages {
    /// Every version there is of a binary package.
    fn versions(&self, name: &str) -> Vec<&Available>;

    /// Opens a package's file at its beginning, its checksum held against what vouches for it.
    ///
    /// # Errors
    ///
    /// A file that cannot be had, or is another one.
    fn open(&self, package: &Available) -> Result<Box<dyn Read>, ImageError>;
}

/// Fetches files from a mirror; the program that uses this crate brings the client.
pub trait Fetch {
    /// Opens a URL; more than `limit` bytes are an error of the reader.
    ///
    /// # Errors
    ///
    /// [`ImageError::NotFound`] where the server says so, [`ImageError::Unreachable`] else.
    fn get(&self, url: &str, limit: u64) -> Result<Box<dyn Read>, ImageError>;
}
