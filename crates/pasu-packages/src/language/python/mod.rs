//! Python packages.

use crate::Detector;

/// Its detectors.
pub const DETECTORS: &[&dyn Detector] = &[];
