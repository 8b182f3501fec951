//! Manifests and indexes: what registries, OCI layouts and content stores keep of an image (OCI image specification,
//! "Image Manifest" and "Image Index"; Docker's "Image Manifest Version 2, Schema 2").

use super::Platform;
use crate::digest::Digest;
use crate::error::ImageError;
use crate::image::{Content, Image, Layer, MAX_LAYERS};
use serde::Deserialize;

/// Manifests and indexes that are understood, in the order in which we would have them.
pub(crate) const MEDIA_TYPES: [&str; 4] = [
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
];

/// Configurations of images; other artifacts (charts, signatures, bills of materials) have others.
const CONFIGURATIONS: [&str; 2] =
    ["application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json"];

/// Layers of images; attestations and signatures call their configuration an image's and have others.
const LAYERS: [&str; 2] =
    ["application/vnd.oci.image.layer.", "application/vnd.docker.image.rootfs."];

/// The most entries of an index, and the deepest nesting of indexes.
const MAX_PLATFORMS: usize = 1024;

/// What a digest of a manifest can lead to.
#[derive(Debug)]
pub(crate) enum Document {
    /// Images for several platforms.
    Index(Index),
    /// One image.
    Manifest(Manifest),
}

/// Images for several platforms.
#[derive(Debug, Deserialize)]
pub(crate) struct Index {
    pub manifests: Vec<Descriptor>,
}

/// One image.
#[derive(Debug, Deserialize)]
pub(crate) struct Manifest {
    pub config: Descriptor,
    pub layers: Vec<Descriptor>,
}

/// Names a blob.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Descriptor {
    #[serde(default)]
    pub media_type: String,
    pub digest: Digest,
    pub size: u64,
    /// Where else it lies: layers that may not be given away do.
    #[serde(default)]
    pub urls: Option<Vec<String>>,
    #[serde(default)]
    pub platform: Option<EntryPlatform>,
    /// What it is for (`vnd.docker.reference.type`), or its name (`org.opencontainers.image.ref.name`).
    #[serde(default)]
    pub annotations: Option<std::collections::BTreeMap<String, String>>,
}

/// The platform of an entry of an index.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct EntryPlatform {
    pub os: String,
    pub architecture: String,
    pub variant: Option<String>,
}

/// What tells the kinds of documents apart.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Kind {
    #[serde(default)]
    schema_version: u64,
    #[serde(default)]
    media_type: Option<String>,
    /// What it is, if it is no image.
    #[serde(default)]
    artifact_type: Option<String>,
    #[serde(default)]
    manifests: Option<serde::de::IgnoredAny>,
    #[serde(default)]
    layers: Option<serde::de::IgnoredAny>,
}

impl Document {
    /// Reads a document. `said` is the media type by which it was given to us, where there is one.
    pub fn parse(place: &str, bytes: &[u8], said: Option<&str>) -> Result<Self, ImageError> {
        let wrong = |error| ImageError::malformed(format!("{place}: manifest"), error);
        let kind: Kind = serde_json::from_slice(bytes).map_err(wrong)?;
        let media_type = kind.media_type.as_deref().or(said).unwrap_or_default();
        if kind.schema_version == 1 || media_type.contains("manifest.v1+") && !is_oci(media_type) {
            let problem = "the manifest is of schema 1, which Docker gave up; \
                           hint: pull it and push it again with a current engine"
                .to_owned();
            return Err(ImageError::Unsupported { place: place.to_owned(), problem });
        }
        match (kind.manifests, kind.layers) {
            // What is both would be another image to another reader (CVE-2021-41190).
            (Some(_), Some(_)) => Err(ImageError::malformed(place, "both a manifest and an index")),
            (Some(_), None) => {
                let index: Index = serde_json::from_slice(bytes).map_err(wrong)?;
                match index.manifests.len() {
                    0..=MAX_PLATFORMS => Ok(Self::Index(index)),
                    many => Err(too_many(place, &format!("{many} images"), MAX_PLATFORMS)),
                }
            }
            (None, Some(_)) => {
                let manifest: Manifest = serde_json::from_slice(bytes).map_err(wrong)?;
                manifest.check(place, kind.artifact_type.as_deref())?;
                Ok(Self::Manifest(manifest))
            }
            (None, None) => {
                let problem = "the manifest has neither layers nor images for platforms";
                Err(ImageError::malformed(place, problem))
            }
        }
    }
}

