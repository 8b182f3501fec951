//! The machine's own parts: its settings and its packages, over one walk.

use super::left_out;
use super::lines::Lines;
use crate::args::InspectArgs;
use crate::commands::audit::run::{HostAudit, for_host, visitors};
use crate::commands::audit::software;
use crate::commands::scan::Job;
use crate::exit::Exit;
use anyhow::{Context, Result};
use pasu_checks::Software;
use pasu_checks::walk::WalkFacts;
use pasu_model::{Audit, Inventory, Part, PartReport, PartState, Run, Target, TargetKind, Text};
use pasu_packages::inventory;
use pasu_system::{SharedWalk, System, TreeSystem};
use std::time::Instant;

/// What was found on the machine itself.
pub struct HostParts {
    pub audit: Option<Audit>,
    pub packages: Option<Run>,
    pub parts: Vec<PartReport>,
    pub ended: Exit,
}

/// What one walk brought.
struct Walked {
    found: Inventory,
    facts: Option<WalkFacts>,
}

/// Looks at the parts that are wanted.
pub fn look(args: &InspectArgs, job: &Job<'_>, lines: &Lines) -> Result<HostParts> {
    let target = Target { kind: TargetKind::Host, name: pasu_system::host_name() };
    let began = Instant::now();
    let mut parts = vec![left_out(Part::Guideline), left_out(Part::Packages)];
    let (mut audit, mut packages, mut software, mut facts) = (None, None, None, None);
    if args.wants(Part::Packages) {
        let walked = walk(args, job, lines)?;
        facts = walked.facts;
        let all = software::judge(walked.found.clone(), &target, None, args.scan.db.as_deref())?;
        software = Some(Software::of(&all));
        let run = job.judge(target, walked.found, None)?;
        parts[1] = of_run(&run, began);
        lines.done(&parts[1]);
        packages = Some(run);
    }
    if args.wants(Part::Guideline) {
        let began = if packages.is_some() { Instant::now() } else { began };
        lines.begin(Part::Guideline);
        let asked = HostAudit {
            scan: &args.scan,
            config: args.config.clone(),
            state: args.state.clone(),
            save: !args.no_save,
            lang: job.lang(),
            walk: facts,
            software,
        };
        let found = for_host(asked)?;
        parts[0] = PartReport { millis: millis(began), ..PartReport::of_audit(&found) };
        if !found.as_root {
            parts[0].why = Some(Text::new(
                "root 권한 없이 점검하여 일부 파일을 읽지 못했습니다",
                "without the rights of root, some files could not be read",
            ));
        }
        lines.done(&parts[0]);
        audit = Some(job.judged(found));
    }
    let ended = job.exit_of(packages.as_ref(), audit.as_ref());
    Ok(HostParts { audit: audit.map(|judged| judged.audit), packages, parts, ended })
}

/// Walks the machine once for all that is wanted of it.
fn walk(args: &InspectArgs, job: &Job<'_>, lines: &Lines) -> Result<Walked> {
    let system = TreeSystem::live().context("cannot open /")?;
    lines.begin(Part::Packages);
    let options = job.inventory_options(TargetKind::Host, "/".into());
    if !args.wants(Part::Guideline) {
        return Ok(Walked { found: inventory(&system, &options)?, facts: None });
    }
    let visitors = visitors(job.deadline())?;
    let shared = SharedWalk::new(&system as &dyn System, &visitors);
    let found = inventory(&shared, &options)?;
    let facts = shared.into_report().map(|report| visitors.into_facts(&report));
    Ok(Walked { found, facts })
}

fn of_run(run: &Run, began: Instant) -> PartReport {
    let state = if run.unseen.is_empty() { PartState::Whole } else { PartState::Incomplete };
    PartReport { part: Part::Packages, state, why: None, millis: millis(began) }
}

/// Milliseconds since then.
pub fn millis(began: Instant) -> u64 {
    u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX)
}
