//! Targets that came to be in steps: the layers of a container image.

use crate::System;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// A target made of layers, the first being number 0.
pub trait Layered: System {
    /// The layers in which the file at a path was written, lowest first, since it was last created: what was before a
    /// deletion does not count. Empty where there is no file. Links are not followed.
    fn writes(&self, path: &Path) -> Vec<usize>;

    /// The target as it was when a layer was the last.
    fn at<'a>(&'a self, layer: usize) -> Box<dyn System + 'a>;

    /// The regular files that are no more as a layer brought them, by layers from below: a later one took them away or put
    /// something else in their place. Only those are looked at whose last name is wanted. What is found costs a look at
    /// a path in some of the layers; a name that is not wanted costs next to nothing.
    fn removed<'a>(
        &'a self,
        wanted: &'a dyn Fn(&OsStr) -> bool,
    ) -> Box<dyn Iterator<Item = Removed> + 'a>;
}

/// A file that is in a layer and not in the target any more. [`Layered::at`] its layer it can be read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Removed {
    /// Its path.
    pub path: PathBuf,
    /// The layer that brought it.
    pub layer: usize,
    /// The first layer without it.
    pub by: usize,
    /// That layer has another file at the path.
    pub is_replaced: bool,
}