/// What of a manifest says that it is no image's.
#[derive(Deserialize)]
struct Contents {
    config: Told,
    layers: Vec<Told>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Told {
    #[serde(default)]
    media_type: String,
}

impl Document {
    /// Whether it is a manifest of something else than an image, such as a chart or a signature.
    pub fn is_artifact(bytes: &[u8]) -> bool {
        let Ok(contents) = serde_json::from_slice::<Contents>(bytes) else { return false };
        let config = &contents.config.media_type;
        let is_layer = |layer: &Told| {
            layer.media_type.is_empty()
                || LAYERS.iter().any(|kind| layer.media_type.starts_with(kind))
        };
        let is_config = config.is_empty() || CONFIGURATIONS.contains(&config.as_str());
        !is_config || !contents.layers.iter().all(is_layer)
    }
}

fn is_oci(media_type: &str) -> bool {
    media_type.starts_with("application/vnd.oci.")
}

fn too_many(place: &str, what: &str, limit: usize) -> ImageError {
    ImageError::Limit { place: place.to_owned(), problem: format!("{what}, limit {limit}") }
}

impl Index {
    /// The entries that are images.
    pub fn images(&self) -> impl Iterator<Item = &Descriptor> {
        self.manifests.iter().filter(|entry| !entry.is_attestation())
    }

    /// The image for a platform.
    ///
    /// # Errors
    ///
    /// There is none; the message lists those there are.
    pub fn choose(&self, reference: &str, wanted: &Platform) -> Result<&Descriptor, ImageError> {
        let images = || self.images();
        let fits = |exact: bool| {
            images()
                .find(|entry| entry.platform.as_ref().is_some_and(|has| has.fits(wanted, exact)))
        };
        fits(true).or_else(|| fits(false)).ok_or_else(|| {
            let mut there: Vec<String> = images()
                .map(|entry| entry.platform.as_ref().map_or("unknown".into(), ToString::to_string))
                .collect();
            there.dedup();
            there.truncate(50);
            let looked = match there.as_slice() {
                [] => format!(" for {wanted}; its index names no image"),
                _ => format!(" for {wanted}; there are: {}; hint: --platform", there.join(", ")),
            };
            ImageError::NotFound { reference: reference.to_owned(), looked }
        })
    }
}

impl Descriptor {
    /// The name it is given in an index: whole where containerd writes it, else as the OCI layout has it, which may be
    /// a tag alone.
    pub fn name(&self) -> Option<String> {
        let notes = self.annotations.as_ref()?;
        let whole = notes.get("io.containerd.image.name").map(|name| familiar(name).to_owned());
        whole.or_else(|| notes.get("org.opencontainers.image.ref.name").cloned())
    }

    /// Whether it is no image but something said about one, as BuildKit puts beside it.
    fn is_attestation(&self) -> bool {
        let unknown = |has: &EntryPlatform| has.os == "unknown" || has.architecture == "unknown";
        let about = |notes: &std::collections::BTreeMap<_, _>| {
            notes.contains_key("vnd.docker.reference.type")
        };
        self.platform.as_ref().is_some_and(unknown) || self.annotations.as_ref().is_some_and(about)
    }
}

impl EntryPlatform {
    /// That which an image's configuration names.
    pub fn of(config: &pasu_model::ImageConfig) -> Self {
        let variant = Some(config.variant.clone()).filter(|variant| !variant.is_empty());
        Self { os: config.os.clone(), architecture: config.architecture.clone(), variant }
    }

