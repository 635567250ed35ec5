//! Trunk prefixes: digits that are dialled before a number within its country, and nowhere else.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::table::TRUNKS;
use super::{calling_code_len, contains};

/// Argentina, where a mobile number within the country has 15 after its area, and abroad a 9 before
/// it.
const ARGENTINA: &str = "54";

/// Returns the number without the trunk prefix after its calling code, if a plan contains that
/// number and no other reading.
pub(in crate::phone) fn without_trunk(plain: &str) -> Option<String> {
    let mut found = readings(plain).into_iter().filter(|reading| contains(reading));
    let first = found.next()?;
    // With and without a carrier's digits, two numbers can remain in Brazil. A guess would send a
    // code to a stranger.
    found.all(|other| other == first).then_some(first)
}

/// Returns `true` if a trunk prefix follows the calling code.
pub(in crate::phone) fn has_trunk(plain: &str) -> bool {
    !readings(plain).is_empty()
}

/// Returns the number without each of the prefixes that it begins with.
fn readings(plain: &str) -> Vec<String> {
    let Some((code, national)) = plain.split_at_checked(calling_code_len(plain)) else {
        return Vec::new();
    };
    let prefixes = TRUNKS.iter().filter(|(codes, _)| codes.contains(&code));
    let prefixes = prefixes.flat_map(|(_, prefixes)| prefixes.iter());
    let mut found: Vec<String> = prefixes
        .filter_map(|prefix| national.strip_prefix(prefix))
        .map(|rest| format!("{code}{rest}"))
        .collect();
    if code == ARGENTINA {
        let national = national.strip_prefix('0').unwrap_or(national);
        // An area has two to four digits. The table knows which ones there are.
        found.extend((2..=4).filter_map(|length| {
            let (area, rest) = national.split_at_checked(length)?;
            Some(format!("{code}9{area}{}", rest.strip_prefix("15")?))
        }));
    }
    found
}
