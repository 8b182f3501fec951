//! One file from a server: asked for only if it changed, continued where it broke off, put in place whole.

use super::client::Client;
use super::content::Content;
use super::record::{self, Record};
use super::retry::{Failure, Retry, retry_after, retrying};
use crate::durable;
use anyhow::{Context, Result, anyhow};
use indicatif::ProgressBar;
use jiff::Timestamp;
use std::cell::Cell;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use ureq::http::{HeaderMap, Response};
use ureq::{Body, http};

/// A file to fetch.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub url: String,
    /// Where it is kept. Beside it lie its record (`.state`) and what came of a broken download (`.part`).
    pub path: PathBuf,
    /// The most bytes it may have.
    pub limit: u64,
    pub content: Content,
    /// What its publisher calls this state of it; remembered with it.
    pub version: Option<String>,
}

/// How a fetch ended well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// A new file is in place.
    Fresh,
    /// The kept one is the newest.
    Unchanged,
    /// The server has no such file.
    Absent,
}

/// Fetches a file. On an error the kept one is as it was.
pub fn fetch(client: &Client, wanted: &Wanted, bar: &ProgressBar) -> Result<Outcome> {
    let shown = super::shown(&wanted.url);
    let part = durable::beside(&wanted.path, ".part");
    let download = Download { client, wanted, bar, shown, part, outstanding: Cell::new(0) };
    let attempt = || {
        let result = download.attempt();
        // What did not come is announced anew by the next attempt.
        bar.dec_length(download.outstanding.take());
        result
    };
    retrying(client, &wanted.url, attempt)
        .with_context(|| format!("cannot fetch {}", download.shown))
}

struct Download<'a> {
    client: &'a Client,
    wanted: &'a Wanted,
    bar: &'a ProgressBar,
    /// The URL for messages and records.
    shown: String,
    part: PathBuf,
    /// Bytes the bar was told of that have not come yet.
    outstanding: Cell<u64>,
}

/// A download that broke off and can be continued.
struct Begun {
    record: Record,
    length: u64,
}

impl Download<'_> {
    fn attempt(&self) -> Result<Outcome, Failure> {
        let begun = self.begun();
        let kept = Record::of_kept(&self.wanted.path, &self.shown);
        let response =
            self.client.get(&self.wanted.url, &headers(begun.as_ref(), kept.as_ref()))?;
        match response.status().as_u16() {
            200 => self.whole(response),
            206 => match begun {
                Some(begun) => self.rest(response, begun),
                None => Err(Failure::last(anyhow!("the server sent a part nobody asked for"))),
            },
            304 => match kept {
                Some(kept) => self.unchanged(kept),
                None => Err(Failure::last(anyhow!("the server says «not modified» of nothing"))),
            },
            404 | 410 => Ok(Outcome::Absent),
            416 => {
                self.discard();
                Err(Failure::passing(anyhow!("the server cannot continue the download")))
            }
            _ => Err(refused(&response)),
        }
    }

    /// What is left of a broken download, if the server can be asked for its rest.
    fn begun(&self) -> Option<Begun> {
        let record = Record::beside(&self.part, &self.shown)?;
        let length = fs::metadata(&self.part).ok()?.len();
        record.strong_validator()?;
        (length > 0 && length < record.size).then_some(Begun { record, length })
    }

    fn unchanged(&self, kept: Record) -> Result<Outcome, Failure> {
        if self.wanted.version.is_some() && self.wanted.version != kept.version {
            // The publisher speaks of a new state, the server still gives the old one.
            self.wanted.content.check(&self.wanted.path).map_err(Failure::last)?;
        }
        let version = self.wanted.version.clone().or(kept.version);
        let record = Record { checked: Timestamp::now(), version, ..kept };
        record.write(&self.wanted.path).map_err(|error| self.cannot_write(error))?;
        Ok(Outcome::Unchanged)
    }

    fn whole(&self, response: Response<Body>) -> Result<Outcome, Failure> {
        let size = response.body().content_length();
        self.within_limit(size.unwrap_or(0))?;
        self.discard();
        let record = Record::of_response(self.shown.clone(), response.headers(), size.unwrap_or(0));
        let file = File::create(&self.part).map_err(|error| self.cannot_write(error))?;
        if size.is_some() && record.strong_validator().is_some() {
            record.write(&self.part).map_err(|error| self.cannot_write(error))?;
        }
        self.announce(size.unwrap_or(0));
        let length = self.copy(response, file, 0)?;
        self.finish(record, size, length)
    }

    fn rest(&self, response: Response<Body>, begun: Begun) -> Result<Outcome, Failure> {
        let expected = (begun.length, begun.record.size);
        if continues(response.headers()) != Some(expected) {
            self.discard();
            return Err(Failure::passing(anyhow!("the server sent another part than asked for")));
        }
        let file = OpenOptions::new()
            .append(true)
            .open(&self.part)
            .map_err(|error| self.cannot_write(error))?;
        self.announce(begun.record.size - begun.length);
        let length = self.copy(response, file, begun.length)?;
        let size = Some(begun.record.size);
        self.finish(begun.record, size, length)
    }

    fn announce(&self, bytes: u64) {
        self.outstanding.set(bytes);
        self.bar.inc_length(bytes);
    }

    /// Appends a body to the part and says how long that is now.
    fn copy(
        &self,
        response: Response<Body>,
        mut file: File,
        mut length: u64,
    ) -> Result<u64, Failure> {
        // Our own limit is checked below; the library's would be smaller.
        let mut body = response.into_body().into_with_config().limit(u64::MAX).reader();
        let mut buffer = vec![0; 1 << 16];
        loop {
            let read = body.read(&mut buffer).map_err(|error| {
                Failure::passing(
                    anyhow::Error::new(error).context(format!("broke off after {length} bytes")),
                )
            })?;
            let Some(bytes) = buffer.get(..read).filter(|bytes| !bytes.is_empty()) else { break };
            length += read as u64;
            self.within_limit(length)?;
            self.client.spend(read as u64)?;
            file.write_all(bytes).map_err(|error| self.cannot_write(error))?;
            self.bar.inc(read as u64);
            self.outstanding.set(self.outstanding.get().saturating_sub(read as u64));
        }
        Ok(length)
    }

    /// Puts a whole part in place.
    fn finish(&self, record: Record, size: Option<u64>, length: u64) -> Result<Outcome, Failure> {
        if let Some(size) = size.filter(|size| *size != length) {
            return Err(Failure::passing(anyhow!("broke off after {length} of {size} bytes")));
        }
        if let Err(error) = self.wanted.content.check(&self.part) {
            self.discard();
            return Err(Failure::last(error));
        }
        let version = self.wanted.version.clone();
        let record = Record { size: length, checked: Timestamp::now(), version, ..record };
        durable::replace(&self.part, &self.wanted.path)
            .and_then(|()| record.write(&self.wanted.path))
            .map_err(|error| self.cannot_write(error))?;
        record::forget(&self.part);
        Ok(Outcome::Fresh)
    }

    fn within_limit(&self, length: u64) -> Result<(), Failure> {
        if length <= self.wanted.limit {
            return Ok(());
        }
        self.discard();
        Err(Failure::last(anyhow!("larger than the {} bytes allowed", self.wanted.limit)))
    }

    fn discard(&self) {
        record::forget(&self.part);
        // If it cannot be removed, it cannot be written either, and that is said then.
        let _ = fs::remove_file(&self.part);
    }

    fn cannot_write(&self, error: std::io::Error) -> Failure {
        let what = format!("cannot write {}", self.wanted.path.display());
        Failure::last(anyhow::Error::new(error).context(what))
    }
}

