//! HMAC (RFC 2104) of counters, with a key that is prepared once.
//!
//! Both hash computations of HMAC begin with a block of the padded key. `Keyed` holds the two hash
//! states after those blocks, so a code costs two compressions instead of four.
//!
//! Several counters are computed together. A block is written in small pieces and then read in
//! large ones, which stalls a processor that has no other work to do in between.

use sha1::digest::Digest;
use zeroize::Zeroize;

use super::truncate::truncate;

/// A hash, reduced to its compression function and to messages of one block after a block of the
/// key.
pub(super) trait Hash {
    type State: Copy + Zeroize;
    type Block: AsMut<[u8]> + AsRef<[u8]> + Copy + Zeroize;

    /// The state before the first block (FIPS 180-4 §5.3).
    const START: Self::State;
    const ZERO: Self::Block;
    /// The padded block of a counter, and that of an inner digest. Only their first bytes are
    /// missing.
    const COUNTER: Self::Block;
    const DIGEST: Self::Block;

    fn compress(state: &mut Self::State, block: &Self::Block);
    /// Writes a digest to the start of a block.
    fn write(state: &Self::State, block: &mut Self::Block);
    /// Returns the first five words of a digest and its last: all that truncation reads.
    fn words(state: &Self::State) -> ([u32; 5], u32);
    /// Writes the digest of `key` to the start of `block`. HMAC does this for a key longer than a
    /// block.
    fn shorten(key: &[u8], block: &mut Self::Block);
}

/// A prepared key: the hash states after the blocks of the inner and the outer padded key.
pub(super) struct Keyed<H: Hash> {
    pub(super) inner: H::State,
    pub(super) outer: H::State,
}

impl<H: Hash> Keyed<H> {
    pub(super) fn new(key: &[u8]) -> Self {
        let mut block = H::ZERO;
        // A shorter key is followed by zeros, which is the padding that RFC 2104 §2 requires.
        match block.as_mut().split_at_mut_checked(key.len()) {
            Some((place, _)) => place.copy_from_slice(key),
            None => H::shorten(key, &mut block),
        }
        let mut after = |pad: u8| {
            let mut state = H::START;
            block.as_mut().iter_mut().for_each(|byte| *byte ^= pad);
            H::compress(&mut state, &block);
            state
        };
        // The pads of RFC 2104 §2. After the first call the block still has the inner pad, so the
        // second call XORs with both pads: that removes the inner one and adds the outer one.
        let (inner, outer) = (after(0x36), after(0x36 ^ 0x5c));
        // Wiped as a slice, which takes larger pieces than an array.
        block.as_mut().zeroize();
        Self { inner, outer }
    }

    /// Returns the truncated HMAC of each counter (RFC 4226 §5.3), 31 bits each.
    pub(super) fn values<const N: usize>(&self, counters: [u64; N]) -> [u32; N] {
        // One loop per step and not one per counter, so that no block is read right after it was
        // written (see the top of this file).
        let mut blocks = [H::COUNTER; N];
        for (block, counter) in blocks.iter_mut().zip(counters) {
            if let Some(place) = block.as_mut().first_chunk_mut() {
                *place = counter.to_be_bytes();
            }
        }
        let mut states = [self.inner; N];
        states.iter_mut().zip(&blocks).for_each(|(state, block)| H::compress(state, block));
        let mut blocks = [H::DIGEST; N];
        states.iter().zip(&mut blocks).for_each(|(state, block)| H::write(state, block));
        let mut states = [self.outer; N];
        states.iter_mut().zip(&blocks).for_each(|(state, block)| H::compress(state, block));
        states.map(|state| {
            let (words, last) = H::words(&state);
            truncate(words, last)
        })
    }

    /// Calls `see` with each counter from `first` to `last` and its truncated HMAC. They are
    /// computed four at a time.
    pub(super) fn each(&self, first: u64, last: u64, mut see: impl FnMut(u64, u32)) {
        let mut at = first;
        loop {
            // Only counters up to the last are used below, and those do not wrap.
            let next = [0, 1, 2, 3].map(|ahead| at.wrapping_add(ahead));
            let [a, b, c, _] = next;
            let mut all = |counters: &[u64], values: &[u32]| {
                counters.iter().zip(values).for_each(|(counter, value)| see(*counter, *value));
            };
            // `values` needs the number of counters as a constant. That number is public, so it may
            // select a branch.
            match last.saturating_sub(at) {
                0 => return all(&[a], &self.values([a])),
                1 => return all(&[a, b], &self.values([a, b])),
                2 => return all(&[a, b, c], &self.values([a, b, c])),
                left => {
                    all(&next, &self.values(next));
                    // Without this, a search up to u64::MAX would wrap round and go on with counter
                    // 0.
                    if left == 3 {
                        return;
                    }
                }
            }
            at = at.wrapping_add(4);
        }
    }
}

impl<H: Hash> Clone for Keyed<H> {
    fn clone(&self) -> Self {
        Self { inner: self.inner, outer: self.outer }
    }
}

