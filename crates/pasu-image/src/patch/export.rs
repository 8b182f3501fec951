//! Writing an image into one archive that `docker load`, `podman load` and everything that reads OCI layouts take:
//! `manifest.json` and `index.json` over the same blobs, as newer engines write it themselves.
//!
//! Old layers are copied from wherever they are, byte for byte as stored, and held against their digests on the way. The
//! archive appears at its path whole or not at all.

use super::tar::{TarEntry, finish, pad, write_header};
use crate::compression::{Compression, decode};
use crate::digest::{Digest, HashingReader};
use crate::error::ImageError;
use crate::image::{Blob, Content, Layer};
use crate::layer::Region;
use pasu_system::OutputFile;
use serde_json::json;
use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tar::EntryType;

/// A layer that was made here: gzip, in a temporary file that is gone when this is.
#[derive(Debug, Clone)]
pub struct NewLayer {
    /// Digest of the blob.
    pub digest: Digest,
    /// Digest of the uncompressed archive.
    pub diff_id: Digest,
    /// Bytes of the uncompressed archive.
    pub size: u64,
    /// The blob.
    pub blob: Region,
}

impl NewLayer {
    /// As a layer of an image, to be read like any other.
    #[must_use]
    pub fn to_layer(&self) -> Layer {
        Layer {
            digest: Some(self.digest.clone()),
            diff_id: self.diff_id.clone(),
            content: Content::Stream(Arc::new(NewBlob(self.clone()))),
        }
    }
}

struct NewBlob(NewLayer);

impl Blob for NewBlob {
    fn open(&self) -> Result<Box<dyn Read + Send>, ImageError> {
        Ok(Box::new(self.0.blob.reader()))
    }

    fn size(&self) -> Option<u64> {
        Some(self.0.blob.length())
    }

    fn place(&self) -> String {
        "the new layer".to_owned()
    }
}

/// What is written.
pub struct Export<'a> {
    /// All layers, the lowest first. A layer that lies unpacked in an engine's folder, or passed by on standard input,
    /// cannot be written: its archive is not there any more.
    pub layers: &'a [Layer],
    /// The configuration, byte for byte.
    pub config: &'a [u8],
    /// Names with a tag, as `docker load` shall give them; may be empty.
    pub tags: &'a [String],
    /// Set from outside to stop; nothing is left behind then.
    pub stop: Option<&'a AtomicBool>,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// Digest of the configuration: the image's ID.
    pub id: Digest,
    /// Digest of the manifest.
    pub manifest: Digest,
    /// Bytes of the archive.
    pub size: u64,
}

impl Export<'_> {
    /// Writes the archive beside its path and moves it there when it is on disk.
    ///
    /// # Errors
    ///
    /// A layer that cannot be had again or is not what it was, a full disk, and being stopped; the temporary file is
    /// gone then, and what was at the path before is still there.
    pub fn write(&self, path: &Path) -> Result<Exported, ImageError> {
        let output = OutputFile::create(path).map_err(ImageError::file(path))?;
        let mut archive =
            Archive { file: output.file(), path, names: HashSet::new(), stop: self.stop };
        let exported = self.write_all(&mut archive)?;
        output.finish().map_err(ImageError::file(path))?;
        Ok(exported)
    }

    fn write_all(&self, archive: &mut Archive<'_>) -> Result<Exported, ImageError> {
        let id = Digest::of(self.config);
        let mut layers = Vec::with_capacity(self.layers.len());
        let mut names = Vec::with_capacity(self.layers.len());
        archive.folders()?;
        for (number, layer) in self.layers.iter().enumerate() {
            let place = format!("layer {} ({})", number + 1, layer.diff_id);
            let blob = archive.layer(layer, &place)?;
            names.push(blob_path(&blob.digest));
            layers.push(json!({
                "mediaType": blob.media_type(), "digest": blob.digest.as_str(), "size": blob.size,
            }));
        }
        archive.bytes(&blob_path(&id), self.config)?;
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": {
                "mediaType": "application/vnd.oci.image.config.v1+json",
                "digest": id.as_str(), "size": self.config.len(),
            },
            "layers": layers,
        });
        let manifest = manifest.to_string();
        let digest = Digest::of(manifest.as_bytes());
        archive.bytes(&blob_path(&digest), manifest.as_bytes())?;
        archive.bytes("index.json", self.index(&digest, manifest.len())?.as_bytes())?;
        let saved = json!([{ "Config": blob_path(&id), "RepoTags": self.tags, "Layers": names }]);
        archive.bytes("manifest.json", saved.to_string().as_bytes())?;
        archive.bytes("oci-layout", br#"{"imageLayoutVersion":"1.0.0"}"#)?;
        let size = archive.finish()?;
        Ok(Exported { id, manifest: digest, size })
    }

    fn index(&self, manifest: &Digest, size: usize) -> Result<String, ImageError> {
        let config: pasu_model::ImageConfig = serde_json::from_slice(self.config)
            .map_err(|error| ImageError::malformed("the image's configuration", error))?;
        let mut platform = json!({ "architecture": config.architecture, "os": config.os });
        if !config.variant.is_empty() {
            platform["variant"] = config.variant.into();
        }
        let descriptor = json!({
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "digest": manifest.as_str(), "size": size, "platform": platform,
        });
        let named = |tag: &String| {
            let mut descriptor = descriptor.clone();
            let short = tag.rsplit_once(':').map_or("latest", |(_, tag)| tag);
            descriptor["annotations"] = json!({
                "io.containerd.image.name": tag, "org.opencontainers.image.ref.name": short,
            });
            descriptor
        };
        let mut manifests: Vec<serde_json::Value> = self.tags.iter().map(named).collect();
        if manifests.is_empty() {
            manifests.push(descriptor.clone());
        }
        let index = json!({
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.index.v1+json",
            "manifests": manifests,
        });
        Ok(index.to_string())
    }
}

