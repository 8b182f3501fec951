//! Flags of `pasu cache`, and those of scans about the cache.

use super::scan::{parse_duration, parse_lang};
use clap::{Args, Subcommand, ValueEnum};
use pasu_model::Lang;
use std::path::PathBuf;
use std::time::Duration;

/// What to do with what was found in images before.
#[derive(Debug, Subcommand)]
pub enum CacheCommand {
    /// Show where it is and how large.
    Status(CacheArgs),
    /// Remove everything, or what was not used for some time.
    Clear {
        /// Only what was not used for this time: 30d, 12h.
        #[arg(long, value_parser = parse_age, value_name = "TIME")]
        older_than: Option<Duration>,
        /// Where, and how it is told.
        #[command(flatten)]
        args: CacheArgs,
    },
}

/// Flags of every `pasu cache` command.
#[derive(Debug, Args)]
pub struct CacheArgs {
    /// Its folder; without it /var/cache/pasu for root and ~/.cache/pasu for others.
    #[arg(long, env = "PASU_CACHE_DIR", value_name = "DIR")]
    pub cache_dir: Option<PathBuf>,
    /// Language: ko or en; from the locale without it.
    #[arg(long, value_parser = parse_lang, value_name = "LANG")]
    pub lang: Option<Lang>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// Flags of a scan about the cache.
#[derive(Debug, Args)]
pub struct ScanCacheArgs {
    /// Neither use nor keep what is found in layers.
    #[arg(long, alias = "clear-cache")]
    pub no_cache: bool,
    /// How large what is kept may grow: 500M, 2G; 1G without it.
    #[arg(long, value_parser = parse_size, value_name = "SIZE")]
    pub cache_size: Option<u64>,
    /// Trivy's word: `memory` keeps nothing.
    #[arg(long, hide = true, value_name = "KIND")]
    cache_backend: Option<CacheBackend>,
}

/// Where Trivy keeps its cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum CacheBackend {
    /// In a file.
    Fs,
    /// Nowhere.
    Memory,
}

impl ScanCacheArgs {
    /// Whether there is to be none.
    pub fn is_off(&self) -> bool {
        self.no_cache || self.cache_backend == Some(CacheBackend::Memory)
    }
}

/// As durations of scans, and days.
fn parse_age(text: &str) -> Result<Duration, String> {
    let days = text.strip_suffix('d').and_then(|days| days.parse::<u64>().ok());
    match days.and_then(|days| days.checked_mul(86_400)) {
        Some(seconds) => Ok(Duration::from_secs(seconds)),
        None => parse_duration(text).map_err(|_| "a time such as 30d or 12h".to_owned()),
    }
}

/// Bytes with a unit of 1024: `500M`.
fn parse_size(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let shift = match text[digits.len()..].to_ascii_uppercase().as_str() {
        "K" | "KB" | "KIB" => 10,
        "M" | "MB" | "MIB" => 20,
        "G" | "GB" | "GIB" => 30,
        _ => return Err("a size such as 500M or 2G".to_owned()),
    };
    let number: u64 = digits.parse().map_err(|_| "a size such as 500M or 2G".to_owned())?;
    number.checked_mul(1 << shift).ok_or_else(|| "a smaller size".to_owned())
}

#[cfg(test)]
mod tests {
    use super::{parse_age, parse_size};
    use std::time::Duration;

    #[test]
    fn ages_and_sizes_are_read() {
        assert_eq!(parse_age("30d"), Ok(Duration::from_secs(30 * 86_400)));
        assert_eq!(parse_age("12h"), Ok(Duration::from_secs(12 * 3600)));
        assert!(parse_age("x").is_err() && parse_age("30").is_err());
        assert_eq!(parse_size("500M"), Ok(500 << 20));
        assert_eq!(parse_size("2GiB"), Ok(2 << 30));
        for wrong in ["", "5", "M", "5T", "99999999999G", "-1M"] {
            assert!(parse_size(wrong).is_err(), "{wrong}");
        }
    }
}
