//! Where images come from: one file or folder a source.

mod archive;
pub mod containerd;
pub mod engine;
pub(crate) mod folder;
mod input;
mod layout;
mod listing;
pub(crate) mod manifest;
mod options;
pub mod passing;
mod pick;
mod registry;
pub(crate) mod saved;
pub mod storage;

pub use input::open_input;
pub use listing::{Listed, Listing, list};
pub use options::{Platform, Secret, SourceKind, SourceOptions};
pub use storage::Owners;

use crate::error::ImageError;
use crate::image::Image;
use crate::layer::Gather;

/// Finds an image by its reference, in the sources asked for, in their order. A source that is not there, may not
/// be asked, or has no such image, is passed over where others are left; any other error ends the search. `gather` says
/// what is wanted of layers that pass by only once.
///
/// # Errors
///
/// [`ImageError::NotFound`] says where it was looked for and what each source answered; so do [`ImageError::Denied`] and
/// [`ImageError::Unreachable`] where a registry refused us or was not reached.
pub fn find(
    reference: &str,
    options: &SourceOptions,
    gather: &dyn Gather,
) -> Result<Image, ImageError> {
    if let [kind] = options.sources.as_slice() {
        return find_in(*kind, reference, options, gather);
    }
    let mut answers = Vec::new();
    for kind in &options.sources {
        match find_in(*kind, reference, options, gather) {
            Ok(image) => return Ok(image),
            Err(
                error @ (ImageError::NotFound { .. }
                | ImageError::Unreachable { .. }
                | ImageError::Denied { .. }
                | ImageError::Unsupported { .. }),
            ) => answers.push((*kind, error)),
            Err(error) => return Err(error),
        }
    }
    Err(nowhere(reference, &answers))
}

/// No source has the image. A registry that refuses us, or is not reached, may well have it: that is not "no such image".
fn nowhere(reference: &str, answers: &[(SourceKind, ImageError)]) -> ImageError {
    let line = |(kind, error): &(SourceKind, ImageError)| format!("\n  {}: {error}", kind.name());
    let looked: String = answers.iter().map(line).collect();
    let registry = answers.iter().find(|(kind, _)| *kind == SourceKind::Remote);
    let place = reference.to_owned();
    let problem = format!("the image could not be had{looked}");
    match registry {
        Some((_, ImageError::Denied { .. })) => ImageError::Denied { place, problem },
        Some((_, ImageError::Unreachable { .. })) => ImageError::Unreachable { place, problem },
        _ => ImageError::NotFound { reference: place, looked },
    }
}

fn find_in(
    kind: SourceKind,
    reference: &str,
    options: &SourceOptions,
    gather: &dyn Gather,
) -> Result<Image, ImageError> {
    match kind {
        SourceKind::Docker => engine::find(reference, kind, options, gather),
        SourceKind::Podman => podman(reference, options, gather),
        SourceKind::Containerd => containerd::find(reference, options),
        SourceKind::Remote => registry::find(reference, options),
    }
}

/// Podman needs no engine: where none answers, or it is another user's and has no such image, its storage is looked at.
fn podman(
    reference: &str,
    options: &SourceOptions,
    gather: &dyn Gather,
) -> Result<Image, ImageError> {
    let error = match engine::find(reference, SourceKind::Podman, options, gather) {
        Err(
            error @ (ImageError::NotFound { .. }
            | ImageError::Unreachable { .. }
            | ImageError::Denied { .. }),
        ) if !engine::is_podman_named() => error,
        answer => return answer,
    };
    match storage::find(reference, options) {
        Err(ImageError::Unreachable { .. }) => Err(error),
        Err(ImageError::NotFound { .. }) if matches!(error, ImageError::NotFound { .. }) => {
            Err(error)
        }
        answer => answer,
    }
}

#[cfg(test)]
mod tests {
    use super::{SourceKind, nowhere};
    use crate::error::ImageError;

    #[test]
    fn a_registry_that_refuses_us_does_not_read_as_no_such_image() {
        let missing = || ImageError::NotFound { reference: "a".into(), looked: String::new() };
        let denied = || ImageError::Denied { place: "b".into(), problem: "no".into() };
        let away = || ImageError::Unreachable { place: "b".into(), problem: "no".into() };
        let after = |registry| {
            nowhere("a", &[(SourceKind::Docker, denied()), (SourceKind::Remote, registry)])
        };
        assert!(matches!(after(missing()), ImageError::NotFound { .. }));
        assert!(matches!(after(denied()), ImageError::Denied { .. }));
        assert!(matches!(after(away()), ImageError::Unreachable { .. }));
        let expected = "a: the image could not be had\n  docker: b: no\n  remote: b: no";
        assert_eq!(after(denied()).to_string(), expected);
    }
}