    /// Whether it is the platform wanted; if not exactly, one that stands for it.
    pub fn fits(&self, wanted: &Platform, exact: bool) -> bool {
        let same = self.os == wanted.os && self.architecture == wanted.architecture;
        let has = variant(&self.architecture, self.variant.as_deref());
        let wants = variant(&wanted.architecture, wanted.variant.as_deref());
        // Who names no variant takes any.
        same && (has == wants || !exact && wanted.variant.is_none())
    }
}

impl std::fmt::Display for EntryPlatform {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { os, architecture, variant } = self.clone();
        // Foreign text, shown.
        let shown = Platform { os, architecture, variant }.to_string();
        shown
            .chars()
            .filter(|c| !c.is_control())
            .take(60)
            .try_for_each(|c| write!(formatter, "{c}"))
    }
}

/// The variant that is meant where none is named.
fn variant<'a>(architecture: &str, variant: Option<&'a str>) -> Option<&'a str> {
    match (architecture, variant) {
        ("arm64", None | Some("")) => Some("v8"),
        ("arm", None | Some("")) => Some("v7"),
        ("amd64", None | Some("")) => Some("v1"),
        (_, Some("")) => None,
        (_, variant) => variant,
    }
}

impl Manifest {
    fn check(&self, place: &str, artifact: Option<&str>) -> Result<(), ImageError> {
        if self.layers.len() > MAX_LAYERS {
            return Err(too_many(place, &format!("{} layers", self.layers.len()), MAX_LAYERS));
        }
        let refuse =
            |problem: String| Err(ImageError::Unsupported { place: place.to_owned(), problem });
        let config = &self.config.media_type;
        if !config.is_empty() && !CONFIGURATIONS.contains(&config.as_str()) {
            let what = shown(artifact.unwrap_or(config));
            return refuse(format!("no container image but an artifact ({what})"));
        }
        for (number, layer) in (1..).zip(&self.layers) {
            let kind = &layer.media_type;
            let elsewhere = layer.urls.as_ref().is_some_and(|urls| !urls.is_empty());
            if elsewhere || kind.contains(".foreign.") || kind.contains(".nondistributable.") {
                return refuse(format!(
                    "layer {number} ({}) lies elsewhere, as the base layers of Windows images do; \
                     Pasu does not fetch such layers",
                    layer.digest
                ));
            }
            let is_layer = LAYERS.iter().any(|layer| kind.starts_with(layer));
            let is_archive = kind.is_empty() || is_layer && kind.contains("tar");
            if !is_archive {
                return refuse(format!("no container image: layer {number} is {}", shown(kind)));
            }
            if kind.contains("encrypted") {
                return refuse(format!("layer {number} ({}) is encrypted", layer.digest));
            }
        }
        Ok(())
    }

    /// Lays the layers beside the configuration, which must tell as many.
    pub fn lay(
        &self,
        image: &mut Image,
        mut content: impl FnMut(&Descriptor) -> Result<Content, ImageError>,
    ) -> Result<(), ImageError> {
        let diff_ids = image.diff_ids()?;
        if diff_ids.len() != self.layers.len() {
            let (ours, theirs) = (self.layers.len(), diff_ids.len());
            let problem = format!("{ours} layers in the manifest, {theirs} in the configuration");
            return Err(ImageError::malformed(&image.name, problem));
        }
        for (layer, diff_id) in self.layers.iter().zip(diff_ids) {
            let content = content(layer)?;
            image.layers.push(Layer { digest: Some(layer.digest.clone()), diff_id, content });
        }
        Ok(())
    }
}

/// A name as people write it: without the registry that is meant where none is named.
pub(crate) fn familiar(name: &str) -> &str {
    let Some(name) = name.strip_prefix("docker.io/") else { return name };
    name.strip_prefix("library/").unwrap_or(name)
}

fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(100).collect()
}

#[cfg(test)]
mod tests {
    use super::{Document, Index};
    use crate::source::Platform;

