//! A graph root and what is in it.

use super::names::{by_id, lookup, repository};
use super::owners::Owners;
use super::records::{ImageRecord, LayerRecord, read, small};
use super::split::Split;
use crate::digest::Digest;
use crate::error::ImageError;
use crate::image::{Content, Folder, Image, Layer, MAX_LAYERS};
use crate::source::SourceOptions;
use crate::source::manifest::{Document, EntryPlatform};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::collections::{HashMap, HashSet};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Images of one graph root, and of those whose layers it may use.
pub struct Store {
    parts: Vec<Part>,
}

struct Part {
    root: PathBuf,
    driver: Driver,
    images: Vec<ImageRecord>,
    layers: HashMap<String, LayerRecord>,
    owners: Option<Arc<Owners>>,
}

/// How unpacked layers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Driver {
    /// Each holds what it brought (`overlay/<layer>/diff`).
    Overlay,
    /// Each holds the whole tree up to it (`vfs/dir/<layer>`), and what it brought is in its archive's frame.
    Vfs,
}

impl Driver {
    /// As its folders are called.
    const fn name(self) -> &'static str {
        match self {
            Self::Overlay => "overlay",
            Self::Vfs => "vfs",
        }
    }
}

impl Store {
    /// Reads what a storage holds; `None` where it has no images.
    pub fn open(roots: &[PathBuf]) -> Result<Option<Self>, ImageError> {
        let parts = roots.iter().map(|root| Part::open(root)).collect::<Result<Vec<_>, _>>()?;
        let has_images = parts.iter().any(|part| !part.images.is_empty());
        Ok(has_images.then_some(Self { parts }))
    }

    /// Where it is, for messages.
    pub fn place(&self) -> String {
        self.parts.first().map(|part| part.root.display().to_string()).unwrap_or_default()
    }

    /// The names and the ID (`sha256:…`) of each image; without the steps of builds, as `podman images` has it.
    pub fn images(&self) -> impl Iterator<Item = (Vec<String>, String)> {
        let all =
            || self.parts.iter().flat_map(|part| part.images.iter().map(move |it| (part, it)));
        let built_on: HashSet<String> = all()
            .flat_map(|(_, record)| {
                let layers = self.chain(&record.layer).unwrap_or_default();
                let own = usize::from(record.names.is_empty());
                let below = layers.len().saturating_sub(own);
                layers.into_iter().take(below).map(|(_, layer)| layer.id.clone())
            })
            .collect();
        let is_step =
            move |record: &ImageRecord| record.names.is_empty() && built_on.contains(&record.layer);
        // Lists of images for several platforms are none themselves.
        let records =
            all().filter(move |(part, record)| !is_step(record) && part.config(record).is_ok());
        records
            .map(|(_, record)| record)
            .map(|record| (record.names.clone(), format!("sha256:{}", record.id)))
    }

    /// The image that a reference means.
    pub fn find(
        &self,
        reference: &str,
        options: &SourceOptions,
    ) -> Result<Option<Image>, ImageError> {
        let found =
            |part: &'_ Part| lookup(&part.images, reference).map(|record| record.id.clone());
        let Some(id) = self.parts.iter().find_map(found) else { return Ok(None) };
        let Some(image) = self.by_id(&id) else { return Ok(None) };
        let mut image = image?;
        let has = EntryPlatform::of(&image.config);
        if let Some(wanted) = options.platform.as_ref().filter(|wanted| !has.fits(wanted, false)) {
            let looked = format!(" for {wanted} in {}, which has it for {has}", self.place());
            return Err(ImageError::NotFound { reference: reference.to_owned(), looked });
        }
        image.name = reference.to_owned();
        Ok(Some(image))
    }

    /// The image of an ID.
    pub fn by_id(&self, id: &str) -> Option<Result<Image, ImageError>> {
        self.parts.iter().find_map(|part| {
            let record = by_id(&part.images, id)?;
            Some(self.image(part, record).map_err(|problem| ImageError::Unsupported {
                place: format!("{}: image {}", part.root.display(), short(&record.id)),
                problem: format!(
                    "{problem}; hint: podman save IMAGE | pasu image --input -, or start podman.socket"
                ),
            }))
        })
    }

    fn image(&self, part: &Part, record: &ImageRecord) -> Result<Image, String> {
        let config = part.config(record)?;
        let mut image = Image::new(&record.id, config).map_err(|error| error.to_string())?;
        let diff_ids = image.diff_ids().map_err(|error| error.to_string())?;
        let layers = self.chain(&record.layer)?;
        if layers.len() != diff_ids.len() {
            let (ours, theirs) = (layers.len(), diff_ids.len());
            return Err(format!("{ours} layers in the storage, {theirs} in the configuration"));
        }
        for ((part, layer), diff_id) in layers.into_iter().zip(diff_ids) {
            if !layer.diff_digest.is_empty() && layer.diff_digest != diff_id.as_str() {
                let problem = format!(
                    "its layer {} is not the one that its configuration names",
                    short(&layer.id)
                );
                return Err(problem);
            }
            let content = part.content(layer)?;
            image.layers.push(Layer { digest: None, diff_id, content });
        }
        image.repo_tags = tags(record);
        image.repo_digests = repo_digests(record);
        Ok(image)
    }

