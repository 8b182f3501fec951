//! Writing results in every format asked for.

use super::judged::Judged;
use super::whole::Whole;
use crate::args::ScanArgs;
use crate::settings::Settings;
use anyhow::{Context, Result, bail};
use pasu_model::{Inspection, Lang, Run};
use pasu_report::{Audited, Format, RenderOptions, render_audit_summary, render_audited};
use pasu_system::OutputFile;
use std::collections::HashSet;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

/// One format and where it goes; nowhere is standard output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination<F = Format> {
    pub format: F,
    pub file: Option<PathBuf>,
}

/// Pairs the n-th `--format` with the n-th `--output` of a scan.
pub fn destinations(args: &ScanArgs) -> Result<Vec<Destination>> {
    let formats = if args.format.is_empty() { vec![Format::Table] } else { args.format.clone() };
    pair(formats, &args.output)
}

/// Pairs the n-th format with the n-th file.
pub fn pair<F>(formats: Vec<F>, files: &[PathBuf]) -> Result<Vec<Destination<F>>> {
    if files.len() > formats.len() {
        bail!(
            "{} --output for {} --format; hint: give each output its format",
            files.len(),
            formats.len()
        );
    }
    let mut outputs =
        files.iter().map(|path| Some(path.clone()).filter(|path| path != Path::new("-")));
    for path in files {
        let folder = folder_of(path);
        if !folder.is_dir() {
            bail!("cannot write {}: there is no folder {}", path.display(), folder.display());
        }
    }
    let mut seen = HashSet::new();
    if let Some(twice) = files.iter().find(|path| !is_device(path) && !seen.insert(path.as_path()))
    {
        bail!("--output {}: two formats would be in one file", twice.display());
    }
    let found: Vec<Destination<F>> = formats
        .into_iter()
        .map(|format| Destination { format, file: outputs.next().flatten() })
        .collect();
    if found.iter().filter(|destination| destination.file.is_none()).count() > 1 {
        bail!(
            "several formats would be mixed on standard output; hint: give each --format its --output"
        );
    }
    Ok(found)
}

/// What is written.
pub struct Shown<'a> {
    /// The run.
    pub run: &'a Run,
    /// The audit of the same target.
    pub judged: Option<&'a Judged>,
    /// Whether other formats than tables have it, too.
    pub has_audit: bool,
}

/// Writes a run everywhere, tables with the audit before it. A file is replaced as a whole or left as it was.
pub fn write(
    shown: &Shown<'_>,
    args: &ScanArgs,
    destinations: &[Destination],
    lang: Lang,
) -> Result<()> {
    for destination in destinations {
        if is_document(destination.format) {
            document(shown, args, destination, lang)?;
            continue;
        }
        to(destination.file.as_deref(), lang, |look, out| {
            let options = RenderOptions {
                list_packages: args.list_all_pkgs,
                show_suppressed: args.show_suppressed,
                ..look.options.clone()
            };
            let is_table = destination.format == Format::Table;
            if let Some(judged) = shown.judged.filter(|_| is_table) {
                render_audit_summary(&judged.audit, &options, out)?;
            }
            let audited = shown.judged.filter(|_| shown.has_audit);
            let audited = audited.map(|it| Audited { audit: &it.audit, found: &it.found });
            render_audited(shown.run, audited, destination.format, &options, out)
        })?;
    }
    Ok(())
}

/// Whether a format is a document of its own, of a scan as of an inspection.
fn is_document(format: Format) -> bool {
    matches!(format, Format::Html | Format::Pdf | Format::Markdown | Format::Csv | Format::Junit)
}

/// Writes a scan as a document: an inspection of one target.
fn document(
    shown: &Shown<'_>,
    args: &ScanArgs,
    destination: &Destination,
    lang: Lang,
) -> Result<()> {
    let audit = shown.judged.filter(|_| shown.has_audit).map(|judged| judged.audit.clone());
    let inspection = Inspection::of_scan(shown.run.clone(), audit);
    let named = std::env::var_os("PASU_CONFIG").map(PathBuf::from);
    let settings = Settings::read(named.as_deref())?;
    let whole = Whole {
        inspection: &inspection,
        changes: None,
        brand: &settings.brand,
        lang,
        list_packages: args.list_all_pkgs,
        show_suppressed: args.show_suppressed,
    };
    whole.write(destination)
}

/// How something is to look where it goes.
pub struct Look {
    pub options: RenderOptions,
}

impl Look {
    fn new(lang: Lang, terminal: bool) -> Self {
        let color = terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let width = terminal.then(terminal_width).flatten();
        Self { options: RenderOptions { lang, color, width, ..RenderOptions::default() } }
    }
}

/// What writes something.
type Render<'a> = &'a dyn Fn(&Look, &mut dyn Write) -> io::Result<()>;

/// Writes to a file, replaced as a whole or left as it was, or to standard output.
pub fn to(
    file: Option<&Path>,
    lang: Lang,
    render: impl Fn(&Look, &mut dyn Write) -> io::Result<()>,
) -> Result<()> {
    match file {
        None => to_stdout(lang, &render).context("cannot write to standard output"),
        Some(path) => {
            to_file(path, lang, &render).with_context(|| format!("cannot write {}", path.display()))
        }
    }
}

fn to_stdout(lang: Lang, render: Render<'_>) -> Result<()> {
    let stdout = io::stdout();
    let look = Look::new(lang, stdout.is_terminal());
    let mut out = BufWriter::new(stdout.lock());
    render(&look, &mut out)?;
    out.flush()?;
    Ok(())
}

fn to_file(path: &Path, lang: Lang, render: Render<'_>) -> Result<()> {
    let look = Look::new(lang, false);
    // A device such as /dev/stdout cannot be replaced, only written to.
    if path.exists() && !path.is_file() {
        let mut out = BufWriter::new(std::fs::OpenOptions::new().write(true).open(path)?);
        render(&look, &mut out)?;
        return Ok(out.flush()?);
    }
    // A link such as `latest.json` stays, and what it leads to is replaced.
    let target = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let output = OutputFile::create(&target)?;
    let mut out = BufWriter::new(output.file());
    render(&look, &mut out)?;
    out.flush()?;
    drop(out);
    Ok(output.finish()?)
}

/// Whether a path is a device such as `/dev/stdout`, to which several things may be written.
fn is_device(path: &Path) -> bool {
    path == Path::new("-") || path.exists() && !path.is_file()
}

/// The folder in which a file lies.
fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn terminal_width() -> Option<usize> {
    let (_, columns) = console::Term::stdout().size_checked()?;
    Some(usize::from(columns)).filter(|columns| *columns >= 40)
}

/// The format that a file's name asks for.
pub fn format_of(path: &Path) -> Result<Format> {
    let name =
        path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let known = ENDINGS.iter().find(|(ending, _)| name.ends_with(ending));
    let known = known.and_then(|(_, format)| Format::parse(format));
    known.with_context(|| {
        let endings: Vec<&str> = ENDINGS.iter().map(|(ending, _)| *ending).collect();
        format!("{}: no report ends like that; hint: one of {}", path.display(), endings.join(", "))
    })
}

/// Endings of reports and the format of each, the longer ones first.
const ENDINGS: [(&str, &str); 11] = [
    (".cdx.json", "cyclonedx"),
    (".spdx.json", "spdx-json"),
    (".pasu.json", "pasu"),
    (".sarif", "sarif"),
    (".spdx", "spdx"),
    (".json", "json"),
    (".html", "html"),
    (".pdf", "pdf"),
    (".csv", "csv"),
    (".md", "markdown"),
    (".xml", "junit"),
];
