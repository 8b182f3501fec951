//! All feeds of a mirror, or of their publishers, into a folder that is kept between runs.

use super::client::{Client, Unreachable};
use super::content::Content;
use super::download::{self, Outcome, Wanted};
use super::layout::{FeedFile, Origin};
use super::record::Record;
use anyhow::{Context, Result, anyhow};
use indicatif::ProgressBar;
use pasu_advisory::feeds::nvd::FeedMeta;
use std::collections::BTreeMap;
use std::fmt::Write;
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
    /// Hosts that could not be reached: their files, with the age of the kept copy in days.
    unreachable: BTreeMap<String, Vec<(String, Option<i64>)>>,
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
    let mut files = match fetched.files.pop() {
        Some((name, path)) => {
            let files = origin.osv_files(folder, &read_small(&path)?);
            if files.is_empty() {
                let what = "it names no ecosystem that is known".to_owned();
                fetched.problems.push(Problem { name, what, missing: true });
            }
            files
        }
        None => Vec::new(),
    };
    files.extend(origin.other_files(folder, year));
    let results = in_parallel(&files, |file| fetch_one(client, file, bar));
    for (file, result) in files.iter().zip(results) {
        fetched.take(result, file);
    }
    fetched.sum_up();
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
        content: Content::Text,
        version: None,
    };
    if download::fetch(client, &wanted, bar)? == Outcome::Absent {
        return download::fetch(client, &file.wanted, bar);
    }
    let text = read_small(&path)?;
    let meta = FeedMeta::parse(&text).with_context(|| super::shown(url))?;
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
        let url = super::shown(&file.wanted.url);
        let error = match result {
            Ok(Outcome::Fresh | Outcome::Unchanged) => {
                self.files.push((file.name.clone(), path.clone()));
                return;
            }
            Ok(Outcome::Absent) if file.optional => {
                download::note_absent(path, &file.wanted.url);
                return;
            }
            Ok(Outcome::Absent) => anyhow!("{url}: the server has no such file"),
            Err(error) => error,
        };
        // Only a copy from the same place stands in.
        let kept = Record::of_kept(path, &url);
        if kept.is_some() {
            self.files.push((file.name.clone(), path.clone()));
        } else if Record::beside(path, &url).is_some_and(|record| record.absent) {
            return;
        }
        let age = kept.map(|record| record.age_days());
        match error.downcast_ref::<Unreachable>() {
            Some(Unreachable(host)) => {
                let lost = self.unreachable.entry(host.clone()).or_default();
                lost.push((file.name.clone(), age));
            }
            None => self.problems.push(Problem::of_file(&file.name, &error, age)),
        }
    }

    /// A server that is away is said once, not for each of its files.
    fn sum_up(&mut self) {
        for (host, files) in std::mem::take(&mut self.unreachable) {
            self.problems.push(Problem::of_host(host, &files));
        }
    }
}

impl Problem {
    fn of_file(name: &str, error: &anyhow::Error, age: Option<i64>) -> Self {
        let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
        let causes = causes.join(": ");
        let what = match age {
            Some(days) => format!("{causes}; using the copy that was current {days} days ago"),
            None => causes,
        };
        Self { name: name.to_owned(), what, missing: age.is_none() }
    }

    fn of_host(host: String, files: &[(String, Option<i64>)]) -> Self {
        let mut what = "could not be reached".to_owned();
        let ages: Vec<i64> = files.iter().filter_map(|(_, age)| *age).collect();
        if let Some(oldest) = ages.iter().max() {
            let _ = write!(what, "; using {} kept files, current {oldest} days ago", ages.len());
        }
        let missing: Vec<&str> =
            files.iter().filter(|(_, age)| age.is_none()).map(|(name, _)| name.as_str()).collect();
        if let Some(first) = missing.first() {
            let _ = write!(what, "; {} files are missing, the first: {first}", missing.len());
        }
        Self { name: host, what, missing: !missing.is_empty() }
    }
}
