//! What becomes of an inspection: kept, printed, and written as reports.

use crate::args::InspectArgs;
use crate::commands::output::{self, Destination};
use crate::commands::scan::Job;
use crate::commands::whole::Whole;
use anyhow::Result;
use pasu_model::{Changes, Inspection};
use pasu_report::book::Brand;
use pasu_report::{Format, Kept, render_summary};
use std::path::PathBuf;

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