    const DIGEST: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn index(platforms: &[&str]) -> Index {
        let entries: Vec<String> = platforms
            .iter()
            .enumerate()
            .map(|(number, platform)| {
                format!(r#"{{"digest":"{DIGEST}","size":{number},"platform":{platform}}}"#)
            })
            .collect();
        let text = format!(r#"{{"schemaVersion":2,"manifests":[{}]}}"#, entries.join(","));
        match Document::parse("here", text.as_bytes(), None).unwrap() {
            Document::Index(index) => index,
            Document::Manifest(_) => panic!("a manifest"),
        }
    }

    #[test]
    fn the_platform_asked_for_is_chosen_and_others_are_listed() {
        let index = index(&[
            r#"{"os":"unknown","architecture":"unknown"}"#,
            r#"{"os":"linux","architecture":"amd64"}"#,
            r#"{"os":"linux","architecture":"arm","variant":"v6"}"#,
            r#"{"os":"linux","architecture":"arm","variant":"v7"}"#,
            r#"{"os":"linux","architecture":"arm64","variant":"v8"}"#,
            r#"{"os":"windows","architecture":"amd64"}"#,
        ]);
        let choose = |text: &str| index.choose("a:b", &Platform::parse(text).unwrap());
        for (wanted, number) in [
            ("linux/amd64", 1),
            ("linux/arm", 3),
            ("linux/arm/v6", 2),
            ("linux/arm64", 4),
            ("linux/arm64/v8", 4),
            ("windows/amd64", 5),
        ] {
            assert_eq!(choose(wanted).unwrap().size, number, "{wanted}");
        }
        for missing in ["linux/s390x", "linux/arm/v5", "linux/amd64/v3"] {
            let error = choose(missing).unwrap_err().to_string();
            let there = "linux/amd64, linux/arm/v6, linux/arm/v7, linux/arm64/v8, windows/amd64";
            let expected =
                format!("a:b: no such image for {missing}; there are: {there}; hint: --platform");
            assert_eq!(error, expected);
        }
    }

    #[test]
    fn what_is_no_image_of_ours_is_refused_with_its_reason() {
        let blob = |more: &str| format!(r#"{{"digest":"{DIGEST}","size":2{more}}}"#);
        let manifest = |config: &str, layer: &str| {
            let (config, layer) = (blob(config), blob(layer));
            format!(r#"{{"schemaVersion":2,"config":{config},"layers":[{layer}]}}"#)
        };
        for (text, expected) in [
            (r#"{"schemaVersion":1,"fsLayers":[]}"#.to_owned(), "schema 1"),
            (r#"{"schemaVersion":2}"#.to_owned(), "neither layers nor"),
            (r#"{"schemaVersion":2,"layers":[],"manifests":[]}"#.to_owned(), "both a manifest"),
            ("[".to_owned(), "EOF"),
            (r#"{"layers":[],"config":{"digest":"sha256:00","size":1}}"#.to_owned(), "digest"),
            (manifest("", r#","urls":["http://a/b"]"#), "lies elsewhere"),
            (
                manifest(r#","mediaType":"application/vnd.cncf.helm.config.v1+json""#, ""),
                "artifact (application/vnd.cncf",
            ),
            (
                manifest(
                    "",
                    r#","mediaType":"application/vnd.oci.image.layer.v1.tar+gzip+encrypted""#,
                ),
                "encrypted",
            ),
        ] {
            let error = Document::parse("here", text.as_bytes(), None).unwrap_err().to_string();
            assert!(error.starts_with("here: ") && error.contains(expected), "{text}: {error}");
        }
        let signed = "application/vnd.docker.distribution.manifest.v1+prettyjws";
        let error = Document::parse("here", b"{}", Some(signed)).unwrap_err().to_string();
        assert!(error.contains("schema 1"), "{error}");
        Document::parse("here", manifest("", "").as_bytes(), None).unwrap();
    }
}
