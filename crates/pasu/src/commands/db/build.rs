//! `pasu db build`: feeds in, database out.

use crate::args::BuildArgs;
use crate::exit::Exit;
use crate::progress;
use anyhow::{Context, Result, bail};
use indicatif::ProgressBar;
use pasu_advisory::build::{Builder, FeedKind, Selection};
use pasu_advisory::database::Tuning;
use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// One feed file.
struct Feed {
    kind: FeedKind,
    /// Path below the feeds' folder, for messages.
    name: String,
    path: PathBuf,
    size: u64,
}

/// Builds a database of every feed in a folder.
pub fn run(args: &BuildArgs) -> Result<Exit> {
    let feeds = list(Path::new(&args.feeds))?;
    if feeds.is_empty() {
        bail!(
            "{}: no advisory feeds in it; hint: it should hold osv/<ecosystem>/all.zip, nvd/, kev/…",
            args.feeds
        );
    }
    let (selection, tuning) = if args.snapshot {
        (Selection::Snapshot, Tuning::SNAPSHOT)
    } else {
        (Selection::Everything, Tuning::FILE)
    };
    let builder = Builder::new(selection);
    let problems = take_in(&builder, feeds, args.quiet);
    let folder = args
        .output
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let temporary = tempfile::NamedTempFile::new_in(folder)
        .with_context(|| format!("cannot write in {}", folder.display()))?;
    let spinner = progress::spinner("writing the database", args.quiet);
    let built = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let (out, summary) = builder.write(BufWriter::new(temporary), tuning, &built)?;
    let temporary = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    temporary.as_file().sync_all()?;
    spinner.finish_and_clear();
    let size = temporary.as_file().metadata()?.len();
    let file = temporary
        .persist(&args.output)
        .map_err(|error| error.error)
        .with_context(|| format!("{}", args.output.display()))?;
    readable_by_all(&file)?;
    if !args.quiet {
        let _ = writeln!(
            io::stderr(),
            "{}: {} packages, {} rows, {} vulnerabilities, {} NVD configurations, {size} bytes",
            args.output.display(),
            summary.packages,
            summary.rows,
            summary.details,
            summary.configurations,
        );
    }
    for problem in &problems {
        let _ = writeln!(io::stderr(), "pasu: {problem}");
    }
    Ok(if problems.iter().any(|problem| problem.fatal) { Exit::Incomplete } else { Exit::Clean })
}

fn readable_by_all(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

/// Something wrong with a feed.
struct Problem {
    feed: String,
    what: String,
    /// The feed could not be read to its end, so the database lacks part of it.
    fatal: bool,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.feed, self.what)
    }
}

/// Reads all feeds, the largest first, on every processor.
fn take_in(builder: &Builder, mut feeds: Vec<Feed>, quiet: bool) -> Vec<Problem> {
    feeds.sort_by(|a, b| b.size.cmp(&a.size).then_with(|| a.name.cmp(&b.name)));
    let bar = progress::bytes(feeds.iter().map(|feed| feed.size).sum(), quiet);
    let problems = Mutex::new(Vec::new());
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some(feed) = feeds.get(next.fetch_add(1, Ordering::Relaxed)) {
            bar.set_message(feed.name.clone());
            if let Some(problem) = take_one(builder, feed, &bar) {
                problems.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(problem);
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    bar.finish_and_clear();
    let mut problems = problems.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    problems.sort_by(|a, b| a.feed.cmp(&b.feed));
    problems
}

fn take_one(builder: &Builder, feed: &Feed, bar: &ProgressBar) -> Option<Problem> {
    let problem = |what: String, fatal| Some(Problem { feed: feed.name.clone(), what, fatal });
    let file = match File::open(&feed.path) {
        Ok(file) => file,
        Err(error) => return problem(error.to_string(), true),
    };
    match builder.feed(&feed.kind, Counted { file, bar, furthest: 0 }) {
        Ok(count) if count.skipped == 0 => None,
        Ok(count) => {
            let first = count.first_problem.unwrap_or_default();
            problem(
                format!("{} malformed records left out; the first: {first}", count.skipped),
                false,
            )
        }
        Err(error) => {
            let causes: Vec<String> =
                anyhow::Error::from(error).chain().map(ToString::to_string).collect();
            problem(format!("not read to its end: {}", causes.join(": ")), true)
        }
    }
}

/// A file whose reading moves a bar.
struct Counted<'a> {
    file: File,
    bar: &'a ProgressBar,
    furthest: u64,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        let position = self.file.stream_position()?;
        if position > self.furthest {
            self.bar.inc(position - self.furthest);
            self.furthest = position;
        }
        Ok(read)
    }
}

impl Seek for Counted<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

fn list(folder: &Path) -> Result<Vec<Feed>> {
    let mut feeds = Vec::new();
    let mut open = vec![(folder.to_path_buf(), String::new())];
    while let Some((path, prefix)) = open.pop() {
        let entries =
            fs::read_dir(&path).with_context(|| format!("cannot read {}", path.display()))?;
        for entry in entries {
            let entry = entry.with_context(|| format!("cannot read {}", path.display()))?;
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            let metadata = fs::metadata(entry.path())
                .with_context(|| format!("cannot read {}", entry.path().display()))?;
            // The feeds' paths have at most three parts.
            if metadata.is_dir() && prefix.matches('/').count() < 2 {
                open.push((entry.path(), format!("{name}/")));
            } else if let Some(kind) = FeedKind::of_path(&name).filter(|_| metadata.is_file()) {
                feeds.push(Feed { kind, name, path: entry.path(), size: metadata.len() });
            }
        }
    }
    Ok(feeds)
}
