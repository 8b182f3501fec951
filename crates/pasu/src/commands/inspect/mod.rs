//! `pasu` and `pasu inspect`: every part of this machine at once, as one result.

mod host;
mod images;
mod lines;
mod write;

use crate::args::InspectArgs;
use crate::commands::fix::author;
use crate::commands::scan::Job;
use crate::exit::Exit;
use crate::settings::Settings;
use anyhow::{Result, anyhow};
use jiff::Timestamp;
use lines::Lines;
use pasu_model::{Inspection, Inspector, Part, PartReport, PartState, Target, TargetKind};
use pasu_system::TreeSystem;

/// Inspects this machine, keeps the result and writes it.
pub fn run(args: &InspectArgs) -> Result<Exit> {
    let job = Job::new(&args.scan, None)?;
    let reports = write::reports(&args.report)?;
    let settings = Settings::read(args.config.as_deref())?;
    let (inspection, ended) = inspect(args, &job)?;
    let stored = write::keep(args, &inspection, settings.runs, job.lang());
    write::write(args, &job, &inspection, &stored, &reports, &settings.brand)?;
    Ok(if inspection.is_complete() { ended } else { Exit::Incomplete })
}

/// Looks at all parts that are wanted: the machine itself, and beside it the images of its engine; and how that ended.
fn inspect(args: &InspectArgs, job: &Job<'_>) -> Result<(Inspection, Exit)> {
    let lines = Lines::new(args, job.lang());
    let (host, images) = std::thread::scope(|scope| {
        let images = scope.spawn(|| images::look(args, job, &lines));
        let host = host::look(args, job, &lines);
        let images = images.join().map_err(|_| anyhow!("the inspection of images failed"));
        (host, images)
    });
    drop(lines);
    let (host, images) = (host?, images??);
    let author = author();
    let ended = host.ended.or_worse(images.ended);
    let inspection = Inspection {
        tool: crate::commands::audit::software::tool(),
        started: time(job.started()),
        finished: time(Timestamp::now()),
        by: Inspector {
            login: author.login,
            account: author.account,
            as_root: pasu_system::is_root(),
        },
        target: Target { kind: TargetKind::Host, name: pasu_system::host_name() },
        os: host
            .packages
            .as_ref()
            .and_then(|run| run.os.clone())
            .or_else(|| host.audit.as_ref().and_then(|audit| audit.os.clone())),
        parts: host.parts.into_iter().chain([images.part]).collect(),
        audit: host.audit,
        packages: host.packages,
        images: images.images,
        fixes: fixes(),
        patches: write::patches(args),
    };
    Ok((inspection, ended))
}

/// What was put right on this machine; nothing where that may not be read.
fn fixes() -> Vec<pasu_model::FixRecord> {
    let Ok(system) = TreeSystem::live() else { return Vec::new() };
    let mut records = pasu_fix::session::history(&system).unwrap_or_default();
    records.sort_by(|one, other| other.started.cmp(&one.started));
    records
}

/// A time as results have it.
fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A part that nobody asked for.
fn left_out(part: Part) -> PartReport {
    PartReport { part, state: PartState::LeftOut, why: None, millis: 0 }
}