    /// A layer and all below it, the lowest first.
    fn chain(&self, top: &str) -> Result<Vec<(&Part, &LayerRecord)>, String> {
        let mut chain = Vec::new();
        let mut next = top;
        while !next.is_empty() {
            let mut found =
                self.parts.iter().filter_map(|part| Some((part, part.layers.get(next)?)));
            let Some(found) = found.next() else {
                return Err(format!("its layer {} is not in the storage", short(next)));
            };
            if chain.len() == MAX_LAYERS {
                return Err(format!("more than {MAX_LAYERS} layers, which is the limit"));
            }
            chain.push(found);
            next = &found.1.parent;
        }
        chain.reverse();
        Ok(chain)
    }
}

impl Part {
    /// What is in a graph root: of the driver that has images, which changes as seldom as the machine.
    fn open(root: &Path) -> Result<Self, ImageError> {
        let part = Self::of(root, Driver::Overlay)?;
        if !part.images.is_empty() {
            return Ok(part);
        }
        let other = Self::of(root, Driver::Vfs)?;
        Ok(if other.images.is_empty() { part } else { other })
    }

    fn of(root: &Path, driver: Driver) -> Result<Self, ImageError> {
        let name = driver.name();
        let images = read(&root.join(format!("{name}-images/images.json")))?;
        let layers: Vec<LayerRecord> = read(&root.join(format!("{name}-layers/layers.json")))?;
        // Those of running containers are named in a file of their own, and are no images'.
        let layers = layers.into_iter().map(|layer| (layer.id.clone(), layer)).collect();
        let mut part = Self { root: root.into(), driver, images, layers, owners: None };
        // An archive's frame has the owners.
        if !part.images.is_empty() && driver == Driver::Overlay {
            part.owners = owners(root)?;
        }
        Ok(part)
    }

    /// The configuration, held against the digest by which the manifest names it.
    fn config(&self, record: &ImageRecord) -> Result<Vec<u8>, String> {
        if !is_id(&record.id) {
            return Err("its ID is none".to_owned());
        }
        let folder = self.root.join(format!("{}-images", self.driver.name())).join(&record.id);
        let kept = |name: &str| {
            small(&folder.join(name)).map_err(|error| format!("{name} cannot be read: {error}"))
        };
        let manifest = Document::parse("manifest", &kept("manifest")?, None);
        let digest = match manifest.map_err(|error| error.to_string())? {
            Document::Manifest(manifest) => manifest.config.digest,
            Document::Index(_) => return Err("it is a list of images".to_owned()),
        };
        let config = kept(&format!("={}", STANDARD.encode(digest.as_str())))?;
        let is_it = Digest::of(&config) == digest;
        is_it.then_some(config).ok_or_else(|| "its configuration is not the one named".to_owned())
    }

    /// Where a layer is read.
    fn content(&self, layer: &LayerRecord) -> Result<Content, String> {
        if !is_id(&layer.id) || layer.flags.incomplete {
            return Err(format!("its layer {} is not whole", short(&layer.id)));
        }
        // Of a user's own numbers on the disk, those in the image are in the archive's frame.
        let is_shifted = !layer.uidmap.is_empty() || !layer.gidmap.is_empty();
        match self.driver {
            Driver::Overlay if !is_shifted => self.folder(layer).map(Content::Folder),
            Driver::Overlay => self.split(layer, &format!("overlay/{}/diff", layer.id)),
            Driver::Vfs => self.split(layer, &format!("vfs/dir/{}", layer.id)),
        }
    }

    /// A layer's archive, to be put together again.
    fn split(&self, layer: &LayerRecord, folder: &str) -> Result<Content, String> {
        let frame = format!("{}-layers/{}.tar-split.gz", self.driver.name(), layer.id);
        let split = Split { frame: self.root.join(frame), folder: self.root.join(folder) };
        for path in [&split.frame, &split.folder] {
            std::fs::metadata(path).map_err(|error| {
                format!(
                    "its layer {} cannot be read: {}: {error}",
                    short(&layer.id),
                    path.display()
                )
            })?;
        }
        Ok(Content::Stream(Arc::new(split)))
    }

