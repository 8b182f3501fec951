//! Flags of `pasu image`, spelt as Trivy spells them where the job is the same.

use super::trivy::TrivyArgs;
use super::{ScanArgs, ScanCacheArgs};
use clap::{Args, Subcommand, ValueEnum};
use pasu_image::source::{Platform, Secret, SourceKind};
use std::path::PathBuf;

/// `pasu image`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct ImageArgs {
    /// What else to do with images; they are scanned without one.
    #[command(subcommand)]
    pub command: Option<ImageCommand>,
    /// Image by name, tag or digest.
    #[arg(value_name = "IMAGE", required_unless_present_any = ["input", "all"])]
    pub reference: Option<String>,
    /// Archive (docker save, OCI; also gzip or zstd), OCI layout folder, or - for standard input.
    #[arg(long, value_name = "FILE")]
    pub input: Option<PathBuf>,
    /// Every image of this machine.
    #[arg(long, conflicts_with_all = ["input", "reference"])]
    pub all: bool,
    /// Do not read layers whole that lie uncompressed in an archive, to hold them against their digests: faster, and
    /// for archives of your own making.
    #[arg(long)]
    pub no_verify: bool,
    /// What to look for in the image's configuration and history, by comma: misconfig (the guideline); nothing without it
    /// but in tables. Secrets there are part of the guideline.
    #[arg(long, value_delimiter = ',', value_name = "LIST")]
    pub image_config_scanners: Vec<ConfigScannerArg>,
    /// Where images are looked for.
    #[command(flatten)]
    pub source: SourceArgs,
    /// What was found before.
    #[command(flatten)]
    pub cache: ScanCacheArgs,
    /// How to look.
    #[command(flatten)]
    pub scan: ScanArgs,
    /// Flags of Trivy that nothing follows of.
    #[command(flatten)]
    pub trivy: TrivyArgs,
}

/// A scanner of the configuration as typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ConfigScannerArg {
    /// The guideline.
    Misconfig,
    /// Secrets, which the guideline has items for.
    #[value(hide = true)]
    Secret,
}

/// The commands below `pasu image`.
#[derive(Debug, Subcommand)]
pub enum ImageCommand {
    /// Build the image again with the fixed versions of its distribution's packages, everything else as it was.
    Patch(Box<super::ImagePatchArgs>),
    /// Print the JSON Schema of `patch --format json`.
    PatchSchema,
}

/// Where images are looked for, and how.
#[derive(Debug, Default, Args)]
pub struct SourceArgs {
    /// Sources to ask, in order, by comma: docker, containerd, podman, remote.
    #[arg(long, value_delimiter = ',', value_parser = parse_source, value_name = "LIST")]
    pub image_src: Vec<SourceKind>,
    /// Platform of an image for several: linux/arm64.
    #[arg(long, value_parser = parse_platform, value_name = "OS/ARCH")]
    pub platform: Option<Platform>,
    /// Talk to registries without TLS, or without checking their certificate.
    #[arg(long)]
    pub insecure: bool,
    /// Login for the registry; without it, what Docker's configuration has.
    #[arg(long, env = "PASU_USERNAME", value_name = "NAME")]
    pub username: Option<String>,
    /// Its password; better by PASU_PASSWORD or --password-stdin, for other users see command lines.
    #[arg(long, env = "PASU_PASSWORD", hide_env_values = true, value_parser = parse_secret, value_name = "TEXT")]
    pub password: Option<Secret>,
    /// Read the password from standard input.
    #[arg(long, conflicts_with = "password")]
    pub password_stdin: bool,
    /// Bearer token for the registry.
    #[arg(long, env = "PASU_REGISTRY_TOKEN", hide_env_values = true, value_parser = parse_secret, value_name = "TEXT")]
    pub registry_token: Option<Secret>,
    /// Further certificate authorities for registries, PEM.
    #[arg(long, visible_alias = "cacert", value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
    /// Address of the engine: unix:///var/run/docker.sock.
    #[arg(long, value_name = "URL")]
    pub docker_host: Option<String>,
}

fn parse_source(text: &str) -> Result<SourceKind, String> {
    SourceKind::ALL
        .into_iter()
        .find(|kind| kind.name() == text)
        .ok_or_else(|| format!("one of {}", SourceKind::ALL.map(SourceKind::name).join(", ")))
}

fn parse_platform(text: &str) -> Result<Platform, String> {
    Platform::parse(text).ok_or_else(|| "a platform such as linux/amd64".to_owned())
}

#[expect(clippy::unnecessary_wraps, reason = "clap wants a result")]
fn parse_secret(text: &str) -> Result<Secret, String> {
    Ok(Secret::new(text))
}
