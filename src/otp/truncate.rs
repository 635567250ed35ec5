//! What depends on secret values, without a branch, an address or a division that does.

/// Dynamic truncation (RFC 4226 §5.3) of a digest, of which the first five words and the last are all it looks at: the low four bits of
/// the digest say at which byte the result begins, 0 to 15.
pub(super) fn truncate([a, b, c, d, e]: [u32; 5], last: u32) -> u32 {
    let (word, byte) = ((last >> 2) & 3, last & 3);
    // Each pair of words is read and all but one masked away: an index made from the digest would show in the cache.
    let pairs = [(0, a, b), (1, b, c), (2, c, d), (3, d, e)];
    let pair = pairs.into_iter().fold(0, |pair, (at, high, low)| {
        pair | (((u64::from(high) << 32) | u64::from(low)) & equal(at, word))
    });
    let [.., a, b, c, d] = (pair << (byte << 3) >> 32).to_be_bytes();
    // RFC 4226 §5.3 masks the top bit so that signed and unsigned machines agree on the remainder.
    u32::from_be_bytes([a, b, c, d]) & 0x7fff_ffff
}

/// All ones where two numbers are the same, else zero.
pub(super) fn equal(a: u32, b: u32) -> u64 {
    let difference = u64::from(a ^ b);
    // Zero minus one borrows through all bits; any other number of 32 bits leaves the top bit clear. The compiler is not to find out.
    let borrow = core::hint::black_box(difference.wrapping_sub(1) >> 63);
    0_u64.wrapping_sub(borrow)
}

/// All ones or zero, for a condition that is public.
pub(super) const fn mask(public: bool) -> u64 {
    if public { u64::MAX } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn truncation_reads_four_bytes_at_the_offset() {
        let bytes: [u8; 20] = core::array::from_fn(|at| u8::try_from(at * 13 + 128).unwrap_or(7));
        let words: [u32; 5] = core::array::from_fn(|at| {
            let (chunks, _) = bytes.as_chunks();
            u32::from_be_bytes(chunks[at])
        });
        for offset in 0..16 {
            let expected = bytes[offset..].first_chunk().map(|four| u32::from_be_bytes(*four));
            let last = u32::try_from(offset).unwrap() | 0xabcd_ef30;
            assert_eq!(Some(truncate(words, last)), expected.map(|value| value & 0x7fff_ffff));
        }
    }

    #[test]
    fn masks_are_all_or_nothing() {
        for (a, b) in [(0, 0), (0, 1), (7, 7), (u32::MAX, u32::MAX), (u32::MAX, 0), (1 << 31, 0)] {
            assert_eq!(equal(a, b), mask(a == b));
        }
    }
}
