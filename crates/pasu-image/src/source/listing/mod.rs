//! All images of this machine, of whatever engine.

mod merge;
mod sockets;

pub(super) use merge::Told;

use super::engine::{self, Engine};
use super::storage::{self, Store};
use super::{SourceKind, SourceOptions, containerd};
use crate::error::ImageError;
use crate::image::Image;
use crate::layer::Gather;
use merge::merged;
use std::sync::Arc;

/// All images of this machine, in a fixed order: by their first name, those without one last, by ID. One that several engines
/// have is one.
pub struct Listing {
    origins: Vec<Origin>,
    images: Vec<Listed>,
    problems: Vec<ImageError>,
}

/// Who has images.
enum Origin {
    Engine(Arc<Engine>),
    /// Podman's and CRI-O's, which need no engine.
    Storage(Vec<Store>),
    /// containerd's stores.
    Containerd(containerd::Images),
}

/// An image in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its names with a tag, sorted; those with a digest where it has no other, and none if every name was taken away
    /// from it.
    pub names: Vec<String>,
    /// Its ID, `sha256:…`.
    pub id: String,
    /// Who has it, by number, and under which key.
    places: Vec<(usize, String)>,
}

impl Listed {
    /// What to call it: its first name, or `<none>` and its ID.
    #[must_use]
    pub fn name(&self) -> String {
        self.names.first().cloned().unwrap_or_else(|| format!("<none>@{}", self.id))
    }
}

/// Lists the images of all engines and stores of this machine that are among the sources asked for; of the engine that was
/// named (`--docker-host`), where one was. Podman's are read from its storage where it does not answer, CRI-O's and
/// containerd's always.
///
/// # Errors
///
/// [`ImageError::Unreachable`] where there is neither engine nor store. What is there and may not be asked is no error but one of
/// [`Listing::problems`].
pub fn list(options: &SourceOptions) -> Result<Listing, ImageError> {
    let mut gathered = Gathered::default();
    let is_named = options.docker_host.is_some();
    for kind in options.sources.iter().copied() {
        match kind {
            SourceKind::Docker => gathered.docker(options)?,
            // Who names an engine means that one.
            _ if is_named && options.sources.contains(&SourceKind::Docker) => {}
            SourceKind::Podman => gathered.podman(options)?,
            SourceKind::Containerd => gathered.containerd(),
            SourceKind::Remote => {}
        }
    }
    gathered.listing(options)
}

#[derive(Default)]
struct Gathered {
    origins: Vec<Origin>,
    /// What is there and could not be read.
    problems: Vec<ImageError>,
    /// What is not there.
    absent: Vec<(SourceKind, ImageError)>,
}

