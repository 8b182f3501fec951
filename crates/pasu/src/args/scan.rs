//! Flags of every scan, spelt as Trivy spells them where the job is the same.

use clap::{Args, ValueEnum};
use pasu_model::{Lang, Severity, Status};
use pasu_report::Format;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Flags of every scan.
#[derive(Debug, Args)]
pub struct ScanArgs {
    /// Severities to report, by comma.
    #[arg(short, long, value_delimiter = ',', ignore_case = true, value_name = "LIST")]
    pub severity: Vec<SeverityArg>,
    /// Leave out vulnerabilities without a fix.
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value = "false", hide_default_value = true, value_parser = parse_switch, value_name = "BOOL")]
    pub ignore_unfixed: bool,
    /// Statuses to leave out, by comma: affected, will_not_fix, fix_deferred, end_of_life…
    #[arg(long, value_delimiter = ',', value_parser = parse_status, value_name = "LIST")]
    pub ignore_status: Vec<Status>,
    /// Kinds of packages, by comma: os, library.
    #[arg(long, visible_alias = "vuln-type", value_delimiter = ',', value_name = "LIST")]
    pub pkg_types: Vec<PackageTypeArg>,
    /// table, json, pasu, sarif, cyclonedx, spdx-json, spdx, pdf, html, markdown, csv, junit; may be repeated, each with its --output.
    #[arg(short, long, value_parser = parse_format, value_name = "FORMAT")]
    pub format: Vec<Format>,
    /// Where to write; standard output without it, or with -. The n-th --output belongs to the n-th --format.
    #[arg(short, long, value_name = "FILE")]
    pub output: Vec<PathBuf>,
    /// Exit with this status when findings remain.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8))]
    pub exit_code: Option<u8>,
    /// Exit with this status when the operating system gets no security updates any more; Debian LTS and an attached
    /// Ubuntu Pro count as updates.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8))]
    pub exit_on_eol: Option<u8>,
    /// Folders to leave out, paths or globs relative to the target; may be repeated.
    #[arg(long, value_delimiter = ',', value_name = "GLOB")]
    pub skip_dirs: Vec<String>,
    /// Files to leave out, paths or globs relative to the target; may be repeated.
    #[arg(long, value_delimiter = ',', value_name = "GLOB")]
    pub skip_files: Vec<String>,
    /// List every package in JSON, also those without findings.
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value = "true", value_parser = parse_switch, value_name = "BOOL")]
    pub list_all_pkgs: bool,
    /// Also report packages needed only for development.
    #[arg(long)]
    pub include_dev_deps: bool,
    /// Look into other file systems mounted below the target.
    #[arg(long)]
    pub cross_file_systems: bool,
    /// File of findings to ignore; without it .trivyignore.yaml and .trivyignore of the current folder.
    #[arg(long, value_name = "FILE")]
    pub ignorefile: Option<PathBuf>,
    /// OpenVEX or CycloneDX VEX document; may be repeated.
    #[arg(long, value_delimiter = ',', value_name = "FILE")]
    pub vex: Vec<PathBuf>,
    /// Also list what an ignore file or VEX took out.
    #[arg(long)]
    pub show_suppressed: bool,
    /// Language of tables and messages: ko or en; from the locale without it.
    #[arg(long, value_parser = parse_lang, value_name = "LANG")]
    pub lang: Option<Lang>,
    /// Say nothing on standard error but errors.
    #[arg(short, long)]
    pub quiet: bool,
    /// Stop looking after this time: 90s, 5m, 1h30m.
    #[arg(long, default_value = "5m", value_parser = parse_duration, value_name = "TIME")]
    pub timeout: Duration,
    /// Advisory database to use.
    #[arg(long, env = "PASU_DB", value_name = "FILE")]
    pub db: Option<PathBuf>,
    /// What to look for, by comma: vuln, license, and misconfig (the guideline, for this host in tables and for images);
    /// all without it, but misconfig in tables alone.
    /// Secrets are not looked for yet: with secret the exit status is 2, for something asked for was not seen.
    #[arg(long, visible_alias = "security-checks", value_delimiter = ',', value_name = "LIST")]
    pub scanners: Vec<ScannerArg>,
    /// Where what is found in images is kept; without it the cache's usual folder.
    #[arg(long, hide = true, env = "PASU_CACHE_DIR", value_name = "DIR")]
    cache_dir: Option<PathBuf>,
}

