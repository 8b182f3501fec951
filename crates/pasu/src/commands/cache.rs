//! `pasu cache`: what was found in images before; and opening it for a scan.

use crate::args::{CacheArgs, CacheCommand, ImageArgs, ScanArgs};
use crate::commands::scan::locale;
use crate::exit::Exit;
use anyhow::{Context, Result};
use jiff::Timestamp;
use pasu_image::cache::{Cache, DEFAULT_LIMIT, FILE, Status};
use pasu_model::Lang;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Does what was asked.
pub fn run(command: &CacheCommand) -> Result<Exit> {
    match command {
        CacheCommand::Status(args) => status(args),
        CacheCommand::Clear { older_than, args } => clear(*older_than, args),
    }
}

/// The store for a scan, unless it is not wanted. Without one a scan goes on, and says why.
pub fn for_scan(args: &ImageArgs) -> Option<Cache> {
    if args.cache.is_off() {
        return None;
    }
    open(args.scan.cache_dir(), args.cache.cache_size.unwrap_or(DEFAULT_LIMIT), &args.scan)
}

/// The store in a folder or where it usually is.
pub fn open(named: Option<&Path>, limit: u64, args: &ScanArgs) -> Option<Cache> {
    match Cache::open(&folder(named), limit) {
        Ok(cache) => Some(cache),
        Err(error) => {
            say(args, &error.to_string());
            None
        }
    }
}

/// Says what went wrong with the store.
pub fn tell_problems(cache: &Cache, args: &ScanArgs) {
    for problem in cache.take_problems() {
        say(args, &problem);
    }
}

fn say(args: &ScanArgs, problem: &str) {
    if args.quiet {
        return;
    }
    let lang = args.lang.unwrap_or_else(locale);
    let lead = lang.pick("참고: 캐시 없이 계속합니다", "note: going on without the cache");
    // Where standard error is closed there is nobody to tell.
    let _ = writeln!(std::io::stderr(), "{lead}: {problem}");
}

/// The folder named, else `/var/cache/pasu` for root and the user's cache folder for others.
fn folder(named: Option<&Path>) -> PathBuf {
    if let Some(named) = named {
        return named.to_path_buf();
    }
    if pasu_system::is_root() {
        return PathBuf::from("/var/cache/pasu");
    }
    let variable =
        |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let cache =
        variable("XDG_CACHE_HOME").or_else(|| variable("HOME").map(|home| home.join(".cache")));
    cache.unwrap_or_else(std::env::temp_dir).join("pasu")
}

fn status(args: &CacheArgs) -> Result<Exit> {
    let folder = folder(args.cache_dir.as_deref());
    let path = folder.join(FILE);
    // To look must not make one.
    let status = match path.exists() {
        true => Cache::open(&folder, DEFAULT_LIMIT)?.status()?,
        false => Status { path, limit: DEFAULT_LIMIT, ..Status::default() },
    };
    let mut out = std::io::stdout().lock();
    let written = match args.json {
        true => serde_json::to_string_pretty(&status)
            .map_err(std::io::Error::other)
            .and_then(|text| writeln!(out, "{text}")),
        false => writeln!(out, "{}", text(&status, args.lang.unwrap_or_else(locale))),
    };
    written.context("cannot write to standard output")?;
    Ok(Exit::Clean)
}

fn text(status: &Status, lang: Lang) -> String {
    let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    let Status { path, bytes, limit, entries, subjects, oldest_use } = status;
    let date = oldest_use.and_then(|seconds| Timestamp::from_second(seconds).ok());
    let date = date.map_or_else(|| "-".to_owned(), |date| date.strftime("%Y-%m-%d").to_string());
    let (path, bytes, limit) = (path.display(), mib(*bytes), mib(*limit));
    match lang {
        Lang::Ko => format!(
            "{path}\n{bytes:.1} MiB (기본 한도 {limit:.0} MiB), 레이어와 이미지 {subjects}개의 항목 {entries}개, 가장 오래 쓰지 않은 항목 {date}"
        ),
        Lang::En => format!(
            "{path}\n{bytes:.1} MiB (usual limit {limit:.0} MiB), {entries} entries about {subjects} layers and images, longest unused since {date}"
        ),
    }
}

fn clear(older_than: Option<std::time::Duration>, args: &CacheArgs) -> Result<Exit> {
    let folder = folder(args.cache_dir.as_deref());
    let removed = match folder.join(FILE).exists() {
        true => Cache::open(&folder, DEFAULT_LIMIT)?.clear(older_than)?,
        false => 0,
    };
    let mut out = std::io::stdout().lock();
    let written = match (args.json, args.lang.unwrap_or_else(locale)) {
        (true, _) => writeln!(out, "{{\"Removed\":{removed}}}"),
        (false, Lang::Ko) => writeln!(out, "항목 {removed}개를 지웠습니다"),
        (false, Lang::En) => writeln!(out, "{removed} entries removed"),
    };
    written.context("cannot write to standard output")?;
    Ok(Exit::Clean)
}

#[cfg(test)]
mod tests {
    use super::text;
    use pasu_image::cache::Status;
    use pasu_model::Lang;

    #[test]
    fn the_status_is_said_in_both_languages() {
        let status = Status {
            path: "/c/images-1.db".into(),
            bytes: 3 << 19,
            limit: 1 << 30,
            entries: 12,
            subjects: 3,
            oldest_use: Some(1_796_000_000),
        };
        let english = text(&status, Lang::En);
        assert!(
            english.contains("1.5 MiB (usual limit 1024 MiB), 12 entries about 3"),
            "{english}"
        );
        assert!(english.ends_with("2026-11-30"), "{english}");
        assert!(text(&status, Lang::Ko).contains("항목 12개"));
        assert!(text(&Status::default(), Lang::En).ends_with("since -"));
    }
}
