//! Targets of `pasu-image`: layers and archives, whose headers' checksums are made right, and the documents of an image,
//! whose digests are; bytes of chance would get no further.

#[path = "../../crates/pasu-image/tests/common/mod.rs"]
mod common;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use common::{Tar, TestImage, archive, blob, layout, sha256};
use pasu_image::cache::{Known, verify};
use pasu_image::layer::{Gather, Room, ScanOptions, Wish, scan};
use pasu_image::source::containerd::{find_in, list_in};
use pasu_image::source::passing::{PassOptions, read};
use pasu_image::source::{SourceOptions, storage};
use pasu_image::tree::{OpenOptions, open};
use pasu_image::{Content, Image, ImageError, Layer};
use pasu_system::{EntryKind, Layered, Metadata, System, WalkOptions, WalkStep};
use serde_json::json;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

/// Layers on top of each other, each after two bytes with its length in blocks of 512.
pub fn image_layers(data: &[u8]) {
    let mut image = TestImage::new();
    let mut rest = data;
    while let [low, high, after @ ..] = rest {
        let length = usize::from(u16::from_le_bytes([*low, *high])) * 512;
        let (layer, next) = after.split_at(length.min(after.len()));
        image = image.bytes(with_checksums(layer));
        rest = next;
    }
    // The configuration is ours, but there may be too many layers.
    let Ok(mut found) = Image::new("fuzz", image.raw_config()) else { return };
    let room = Room::new(1 << 20);
    for ((layer, _), diff_id) in image.layers.iter().zip(found.diff_ids().expect("ours too")) {
        let options = ScanOptions { gather: &Everything, room: &room, deadline: None };
        let Ok(scanned) = scan(layer.as_slice(), options) else { return };
        assert_eq!(scanned.diff_id, diff_id);
        let content = Content::Scanned(Arc::new(scanned));
        found.layers.push(Layer { digest: None, diff_id, content });
    }
    look(&mut found);
}

/// containerd's database of names, the checksums of its two states being made right.
pub fn containerd_names(data: &[u8]) {
    let mut database = data.to_vec();
    for state in std::iter::once(0).chain((9..=16).map(|power| 1 << power)) {
        let Some(meta) = database.get_mut(state + 16..state + 80) else { break };
        let (fields, sum) = meta.split_at_mut(56);
        if fields.starts_with(&0xED0C_DAED_u32.to_le_bytes()) {
            // FNV-1a, 64 bits.
            let of_fields = fields.iter().fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| {
                (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
            });
            sum.copy_from_slice(&of_fields.to_le_bytes());
        }
    }
    let _ = named(&database);
}

/// Looks for an image in a content store with this database. What the seeds' name leads to is there, but is not what its
/// digest says.
pub(crate) fn named(database: &[u8]) -> Result<Image, ImageError> {
    let root = tempfile::tempdir().expect("a folder for the database");
    let blobs = root.path().join("io.containerd.content.v1.content/blobs/sha256");
    let names = root.path().join("io.containerd.metadata.v1.bolt");
    for folder in [&blobs, &names] {
        std::fs::create_dir_all(folder).expect("a folder in our own");
    }
    std::fs::write(blobs.join("ab".repeat(32)), "{}").expect("a file in our own folder");
    std::fs::write(names.join("meta.db"), database).expect("a file in our own folder");
    let (roots, options) = ([root.path().to_owned()], SourceOptions::default());
    if let Ok(listing) = list_in(&roots, None, &options) {
        for listed in listing.images() {
            assert!(listing.find(listed, &options, &Everything).is_err());
        }
    }
    find_in(&roots, None, "shop:1", &options)
}

/// The frame of a layer's archive in Podman's storage, whose files lie beside it.
pub fn storage_frame(data: &[u8]) {
    let _ = framed(data);
}

/// The archive of a frame, up to a limit.
pub(crate) fn framed(frame: &[u8]) -> Result<Vec<u8>, String> {
    let root = tempfile::tempdir().expect("a folder for the storage");
    let put = |path: &str, bytes: &[u8]| {
        let path = root.path().join(path);
        std::fs::create_dir_all(path.parent().expect("it is below")).expect("our own folder");
        std::fs::write(path, bytes).expect("a file in our own folder");
    };
    let image = TestImage::new().bytes(Vec::new());
    let config = image.raw_config();
    let digest = sha256(&config);
    let id = digest.trim_start_matches("sha256:");
    let manifest = json!({ "layers": [], "config": { "digest": digest, "size": config.len() } });
    let layer = "ab".repeat(32);
    let images = json!([{ "id": id, "names": ["localhost/shop:1"], "layer": layer }]);
    put("vfs-images/images.json", images.to_string().as_bytes());
    put(&format!("vfs-images/{id}/manifest"), manifest.to_string().as_bytes());
    put(&format!("vfs-images/{id}/={}", STANDARD.encode(&digest)), &config);
    put("vfs-layers/layers.json", json!([{ "id": layer }]).to_string().as_bytes());
    put(&format!("vfs-layers/{layer}.tar-split.gz"), frame);
    put(&format!("vfs/dir/{layer}/etc/os-release"), b"ID=alpine\n");
    let roots = [root.path().to_owned()];
    let image = storage::find_in(&roots, "shop:1", &SourceOptions::default());
    let image = image.expect("the storage around it is ours");
    let Content::Stream(blob) = &image.layers[0].content else { panic!("no stream") };
    let mut bytes = Vec::new();
    let opened = blob.open().map_err(|error| error.to_string())?;
    let read = opened.take(1 << 20).read_to_end(&mut bytes);
    read.map(|_| bytes).map_err(|error| error.to_string())
}

