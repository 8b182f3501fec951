//! `pasu image REF`: what is vulnerable in an image.

use super::gather::PackageGather;
use super::recall::ImageRecall;
use super::source;
use crate::args::ImageArgs;
use crate::commands::scan::{Beside, Job};
use crate::exit::Exit;
use anyhow::{Context, Result, anyhow};
use pasu_image::Image;
use pasu_image::tree::{self, ImageSystem, OpenOptions};
use pasu_model::{ImageInfo, Inventory, Target, TargetKind, Unseen, UnseenReason};
use pasu_packages::{InventoryOptions, LayerScanner, inventory_of_layers};

/// Scans one image.
pub fn run(args: &ImageArgs) -> Result<Exit> {
    let job = Job::new(&args.scan, None)?;
    let options = job.inventory_options(TargetKind::Image, "/".into());
    let gather = PackageGather(LayerScanner::new(&options)?);
    let source_options = source::options(&args.source, job.deadline())?;
    let mut image = source::image(args, &source_options, &gather)?;
    let open = OpenOptions { gather: &gather, deadline: job.deadline() };
    let (system, found) = look(&mut image, open, &options)?;
    let target = Target { kind: TargetKind::Image, name: image.name.clone() };
    let info = info(&image, &system);
    job.finish(target, found, Beside { audit: None, image: Some(info) })
}

/// Opens an image and looks for software, while what lies in files is held against its digests.
fn look(
    image: &mut Image,
    open: OpenOptions<'_>,
    options: &InventoryOptions,
) -> Result<(ImageSystem, Inventory)> {
    let regions = tree::unverified(image);
    let deadline = open.deadline;
    std::thread::scope(|scope| {
        let verifying = scope.spawn(move || tree::verify(&regions, deadline));
        let system = tree::open(image, open)?;
        let top = system.layers().saturating_sub(1);
        let mut found = inventory_of_layers(&system, top, options, &ImageRecall(&system))?;
        verifying.join().map_err(|_| anyhow!("the check of digests failed"))??;
        found.unseen.extend(problems(&system));
        Ok::<_, anyhow::Error>((system, found))
    })
    .with_context(|| format!("cannot scan {}", image.name))
}

/// What of the layers could not be taken over.
fn problems(system: &ImageSystem) -> impl Iterator<Item = Unseen> + '_ {
    system.problems().iter().map(|problem| Unseen {
        path: problem.path.clone(),
        reason: UnseenReason::Malformed,
        detail: format!("layer {}: {}", problem.layer + 1, problem.detail),
    })
}

/// What the report says about the image, with the sizes that are known now.
fn info(image: &Image, system: &ImageSystem) -> ImageInfo {
    let mut info = image.info();
    for (number, layer) in info.layers.iter_mut().enumerate() {
        layer.size = system.layer_size(number);
    }
    info.size = info.layers.iter().map(|layer| layer.size).sum();
    info
}
