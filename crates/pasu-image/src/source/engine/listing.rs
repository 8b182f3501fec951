//! All images of an engine.

use super::connect::Engine;
use super::image;
use crate::error::ImageError;
use crate::image::Image;
use crate::layer::Gather;
use crate::source::storage::{self, Store};
use crate::source::{SourceKind, SourceOptions};
use bollard::models::ImageSummary;
use std::collections::BTreeMap;
use std::sync::Arc;

/// All images of an engine, or of Podman's storage, in a fixed order: by their first name, those without one last, by ID.
pub struct Listing {
    origin: Origin,
    images: Vec<Listed>,
}

/// Who has the images.
enum Origin {
    Engine(Arc<Engine>),
    /// Podman's, which needs no engine.
    Storage(Vec<Store>),
}

/// An image in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its names with a tag, sorted; none if every tag was taken away from it.
    pub names: Vec<String>,
    /// Its ID, `sha256:…`.
    pub id: String,
}

impl Listed {
    /// What to call it: its first name, or `<none>` and its ID.
    #[must_use]
    pub fn name(&self) -> String {
        self.names.first().cloned().unwrap_or_else(|| format!("<none>@{}", self.id))
    }
}

/// Lists the images of the first engine that answers, of those among the sources asked for; Podman's are read from its
/// storage where it does not.
///
/// # Errors
///
/// No engine answers, or it may not be asked; of several, why for each.
pub fn list(options: &SourceOptions) -> Result<Listing, ImageError> {
    let kinds = options.sources.iter().copied();
    let mut problems = Vec::new();
    for kind in kinds.filter(|kind| matches!(kind, SourceKind::Docker | SourceKind::Podman)) {
        match Engine::connect(options, kind) {
            Ok(engine) => return Listing::of(engine),
            Err(error @ (ImageError::Unreachable { .. } | ImageError::Denied { .. })) => {
                let is_anyones = kind == SourceKind::Podman && !super::is_podman_named();
                if is_anyones && let Ok(stores) = storage::here() {
                    return Ok(Listing::of_storage(stores));
                }
                problems.push((kind, error));
            }
            Err(error) => return Err(error),
        }
    }
    match problems.len() {
        1 => Err(problems.remove(0).1),
        0 => Err(ImageError::Unsupported {
            place: "--all".to_owned(),
            problem: "no engine is among the sources; hint: --image-src docker".to_owned(),
        }),
        _ => Err(ImageError::Unreachable {
            place: "--all".to_owned(),
            problem: problems.iter().fold("no engine answers".to_owned(), |text, (kind, error)| {
                format!("{text}\n  {}: {error}", kind.name())
            }),
        }),
    }
}

impl Listing {
    fn of(engine: Engine) -> Result<Self, ImageError> {
        let none = None::<bollard::query_parameters::ListImagesOptions>;
        let asked = engine.client().list_images(none);
        let images = engine.block_on("images", asked)?.into_iter().map(listed).collect();
        Ok(Self { origin: Origin::Engine(Arc::new(engine)), images: ordered(images) })
    }

    fn of_storage(stores: Vec<Store>) -> Self {
        let images = stores.iter().flat_map(Store::images);
        let images = ordered(images.map(|(names, id)| Listed { names, id }).collect());
        Self { origin: Origin::Storage(stores), images }
    }

    /// The images.
    #[must_use]
    pub fn images(&self) -> &[Listed] {
        &self.images
    }

    /// The engine's address, or the storage's folder.
    #[must_use]
    pub fn place(&self) -> String {
        match &self.origin {
            Origin::Engine(engine) => engine.place().to_owned(),
            Origin::Storage(stores) => stores.first().map(Store::place).unwrap_or_default(),
        }
    }

    /// Finds one of them, by its ID.
    ///
    /// # Errors
    ///
    /// [`ImageError::NotFound`] where it was removed since.
    pub fn find(
        &self,
        listed: &Listed,
        options: &SourceOptions,
        gather: &dyn Gather,
    ) -> Result<Image, ImageError> {
        super::check(&listed.id)?;
        let mut image = match &self.origin {
            Origin::Engine(engine) => image::find(engine, &listed.id, options, gather)?,
            Origin::Storage(stores) => storage::search(stores, &listed.id, options)?,
        };
        image.name = listed.name();
        Ok(image)
    }
}

fn listed(told: ImageSummary) -> Listed {
    let mut names = told.repo_tags;
    names.retain(|name| name != "<none>:<none>");
    Listed { names, id: told.id }
}

fn ordered(told: Vec<Listed>) -> Vec<Listed> {
    // Some engines tell an image once for each of its names.
    let mut by_id: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for image in told {
        by_id.entry(image.id).or_default().extend(image.names);
    }
    let mut images: Vec<Listed> = by_id
        .into_iter()
        .map(|(id, mut names)| {
            names.sort();
            names.dedup();
            Listed { names, id }
        })
        .collect();
    // Stable: of equal names, that is of none, the order of IDs stays.
    images.sort_by(|one, other| {
        let key = |image: &Listed| (image.names.is_empty(), image.names.first().cloned());
        key(one).cmp(&key(other))
    });
    images
}

#[cfg(test)]
mod tests {
    use super::{Listed, ordered};

    #[test]
    fn the_order_is_that_of_names_and_then_of_ids() {
        let image = |id: &str, names: &[&str]| Listed {
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            id: id.to_owned(),
        };
        let images = vec![
            image("9", &[]),
            image("2", &["b:1"]),
            image("3", &[]),
            image("7", &["a:1", "z:1"]),
        ];
        let names: Vec<String> = ordered(images).iter().map(Listed::name).collect();
        assert_eq!(names, ["a:1", "b:1", "<none>@3", "<none>@9"]);
    }
}
