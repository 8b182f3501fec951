//! Podman's own storage (containers-storage, which Buildah and CRI-O have, too), read in place, whether an engine runs
//! or not: `overlay-images/images.json` names images, `overlay-layers/layers.json` says which layer lies on which, and
//! `overlay/<layer>/diff` holds what each brought (github.com/containers/storage).

mod names;
mod owners;
mod places;
mod records;
mod split;
mod store;

pub use owners::Owners;
pub(super) use owners::account;
pub(super) use records::small;
pub(super) use store::{Store, owners};

use super::SourceOptions;
use crate::error::ImageError;
use crate::image::Image;
use places::Places;
use std::path::{Path, PathBuf};

/// The storage of this machine and user that has images, in the order in which it is looked at; and why any is not read:
/// it may not be, or it is damaged.
pub(super) fn here() -> (Vec<Store>, Vec<ImageError>) {
    opened(&Places::here().stores())
}

/// The storage that CRI-O alone has, likewise.
pub(super) fn of_crio() -> (Vec<Store>, Vec<ImageError>) {
    let places = Places::here();
    let roots = if places.is_root { places.of_crio() } else { None };
    opened(&roots.into_iter().collect::<Vec<_>>())
}

/// Finds an image in the storage of this machine and user, by name, digest or the beginning of its ID.
///
/// # Errors
///
/// As [`find_in`].
pub(super) fn find(reference: &str, options: &SourceOptions) -> Result<Image, ImageError> {
    search(&open(&Places::here().stores())?, reference, options)
}

/// Finds an image in storage at any place: a graph root, and behind it those whose layers it may use.
///
/// # Errors
///
/// [`ImageError::Unreachable`] where there is no storage, or it is damaged, [`ImageError::Denied`] where it may not be
/// read, [`ImageError::NotFound`] where it has no such image, [`ImageError::Unsupported`] where it has it in a form that
/// is not read in place.
pub fn find_in(
    roots: &[PathBuf],
    reference: &str,
    options: &SourceOptions,
) -> Result<Image, ImageError> {
    search(&open(&[roots.to_vec()])?, reference, options)
}

/// The image that an engine keeps at a graph root; `None` where it cannot be read there as it is, for whatever reason.
pub(super) fn of_engine(root: &Path, id: &str) -> Option<Image> {
    // Of what is another user's, only root may read everything.
    let may_read = pasu_system::is_root();
    let store = may_read.then(|| Store::open(&[root.to_owned()]).ok()?).flatten()?;
    store.by_id(id)?.ok()
}

fn open(places: &[Vec<PathBuf>]) -> Result<Vec<Store>, ImageError> {
    let (stores, refused) = opened(places);
    match refused.into_iter().next() {
        Some(error) if stores.is_empty() => Err(error),
        None if stores.is_empty() => Err(ImageError::Unreachable {
            place: "podman".to_owned(),
            problem: "there are no images in its storage on this machine".to_owned(),
        }),
        _ => Ok(stores),
    }
}

fn opened(places: &[Vec<PathBuf>]) -> (Vec<Store>, Vec<ImageError>) {
    let (mut stores, mut refused) = (Vec::new(), Vec::new());
    for roots in places {
        match Store::open(roots) {
            Ok(store) => stores.extend(store),
            Err(error) => refused.push(error),
        }
    }
    (stores, refused)
}

/// Finds an image in some storage.
pub(super) fn search(
    stores: &[Store],
    reference: &str,
    options: &SourceOptions,
) -> Result<Image, ImageError> {
    for store in stores {
        if let Some(image) = store.find(reference, options)? {
            return Ok(image);
        }
    }
    let places: Vec<String> = stores.iter().map(Store::place).collect();
    let looked = format!(" in {}", places.join(", "));
    Err(ImageError::NotFound { reference: reference.to_owned(), looked })
}
