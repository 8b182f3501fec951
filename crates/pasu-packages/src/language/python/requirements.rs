//! pip's `requirements.txt`. A line is a package if it pins exactly one version:
//! ```text
//! requests[socks]==2.31.0 ; python_version >= "3.7" --hash=sha256:…
//! -r base.txt
//! ```
//! Read are files called `requirements.txt` and its usual variants, `requirements-dev.txt` and `dev-requirements.txt`
//! with `-`, `_` or `.`; those of development by name hold development packages. `-r` and `--requirement` are followed,
//! unless the file they name is read for its own name. Constraints (`-c`) install nothing and are not.

use super::package;
use super::requirement::pinned;
use crate::language::listing;
use crate::{DetectError, Detector, Interest, Scope, TargetFile};
use pasu_model::{LineRange, Package, PackageSet, PackageType, UnseenReason};
use std::collections::HashSet;
use std::path::{Component, Path, PathBuf};

/// Reads `requirements.txt`.
pub(super) struct Requirements;

/// The largest included file, in bytes.
const MAX_INCLUDED: u64 = 16 << 20;

/// How many files one may include, over all levels.
const MAX_INCLUDES: usize = 100;

impl Detector for Requirements {
    fn id(&self) -> &'static str {
        "python/requirements"
    }

    fn scope(&self) -> Scope {
        Scope::Locked
    }

    fn interest(&self) -> Interest {
        Interest { suffixes: &[".txt"], ..Interest::default() }
    }

    fn detect(&self, file: &TargetFile<'_>) -> Result<Vec<PackageSet>, DetectError> {
        let Some(dev) = variant(&file.name()) else { return Ok(Vec::new()) };
        let text = decoded(file.bytes()?)?;
        let mut packages = Vec::new();
        let mut open = includes(file.path, &text);
        packages
            .extend(pins(&text).map(|(package, lines)| Package { lines: vec![lines], ..package }));
        let mut seen = HashSet::from([file.path.to_path_buf()]);
        while let Some(path) = open.pop() {
            if seen.len() > MAX_INCLUDES {
                let detail = format!("more than {MAX_INCLUDES} files included");
                file.report(UnseenReason::Limit, detail);
                break;
            }
            if !seen.insert(path.clone()) || read_by_itself(&path) {
                continue;
            }
            // pip would fail on a missing file; what the others pin is installed or not all the same.
            let text = match file.system.read(&path, MAX_INCLUDED) {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                read => read.map_err(DetectError::from).and_then(|bytes| decoded(&bytes)),
            };
            let text = match text {
                Ok(text) => text,
                Err(error) => {
                    file.report(error.reason(), format!("{}: {error}", path.display()));
                    continue;
                }
            };
            packages.extend(pins(&text).map(|(package, _)| package));
            open.extend(includes(&path, &text));
        }
        for package in &mut packages {
            package.dev = dev;
        }
        Ok(listing::set(PackageType::Pip, file.target(), packages))
    }
}

/// Whether a file's name is that of a requirements file, and if so whether of one for development.
fn variant(name: &str) -> Option<bool> {
    let stem = name.strip_suffix(".txt")?;
    let separator = |c: char| matches!(c, '-' | '_' | '.');
    let purpose = if let Some(rest) = stem.strip_prefix("requirements") {
        rest.strip_prefix(separator).or(rest.is_empty().then_some(""))?
    } else {
        stem.strip_suffix("requirements")?.strip_suffix(separator)?
    };
    let dev = ["dev", "develop", "development", "test", "tests", "testing", "lint", "docs", "doc"];
    Some(purpose.split(separator).any(|part| dev.contains(&part)))
}

fn read_by_itself(path: &Path) -> bool {
    path.file_name().and_then(|name| name.to_str()).and_then(variant).is_some()
}

/// The text of a file, which on Windows may be UTF-16 with a byte order mark. pip reads what is neither as Latin-1
/// would be, in the end: only comments hold such bytes.
fn decoded(bytes: &[u8]) -> Result<String, DetectError> {
    let wide = |read: fn([u8; 2]) -> u16| {
        let units = bytes.get(2..).unwrap_or_default().chunks_exact(2);
        let units = units.map(|pair| match pair {
            [a, b] => read([*a, *b]),
            _ => 0,
        });
        char::decode_utf16(units).collect::<Result<String, _>>()
    };
    match bytes {
        [0xFF, 0xFE, ..] => wide(u16::from_le_bytes),
        [0xFE, 0xFF, ..] => wide(u16::from_be_bytes),
        _ => return Ok(String::from_utf8_lossy(bytes).trim_start_matches('\u{feff}').to_owned()),
    }
    .map_err(|_| DetectError::malformed("UTF-16 text with a broken surrogate"))
}

/// The packages that a text pins, with their lines.
fn pins(text: &str) -> impl Iterator<Item = (Package, LineRange)> {
    logical_lines(text).filter_map(|(line, lines)| {
        let (name, version) = pinned(&line)?;
        Some((package(PackageType::Pip, name, version)?, lines))
    })
}

/// Lines without comments, those that end in `\` joined with the next.
fn logical_lines(text: &str) -> impl Iterator<Item = (String, LineRange)> {
    let mut lines = (1_u32..).zip(text.lines());
    std::iter::from_fn(move || {
        let (start, first) = lines.next()?;
        let (mut joined, mut end) = (without_comment(first).to_owned(), start);
        while joined.ends_with('\\') {
            joined.pop();
            let Some((number, next)) = lines.next() else { break };
            joined.push_str(without_comment(next));
            end = number;
        }
        Some((joined, LineRange { start, end }))
    })
}

/// A comment begins at a `#` at the start or after a blank: `#egg=` in an address is none.
fn without_comment(line: &str) -> &str {
    let starts = line.match_indices('#').find(|(at, _)| {
        line.get(..*at).is_none_or(|before| before.is_empty() || before.ends_with([' ', '\t']))
    });
    starts.map_or(line, |(at, _)| line.get(..at).unwrap_or(line)).trim_end()
}

/// The files that a file includes, inside the target.
fn includes(path: &Path, text: &str) -> Vec<PathBuf> {
    let folder = path.parent().unwrap_or(Path::new("/"));
    let named = logical_lines(text).filter_map(|(line, _)| {
        let line = line.trim();
        let rest = line.strip_prefix("--requirement").or_else(|| line.strip_prefix("-r"))?;
        let name = rest.strip_prefix('=').unwrap_or(rest).trim().trim_matches(['"', '\'']);
        (!name.is_empty() && !name.contains("://")).then(|| flattened(&folder.join(name)))
    });
    named.collect()
}

/// A path without `.` and `..`, so that the same file is known again however it is named.
fn flattened(path: &Path) -> PathBuf {
    let mut flat = PathBuf::from("/");
    for part in path.components() {
        match part {
            Component::Normal(name) => flat.push(name),
            Component::ParentDir => {
                flat.pop();
            }
            _ => {}
        }
    }
    flat
}
