//! What becomes of an inspection: kept, printed, and written as reports.

use crate::args::InspectArgs;
use crate::commands::output::{self, Destination};
use crate::commands::scan::Job;
use crate::commands::whole::Whole;
use crate::settings::RunSettings;
use crate::state::State;
use anyhow::Result;
use jiff::Timestamp;
use pasu_model::{Changes, ImagePatch, Inspection, Lang};
use pasu_report::book::Brand;
use pasu_report::{Format, Kept, render_summary, write_inspection};
use pasu_store::Store;
use std::io::Write;
use std::path::PathBuf;

/// How many patched images a report tells of.
const PATCHES: usize = 20;

/// What became of a run in the store.
#[derive(Default)]
pub struct Stored {
    /// Its number; none where it was not kept.
    pub number: Option<i64>,
    /// What changed since the last one.
    pub changes: Option<Changes>,
}

/// The reports that were asked for by file.
pub fn reports(files: &[PathBuf]) -> Result<Vec<Destination>> {
    let formats =
        files.iter().map(|file| output::format_of(file)).collect::<Result<Vec<Format>>>()?;
    output::pair(formats, files)
}

/// Keeps an inspection, unless that is not wanted. One that cannot be kept is said, and written all the same.
pub fn keep(args: &InspectArgs, inspection: &Inspection, runs: RunSettings, lang: Lang) -> Stored {
    if args.no_save {
        return Stored::default();
    }
    match store(args, inspection, runs) {
        Ok(stored) => stored,
        Err(error) => {
            let what = lang.pick("결과를 보관하지 못했습니다", "the result could not be kept");
            // Where standard error is closed there is nobody left to tell.
            let _ = writeln!(std::io::stderr(), "pasu: {what}: {error:#}");
            Stored::default()
        }
    }
}

fn store(args: &InspectArgs, inspection: &Inspection, runs: RunSettings) -> Result<Stored> {
    let store = Store::open(State::new(args.state.as_deref()).folder())?;
    let mut document = Vec::new();
    write_inspection(inspection, &mut document)?;
    let (id, changes) = store.add(inspection, &document)?;
    store.keep(runs.into(), Timestamp::now())?;
    Ok(Stored { number: Some(id.0), changes: Some(changes) })
}

/// Images that were patched here; nothing where that cannot be read.
pub fn patches(args: &InspectArgs) -> Vec<ImagePatch> {
    let folder = State::new(args.state.as_deref());
    let is_there = folder.folder().join(pasu_store::FILE).exists();
    let store = is_there.then(|| Store::open(folder.folder()).ok()).flatten();
    store.and_then(|store| store.patches(PATCHES).ok()).unwrap_or_default()
}

/// Writes the reports, then what was asked for: the summary, or formats.
pub fn write(
    args: &InspectArgs,
    job: &Job<'_>,
    inspection: &Inspection,
    stored: &Stored,
    reports: &[Destination],
    brand: &Brand,
) -> Result<()> {
    let changes = stored.changes.as_ref();
    let whole = Whole {
        inspection,
        changes,
        brand,
        lang: job.lang(),
        list_packages: args.scan.list_all_pkgs,
        show_suppressed: args.scan.show_suppressed,
    };
    for report in reports {
        whole.write(report)?;
    }
    if !args.scan.format.is_empty() {
        return job.destinations().iter().try_for_each(|destination| whole.write(destination));
    }
    let kept = Kept {
        number: stored.number,
        reports: args.report.iter().map(|path| path.display().to_string()).collect(),
    };
    let file = args.scan.output.first().map(PathBuf::as_path);
    output::to(file, job.lang(), |look, out| {
        render_summary(inspection, changes, &kept, &look.options, out)
    })
}
