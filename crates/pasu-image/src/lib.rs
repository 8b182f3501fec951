//! Container images: where they come from, their layers as one tree that is read in place, and patching them.
//!
//! A source ([`source`]) finds an [`Image`]; [`tree::open`] merges its layers into an [`tree::ImageSystem`], which is a
//! [`pasu_system::System`] like any other. Nothing is unpacked, and no temporary copy is made.

pub mod cache;
mod compression;
mod digest;
mod error;
mod image;
pub mod layer;
pub mod patch;
pub mod source;
pub mod tree;

pub use compression::{Compression, decode};
pub use digest::{Digest, Hasher, HashingReader, NoDigest};
pub use error::ImageError;
pub use image::{Blob, Content, Folder, Image, Layer, MAX_DOCUMENT, MAX_LAYERS};
