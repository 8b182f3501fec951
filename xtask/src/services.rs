//! What the tests need besides Rust and a C compiler, and how it gets here.

use crate::process;
use anyhow::{Context, Result, bail};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

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

/// Containers with real daemons are audited from inside.
pub const DOCKER: Service =
    Service { package: "docker.io", program: "dockerd", why: "the hosts that are audited" };

/// Their images are made from Debian's own packages.
pub const DEBOOTSTRAP: Service = Service {
    package: "debootstrap",
    program: "debootstrap",
    why: "the images of the hosts that are audited",
};

/// Fixes are killed at each of their system calls.
pub const STRACE: Service =
    Service { package: "strace", program: "strace", why: "the fixes that are killed" };

/// Images are found in a real registry.
pub const REGISTRY: Service = Service {
    package: "docker-registry",
    program: "docker-registry",
    why: "the images that are found in a registry",
};

/// Images are found in Podman's engine, too.
pub const PODMAN: Service = Service {
    package: "podman",
    program: "podman",
    why: "the images that are found in its engine",
};

/// Reports as PDF are read back by other eyes.
pub const POPPLER: Service = Service {
    package: "poppler-utils",
    program: "pdftotext",
    why: "the reports as PDF that are read back",
};

/// Package archives for tests are signed as distributions sign theirs.
pub const GNUPG: Service =
    Service { package: "gnupg", program: "gpg", why: "the archives that images are patched from" };

/// An engine that is killed has a network bridge of its own.
pub const IPROUTE: Service =
    Service { package: "iproute2", program: "ip", why: "the engine that is killed" };

/// Everything that the tests need today.
const SERVICES: &[Service] =
    &[CXX, DOCKER, DEBOOTSTRAP, STRACE, REGISTRY, PODMAN, POPPLER, GNUPG, IPROUTE];

/// How long Docker's engine may take to start.
const ENGINE_START: Duration = Duration::from_secs(60);

/// Makes sure that Docker's engine answers, and starts it if we may. It is left running, as a service would be.
pub fn start_docker() -> Result<()> {
    if answers() {
        return Ok(());
    }
    eprintln!("$ dockerd");
    let log = std::env::temp_dir().join("pasu-test-dockerd.log");
    let file =
        std::fs::File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
    let mut command = Command::new("dockerd");
    command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
    let mut engine = command.spawn().context("cannot run dockerd")?;
    let end = Instant::now() + ENGINE_START;
    while Instant::now() < end {
        if answers() {
            return Ok(());
        }
        if let Some(status) = engine.try_wait()? {
            bail!("dockerd ended with {status}; see {}", log.display());
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    bail!("dockerd does not answer; see {}", log.display())
}

fn answers() -> bool {
    process::succeeds(Command::new("docker").arg("info"))
}

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
