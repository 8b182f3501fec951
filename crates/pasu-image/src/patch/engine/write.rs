//! Writes what was built: its layers as the engine hands them out, under the configuration that the image had, with
//! nothing changed in it but what was meant. So everything else stays exactly as it was, whatever a builder makes of it.

use super::session::Session;
use super::stop::Stop;
use super::stream::{Counted, Handed, Pipe, message};
use crate::digest::Digest;
use crate::error::ImageError;
use crate::image::{Image, MAX_DOCUMENT};
use crate::patch::config::{ConfigChange, change};
use crate::patch::tar::{TarEntry, finish, write_content, write_header};
use crate::source::engine::Engine;
use bollard::query_parameters::ImportImageOptionsBuilder;
use futures_util::StreamExt;
use pasu_system::OutputFile;
use serde::Deserialize;
use serde_json::json;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tar::EntryType;
use tokio::sync::mpsc;

/// How long an engine may take to inspect or remove something.
const OTHER: Duration = Duration::from_secs(120);

/// How long it may take to hand out or take an image.
const WHOLE: Duration = Duration::from_secs(60 * 60);

/// How much is read and written at a time.
const CHUNK: usize = 256 << 10;

/// The layer in which nothing is: an empty archive. A container that never ran leaves it.
const EMPTY: &str = "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef";

/// What changes in the configuration.
#[derive(Debug, Clone, Copy)]
pub struct Changes<'a> {
    /// Seconds since 1970.
    pub created: i64,
    /// What the history says of the new layers.
    pub created_by: &'a str,
    /// Labels to set.
    pub labels: &'a [(String, String)],
    /// The user to run as, if another than before.
    pub user: Option<&'a str>,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Digest of the configuration: the image's ID.
    pub id: Digest,
    /// Bytes of the archive.
    pub size: u64,
}

/// An archive that is written and not at its path yet; it is gone where it does not get there.
pub struct Pending {
    /// What was written.
    pub written: Written,
    output: OutputFile,
    path: PathBuf,
}

impl Pending {
    /// Where it is for now.
    #[must_use]
    pub fn place(&self) -> PathBuf {
        self.output.place()
    }

    /// Moves it to its path.
    ///
    /// # Errors
    ///
    /// The file system does not take it there.
    pub fn finish(self) -> Result<Written, ImageError> {
        let Self { written, output, path } = self;
        output.finish().map_err(ImageError::file(&path))?;
        Ok(written)
    }
}

