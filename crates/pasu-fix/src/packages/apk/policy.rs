//! Reads `apk policy`: which versions of packages there are, and where.
//!
//! ```text
//! vlc policy:
//!   2.2.6-r1:
//!     lib/apk/db/installed
//!     http://dl-3.alpinelinux.org/alpine/v3.7/community
//!   3.0.0_rc2-r1:
//!     @edgecommunity http://dl-3.alpinelinux.org/alpine/edge/community
//! ```

use std::collections::BTreeMap;

/// A version of a package.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Version {
    pub version: String,
    /// Repositories that are used for everything.
    pub repositories: Vec<String>,
    /// Some repository has it that is used only for what is pinned to it.
    pub is_tagged: bool,
}

/// Versions by package.
pub type Policies = BTreeMap<String, Vec<Version>>;

/// Reads it; `None` where it is not as it should be.
pub fn parse(text: &str) -> Option<Policies> {
    let mut policies = Policies::new();
    let mut package: Option<&mut Vec<Version>> = None;
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        if let Some(source) = line.strip_prefix("    ") {
            add(package.as_mut()?.last_mut()?, source);
        } else if let Some(version) = line.strip_prefix("  ") {
            let version = version.strip_suffix(':')?.to_owned();
            package.as_mut()?.push(Version { version, ..Version::default() });
        } else {
            let name = line.strip_suffix(" policy:")?;
            package = Some(policies.entry(name.to_owned()).or_default());
        }
    }
    Some(policies)
}

fn add(version: &mut Version, source: &str) {
    if source.starts_with('@') {
        version.is_tagged = true;
    } else if source.starts_with('/') || source.contains("://") {
        version.repositories.push(source.to_owned());
    }
    // Else it is the database or the cache: there already.
}

/// The branch in the address of one of Alpine's repositories (`v3.18`, `edge`, `latest-stable`); others name none.
pub fn branch(repository: &str) -> Option<&str> {
    let is_number = |text: &str| {
        text.split_once('.').is_some_and(|(major, minor)| {
            [major, minor]
                .iter()
                .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
        })
    };
    repository.split('/').find(|part| {
        matches!(*part, "edge" | "latest-stable") || part.strip_prefix('v').is_some_and(is_number)
    })
}
