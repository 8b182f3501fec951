//! An engine's own storage, read in place. Docker's (`/var/lib/docker`) has configurations in `image/<driver>/imagedb`, unpacked layers in
//! `<driver>/<cache ID>/diff`, and `image/<driver>/layerdb` between them; of Podman's see [`storage`], and of Docker's that
//! leaves images to containerd [`containerd`].

use super::connect::Engine;
use super::image::Told;
use crate::digest::Digest;
use crate::error::ImageError;
use crate::image::{Content, Folder, Image, Layer, MAX_DOCUMENT};
use crate::source::{Platform, containerd, storage};
use bollard::models::SystemInfo;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// The drivers whose folders are overlayfs's.
const DRIVERS: [&str; 2] = ["overlay2", "overlay"];

/// The image in the engine's storage; `None` where it cannot be read there, for whatever reason: the engine hands it
/// out as well.
pub(super) fn image(
    engine: &Engine,
    reference: &str,
    told: &Told,
    platform: Option<&Platform>,
) -> Result<Option<Image>, ImageError> {
    let may_read = pasu_system::sees_trusted_attributes();
    if !engine.is_local() || !may_read && !pasu_system::is_root() {
        return Ok(None);
    }
    if let Some(root) = engine.info()?.docker_root_dir.as_deref().filter(|it| it.starts_with('/'))
        && let Some(image) = storage::of_engine(Path::new(root), &told.id)
    {
        return Ok(Some(image));
    }
    if is_containerd(engine.info()?) {
        // Its ID is the digest by which containerd has it.
        return Ok(containerd::of_engine(&told.id, platform));
    }
    if !may_read {
        return Ok(None);
    }
    let Some(storage) = Storage::of(engine)? else { return Ok(None) };
    Ok(storage.image(reference, &told.id))
}

/// Whether Docker leaves images to containerd: `[["driver-type","io.containerd.snapshotter.v1"]]`.
fn is_containerd(info: &SystemInfo) -> bool {
    let words = info.driver_status.iter().flatten().flatten();
    words.into_iter().any(|word| word.contains("containerd"))
}

/// Where an engine keeps images and layers.
struct Storage {
    /// `/var/lib/docker`.
    root: PathBuf,
    driver: &'static str,
}

impl Storage {
    fn of(engine: &Engine) -> Result<Option<Self>, ImageError> {
        let info = engine.info()?;
        let driver = DRIVERS.into_iter().find(|driver| info.driver.as_deref() == Some(driver));
        // With mapped users, owners on the disk are not those in the image.
        let mut options = info.security_options.iter().flatten();
        let is_mapped =
            options.any(|option| option.contains("userns") || option.contains("rootless"));
        let root = info.docker_root_dir.as_deref().filter(|root| root.starts_with('/'));
        match (driver, root) {
            (Some(driver), Some(root)) if !is_containerd(info) && !is_mapped => {
                Ok(Some(Self { root: root.into(), driver }))
            }
            _ => Ok(None),
        }
    }

    fn image(&self, reference: &str, id: &str) -> Option<Image> {
        let id = Digest::parse(id).ok()?;
        let database = self.root.join("image").join(self.driver);
        let config = small(&database.join("imagedb/content/sha256").join(id.hex()))?;
        let mut image = Image::new(reference, config).ok().filter(|image| image.id == id)?;
        let mut chain: Option<Digest> = None;
        for diff_id in image.diff_ids().ok()? {
            let below = Digest::chain(chain.as_ref(), &diff_id);
            let folder = self.folder(&database.join("layerdb/sha256").join(below.hex()))?;
            let content = Content::Folder(Folder { path: folder, owners: None });
            image.layers.push(Layer { digest: None, diff_id, content });
            chain = Some(below);
        }
        Some(image)
    }

    /// The unpacked layer that an entry of `layerdb` is about.
    fn folder(&self, entry: &Path) -> Option<PathBuf> {
        let name = String::from_utf8(small(&entry.join("cache-id"))?).ok()?;
        let is_name =
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        let folder = is_name.then(|| self.root.join(self.driver).join(&name).join("diff"))?;
        std::fs::read_dir(&folder).ok().map(|_| folder)
    }
}

fn small(path: &Path) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(MAX_DOCUMENT).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::Storage;
    use crate::digest::Digest;
    use crate::image::{Content, Folder};
    use std::fs;
    use std::path::Path;

    fn put(path: &Path, text: &str) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[test]
    fn layers_are_found_by_the_chain_of_those_below() {
        let folder = tempfile::tempdir().unwrap();
        let storage = Storage { root: folder.path().into(), driver: "overlay2" };
        let database = folder.path().join("image/overlay2");
        let (one, two) = (Digest::of(b"one"), Digest::of(b"two"));
        let config =
            format!(r#"{{"rootfs":{{"type":"layers","diff_ids":["{one}","{two}","{one}"]}}}}"#);
        let id = Digest::of(config.as_bytes());
        let content = database.join("imagedb/content/sha256").join(id.hex());
        put(&content, &config);
        let second = Digest::of(format!("{one} {two}").as_bytes());
        let third = Digest::of(format!("{second} {one}").as_bytes());
        for (chain, name) in [(&one, "a1"), (&second, "b2"), (&third, "c3")] {
            put(&database.join("layerdb/sha256").join(chain.hex()).join("cache-id"), name);
            assert!(storage.image("x", id.as_str()).is_none());
            fs::create_dir_all(folder.path().join("overlay2").join(name).join("diff")).unwrap();
        }
        let image = storage.image("x", id.as_str()).unwrap();
        let names: Vec<String> = image
            .layers
            .iter()
            .map(|layer| match &layer.content {
                Content::Folder(Folder { path, .. }) => {
                    path.strip_prefix(folder.path()).unwrap().display().to_string()
                }
                _ => panic!("not in place"),
            })
            .collect();
        assert_eq!(names, ["overlay2/a1/diff", "overlay2/b2/diff", "overlay2/c3/diff"]);
        // Nothing is believed that leads elsewhere, or is not what it is named.
        put(&database.join("layerdb/sha256").join(third.hex()).join("cache-id"), "../a1");
        assert!(storage.image("x", id.as_str()).is_none());
        put(&database.join("layerdb/sha256").join(third.hex()).join("cache-id"), "c3");
        put(&content, &format!("{config} "));
        assert!(storage.image("x", id.as_str()).is_none());
    }
}
