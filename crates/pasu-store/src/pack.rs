//! Bytes as they lie in the file: zstd, with limits on the way back.

use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use std::io::Read;

/// The largest document that is kept, in bytes as written. 5,000 findings are about 20 MB.
pub(crate) const MAX_DOCUMENT: usize = 1 << 30;
const LEVEL: i32 = 6;

pub(crate) fn pack(bytes: &[u8]) -> Result<Vec<u8>, String> {
    if bytes.len() > MAX_DOCUMENT {
        return Err(format!("{} bytes are more than a run can have", bytes.len()));
    }
    zstd::encode_all(bytes, LEVEL).map_err(|error| error.to_string())
}

/// Unpacks what must come to a size.
pub(crate) fn unpack(packed: &[u8], size: Option<usize>) -> Result<Vec<u8>, String> {
    let limit = size.unwrap_or(MAX_DOCUMENT).min(MAX_DOCUMENT);
    let decoder = zstd::Decoder::with_buffer(packed).map_err(|error| error.to_string())?;
    let mut bytes = Vec::new();
    let limited = decoder.take(limit as u64 + 1).read_to_end(&mut bytes);
    limited.map_err(|error| error.to_string())?;
    if bytes.len() > limit || size.is_some_and(|size| size != bytes.len()) {
        return Err("it does not have the size it had".to_owned());
    }
    Ok(bytes)
}

pub(crate) fn pack_json(value: &impl Serialize) -> Result<Vec<u8>, String> {
    pack(&serde_json::to_vec(value).map_err(|error| error.to_string())?)
}

pub(crate) fn unpack_json<T: DeserializeOwned>(packed: &[u8]) -> Result<T, String> {
    serde_json::from_slice(&unpack(packed, None)?).map_err(|error| error.to_string())
}

pub(crate) fn sum(bytes: &[u8]) -> Vec<u8> {
    Sha256::digest(bytes).to_vec()
}