    /// The folder of a layer, if what it holds is the layer as it is.
    fn folder(&self, layer: &LayerRecord) -> Result<Folder, String> {
        let name = short(&layer.id);
        let folder = self.root.join("overlay").join(&layer.id);
        if folder.join("composefs-data").exists() {
            return Err(format!("its layer {name} is stored in composefs"));
        }
        let path = folder.join("diff");
        std::fs::read_dir(&path)
            .map_err(|error| format!("its layer {name} cannot be read: {error}"))?;
        Ok(Folder { path, owners: self.owners.clone() })
    }
}

/// Whose files are whose in a storage of unpacked layers: `None` where numbers on the disk are those in the image.
pub(in crate::source) fn owners(root: &Path) -> Result<Option<Arc<Owners>>, ImageError> {
    let metadata = std::fs::metadata(root).map_err(ImageError::file(root))?;
    if metadata.uid() != 0 {
        return Ok(Some(Arc::new(Owners::of_user(metadata.uid(), metadata.gid()))));
    }
    // What root's Podman keeps in attributes is hidden from all but root; a user's, seen by himself as root of his own
    // numbers (`podman unshare`), has them elsewhere.
    let map = std::fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
    let is_mapped = !map.split_whitespace().eq(["0", "0", "4294967295"]);
    if is_mapped || pasu_system::sees_trusted_attributes() {
        return Ok(None);
    }
    let problem = "root's storage is read by root with CAP_SYS_ADMIN alone".to_owned();
    Err(ImageError::Denied { place: root.display().to_string(), problem })
}

