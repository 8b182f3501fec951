//! All feeds of a mirror, or of their publishers, into a folder that is kept between runs.

use super::client::Client;
use super::content::Content;
use super::download::{self, Outcome, Wanted};
use super::layout::{FeedFile, Origin};
use super::record::Record;
use anyhow::{Context, Result, anyhow};
use indicatif::ProgressBar;
use pasu_advisory::feeds::nvd::FeedMeta;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// Downloads at a time.
const PARALLEL: usize = 4;
/// The largest list of ecosystems or `.meta` file that is read, in bytes.
const MAX_SMALL: u64 = 1 << 20;

/// What came of the feeds.
#[derive(Debug, Default)]
pub struct Fetched {
    /// Feed files to build from: path below the folder, and where it lies.
    pub files: Vec<(String, PathBuf)>,
    pub problems: Vec<Problem>,
}

/// A feed that could not be fetched.
#[derive(Debug)]
pub struct Problem {
    pub name: String,
    pub what: String,
    /// There is no kept copy to use instead.
    pub missing: bool,
}

/// Fetches every feed. What cannot be fetched is used as it was kept, and said.
pub fn fetch_all(
    client: &Client,
    origin: &Origin,
    folder: &Path,
    year: i16,
    bar: &ProgressBar,
) -> Result<Fetched> {
    let mut fetched = Fetched::default();
    let list = origin.ecosystems(folder);
    fetched.take(fetch_one(client, &list, bar), &list);
    let ecosystems = match fetched.files.pop() {
        Some((_, path)) => read_small(&path)?,
        None => String::new(),
    };
    let mut files = origin.osv_files(folder, &ecosystems);
    files.extend(origin.other_files(folder, year));
    let results = in_parallel(&files, |file| fetch_one(client, file, bar));
    for (file, result) in files.iter().zip(results) {
        fetched.take(result, file);
    }
    Ok(fetched)
}

/// Does a job for each file, some at a time, and gives the results in the files' order.
fn in_parallel<T: Send>(files: &[FeedFile], job: impl Fn(&FeedFile) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::with_capacity(files.len()));
    thread::scope(|scope| {
        for _ in 0..PARALLEL {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(file) = files.get(index) else { break };
                    let result = job(file);
                    results.lock().unwrap_or_else(PoisonError::into_inner).push((index, result));
                }
            });
        }
    });
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_unstable_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

fn fetch_one(client: &Client, file: &FeedFile, bar: &ProgressBar) -> Result<Outcome> {
    bar.set_message(file.name.clone());
    let folder = crate::durable::folder(&file.wanted.path);
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let Some(meta_url) = &file.meta else {
        return download::fetch(client, &file.wanted, bar);
    };
    // The feed may be replaced between our two requests: then its hash is another than the .meta's, once.
    match with_meta(client, file, meta_url, bar) {
        Err(_) if client.retries > 0 => with_meta(client, file, meta_url, bar),
        result => result,
    }
}

/// Fetches one of the NVD's files unless its `.meta` says that the kept one is the newest.
fn with_meta(client: &Client, file: &FeedFile, url: &str, bar: &ProgressBar) -> Result<Outcome> {
    let path = meta_path(&file.wanted.path);
    let wanted = Wanted {
        url: url.to_owned(),
        path: path.clone(),
        limit: MAX_SMALL,
        content: Content::Any,
        version: None,
    };
    if download::fetch(client, &wanted, bar)? == Outcome::Absent {
        return download::fetch(client, &file.wanted, bar);
    }
    let text = read_small(&path)?;
    let meta = FeedMeta::parse(&text).with_context(|| format!("{}", super::shown(url)))?;
    let version = format!("{} {}", meta.sha256, meta.last_modified);
    let feed = &file.wanted;
    if let Some(kept) = Record::of_kept(&feed.path, &super::shown(&feed.url))
        && kept.version.as_ref() == Some(&version)
    {
        let record = Record { checked: jiff::Timestamp::now(), ..kept };
        record.write(&feed.path).with_context(|| format!("{}", feed.path.display()))?;
        return Ok(Outcome::Unchanged);
    }
    let content = Content::GzipOf(meta.sha256);
    download::fetch(client, &Wanted { content, version: Some(version), ..feed.clone() }, bar)
}

/// `nvdcve-2.0-2024.json.gz` -> `nvdcve-2.0-2024.meta`.
fn meta_path(feed: &Path) -> PathBuf {
    feed.with_extension("").with_extension("meta")
}

fn read_small(path: &Path) -> Result<String> {
    use std::io::Read;
    let mut bytes = Vec::new();
    fs::File::open(path)
        .and_then(|file| file.take(MAX_SMALL).read_to_end(&mut bytes))
        .with_context(|| format!("cannot read {}", path.display()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

impl Fetched {
    fn take(&mut self, result: Result<Outcome>, file: &FeedFile) {
        let path = &file.wanted.path;
        let error = match result {
            Ok(Outcome::Fresh | Outcome::Unchanged) => {
                self.files.push((file.name.clone(), path.clone()));
                return;
            }
            Ok(Outcome::Absent) if file.optional => {
                download::remove(path);
                return;
            }
            Ok(Outcome::Absent) => {
                anyhow!("{}: the server has no such file", super::shown(&file.wanted.url))
            }
            Err(error) => error,
        };
        let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
        let causes = causes.join(": ");
        // Only a copy from the same place stands in.
        let url = super::shown(&file.wanted.url);
        let age = Record::of_kept(path, &url).map(|record| record.age_days());
        let what = match age {
            Some(days) => format!("{causes}; using the copy that was current {days} days ago"),
            None => causes,
        };
        if age.is_some() {
            self.files.push((file.name.clone(), path.clone()));
        }
        self.problems.push(Problem { name: file.name.clone(), what, missing: age.is_none() });
    }
}
