//! `pasu image REF`: what is vulnerable in an image.

use super::audit::{self, Asked};
use super::gather::ImageGather;
use super::look::{Look, Looked};
use super::source;
use crate::args::{ITEM_TIMEOUT, ImageArgs};
use crate::commands::audit::software;
use crate::commands::cache;
use crate::commands::scan::Job;
use crate::exit::Exit;
use crate::state::State;
use anyhow::Result;
use pasu_image::Image;
use pasu_image::tree::ImageSystem;
use pasu_model::{Audit, Run, Target, TargetKind};
use pasu_packages::LayerScanner;
use std::path::{Path, PathBuf};

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
    let (run, audit) = one(&job, &look, &image, &Kept::default())?;
    if let Some(cache) = &cache {
        cache::tell_problems(cache, &args.scan);
    }
    job.end(run, audit)
}

/// Where an audit finds its policy and its answers; the environment says where nothing is named.
#[derive(Default)]
pub struct Kept<'a> {
    /// The policy file.
    pub config: Option<&'a Path>,
    /// The folder of answers.
    pub state: Option<&'a Path>,
}

/// Scans an image, and audits it where the look is at the whole of it.
pub(in crate::commands) fn one(
    job: &Job<'_>,
    look: &Look<'_>,
    image: &Image,
    kept: &Kept<'_>,
) -> Result<(Run, Option<Audit>)> {
    look.then(image, |looked, system| judge(job, look, image, kept, (looked, system)))?
}

fn judge(
    job: &Job<'_>,
    look: &Look<'_>,
    image: &Image,
    kept: &Kept<'_>,
    (looked, system): (Looked, Option<ImageSystem>),
) -> Result<(Run, Option<Audit>)> {
    let target = Target { kind: TargetKind::Image, name: image.name.clone() };
    let info = looked.info(image);
    let audit = match system.filter(|_| look.whole) {
        Some(system) => {
            // All packages, whatever is shown of them.
            let (found, info) = (looked.found.clone(), Some(info.clone()));
            let all = software::judge(found, &target, info, job.db())?;
            let named = |path: Option<&Path>, variable| {
                path.map(Path::to_path_buf)
                    .or_else(|| std::env::var_os(variable).map(PathBuf::from))
            };
            let state = State::new(named(kept.state, "PASU_STATE").as_deref());
            let asked = Asked {
                config: named(kept.config, "PASU_CONFIG"),
                state: &state,
                only: Vec::new(),
                item_timeout: ITEM_TIMEOUT,
                started: job.started(),
                deadline: job.deadline(),
            };
            Some(audit::judge(&asked, &all, system)?)
        }
        None => None,
    };
    Ok((job.judge(target, looked.found, Some(info))?, audit))
}
