//! Programs outside any package manager, recognised by where they lie and by what their bytes say.

use crate::Detector;

/// Its detectors.
pub const DETECTORS: &[&dyn Detector] = &[];