impl ScanArgs {
    /// Where what is found in images is kept, if it was said.
    pub fn cache_dir(&self) -> Option<&Path> {
        self.cache_dir.as_deref()
    }
}

/// A severity as typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "UPPER")]
pub enum SeverityArg {
    /// No source rates it.
    Unknown,
    /// Low.
    Low,
    /// Medium.
    Medium,
    /// High.
    High,
    /// Critical.
    Critical,
}

impl From<SeverityArg> for Severity {
    fn from(severity: SeverityArg) -> Self {
        match severity {
            SeverityArg::Unknown => Self::Unknown,
            SeverityArg::Low => Self::Low,
            SeverityArg::Medium => Self::Medium,
            SeverityArg::High => Self::High,
            SeverityArg::Critical => Self::Critical,
        }
    }
}

/// A kind of packages as typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PackageTypeArg {
    /// The operating system's.
    Os,
    /// Languages', and programs outside packages.
    Library,
}

/// A scanner as typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ScannerArg {
    /// Known vulnerabilities.
    Vuln,
    /// Licences: packages are listed with theirs.
    License,
    /// The security guideline, in tables of this host and in reports of images.
    #[value(alias = "config")]
    Misconfig,
    /// Secrets in files, which are not looked for yet.
    Secret,
}

pub(super) fn parse_format(text: &str) -> Result<Format, String> {
    Format::parse(text).ok_or_else(|| {
        let names: Vec<&str> = Format::all().map(Format::name).collect();
        format!("one of {}", names.join(", "))
    })
}

pub(super) fn parse_lang(text: &str) -> Result<Lang, String> {
    match text {
        "ko" => Ok(Lang::Ko),
        "en" => Ok(Lang::En),
        _ => Err("ko or en".to_owned()),
    }
}

fn parse_status(text: &str) -> Result<Status, String> {
    const ALL: [Status; 7] = [
        Status::Unknown,
        Status::Affected,
        Status::Fixed,
        Status::UnderInvestigation,
        Status::WillNotFix,
        Status::FixDeferred,
        Status::EndOfLife,
    ];
    ALL.into_iter()
        .find(|status| status.name() == text)
        .ok_or_else(|| format!("one of {}", ALL.map(Status::name).join(", ")))
}

/// Reads a switch as Go's programs do.
pub(super) fn parse_switch(text: &str) -> Result<bool, String> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Ok(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Ok(false),
        _ => Err("true or false".to_owned()),
    }
}

/// Reads Go's durations as far as Trivy's users write them: `300s`, `5m`, `1h30m`, `500ms`.
pub(super) fn parse_duration(text: &str) -> Result<Duration, String> {
    let wrong = || "a time such as 90s, 5m or 1h30m".to_owned();
    let mut rest = text;
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
        let number: u64 = rest[..digits].parse().map_err(|_| wrong())?;
        let unit_end =
            rest[digits..].find(|c: char| c.is_ascii_digit()).map_or(rest.len(), |at| digits + at);
        let millis = match &rest[digits..unit_end] {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            _ => return Err(wrong()),
        };
        let part = number.checked_mul(millis).map(Duration::from_millis).ok_or_else(wrong)?;
        total = total.checked_add(part).ok_or_else(wrong)?;
        rest = &rest[unit_end..];
    }
    if text.is_empty() { Err(wrong()) } else { Ok(total) }
}

#[cfg(test)]
mod tests {
    use super::parse_duration;
    use std::time::Duration;

    #[test]
    fn durations_are_read_as_go_writes_them() {
        for (text, seconds) in [
            ("90s", Some(90)),
            ("5m", Some(300)),
            ("1h30m", Some(5400)),
            ("5m0s", Some(300)),
            ("5", None),
            ("", None),
            ("m", None),
        ] {
            assert_eq!(parse_duration(text).ok(), seconds.map(Duration::from_secs), "{text}");
        }
        assert!(parse_duration("99999999999999999999h").is_err());
    }
}
