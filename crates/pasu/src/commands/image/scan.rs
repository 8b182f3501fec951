//! `pasu image REF`: what is vulnerable in an image.

use super::audit;
use super::gather::PackageGather;
use super::look::Look;
use super::source;
use crate::args::ImageArgs;
use crate::commands::cache;
use crate::commands::scan::Job;
use crate::exit::Exit;
use anyhow::Result;
use pasu_model::{Target, TargetKind};
use pasu_packages::LayerScanner;

/// Scans one image.
pub fn run(args: &ImageArgs) -> Result<Exit> {
    let job = Job::new(&args.scan, None)?;
    let options = job.inventory_options(TargetKind::Image, "/".into());
    let gather = PackageGather(LayerScanner::new(&options)?);
    let source_options = source::options(&args.source, job.deadline())?;
    let image = source::image(args, &source_options, &gather)?;
    let cache = cache::for_scan(args);
    let look = Look {
        options: &options,
        gather: &gather,
        cache: cache.as_ref(),
        whole: job.wants_audit(),
        pool: None,
    };
    let (looked, system) = look.at(&image)?;
    if let Some(cache) = &cache {
        cache::tell_problems(cache, &args.scan);
    }
    let target = Target { kind: TargetKind::Image, name: image.name.clone() };
    let info = looked.info(&image);
    let audit = match system.filter(|_| job.wants_audit()) {
        Some(system) => {
            let all = job.judge_all(target.clone(), looked.found.clone(), Some(info.clone()))?;
            Some(audit::of(&job, &all, system)?)
        }
        None => None,
    };
    let run = job.judge(target, looked.found, Some(info))?;
    job.end(&run, audit.as_ref())
}
