//! Images made by hand, for tests of this crate and (by `#[path]`) of others:
//!
//! ```ignore
//! let image = TestImage::new()
//!     .layer(Tar::new().file("etc/os-release", "ID=alpine\n").file("etc/secret", "x"))
//!     .layer(Tar::new().whiteout("etc/secret"))
//!     .tag("app:1");
//! std::fs::write(path, image.docker())?;
//! ```
#![allow(dead_code, unused_imports, clippy::unwrap_used, reason = "each test uses its part")]

mod tar;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

pub use tar::{Item, Tar, base256};

/// How layers or whole archives are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pack {
    None,
    Gzip,
    Zstd,
}

/// An image that is being made.
#[derive(Clone)]
pub struct TestImage {
    /// Uncompressed layers and the instruction that made each.
    pub layers: Vec<(Vec<u8>, String)>,
    /// Names with a tag.
    pub tags: Vec<String>,
    /// `config` of the configuration: `Env`, `User`, ….
    pub config: Value,
    /// `linux/amd64`, `linux/arm64/v8`.
    pub platform: String,
    /// How its layers are compressed.
    pub pack: Pack,
    /// The configuration of another image, in the place of its own.
    pub forged: Option<Vec<u8>>,
}

impl Default for TestImage {
    fn default() -> Self {
        Self {
            layers: Vec::new(),
            tags: Vec::new(),
            config: json!({ "Cmd": ["/bin/sh"], "Env": ["PATH=/usr/bin:/bin"] }),
            platform: "linux/amd64".into(),
            pack: Pack::None,
            forged: None,
        }
    }
}

impl TestImage {
    /// An image without layers.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a layer on top.
    pub fn layer(self, tar: Tar) -> Self {
        self.bytes(tar.build())
    }

    /// Adds a layer on top, whatever its bytes are.
    pub fn bytes(mut self, layer: Vec<u8>) -> Self {
        let created_by = format!("RUN step {}", self.layers.len() + 1);
        self.layers.push((layer, created_by));
        self
    }

    /// Gives it a name.
    pub fn tag(mut self, tag: &str) -> Self {
        self.tags.push(tag.to_owned());
        self
    }

    /// Sets the configuration of its containers.
    pub fn config(mut self, config: Value) -> Self {
        self.config = config;
        self
    }

    /// Sets its platform.
    pub fn platform(mut self, platform: &str) -> Self {
        self.platform = platform.to_owned();
        self
    }

    /// Sets how its layers are compressed where it is written.
    pub fn pack(mut self, pack: Pack) -> Self {
        self.pack = pack;
        self
    }

    /// The configuration, byte for byte.
    pub fn raw_config(&self) -> Vec<u8> {
        if let Some(forged) = &self.forged {
            return forged.clone();
        }
        let mut platform = self.platform.split('/');
        let (os, architecture) = (platform.next(), platform.next());
        let mut config = json!({
            "os": os,
            "architecture": architecture,
            "created": "2026-01-02T03:04:05Z",
            "config": self.config,
            "rootfs": {
                "type": "layers",
                "diff_ids": self.layers.iter().map(|(layer, _)| sha256(layer)).collect::<Vec<_>>(),
            },
            "history": self.layers.iter().map(|(_, by)| json!({
                "created": "2026-01-02T03:04:05Z",
                "created_by": by,
            })).collect::<Vec<_>>(),
        });
        if let Some(variant) = platform.next() {
            config["variant"] = json!(variant);
        }
        config.to_string().into_bytes()
    }

    /// Digest of the configuration: the image's ID.
    pub fn id(&self) -> String {
        sha256(&self.raw_config())
    }

    /// As `docker save` of engines before 25 writes it: `<id>/layer.tar`.
    pub fn docker(&self) -> Vec<u8> {
        docker_archive(std::slice::from_ref(self))
    }

    /// Blobs by digest, and the descriptor of the manifest.
    pub fn blobs(&self, blobs: &mut BTreeMap<String, Vec<u8>>) -> Value {
        let layers: Vec<Value> = self
            .layers
            .iter()
            .map(|(layer, _)| {
                let kind = match self.pack {
                    Pack::None => "application/vnd.oci.image.layer.v1.tar",
                    Pack::Gzip => "application/vnd.oci.image.layer.v1.tar+gzip",
                    Pack::Zstd => "application/vnd.oci.image.layer.v1.tar+zstd",
                };
                blob(blobs, kind, pack(layer, self.pack))
            })
            .collect();
        let config = blob(blobs, "application/vnd.oci.image.config.v1+json", self.raw_config());
        let kind = "application/vnd.oci.image.manifest.v1+json";
        let manifest =
            json!({ "schemaVersion": 2, "mediaType": kind, "config": config, "layers": layers });
        let mut descriptor = blob(blobs, kind, manifest.to_string().into_bytes());
        let mut platform = self.platform.split('/');
        descriptor["platform"] = json!({ "os": platform.next(), "architecture": platform.next() });
        if let Some(variant) = platform.next() {
            descriptor["platform"]["variant"] = json!(variant);
        }
        descriptor
    }

