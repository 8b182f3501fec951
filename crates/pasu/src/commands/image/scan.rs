//! `pasu image REF`: what is vulnerable in an image.

use super::audit::{self, Asked};
use super::gather::ImageGather;
use super::look::Look;
use super::source;
use crate::args::{ITEM_TIMEOUT, ImageArgs};
use crate::commands::audit::software;
use crate::commands::cache;
use crate::commands::scan::Job;
use crate::exit::Exit;
use crate::state::State;
use anyhow::Result;
use pasu_model::{Target, TargetKind};
use pasu_packages::LayerScanner;
use std::path::PathBuf;

/// Scans one image.
pub fn run(args: &ImageArgs) -> Result<Exit> {
    let job = Job::of_image(args)?;
    let options = job.inventory_options(TargetKind::Image, "/".into());
    let gather = ImageGather {
        packages: LayerScanner::new(&options)?,
        checks: job.wants_audit(TargetKind::Image),
    };
    let source_options = source::options(&args.source, job.deadline())?;
    let image = source::image(
        args.input.as_deref(),
        args.reference.as_deref(),
        &args.source,
        &source_options,
        &gather,
    )?;
    let cache = cache::for_scan(args);
    let look = Look {
        options: &options,
        gather: &gather,
        cache: cache.as_ref(),
        whole: job.wants_audit(TargetKind::Image),
        verify: !args.no_verify,
        pool: None,
    };
    let (looked, system) = look.at(&image)?;
    if let Some(cache) = &cache {
        cache::tell_problems(cache, &args.scan);
    }
    let target = Target { kind: TargetKind::Image, name: image.name.clone() };
    let info = looked.info(&image);
    let audit = match system.filter(|_| job.wants_audit(TargetKind::Image)) {
        Some(system) => {
            // All packages, whatever is shown of them.
            let (found, info) = (looked.found.clone(), Some(info.clone()));
            let all = software::judge(found, &target, info, args.scan.db.as_deref())?;
            let state = State::new(std::env::var_os("PASU_STATE").map(PathBuf::from).as_deref());
            Some(audit::judge(&asked(&job, &state), &all, system)?)
        }
        None => None,
    };
    let run = job.judge(target, looked.found, Some(info))?;
    job.end(run, audit)
}

fn asked<'a>(job: &Job<'_>, state: &'a State) -> Asked<'a> {
    Asked {
        config: std::env::var_os("PASU_CONFIG").map(PathBuf::from),
        state,
        only: Vec::new(),
        item_timeout: ITEM_TIMEOUT,
        started: job.started(),
        deadline: job.deadline(),
    }
}
