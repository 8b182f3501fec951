//! What the tests need besides Rust and a C compiler, and how it gets here.

use crate::process;
use anyhow::{Context, Result, bail};
use std::path::Path;
use std::process::Command;

/// A program that a step needs, from a Debian package.
#[derive(Debug, PartialEq, Eq)]
pub struct Service {
    /// The Debian package.
    pub package: &'static str,
    /// A program of it, by which we see that it is here.
    pub program: &'static str,
    /// The step that cannot do without it.
    pub why: &'static str,
}

/// libFuzzer is written in C++.
pub const CXX: Service =
    Service { package: "g++", program: "c++", why: "building the fuzz targets" };

/// Everything that the tests need today.
const SERVICES: &[Service] = &[CXX];

/// Installs what is missing, if we may. What stays missing is an error in CI, and said elsewhere: the steps that need
/// it leave themselves out.
pub fn prepare(ci: bool) -> Result<()> {
    let missing: Vec<&Service> = SERVICES.iter().filter(|service| !is_here(service)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let problem = install(&missing).err();
    for service in missing.into_iter().filter(|service| !is_here(service)) {
        let cause = problem.as_ref().map(|error| format!(": {error:#}")).unwrap_or_default();
        let what = format!("{} is missing, needed for {}{cause}", service.package, service.why);
        if ci {
            bail!("{what}");
        }
        eprintln!("{what}; hint: apt-get install {}", service.package);
    }
    Ok(())
}

/// Whether a service is here.
pub fn is_here(service: &Service) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(service.program).is_file())
}

fn install(services: &[&Service]) -> Result<()> {
    if !Path::new("/usr/bin/apt-get").exists() {
        bail!("this is no Debian");
    }
    let user = process::output(Command::new("id").arg("-u")).context("who are we?")?;
    if user.trim() != "0" {
        bail!("only root may install it");
    }
    process::run(Command::new("apt-get").args(["update", "--quiet"]))?;
    let packages = services.iter().map(|service| service.package);
    process::run(
        Command::new("apt-get")
            .env("DEBIAN_FRONTEND", "noninteractive")
            .args(["install", "--quiet", "--yes", "--no-install-recommends"])
            .args(packages),
    )
}
