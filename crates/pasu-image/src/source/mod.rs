//! Where images come from: one file or folder a source.

mod archive;
pub mod engine;
pub(crate) mod folder;
mod input;
mod layout;
pub(crate) mod manifest;
mod options;
pub mod passing;
mod pick;
mod registry;
pub(crate) mod saved;

pub use input::open_input;
pub use options::{Platform, Secret, SourceKind, SourceOptions};

use crate::error::ImageError;
use crate::image::Image;
use crate::layer::Gather;

/// Finds an image by its reference, in the sources asked for, in their order. A source that is not there, may not
/// be asked, or has no such image, is passed over where others are left; any other error ends the search. `gather` says
/// what is wanted of layers that pass by only once.
///
/// # Errors
///
/// [`ImageError::NotFound`] says where it was looked for and what each source answered.
pub fn find(
    reference: &str,
    options: &SourceOptions,
    gather: &dyn Gather,
) -> Result<Image, ImageError> {
    if let [kind] = options.sources.as_slice() {
        return find_in(*kind, reference, options, gather);
    }
    let mut looked = String::new();
    for kind in &options.sources {
        match find_in(*kind, reference, options, gather) {
            Ok(image) => return Ok(image),
            Err(
                error @ (ImageError::NotFound { .. }
                | ImageError::Unreachable { .. }
                | ImageError::Denied { .. }
                | ImageError::Unsupported { .. }),
            ) => looked.push_str(&format!("\n  {}: {error}", kind.name())),
            Err(error) => return Err(error),
        }
    }
    Err(ImageError::NotFound { reference: reference.to_owned(), looked })
}

fn find_in(
    kind: SourceKind,
    reference: &str,
    options: &SourceOptions,
    gather: &dyn Gather,
) -> Result<Image, ImageError> {
    match kind {
        SourceKind::Docker | SourceKind::Podman => engine::find(reference, kind, options, gather),
        SourceKind::Containerd => Err(ImageError::Unsupported {
            place: reference.to_owned(),
            problem: format!("{} is not asked yet", kind.name()),
        }),
        SourceKind::Remote => registry::find(reference, options),
    }
}
