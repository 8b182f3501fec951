//! Kinds: checks as data. An item of a kind has a `[spec]` in its `item.toml` and no code.

pub mod account;
pub mod config_option;
pub mod file_mode;
pub mod foreign_product;
pub mod mount;
pub mod package;
pub mod service;
pub mod sysctl;

use crate::cause::Cause;
use crate::fix::Fix;
use crate::host::Host;
use crate::judgement::Judgement;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// An item's kind with its data.
pub(crate) enum Kind {
    /// Accounts that nobody may log in as.
    Account(account::Spec),
    /// Options of database servers, and queries that a person runs.
    ConfigOption(config_option::Spec),
    /// Products that are not read.
    ForeignProduct(foreign_product::Spec),
    /// Owner, mode and access list of files.
    FileMode(file_mode::Spec),
    /// Options of a mount point.
    Mount(mount::Spec),
    /// Packages that must or must not be installed.
    Package(package::Spec),
    /// Services that must not be in use.
    Service(service::Spec),
    /// A setting of the kernel.
    Sysctl(sysctl::Spec),
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
            "config-option" => Self::ConfigOption(config_option::Spec::parse(spec)?),
            "database-query" => Self::ConfigOption(config_option::Spec::parse_queries(spec)?),
            "foreign-product" => Self::ForeignProduct(foreign_product::Spec::parse(spec)?),
            "file-mode" => Self::FileMode(file_mode::Spec::parse(spec)?),
            "mount" => Self::Mount(mount::Spec::parse(spec)?),
            "package" => Self::Package(package::Spec::parse(spec)?),
            "service" => Self::Service(service::Spec::parse(spec)?),
            "sysctl" => Self::Sysctl(sysctl::Spec::parse(spec)?),
            _ => return Err(KindError::Unknown(name.to_owned())),
        })
    }

    pub(crate) fn run(&self, host: &Host) -> Judgement {
        match self {
            Self::Account(spec) => direct(spec, host),
            Self::ConfigOption(spec) => direct(spec, host),
            Self::ForeignProduct(spec) => direct(spec, host),
            Self::FileMode(spec) => direct(spec, host),
            Self::Mount(spec) => direct(spec, host),
            Self::Package(spec) => direct(spec, host),
            Self::Service(spec) => direct(spec, host),
            Self::Sysctl(spec) => direct(spec, host),
        }
    }

    /// What it would change.
    pub(crate) fn fix(&self, host: &Host) -> Option<Fix> {
        match self {
            Self::Account(spec) => planned(spec, host),
            Self::ConfigOption(spec) => planned(spec, host),
            Self::ForeignProduct(spec) => planned(spec, host),
            Self::FileMode(spec) => planned(spec, host),
            Self::Mount(spec) => planned(spec, host),
            Self::Package(spec) => planned(spec, host),
            Self::Service(spec) => planned(spec, host),
            Self::Sysctl(spec) => planned(spec, host),
        }
    }

    /// Whether it only ever tells, so that its cases cannot fail.
    #[cfg(test)]
    pub(crate) fn never_fails(&self) -> bool {
        match self {
            Self::ConfigOption(spec) => spec.never_fails(),
            Self::ForeignProduct(spec) => spec.never_fails(),
            _ => false,
        }
    }

    /// The same with the facts stored in between.
    #[cfg(test)]
    pub(crate) fn run_stored(&self, host: &Host) -> Result<Judgement, serde_json::Error> {
        match self {
            Self::Account(spec) => stored(spec, host),
            Self::ConfigOption(spec) => stored(spec, host),
            Self::ForeignProduct(spec) => stored(spec, host),
            Self::FileMode(spec) => stored(spec, host),
            Self::Mount(spec) => stored(spec, host),
            Self::Package(spec) => stored(spec, host),
            Self::Service(spec) => stored(spec, host),
            Self::Sysctl(spec) => stored(spec, host),
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

    /// What would have to change; nothing where only a person can do it.
    fn plan(&self, _facts: &Self::Facts) -> Fix {
        Fix::new()
    }
}

fn direct<K: KindCheck>(kind: &K, host: &Host) -> Judgement {
    match kind.collect(host) {
        Ok(facts) => kind.judge(&facts),
        Err(cause) => Judgement::blocked(&cause),
    }
}

fn planned<K: KindCheck>(kind: &K, host: &Host) -> Option<Fix> {
    kind.collect(host).ok().map(|facts| kind.plan(&facts))
}

#[cfg(test)]
fn stored<K: KindCheck>(kind: &K, host: &Host) -> Result<Judgement, serde_json::Error> {
    match kind.collect(host) {
        Ok(facts) => Ok(kind.judge(&serde_json::from_str(&serde_json::to_string(&facts)?)?)),
        Err(cause) => Ok(Judgement::blocked(&cause)),
    }
}

#[cfg(test)]
mod tests {
    use super::Kind;
    use crate::host::Host;
    use pasu_model::Verdict;

    /// Judges a target by a `[spec]`, facts stored in between too; answers with everything that is said.
    pub(super) fn check(
        kind: &str,
        spec: &str,
        host: &Host,
        verdict: Verdict,
        key: &str,
    ) -> Vec<String> {
        let kind = Kind::parse(kind, toml::from_str(spec).unwrap()).unwrap();
        let judgement = kind.run(host);
        assert_eq!(kind.run_stored(host).unwrap(), judgement);
        let said: Vec<String> =
            judgement.statements.iter().map(|statement| statement.reason.key.to_string()).collect();
        assert_eq!(judgement.verdict(), verdict, "{said:?}");
        let main = judgement.main_reason().map(|reason| reason.key.to_string());
        assert_eq!(main.as_deref(), Some(key), "{said:?}");
        let words = std::collections::BTreeMap::new();
        for statement in &judgement.statements {
            let message = crate::messages::message(&statement.reason, &words);
            assert!(!message.text.en.contains('{'), "{}", message.text.en);
            assert_ne!(message.text.en, message.key, "no sentence");
        }
        said
    }

    #[test]
    fn a_spec_that_means_nothing_is_refused() {
        for (kind, spec) in [
            ("package", ""),
            ("mount", "point = \"tmp\"\nabsent = \"fail\""),
            ("sysctl", "key = \"a.b\"\nallowed = []"),
            ("sysctl", "key = \"a.b\"\nallowed = [\"1\"]\nmore = 1"),
            ("nothing", ""),
        ] {
            assert!(Kind::parse(kind, toml::from_str(spec).unwrap()).is_err(), "{kind} {spec}");
        }
    }
}
