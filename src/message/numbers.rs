//! Numbers in a text, as a person and a phone read them.

/// Returns the numbers of a text with their byte positions. A number is a longest run of digits.
pub(super) fn all(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut rest = text;
    core::iter::from_fn(move || {
        let (_, number) = rest.split_at_checked(rest.find(char::is_numeric)?)?;
        let end = number.find(|c: char| !c.is_numeric()).unwrap_or(number.len());
        let (number, behind) = number.split_at_checked(end)?;
        rest = behind;
        let position = text.len().saturating_sub(behind.len()).saturating_sub(number.len());
        Some((position, number))
    })
}

/// Returns the byte position of a code that stands alone, and is not a part of a longer number.
pub(super) fn find_code(text: &str, code: &str) -> Option<usize> {
    // This comparison need not take constant time: the caller knows both.
    all(text).find(|(_, number)| *number == code).map(|(position, _)| position)
}
