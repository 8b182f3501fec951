//! One file of a target as detectors see it: opened and read at most once, whoever wants it.

use crate::DetectError;
use crate::paged::PagedFile;
use pasu_model::UnseenReason;
use pasu_system::{Metadata, System, SystemFile};
use std::path::Path;
use std::sync::{Mutex, OnceLock, PoisonError};

/// The largest lock file, manifest or package database that is read into memory, in bytes.
pub const MAX_TEXT: u64 = 256 << 20;

/// How many problems are kept of one file: a hostile archive can have one in each of its entries.
const MAX_NOTES: usize = 100;

/// One file of a target.
pub struct TargetFile<'a> {
    /// The target, for the few formats that need a neighbouring file.
    pub system: &'a dyn System,
    /// Absolute path inside the target.
    pub path: &'a Path,
    /// Attributes.
    pub metadata: Metadata,
    opened: OnceLock<PagedFile>,
    content: OnceLock<Vec<u8>>,
    notes: Mutex<Vec<(UnseenReason, String)>>,
}

impl<'a> TargetFile<'a> {
    /// A file that is not opened yet.
    #[must_use]
    pub fn new(system: &'a dyn System, path: &'a Path, metadata: Metadata) -> Self {
        Self {
            system,
            path,
            metadata,
            opened: OnceLock::new(),
            content: OnceLock::new(),
            notes: Mutex::new(Vec::new()),
        }
    }

    /// Notes that a part of the file could not be looked at, for a detector that can still return the rest: a damaged
    /// archive inside an archive, a record that is malformed among good ones.
    pub fn report(&self, reason: UnseenReason, detail: impl Into<String>) {
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        match notes.len() {
            0..MAX_NOTES => notes.push((reason, detail.into())),
            MAX_NOTES => notes.push((UnseenReason::Limit, "further problems left out".to_owned())),
            _ => {}
        }
    }

    /// Takes out what [`TargetFile::report`] noted.
    #[must_use]
    pub fn take_notes(&self) -> Vec<(UnseenReason, String)> {
        std::mem::take(&mut *self.notes.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The path without its leading `/`, lossily decoded: what results print.
    #[must_use]
    pub fn target(&self) -> String {
        self.path.strip_prefix("/").unwrap_or(self.path).to_string_lossy().into_owned()
    }

    /// The file's name, lossily decoded.
    #[must_use]
    pub fn name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// The open file.
    pub fn open(&self) -> Result<&dyn SystemFile, DetectError> {
        if self.opened.get().is_none() {
            let file = PagedFile::new(self.system.open(self.path)?);
            // Another detector may have been first; its handle is as good.
            let _ = self.opened.set(file);
        }
        match self.opened.get() {
            Some(file) => Ok(file),
            None => Err(std::io::Error::other("file is not open").into()),
        }
    }

    /// The whole content, at most [`MAX_TEXT`] bytes.
    pub fn bytes(&self) -> Result<&[u8], DetectError> {
        if self.content.get().is_none() {
            let bytes = self.open()?.read_all(MAX_TEXT)?;
            let _ = self.content.set(bytes);
        }
        Ok(self.content.get().map(Vec::as_slice).unwrap_or_default())
    }

    /// The whole content as UTF-8, without a byte order mark; anything else is malformed.
    pub fn text(&self) -> Result<&str, DetectError> {
        let bytes = self.bytes()?;
        let text = std::str::from_utf8(bytes).map_err(|error| {
            DetectError::Malformed(format!("not UTF-8 at byte {}", error.valid_up_to()))
        })?;
        Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
    }

    /// The whole content as the text of a JSON object. A list or a bare value is malformed, where a reader of
    /// structures would take it for an object without members.
    pub fn json_object(&self) -> Result<&str, DetectError> {
        let text = self.text()?;
        if text.trim_start().starts_with('{') {
            Ok(text)
        } else {
            Err(DetectError::Malformed("line 1: not a JSON object".to_owned()))
        }
    }

    /// The content of a file beside this one, if it is there and at most [`MAX_TEXT`] bytes.
    #[must_use]
    pub fn sibling(&self, name: &str) -> Option<Vec<u8>> {
        self.system.read(&self.path.with_file_name(name), MAX_TEXT).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_NOTES, TargetFile};
    use pasu_model::UnseenReason;
    use pasu_system::{MemorySystem, System};
    use std::path::Path;

    #[test]
    fn notes_are_kept_up_to_a_limit_and_taken_once() {
        let system = MemorySystem::new().with_file("/a.jar", "");
        let path = Path::new("/a.jar");
        let file = TargetFile::new(&system, path, system.symlink_metadata(path).unwrap());
        for number in 0..MAX_NOTES + 10 {
            file.report(UnseenReason::Malformed, format!("entry {number}"));
        }
        let notes = file.take_notes();
        assert_eq!(notes.len(), MAX_NOTES + 1);
        assert_eq!(notes.first(), Some(&(UnseenReason::Malformed, "entry 0".to_owned())));
        assert_eq!(notes.last().map(|(reason, _)| *reason), Some(UnseenReason::Limit));
        assert!(file.take_notes().is_empty());
    }
}
