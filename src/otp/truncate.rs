//! Operations on secret values, without a branch, a memory address or a division that depends on
//! them.

/// Returns the dynamic truncation of a digest (RFC 4226 §5.3), from its first five words and its
/// last word.
///
/// The low four bits of the digest are the byte offset of the result, 0 to 15. The upper two of
/// them select a pair of adjacent words, which always holds the result. The lower two shift the
/// pair, so that the result is in its top 32 bits.
pub(super) fn truncate([a, b, c, d, e]: [u32; 5], last: u32) -> u32 {
    let (word, byte) = ((last >> 2) & 3, last & 3);
    // Read all pairs, and mask all but one to zero. An index made from the digest would show in the
    // cache.
    let pairs = [(0, a, b), (1, b, c), (2, c, d), (3, d, e)];
    let pair = pairs.into_iter().fold(0, |pair, (at, high, low)| {
        pair | (((u64::from(high) << 32) | u64::from(low)) & equal(at, word))
    });
    let [.., a, b, c, d] = (pair << (byte << 3) >> 32).to_be_bytes();
    // RFC 4226 §5.3 masks the top bit so that signed and unsigned machines agree on the remainder.
    u32::from_be_bytes([a, b, c, d]) & 0x7fff_ffff
}

/// Returns all ones if the numbers are equal, else zero.
pub(super) fn equal(a: u32, b: u32) -> u64 {
    let difference = u64::from(a ^ b);
    // Zero minus one borrows through all bits. Any other 32-bit number leaves the top bit clear.
    // `black_box` hides this from the compiler, which could make a branch of it.
    let borrow = core::hint::black_box(difference.wrapping_sub(1) >> 63);
    0_u64.wrapping_sub(borrow)
}

/// Returns all ones for `true` and zero for `false`. The condition must be public.
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