/// An archive of images that passes by.
pub fn image_archive(data: &[u8]) {
    let bytes = with_checksums(data);
    let options = PassOptions { gather: &Everything, platform: None, deadline: None, again: None };
    let Ok(images) = read("fuzz", Box::new(bytes.as_slice()), &options) else { return };
    for mut image in images {
        assert!(verify(&Known::of(&image, None).checks(), None).is_ok());
        look(&mut image);
    }
}

/// The documents of an image, one a line: configuration, manifest, `index.json`, `manifest.json`. `$layer`, `$config` and
/// `$manifest` in them stand for the digests of a layer and of the lines before.
pub fn image_documents(data: &[u8]) {
    image_archive(&documents(data));
}

/// The archive of [`image_documents`].
pub(crate) fn documents(data: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(data);
    let mut lines = text.split('\n');
    let mut line = || lines.next().unwrap_or_default().to_owned();
    let mut blobs = BTreeMap::new();
    let layer = Tar::new().file("etc/os-release", "ID=alpine\n").build();
    let layer_digest = sha256(&layer);
    let _ = blob(&mut blobs, "", layer);
    let config = line().replace("$layer", &layer_digest).into_bytes();
    let config_digest = sha256(&config);
    let size = config.len().to_string();
    let _ = blob(&mut blobs, "", config);
    let known = |text: String| {
        text.replace("$layer", &layer_digest)
            .replace("$config", &config_digest)
            .replace("$size", &size)
    };
    let manifest = known(line()).into_bytes();
    let manifest_digest = sha256(&manifest);
    let _ = blob(&mut blobs, "", manifest);
    let index = line().replace("$manifest", &manifest_digest);
    let mut files = layout(blobs, &serde_json::Value::Null);
    files.insert("index.json".into(), index.into_bytes());
    let saved = known(line()).replace("sha256:", "blobs/sha256/");
    if !saved.is_empty() {
        files.insert("manifest.json".into(), saved.into_bytes());
    }
    archive(&files)
}

/// Opens an image and asks everything; what is listed must be there.
fn look(image: &mut Image) {
    let options = OpenOptions { gather: &Everything, deadline: None };
    let Ok(system) = open(image, options) else { return };
    for removed in system.removed(&|_| true) {
        let at = |layer| system.at(layer).symlink_metadata(&removed.path);
        assert_eq!(at(removed.layer).expect("its layer has it").kind, EntryKind::File);
        assert!(removed.layer < removed.by && removed.by < system.layers());
        assert!(
            at(removed.by - 1).is_ok()
                && (removed.is_replaced
                    || !at(removed.by).is_ok_and(|now| now.kind == EntryKind::File))
        );
        let _ = system.at(removed.layer).read(&removed.path, 1 << 16);
    }
    for layer in 0..system.layers() {
        let system = system.at(layer);
        let report = system.walk(&WalkOptions { threads: 1, ..WalkOptions::default() }, &|entry| {
            let again = system.symlink_metadata(entry.path).expect("what is listed is there");
            assert_eq!(again.kind, entry.metadata.kind);
            let _ = system.read(entry.path, 1 << 16);
            let _ = system.read_link(entry.path);
            let _ = system.read_dir(entry.path);
            WalkStep::Continue
        });
        assert!(report.errors.is_empty());
    }
    system.walk(&WalkOptions { threads: 1, ..WalkOptions::default() }, &|entry| {
        let writes = system.writes(entry.path);
        assert!(writes.is_sorted(), "{writes:?}");
        WalkStep::Continue
    });
}

/// Makes the checksum right of what looks like a header.
fn with_checksums(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for block in bytes.chunks_exact_mut(512) {
        if block[257..262] != *b"ustar" {
            continue;
        }
        block[148..156].fill(b' ');
        let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    }
    bytes
}

/// Wants everything.
struct Everything;

impl Gather for Everything {
    fn wish(&self, _path: &Path, _metadata: &Metadata, _head: &[u8]) -> Wish {
        Wish { keep: true, database: true, look: true }
    }

    fn look(
        &self,
        system: &dyn System,
        path: &Path,
        _metadata: Metadata,
    ) -> Vec<(String, Vec<u8>)> {
        let bytes = system.read(path, 1 << 16).unwrap_or_default();
        vec![("fuzz".to_owned(), bytes)]
    }
}
