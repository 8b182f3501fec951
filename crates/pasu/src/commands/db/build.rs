//! `pasu db build`: feeds in, database out.

use crate::args::BuildArgs;
use crate::exit::Exit;
use crate::fetch::{self, Client, Origin};
use crate::{database, durable, progress};
use anyhow::{Context, Result, bail};
use indicatif::ProgressBar;
use jiff::Timestamp;
use pasu_advisory::build::{Builder, FeedKind, Selection};
use pasu_advisory::database::Tuning;
use pasu_system::OutputFile;
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

/// Builds a database of every feed in a folder or on a server.
pub fn run(args: &BuildArgs) -> Result<Exit> {
    let built = built()?;
    let origin = Origin::parse(&args.feeds);
    let (feeds, mut problems) = match &origin {
        Some(origin) => download(args, origin)?,
        None => (list(Path::new(&args.feeds))?, Vec::new()),
    };
    if feeds.is_empty() {
        say(&problems);
        let hint = match origin {
            Some(_) => "none could be fetched, and none is kept from an earlier build",
            None => "hint: it should hold osv/<ecosystem>/all.zip, nvd/, kev/…",
        };
        bail!("{}: no advisory feeds; {hint}", fetch::shown(&args.feeds));
    }
    let (selection, tuning) = if args.snapshot {
        (Selection::Snapshot, Tuning::SNAPSHOT)
    } else {
        (Selection::Everything, Tuning::FILE)
    };
    let builder = Builder::new(selection);
    problems.extend(take_in(&builder, feeds, args.quiet));
    let cannot = || format!("cannot write {}", args.output.display());
    let output = OutputFile::create(&args.output).with_context(cannot)?;
    let spinner = progress::spinner("writing the database", args.quiet);
    let (out, summary) = builder.write(BufWriter::new(output.file()), tuning, &built)?;
    out.into_inner().map_err(io::IntoInnerError::into_error).with_context(cannot)?;
    spinner.finish_and_clear();
    let size = output.file().metadata()?.len();
    readable_by_all(output.file())?;
    output.finish().with_context(cannot)?;
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
    say(&problems);
    Ok(if problems.iter().any(|problem| problem.fatal) { Exit::Incomplete } else { Exit::Clean })
}

/// When the database is built: now, or what `SOURCE_DATE_EPOCH` says, for builds that must give the same bytes twice.
fn built() -> Result<String> {
    let now = match std::env::var("SOURCE_DATE_EPOCH") {
        Ok(text) if !text.is_empty() => text
            .parse()
            .ok()
            .and_then(|seconds| Timestamp::from_second(seconds).ok())
            .with_context(|| format!("SOURCE_DATE_EPOCH: {text:?} is no number of seconds"))?,
        _ => Timestamp::now(),
    };
    Ok(now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

/// Fetches the feeds, and lists what there is to read.
fn download(args: &BuildArgs, origin: &Origin) -> Result<(Vec<Feed>, Vec<Problem>)> {
    let folder = args
        .download_dir
        .clone()
        .unwrap_or_else(|| durable::folder(&database::default_path()).join("feeds"));
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let _lock = durable::lock(&folder)
        .with_context(|| format!("cannot lock {}", folder.display()))?
        .with_context(|| {
            format!("{}: another run of pasu downloads feeds into it", folder.display())
        })?;
    let bar = progress::bytes(0, args.quiet);
    let client = Client::new(args.retries)?;
    let year = Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).year();
    let fetched = fetch::fetch_all(&client, origin, &folder, year, &bar)?;
    bar.finish_and_clear();
    let problems = fetched.problems.into_iter().map(|problem| Problem {
        feed: problem.name,
        what: problem.what,
        fatal: problem.missing,
    });
    let mut feeds = Vec::with_capacity(fetched.files.len());
    for (name, path) in fetched.files {
        let size =
            fs::metadata(&path).with_context(|| format!("cannot read {}", path.display()))?.len();
        feeds.extend(FeedKind::of_path(&name).map(|kind| Feed { kind, name, path, size }));
    }
    Ok((feeds, problems.collect()))
}

fn say(problems: &[Problem]) {
    for problem in problems {
        let _ = writeln!(io::stderr(), "pasu: {problem}");
    }
}

fn readable_by_all(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

/// Something wrong with a feed.
struct Problem {
    feed: String,
    what: String,
    /// The database lacks the feed or a part of it: it could not be fetched, or not be read to its end.
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
