//! `cargo xtask test`: every check and every test.

use crate::workspace::{Metadata, root};
use crate::{process, services, tidy};
use anyhow::{Context, Result, bail};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

/// How a step ended.
enum Outcome {
    Passed,
    /// Not run, and why.
    LeftOut(&'static str),
}

type Step = fn() -> Result<Outcome>;

/// In the order of what is quickest to know.
const STEPS: &[(&str, Step)] = &[
    ("format", format),
    ("tidy", tidy),
    ("dependencies", dependencies),
    ("lints", lints),
    ("tests", tests),
    ("real hosts", hosts),
    ("examples in documentation", examples),
    ("fuzz targets", fuzz_targets),
];

/// Runs all steps, also after one that fails, and sums up.
pub fn run() -> Result<()> {
    services::prepare(is_ci())?;
    let mut summary = Vec::new();
    let mut failed = Vec::new();
    for (name, step) in STEPS {
        eprintln!("== {name}");
        let start = Instant::now();
        let end = match step() {
            Ok(Outcome::Passed) => "passed".to_owned(),
            Ok(Outcome::LeftOut(why)) => format!("left out: {why}"),
            Err(error) => {
                failed.push(*name);
                format!("FAILED: {error:#}")
            }
        };
        summary.push(format!("{name:<26} {:>4} s  {end}", start.elapsed().as_secs()));
    }
    eprintln!("==\n{}", summary.join("\n"));
    if !failed.is_empty() {
        bail!("failed: {}", failed.join(", "));
    }
    Ok(())
}

/// Whether a missing tool is a failure rather than something to leave out.
fn is_ci() -> bool {
    std::env::var_os("CI").is_some()
}

/// Whether `cargo NAME` is there.
fn has_subcommand(name: &str) -> bool {
    process::succeeds(&mut cargo(&[name, "--version"]))
}

/// A cargo command in the root folder.
fn cargo(arguments: &[&str]) -> Command {
    let mut command = process::cargo();
    command.args(arguments).current_dir(root());
    command
}

fn passed(arguments: &[&str]) -> Result<Outcome> {
    process::run(&mut cargo(arguments))?;
    Ok(Outcome::Passed)
}

/// Checks of guideline items, which `cargo fmt` does not come to: the registry that names them is written by a build.
const ITEMS: &str = "crates/pasu-checks/items";

fn format() -> Result<Outcome> {
    let mut command = Command::new("rustfmt");
    command.args(["--check", "--edition", "2024", "--config-path"]).arg(root());
    for entry in std::fs::read_dir(root().join(ITEMS)).context("the items cannot be listed")? {
        let check = entry?.path().join("check.rs");
        if check.is_file() {
            command.arg(check);
        }
    }
    process::run(&mut command)?;
    if has_fuzz_targets() {
        process::run(&mut cargo(&["fmt", "--check", "--manifest-path", FUZZ]))?;
    }
    passed(&["fmt", "--all", "--check"])
}

fn tidy() -> Result<Outcome> {
    tidy::run().map(|()| Outcome::Passed)
}

/// Licences and forbidden crates are also checked by tidy, which needs no tool; cargo-deny reads the licence texts too.
fn dependencies() -> Result<Outcome> {
    if !has_subcommand("deny") {
        if !is_ci() {
            return Ok(Outcome::LeftOut("cargo-deny is not installed; tidy checks the licences"));
        }
        eprintln!("cargo-deny is missing: building it once, some minutes");
        process::run(&mut cargo(&["install", "cargo-deny", "--locked"]))?;
    }
    passed(&["deny", "check", "licenses", "bans", "sources"])
}

fn lints() -> Result<Outcome> {
    passed(&["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"])
}

fn tests() -> Result<Outcome> {
    if has_nextest() {
        return passed(&["nextest", "run", "--workspace", "--locked"]);
    }
    eprintln!("cargo-nextest cannot be installed here: cargo test does the work");
    passed(&["test", "--workspace", "--locked", "--lib", "--bins", "--tests"])
}

/// Test programs that the ordinary run leaves out: they audit, fix and update real hosts in containers, find images in
/// real engines and registries, and patch them.
const REAL: &[&str] = &["hosts", "packages", "fixing", "docker", "services", "images"];

/// What only one of them needs, and which.
const PARTICULAR: &[(services::Service, &str)] = &[
    (services::REGISTRY, "services"),
    (services::PODMAN, "services"),
    (services::GNUPG, "images"),
    (services::IPROUTE, "images"),
];

fn hosts() -> Result<Outcome> {
    let ready = services::is_here(&services::DOCKER) && services::is_here(&services::DEBOOTSTRAP);
    if !ready {
        return Ok(Outcome::LeftOut("Docker and debootstrap are not here"));
    }
    if let Err(error) = services::start_docker() {
        if is_ci() {
            return Err(error);
        }
        eprintln!("{error:#}");
        return Ok(Outcome::LeftOut("Docker's engine does not run, and could not be started"));
    }
    let mut programs = REAL.to_vec();
    for (service, program) in PARTICULAR {
        if !services::is_here(service) {
            eprintln!("{} is not here, needed for {}", service.package, service.why);
            eprintln!("the test program `{program}` is left out");
            programs.retain(|name| name != program);
        }
    }
    // The whole workspace, so that nothing is built again with other features.
    if has_nextest() {
        let programs: Vec<String> = programs.iter().map(|name| format!("binary({name})")).collect();
        let programs = programs.join(" + ");
        let only = ["--run-ignored", "only", "--filterset", &programs];
        return passed(&[&["nextest", "run", "--workspace", "--locked"], &only[..]].concat());
    }
    let mut arguments = vec!["test", "--workspace", "--locked"];
    arguments.extend(programs.iter().flat_map(|name| ["--test", name]));
    arguments.extend(["--", "--ignored"]);
    passed(&arguments)
}

fn has_nextest() -> bool {
    if has_subcommand("nextest") {
        return true;
    }
    eprintln!("cargo-nextest, which runs the tests, is missing: building it once, some minutes");
    process::run(&mut cargo(&["install", "cargo-nextest", "--locked"])).is_ok()
        && has_subcommand("nextest")
}

fn examples() -> Result<Outcome> {
    passed(&["test", "--workspace", "--locked", "--doc"])
}

/// The manifest of the fuzz targets, which are a workspace of their own.
const FUZZ: &str = "fuzz/Cargo.toml";

fn has_fuzz_targets() -> bool {
    Path::new(&root()).join(FUZZ).exists()
}

fn fuzz_targets() -> Result<Outcome> {
    if !has_fuzz_targets() {
        return Ok(Outcome::LeftOut("there are none"));
    }
    if !services::is_here(&services::CXX) {
        return Ok(Outcome::LeftOut("no C++ compiler, which libFuzzer needs"));
    }
    // In the same folder, so that the crates which were built for the tests are not built again.
    let target = Metadata::read()?.target_directory;
    let mut command =
        cargo(&["build", "--locked", "--manifest-path", FUZZ, "--bins", "--target-dir"]);
    process::run(command.arg(target))?;
    Ok(Outcome::Passed)
}
