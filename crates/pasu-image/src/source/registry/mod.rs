//! Registries, without an engine (OCI distribution specification; Docker Registry HTTP API v2).
//!
//! Mirrors of the machine's configuration are asked first, then the registry. TLS is a must, except where it was said
//! otherwise: `--insecure`, or the machine's own configuration for that registry. On this machine itself (`localhost`,
//! 127.0.0.0/8, ::1) HTTP is taken where no TLS is spoken, as Docker does; an invalid certificate is refused there too.
//!
//! Manifests and configurations are held against their digests here; layers where they are read, as every source's are.

mod blob;
mod client;
mod credentials;
mod endpoint;
mod mirrors;
mod patience;
mod places;
mod reference;
mod tls;

use super::manifest::{Descriptor, Document, MEDIA_TYPES, Manifest};
use super::{Platform, SourceOptions};
use crate::digest::Digest;
use crate::error::ImageError;
use crate::image::{Content, Image, MAX_DOCUMENT};
use blob::RemoteBlob;
use client::failure::Request;
use client::{Answer, Ask, Client, blob_path};
use patience::Patience;
use places::Places;
use reference::ImageName;
use std::sync::Arc;

/// How deep indexes may be nested.
const MAX_NESTING: usize = 3;

/// Finds an image in the registry that its name says.
pub(super) fn find(reference: &str, options: &SourceOptions) -> Result<Image, ImageError> {
    find_at(&Places::here(), Patience::default(), reference, options)
}

fn find_at(
    places: &Places,
    patience: Patience,
    reference: &str,
    options: &SourceOptions,
) -> Result<Image, ImageError> {
    let name = ImageName::parse(reference)?;
    let mut endpoints = mirrors::endpoints(places, &name, options)?.into_iter().peekable();
    let mut before = String::new();
    while let Some(endpoint) = endpoints.next() {
        let host = endpoint.host.clone();
        let client = Client::new(endpoint, patience, options.deadline).map(Arc::new);
        let pull =
            client.and_then(|client| Pull { client, name: &name, reference, options }.image());
        match pull {
            Ok(image) => return Ok(image),
            Err(error @ ImageError::Limit { .. }) => return Err(error),
            Err(error) if endpoints.peek().is_some() => {
                before.push_str(&format!("; mirror {host}: {error}"));
            }
            Err(error) => return Err(with(error, &before)),
        }
    }
    Err(ImageError::NotFound { reference: reference.to_owned(), looked: before })
}

/// An error, with what happened before it.
fn with(mut error: ImageError, before: &str) -> ImageError {
    match &mut error {
        ImageError::NotFound { looked: text, .. }
        | ImageError::Denied { problem: text, .. }
        | ImageError::Unreachable { problem: text, .. }
        | ImageError::Unsupported { problem: text, .. }
        | ImageError::Malformed { problem: text, .. } => text.push_str(before),
        _ => {}
    }
    error
}

/// An image that is looked for at one endpoint.
struct Pull<'a> {
    client: Arc<Client>,
    name: &'a ImageName,
    reference: &'a str,
    options: &'a SourceOptions,
}

