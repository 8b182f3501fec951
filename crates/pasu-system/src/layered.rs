//! Targets that came to be in steps: the layers of a container image.

use crate::System;
use std::path::Path;

/// A target made of layers, the first being number 0.
pub trait Layered: System {
    /// The layers in which the file at a path was written, lowest first, since it was last created: what was before a
    /// deletion does not count. Empty where there is no file. Links are not followed.
    fn writes(&self, path: &Path) -> Vec<usize>;

    /// The target as it was when a layer was the last.
    fn at<'a>(&'a self, layer: usize) -> Box<dyn System + 'a>;
}
