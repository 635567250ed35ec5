//! Ranges of codes, such as `"400-499"`.

use crate::gateway::error::SpecError;

/// A range of whole numbers, both ends included.
#[derive(Clone, Debug)]
pub(super) struct CodeRange {
    first: String,
    last: String,
}

impl CodeRange {
    /// Parses two whole numbers with a hyphen between them. Returns `None` for any other text,
    /// which is a code itself.
    pub(super) fn parse(text: &str, path: &str) -> Result<Option<Self>, SpecError> {
        // Most codes are words or one number, and have no two ends.
        let is_digit = |c: char| c.is_ascii_digit();
        if !text.trim_start().starts_with(is_digit) || text.bytes().all(|b| b.is_ascii_digit()) {
            return Ok(None);
        }
        // A range that is taken for a code would never match.
        let other =
            ["--", "..", "...", "~", "\u{2010}", "\u{2011}", "\u{2013}", "\u{2014}", " to "];
        let Some((first, last)) = text.split_once('-').filter(|_| is_range(text, "-")) else {
            if other.iter().any(|between| is_range(text, between)) {
                let hint = "write it with one hyphen, such as \"400-499\"";
                return Err(SpecError::new(path, "it is not the form of a range", hint));
            }
            return Ok(None);
        };
        let range = Self { first: first.trim().to_owned(), last: last.trim().to_owned() };
        if !range.holds(&range.last) {
            let hint = "write the lower number first, and both with the same number of digits if \
                        one begins with a zero";
            return Err(SpecError::new(path, "a range ends before it begins", hint));
        }
        Ok(Some(range))
    }

    /// Returns whether a code is a number in the range.
    ///
    /// `7` is not the code `007`, so a number has as many digits as the first one, or more of them
    /// without leading zeros.
    pub(super) fn holds(&self, code: &str) -> bool {
        let is_written_so = code.len() == self.first.len()
            || (code.len() > self.first.len() && !code.starts_with('0'));
        is_digits(code)
            && is_written_so
            && by_size(&self.first) <= by_size(code)
            && by_size(code) <= by_size(&self.last)
    }

    /// Returns whether the ranges have a number in common.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        let has_end = |of: &Self, is: &Self| is.holds(&of.first) || is.holds(&of.last);
        has_end(self, other) || has_end(other, self)
    }
}

fn is_range(text: &str, between: &str) -> bool {
    text.split_once(between)
        .is_some_and(|(first, last)| is_digits(first.trim()) && is_digits(last.trim()))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// Returns a key by which numbers of any length are sorted.
fn by_size(digits: &str) -> (usize, &str) {
    let digits = digits.trim_start_matches('0');
    (digits.len(), digits)
}