/// Whether a text is an ID, and so may be part of a path.
fn is_id(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn short(id: &str) -> String {
    id.chars().filter(|char| !char.is_control()).take(12).collect()
}

fn tags(record: &ImageRecord) -> Vec<String> {
    record.names.iter().filter(|name| !name.contains('@')).cloned().collect()
}

fn repo_digests(record: &ImageRecord) -> Vec<String> {
    let mut names: Vec<String> = record
        .names
        .iter()
        .flat_map(|name| {
            let repository = repository(name);
            record.digests().map(move |digest| format!("{repository}@{digest}"))
        })
        .collect();
    names.sort();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::Store;
    use crate::digest::Digest;
    use crate::error::ImageError;
    use crate::image::{Content, Image};
    use crate::source::SourceOptions;
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde_json::{Value, json};
    use std::fs;
    use std::path::Path;
    use tempfile::TempDir;

    fn put(path: &Path, bytes: impl AsRef<[u8]>) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn layer(number: u8) -> String {
        format!("{number:02x}").repeat(32)
    }

    /// A storage of layers 1, 2, … on each other, and an image of some of them for each name.
    struct Storage {
        folder: TempDir,
        images: Vec<Value>,
        layers: Vec<Value>,
    }

    impl Storage {
        fn new(count: u8) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let record = |number: u8| {
                let parent = if number == 1 { String::new() } else { layer(number - 1) };
                let digest = Digest::of(&[number]);
                fs::create_dir_all(folder.path().join("overlay").join(layer(number)).join("diff"))
                    .unwrap();
                json!({ "id": layer(number), "parent": parent, "diff-digest": digest })
            };
            let layers = (1..=count).map(record).collect();
            Self { folder, images: Vec::new(), layers }
        }

        fn image(mut self, layers: u8, names: &[&str]) -> Self {
            let diff_ids: Vec<Digest> = (1..=layers).map(|number| Digest::of(&[number])).collect();
            let config = json!({ "os": "linux", "architecture": "amd64",
                                 "rootfs": { "type": "layers", "diff_ids": diff_ids } });
            let config = config.to_string();
            let id = Digest::of(config.as_bytes());
            let manifest = json!({ "schemaVersion": 2, "layers": [],
                                   "config": { "digest": id, "size": config.len() } });
            let kept = self.folder.path().join("overlay-images").join(id.hex());
            put(&kept.join("manifest"), manifest.to_string());
            put(&kept.join(format!("={}", STANDARD.encode(id.as_str()))), config);
            let digest = Digest::of(manifest.to_string().as_bytes());
            self.images.push(json!({ "id": id.hex(), "digest": digest, "names": names,
                                     "layer": layer(layers) }));
            self
        }

        fn open(&self) -> Result<Option<Store>, ImageError> {
            let at = |path: &str| self.folder.path().join(path);
            put(&at("overlay-images/images.json"), json!(self.images).to_string());
            put(&at("overlay-layers/layers.json"), json!(self.layers).to_string());
            Store::open(&[self.folder.path().to_owned()])
        }

        fn find(&self, reference: &str) -> Result<Option<Image>, ImageError> {
            self.open()?.unwrap().find(reference, &SourceOptions::default())
        }

        /// Why the image is not read, once its topmost layer's record is changed.
        fn problem(mut self, key: &str, value: Value) -> String {
            self.layers.last_mut().unwrap()[key] = value;
            self.find("a").err().unwrap().to_string()
        }
    }

    fn one() -> Storage {
        Storage::new(3).image(3, &["localhost/a:latest"])
    }

    #[test]
    fn layers_are_found_by_those_above_them() {
        let storage = one();
        let image = storage.find("a").unwrap().unwrap();
        let folders = image.layers.iter().map(|layer| match &layer.content {
            Content::Folder(folder) => folder.path.parent().unwrap().file_name().unwrap(),
            _ => panic!("not in place"),
        });
        assert_eq!(folders.collect::<Vec<_>>(), [&*layer(1), &*layer(2), &*layer(3)]);
        assert_eq!(image.repo_tags, ["localhost/a:latest"]);
        assert_eq!(image.repo_digests.len(), 1);
        assert!(storage.find("b").unwrap().is_none());
    }

    #[test]
    fn what_is_not_the_layer_as_it_is_is_not_read() {
        let entry = json!([{ "container_id": 0, "host_id": 9, "size": 1 }]);
        for (key, value, expected) in [
            ("parent", json!(layer(9)), "its layer 090909090909 is not in the storage"),
            ("parent", json!(layer(3)), "more than 1024 layers, which is the limit"),
            ("parent", json!(layer(1)), "2 layers in the storage, 3 in the configuration"),
            ("parent", json!("../../etc\n"), "its layer ../../etc is not in the storage"),
            ("diff-digest", json!(Digest::of(b"x")), "is not the one that its configuration names"),
            ("flags", json!({ "incomplete": true }), "its layer 030303030303 is not whole"),
            ("uidmap", entry, "030303030303.tar-split.gz: No such file"),
        ] {
            let problem = one().problem(key, value);
            assert!(problem.contains(expected) && problem.contains("hint: "), "{problem}");
        }
        let storage = one();
        let overlay = storage.folder.path().join("overlay").join(layer(2));
        fs::create_dir(overlay.join("composefs-data")).unwrap();
        assert!(storage.find("a").err().unwrap().to_string().contains("composefs"));
        fs::remove_dir_all(&overlay).unwrap();
        assert!(storage.find("a").err().unwrap().to_string().contains("cannot be read"));
        // A layer whose digest Podman does not know is believed as the others are.
        let mut storage = one();
        storage.layers[2]["diff-digest"] = json!("");
        assert!(storage.find("a").unwrap().is_some());
    }

    #[test]
    fn layers_of_vfs_are_archives_put_together_again() {
        let storage = one();
        storage.open().unwrap();
        let at = |path: &str| storage.folder.path().join(path);
        for kind in ["images", "layers"] {
            fs::rename(at(&format!("overlay-{kind}")), at(&format!("vfs-{kind}"))).unwrap();
        }
        let find = || {
            let store = Store::open(&[storage.folder.path().to_owned()]).unwrap().unwrap();
            store.find("a", &SourceOptions::default())
        };
        let error = find().err().unwrap().to_string();
        assert!(
            error.contains("tar-split.gz: No such file") && error.contains("hint: "),
            "{error}"
        );
        for number in 1..=3 {
            put(&at(&format!("vfs-layers/{}.tar-split.gz", layer(number))), "");
            fs::create_dir_all(at("vfs/dir").join(layer(number))).unwrap();
        }
        let image = find().unwrap().unwrap();
        assert!(image.layers.iter().all(|layer| matches!(layer.content, Content::Stream(_))));
    }

    #[test]
    fn a_damaged_storage_is_said_with_its_file() {
        let storage = one();
        storage.open().unwrap().unwrap();
        let path = storage.folder.path().join("overlay-layers/layers.json");
        for text in ["[", "{}", r#"[{"id":7}]"#] {
            put(&path, text);
            let error = Store::open(&[storage.folder.path().to_owned()]).err().unwrap();
            assert!(matches!(error, ImageError::Unreachable { .. }), "{error}");
            let expected = "layers.json: Podman's storage is damaged: ";
            assert!(error.to_string().contains(expected), "{error}");
        }
        let empty = Storage::new(1);
        assert!(empty.open().unwrap().is_none());
        let mut other = one();
        other.images[0]["id"] = json!("../".repeat(21) + "x");
        let error = other.find("a").map(|image| image.map(|image| image.id));
        assert_eq!(error.unwrap(), None);
    }

    #[test]
    fn steps_of_builds_are_not_listed() {
        let storage = Storage::new(3)
            .image(1, &[])
            .image(2, &["localhost/b:1", "localhost/b@sha256:0"])
            .image(3, &[]);
        let store = storage.open().unwrap().unwrap();
        let names: Vec<Vec<String>> = store.images().map(|(names, _)| names).collect();
        assert_eq!(names, [vec!["localhost/b:1", "localhost/b@sha256:0"], vec![]]);
    }
}
