//! Reads what `apt-get --simulate` would do.
//!
//! ```text
//! Inst login [1:4.8.1-1] (1:4.8.1-1+deb11u1 Debian-Security:11/oldoldstable-security [amd64])
//! Inst libelf1 (0.183-1 Debian:11.11/oldoldstable [amd64])
//! Remv nginx-core [1.18.0-6.1]
//! Conf login (1:4.8.1-1+deb11u1 Debian-Security:11/oldoldstable-security [amd64])
//! ```

use std::fmt;

/// What would be done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Steps {
    /// What would be unpacked.
    pub installs: Vec<Install>,
    /// What would be removed.
    pub removes: Vec<String>,
}

/// A package that would be unpacked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Install {
    /// Name, with `:architecture` where it is not the machine's own.
    pub package: String,
    /// The version that is there; `None` for a new package.
    pub from: Option<String>,
    /// The version that comes.
    pub to: String,
    /// Releases that have it (`Debian-Security:11/oldoldstable-security`), several with commas.
    pub source: String,
    /// Its architecture.
    pub architecture: String,
}

/// A line that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed(String);

impl fmt::Display for Malformed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "unexpected line {:?}", self.0)
    }
}

/// Reads the output; lines of talk are passed over.
pub fn parse(text: &str) -> Result<Steps, Malformed> {
    let mut steps = Steps::default();
    for line in text.lines() {
        let malformed = || Malformed(line.chars().take(200).collect());
        if let Some(rest) = line.strip_prefix("Inst ") {
            steps.installs.push(install(rest).ok_or_else(malformed)?);
        } else if let Some(rest) = line.strip_prefix("Remv ").or(line.strip_prefix("Purg ")) {
            let package = rest.split(' ').next().filter(|package| !package.is_empty());
            steps.removes.push(package.ok_or_else(malformed)?.to_owned());
        }
    }
    Ok(steps)
}

fn install(rest: &str) -> Option<Install> {
    let (package, rest) = rest.split_once(' ')?;
    let (from, rest) = match rest.strip_prefix('[') {
        Some(rest) => {
            let (version, rest) = rest.split_once("] ")?;
            (Some(version.to_owned()), rest)
        }
        None => (None, rest),
    };
    let (inner, _) = rest.strip_prefix('(')?.split_once("])")?;
    let (inner, architecture) = inner.rsplit_once('[')?;
    let (to, source) = inner.trim_end().split_once(' ').unwrap_or((inner.trim_end(), ""));
    if package.is_empty() || to.is_empty() || architecture.is_empty() {
        return None;
    }
    Some(Install {
        package: package.to_owned(),
        from,
        to: to.to_owned(),
        source: source.to_owned(),
        architecture: architecture.to_owned(),
    })
}

impl Install {
    /// Whether a source of security updates has this version.
    pub fn is_security(&self) -> bool {
        self.source.split(", ").any(|release| release.to_ascii_lowercase().contains("security"))
    }
}