fn blob_path(digest: &Digest) -> String {
    format!("blobs/sha256/{}", digest.hex())
}

/// A blob that was written.
struct Written {
    digest: Digest,
    size: u64,
    compression: Compression,
}

impl Written {
    fn media_type(&self) -> &'static str {
        match self.compression {
            Compression::None => "application/vnd.oci.image.layer.v1.tar",
            Compression::Gzip => "application/vnd.oci.image.layer.v1.tar+gzip",
            Compression::Zstd => "application/vnd.oci.image.layer.v1.tar+zstd",
        }
    }
}

/// The archive while it is written.
struct Archive<'a> {
    file: &'a File,
    path: &'a Path,
    /// Blobs that are in it already.
    names: HashSet<String>,
    stop: Option<&'a AtomicBool>,
}

impl Archive<'_> {
    fn error(&self, error: io::Error) -> ImageError {
        ImageError::File { path: self.path.to_path_buf(), source: error }
    }

    fn folders(&mut self) -> Result<(), ImageError> {
        for path in ["blobs/", "blobs/sha256/"] {
            let entry = header(path.as_bytes(), EntryType::Directory, 0o755, 0);
            write_header(&mut &*self.file, &entry).map_err(|error| self.error(error))?;
        }
        Ok(())
    }

    /// A file whose bytes are at hand.
    fn bytes(&mut self, path: &str, bytes: &[u8]) -> Result<(), ImageError> {
        if !self.names.insert(path.to_owned()) {
            return Ok(());
        }
        let size = bytes.len() as u64;
        let entry = header(path.as_bytes(), EntryType::Regular, 0o644, size);
        let mut to = self.file;
        write_header(&mut to, &entry)
            .and_then(|()| to.write_all(bytes))
            .and_then(|()| pad(&mut to, size))
            .map_err(|error| self.error(error))
    }

    /// Copies a layer. Its name and size are known only afterwards, so its header is written last, in the place kept for
    /// it.
    fn layer(&mut self, layer: &Layer, place: &str) -> Result<Written, ImageError> {
        let raw: Box<dyn Read + Send> = match &layer.content {
            Content::Region(region) => Box::new(region.reader()),
            Content::Stream(blob) => blob.open()?,
            Content::Folder(_) | Content::Scanned(_) => {
                return Err(ImageError::Unsupported {
                    place: place.to_owned(),
                    problem: "its archive cannot be read again; hint: patch the image from a registry, or save it \
                              into a file and use --input FILE"
                        .to_owned(),
                });
            }
        };
        let start = (&*self.file).stream_position().map_err(|error| self.error(error))?;
        let mut to = self.file;
        to.write_all(&[0; 512]).map_err(|error| self.error(error))?;
        let written = copy(raw, self.file, self.stop, layer, place, self.path)?;
        let path = blob_path(&written.digest);
        if !self.names.insert(path.clone()) {
            self.file.set_len(start).map_err(|error| self.error(error))?;
            to.seek(SeekFrom::Start(start)).map_err(|error| self.error(error))?;
            return Ok(written);
        }
        let entry = header(path.as_bytes(), EntryType::Regular, 0o644, written.size);
        pad(&mut to, written.size)
            .and_then(|()| to.seek(SeekFrom::Start(start)))
            .and_then(|_| write_header(&mut to, &entry))
            .and_then(|()| to.seek(SeekFrom::End(0)))
            .map_err(|error| self.error(error))?;
        Ok(written)
    }

    fn finish(&mut self) -> Result<u64, ImageError> {
        let mut to = self.file;
        finish(&mut to).and_then(|()| to.stream_position()).map_err(|error| self.error(error))
    }
}

