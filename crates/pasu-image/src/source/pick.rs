//! Chooses one of several images by what it is called.

use super::Platform;
use super::manifest::familiar;
use crate::error::ImageError;
use crate::image::Image;

/// How many names a message lists.
const SHOWN: usize = 30;

/// The image that is called so, or the only one.
///
/// # Errors
///
/// There is none of this name, or several and no name was given; the message lists what there is.
pub(super) fn pick(
    place: &str,
    mut images: Vec<Image>,
    name: Option<&str>,
    platform: Option<&Platform>,
) -> Result<Image, ImageError> {
    let mut chosen = match name {
        Some(name) => {
            let at = images.iter().position(|image| is_called(image, name));
            let Some(at) = at else {
                let looked = format!(" in {place}; there is: {}", list(&images));
                return Err(ImageError::NotFound { reference: name.to_owned(), looked });
            };
            images.swap_remove(at)
        }
        None if images.len() > 1 => {
            let problem = format!(
                "{} images in one archive; hint: name one of them: {}",
                images.len(),
                list(&images)
            );
            return Err(ImageError::Unsupported { place: place.to_owned(), problem });
        }
        None => {
            images.pop().ok_or_else(|| ImageError::malformed(place, "there is no image in it"))?
        }
    };
    chosen.name = place.to_owned();
    match platform {
        Some(wanted) if !fits(&chosen, wanted) => {
            let config = &chosen.config;
            let looked = format!(" for {wanted}; it is for {}/{}", config.os, config.architecture);
            Err(ImageError::NotFound { reference: place.to_owned(), looked })
        }
        _ => Ok(chosen),
    }
}

/// Whether it is for a platform, as far as its configuration says.
fn fits(image: &Image, wanted: &Platform) -> bool {
    let same = |has: &str, wants: &str| has.is_empty() || has == wants;
    same(&image.config.os, &wanted.os) && same(&image.config.architecture, &wanted.architecture)
}

fn is_called(image: &Image, name: &str) -> bool {
    let name = familiar(name);
    let named = |has: &String| {
        let has = familiar(has);
        has == name || has.strip_suffix(":latest") == Some(name)
    };
    let hex = name.strip_prefix("sha256:").unwrap_or(name);
    let is_hex = hex.len() >= 12 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    let digest = |digest: &crate::digest::Digest| is_hex && digest.hex().starts_with(hex);
    image.repo_tags.iter().chain(&image.ref_names).any(named)
        || digest(&image.id)
        || image.manifest.as_ref().is_some_and(digest)
}

fn list(images: &[Image]) -> String {
    let called = |image: &Image| {
        let mut names = image.repo_tags.iter().chain(&image.ref_names);
        names.next().cloned().unwrap_or_else(|| image.id.to_string())
    };
    let names: Vec<String> = images.iter().take(SHOWN).map(called).collect();
    let mut text = names.join(", ");
    if images.len() > SHOWN {
        text.push_str(", …");
    }
    text.chars().filter(|char| !char.is_control()).collect()
}