    /// As an OCI layout: file names and contents.
    pub fn oci_files(&self) -> BTreeMap<String, Vec<u8>> {
        oci_files(std::slice::from_ref(self))
    }

    /// As an OCI archive.
    pub fn oci(&self) -> Vec<u8> {
        archive(&self.oci_files())
    }

    /// Writes an OCI layout into a folder.
    pub fn oci_folder(&self, folder: &Path) {
        write_folder(folder, &self.oci_files());
    }
}

/// As `docker save ONE TWO` of engines before 25 writes it.
pub fn docker_archive(images: &[TestImage]) -> Vec<u8> {
    let mut files = BTreeMap::new();
    let manifest: Vec<Value> = images
        .iter()
        .map(|image| {
            let config = format!("{}.json", &image.id()[7..]);
            files.insert(config.clone(), image.raw_config());
            let layers = image.layers.iter().enumerate().map(|(number, (layer, _))| {
                let name = format!("{}{number:x}/layer.tar", &sha256(layer)[7..70]);
                files.insert(name.clone(), pack(layer, image.pack));
                name
            });
            let layers: Vec<String> = layers.collect();
            let tags = (!image.tags.is_empty()).then_some(&image.tags);
            json!({ "Config": config, "RepoTags": tags, "Layers": layers })
        })
        .collect();
    files.insert("manifest.json".into(), json!(manifest).to_string().into_bytes());
    archive(&files)
}

/// An OCI layout of several images: file names and contents.
pub fn oci_files(images: &[TestImage]) -> BTreeMap<String, Vec<u8>> {
    let mut blobs = BTreeMap::new();
    let mut manifests = Vec::new();
    for image in images {
        let descriptor = image.blobs(&mut blobs);
        let mut named = image.tags.iter().map(|tag| {
            let mut descriptor = descriptor.clone();
            let short = tag.rsplit_once(':').map_or("latest", |(_, tag)| tag);
            descriptor["annotations"] = json!({
                "org.opencontainers.image.ref.name": short,
                "io.containerd.image.name": format!("docker.io/library/{tag}"),
            });
            descriptor
        });
        let first = named.next().unwrap_or(descriptor.clone());
        manifests.push(first);
        manifests.extend(named);
    }
    let index = json!({ "schemaVersion": 2, "manifests": manifests });
    layout(blobs, &index)
}

/// An OCI layout of any index over any blobs.
pub fn layout(blobs: BTreeMap<String, Vec<u8>>, index: &Value) -> BTreeMap<String, Vec<u8>> {
    let mut files: BTreeMap<String, Vec<u8>> = blobs
        .into_iter()
        .map(|(digest, bytes)| (format!("blobs/{}", digest.replace(':', "/")), bytes))
        .collect();
    files.insert("index.json".into(), index.to_string().into_bytes());
    files.insert("oci-layout".into(), br#"{"imageLayoutVersion":"1.0.0"}"#.to_vec());
    files
}

/// Stores a blob and gives its descriptor.
pub fn blob(blobs: &mut BTreeMap<String, Vec<u8>>, media_type: &str, bytes: Vec<u8>) -> Value {
    let digest = sha256(&bytes);
    let size = bytes.len();
    blobs.insert(digest.clone(), bytes);
    json!({ "mediaType": media_type, "digest": digest, "size": size })
}

/// Files as an archive, in the order of their names.
pub fn archive(files: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    let add = |tar: Tar, (name, bytes): (&String, &Vec<u8>)| tar.file(name, bytes);
    files.iter().fold(Tar::new(), add).build()
}

/// Writes files into a folder, making theirs.
pub fn write_folder(folder: &Path, files: &BTreeMap<String, Vec<u8>>) {
    for (name, bytes) in files {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
}

/// Compresses bytes.
pub fn pack(bytes: &[u8], pack: Pack) -> Vec<u8> {
    match pack {
        Pack::None => bytes.to_vec(),
        Pack::Gzip => {
            let mut encoder =
                flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        }
        Pack::Zstd => zstd::encode_all(bytes, 1).unwrap(),
    }
}

/// `sha256:…` of some bytes.
pub fn sha256(bytes: &[u8]) -> String {
    let hex: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

/// Bytes as text without blanks: what is not printable is escaped.
pub fn shown(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        for letter in chunk.valid().chars() {
            match letter {
                ' ' => text.push_str("\\x20"),
                '\0' => text.push_str("\\0"),
                letter if letter.is_control() => text.extend(letter.escape_default()),
                letter => text.push(letter),
            }
        }
        chunk.invalid().iter().for_each(|byte| text.push_str(&format!("\\x{byte:02x}")));
    }
    text
}
