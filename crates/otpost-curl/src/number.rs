//! Phone numbers as people write them: with separators, and with the prefixes that they dial.

/// The most separators between two digits, such as `) ` and ` - `.
const MAX_GAP: usize = 3;
/// The fewest digits of a number with separators. Shorter ones can be a date or a version.
const MIN_DIGITS: usize = 7;

/// Prefixes of international calls where it is not `00`: in North America, Australia, Russia and
/// Japan.
pub(crate) const EXITS: [&str; 4] = ["011", "0011", "810", "010"];

/// Returns the prefixes that people dial before a national number of a calling code.
pub(crate) fn trunks(calling_code: &str) -> &'static [&'static str] {
    match calling_code {
        // Hungary.
        "36" => &["06", "0"],
        // Mexico, until 2019.
        "52" => &["0", "01", "044", "045"],
        // Belarus dials 8, waits for a tone, and dials 0.
        "375" => &["80", "8", "0"],
        "7" | "370" | "371" | "372" | "373" | "374" | "380" | "992" | "993" | "994" | "995"
        | "996" | "998" => &["8", "0"],
        _ => &["0"],
    }
}

/// Returns the end of a number that begins at `at` and has separators between its digits.
///
/// `compact` is the number without separators. Returns `None` without separators as well, since
/// the caller compares the bytes first, and if it is a part of a longer number.
pub(crate) fn written_end(bytes: &[u8], at: usize, compact: &[u8]) -> Option<usize> {
    if compact.iter().filter(|byte| byte.is_ascii_digit()).count() < MIN_DIGITS {
        return None;
    }
    let mut place = at;
    let (mut gap, mut open) = (0_usize, 0_usize);
    let mut expected = compact.iter().peekable();
    while let Some(next) = expected.peek() {
        let rest = bytes.get(place..)?;
        let byte = *rest.first()?;
        if rest.starts_with(b"(0)") && place > at && **next != b'0' {
            // `+49 (0)30…`: the trunk zero is not dialled after a calling code.
            place = place.saturating_add(3);
        } else if byte == **next {
            expected.next();
            gap = 0;
            place = place.saturating_add(1);
        } else {
            // Between digits only, except for an opening parenthesis.
            match byte {
                b'(' => open = open.saturating_add(1),
                b')' => open = open.checked_sub(1)?,
                b' ' | b'-' | b'.' | b'/' if place > at => {}
                // A no-break space in UTF-8, and in ISO 8859-1.
                0xc2 if place > at && rest.get(1) == Some(&0xa0) => {}
                0xa0 if place > at => {}
                _ => return None,
            }
            gap = gap.saturating_add(1);
            place = place.saturating_add(1);
        }
        // The two bytes of a no-break space count twice.
        if gap > MAX_GAP.saturating_mul(2) {
            return None;
        }
    }
    let is_alone = !adjoins(bytes, at, Side::Before, b" -./()")
        && !adjoins(bytes, place, Side::Behind, b" -./()");
    (open == 0 && is_alone).then_some(place)
}

/// Returns `true` if the digits between two positions go on behind a hyphen, dot or slash.
pub(crate) fn continues(bytes: &[u8], from: usize, to: usize) -> bool {
    adjoins(bytes, from, Side::Before, b"-./") || adjoins(bytes, to, Side::Behind, b"-./")
}

#[derive(Clone, Copy)]
enum Side {
    Before,
    Behind,
}

/// Returns `true` if a digit stands beside a position, directly or after one separator.
fn adjoins(bytes: &[u8], at: usize, side: Side, separators: &[u8]) -> bool {
    let beside = |distance: usize| {
        let at = match side {
            Side::Before => at.checked_sub(distance.saturating_add(1))?,
            Side::Behind => at.saturating_add(distance),
        };
        bytes.get(at).copied()
    };
    let is_digit = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_digit());
    let is_separator = beside(0).is_some_and(|byte| separators.contains(&byte));
    is_digit(beside(0)) || (is_separator && is_digit(beside(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(written: &str, compact: &str, expected: Option<&str>) {
        let found = (0..written.len()).find_map(|at| {
            let end = written_end(written.as_bytes(), at, compact.as_bytes())?;
            written.get(at..end)
        });
        assert_eq!(found, expected, "{written} {compact}");
    }

    #[test]
    fn number_with_separators_is_found_whole() {
        check("+1 202-555-0123", "+12025550123", Some("+1 202-555-0123"));
        check("(202) 555-0123", "2025550123", Some("(202) 555-0123"));
        check("tel:+1.202.555.0123;x=1", "+12025550123", Some("+1.202.555.0123"));
        check("+49 (0)30 1234567", "+49301234567", Some("+49 (0)30 1234567"));
        check("+49\u{a0}30\u{a0}1234567", "+49301234567", Some("+49\u{a0}30\u{a0}1234567"));
        check("8 (900) 123-45-67", "89001234567", Some("8 (900) 123-45-67"));
        check("06 20/123 4567", "06201234567", Some("06 20/123 4567"));
    }

    #[test]
    fn number_is_not_found_in_a_longer_one() {
        check("1-202-555-0123", "2025550123", None);
        check("202-555-0123-9", "2025550123", None);
        check("9202-555-0123", "2025550123", None);
        check("202,555,0123", "2025550123", None);
        check("202    -   555-0123", "2025550123", None);
        check("2026-11", "202611", None);
        check("(202 555-0123", "2025550123", Some("202 555-0123"));
    }
}
