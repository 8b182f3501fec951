//! PHP packages: what Composer locks and what it has installed.

mod composer_lock;
mod installed;
mod package;

use crate::Detector;

/// Its detectors.
pub const DETECTORS: &[&dyn Detector] = &[&composer_lock::ComposerLock, &installed::InstalledJson];
