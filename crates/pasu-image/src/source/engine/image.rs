//! One image of an engine.

use super::connect::Engine;
use super::save::SaveBlob;
use super::store;
use crate::error::ImageError;
use crate::image::{Blob, Image};
use crate::layer::Gather;
use crate::source::manifest::EntryPlatform;
use crate::source::passing::{self, PassOptions};
use crate::source::{Platform, SourceOptions};
use bollard::models::ImageInspect;
use std::sync::Arc;
use std::time::Duration;

/// How long an engine may take to tell about an image.
const TELLING: Duration = Duration::from_secs(120);

/// What an engine says about an image.
pub(super) struct Told {
    /// As the engine names it; of engines with containerd's store it is the manifest's or index's.
    pub id: String,
    pub repo_tags: Vec<String>,
    pub repo_digests: Vec<String>,
    /// Digests of the uncompressed layers.
    pub diff_ids: Vec<String>,
    platform: EntryPlatform,
}

impl Told {
    fn new(reference: &str, place: &str, told: ImageInspect) -> Result<Self, ImageError> {
        let id = told.id.unwrap_or_default();
        // Podman leaves the algorithm out in some versions.
        let id = if id.contains(':') { id } else { format!("sha256:{id}") };
        crate::digest::Digest::parse(&id)
            .map_err(|error| ImageError::malformed(format!("{place}: {reference}: ID"), error))?;
        Ok(Self {
            id,
            repo_tags: told.repo_tags.unwrap_or_default(),
            repo_digests: told.repo_digests.unwrap_or_default(),
            diff_ids: told.root_fs.and_then(|root| root.layers).unwrap_or_default(),
            platform: EntryPlatform {
                os: told.os.unwrap_or_default(),
                architecture: told.architecture.unwrap_or_default(),
                variant: told.variant,
            },
        })
    }
}

/// Finds an image.
pub(super) fn find(
    engine: &Arc<Engine>,
    reference: &str,
    options: &SourceOptions,
    gather: &dyn Gather,
) -> Result<Image, ImageError> {
    let place = engine.place().to_owned();
    let missing = |error| match error {
        ImageError::NotFound { .. } => {
            ImageError::NotFound { reference: reference.to_owned(), looked: format!(" in {place}") }
        }
        error => error,
    };
    let asked = engine.client().inspect_image(reference);
    let told = engine.within(TELLING, reference, asked).map_err(missing)?;
    let told = Told::new(reference, engine.place(), told)?;
    let mut image = match store::image(engine, reference, &told, options.platform.as_ref())? {
        Some(image) => image,
        None => save(engine, reference, &told, options, gather).map_err(missing)?,
    };
    check_platform(&image, &told, options.platform.as_ref(), engine.place())?;
    image.name = reference.to_owned();
    image.repo_tags = told.repo_tags.into_iter().filter(|tag| tag != "<none>:<none>").collect();
    image.repo_digests =
        told.repo_digests.into_iter().filter(|name| name != "<none>@<none>").collect();
    Ok(image)
}

/// Refuses an image for another platform than was asked for.
fn check_platform(
    image: &Image,
    told: &Told,
    wanted: Option<&Platform>,
    place: &str,
) -> Result<(), ImageError> {
    let Some(wanted) = wanted else { return Ok(()) };
    let has = EntryPlatform::of(&image.config);
    if has.fits(wanted, false) || told.platform.fits(wanted, false) {
        return Ok(());
    }
    Err(ImageError::NotFound {
        reference: image.name.clone(),
        looked: format!(" for {wanted} in {place}, which has it for {has}"),
    })
}

/// Reads an image as the engine saves it, once and to its end.
fn save(
    engine: &Arc<Engine>,
    reference: &str,
    told: &Told,
    options: &SourceOptions,
    gather: &dyn Gather,
) -> Result<Image, ImageError> {
    // By its ID: the name may be given to another image meanwhile.
    let blob: Arc<dyn Blob> = Arc::new(SaveBlob::new(Arc::clone(engine), told.id.clone()));
    let pass = PassOptions {
        gather,
        platform: options.platform.as_ref(),
        deadline: options.deadline,
        again: Some(Arc::clone(&blob)),
    };
    let place = format!("{}: {reference}", engine.place());
    let images = passing::read(&place, blob.open()?, &pass)?;
    let fits = |image: &Image| image.config.rootfs.diff_ids == told.diff_ids;
    let is_told = |image: &Image| image.id.as_str() == told.id;
    let only = images.len() == 1;
    let found = images.into_iter().find(|image| is_told(image) || only || fits(image));
    let image = found.ok_or_else(|| {
        ImageError::malformed(&place, "the engine handed out other images than the one asked for")
    })?;
    if !told.diff_ids.is_empty() && !fits(&image) && options.platform.is_none() {
        return Err(ImageError::malformed(
            &place,
            "the engine handed out another image than the one asked for",
        ));
    }
    Ok(image)
}