/// Conditions of a request: the rest of what was begun, or the file if it is not the one that is kept.
fn headers(begun: Option<&Begun>, kept: Option<&Record>) -> Vec<(&'static str, String)> {
    if let Some(begun) = begun
        && let Some(validator) = begun.record.strong_validator()
    {
        let range = format!("bytes={}-", begun.length);
        return vec![("range", range), ("if-range", validator.to_owned())];
    }
    let mut headers = Vec::new();
    if let Some(kept) = kept {
        headers.extend(kept.etag.clone().map(|etag| ("if-none-match", etag)));
        headers.extend(kept.last_modified.clone().map(|date| ("if-modified-since", date)));
    }
    headers
}

/// Where the part of an answer begins and how long the whole is: `Content-Range: bytes 1000-4999/5000`.
fn continues(headers: &HeaderMap) -> Option<(u64, u64)> {
    let value = headers.get(http::header::CONTENT_RANGE)?.to_str().ok()?;
    let (range, total) = value.trim().strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let (first, last, total): (u64, u64, u64) =
        (first.trim().parse().ok()?, last.trim().parse().ok()?, total.trim().parse().ok()?);
    (last.checked_add(1) == Some(total)).then_some((first, total))
}

fn refused(response: &Response<Body>) -> Failure {
    let status = response.status();
    let error = anyhow!("the server answered {status}");
    let asked = response
        .headers()
        .get(http::header::RETRY_AFTER)
        .and_then(|value| retry_after(value.to_str().ok()?, Timestamp::now()));
    let retry = match (status.as_u16(), asked) {
        (408 | 425 | 429 | 500..=599, Some(pause)) => Retry::After(pause),
        (408 | 425 | 429 | 500..=599, None) => Retry::Soon,
        _ => Retry::Never,
    };
    Failure { error, retry }
}

/// Remembers that a server has no such file; what is kept of it goes.
pub fn note_absent(path: &Path, url: &str) {
    // The file is not used in this run either way, and without the note the next run only says more.
    let _ = fs::remove_file(path);
    let _ = Record::of_absent(super::shown(url)).write(path);
}
