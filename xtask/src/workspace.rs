//! Where the repository is and what cargo says of it.

use crate::process;
use anyhow::{Context, Result};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The root folder of the repository.
pub fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest).to_path_buf()
}

/// What of `cargo metadata` is used here.
#[derive(Debug, Deserialize)]
pub struct Metadata {
    /// Ours and all that they need on this platform.
    pub packages: Vec<Package>,
    /// Identifiers of our own packages.
    pub workspace_members: Vec<String>,
    /// Where cargo builds.
    pub target_directory: PathBuf,
    /// What is needed on this platform.
    pub resolve: Resolve,
}

/// The packages that are needed.
#[derive(Debug, Deserialize)]
pub struct Resolve {
    /// One a package.
    pub nodes: Vec<Node>,
}

/// A package that is needed.
#[derive(Debug, Deserialize)]
pub struct Node {
    /// Its identifier.
    pub id: String,
}

/// A package.
#[derive(Debug, Deserialize)]
pub struct Package {
    /// Its identifier.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its licence as an SPDX expression.
    pub license: Option<String>,
    /// Where it comes from; none if it is ours.
    pub source: Option<String>,
    /// What it needs, as declared.
    pub dependencies: Vec<Dependency>,
}

/// One line of a `[dependencies]` table.
#[derive(Debug, Clone, Deserialize)]
pub struct Dependency {
    /// The package's name.
    pub name: String,
    /// `dev`, `build`, or none for a normal one.
    pub kind: Option<String>,
}

impl Metadata {
    /// Asks cargo.
    pub fn read() -> Result<Self> {
        // Without a platform cargo would first download the crates of every other one.
        let mut command = process::cargo();
        command.args(["metadata", "--format-version", "1", "--locked", "--filter-platform"]);
        command.arg(host()?).current_dir(root());
        let text = process::output(&mut command)?;
        serde_json::from_str(&text).context("cargo metadata printed something unexpected")
    }

    /// Our own packages.
    pub fn members(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| self.workspace_members.contains(&package.id))
    }

    /// Packages of others that are needed on this platform.
    pub fn foreign(&self) -> impl Iterator<Item = &Package> {
        let is_needed = |package: &&Package| self.resolve.nodes.iter().any(|n| n.id == package.id);
        self.packages.iter().filter(|package| package.source.is_some()).filter(is_needed)
    }
}

/// The platform we run on, as rustc names it.
fn host() -> Result<String> {
    let text = process::output(Command::new("rustc").arg("-vV"))?;
    let line = text.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(line.context("rustc -vV names no host")?.to_owned())
}
