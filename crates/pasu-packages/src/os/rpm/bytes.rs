//! Numbers out of foreign bytes, without panics.

/// The array at an offset, if the bytes reach that far.
fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}

/// Big-endian 16 bits.
pub fn be16(bytes: &[u8], at: usize) -> Option<u16> {
    array(bytes, at).map(u16::from_be_bytes)
}

/// Big-endian 32 bits.
pub fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    array(bytes, at).map(u32::from_be_bytes)
}

/// Little-endian 32 bits.
pub fn le32(bytes: &[u8], at: usize) -> Option<u32> {
    array(bytes, at).map(u32::from_le_bytes)
}

/// 16 bits in the order of the machine that wrote the file.
pub fn u16_in(bytes: &[u8], at: usize, big: bool) -> Option<u16> {
    array(bytes, at).map(if big { u16::from_be_bytes } else { u16::from_le_bytes })
}

/// 32 bits in the order of the machine that wrote the file.
pub fn u32_in(bytes: &[u8], at: usize, big: bool) -> Option<u32> {
    array(bytes, at).map(if big { u32::from_be_bytes } else { u32::from_le_bytes })
}
