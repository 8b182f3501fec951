//! The layers of an image as one tree.
//!
//! Layers are merged as the OCI image specification says ("Image Layer Filesystem Changeset"): whiteouts and opaque
//! whiteouts act on lower layers only, wherever they stand in their archive; a file replaces a folder and everything in
//! it; hard links are names of what their path led to in the merged tree.

mod build;
mod children;
mod file;
mod open;
mod overlay;
mod pool;
mod removed;
mod system;
mod view;
mod walk;

pub use build::Problem;
pub use open::{OpenOptions, open, open_known, open_pooled};
pub use pool::LayerPool;
pub use system::{ImageSystem, Origin};