impl Session<'_> {
    /// Writes an image that was built on `original`, or `original` itself, into an archive for `docker load` that is
    /// not at its path yet.
    ///
    /// # Errors
    ///
    /// The engine stops in the middle, the disk is full, somebody interrupts.
    pub fn export(
        &self,
        original: &Image,
        built: &str,
        changes: Option<Changes<'_>>,
        tags: &[String],
        path: &Path,
    ) -> Result<Pending, ImageError> {
        let assembly = self.assembly(original, built, changes, tags)?;
        let file = |error| ImageError::File { path: path.to_path_buf(), source: error };
        let output = OutputFile::create(path).map_err(file)?;
        let sink = BufWriter::with_capacity(CHUNK, output.file());
        let (written, sink) = assembly.write(sink, file)?;
        sink.into_inner().map_err(|error| file(error.into_error()))?;
        output.file().sync_all().map_err(file)?;
        Ok(Pending { written, output, path: path.to_path_buf() })
    }

    /// Hands the same to the engine, as an image of its own. It goes with the session unless it is kept.
    ///
    /// # Errors
    ///
    /// As [`Self::export`], and where the engine does not take it.
    pub fn load(
        &self,
        original: &Image,
        built: &str,
        changes: Option<Changes<'_>>,
        tags: &[String],
    ) -> Result<Written, ImageError> {
        let assembly = self.assembly(original, built, changes, tags)?;
        let id = Digest::of(&assembly.config).to_string();
        let (sender, mut receiver) = mpsc::channel::<io::Result<Vec<u8>>>(4);
        let pieces = futures_util::stream::poll_fn(move |context| receiver.poll_recv(context))
            .map(|piece| piece.map(Into::into));
        let options = ImportImageOptionsBuilder::default().quiet(true).build();
        let client = self.engine.client();
        let is_new = self.ask(OTHER, &id, client.inspect_image(&id)).is_err();
        if is_new {
            self.passing(&id);
        }
        let (written, taken) = std::thread::scope(|scope| {
            let writing = scope.spawn(move || {
                let sink = Pipe { sender: sender.clone() };
                let sink = BufWriter::with_capacity(CHUNK, sink);
                let place = |error| ImageError::Unreachable {
                    place: "load".to_owned(),
                    problem: format!("the engine takes no more: {error}"),
                };
                let written = assembly.write(sink, place);
                if written.is_err() {
                    // An archive that ends early must not look whole.
                    let _ = sender.blocking_send(Err(io::Error::other("stopped")));
                }
                written.map(|(written, _)| written)
            });
            let taken = self.ask(WHOLE, "load", async {
                let mut answers = Box::pin(client.import_image_stream(options, pieces, None));
                while let Some(answer) = message(&mut answers).await {
                    if let Some(message) = answer?.error_detail.and_then(|detail| detail.message) {
                        return Err(bollard::errors::Error::DockerStreamError { error: message });
                    }
                }
                Ok(())
            });
            let written = writing.join().unwrap_or_else(|_| {
                Err(ImageError::malformed("load", "the writing thread failed"))
            });
            (written, taken)
        });
        match (written, taken) {
            (Ok(written), Ok(())) => {
                self.ask(OTHER, &id, client.inspect_image(&id))?;
                Ok(written)
            }
            // The engine's own word is the cause, where there is one, of what broke off.
            (_, Err(error)) if !matches!(error, ImageError::Limit { .. }) => Err(error),
            (Err(error), _) | (_, Err(error)) => Err(error),
        }
    }

    /// Bytes of an image's files, as the engine counts them.
    ///
    /// # Errors
    ///
    /// The engine does not answer, or has no such image.
    pub fn size(&self, image: &str) -> Result<u64, ImageError> {
        let inspected = self.ask(OTHER, image, self.engine.client().inspect_image(image))?;
        Ok(inspected.size.and_then(|size| u64::try_from(size).ok()).unwrap_or_default())
    }

    fn assembly<'a>(
        &'a self,
        original: &Image,
        built: &str,
        changes: Option<Changes<'_>>,
        tags: &'a [String],
    ) -> Result<Assembly<'a>, ImageError> {
        let client = self.engine.client();
        let inspected = self.ask(OTHER, built, client.inspect_image(built))?;
        let layers = inspected.root_fs.and_then(|root| root.layers).unwrap_or_default();
        let old = &original.config.rootfs.diff_ids;
        let Some(new) = layers.strip_prefix(&old[..]) else {
            let problem = format!("it is not built on the layers of {}", original.name);
            return Err(ImageError::malformed(built, problem));
        };
        let dropped: BTreeSet<usize> = (old.len()..layers.len())
            .filter(|index| layers.get(*index).is_some_and(|layer| layer == EMPTY))
            .collect();
        let parse = |text: &String| {
            Digest::parse(text).map_err(|error| ImageError::malformed(built, error))
        };
        let diff_ids: Vec<Digest> =
            new.iter().filter(|layer| *layer != EMPTY).map(parse).collect::<Result<_, _>>()?;
        let config = match changes {
            None => original.raw_config.clone(),
            Some(changes) => {
                let created_by = vec![changes.created_by.to_owned(); diff_ids.len()];
                let changed = ConfigChange {
                    created: changes.created,
                    created_by: &created_by,
                    diff_ids: &diff_ids,
                    labels: changes.labels,
                    user: changes.user,
                };
                change(&original.raw_config, &changed)?
            }
        };
        let stop = &*self.options.stop;
        Ok(Assembly {
            engine: self.engine,
            stop,
            built: built.to_owned(),
            count: layers.len(),
            dropped,
            config,
            tags,
        })
    }
}

/// What is put together.
struct Assembly<'a> {
    engine: &'a Engine,
    stop: &'a Stop,
    built: String,
    /// Layers of what was built.
    count: usize,
    /// Those that are left out.
    dropped: BTreeSet<usize>,
    config: Vec<u8>,
    tags: &'a [String],
}

/// One image in `manifest.json`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Saved {
    layers: Vec<String>,
}

/// What is known of the engine's archive when it is read.
#[derive(Default)]
struct Seen {
    manifest: Option<Vec<u8>>,
    /// Layers that are links to others with the same content.
    links: BTreeMap<String, String>,
    written: BTreeSet<String>,
}

