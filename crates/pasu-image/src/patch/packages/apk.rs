//! Alpine's repositories: `APKINDEX.tar.gz`, signed by a key of the image; the index has the checksum of each package's
//! control, and the control that of its files.

use super::keys::NotSigned;
use super::rsa::RsaKeys;
use super::{Available, Fetch, MAX_PACKAGE, Packages, Place, Verified};
use crate::error::ImageError;
use crate::layer::Region;
use crate::patch::layer::{Members, Stanza, members, stanza, translated};
use pasu_system::System;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Bytes of an index as stored.
const MAX_INDEX: u64 = 64 << 20;
/// Bytes of a file of the image.
const MAX_FILE: u64 = 256 << 20;

/// How repositories are asked.
pub struct ApkMirrorOptions<'a> {
    /// The image.
    pub system: &'a dyn System,
    /// The client.
    pub fetch: &'a dyn Fetch,
    /// Mirrors to ask instead of the addresses that the image has: what is before `v3.20/main`.
    pub mirrors: &'a [String],
    /// Key files of this machine.
    pub keys: &'a [PathBuf],
    /// Take repositories whose signature cannot be checked.
    pub allow_unsigned: bool,
    /// A folder for what is downloaded; nothing stays in it.
    pub scratch: &'a Path,
}

/// The repositories, with what they have of the image's packages.
pub struct ApkMirror<'a> {
    options: ApkMirrorOptions<'a>,
    packages: BTreeMap<String, Vec<Available>>,
    files: RefCell<HashMap<String, Region>>,
}

impl<'a> ApkMirror<'a> {
    /// Reads the indexes of every repository.
    ///
    /// # Errors
    ///
    /// A repository that cannot be reached, whose signature is not good, or no repository at all.
    pub fn open(options: ApkMirrorOptions<'a>) -> Result<Self, ImageError> {
        let keys = RsaKeys::read(options.system, options.keys);
        let repositories = repositories(&options);
        let architecture = text(options.system, "/etc/apk/arch").trim().to_owned();
        if repositories.is_empty() || architecture.is_empty() {
            return Err(ImageError::Unsupported {
                place: "/etc/apk/repositories".to_owned(),
                problem: "the image names no repository of packages; hint: --offline-packages DIR"
                    .to_owned(),
            });
        }
        let wanted = installed(options.system);
        let mut mirror = Self { options, packages: BTreeMap::new(), files: RefCell::default() };
        for repository in repositories {
            mirror.repository(&format!("{repository}/{architecture}"), &keys, &wanted)?;
        }
        Ok(mirror)
    }

    fn repository(
        &mut self,
        base: &str,
        keys: &RsaKeys,
        wanted: &BTreeSet<String>,
    ) -> Result<(), ImageError> {
        let url = format!("{base}/APKINDEX.tar.gz");
        let mut bytes = Vec::new();
        let reader = self.options.fetch.get(&url, MAX_INDEX)?;
        reader.take(MAX_INDEX).read_to_end(&mut bytes).map_err(|error| {
            ImageError::Unreachable { place: url.clone(), problem: error.to_string() }
        })?;
        let index = members(&bytes[..]).map_err(|error| ImageError::malformed(&url, error))?;
        let verified = match check(keys, &index, &url, &bytes) {
            Ok(verified) => verified,
            // An index that was changed is never taken.
            Err(NotSigned::Unknown(_)) if self.options.allow_unsigned => {
                Verified::Listed { index: url.clone() }
            }
            Err(why) => return Err(super::keys::refused(&url, &why)),
        };
        for fields in records(&index) {
            let name = fields.text("Package").to_owned();
            if wanted.contains(&name) {
                let file = format!("{base}/{name}-{}.apk", fields.text("Version"));
                let place = Place::Url(file);
                let available = Available { fields, place, verified: verified.clone() };
                self.packages.entry(name).or_default().push(available);
            }
        }
        Ok(())
    }
}

/// Checks the signature of an index over everything behind it.
fn check(keys: &RsaKeys, index: &Members, url: &str, bytes: &[u8]) -> Result<Verified, NotSigned> {
    // What is signed is all that follows the signature, of which the member read is the beginning.
    let signed = bytes.windows(index.signed.len().max(1)).position(|part| part == index.signed);
    let signed = signed.map_or(&[][..], |at| &bytes[at..]);
    let key = keys.check(index.signature.as_ref(), signed)?;
    Ok(Verified::Signed { index: url.to_owned(), key })
}

