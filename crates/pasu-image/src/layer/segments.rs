//! Bytes in parts of one size: growing moves nothing, and what one list gives back the next one takes.

/// The power of two that a part's size is.
const BITS: u32 = 18;
/// Bytes of a part.
pub(super) const PART: usize = 1 << BITS;

/// Bytes, each piece lying in one part.
#[derive(Debug, Default)]
pub(crate) struct Segments {
    parts: Vec<Vec<u8>>,
}

impl Segments {
    /// Adds a piece of at most [`PART`] bytes; where it lies, or `None` if there is no room for it.
    pub fn push(&mut self, piece: &[u8]) -> Option<u32> {
        let fits = |part: &Vec<u8>| part.len() + piece.len() <= PART;
        if !self.parts.last().is_some_and(fits) {
            self.parts.push(Vec::with_capacity(PART));
        }
        let number = u32::try_from(self.parts.len() - 1).ok().filter(|n| *n < 1 << (32 - BITS))?;
        let part = self.parts.last_mut().filter(|part| part.len() + piece.len() <= PART)?;
        let at = u32::try_from(part.len()).ok()?;
        part.extend_from_slice(piece);
        Some(number << BITS | at)
    }

    /// What begins at a place, to the end of its part.
    pub fn from(&self, place: u32) -> Option<&[u8]> {
        let part = self.parts.get((place >> BITS) as usize)?;
        part.get(place as usize & (PART - 1)..)
    }

    /// All of it, part by part.
    pub fn parts(&self) -> &[Vec<u8>] {
        &self.parts
    }

    /// What was stored part by part.
    pub fn from_parts(parts: Vec<Vec<u8>>) -> Self {
        Self { parts }
    }

    /// Takes a part out: what lay in it is gone.
    pub fn take(&mut self, number: usize) {
        if let Some(part) = self.parts.get_mut(number) {
            *part = Vec::new();
        }
    }

    /// Bytes that it takes.
    pub fn memory(&self) -> usize {
        self.parts.iter().map(Vec::len).sum()
    }

    /// Gives back what the last part has too much.
    pub fn shrink(&mut self) {
        if let Some(last) = self.parts.last_mut() {
            last.shrink_to_fit();
        }
    }
}
