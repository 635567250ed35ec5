//! The code in a text, for messages that do not carry it apart.

use otpost::message::OriginBound;

/// A row of digits in a text.
struct DigitRow<'t> {
    text: &'t str,
    start: usize,
    end: usize,
}

/// Returns the code: that of the autofill line, or the number that looks most like one.
///
/// Six digits are preferred, because most codes have them. Numbers that are part of something else,
/// such as a phone number, an amount or a word, are left out.
pub(super) fn find_code(text: &str) -> Option<String> {
    if let Some(line) = OriginBound::parse(text) {
        return Some(line.expose_code().to_owned());
    }
    let rows: Vec<DigitRow<'_>> = rows(text).collect();
    let of_length = |length: usize| {
        let row = rows.iter().find(|row| row.text.len() == length && is_alone(text, row));
        row.map(|row| row.text.to_owned())
    };
    of_length(6)
        .or_else(|| halves(text, &rows))
        .or_else(|| [4, 5, 7, 8, 9, 10].into_iter().find_map(of_length))
}

fn rows(text: &str) -> impl Iterator<Item = DigitRow<'_>> {
    let mut at = 0_usize;
    std::iter::from_fn(move || {
        let rest = text.get(at..)?;
        let start = at.saturating_add(rest.find(|c: char| c.is_ascii_digit())?);
        let rest = text.get(start..)?;
        let length = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let end = start.saturating_add(length);
        at = end;
        Some(DigitRow { text: text.get(start..end)?, start, end })
    })
}

/// Returns whether no part of a longer word, number or amount is around a row.
fn is_alone(text: &str, row: &DigitRow<'_>) -> bool {
    let before = text.get(..row.start).unwrap_or_default().chars().next_back();
    let mut behind = text.get(row.end..).unwrap_or_default().chars();
    let (next, after) = (behind.next(), behind.next());
    let is_inside = |c: char| c.is_alphanumeric() || matches!(c, '+' | '_' | '/' | '@' | '$' | '€');
    let is_decimal =
        matches!(next, Some('.' | ',' | ':')) && after.is_some_and(|after| after.is_ascii_digit());
    !before.is_some_and(|c| is_inside(c) || matches!(c, '.' | ','))
        && !next.is_some_and(is_inside)
        && !is_decimal
}

/// Returns a code that is written as `123 456` or `123-456`.
fn halves(text: &str, rows: &[DigitRow<'_>]) -> Option<String> {
    let is_joined = |left: &DigitRow<'_>, right: &DigitRow<'_>| {
        matches!(text.get(left.end..right.start), Some(" " | "-" | "\u{a0}"))
    };
    rows.windows(2).enumerate().find_map(|(at, pair)| {
        let [left, right] = pair else { return None };
        let is_code = left.text.len() == 3 && right.text.len() == 3 && is_joined(left, right);
        // A third group makes it a phone number or an amount.
        let before = at.checked_sub(1).and_then(|at| rows.get(at));
        let behind = rows.get(at.saturating_add(2));
        let is_longer = before.is_some_and(|before| is_joined(before, left))
            || behind.is_some_and(|behind| is_joined(right, behind));
        let ends = is_alone(text, left) && is_alone(text, right);
        (is_code && !is_longer && ends).then(|| format!("{}{}", left.text, right.text))
    })
}

#[cfg(test)]
mod tests {
    use super::find_code;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(find_code(text).as_deref(), expected, "{text}");
    }

    #[test]
    fn code_is_found_in_the_texts_of_services() {
        check("012345 is your code", Some("012345"));
        check("Your Acme code is 1234.", Some("1234"));
        check("G-123456 is your Google code.", Some("123456"));
        check("Code: 123 456. Valid for 5 minutes.", Some("123456"));
        check("Your code is 123-456", Some("123456"));
        check("<#> 4711 is your code, 2026 Acme FA+9qCX9VSu", Some("4711"));
        check("Code (12345678)", Some("12345678"));
        check("123456.\n\n@acme.example #654321", Some("654321"));
        check("Your code: 12345. Call +41791234567 for help", Some("12345"));
        check("قدمت الرمز 123456", Some("123456"));
    }

    #[test]
    fn other_numbers_are_no_code() {
        check("Hello", None);
        check("Call +41791234567", None);
        check("Call 079 123 456 78", None);
        check("You paid 1234.50 CHF", None);
        check("See acme.example/123456", None);
        check("abc123456def and 12", None);
        check("", None);
    }
}
