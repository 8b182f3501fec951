//! Flags of Trivy, so that scripts written for it go on working: those that hold already or need no action here are
//! taken, and those that ask for what is not done here are refused with the reason, never taken in silence.

use super::scan::parse_switch;
use clap::{Arg, ArgMatches, Args, Command, Error, FromArgMatches};

/// The flags of Trivy that nothing follows of.
#[derive(Debug, Clone, Copy)]
pub struct TrivyArgs;

/// Switches that are taken. Pasu never goes to the network in a scan, and shows no notice that would have to be switched
/// off; `debug` and `dependency-tree` only add text to what Trivy prints for people.
const SWITCHES: &[&str] = &[
    "offline-scan",
    "skip-db-update",
    "skip-java-db-update",
    "skip-check-update",
    "skip-policy-update",
    "skip-vex-repo-update",
    "skip-version-check",
    "disable-telemetry",
    "no-progress",
    "light",
    "debug",
    "dependency-tree",
];

/// Flags with a value that are taken: where Trivy's own databases are, how its tables and compliance reports look, and
/// how it shares its work among threads.
const VALUES: &[&str] = &[
    "db-repository",
    "java-db-repository",
    "checks-bundle-repository",
    "policy-bundle-repository",
    "table-mode",
    "report",
    "parallel",
    "cache-ttl",
    "secret-config",
];

/// Flags with a value that are refused, and why.
const REFUSED: &[(&str, &str)] = &[
    ("server", CLIENT),
    ("token", CLIENT),
    ("token-header", CLIENT),
    ("custom-headers", CLIENT),
    ("ignore-policy", REGO),
    ("config-check", REGO),
    ("config-data", REGO),
    ("template", "there are no templates; hint: --format json and a program such as jq"),
    ("compliance", "hint: `pasu audit --image` holds an image against the guideline"),
    ("config", "settings are not read from Trivy's file; hint: give them as flags"),
    ("podman-host", "hint: the environment variable CONTAINER_HOST says where Podman is"),
    ("max-image-size", "sizes are not limited; hint: --timeout limits the time"),
    ("distro", "the distribution is what the target says it is"),
    ("pkg-relationships", "packages are not chosen by relationship"),
    ("vuln-severity-source", "severities have one order of sources"),
    ("file-patterns", "files are known by their usual names alone"),
];

/// Switches that are refused unless they are off, and why.
const REFUSED_SWITCHES: &[(&str, &str)] = &[
    ("removed-pkgs", "packages that are not there any more are not looked for"),
    ("license-full", "licences are what packages declare"),
    ("download-db-only", UPDATE),
    ("download-java-db-only", UPDATE),
];

const CLIENT: &str = "scans run here, not on a server";
const REGO: &str = "Rego is not run; hint: .trivyignore.yaml and --vex set findings aside";
const UPDATE: &str = "hint: `pasu db update` fetches advisories";

impl Args for TrivyArgs {
    fn augment_args(command: Command) -> Command {
        // What would be found besides is not surely there.
        let priority = value("detection-priority").value_parser(["precise"]);
        let refused = REFUSED.iter().map(|(name, why)| {
            value(name).value_parser(move |_: &str| Err::<String, &'static str>(why))
        });
        let refused_switches = REFUSED_SWITCHES.iter().map(|(name, why)| {
            let is_off = move |text: &str| match parse_switch(text) {
                Ok(false) => Ok(false),
                _ => Err(*why),
            };
            switch(name).value_parser(is_off)
        });
        command
            .args(SWITCHES.iter().map(|name| switch(name).value_parser(parse_switch)))
            .args(VALUES.iter().map(|name| value(name)))
            .arg(priority)
            .args(refused)
            .args(refused_switches)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for TrivyArgs {
    fn from_arg_matches(_: &ArgMatches) -> Result<Self, Error> {
        Ok(Self)
    }

    fn update_from_arg_matches(&mut self, _: &ArgMatches) -> Result<(), Error> {
        Ok(())
    }
}

/// A flag with a value, which the help leaves out.
fn value(name: &'static str) -> Arg {
    named(name).value_name("VALUE").action(clap::ArgAction::Append)
}

/// A flag without a value, or with `=true` and `=false` as Go's programs allow.
fn switch(name: &'static str) -> Arg {
    named(name).num_args(0..=1).require_equals(true).default_missing_value("true")
}

fn named(name: &'static str) -> Arg {
    let arg = Arg::new(name).long(name).hide(true);
    match name {
        "config" | "debug" | "template" => arg.short(name.chars().next()),
        // Refused like others, but not shown in the refusal.
        "token" | "custom-headers" => arg.hide_env_values(true),
        _ => arg,
    }
}
