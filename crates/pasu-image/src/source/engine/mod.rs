//! Docker and Podman engines, by the API that both speak (Docker Engine API).

mod address;
mod connect;
mod context;
mod error;
mod image;
mod save;
mod store;

pub(super) use address::{is_docker_named, is_podman_named};
pub use connect::Engine;

use crate::error::ImageError;
use crate::image::Image;
use crate::layer::Gather;
use crate::source::listing::Told;
use crate::source::{SourceKind, SourceOptions};
use bollard::models::ImageSummary;
use std::sync::Arc;

/// Finds an image in an engine, by name, tag, digest or the beginning of its ID. Its layers are read where the engine
/// keeps them if this process may, and else as the engine hands them out.
///
/// # Errors
///
/// As [`Engine::connect`]; [`ImageError::NotFound`] where the engine has no such image.
pub fn find(
    reference: &str,
    kind: SourceKind,
    options: &SourceOptions,
    gather: &dyn Gather,
) -> Result<Image, ImageError> {
    check(reference)?;
    let engine = Arc::new(Engine::connect(options, kind)?);
    image::find(&engine, reference, options, gather)
}

/// All images of an engine; some engines tell an image once for each of its names.
pub(super) fn images(engine: &Engine) -> Result<Vec<Told>, ImageError> {
    let none = None::<bollard::query_parameters::ListImagesOptions>;
    let asked = engine.client().list_images(none);
    let told = |told: ImageSummary| {
        let mut names = told.repo_tags;
        names.retain(|name| name != "<none>:<none>");
        Told::of_id(names, told.id)
    };
    Ok(engine.block_on("images", asked)?.into_iter().map(told).collect())
}

/// Finds an image that an engine told of.
pub(super) fn find_by_id(
    engine: &Arc<Engine>,
    id: &str,
    options: &SourceOptions,
    gather: &dyn Gather,
) -> Result<Image, ImageError> {
    check(id)?;
    image::find(engine, id, options, gather)
}

/// Refuses what is no reference before it becomes part of a request's path.
fn check(reference: &str) -> Result<(), ImageError> {
    let usual = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/:@[]".contains(&byte);
    let part = |part: &str| !part.is_empty() && part != "." && part != "..";
    let whole =
        reference.len() <= 1024 && reference.bytes().all(usual) && reference.split('/').all(part);
    if whole {
        return Ok(());
    }
    let shown: String = reference.chars().filter(|c| !c.is_control()).take(100).collect();
    Err(ImageError::malformed(format!("{shown:?}"), "not a name, digest or ID of an image"))
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn only_references_become_part_of_a_request() {
        for right in ["nginx", "a.b:5000/c/d:1", "x@sha256:00", "25376c2b", "[::1]:5000/a"] {
            check(right).unwrap();
        }
        for wrong in
            ["", "../containers", "a/../b", "a//b", "/a", "a?b", "a#b", "a%2fb", "a b", "é"]
        {
            assert!(check(wrong).is_err(), "{wrong}");
        }
    }
}
