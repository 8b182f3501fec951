//! An image in a registry that stands in memory, and the means to look at what comes of it.

use super::server::{Reply, Seen};
use crate::digest::Digest;
use crate::error::ImageError;
use crate::image::Image;
use crate::layer::NoGather;
use crate::source::SourceOptions;
use crate::source::registry::find_at;
use crate::source::registry::patience::Patience;
use crate::source::registry::places::Places;
use crate::tree::{self, ImageSystem, OpenOptions};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::Write;
use std::time::Duration;

pub const OCI: &str = "application/vnd.oci.image";
pub const DOCKER: &str = "application/vnd.docker";

/// Short, as tests are.
pub fn patience() -> Patience {
    Patience {
        connect: Duration::from_secs(5),
        answer: Duration::from_millis(700),
        stall: Duration::from_millis(700),
        tries: 3,
        pause: Duration::from_millis(10),
        longest_pause: Duration::from_secs(2),
    }
}

/// What a registry holds: by digest, and manifests also by tag.
#[derive(Clone, Default)]
pub struct Store {
    pub repository: String,
    pub blobs: HashMap<String, Vec<u8>>,
    pub manifests: HashMap<String, (String, Vec<u8>)>,
}

impl Store {
    pub fn new(repository: &str) -> Self {
        Self { repository: repository.to_owned(), ..Self::default() }
    }

    /// Puts a blob and gives its descriptor.
    pub fn blob(&mut self, media_type: &str, bytes: Vec<u8>) -> Value {
        let digest = Digest::of(&bytes).to_string();
        let size = bytes.len();
        self.blobs.insert(digest.clone(), bytes);
        json!({"mediaType": media_type, "digest": digest, "size": size})
    }

    /// Puts a manifest or index under a name and its digest, and gives its descriptor.
    pub fn manifest(&mut self, tag: &str, media_type: &str, document: &Value) -> Value {
        let bytes = serde_json::to_vec(document).unwrap();
        let digest = Digest::of(&bytes).to_string();
        let size = bytes.len();
        for name in [tag, &digest] {
            self.manifests.insert(name.to_owned(), (media_type.to_owned(), bytes.clone()));
        }
        json!({"mediaType": media_type, "digest": digest, "size": size})
    }

    /// Puts an image of layers that are given uncompressed, each with how it is packed.
    pub fn image(&mut self, tag: &str, architecture: &str, layers: &[(Vec<u8>, Packing)]) -> Value {
        let diff_ids: Vec<String> =
            layers.iter().map(|(tar, _)| Digest::of(tar).to_string()).collect();
        let config = json!({"os": "linux", "architecture": architecture,
            "rootfs": {"type": "layers", "diff_ids": diff_ids}});
        let config = serde_json::to_vec(&config).unwrap();
        let config = self.blob(&format!("{OCI}.config.v1+json"), config);
        let layers: Vec<Value> =
            layers.iter().map(|(tar, how)| self.blob(how.media_type(), how.pack(tar))).collect();
        let media_type = format!("{OCI}.manifest.v1+json");
        let manifest = json!({"schemaVersion": 2, "mediaType": media_type, "config": config,
            "layers": layers});
        self.manifest(tag, &media_type, &manifest)
    }

    /// Answers as a registry does.
    pub fn answer(&self, seen: &Seen) -> Reply {
        let path = seen.path.split('?').next().unwrap();
        let prefix = format!("/v2/{}/", self.repository);
        let Some(path) = path.strip_prefix(&prefix) else {
            return Reply::error(404, "NAME_UNKNOWN", "repository name not known to registry");
        };
        match path.split_once('/').unwrap() {
            ("manifests", name) => match self.manifests.get(name) {
                Some((media_type, bytes)) => Reply::new(200, bytes.clone())
                    .with("Content-Type", media_type)
                    .with("Docker-Content-Digest", Digest::of(bytes).to_string()),
                None => Reply::error(404, "MANIFEST_UNKNOWN", "manifest unknown"),
            },
            ("blobs", digest) => match self.blobs.get(digest) {
                Some(bytes) => part(seen, bytes),
                None => Reply::error(404, "BLOB_UNKNOWN", "blob unknown to registry"),
            },
            _ => Reply::new(404, "no such thing"),
        }
    }
}

/// A blob, or the part of it that was asked for.
fn part(seen: &Seen, bytes: &[u8]) -> Reply {
    let Some(range) = seen.header("range") else { return Reply::new(200, bytes) };
    let from = range.strip_prefix("bytes=").unwrap().strip_suffix('-').unwrap();
    let from: usize = from.parse().unwrap();
    let whole = format!("bytes {from}-{}/{}", bytes.len() - 1, bytes.len());
    Reply::new(206, &bytes[from..]).with("Content-Range", whole)
}

/// How a layer is packed.
#[derive(Debug, Clone, Copy)]
pub enum Packing {
    Plain,
    DockerGzip,
    Zstd,
}

impl Packing {
    fn media_type(self) -> &'static str {
        match self {
            Self::Plain => "application/vnd.oci.image.layer.v1.tar",
            Self::DockerGzip => "application/vnd.docker.image.rootfs.diff.tar.gzip",
            Self::Zstd => "application/vnd.oci.image.layer.v1.tar+zstd",
        }
    }

    fn pack(self, tar: &[u8]) -> Vec<u8> {
        match self {
            Self::Plain => tar.to_vec(),
            Self::DockerGzip => {
                let mut encoder = flate2::write::GzEncoder::new(Vec::new(), Default::default());
                encoder.write_all(tar).unwrap();
                encoder.finish().unwrap()
            }
            Self::Zstd => zstd::encode_all(tar, 1).unwrap(),
        }
    }
}

/// A layer of files.
pub fn layer(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (path, content) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(0);
        builder.append_data(&mut header, path, *content).unwrap();
    }
    builder.into_inner().unwrap()
}

/// Bytes that no packing makes small.
pub fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[0]
    };
    std::iter::repeat_with(next).take(length).collect()
}

/// Looks for an image on a machine without any configuration.
pub fn find(reference: &str, options: &SourceOptions) -> Result<Image, ImageError> {
    find_at(&Places::default(), patience(), reference, options)
}

/// Finds an image and reads its layers.
pub fn open(reference: &str, options: &SourceOptions) -> Result<ImageSystem, ImageError> {
    read(&mut find(reference, options)?)
}

/// Reads the layers of an image.
pub fn read(image: &mut Image) -> Result<ImageSystem, ImageError> {
    tree::open(image, OpenOptions { gather: &NoGather, deadline: None })
}

/// What must not work, and its message.
pub fn refusal<T>(result: Result<T, ImageError>) -> (ImageError, String) {
    let error = result.err().expect("it should be refused");
    let text = error.to_string();
    (error, text)
}