impl Gathered {
    fn docker(&mut self, options: &SourceOptions) -> Result<(), ImageError> {
        match Engine::connect(options, SourceKind::Docker) {
            Ok(engine) => self.origins.push(Origin::Engine(Arc::new(engine))),
            Err(error @ ImageError::Unreachable { .. }) if !engine::is_docker_named(options) => {
                self.absent.push((SourceKind::Docker, error));
            }
            Err(error @ (ImageError::Unreachable { .. } | ImageError::Denied { .. })) => {
                self.problems.push(error);
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn podman(&mut self, options: &SourceOptions) -> Result<(), ImageError> {
        let is_named = engine::is_podman_named();
        let error = match Engine::connect(options, SourceKind::Podman) {
            Ok(engine) => {
                self.origins.push(Origin::Engine(Arc::new(engine)));
                if !is_named {
                    self.storage(storage::of_crio());
                }
                return Ok(());
            }
            Err(error @ (ImageError::Unreachable { .. } | ImageError::Denied { .. })) => error,
            Err(error) => return Err(error),
        };
        if is_named {
            self.problems.push(error);
            return Ok(());
        }
        if self.storage(storage::here()) {
            return Ok(());
        }
        if matches!(error, ImageError::Denied { .. }) {
            self.problems.push(error);
        } else {
            self.absent.push((SourceKind::Podman, error));
        }
        Ok(())
    }

    /// Takes storage that was found; whether there is any.
    fn storage(&mut self, (stores, refused): (Vec<Store>, Vec<ImageError>)) -> bool {
        let is_there = !stores.is_empty() || !refused.is_empty();
        self.problems.extend(refused);
        self.problems.extend(sockets::crio_of_root(pasu_system::is_root(), |path| path.exists()));
        if !stores.is_empty() {
            self.origins.push(Origin::Storage(stores));
        }
        is_there
    }

    fn containerd(&mut self) {
        match containerd::here() {
            Ok((images, problems)) => {
                let missed = problems.into_iter().filter(|error| !self.has_docker_said(error));
                let missed: Vec<ImageError> = missed.collect();
                self.problems.extend(missed);
                self.origins.push(Origin::Containerd(images));
            }
            Err(error @ ImageError::Unreachable { .. }) if !containerd::is_named() => {
                match sockets::containerd_without_store(|path| path.exists()) {
                    Some(error) => self.problems.push(error),
                    None => self.absent.push((SourceKind::Containerd, error)),
                }
            }
            Err(error) => self.problems.push(error),
        }
    }

    /// Whether a store that may not be read has nothing that Docker did not tell of.
    fn has_docker_said(&self, error: &ImageError) -> bool {
        let is_docker = |origin: &Origin| match origin {
            Origin::Engine(engine) => engine.kind() == SourceKind::Docker && engine.is_local(),
            Origin::Storage(_) | Origin::Containerd(_) => false,
        };
        self.origins.iter().any(is_docker) && sockets::is_under_docker(error, |path| path.exists())
    }

    fn listing(mut self, options: &SourceOptions) -> Result<Listing, ImageError> {
        if self.origins.is_empty() && self.problems.is_empty() {
            return Err(nothing(self.absent));
        }
        let mut told = Vec::new();
        for (number, origin) in self.origins.iter().enumerate() {
            match origin.told(options) {
                Ok(all) => told.extend(all.into_iter().map(|told| (number, told))),
                Err(error @ ImageError::Limit { .. }) => return Err(error),
                Err(error) => self.problems.push(error),
            }
        }
        Ok(Listing { origins: self.origins, images: merged(told), problems: self.problems })
    }
}

/// Lists the images of containerd's stores at any place.
///
/// # Errors
///
/// [`ImageError::Unreachable`] where there is no store.
pub(super) fn of_containerd(
    (images, problems): (containerd::Images, Vec<ImageError>),
    options: &SourceOptions,
) -> Result<Listing, ImageError> {
    let origins = vec![Origin::Containerd(images)];
    Gathered { origins, problems, absent: Vec::new() }.listing(options)
}

/// Why there is nothing that could be asked.
fn nothing(mut absent: Vec<(SourceKind, ImageError)>) -> ImageError {
    let place = "--all".to_owned();
    match absent.len() {
        0 => ImageError::Unsupported {
            place,
            problem: "no engine is among the sources; hint: --image-src docker".to_owned(),
        },
        1 => absent.remove(0).1,
        _ => ImageError::Unreachable {
            place,
            problem: absent.iter().fold("no engine answers".to_owned(), |text, (kind, error)| {
                format!("{text}\n  {}: {error}", kind.name())
            }),
        },
    }
}

impl Origin {
    fn told(&self, options: &SourceOptions) -> Result<Vec<Told>, ImageError> {
        Ok(match self {
            Self::Engine(engine) => engine::images(engine)?,
            Self::Storage(stores) => {
                let images = stores.iter().flat_map(Store::images);
                images.map(|(names, id)| Told::of_id(names, id)).collect()
            }
            Self::Containerd(images) => images.told(options),
        })
    }

    fn place(&self) -> String {
        match self {
            Self::Engine(engine) => engine.place().to_owned(),
            Self::Storage(stores) => stores.first().map(Store::place).unwrap_or_default(),
            Self::Containerd(images) => images.places(),
        }
    }

    fn find(
        &self,
        key: &str,
        options: &SourceOptions,
        gather: &dyn Gather,
    ) -> Result<Image, ImageError> {
        match self {
            Self::Engine(engine) => engine::find_by_id(engine, key, options, gather),
            Self::Storage(stores) => storage::search(stores, key, options),
            Self::Containerd(images) => images.find(key, options),
        }
    }
}

impl Listing {
    /// The images.
    #[must_use]
    pub fn images(&self) -> &[Listed] {
        &self.images
    }

    /// Engines and stores that are there, and whose images are not listed: why, and what to do.
    #[must_use]
    pub fn problems(&self) -> &[ImageError] {
        &self.problems
    }

    /// The addresses of engines, and the folders of stores.
    #[must_use]
    pub fn place(&self) -> String {
        let places = self.origins.iter().map(Origin::place).filter(|place| !place.is_empty());
        places.collect::<Vec<_>>().join(", ")
    }

    /// Finds one of them, by its ID, with the first who has it and can hand it out.
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
        let mut first = None;
        for (number, key) in &listed.places {
            let Some(origin) = self.origins.get(*number) else { continue };
            match origin.find(key, options, gather) {
                Ok(image) => return Ok(Image { name: listed.name(), ..image }),
                Err(error) => keep(&mut first, error),
            }
        }
        let reference = listed.name();
        let looked = String::new();
        Err(first.unwrap_or(ImageError::NotFound { reference, looked }))
    }
}

/// Keeps the first error; one that says more than "no such image" instead of one that does not.
fn keep(first: &mut Option<ImageError>, error: ImageError) {
    if matches!(first, None | Some(ImageError::NotFound { .. })) {
        *first = Some(error);
    }
}