/// Times are not told: the archive's bytes follow from the image alone.
fn header(path: &[u8], kind: EntryType, mode: u32, size: u64) -> TarEntry<'_> {
    TarEntry { path, link: b"", kind, mode, uid: 0, gid: 0, size, modified: 0, xattrs: &[] }
}

/// Copies a blob while both its stored and its unpacked bytes are hashed.
fn copy(
    raw: Box<dyn Read + Send>,
    file: &File,
    stop: Option<&AtomicBool>,
    layer: &Layer,
    place: &str,
    path: &Path,
) -> Result<Written, ImageError> {
    let mut head = [0; 4];
    let mut raw = raw;
    let mut seen = 0;
    while seen < head.len() {
        match raw.read(&mut head[seen..]).map_err(|error| ImageError::malformed(place, error))? {
            0 => break,
            read => seen += read,
        }
    }
    let compression = Compression::of(&head[..seen]);
    let whole = Box::new(io::Cursor::new(head[..seen].to_vec()).chain(raw));
    let failure = std::sync::Mutex::new(None);
    let tee = Tee { inner: HashingReader::new(whole), file, stop, failure: &failure };
    let shared = std::sync::Mutex::new(tee);
    let unpacked =
        decode(Box::new(Shared(&shared))).and_then(|reader| HashingReader::new(reader).finish());
    let (digest, size) = match unpacked.and_then(|(diff_id, _)| {
        let mut tee = shared.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        // What a decoder left unread belongs to the blob, too.
        io::copy(&mut tee, &mut io::sink())?;
        let (digest, size) = tee.inner.finish()?;
        Ok((diff_id, digest, size))
    }) {
        Ok((diff_id, digest, size)) => {
            mismatch(place, &layer.diff_id, &diff_id)?;
            if let Some(expected) = &layer.digest {
                mismatch(place, expected, &digest)?;
            }
            (digest, size)
        }
        Err(error) => {
            let failed = failure.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
            return Err(match failed {
                Some(source) => ImageError::File { path: path.to_path_buf(), source },
                None => ImageError::malformed(place, error),
            });
        }
    };
    Ok(Written { digest, size, compression })
}

fn mismatch(place: &str, expected: &Digest, actual: &Digest) -> Result<(), ImageError> {
    if expected == actual {
        return Ok(());
    }
    Err(ImageError::DigestMismatch {
        place: place.to_owned(),
        expected: expected.to_string(),
        actual: actual.to_string(),
    })
}

/// Writes into the archive what is read through it.
struct Tee<'a> {
    inner: HashingReader<Box<dyn Read + Send + 'a>>,
    file: &'a File,
    stop: Option<&'a AtomicBool>,
    /// Why writing failed, to be told from what reading says.
    failure: &'a std::sync::Mutex<Option<io::Error>>,
}

impl Read for Tee<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let stopped = self.stop.is_some_and(|stop| stop.load(Ordering::Relaxed));
        let read = self.inner.read(buffer)?;
        let written = if stopped {
            Err(io::Error::new(io::ErrorKind::TimedOut, "stopped"))
        } else {
            self.file.write_all(&buffer[..read])
        };
        written.map(|()| read).map_err(|error| {
            let kind = error.kind();
            let mut failure =
                self.failure.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            *failure = Some(error);
            io::Error::new(kind, "the archive could not be written")
        })
    }
}

/// A reader that is looked at again once the decoder is done with it.
struct Shared<'a, R>(&'a std::sync::Mutex<R>);