impl Assembly<'_> {
    /// Writes the archive; `said` tells of the sink's errors.
    fn write<W: Write>(
        &self,
        sink: W,
        said: impl Fn(io::Error) -> ImageError,
    ) -> Result<(Written, W), ImageError> {
        let mut sink = Counted { sink, count: 0 };
        let failure = RefCell::new(None);
        let client = self.engine.client();
        let stream = Box::pin(client.export_image(&self.built));
        let reader = Handed {
            engine: self.engine,
            stop: self.stop,
            stream,
            piece: Vec::new(),
            at: 0,
            failure: &failure,
        };
        let result = self.copy(reader, &mut sink);
        if let Some(error) = failure.take() {
            return Err(error);
        }
        let seen = result.map_err(|error| match error {
            Broken::Read(error) => ImageError::malformed("the engine's archive", error),
            Broken::Write(error) => said(error),
        })?;
        let layers = self.layers(&seen)?;
        let id = Digest::of(&self.config);
        let name = format!("{}.json", id.hex());
        let manifest = json!([{ "Config": name, "RepoTags": self.tags, "Layers": layers }]);
        let manifest = manifest.to_string();
        let end = document(&mut sink, &name, &self.config)
            .and_then(|()| document(&mut sink, "manifest.json", manifest.as_bytes()))
            .and_then(|()| finish(&mut sink))
            .and_then(|()| sink.flush());
        end.map_err(said)?;
        Ok((Written { id, size: sink.count }, sink.sink))
    }

    /// Copies the layers; manifests and configurations are not taken over.
    fn copy(&self, reader: impl Read, sink: &mut impl Write) -> Result<Seen, Broken> {
        let mut archive = tar::Archive::new(reader);
        let mut seen = Seen::default();
        for entry in archive.entries().map_err(Broken::Read)? {
            let mut entry = entry.map_err(Broken::Read)?;
            let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            let path = path.trim_start_matches("./").to_owned();
            let size = entry.size();
            match entry.header().entry_type() {
                EntryType::Symlink => {
                    let target = entry.link_name_bytes().unwrap_or_default();
                    let target = String::from_utf8_lossy(&target).into_owned();
                    seen.links.insert(path.clone(), beside(&path, &target));
                }
                EntryType::Regular if path == "manifest.json" => {
                    let mut bytes = Vec::new();
                    entry
                        .by_ref()
                        .take(MAX_DOCUMENT)
                        .read_to_end(&mut bytes)
                        .map_err(Broken::Read)?;
                    seen.manifest = Some(bytes);
                }
                EntryType::Regular if is_layer(&path) => {
                    let mut head = Vec::new();
                    if path.starts_with("blobs/") && size <= MAX_DOCUMENT {
                        entry.by_ref().read_to_end(&mut head).map_err(Broken::Read)?;
                        if serde_json::from_slice::<serde::de::IgnoredAny>(&head).is_ok() {
                            continue;
                        }
                    }
                    let rest = size - head.len() as u64;
                    header(sink, &path, size).map_err(Broken::Write)?;
                    sink.write_all(&head).map_err(Broken::Write)?;
                    copy(&mut entry, sink, rest)?;
                    crate::patch::tar::pad(sink, size).map_err(Broken::Write)?;
                    seen.written.insert(path);
                }
                _ => {}
            }
        }
        Ok(seen)
    }

    /// Where the layers that are wanted lie, the lowest first.
    fn layers(&self, seen: &Seen) -> Result<Vec<String>, ImageError> {
        let wrong = |problem: String| ImageError::malformed("the engine's archive", problem);
        let manifest = seen.manifest.as_ref().ok_or_else(|| wrong("no manifest.json".into()))?;
        let mut images: Vec<Saved> =
            serde_json::from_slice(manifest).map_err(|error| wrong(error.to_string()))?;
        let [image] = &mut images[..] else {
            return Err(wrong(format!("{} images, expected one", images.len())));
        };
        if image.layers.len() != self.count {
            return Err(wrong(format!("{} layers, expected {}", image.layers.len(), self.count)));
        }
        let mut layers = Vec::new();
        for (index, layer) in image.layers.drain(..).enumerate() {
            if self.dropped.contains(&index) {
                continue;
            }
            let path = seen.links.get(&layer).unwrap_or(&layer);
            if !seen.written.contains(path) {
                return Err(wrong(format!("{path} is missing")));
            }
            layers.push(path.clone());
        }
        Ok(layers)
    }
}

/// On which side copying broke off.
enum Broken {
    Read(io::Error),
    Write(io::Error),
}

fn is_layer(path: &str) -> bool {
    path.ends_with("/layer.tar") || path.starts_with("blobs/sha256/")
}

/// What a relative link in an archive names.
fn beside(path: &str, target: &str) -> String {
    let mut parts: Vec<&str> = path.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            ".." => drop(parts.pop()),
            "." | "" => {}
            part => parts.push(part),
        }
    }
    parts.join("/")
}

fn copy(from: &mut impl Read, to: &mut impl Write, mut left: u64) -> Result<(), Broken> {
    let mut buffer = vec![0; CHUNK];
    while left > 0 {
        let want = usize::try_from(left).unwrap_or(CHUNK).min(CHUNK);
        let count = from.read(&mut buffer[..want]).map_err(Broken::Read)?;
        if count == 0 {
            return Err(Broken::Read(io::ErrorKind::UnexpectedEof.into()));
        }
        to.write_all(&buffer[..count]).map_err(Broken::Write)?;
        left -= count as u64;
    }
    Ok(())
}

fn header(sink: &mut impl Write, path: &str, size: u64) -> io::Result<()> {
    let entry = TarEntry {
        path: path.as_bytes(),
        link: b"",
        kind: EntryType::Regular,
        mode: 0o644,
        uid: 0,
        gid: 0,
        size,
        modified: 0,
        xattrs: &[],
    };
    write_header(sink, &entry)
}

fn document(sink: &mut impl Write, path: &str, bytes: &[u8]) -> io::Result<()> {
    header(sink, path, bytes.len() as u64)?;
    write_content(sink, &mut &*bytes, bytes.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::beside;

    #[test]
    fn links_of_layers_are_followed_inside_the_archive() {
        assert_eq!(beside("a/layer.tar", "../b/layer.tar"), "b/layer.tar");
        assert_eq!(beside("a/layer.tar", "./c"), "a/c");
        assert_eq!(beside("x", "../../y"), "y");
    }
}