impl Pull<'_> {
    fn image(&self) -> Result<Image, ImageError> {
        let (first, document) = self.manifest(self.name.version(), self.name.digest(), None)?;
        let (digest, manifest) = self.for_platform(first.clone(), document)?;
        let config = self.config(&manifest)?;
        let mut image = Image::new(self.reference, config)?;
        self.check_platform(&image)?;
        manifest.lay(&mut image, |layer| {
            Ok(Content::Stream(Arc::new(RemoteBlob {
                client: Arc::clone(&self.client),
                digest: layer.digest.clone(),
                size: layer.size,
                reference: self.reference.to_owned(),
            })))
        })?;
        image.repo_tags = self.name.repo_tags();
        image.repo_digests = self.name.repo_digests(&first);
        image.manifest = Some(digest);
        Ok(image)
    }

    /// Follows indexes to the image for the platform that is wanted.
    fn for_platform(
        &self,
        mut digest: Digest,
        mut document: Document,
    ) -> Result<(Digest, Manifest), ImageError> {
        let wanted = self.options.platform.clone().unwrap_or_else(Platform::here);
        for _ in 0..=MAX_NESTING {
            match document {
                Document::Manifest(manifest) => return Ok((digest, manifest)),
                Document::Index(index) => {
                    let entry = index.choose(self.reference, &wanted)?;
                    let name = entry.digest.as_str();
                    (digest, document) = self.manifest(name, Some(&entry.digest), Some(entry))?;
                }
            }
        }
        let problem = format!("indexes nested more than {MAX_NESTING} deep");
        Err(ImageError::Limit { place: self.client.endpoint.place(), problem })
    }

    /// A manifest or index, held against the digest by which it was asked for, or by which the registry gave it.
    fn manifest(
        &self,
        version: &str,
        expected: Option<&Digest>,
        entry: Option<&Descriptor>,
    ) -> Result<(Digest, Document), ImageError> {
        let (path, accept) = (format!("manifests/{version}"), MEDIA_TYPES.join(", "));
        let kind = if expected.is_some() { "manifest" } else { "tag" };
        let what = format!("{kind} {version}");
        let request = Request { reference: self.reference, what: &what };
        let ask = Ask { path: &path, accept: &accept, from: 0, request };
        let Answer { bytes, media_type, digest } = self.client.document(ask, MAX_DOCUMENT)?;
        let place = format!("{}: {what}", self.client.endpoint.place());
        let actual = Digest::of(&bytes);
        let said = digest.and_then(|digest| Digest::parse(&digest).ok());
        check(&place, expected.or(said.as_ref()), &actual)?;
        check_size(&place, entry, &bytes)?;
        Ok((actual, Document::parse(&place, &bytes, media_type.as_deref())?))
    }

    fn config(&self, manifest: &Manifest) -> Result<Vec<u8>, ImageError> {
        let digest = &manifest.config.digest;
        let (path, what) = (blob_path(digest), format!("configuration {digest}"));
        let request = Request { reference: self.reference, what: &what };
        let ask = Ask { path: &path, accept: "*/*", from: 0, request };
        let bytes = self.client.document(ask, MAX_DOCUMENT)?.bytes;
        let place = format!("{}: {what}", self.client.endpoint.place());
        check_size(&place, Some(&manifest.config), &bytes)?;
        check(&place, Some(digest), &Digest::of(&bytes))?;
        Ok(bytes)
    }

    /// An image that is for one platform only is taken, unless another one was asked for.
    fn check_platform(&self, image: &Image) -> Result<(), ImageError> {
        let Some(wanted) = &self.options.platform else { return Ok(()) };
        let (os, architecture) = (&image.config.os, &image.config.architecture);
        if (os, architecture) == (&wanted.os, &wanted.architecture) {
            return Ok(());
        }
        let looked = format!(" for {wanted}; it is for {os}/{architecture} alone");
        Err(ImageError::NotFound { reference: self.reference.to_owned(), looked })
    }
}

fn check(place: &str, expected: Option<&Digest>, actual: &Digest) -> Result<(), ImageError> {
    match expected {
        Some(expected) if expected != actual => Err(ImageError::DigestMismatch {
            place: place.to_owned(),
            expected: expected.to_string(),
            actual: actual.to_string(),
        }),
        _ => Ok(()),
    }
}

fn check_size(place: &str, entry: Option<&Descriptor>, bytes: &[u8]) -> Result<(), ImageError> {
    match entry {
        Some(entry) if entry.size != bytes.len() as u64 => {
            let problem = format!("{} bytes instead of {}", bytes.len(), entry.size);
            Err(ImageError::malformed(place, problem))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
