//! New ids that look like the ids of a gateway.

use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest, Sha256};

use crate::message::MessageId;

/// The number of characters that make an id unique.
const UNIQUE: usize = 10;
/// The maximum number of digits of an id that is a number. Gateways keep them in 64 bits.
const MAX_DIGITS: usize = 18;

/// The maximum number of letters before the hexadecimal digits of an id, such as `SM`.
const MAX_PREFIX: usize = 4;
/// The minimum number of hexadecimal digits after such letters.
const MIN_HEX: usize = 16;

/// The sample of an id that no example shows.
const SAMPLE: &str = "a1b2c3d4e5f6a7b8";

/// A source of ids. An id repeats only if its form leaves no room for another.
#[derive(Debug)]
pub(super) struct FreshIds {
    seed: String,
    count: AtomicU64,
}

impl FreshIds {
    pub(super) fn new() -> Self {
        // Without randomness, the ids repeat those of the last start.
        let seed = MessageId::random().map(|id| id.as_str().to_owned()).unwrap_or_default();
        Self { seed, count: AtomicU64::new(0) }
    }

    /// Returns a new id of letters and digits.
    pub(super) fn any(&self) -> String {
        let [id, ..] = self.like(SAMPLE);
        id
    }

    /// Returns new ids with the letters and digits of `sample` replaced. The first is longer if the
    /// sample is short. In the last, only the digits differ, for an id with a fixed word in it.
    pub(super) fn like(&self, sample: &str) -> [String; 3] {
        // The number protects no other data, so it needs no ordering.
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        let free = sample.chars().filter(char::is_ascii_alphanumeric).count();
        let is_number = !sample.is_empty() && sample.bytes().all(|b| b.is_ascii_digit());
        let mut long = sample.to_owned();
        let more = UNIQUE.saturating_sub(free);
        let last = long.chars().last().filter(char::is_ascii_alphanumeric).unwrap_or('0');
        if !is_number || long.len().saturating_add(more) <= MAX_DIGITS {
            long.extend(std::iter::repeat_n(last, more));
        }
        [
            self.vary(&long, count, true),
            self.vary(sample, count, true),
            self.vary(sample, count, false),
        ]
    }

    fn vary(&self, sample: &str, count: u64, has_letters: bool) -> String {
        let (prefix, sample) = split_prefix(sample);
        let is_hex = sample
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .all(|c| c.is_ascii_digit() || ('a'..='f').contains(&c) || ('A'..='F').contains(&c));
        let (mut block, mut bytes) = (0_u64, Vec::new().into_iter());
        let mut next = |below: u8| {
            let byte = bytes.next().unwrap_or_else(|| {
                let hash = Sha256::new()
                    .chain_update(&self.seed)
                    .chain_update(count.to_be_bytes())
                    .chain_update(block.to_be_bytes())
                    .finalize();
                block = block.saturating_add(1);
                bytes = Vec::from_iter(hash).into_iter();
                bytes.next().unwrap_or_default()
            });
            byte.checked_rem(below).unwrap_or_default()
        };
        let letters = if is_hex { 6 } else { 26 };
        let mut is_first = true;
        let vary = |c: char| {
            let varied = match c {
                // A number begins with no zero.
                '0'..='9' if is_first => b'1'.saturating_add(next(9)),
                '0'..='9' => b'0'.saturating_add(next(10)),
                'a'..='z' if has_letters => b'a'.saturating_add(next(letters)),
                'A'..='Z' if has_letters => b'A'.saturating_add(next(letters)),
                c => return c,
            };
            is_first = false;
            char::from(varied)
        };
        prefix.chars().chain(sample.chars().map(vary)).collect()
    }
}

/// Splits off the letters before hexadecimal digits, which tell the kind of an id and are fixed.
fn split_prefix(sample: &str) -> (&str, &str) {
    let is_hex = |rest: &str| {
        rest.len() >= MIN_HEX && rest.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    };
    let at = sample.bytes().take(MAX_PREFIX).take_while(u8::is_ascii_uppercase).count();
    sample.split_at_checked(at).filter(|(_, rest)| is_hex(rest)).unwrap_or(("", sample))
}
