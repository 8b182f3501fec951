//! The archives that the image itself is configured for, or a mirror of them.

use super::keys::{Keys, NotSigned, Signed, refused};
use super::release::{self, Listed, MAX_INDEX, MAX_RELEASE, Release};
use super::sources::{self, Source};
use super::{Available, Fetch, MAX_PACKAGE, Packages, Place};
use crate::digest::{Digest, Hasher};
use crate::error::ImageError;
use crate::layer::Region;
use pasu_system::System;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How an archive is asked.
pub struct MirrorOptions<'a> {
    /// The image.
    pub system: &'a dyn System,
    /// The machine we run on, whose `gpgv` is asked.
    pub host: &'a dyn System,
    /// The client.
    pub fetch: &'a dyn Fetch,
    /// The image's architecture, as dpkg calls it.
    pub architecture: &'a str,
    /// Mirrors to ask instead of the addresses that the image has.
    pub mirrors: &'a [String],
    /// Key files of this machine, for images without keys.
    pub keyrings: &'a [PathBuf],
    /// Take archives whose signature cannot be checked.
    pub allow_unsigned: bool,
    /// A folder for what is downloaded; nothing stays in it.
    pub scratch: &'a Path,
}

/// The archives, with what they have of the image's packages.
pub struct Mirror<'a> {
    options: MirrorOptions<'a>,
    packages: BTreeMap<String, Vec<Available>>,
    /// What was downloaded, by URL.
    files: RefCell<HashMap<String, Region>>,
    /// Suites that are not there, or not for this architecture.
    pub missing: Vec<String>,
}

impl<'a> Mirror<'a> {
    /// Reads the indexes of every suite.
    ///
    /// # Errors
    ///
    /// An archive that cannot be reached, whose signature is not good, or no archive at all.
    pub fn open(options: MirrorOptions<'a>) -> Result<Self, ImageError> {
        let sources = sources(&options);
        if sources.is_empty() {
            return Err(ImageError::Unsupported {
                place: "the image".to_owned(),
                problem:
                    "it names no archive of packages; hint: --mirror URL, or --offline-packages DIR"
                        .to_owned(),
            });
        }
        let mut mirror = Self {
            options,
            packages: BTreeMap::new(),
            files: RefCell::default(),
            missing: Vec::new(),
        };
        let wanted = release::installed(mirror.options.system);
        let mut found = 0;
        for source in sources {
            match mirror.suite(&source, &wanted) {
                Ok(()) => found += 1,
                Err(ImageError::NotFound { .. }) => mirror.missing.push(source.base()),
                Err(error) => return Err(error),
            }
        }
        if found == 0 {
            return Err(ImageError::NotFound {
                reference: mirror.missing.join(", "),
                looked: "; the release may have left the mirrors, hint: --mirror http://archive.debian.org/debian"
                    .to_owned(),
            });
        }
        Ok(mirror)
    }

    fn suite(&mut self, source: &Source, wanted: &BTreeSet<String>) -> Result<(), ImageError> {
        let base = source.base();
        let release = self.release(source, &base)?;
        let files = release.files();
        let folders: Vec<String> = match source.components.as_slice() {
            [] => vec![String::new()],
            components => components
                .iter()
                .map(|component| format!("{component}/binary-{}/", self.options.architecture))
                .collect(),
        };
        for folder in folders {
            let names = ["Packages.xz", "Packages.gz", "Packages"];
            let mut listed = names.iter().filter_map(|name| {
                let path = format!("{folder}{name}");
                files.iter().find(|file| file.path == path)
            });
            let Some(listed) = listed.next() else {
                self.missing.push(format!("{base}/{folder}"));
                continue;
            };
            self.index(source, &base, &release, listed, wanted)?;
        }
        Ok(())
    }

    /// Reads and checks `Release`.
    fn release(&self, source: &Source, base: &str) -> Result<Release, ImageError> {
        let keys = self.keys(source);
        let (host, scratch) = (self.options.host, self.options.scratch);
        let url = format!("{base}/Release");
        let (release, text, place) = match (self.small(&url), self.small(&format!("{url}.gpg"))) {
            (Ok(text), Ok(signature)) => {
                let signed = Signed::Detached(&text, &signature);
                (Release::check(host, &keys, &signed, scratch), text, url)
            }
            (Err(ImageError::NotFound { .. }), _) | (_, Err(ImageError::NotFound { .. })) => {
                let url = format!("{base}/InRelease");
                let bytes = self.small(&url)?;
                let checked = Release::check(host, &keys, &Signed::Inline(&bytes), scratch);
                (checked, release::inline_text(&bytes), url)
            }
            (Err(error), _) | (_, Err(error)) => return Err(error),
        };
        match release {
            Ok(release) => Ok(release),
            // An index that was changed is never taken.
            Err(NotSigned::Unknown(_)) if self.options.allow_unsigned => {
                Ok(Release::new(&text, None))
            }
            Err(why) => Err(refused(&place, &why)),
        }
    }

