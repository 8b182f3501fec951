//! Paths in JSON: text where they are, else their bytes.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Raw {
    Text(String),
    Bytes(Vec<u8>),
}

pub(super) fn serialize<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    match path.to_str() {
        Some(text) => Raw::Text(text.to_owned()),
        None => Raw::Bytes(path.as_os_str().as_bytes().to_vec()),
    }
    .serialize(serializer)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PathBuf, D::Error> {
    Ok(match Raw::deserialize(deserializer)? {
        Raw::Text(text) => text.into(),
        Raw::Bytes(bytes) => OsString::from_vec(bytes).into(),
    })
}
