//! The images of the machine's engine.

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
use pasu_image::source::SourceOptions;
use pasu_image::source::engine::{self, Listing};
use pasu_image::tree::LayerPool;
use pasu_model::{InspectedImage, Part, PartReport, PartState, TargetKind, Text};
use pasu_packages::LayerScanner;
use std::path::Path;
use std::time::Instant;

/// What was found in images.
pub struct ImageParts {
    pub images: Vec<InspectedImage>,
    pub part: PartReport,
    pub ended: Exit,
}

/// Looks at every image of the engine, if there is one.
pub fn look(args: &InspectArgs, job: &Job<'_>, lines: &Lines) -> Result<ImageParts> {
    if !args.wants(Part::Images) {
        return Ok(none(left_out(Part::Images)));
    }
    let began = Instant::now();
    lines.begin(Part::Images);
    let asked = SourceArgs { docker_host: args.docker_host.clone(), ..SourceArgs::default() };
    let options = source::options(&asked, job.deadline())?;
    let looked = match engine::list(&options) {
        Ok(listing) => all(args, job, lines, &listing, &options)?,
        Err(error) => without(args, &error),
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
    let part = part(&images, &failed);
    Ok(ImageParts { images, part, ended })
}

fn part(images: &[InspectedImage], failed: &[String]) -> PartReport {
    let is_whole = failed.is_empty() && images.iter().all(|image| image.run.unseen.is_empty());
    let why = (!failed.is_empty()).then(|| {
        let list = failed.join("\n");
        Text::new(
            format!("이미지 {}개를 점검하지 못했습니다.\n{list}", failed.len()),
            format!("{} images could not be inspected.\n{list}", failed.len()),
        )
    });
    let state = if is_whole { PartState::Whole } else { PartState::Incomplete };
    PartReport { part: Part::Images, state, why, millis: 0 }
}

fn none(part: PartReport) -> ImageParts {
    ImageParts { images: Vec::new(), part, ended: Exit::Clean }
}

/// No engine: nothing to inspect, unless one was named, or is there and may not be asked.
fn without(args: &InspectArgs, error: &ImageError) -> ImageParts {
    let is_named = args.docker_host.is_some() || std::env::var_os("DOCKER_HOST").is_some();
    let is_there =
        matches!(error, ImageError::Denied { .. }) || error.to_string().contains("no permission");
    let (state, why) = if is_named || is_there {
        let why = Text::new(
            format!("컨테이너 엔진에 물어볼 수 없습니다: {error}"),
            format!("the container engine could not be asked: {error}"),
        );
        (PartState::Failed, why)
    } else if let Some(socket) = unlisted(|path| path.exists()) {
        let why = Text::new(
            format!(
                "{socket}: 이 엔진의 이미지 목록은 아직 읽지 않습니다. 이미지마다 `pasu image 이름`으로 점검하십시오"
            ),
            format!(
                "{socket}: images of this engine are not listed yet; hint: `pasu image NAME` for each"
            ),
        );
        (PartState::Failed, why)
    } else {
        let why = Text::new(
            "이 시스템에는 실행 중인 컨테이너 엔진이 없습니다",
            "no container engine runs on this machine",
        );
        (PartState::Absent, why)
    };
    let part = PartReport { part: Part::Images, state, why: Some(why), millis: 0 };
    none(part)
}

/// Engines whose images are not listed here, by their sockets: containerd, that of k3s, and CRI-O.
const UNLISTED: [&str; 3] = [
    "/run/containerd/containerd.sock",
    "/run/k3s/containerd/containerd.sock",
    "/run/crio/crio.sock",
];

/// The socket of such an engine: a machine that has one is not a machine without images.
fn unlisted(exists: impl Fn(&Path) -> bool) -> Option<&'static str> {
    UNLISTED.into_iter().find(|socket| exists(Path::new(socket)))
}

fn is_gone(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref::<ImageError>(), Some(ImageError::NotFound { .. }))
}

#[cfg(test)]
mod tests {
    use super::unlisted;
    use std::path::Path;

    #[test]
    fn a_machine_with_containerd_is_not_one_without_images() {
        let containerd = Path::new("/run/containerd/containerd.sock");
        assert_eq!(unlisted(|path| path == containerd), containerd.to_str());
        assert_eq!(unlisted(|_| false), None);
    }
}
