//! Names of images in documents about them: the repository, and the package URL.

use crate::content_id;
use pasu_model::{ImageInfo, Purl};

/// Where names without a registry are (Docker's rule, which registries and other tools follow).
const DOCKER_HUB: &str = "index.docker.io";

/// The registry and the path of a reference: `index.docker.io` and `library/nginx` of `nginx:1.27`. `None` for what is
/// no reference, such as the path of an archive.
pub(crate) fn repository(reference: &str) -> Option<(&str, String)> {
    let name = reference.split('@').next().unwrap_or_default();
    // A colon after the last slash begins the tag; one before it, a port.
    let slash = name.rfind('/').map_or(0, |at| at + 1);
    let name = match name[slash..].find(':') {
        Some(colon) => &name[..slash + colon],
        None => name,
    };
    let (registry, path) = match name.split_once('/') {
        Some((first, rest)) if first.contains(['.', ':']) || first == "localhost" => (first, rest),
        _ => (DOCKER_HUB, name),
    };
    let registry = if registry == "docker.io" { DOCKER_HUB } else { registry };
    let is_part = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| {
                byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte)
            })
    };
    if !path.split('/').all(is_part) {
        return None;
    }
    let is_official = registry == DOCKER_HUB && !path.contains('/');
    Some((registry, if is_official { format!("library/{path}") } else { path.to_owned() }))
}

/// Trivy's name for an image as one artifact, the same whatever its tag: the SHA-256 over its ID and its repository
/// (`sha256:…:index.docker.io/library/nginx`), or the ID where it has no name. Found by comparison with Trivy 0.76.
pub(crate) fn artifact_id(image: &ImageInfo) -> String {
    match repository(image.reference()) {
        Some((registry, path)) => content_id::sha256(&format!("{}:{registry}/{path}", image.id)),
        None => image.id.clone(),
    }
}

/// `pkg:oci/…` of an image that a registry knows by digest (purl-spec, type `oci`): named by the digest of its manifest,
/// with where it is and for which architecture.
pub(crate) fn purl(image: &ImageInfo) -> Option<Purl> {
    let reference = image.repo_digests.first()?;
    let (_, digest) = reference.split_once('@')?;
    let (registry, path) = repository(reference)?;
    let name = path.rsplit('/').next()?;
    let url = format!("{registry}/{path}");
    let mut qualifiers = Vec::new();
    if !image.config.architecture.is_empty() {
        qualifiers.push(("arch", image.config.architecture.as_str()));
    }
    qualifiers.push(("repository_url", url.as_str()));
    Purl::new("oci", None, name, Some(digest), &qualifiers)
}

#[cfg(test)]
mod tests {
    use super::{artifact_id, purl, repository};
    use pasu_model::ImageInfo;

    #[test]
    fn references_have_a_registry_and_a_path() {
        for (reference, expected) in [
            ("nginx", Some(("index.docker.io", "library/nginx"))),
            ("nginx:1.27", Some(("index.docker.io", "library/nginx"))),
            ("docker.io/team/x@sha256:ab", Some(("index.docker.io", "team/x"))),
            ("localhost:5000/a/b/c:1@sha256:ab", Some(("localhost:5000", "a/b/c"))),
            ("localhost/a", Some(("localhost", "a"))),
            ("ghcr.io/x/y", Some(("ghcr.io", "x/y"))),
            ("/srv/shop.tar", None),
            ("Shop.tar", None),
            ("a//b", None),
            ("", None),
            ("x\n\u{1b}[2J", None),
        ] {
            let found = repository(reference);
            let found = found.as_ref().map(|(registry, path)| (*registry, path.as_str()));
            assert_eq!(found, expected, "{reference}");
        }
    }

    /// What Trivy 0.76 says of archives with these names.
    #[test]
    fn an_image_is_named_as_trivy_names_it() {
        let id = "sha256:72fc5d08547d0446a012e7f8b2fe26c24d7d11cd2db50ccb15e32ffb21683a63";
        for (tag, expected) in [
            ("team/shop:1", "b66382954cfa621a48675d6d8a465b56bcb472e39542a22b61e6ca4a31230298"),
            (
                "ghcr.io/team/shop:1",
                "b9cc423c8ee83048fa49bb3acc94be272744a49eae804b8d9e468f17d8686056",
            ),
            (
                "localhost:5000/x/y:2",
                "bd9c4d41cbf976306f682520140dcc833554adc30d3220a34bcb8161544b325a",
            ),
            (
                "docker.io/library/z:1",
                "46db931ada0c12ee7203ccb0641d6ea481cf23fae63e5a3bf46857236f3cf1a6",
            ),
            ("localhost/z:1", "92e846553b1011010a006277edc60fec265d63a268fddb842e13fdce5e9b3917"),
        ] {
            let repo_tags = vec![tag.to_owned()];
            let image = ImageInfo { id: id.into(), repo_tags, ..ImageInfo::default() };
            assert_eq!(artifact_id(&image), format!("sha256:{expected}"), "{tag}");
        }
        let unnamed = ImageInfo { id: id.into(), ..ImageInfo::default() };
        assert_eq!(artifact_id(&unnamed), id);
    }

    #[test]
    fn an_image_of_a_registry_has_a_package_url() {
        let mut image = ImageInfo {
            repo_digests: vec!["localhost:5000/team/shop@sha256:ab".into()],
            ..ImageInfo::default()
        };
        image.config.architecture = "amd64".into();
        let shown = purl(&image).unwrap();
        let expected =
            "pkg:oci/shop@sha256:ab?arch=amd64&repository_url=localhost:5000%2Fteam%2Fshop";
        assert_eq!(shown.as_str(), expected);
        image.repo_digests = vec!["bad".into()];
        assert_eq!(purl(&image), None);
        assert_eq!(purl(&ImageInfo::default()), None);
    }
}
