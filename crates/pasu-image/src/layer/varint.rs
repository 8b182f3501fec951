//! Numbers in as few bytes as they need: seven bits a byte, the lowest first (LEB128).

/// Writes a number.
pub(super) fn put(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    out.push(number.to_le_bytes()[0]);
}

/// Takes a number off the beginning; `None` if there is none.
pub(super) fn take(input: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for (at, byte) in input.iter().enumerate().take(10) {
        number |= u64::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            *input = &input[at + 1..];
            return Some(number);
        }
    }
    None
}

/// A difference as a number that is small where the difference is, whichever its sign.
pub(super) fn folded(difference: i64) -> u64 {
    ((difference << 1) ^ (difference >> 63)).cast_unsigned()
}

/// The other way.
pub(super) fn unfolded(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -((number & 1).cast_signed())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back() {
        let numbers = [0, 1, 127, 128, 300, u64::from(u32::MAX), 1 << 63, u64::MAX];
        let mut bytes = Vec::new();
        numbers.iter().for_each(|number| put(&mut bytes, *number));
        let mut rest = bytes.as_slice();
        assert_eq!(numbers.map(|_| take(&mut rest)), numbers.map(Some));
        assert_eq!(take(&mut rest), None);
        assert_eq!(take(&mut &[0xff; 20][..]), None, "no end");
        for difference in [0, -1, 1, -64, i64::MAX, i64::MIN] {
            assert_eq!(unfolded(folded(difference)), difference);
        }
        assert_eq!((folded(-1), folded(1)), (1, 2));
    }
}
