//! `pasu image --all`: every image of this machine, in order.

use super::gather::ImageGather;
use super::look::Look;
use super::source;
use crate::args::ImageArgs;
use crate::commands::cache;
use crate::commands::output::{self, Destination};
use crate::commands::scan::Job;
use crate::commands::unseen;
use crate::exit::{self, Exit};
use crate::progress;
use anyhow::{Result, bail};
use pasu_image::source::{self as sources, Listed, Listing, SourceOptions};
use pasu_image::tree::LayerPool;
use pasu_model::{Lang, Run, Target, TargetKind};
use pasu_packages::LayerScanner;
use pasu_report::{Format, RenderOptions, render_images, render_images_json};
use std::io::Write;

/// Scans all images. One that cannot be scanned is said, makes the exit status 2, and does not keep the others.
pub fn run(args: &ImageArgs) -> Result<Exit> {
    let job = Job::of_image(args)?;
    check_formats(job.destinations())?;
    if job.is_audit_asked() {
        bail!("--all does not audit images; hint: `pasu audit --image NAME`, one after the other");
    }
    let options = job.inventory_options(TargetKind::Image, "/".into());
    let gather = ImageGather { packages: LayerScanner::new(&options)?, checks: false };
    let source_options = source::options(&args.source, job.deadline())?;
    let listing = sources::list(&source_options)?;
    let mut ended = say_unlisted(&listing, job.lang());
    if listing.images().is_empty() && ended == Exit::Incomplete {
        // No list is not an empty one.
        return Ok(ended);
    }
    if listing.images().is_empty() && !args.scan.quiet {
        let none = job.lang().pick("이미지가 없습니다", "no images");
        let _ = writeln!(std::io::stderr(), "pasu: {}: {none}", listing.place());
    }
    let cache = cache::for_scan(args);
    let pool = LayerPool::new();
    let look = Look {
        options: &options,
        gather: &gather,
        cache: cache.as_ref(),
        whole: false,
        verify: !args.no_verify,
        pool: Some(&pool),
    };
    let bar = progress::steps(listing.images().len() as u64, args.scan.quiet);
    let mut runs = Vec::new();
    for listed in listing.images() {
        bar.set_message(pasu_report::printable(&listed.name()));
        match one(&job, &look, &listing, listed, &source_options) {
            Ok(run) => {
                ended = ended.or_worse(job.exit(&run, None));
                runs.push(run);
            }
            Err(error) => ended = ended.or_worse(bar.suspend(|| exit::explain(&error))),
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    if let Some(cache) = &cache {
        cache::tell_problems(cache, &args.scan);
    }
    write(args, &job, &runs)?;
    Ok(ended)
}

/// Says which images are missing in the list, and how to see them.
fn say_unlisted(listing: &Listing, lang: Lang) -> Exit {
    for problem in listing.problems() {
        let _ = writeln!(std::io::stderr(), "pasu: {}", source::unlisted(problem).get(lang));
    }
    if listing.problems().is_empty() { Exit::Clean } else { Exit::Incomplete }
}

fn one(
    job: &Job<'_>,
    look: &Look<'_>,
    listing: &Listing,
    listed: &Listed,
    options: &SourceOptions,
) -> Result<Run> {
    let image = listing.find(listed, options, look.gather)?;
    look.then(&image, |looked, _| {
        let target = Target { kind: TargetKind::Image, name: image.name.clone() };
        let info = looked.info(&image);
        job.judge(target, looked.found, Some(info))
    })?
}

/// Documents of one target each cannot hold several.
fn check_formats(destinations: &[Destination]) -> Result<()> {
    for destination in destinations {
        if !matches!(destination.format, Format::Table | Format::Json) {
            bail!(
                "--format {} holds one image; hint: --all with --format table or json, or one image after the other",
                destination.format.name()
            );
        }
    }
    Ok(())
}

fn write(args: &ImageArgs, job: &Job<'_>, runs: &[Run]) -> Result<()> {
    for destination in job.destinations() {
        output::to(destination.file.as_deref(), job.lang(), |look, out| {
            let options = RenderOptions {
                list_packages: args.scan.list_all_pkgs,
                show_suppressed: args.scan.show_suppressed,
                ..look.options.clone()
            };
            match destination.format {
                Format::Json => render_images_json(runs, &options, out),
                _ => render_images(runs, &options, out),
            }
        })?;
    }
    // The overview only counts what was not seen.
    for run in runs.iter().filter(|run| !run.unseen.is_empty()) {
        unseen::say_of(&run.target.name, &run.unseen, job.lang());
    }
    Ok(())
}
