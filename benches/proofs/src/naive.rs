//! What the proofs have to find: else they find nothing.

/// Stops at the first difference: a branch.
#[inline(never)]
pub fn are_same(one: &[u8], other: &[u8]) -> bool {
    one.iter().zip(other).all(|(one, other)| one == other)
}

/// Reads where the digest says: an address.
#[inline(never)]
pub fn truncate(digest: &[u8; 20]) -> u32 {
    let offset = usize::from(digest[19] & 15);
    u32::from_be_bytes([digest[offset], digest[offset + 1], digest[offset + 2], digest[offset + 3]])
}

/// A modulus that is known at run time alone: a division.
#[inline(never)]
pub fn remainder(value: u32, modulus: u32) -> u32 {
    value % modulus
}
