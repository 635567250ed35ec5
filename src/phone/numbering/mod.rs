//! The numbering plans of all calling codes in short: leading digits, lengths and trunk prefixes.

#[rustfmt::skip]
mod table;
mod trunk;

pub(super) use trunk::{has_trunk, without_trunk};

use table::{LENGTHS, NODES, ROOT};

/// Entries of the table from this value on refer to a node.
const INNER: u16 = 1_000;

/// Returns `true` if the plan of a calling code contains numbers with these leading digits and this
/// length.
///
/// The first three digits after the calling code decide. More would also refuse ranges that were
/// opened after the table was made.
pub(super) fn contains(plain: &str) -> bool {
    let mut cell = ROOT;
    for digit in plain.bytes() {
        // A set of lengths: the digits that follow can be any.
        let Some(at) = cell.checked_sub(INNER) else { break };
        let node = NODES.get(usize::from(at));
        let next = node.and_then(|node| node.get(usize::from(digit.wrapping_sub(b'0'))));
        cell = next.copied().unwrap_or_default();
    }
    let lengths = cell.checked_sub(1).and_then(|at| LENGTHS.get(usize::from(at)));
    let national = plain.len().saturating_sub(calling_code_len(plain));
    let bit = u32::try_from(national).ok().and_then(|national| 1_u16.checked_shl(national));
    lengths.zip(bit).is_some_and(|(lengths, bit)| lengths & bit != 0)
}

/// Returns the number of digits of the calling code (ITU-T list of country codes). None of them is
/// a prefix of another, so the first two digits determine it.
pub(crate) fn calling_code_len(plain: &str) -> usize {
    match plain.as_bytes() {
        [b'1' | b'7', ..] => 1,
        [b'2', b'0' | b'7', ..]
        | [b'3', b'0'..=b'4' | b'6' | b'9', ..]
        | [b'4', b'0' | b'1' | b'3'..=b'9', ..]
        | [b'5', b'1'..=b'8', ..]
        | [b'6', b'0'..=b'6', ..]
        | [b'8', b'1' | b'2' | b'4' | b'6', ..]
        | [b'9', b'0'..=b'5' | b'8', ..] => 2,
        // All other assigned codes have three digits. Unassigned ones are treated like them.
        _ => 3,
    }
}
