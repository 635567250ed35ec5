//! Bytes that are wiped when they are no longer used.

use alloc::vec::Vec;
use core::ops::Deref;

use bytes::Bytes;
use zeroize::Zeroize;

/// Bytes under construction, which are wiped when they are dropped and when they grow. A `Vec` that
/// grows by itself leaves its old memory as it was.
///
/// Only the written part is wiped. The length never decreases, so the rest of the memory has held
/// nothing. Wiping the whole of a large buffer for each message would lower the rate of sends.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Wiped(Vec<u8>);

impl Wiped {
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Self(Vec::with_capacity(capacity))
    }

    #[inline]
    pub(crate) fn push(&mut self, byte: u8) {
        self.reserve(1);
        self.0.push(byte);
    }

    #[inline]
    pub(crate) fn extend_from_slice(&mut self, bytes: &[u8]) {
        self.reserve(bytes.len());
        self.0.extend_from_slice(bytes);
    }

    /// Reserves room for `more` bytes.
    #[inline]
    pub(crate) fn reserve(&mut self, more: usize) {
        let needed = self.0.len().saturating_add(more);
        if needed > self.0.capacity() {
            self.grow(needed);
        }
    }

    #[cold]
    fn grow(&mut self, needed: usize) {
        let room = needed.max(self.0.capacity().saturating_mul(2)).max(64);
        let mut larger = Self::with_capacity(room);
        larger.0.extend_from_slice(&self.0);
        // The old bytes are dropped here, and so wiped.
        *self = larger;
    }

    /// Returns the bytes without a copy. They are wiped when their last owner drops them.
    pub(crate) fn into_bytes(self) -> Bytes {
        // `from_owner` allocates, even for no bytes.
        if self.0.is_empty() { Bytes::new() } else { Bytes::from_owner(self) }
    }
}

impl Drop for Wiped {
    fn drop(&mut self) {
        clear(&mut self.0);
    }
}

impl AsRef<[u8]> for Wiped {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Deref for Wiped {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

/// Wipes bytes that were made elsewhere, if they are not shared.
pub(crate) fn wipe(bytes: Bytes) {
    // Shared bytes are still in use by another owner, so they stay as they are.
    if let Ok(mut bytes) = bytes.try_into_mut() {
        clear(&mut bytes);
    }
}

/// Overwrites bytes with zeros, in steps of a fixed size. A response has few bytes, and for fewer
/// than 64 the `memset` of the C library takes several times as long on common processors.
pub(crate) fn clear(bytes: &mut [u8]) {
    let (steps, rest) = bytes.as_chunks_mut::<16>();
    steps.iter_mut().for_each(Zeroize::zeroize);
    rest.iter_mut().for_each(Zeroize::zeroize);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_the_same_however_they_grow() {
        let mut wiped = Wiped::default();
        let mut plain = Vec::new();
        for byte in 0..=255 {
            wiped.push(byte);
            wiped.extend_from_slice(&[byte; 7]);
            wiped.extend_from_slice(&[byte, 1]);
            plain.extend_from_slice(&[byte; 9]);
            plain.push(1);
            assert_eq!(*wiped, plain);
        }
        assert_eq!(wiped.into_bytes(), plain);
        assert!(Wiped::with_capacity(9).into_bytes().is_empty());
    }
}
