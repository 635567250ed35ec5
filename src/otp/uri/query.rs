//! Splits the query of a URI, also one that was escaped for HTML or JSON when it was copied.

use alloc::string::String;

use crate::pasted::clean;

/// A parameter of a query. Its name and its value are still encoded.
pub(in crate::otp) struct Parameter<'a> {
    pub(in crate::otp) name: &'a str,
    pub(in crate::otp) value: &'a str,
    /// The byte of the query at which the name begins.
    pub(in crate::otp) at: usize,
    /// The byte of the query at which the value begins.
    pub(in crate::otp) value_at: usize,
}

/// Splits a query at `&`, and where that is written as `&amp;` in HTML or as `\u0026` in JSON. If
/// `amp;digits` were another parameter than `digits`, a key of eight digits would have six.
pub(in crate::otp) fn parameters(query: &str) -> impl Iterator<Item = Parameter<'_>> {
    let mut rest = Some(query);
    let parts = core::iter::from_fn(move || {
        let text = rest?;
        let at = query.len().saturating_sub(text.len());
        let ends = ["&", "\\u0026", "\\x26"].map(|end| Some((text.find(end)?, end.len())));
        let Some((end, length)) = ends.into_iter().flatten().min() else {
            rest = None;
            return Some((text, at));
        };
        rest = text.get(end.saturating_add(length)..).map(after_entity);
        Some((text.get(..end)?, at))
    });
    parts.filter(|(text, _)| !text.is_empty()).map(|(text, at)| {
        let (name, value) = text.split_once('=').unwrap_or((text, ""));
        let value_at = at.saturating_add(name.len()).saturating_add(1);
        Parameter { name, value, at, value_at }
    })
}

/// Returns the name of `known` that a decoded name stands for: in any case, with blanks and
/// invisible characters, or behind the rest of an entity that was percent-encoded or lost its
/// semicolon.
///
/// If `Digits` or `amp;digits` were an unknown parameter, the key would have six digits.
pub(in crate::otp) fn known_name(decoded: &str, known: &[&'static str]) -> Option<&'static str> {
    let plain: String = clean(decoded).map(|c| c.plain).collect();
    let name = after_entity(&plain).trim_start_matches(';');
    let bare = strip_ignoring_case(name, "amp");
    let is_name = |known: &&&str| {
        known.eq_ignore_ascii_case(name)
            || bare.is_some_and(|bare| known.eq_ignore_ascii_case(bare))
    };
    known.iter().find(is_name).copied()
}

/// Returns the text after `prefix`, which is ASCII, in any case.
pub(in crate::otp) fn strip_ignoring_case<'t>(text: &'t str, prefix: &str) -> Option<&'t str> {
    let (begin, rest) = text.split_at_checked(prefix.len())?;
    begin.eq_ignore_ascii_case(prefix).then_some(rest)
}

/// Returns `true` if the text contains `part`, which is ASCII, in any case.
pub(in crate::otp) fn contains_ignoring_case(text: &str, part: &str) -> bool {
    // Not by a copy in lower case, which would leave a secret behind.
    text.as_bytes().windows(part.len()).any(|w| w.eq_ignore_ascii_case(part.as_bytes()))
}

/// Removes the rest of an entity of HTML for `&`, also of one that was escaped twice.
fn after_entity(mut text: &str) -> &str {
    while let Some(rest) = strip_entity(text) {
        text = rest;
    }
    text
}

/// Removes `amp;`, `#38;` or `#x26;`, the latter two with leading zeros.
fn strip_entity(text: &str) -> Option<&str> {
    let number = |after: &'_ str, digits: &str| {
        let digits_at = after.len().saturating_sub(after.trim_start_matches('0').len());
        let rest = after.get(digits_at..)?.strip_prefix(digits)?.strip_prefix(';')?;
        Some(after.len().saturating_sub(rest.len()))
    };
    if let Some(rest) = strip_ignoring_case(text, "amp;") {
        return Some(rest);
    }
    let (after, digits) = match strip_ignoring_case(text, "#x") {
        Some(after) => (after, "26"),
        None => (text.strip_prefix('#')?, "38"),
    };
    after.get(number(after, digits)?..)
}
