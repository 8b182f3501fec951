//! Mutations for tests without libFuzzer: the same for the same number, so that a failure can be seen again.

/// Numbers that look like chance (xorshift).
pub struct Numbers(u64);

impl Numbers {
    /// A sequence of its own for each seed.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// Below `limit`, or 0.
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 16).unwrap_or(0) % limit.max(1)
    }
}

/// Numbers at the edges of what formats hold, and what gives structure to text.
const STRANGE: [&[u8]; 14] = [
    b"\0",
    b"\xff\xff\xff\xff",
    b"\xff\xff\xff\x7f",
    b"\0\0\0\x80",
    b"\xc3\x28",
    b"\xf0\x9f\x92\xa9",
    b"18446744073709551616",
    b"-1",
    b"{",
    b"[[[[",
    b"\"",
    b"\n",
    b": ",
    b"${a}",
];

/// One mutant: a few changes, each small.
pub fn mutant(seed: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=numbers.below(4) {
        let from = numbers.below(bytes.len());
        let to = (from + numbers.below(32)).min(bytes.len());
        match numbers.below(6) {
            0 => bytes.truncate(from),
            1 => drop(bytes.drain(from..to)),
            2 => {
                let part = bytes.get(from..to).unwrap_or_default().to_vec();
                let at = numbers.below(bytes.len());
                bytes.splice(at..at, part);
            }
            3 => {
                let strange = STRANGE[numbers.below(STRANGE.len())];
                bytes.splice(from..to.min(from + numbers.below(5)), strange.iter().copied());
            }
            _ => {
                if let Some(byte) = bytes.get_mut(from) {
                    *byte ^= 1 << numbers.below(8);
                }
            }
        }
    }
    bytes
}
