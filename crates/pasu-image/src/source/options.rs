//! Which sources are asked, and how.

use std::fmt;
use std::path::PathBuf;
use std::time::Instant;

/// A place where images are found by their reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceKind {
    /// A Docker engine.
    Docker,
    /// The content store of containerd.
    Containerd,
    /// A Podman engine.
    Podman,
    /// A registry.
    Remote,
}

impl SourceKind {
    /// In the order in which they are asked.
    pub const ALL: [Self; 4] = [Self::Docker, Self::Containerd, Self::Podman, Self::Remote];

    /// As `--image-src` spells it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Containerd => "containerd",
            Self::Podman => "podman",
            Self::Remote => "remote",
        }
    }
}

/// How sources are asked.
#[derive(Debug, Clone)]
pub struct SourceOptions {
    /// Which, in order.
    pub sources: Vec<SourceKind>,
    /// The platform wanted of an image for several; this machine's without it.
    pub platform: Option<Platform>,
    /// Talk to registries without TLS, or without checking their certificate.
    pub insecure: bool,
    /// Login for the registry, instead of what Docker's configuration has.
    pub username: Option<String>,
    /// Its password.
    pub password: Option<Secret>,
    /// A bearer token for the registry, instead of a login.
    pub registry_token: Option<Secret>,
    /// The engine's address, instead of `DOCKER_HOST` and contexts.
    pub docker_host: Option<String>,
    /// Certificates of further authorities for registries, PEM.
    pub ca_file: Option<PathBuf>,
    /// When to stop.
    pub deadline: Option<Instant>,
}

impl Default for SourceOptions {
    fn default() -> Self {
        Self {
            sources: SourceKind::ALL.to_vec(),
            platform: None,
            insecure: false,
            username: None,
            password: None,
            registry_token: None,
            docker_host: None,
            ca_file: None,
            deadline: None,
        }
    }
}

/// A password or token: never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Hides a text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for the one who sends it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("***")
    }
}

/// A platform in Go's words: `linux/amd64`, `linux/arm64/v8`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Platform {
    /// Operating system.
    pub os: String,
    /// Architecture.
    pub architecture: String,
    /// Variant of the architecture.
    pub variant: Option<String>,
}

impl Platform {
    /// Reads `os/architecture[/variant]`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('/').map(str::to_owned);
        let (os, architecture) = (parts.next()?, parts.next()?);
        let variant = parts.next();
        let whole = !os.is_empty() && !architecture.is_empty() && parts.next().is_none();
        whole.then_some(Self { os, architecture, variant })
    }

    /// This machine's, as far as images are for it.
    #[must_use]
    pub fn here() -> Self {
        let architecture = match std::env::consts::ARCH {
            "x86_64" => "amd64",
            "aarch64" => "arm64",
            "x86" => "386",
            other => other,
        };
        Self { os: "linux".into(), architecture: architecture.into(), variant: None }
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.os, self.architecture)?;
        self.variant.iter().try_for_each(|variant| write!(formatter, "/{variant}"))
    }
}