    /// The keys that may sign a suite: those that its source names, else all of the image; always those that were given.
    fn keys(&self, source: &Source) -> Keys {
        let system = self.options.system;
        let mut keys = Keys::default();
        match &source.signed_by {
            Some(named) if named.contains("BEGIN PGP") => keys.add(named.as_bytes()),
            Some(named) => {
                for path in named.split([' ', ',', '\n']).filter(|path| path.starts_with('/')) {
                    keys.add_file(system, Path::new(path));
                }
            }
            None => keys = Keys::of_image(system),
        }
        for path in self.options.keyrings {
            if let Ok(bytes) = std::fs::read(path) {
                keys.add(&bytes);
            }
        }
        keys
    }

    fn index(
        &mut self,
        source: &Source,
        base: &str,
        release: &Release,
        listed: &Listed,
        wanted: &BTreeSet<String>,
    ) -> Result<(), ImageError> {
        let url = self.index_url(base, release, listed);
        if listed.size > MAX_INDEX {
            let problem = format!("an index of {} bytes, limit {MAX_INDEX}", listed.size);
            return Err(ImageError::Limit { place: url, problem });
        }
        let file = self.download(&url, &listed.digest, listed.size)?;
        let verified = release.verified(&format!("{base}/Release"));
        let root = if source.components.is_empty() { base } else { &source.uri };
        let mut found: Vec<Available> = Vec::new();
        let read = release::packages(file.reader(), &|name| wanted.contains(name), |fields| {
            found.extend(release::available(fields, root, verified.clone()));
        });
        read.map_err(|error| ImageError::malformed(&url, error))?;
        for available in found {
            let name = available.fields.text("Package").to_owned();
            self.packages.entry(name).or_default().push(available);
        }
        Ok(())
    }

    /// By its checksum, where the archive offers that: a mirror that is being updated then has both the old and the new.
    fn index_url(&self, base: &str, release: &Release, listed: &Listed) -> String {
        let folder = listed.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        match release.fields.get("Acquire-By-Hash") {
            Some("yes") => format!("{base}/{folder}/by-hash/SHA256/{}", listed.digest.hex()),
            _ => format!("{base}/{}", listed.path),
        }
    }

    fn small(&self, url: &str) -> Result<Vec<u8>, ImageError> {
        let mut bytes = Vec::new();
        let mut reader = self.options.fetch.get(url, MAX_RELEASE)?.take(MAX_RELEASE);
        reader.read_to_end(&mut bytes).map_err(|error| unreachable(url, &error))?;
        Ok(bytes)
    }

    /// Downloads a file whose checksum is known.
    fn download(&self, url: &str, digest: &Digest, size: u64) -> Result<Region, ImageError> {
        let scratch = self.options.scratch;
        let mut file = tempfile::tempfile_in(scratch).map_err(ImageError::file(scratch))?;
        let mut reader = self.options.fetch.get(url, size)?.take(size + 1);
        let mut hasher = Hasher::default();
        let mut buffer = vec![0; 128 << 10];
        let mut length = 0;
        loop {
            let read = reader.read(&mut buffer).map_err(|error| unreachable(url, &error))?;
            if read == 0 {
                break;
            }
            hasher.update(&buffer[..read]);
            length += read as u64;
            file.write_all(&buffer[..read]).map_err(ImageError::file(scratch))?;
        }
        let actual = hasher.finish();
        if actual != *digest || length != size {
            return Err(ImageError::DigestMismatch {
                place: url.to_owned(),
                expected: digest.to_string(),
                actual: actual.to_string(),
            });
        }
        Ok(Region::new(Arc::new(file), 0, length))
    }
}

fn unreachable(url: &str, error: &std::io::Error) -> ImageError {
    ImageError::Unreachable { place: url.to_owned(), problem: error.to_string() }
}

/// The suites to read: those of the image, else of its release; at the mirrors where some are named.
fn sources(options: &MirrorOptions<'_>) -> Vec<Source> {
    let mut sources = sources::read(options.system, options.architecture);
    if sources.is_empty() {
        sources = sources::by_release(options.system, options.architecture);
    }
    if options.mirrors.is_empty() {
        return sources;
    }
    let mut moved = Vec::new();
    for source in sources {
        for mirror in options.mirrors {
            let uri = mirror.trim_end_matches('/').to_owned();
            let signed_by = source.signed_by.clone();
            let moved_source = Source { uri, signed_by, ..source.clone() };
            if !moved.contains(&moved_source) {
                moved.push(moved_source);
            }
        }
    }
    moved
}

impl Packages for Mirror<'_> {
    fn versions(&self, name: &str) -> Vec<&Available> {
        self.packages.get(name).map(|found| found.iter().collect()).unwrap_or_default()
    }

    fn open(&self, package: &Available) -> Result<Box<dyn Read>, ImageError> {
        let Place::Url(url) = &package.place else {
            return Err(ImageError::Unsupported {
                place: format!("{:?}", package.place),
                problem: "not on the mirror".to_owned(),
            });
        };
        if let Some(file) = self.files.borrow().get(url) {
            return Ok(Box::new(file.reader()));
        }
        let size = package.fields.text("Size").parse().unwrap_or(0);
        let digest = release::digest(&package.fields);
        let Some(digest) = digest.filter(|_| size > 0 && size <= MAX_PACKAGE) else {
            return Err(ImageError::malformed(url, "its index has no checksum or size of it"));
        };
        let file = self.download(url, &digest, size)?;
        self.files.borrow_mut().insert(url.clone(), file.clone());
        Ok(Box::new(file.reader()))
    }
}