impl<R: Read> Read for Shared<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).read(buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::{Export, NewLayer};
    use crate::ImageError;
    use crate::digest::Digest;
    use crate::image::{Blob, Content, Image, Layer};
    use crate::layer::{NoGather, Region};
    use crate::source::{SourceOptions, open_input};
    use std::io::{Read, Write};
    use std::path::Path;
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;

    struct Bytes(Vec<u8>);

    impl Blob for Bytes {
        fn open(&self) -> Result<Box<dyn Read + Send>, ImageError> {
            Ok(Box::new(std::io::Cursor::new(self.0.clone())))
        }

        fn size(&self) -> Option<u64> {
            None
        }

        fn place(&self) -> String {
            "bytes".to_owned()
        }
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    /// A layer from a blob, of which only the unpacked digest is known.
    fn layer(plain: &[u8], stored: Vec<u8>) -> Layer {
        let content = Content::Stream(Arc::new(Bytes(stored)));
        Layer { digest: None, diff_id: Digest::of(plain), content }
    }

    fn export(
        layers: &[Layer],
        path: &Path,
        stop: Option<&AtomicBool>,
    ) -> Result<super::Exported, ImageError> {
        let diff_ids: Vec<String> = layers.iter().map(|layer| layer.diff_id.to_string()).collect();
        let config = serde_json::json!({
            "architecture": "amd64", "os": "linux", "rootfs": { "type": "layers", "diff_ids": diff_ids },
        });
        let config = config.to_string().into_bytes();
        let tags = ["x:1".to_owned()];
        Export { layers, config: &config, tags: &tags, stop }.write(path)
    }

    #[test]
    fn what_is_written_is_an_image_again_and_always_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let (empty, other) = (vec![0; 1024], vec![0; 2048]);
        let file = folder.path().join("new");
        std::fs::write(&file, gzip(&other)).unwrap();
        let file = Arc::new(std::fs::File::open(&file).unwrap());
        let length = file.metadata().unwrap().len();
        let new = NewLayer {
            digest: Digest::of(&gzip(&other)),
            diff_id: Digest::of(&other),
            size: 2048,
            blob: Region::new(file, 0, length),
        };
        let layers = || {
            vec![
                layer(&empty, gzip(&empty)),
                layer(&empty, empty.clone()),
                layer(&empty, gzip(&empty)),
                new.to_layer(),
            ]
        };
        let (one, two) = (folder.path().join("one.tar"), folder.path().join("two.tar"));
        let exported = export(&layers(), &one, None).unwrap();
        assert_eq!(export(&layers(), &two, None).unwrap(), exported);
        assert_eq!(std::fs::read(&one).unwrap(), std::fs::read(&two).unwrap());
        let image: Image = open_input(&one, None, &SourceOptions::default(), &NoGather).unwrap();
        assert_eq!((image.id.clone(), image.layers.len()), (exported.id, 4));
        assert_eq!(image.repo_tags, ["x:1"]);
        assert_eq!(image.diff_ids().unwrap()[3], new.diff_id);
        // The layer that is there twice is stored once.
        let listed = std::process::Command::new("tar").arg("-tf").arg(&one).output().unwrap();
        assert_eq!(String::from_utf8(listed.stdout).unwrap().lines().count(), 10);
    }

    #[test]
    fn nothing_is_left_where_it_fails() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.tar");
        std::fs::write(&path, "before").unwrap();
        let plain = vec![0; 1024];
        let wrong = layer(&[1; 1024], gzip(&plain));
        let error = export(&[wrong], &path, None).unwrap_err();
        assert!(matches!(error, ImageError::DigestMismatch { .. }), "{error}");
        let cut = layer(&plain, gzip(&plain)[..12].to_vec());
        assert!(matches!(export(&[cut], &path, None), Err(ImageError::Malformed { .. })));
        let gone = Layer {
            digest: None,
            diff_id: Digest::of(&plain),
            content: Content::Folder(crate::image::Folder {
                path: "/nonexistent".into(),
                owners: None,
            }),
        };
        assert!(matches!(export(&[gone], &path, None), Err(ImageError::Unsupported { .. })));
        let stop = AtomicBool::new(true);
        let stopped = export(&[layer(&plain, plain.clone())], &path, Some(&stop));
        assert!(matches!(stopped, Err(ImageError::File { .. })));
        assert_eq!(std::fs::read(&path).unwrap(), b"before");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
