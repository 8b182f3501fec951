//! A packed egg: a zip file `NAME-VERSION-pyX.Y.egg` with `EGG-INFO/PKG-INFO` in it.

use super::metadata::{Headers, set};
use crate::{DetectError, Detector, Interest, Scope, TargetFile};
use pasu_model::PackageSet;
use pasu_system::Cursor;
use std::io::Read;
use zip::ZipArchive;
use zip::result::ZipError;

/// Reads `.egg` files.
pub(super) struct Egg;

/// How much of the metadata is unpacked; its headers come first.
const MAX_METADATA: u64 = 1 << 20;

impl Detector for Egg {
    fn id(&self) -> &'static str {
        "python/egg"
    }

    fn scope(&self) -> Scope {
        Scope::Installed
    }

    fn interest(&self) -> Interest {
        Interest { suffixes: &[".egg"], ..Interest::default() }
    }

    fn detect(&self, file: &TargetFile<'_>) -> Result<Vec<PackageSet>, DetectError> {
        let mut archive =
            ZipArchive::new(Cursor::new(file.open()?)).map_err(DetectError::malformed)?;
        let entry = match archive.by_name("EGG-INFO/PKG-INFO") {
            Ok(entry) => entry,
            Err(ZipError::FileNotFound) => return Ok(Vec::new()),
            Err(error) => return Err(DetectError::malformed(error)),
        };
        let mut bytes = Vec::new();
        entry.take(MAX_METADATA).read_to_end(&mut bytes)?;
        let package = Headers::read(&bytes).package().ok_or_else(|| {
            DetectError::malformed("EGG-INFO/PKG-INFO: no `Name` and `Version` in the headers")
        })?;
        Ok(vec![set(file, package)])
    }
}