/// The packages of an index that is usable: those with a checksum of their control and a size.
fn records(index: &Members) -> impl Iterator<Item = Stanza> {
    let file = index.files.iter().find(|(name, _)| name == "APKINDEX");
    let bytes = file.map_or(&[][..], |(_, bytes)| bytes);
    stanza::split(bytes).map(translated).filter(|fields| {
        fields.text("Checksum").starts_with("Q1") && !fields.text("Package").contains('/')
    })
}

impl Packages for ApkMirror<'_> {
    fn versions(&self, name: &str) -> Vec<&Available> {
        self.packages.get(name).map(|found| found.iter().collect()).unwrap_or_default()
    }

    /// What is downloaded is held against its index when its control is read.
    fn open(&self, package: &Available) -> Result<Box<dyn Read>, ImageError> {
        let Place::Url(url) = &package.place else {
            let place = format!("{:?}", package.place);
            return Err(ImageError::Unsupported { place, problem: "not on the mirror".to_owned() });
        };
        if let Some(file) = self.files.borrow().get(url) {
            return Ok(Box::new(file.reader()));
        }
        let scratch = self.options.scratch;
        let size: u64 = package.fields.text("Size").parse().unwrap_or(MAX_PACKAGE);
        let size = size.min(MAX_PACKAGE);
        let mut file = tempfile::tempfile_in(scratch).map_err(ImageError::file(scratch))?;
        let mut reader = self.options.fetch.get(url, size)?.take(size);
        let mut buffer = vec![0; 128 << 10];
        let mut length = 0;
        loop {
            let failed = |error: io::Error| ImageError::Unreachable {
                place: url.clone(),
                problem: error.to_string(),
            };
            let read = reader.read(&mut buffer).map_err(failed)?;
            if read == 0 {
                break;
            }
            length += read as u64;
            file.write_all(&buffer[..read]).map_err(ImageError::file(scratch))?;
        }
        let file = Region::new(Arc::new(file), 0, length);
        self.files.borrow_mut().insert(url.clone(), file.clone());
        Ok(Box::new(file.reader()))
    }
}

fn text(system: &dyn System, path: &str) -> String {
    let bytes = system.read(Path::new(path), MAX_FILE).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The repositories of the image, at the mirrors where some are named. Those with a tag are asked only for packages that
/// name the tag, so they are left out, as are folders.
fn repositories(options: &ApkMirrorOptions<'_>) -> Vec<String> {
    let mut found = Vec::new();
    for line in text(options.system, "/etc/apk/repositories").lines().map(str::trim) {
        let url = line.trim_end_matches('/');
        if !url.starts_with("http://") && !url.starts_with("https://") {
            continue;
        }
        if options.mirrors.is_empty() {
            found.push(url.to_owned());
        }
        let mut parts = url.rsplit('/');
        if let (Some(name), Some(release)) = (parts.next(), parts.next()) {
            let moved =
                |mirror: &String| format!("{}/{release}/{name}", mirror.trim_end_matches('/'));
            found.extend(options.mirrors.iter().map(moved));
        }
    }
    found.dedup();
    found
}

fn installed(system: &dyn System) -> BTreeSet<String> {
    let paths = ["/lib/apk/db/installed", "/usr/lib/apk/db/installed"];
    let bytes = paths.iter().find_map(|path| system.read(Path::new(path), MAX_FILE).ok());
    let bytes = bytes.unwrap_or_default();
    stanza::split(&bytes).map(|raw| translated(raw).text("Package").to_owned()).collect()
}

/// What a package file in a folder says of itself, and what its own signature is worth.
pub(super) fn of_file(file: &Path, keys: &RsaKeys) -> io::Result<(Stanza, Verified)> {
    let open = || std::fs::File::open(file);
    let mut fields = crate::patch::layer::read_apk_control(open()?)?.stanza;
    fields.set("Size", open()?.metadata()?.len().to_string());
    let package = members(open()?)?;
    let verified = match keys.check(package.signature.as_ref(), &package.signed) {
        Ok(key) => {
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            Verified::Signed { index: name, key }
        }
        Err(_) => Verified::Given,
    };
    Ok((fields, verified))
}
