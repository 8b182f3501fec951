//! Flags of `pasu image patch`.

use super::SourceArgs;
use super::scan::{parse_duration, parse_lang};
use clap::{Args, ValueEnum};
use pasu_image::source::Secret;
use pasu_model::Lang;
use std::path::PathBuf;
use std::time::Duration;

/// `pasu image patch`.
#[derive(Debug, Args)]
pub struct ImagePatchArgs {
    /// Image by name, tag, digest or ID.
    #[arg(value_name = "IMAGE", required_unless_present = "input")]
    pub reference: Option<String>,
    /// Archive or OCI layout folder with the image, for the ways without an engine.
    #[arg(long, value_name = "FILE")]
    pub input: Option<PathBuf>,
    /// Make the layer here, without an engine, from package files in this folder.
    #[arg(long, conflicts_with = "mirror", value_name = "DIR")]
    pub offline_packages: Option<PathBuf>,
    /// Make the layer here, without an engine, from the distribution's archives that the image names, or from this mirror.
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "", value_name = "URL")]
    pub mirror: Option<String>,
    /// File with keys of archives, for images that have none; may be repeated.
    #[arg(long, value_name = "FILE")]
    pub keyring: Vec<PathBuf>,
    /// Take packages of mirrors whose index nobody has signed whom the image trusts. One that was changed is still refused.
    #[arg(long)]
    pub allow_unsigned: bool,
    /// Without an engine: take packages although a script of theirs that may matter is not run.
    #[arg(long)]
    pub skip_scripts: bool,
    /// Archive for `docker load`. Without it the engine has the patched image.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Name of the patched image: in the archive, or in the engine where there is none.
    #[arg(long, value_name = "NAME:TAG")]
    pub tag: Option<String>,
    /// Show what would be done, and build nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Save the Dockerfile; to standard output with -, in the place of the report.
    #[arg(long, value_name = "FILE")]
    pub dockerfile: Option<PathBuf>,
    /// Let packages come along that are not installed, where an upgrade depends on them.
    #[arg(long)]
    pub allow_new: bool,
    /// Network in which packages are fetched: host, or the name of one; the engine's default without it.
    #[arg(long, value_name = "NETWORK")]
    pub network: Option<String>,
    /// How long both images are watched by the start test: 30s; 0s leaves it out.
    #[arg(long, default_value = "10s", value_parser = parse_duration, value_name = "TIME")]
    pub start_time: Duration,
    /// Variable for the start test, which is neither shown nor kept; may be repeated.
    #[arg(long, value_parser = parse_variable, value_name = "NAME=VALUE")]
    pub start_env: Vec<Secret>,
    /// Argument in the place of the image's CMD for the start test; may be repeated.
    #[arg(long, allow_hyphen_values = true, value_name = "ARG")]
    pub start_arg: Vec<String>,
    /// Look for rights that the image does not need, and propose to take them away, or take away those it starts without.
    #[arg(long, value_name = "HOW")]
    pub least_privilege: Option<PrivilegeArg>,
    /// Folder that the program must be able to write to; may be repeated.
    #[arg(long, requires = "least_privilege", value_name = "PATH")]
    pub writable: Vec<String>,
    /// Write the image although it does not start as the original does.
    #[arg(long)]
    pub force: bool,
    /// Form of the report.
    #[arg(short, long, default_value = "table", value_name = "FORMAT")]
    pub format: PatchFormat,
    /// Where the report goes; standard output without it.
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// Which engine, and where.
    #[command(flatten)]
    pub source: SourceArgs,
    /// Language: ko or en; from the locale without it.
    #[arg(long, value_parser = parse_lang, value_name = "LANG")]
    pub lang: Option<Lang>,
    /// Say nothing on standard error but errors.
    #[arg(short, long)]
    pub quiet: bool,
    /// Give up after this time: 90s, 5m, 1h30m.
    #[arg(long, default_value = "1h", value_parser = parse_duration, value_name = "TIME")]
    pub timeout: Duration,
    /// Advisory database to use.
    #[arg(long, env = "PASU_DB", value_name = "FILE")]
    pub db: Option<PathBuf>,
}

impl ImagePatchArgs {
    /// What the image is called in messages.
    pub fn name(&self) -> String {
        let input = || self.input.as_ref().map(|path| path.display().to_string());
        self.reference.clone().or_else(input).unwrap_or_default()
    }

    /// Whether the layer is made here.
    pub fn is_offline(&self) -> bool {
        self.offline_packages.is_some() || self.mirror.is_some()
    }
}

/// What is done about rights that an image does not need.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PrivilegeArg {
    /// Say what could be done.
    Plan,
    /// Do what the image starts with.
    Apply,
}

/// The forms of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PatchFormat {
    /// For people.
    Table,
    /// For programs: `pasu image patch-schema` has its schema.
    Json,
}

#[expect(clippy::unnecessary_wraps, reason = "clap wants a result")]
fn parse_variable(text: &str) -> Result<Secret, String> {
    // An error would repeat what was typed, and that may be a password: it is looked at later.
    Ok(Secret::new(text))
}
