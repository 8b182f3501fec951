//! An entry in few bytes: what it has in common with the one before it is not said again.

use super::varint::{folded, put, take, unfolded};

/// Contents begin at multiples of this in an archive, in bytes; a header takes as much.
const BLOCK: u64 = 512;
/// Its power of two.
const BLOCK_BITS: u32 = BLOCK.trailing_zeros();

/// What is kept of an entry besides its name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Fields {
    /// The number of its traits.
    pub traits: u32,
    /// Bytes of content; of a folder, the number by which what lies in it is found, or 0.
    pub size: u64,
    /// Seconds since 1970.
    pub modified: i64,
    /// Where the content begins in the archive, in bytes.
    pub offset: u64,
    /// The first bytes of the content, where they were seen.
    pub head: Option<[u8; 4]>,
}

/// Writes and reads entries of one sequence. Both know the entry before.
#[derive(Debug, Default)]
pub(super) struct Coder {
    /// The last entry's name.
    pub name: Vec<u8>,
    modified: i64,
    /// Where the next content begins if the archive goes on in this order.
    expected: u64,
}

impl Coder {
    /// Forgets what was before: the next entry stands for itself.
    pub fn restart(&mut self) {
        self.name.clear();
        (self.modified, self.expected) = (0, 0);
    }

    /// Adds an entry to a sequence.
    pub fn encode(&mut self, out: &mut Vec<u8>, name: &[u8], fields: &Fields) {
        let shared = self.name.iter().zip(name).take_while(|(one, other)| one == other).count();
        put(out, shared as u64);
        put(out, (name.len() - shared) as u64);
        out.extend_from_slice(&name[shared..]);
        put(out, u64::from(fields.traits));
        put(out, fields.size);
        put(out, folded(fields.modified.wrapping_sub(self.modified)));
        let further = fields.offset.wrapping_sub(self.expected).cast_signed();
        // Whole blocks, as nearly all are, in the low bits.
        put(out, folded(further.rotate_right(BLOCK_BITS)));
        put(out, fields.head.map_or(0, |head| u64::from(u32::from_le_bytes(head)) + 1));
        self.name.truncate(shared);
        self.name.extend_from_slice(&name[shared..]);
        self.after(fields);
    }

    /// Takes the next entry off a sequence, its name being [`Coder::name`]; `None` if there is none.
    pub fn decode(&mut self, input: &mut &[u8]) -> Option<Fields> {
        let shared = usize::try_from(take(input)?).ok()?;
        let length = usize::try_from(take(input)?).ok()?;
        let (own, rest) = input.split_at_checked(length)?;
        *input = rest;
        if shared > self.name.len() {
            return None;
        }
        self.name.truncate(shared);
        self.name.extend_from_slice(own);
        let traits = u32::try_from(take(input)?).ok()?;
        let size = take(input)?;
        let modified = self.modified.wrapping_add(unfolded(take(input)?));
        let further = unfolded(take(input)?).rotate_left(BLOCK_BITS);
        let offset = self.expected.wrapping_add(further.cast_unsigned());
        let head = match take(input)? {
            0 => None,
            head => Some(u32::try_from(head - 1).ok()?.to_le_bytes()),
        };
        let fields = Fields { traits, size, modified, offset, head };
        self.after(&fields);
        Some(fields)
    }

    fn after(&mut self, fields: &Fields) {
        self.modified = fields.modified;
        let content = fields.size.div_ceil(BLOCK).wrapping_mul(BLOCK);
        self.expected = fields.offset.wrapping_add(content).wrapping_add(BLOCK);
    }
}
