//! Operating-system packages and the operating system itself.

use crate::Detector;

/// Its detectors.
pub const DETECTORS: &[&dyn Detector] = &[];
