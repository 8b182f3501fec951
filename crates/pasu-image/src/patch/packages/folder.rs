//! A folder with package files that the operator gives.

use super::apk;
use super::keys::{Keys, NotSigned, Signed, refused};
use super::release::{self, Release, digest_of, packages};
use super::rsa::RsaKeys;
use super::{Available, Packages, Place, Verified};
use crate::digest::Digest;
use crate::error::ImageError;
use crate::patch::layer::{Stanza, read_control};
use pasu_system::System;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};

/// Package files in one folder, and folders below it.
const MAX_FILES: usize = 200_000;
const MAX_DEPTH: usize = 8;

/// How a folder is read.
pub struct FolderOptions<'a> {
    /// The image, whose keys count.
    pub system: &'a dyn System,
    /// The machine we run on, whose `gpgv` is asked.
    pub host: &'a dyn System,
    /// Further key files of this machine.
    pub keyrings: &'a [PathBuf],
    /// A folder for temporary files.
    pub scratch: &'a Path,
}

/// The folder, read.
pub struct Folder {
    packages: BTreeMap<String, Vec<Available>>,
    /// Checksums of the files for which an index vouches.
    digests: BTreeMap<PathBuf, Digest>,
    /// Files that are not what they seem, and indexes that are not signed by a key of the image: path and why.
    pub problems: Vec<(PathBuf, String)>,
}

/// What indexes say.
#[derive(Default)]
struct Vouched {
    digests: BTreeMap<Digest, Verified>,
    /// The packages that they list.
    names: BTreeSet<[String; 3]>,
}

/// What makes a package file the one that an index lists.
fn identity(fields: &Stanza) -> [String; 3] {
    ["Package", "Version", "Architecture"].map(|field| fields.text(field).to_owned())
}

/// An index that lies in the folder.
struct Index {
    path: PathBuf,
    digest: Digest,
}

impl Folder {
    /// Reads what is in a folder and in those below it. Where indexes lie beside the packages, those vouch for them; the
    /// operator's word does for all others.
    ///
    /// # Errors
    ///
    /// A folder that cannot be read, and an index that was changed after it was signed. A file that is no package is in [`Folder::problems`].
    pub fn open(path: &Path, options: &FolderOptions<'_>) -> Result<Self, ImageError> {
        let mut files = Vec::new();
        list(path, 0, &mut files)?;
        files.sort();
        let mut folder =
            Self { packages: BTreeMap::new(), digests: BTreeMap::new(), problems: Vec::new() };
        let vouched = folder.vouched(&files, options)?;
        let apk_keys = RsaKeys::read(options.system, options.keyrings);
        for file in files {
            let read = match file.extension().and_then(|extension| extension.to_str()) {
                Some("deb") => File::open(&file)
                    .and_then(read_control)
                    .map(|control| (control.stanza, Verified::Given)),
                Some("apk") => apk::of_file(&file, &apk_keys),
                _ => continue,
            };
            match read {
                Ok((fields, verified)) => folder.add(file, fields, verified, &vouched),
                Err(error) => folder.problems.push((file, error.to_string())),
            }
        }
        Ok(folder)
    }

    /// What the indexes among the files vouch for, by checksum.
    fn vouched(
        &mut self,
        files: &[PathBuf],
        options: &FolderOptions<'_>,
    ) -> Result<Vouched, ImageError> {
        let releases = self.releases(files, options)?;
        let mut vouched = Vouched::default();
        for path in files.iter().filter(|path| name(path).starts_with("Packages")) {
            let index = File::open(path).and_then(digest_of);
            let Ok(digest) = index else { continue };
            let index = Index { path: path.clone(), digest };
            let release = releases.iter().find(|(_, release)| {
                release.files().iter().any(|listed| listed.digest == index.digest)
            });
            let verified = match release {
                Some((path, release)) => release.verified(&name(path)),
                None => Verified::Listed { index: name(&index.path) },
            };
            let read = File::open(&index.path).and_then(|file| {
                packages(file, &|_| true, |fields| {
                    if let Some(digest) = release::digest(&fields) {
                        vouched.names.insert(identity(&fields));
                        vouched.digests.insert(digest, verified.clone());
                    }
                })
            });
            if let Err(error) = read {
                self.problems.push((index.path, error.to_string()));
            }
        }
        Ok(vouched)
    }

