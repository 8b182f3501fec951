//! Small databases for tests, built in memory from the excerpts in `tests/data/feeds` or from texts in the tests.

use crate::build::{Builder, FeedKind, Selection};
use crate::database::{Database, Tuning};
use crate::feeds::FeedCount;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use zip::write::SimpleFileOptions;

/// A feed file as it is published.
pub type Feed = (FeedKind, Vec<u8>);

/// The database of all excerpts.
pub fn excerpts() -> &'static Database {
    static DATABASE: LazyLock<Database> = LazyLock::new(|| open(build(&feeds())));
    &DATABASE
}

/// All excerpts, packed as their sources publish them.
pub fn feeds() -> Vec<Feed> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/feeds");
    let mut feeds: Vec<Feed> = children(&root.join("osv")).into_iter().map(ecosystem).collect();
    feeds.push((FeedKind::DebianTracker, read(&root.join("debian/tracker.json"))));
    feeds.push((FeedKind::Alpine, read(&root.join("alpine/v3.19/main.json"))));
    for year in children(&root.join("nvd")) {
        feeds.push((FeedKind::Nvd, gzip(&read(&year))));
    }
    feeds.push((FeedKind::Kev, read(&root.join("kev/known_exploited_vulnerabilities.json"))));
    feeds.push((FeedKind::Epss, gzip(&read(&root.join("epss/epss_scores-current.csv")))));
    feeds
}

/// One OSV bucket of the given records.
pub fn osv(ecosystem: &str, records: &[&str]) -> Feed {
    let files = records.iter().enumerate().map(|(n, text)| (format!("{n}.json"), text.as_bytes()));
    (FeedKind::Osv(ecosystem.to_owned()), zipped(files))
}

/// The bytes of a database of some feeds.
pub fn build(feeds: &[Feed]) -> Vec<u8> {
    let builder = Builder::new(Selection::Everything);
    for feed in feeds {
        take(&builder, feed);
    }
    write(builder)
}

/// Hands one feed to a builder.
pub fn take(builder: &Builder, (kind, bytes): &Feed) -> FeedCount {
    builder.feed(kind, Cursor::new(bytes)).unwrap_or_else(|error| panic!("{kind:?}: {error}"))
}

/// Ends a build at a fixed time.
pub fn write(builder: Builder) -> Vec<u8> {
    builder.write(Vec::new(), Tuning::FILE, "2026-08-22T00:00:00Z").expect("written").0
}

/// A database of its bytes.
pub fn open(bytes: Vec<u8>) -> Database {
    Database::from_static(bytes.leak()).expect("a database")
}

fn ecosystem(folder: PathBuf) -> Feed {
    let name = folder.file_name().expect("a folder").to_string_lossy().into_owned();
    let records: Vec<(String, Vec<u8>)> =
        children(&folder).iter().map(|path| (path.display().to_string(), read(path))).collect();
    (FeedKind::Osv(name), zipped(records.iter().map(|(name, text)| (name.clone(), &**text))))
}

fn zipped<'a>(files: impl Iterator<Item = (String, &'a [u8])>) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in files {
        archive.start_file(name, SimpleFileOptions::default()).expect("an entry");
        archive.write_all(text).expect("written");
    }
    archive.finish().expect("an archive").into_inner()
}

/// Compressed as the NVD and FIRST publish their files.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), Compression::fast());
    out.write_all(bytes).expect("written");
    out.finish().expect("compressed")
}

fn children(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    found.sort();
    found
}

fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}
