//! `.trivyignore.yaml`:
//!
//! ```yaml
//! vulnerabilities:
//!   - id: CVE-2022-40897
//!     paths: ["usr/local/lib/python3.9/site-packages/setuptools-58.1.0.dist-info/METADATA"]
//!     purls: ["pkg:pypi/setuptools"]
//!     expired_at: 2025-06-30
//!     statement: Accept the risk
//! ```
//!
//! `misconfigurations` has entries of the same form, for what an audit finds. `secrets` and `licenses` are read over.

use super::ignore::{About, Ignore};
use super::limits::{MAX_PATTERN_BYTES, MAX_PATTERNS, MAX_YAML_DEPTH, MAX_YAML_NODES};
use super::package_pattern::PackagePattern;
use super::{Note, Rules, SuppressError, expiry};
use globset::{Glob, GlobBuilder, GlobSet};
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_saphyr::Spanned;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The sections that exist, of which the first two are read.
const SECTIONS: [&str; 4] = ["vulnerabilities", "misconfigurations", "secrets", "licenses"];
/// The keys of an entry.
const KEYS: [&str; 5] = ["id", "paths", "purls", "expired_at", "statement"];

#[derive(Deserialize)]
struct Document {
    vulnerabilities: Option<Vec<Spanned<Entry>>>,
    misconfigurations: Option<Vec<Spanned<Entry>>>,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(default)]
    id: String,
    paths: Option<Vec<String>>,
    purls: Option<Vec<String>>,
    expired_at: Option<String>,
    statement: Option<String>,
}

/// The same document, read for its keys only.
#[derive(Deserialize)]
struct EntryKeys {
    vulnerabilities: Option<Vec<BTreeMap<String, IgnoredAny>>>,
    misconfigurations: Option<Vec<BTreeMap<String, IgnoredAny>>>,
}

/// Adds the entries of a file.
pub(super) fn parse(file: &Arc<str>, text: &str, rules: &mut Rules) -> Result<(), SuppressError> {
    // An empty file, or one of remarks only, is null.
    let Some(document) = read::<Option<Document>>(file, text)? else { return Ok(()) };
    for key in unknown_keys(file, text)? {
        rules.note(Note::UnknownKey { file: file.to_string(), key });
    }
    let mut patterns = 0_usize;
    let section = |about, entries: Option<Vec<Spanned<Entry>>>| {
        entries.unwrap_or_default().into_iter().map(move |entry| (about, entry))
    };
    let entries = section(About::Vulnerabilities, document.vulnerabilities)
        .chain(section(About::Misconfigurations, document.misconfigurations));
    for (about, entry) in entries {
        let line = usize::try_from(entry.referenced.line()).unwrap_or(usize::MAX);
        patterns = patterns.saturating_add(entry.value.paths.as_ref().map_or(0, Vec::len));
        if patterns > MAX_PATTERNS {
            let reason = format!("more than {MAX_PATTERNS} paths");
            return Err(SuppressError::line(file, line, reason));
        }
        rules.ignores.push(convert(about, file, line, entry.value)?);
    }
    Ok(())
}

fn read<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, SuppressError> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_nodes: MAX_YAML_NODES,
            max_events: 2 * MAX_YAML_NODES,
            max_depth: MAX_YAML_DEPTH,
            max_total_scalar_bytes: text.len(),
        },
        with_snippet: false,
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| match error.location() {
        Some(place) if place.line() > 0 => {
            let line = usize::try_from(place.line()).unwrap_or(usize::MAX);
            SuppressError::line(file, line, one_line(&error))
        }
        _ => SuppressError::file(file, one_line(&error)),
    })
}

/// The library's messages may run over several lines and repeat the text they are about.
fn one_line(error: &serde_saphyr::Error) -> String {
    let text = error.without_snippet().to_string();
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(300).collect()
}

/// Keys that neither the document nor an entry has, each once.
fn unknown_keys(file: &str, text: &str) -> Result<BTreeSet<String>, SuppressError> {
    let sections: BTreeMap<String, IgnoredAny> = read(file, text)?;
    let entries: EntryKeys = read(file, text)?;
    let unknown_sections =
        sections.into_keys().filter(|section| !SECTIONS.contains(&section.as_str()));
    let unknown_keys = entries
        .vulnerabilities
        .into_iter()
        .chain(entries.misconfigurations)
        .flatten()
        .flat_map(BTreeMap::into_keys)
        .filter(|key| !KEYS.contains(&key.as_str()));
    Ok(unknown_sections.chain(unknown_keys).collect())
}

fn convert(
    about: About,
    file: &Arc<str>,
    line: usize,
    entry: Entry,
) -> Result<Ignore, SuppressError> {
    let wrong = |reason: String| SuppressError::line(file, line, reason);
    let id = entry.id.trim();
    if id.is_empty() || id.chars().any(char::is_control) {
        return Err(wrong(format!(
            "{id:?} is no id; hint: every entry needs one, such as id: CVE-2024-1234"
        )));
    }
    let expires = entry
        .expired_at
        .map(|date| {
            expiry::parse(&date).ok_or_else(|| {
                wrong(format!("expired_at: {date:?} is no date; hint: write YYYY-MM-DD"))
            })
        })
        .transpose()?;
    let packages = entry
        .purls
        .unwrap_or_default()
        .iter()
        .map(|purl| {
            PackagePattern::parse(purl)
                .ok_or_else(|| wrong(format!("purls: {purl:?} is no package URL")))
        })
        .collect::<Result<_, _>>()?;
    let paths = entry.paths.filter(|paths| !paths.is_empty());
    let paths = paths.map(|paths| globs(&paths)).transpose();
    Ok(Ignore {
        about,
        file: Arc::clone(file),
        line,
        id: id.to_owned(),
        paths: paths.map_err(|reason| wrong(format!("paths: {reason}")))?,
        packages,
        expires,
        statement: entry.statement.unwrap_or_default(),
    })
}

fn globs(patterns: &[String]) -> Result<GlobSet, String> {
    // `a/**` means `a` itself too, as in the glob library that Trivy uses.
    let folders = patterns.iter().filter_map(|pattern| pattern.strip_suffix("/**"));
    let all = patterns.iter().map(String::as_str).chain(folders);
    let globs = all.map(glob).collect::<Result<Vec<_>, _>>()?;
    GlobSet::new(&globs).map_err(|_| "a pattern nests too deeply or is too large".to_owned())
}

fn glob(pattern: &str) -> Result<Glob, String> {
    if pattern.len() > MAX_PATTERN_BYTES {
        return Err(format!("a pattern of more than {MAX_PATTERN_BYTES} bytes"));
    }
    GlobBuilder::new(pattern)
        .literal_separator(true)
        .backslash_escape(true)
        .build()
        .map_err(|error| format!("{pattern:?}: {}", error.kind()))
}

#[cfg(test)]
mod tests;
