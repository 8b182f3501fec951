//! The images of the machine's engines.

use super::host::millis;
use super::left_out;
use super::lines::Lines;
use crate::args::{InspectArgs, SourceArgs};
use crate::commands::cache;
use crate::commands::image::gather::ImageGather;
use crate::commands::image::look::Look;
use crate::commands::image::scan::{Kept, one};
use crate::commands::image::source;
use crate::commands::scan::Job;
use crate::exit::Exit;
use anyhow::Result;
use pasu_image::ImageError;
use pasu_image::cache::DEFAULT_LIMIT;
use pasu_image::source::{self as sources, Listing, SourceOptions};
use pasu_image::tree::LayerPool;
use pasu_model::{InspectedImage, Part, PartReport, PartState, TargetKind, Text};
use pasu_packages::LayerScanner;
use std::time::Instant;

/// What was found in images.
pub struct ImageParts {
    pub images: Vec<InspectedImage>,
    pub part: PartReport,
    pub ended: Exit,
}

/// Looks at every image of the engines, if there is one.
pub fn look(args: &InspectArgs, job: &Job<'_>, lines: &Lines) -> Result<ImageParts> {
    if !args.wants(Part::Images) {
        return Ok(none(left_out(Part::Images)));
    }
    let began = Instant::now();
    lines.begin(Part::Images);
    let asked = SourceArgs { docker_host: args.docker_host.clone(), ..SourceArgs::default() };
    let options = source::options(&asked, job.deadline())?;
    let looked = match sources::list(&options) {
        Ok(listing) => all(args, job, lines, &listing, &options)?,
        Err(error) => without(&error),
    };
    let part = PartReport { millis: millis(began), ..looked.part };
    lines.done(&part);
    Ok(ImageParts { part, ..looked })
}

/// Looks at every image; one that cannot be looked at does not keep the others.
fn all(
    args: &InspectArgs,
    job: &Job<'_>,
    lines: &Lines,
    listing: &Listing,
    source: &SourceOptions,
) -> Result<ImageParts> {
    let options = job.inventory_options(TargetKind::Image, "/".into());
    let gather = ImageGather { packages: LayerScanner::new(&options)?, checks: true };
    let cache = cache::open(args.scan.cache_dir(), DEFAULT_LIMIT, &args.scan);
    let pool = LayerPool::new();
    let look = Look {
        options: &options,
        gather: &gather,
        cache: cache.as_ref(),
        whole: true,
        verify: true,
        pool: Some(&pool),
    };
    let kept = Kept { config: args.config.as_deref(), state: args.state.as_deref() };
    let (mut images, mut failed, mut ended) = (Vec::new(), Vec::new(), Exit::Clean);
    let total = listing.images().len();
    for (number, listed) in listing.images().iter().enumerate() {
        lines.step(Part::Images, number + 1, total, &listed.name());
        let looked = listing
            .find(listed, source, &gather)
            .map_err(anyhow::Error::from)
            .and_then(|image| one(job, &look, &image, &kept));
        match looked {
            Ok((run, audit)) => {
                let judged = audit.map(|audit| job.judged(audit));
                ended = ended.or_worse(job.exit_of(Some(&run), judged.as_ref()));
                images.push(InspectedImage { run, audit: judged.map(|judged| judged.audit) });
            }
            // Removed since the list was made.
            Err(error) if is_gone(&error) => {}
            Err(error) => failed.push(format!("{}: {error:#}", listed.name())),
        }
    }
    if let Some(cache) = &cache {
        cache::tell_problems(cache, &args.scan);
    }
    let part = part(&images, &failed, listing.problems());
    Ok(ImageParts { images, part, ended })
}

fn part(images: &[InspectedImage], failed: &[String], unlisted: &[ImageError]) -> PartReport {
    let is_whole = failed.is_empty()
        && unlisted.is_empty()
        && images.iter().all(|image| image.run.unseen.is_empty());
    let mut why: Vec<Text> = unlisted.iter().map(source::unlisted).collect();
    if !failed.is_empty() {
        let list = failed.join("\n");
        why.push(Text::new(
            format!("이미지 {}개를 점검하지 못했습니다.\n{list}", failed.len()),
            format!("{} images could not be inspected.\n{list}", failed.len()),
        ));
    }
    let why = why.into_iter().reduce(|one, other| {
        Text::new(format!("{}\n{}", one.ko, other.ko), format!("{}\n{}", one.en, other.en))
    });
    let state = match (is_whole, images.is_empty() && failed.is_empty()) {
        (true, _) => PartState::Whole,
        (false, true) => PartState::Failed,
        (false, false) => PartState::Incomplete,
    };
    PartReport { part: Part::Images, state, why, millis: 0 }
}

fn none(part: PartReport) -> ImageParts {
    ImageParts { images: Vec::new(), part, ended: Exit::Clean }
}

/// No engine and no store: nothing to inspect.
fn without(error: &ImageError) -> ImageParts {
    let (state, why) = if matches!(error, ImageError::Unreachable { .. }) {
        let why = Text::new(
            "이 시스템에는 실행 중인 컨테이너 엔진이 없습니다",
            "no container engine runs on this machine",
        );
        (PartState::Absent, why)
    } else {
        (PartState::Failed, source::unlisted(error))
    };
    let part = PartReport { part: Part::Images, state, why: Some(why), millis: 0 };
    none(part)
}

fn is_gone(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref::<ImageError>(), Some(ImageError::NotFound { .. }))
}