impl<H: Hash> Drop for Keyed<H> {
    fn drop(&mut self) {
        self.inner.zeroize();
        self.outer.zeroize();
    }
}

/// Returns the last block of a message of `message` bytes that follows one full block. The padding
/// is that of FIPS 180-4 §5.1: a one bit, zeros, and the length of both in bits.
const fn padded<const N: usize>(message: usize) -> [u8; N] {
    let mut block = [0; N];
    if let Some((_, rest)) = block.split_at_mut_checked(message)
        && let Some((one, _)) = rest.split_first_mut()
    {
        *one = 0x80;
    }
    // At most 1,536 bits, so two bytes hold the length.
    let [.., high, low] = N.saturating_add(message).saturating_mul(8).to_be_bytes();
    if let Some(length) = block.last_chunk_mut() {
        *length = [high, low];
    }
    block
}

/// Writes the words of a hash state as bytes, most significant byte first.
macro_rules! write_words {
    ($state:expr, $block:expr, $size:literal) => {
        let (places, _) = $block.as_chunks_mut::<$size>();
        places.iter_mut().zip($state).for_each(|(place, word)| *place = word.to_be_bytes());
    };
}

/// SHA-1.
pub(super) enum Sha1 {}

impl Hash for Sha1 {
    type State = [u32; 5];
    type Block = [u8; 64];

    const START: Self::State = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];
    const ZERO: Self::Block = [0; 64];
    const COUNTER: Self::Block = padded(8);
    const DIGEST: Self::Block = padded(20);

    fn compress(state: &mut Self::State, block: &Self::Block) {
        sha1::block_api::compress(state, core::slice::from_ref(block));
    }

    fn write(state: &Self::State, block: &mut Self::Block) {
        write_words!(state, block, 4);
    }

    fn words(state: &Self::State) -> ([u32; 5], u32) {
        let [.., last] = *state;
        (*state, last)
    }

    fn shorten(key: &[u8], block: &mut Self::Block) {
        copy(sha1::Sha1::digest(key), block);
    }
}

/// SHA-256.
pub(super) enum Sha256 {}

impl Hash for Sha256 {
    type State = [u32; 8];
    type Block = [u8; 64];

    const START: Self::State = [
        0x6a09_e667,
        0xbb67_ae85,
        0x3c6e_f372,
        0xa54f_f53a,
        0x510e_527f,
        0x9b05_688c,
        0x1f83_d9ab,
        0x5be0_cd19,
    ];
    const ZERO: Self::Block = [0; 64];
    const COUNTER: Self::Block = padded(8);
    const DIGEST: Self::Block = padded(32);

    fn compress(state: &mut Self::State, block: &Self::Block) {
        sha2::block_api::compress256(state, core::slice::from_ref(block));
    }

    fn write(state: &Self::State, block: &mut Self::Block) {
        write_words!(state, block, 4);
    }

    fn words(state: &Self::State) -> ([u32; 5], u32) {
        let [a, b, c, d, e, .., last] = *state;
        ([a, b, c, d, e], last)
    }

    fn shorten(key: &[u8], block: &mut Self::Block) {
        copy(sha2::Sha256::digest(key), block);
    }
}

/// SHA-512.
pub(super) enum Sha512 {}

impl Hash for Sha512 {
    type State = [u64; 8];
    type Block = [u8; 128];

    const START: Self::State = [
        0x6a09_e667_f3bc_c908,
        0xbb67_ae85_84ca_a73b,
        0x3c6e_f372_fe94_f82b,
        0xa54f_f53a_5f1d_36f1,
        0x510e_527f_ade6_82d1,
        0x9b05_688c_2b3e_6c1f,
        0x1f83_d9ab_fb41_bd6b,
        0x5be0_cd19_137e_2179,
    ];
    const ZERO: Self::Block = [0; 128];
    const COUNTER: Self::Block = padded(8);
    const DIGEST: Self::Block = padded(64);

    fn compress(state: &mut Self::State, block: &Self::Block) {
        sha2::block_api::compress512(state, core::slice::from_ref(block));
    }

    fn write(state: &Self::State, block: &mut Self::Block) {
        write_words!(state, block, 8);
    }

    fn words(state: &Self::State) -> ([u32; 5], u32) {
        // Truncation reads words of 32 bits, so each word of the state counts as two.
        let [a, b, c, .., last] = *state;
        ([high(a), low(a), high(b), low(b), high(c)], low(last))
    }

    fn shorten(key: &[u8], block: &mut Self::Block) {
        copy(sha2::Sha512::digest(key), block);
    }
}

/// Returns the upper half of a word.
const fn high(word: u64) -> u32 {
    low(word >> 32)
}

/// Returns the lower half of a word.
const fn low(word: u64) -> u32 {
    let [.., a, b, c, d] = word.to_be_bytes();
    u32::from_be_bytes([a, b, c, d])
}

/// Copies a digest to the start of a block and wipes the digest.
fn copy(mut digest: impl AsMut<[u8]>, block: &mut [u8]) {
    block.iter_mut().zip(digest.as_mut().iter()).for_each(|(place, byte)| *place = *byte);
    digest.as_mut().zeroize();
}
