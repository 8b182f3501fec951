//! Reads `apt-cache policy`: which versions of a package the sources have, and which would be installed.
//!
//! ```text
//! openssl:
//!   Installed: 1.1.1w-0+deb11u1
//!   Candidate: 1.1.1w-0+deb11u8
//!   Version table:
//!      1.1.1w-0+deb11u8 500
//!         500 http://deb.debian.org/debian-security bullseye-security/main amd64 Packages
//!  *** 1.1.1w-0+deb11u1 500
//!         500 http://deb.debian.org/debian bullseye/main amd64 Packages
//!         100 /var/lib/dpkg/status
//! ```

use std::collections::BTreeMap;

/// What is known of a package.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    /// What would be installed.
    pub candidate: Option<String>,
    /// Every version, as listed.
    pub versions: Vec<Version>,
}

/// A version of a package.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Version {
    /// The version.
    pub version: String,
    /// Percent of machines it is offered to, where it is phased in.
    pub phased: Option<u8>,
    /// Where it can be downloaded.
    pub sources: Vec<String>,
}

impl Policy {
    /// One of the versions.
    pub fn version(&self, version: &str) -> Option<&Version> {
        self.versions.iter().find(|known| known.version == version)
    }

    /// Whether a version can be downloaded.
    pub fn has(&self, version: &str) -> bool {
        self.version(version).is_some_and(|version| !version.sources.is_empty())
    }
}

/// Reads the answer about packages by name, as they were asked for.
pub fn parse(text: &str) -> BTreeMap<String, Policy> {
    let mut policies = BTreeMap::new();
    let mut current: Option<&mut Policy> = None;
    for line in text.lines() {
        let indent = line.len() - line.trim_start().len();
        let body = line.trim();
        if indent == 0 {
            let name = body.strip_suffix(':').filter(|name| !name.is_empty());
            current = name.map(|name| policies.entry(name.to_owned()).or_default());
        } else if let Some(policy) = current.as_deref_mut() {
            add(policy, indent, body);
        }
    }
    policies
}

fn add(policy: &mut Policy, indent: usize, body: &str) {
    if let Some(candidate) = body.strip_prefix("Candidate: ") {
        policy.candidate = (candidate != "(none)").then(|| candidate.to_owned());
    } else if let Some(version) = body.strip_prefix("*** ") {
        policy.versions.push(version_of(version));
    } else if indent == 5 {
        policy.versions.push(version_of(body));
    } else if indent > 5
        && let Some(version) = policy.versions.last_mut()
        && let Some((_, source)) = body.split_once(' ')
        && !source.starts_with('/')
    {
        version.sources.push(source.to_owned());
    }
}

/// `1.2-3 500` or, where it is phased in, `1.2-3 500 (phased 20%)`.
fn version_of(body: &str) -> Version {
    let version = body.split(' ').next().unwrap_or_default().to_owned();
    let phased = body.split_once("(phased ").and_then(|(_, rest)| {
        let (percent, _) = rest.split_once('%')?;
        percent.parse().ok()
    });
    Version { version, phased, sources: Vec::new() }
}

/// Whether `apt-cache policy` without packages names a source of security updates:
/// `release v=11,o=Debian,a=oldoldstable-security,n=bullseye-security,l=Debian-Security,c=main,b=amd64`.
pub fn has_security_source(text: &str) -> bool {
    text.lines().filter_map(|line| line.trim().strip_prefix("release ")).any(|release| {
        let fields = release.split(',').filter_map(|field| field.split_once('='));
        fields.into_iter().any(|(key, value)| {
            matches!(key, "a" | "n" | "l") && value.to_ascii_lowercase().contains("security")
        })
    })
}
