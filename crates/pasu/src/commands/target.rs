//! What is looked at, and by which policy: shared by audits and fixes.

use crate::database;
use anyhow::{Context, Result, bail};
use pasu_checks::{HostOptions, MAX_POLICY, Policy, Software};
use pasu_model::{Target, TargetKind};
use pasu_system::{System, TreeSystem};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

/// Where the policy lies when none is named.
const POLICY: &str = "/etc/pasu/pasu.toml";

/// How a target is looked at, from now on.
pub fn host_options(
    system: &dyn System,
    now: jiff::Timestamp,
    deadline: Option<Instant>,
    software: Option<Software>,
) -> HostOptions {
    HostOptions {
        today: database::today(),
        now: now.as_second(),
        as_root: pasu_system::is_root(),
        deadline,
        software,
        in_container: is_container(system),
        image: None,
    }
}

/// The name under which results and answers of a target are kept: the folder's own path, or the host's name.
pub fn target_name(root: Option<&Path>) -> Result<String> {
    match root {
        None => Ok(pasu_system::host_name()),
        Some(root) => {
            let path = std::fs::canonicalize(root)
                .with_context(|| format!("cannot look at {}", root.display()))?;
            Ok(path.display().to_string())
        }
    }
}

/// Opens this host, or the root file system in a folder.
pub fn open(root: Option<&Path>) -> Result<(Arc<dyn System>, Target)> {
    let name = target_name(root)?;
    match root {
        None => {
            let system = TreeSystem::live().context("cannot open /")?;
            Ok((Arc::new(system), Target { kind: TargetKind::Host, name }))
        }
        Some(root) => {
            if !root.is_dir() {
                bail!("{}: not a directory", root.display());
            }
            let system =
                TreeSystem::new(root).with_context(|| format!("cannot open {}", root.display()))?;
            if !["etc", "usr", "bin"].iter().any(|name| system.exists(&Path::new("/").join(name))) {
                bail!(
                    "{}: no root file system: it has neither /etc nor /usr nor /bin",
                    root.display()
                );
            }
            Ok((Arc::new(system), Target { kind: TargetKind::Rootfs, name }))
        }
    }
}

/// Whether we look at a container: its engine leaves a mark, and so does systemd in its environment.
fn is_container(system: &dyn System) -> bool {
    ["/.dockerenv", "/run/.containerenv", "/run/systemd/container"]
        .iter()
        .any(|mark| system.exists(Path::new(mark)))
}

/// Where the policy lies: the file named, else the usual one if it is there.
pub fn policy_path(named: Option<&Path>) -> Option<PathBuf> {
    let usual = || Some(PathBuf::from(POLICY)).filter(|path| path.exists());
    named.map(Path::to_path_buf).or_else(usual)
}

/// The policy named, else the usual one if it is there.
pub fn policy(named: Option<&Path>, catalogue: &pasu_checks::Catalogue) -> Result<Policy> {
    let Some(path) = policy_path(named) else { return Ok(Policy::default()) };
    let shown = path.display().to_string();
    let size = std::fs::metadata(&path).with_context(|| format!("cannot read {shown}"))?.len();
    if size > MAX_POLICY {
        bail!("{shown}: {size} bytes, more than the {MAX_POLICY} that a policy may have");
    }
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {shown}"))?;
    Policy::parse(&text, &shown, catalogue).with_context(|| shown.clone())
}
