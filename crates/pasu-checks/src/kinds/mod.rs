//! Kinds: checks as data. An item of a kind has a `[spec]` in its `item.toml` and no code.

pub mod account;
pub mod file_mode;
pub mod service;

use crate::cause::Cause;
use crate::host::Host;
use crate::judgement::Judgement;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// An item's kind with its data.
pub(crate) enum Kind {
    /// Accounts that nobody may log in as.
    Account(account::Spec),
    /// Owner, mode and access list of files.
    FileMode(file_mode::Spec),
    /// Services that must not be in use.
    Service(service::Spec),
}

/// A kind that is not known, or data that does not fit it.
#[derive(Debug, thiserror::Error)]
pub enum KindError {
    /// There is no such kind.
    #[error("there is no kind `{0}`")]
    Unknown(String),
    /// The `[spec]` does not fit.
    #[error("[spec]: {0}")]
    Spec(#[from] toml::de::Error),
    /// A value of the `[spec]` means nothing.
    #[error("[spec] {0}")]
    Value(String),
}

impl Kind {
    pub(crate) fn parse(name: &str, spec: toml::Table) -> Result<Self, KindError> {
        Ok(match name {
            "account" => Self::Account(account::Spec::parse(spec)?),
            "file-mode" => Self::FileMode(file_mode::Spec::parse(spec)?),
            "service" => Self::Service(service::Spec::parse(spec)?),
            _ => return Err(KindError::Unknown(name.to_owned())),
        })
    }

    pub(crate) fn run(&self, host: &Host) -> Judgement {
        match self {
            Self::Account(spec) => direct(spec, host),
            Self::FileMode(spec) => direct(spec, host),
            Self::Service(spec) => direct(spec, host),
        }
    }

    /// The same with the facts stored in between.
    #[cfg(test)]
    pub(crate) fn run_stored(&self, host: &Host) -> Result<Judgement, serde_json::Error> {
        match self {
            Self::Account(spec) => stored(spec, host),
            Self::FileMode(spec) => stored(spec, host),
            Self::Service(spec) => stored(spec, host),
        }
    }
}

/// The two steps of a kind.
pub(crate) trait KindCheck {
    /// What is read.
    type Facts: Serialize + DeserializeOwned;

    /// Reads.
    fn collect(&self, host: &Host) -> Result<Self::Facts, Cause>;

    /// Judges what was read.
    fn judge(&self, facts: &Self::Facts) -> Judgement;
}

fn direct<K: KindCheck>(kind: &K, host: &Host) -> Judgement {
    match kind.collect(host) {
        Ok(facts) => kind.judge(&facts),
        Err(cause) => Judgement::blocked(&cause),
    }
}

#[cfg(test)]
fn stored<K: KindCheck>(kind: &K, host: &Host) -> Result<Judgement, serde_json::Error> {
    match kind.collect(host) {
        Ok(facts) => Ok(kind.judge(&serde_json::from_str(&serde_json::to_string(&facts)?)?)),
        Err(cause) => Ok(Judgement::blocked(&cause)),
    }
}
