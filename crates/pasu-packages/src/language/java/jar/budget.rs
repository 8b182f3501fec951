//! How much one file on the target may cost, nested archives included.

use crate::DetectError;

/// How deep archives may lie in archives: an EAR with a WAR with a JAR is 2.
pub const MAX_DEPTH: usize = 5;
/// How many entries one archive may have.
pub const MAX_ENTRIES: usize = 100_000;
/// How many archives may lie in one file, at all depths.
const MAX_ARCHIVES: usize = 20_000;
/// How many bytes may be inflated from one file on the target.
const MAX_INFLATED: u64 = 1 << 30;
/// How many inflated bytes may be in memory at one time.
const MAX_HELD: u64 = 256 << 20;
/// The largest manifest or `pom.properties`, and from where on the ratio is judged.
pub const MAX_TEXT: u64 = 4 << 20;
/// How many bytes may be read to list an archive's entries.
pub const MAX_DIRECTORY: u64 = 16 << 20;
/// Compiled classes shrink to about a half; deflate cannot do better than 1032.
const MAX_RATIO: u64 = 100;

/// What is left of the limits.
pub struct Budget {
    archives: usize,
    inflated: u64,
    held: u64,
}

impl Budget {
    /// All of it.
    pub fn new() -> Self {
        Self { archives: MAX_ARCHIVES, inflated: MAX_INFLATED, held: MAX_HELD }
    }

    /// Takes one archive.
    pub fn take_archive(&mut self) -> Result<(), DetectError> {
        self.archives = self
            .archives
            .checked_sub(1)
            .ok_or_else(|| limit(format!("more than {MAX_ARCHIVES} archives in one file")))?;
        Ok(())
    }

    /// How many bytes a compressed entry may inflate to.
    pub fn allowance(&self, compressed: u64) -> u64 {
        let by_ratio = compressed.saturating_mul(MAX_RATIO).max(MAX_TEXT);
        self.inflated.min(self.held).min(by_ratio)
    }

    /// Takes the bytes of an inflated entry.
    pub fn take(&mut self, bytes: u64) {
        self.inflated = self.inflated.saturating_sub(bytes);
        self.held = self.held.saturating_sub(bytes);
    }

    /// Gives back memory.
    pub fn release(&mut self, bytes: u64) {
        self.held = self.held.saturating_add(bytes).min(MAX_HELD);
    }
}

/// A reached limit.
pub fn limit(what: impl Into<String>) -> DetectError {
    DetectError::Limit(what.into())
}