    /// The `Release` files among the files whose signatures are good.
    fn releases(
        &mut self,
        files: &[PathBuf],
        options: &FolderOptions<'_>,
    ) -> Result<Vec<(PathBuf, Release)>, ImageError> {
        let mut keys = Keys::of_image(options.system);
        for path in options.keyrings {
            if let Ok(bytes) = fs::read(path) {
                keys.add(&bytes);
            }
        }
        let mut found = Vec::new();
        for path in files {
            let text = match name(path).as_str() {
                "Release" | "InRelease" => fs::read(path).unwrap_or_default(),
                _ => continue,
            };
            let signature = fs::read(path.with_extension("gpg")).unwrap_or_default();
            let signed = if name(path) == "InRelease" {
                Signed::Inline(&text)
            } else if signature.is_empty() {
                continue;
            } else {
                Signed::Detached(&text, &signature)
            };
            match Release::check(options.host, &keys, &signed, options.scratch) {
                Ok(release) => found.push((path.clone(), release)),
                Err(why @ NotSigned::Changed) => {
                    return Err(refused(&path.display().to_string(), &why));
                }
                Err(why) => self.problems.push((path.clone(), why.to_string())),
            }
        }
        Ok(found)
    }

    fn add(&mut self, file: PathBuf, fields: Stanza, mut verified: Verified, vouched: &Vouched) {
        let name = fields.text("Package").to_owned();
        if vouched.names.contains(&identity(&fields)) {
            let found = File::open(&file).and_then(digest_of);
            let known = found.ok().and_then(|digest| {
                vouched.digests.get(&digest).map(|verified| (digest.clone(), verified.clone()))
            });
            let Some((digest, found)) = known else {
                let problem = "the index beside it names another checksum: it is left out";
                self.problems.push((file, problem.to_owned()));
                return;
            };
            verified = found;
            self.digests.insert(file.clone(), digest);
        }
        let available = Available { fields, place: Place::File(file), verified };
        self.packages.entry(name).or_default().push(available);
    }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

impl Packages for Folder {
    fn versions(&self, name: &str) -> Vec<&Available> {
        self.packages.get(name).map(|found| found.iter().collect()).unwrap_or_default()
    }

    fn open(&self, package: &Available) -> Result<Box<dyn Read>, ImageError> {
        let Place::File(path) = &package.place else {
            return Err(ImageError::Unsupported {
                place: format!("{:?}", package.place),
                problem: "not in the folder".to_owned(),
            });
        };
        let mut file = File::open(path).map_err(ImageError::file(path))?;
        // Once more, on the file that will be read: it may have been exchanged since.
        if let Some(expected) = self.digests.get(path) {
            let actual = digest_of(&file).map_err(ImageError::file(path))?;
            if actual != *expected {
                return Err(ImageError::DigestMismatch {
                    place: path.display().to_string(),
                    expected: expected.to_string(),
                    actual: actual.to_string(),
                });
            }
            file.rewind().map_err(ImageError::file(path))?;
        }
        Ok(Box::new(file))
    }
}

fn list(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<(), ImageError> {
    let entries = fs::read_dir(folder).map_err(ImageError::file(folder))?;
    for entry in entries {
        let entry = entry.map_err(ImageError::file(folder))?;
        let kind = entry.file_type().map_err(ImageError::file(entry.path()))?;
        if kind.is_dir() && depth < MAX_DEPTH {
            list(&entry.path(), depth + 1, files)?;
        } else if !kind.is_dir() {
            files.push(entry.path());
        }
        if files.len() > MAX_FILES {
            return Err(ImageError::Limit {
                place: folder.display().to_string(),
                problem: format!("more than {MAX_FILES} files"),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Folder, FolderOptions};
    use crate::digest::Digest;
    use crate::patch::packages::{Packages, Verified};
    use pasu_system::MemorySystem;

    const SEED: &[u8] = include_bytes!("../../../../../fuzz/seeds/debian_package/gzip.deb");

    #[test]
    fn an_index_beside_the_packages_decides_about_them() {
        let index = |digest: &Digest| {
            let hex = digest.hex();
            format!("Package: a\nVersion: 1:2.0-1\nArchitecture: amd64\nSHA256: {hex}\n")
        };
        let listed = Verified::Listed { index: "Packages".to_owned() };
        for (index, expected, problems) in [
            (None, Some(Verified::Given), 0),
            (Some(index(&Digest::of(SEED))), Some(listed), 0),
            (Some(index(&Digest::of(b"another"))), None, 1),
        ] {
            let folder = tempfile::tempdir().unwrap();
            std::fs::write(folder.path().join("a.deb"), SEED).unwrap();
            if let Some(index) = &index {
                std::fs::write(folder.path().join("Packages"), index).unwrap();
            }
            let system = MemorySystem::new();
            let scratch = folder.path();
            let options = FolderOptions { system: &system, host: &system, keyrings: &[], scratch };
            let found = Folder::open(folder.path(), &options).unwrap();
            let first = found.versions("a").first().map(|found| found.verified.clone());
            assert_eq!(first, expected, "{index:?}");
            assert_eq!(found.problems.len(), problems, "{:?}", found.problems);
        }
    }
}
