//! Checks of a rendered text. Each value has passed its own check, but values can also become a
//! link or an autofill line together with the text around them.

use alloc::borrow::ToOwned;
use alloc::string::String;
use core::ops::Range;

use zeroize::Zeroizing;

use super::autofill::OriginBound;
use super::links::{self, FoundLink, LinkKind};
use super::look_alike::to_plain;
use super::numbers;
use super::text_error::TextTemplateError;

/// A character that is not allowed in values, so a text with it differs from all rendered texts.
const MARK: &str = "\u{1}";

/// The value of a variable within a rendered text.
pub(super) struct ValueSpan<'t> {
    pub(super) name: &'t str,
    pub(super) range: Range<usize>,
}

/// Checks a text that contains the code and these values, which are in the order of the text.
pub(super) fn check(
    text: &str,
    code: &str,
    values: &[ValueSpan<'_>],
    is_allowed: impl Fn(&str, LinkKind) -> bool,
) -> Result<(), TextTemplateError> {
    if numbers::find_code(text, code).is_none() {
        return Err(TextTemplateError::Joined);
    }
    // Links that the author of the template wrote touch no value.
    if values.is_empty() {
        return Ok(());
    }
    // The search leaves copies of words behind in memory. It gets a code of zeros.
    let masked = text.replace(code, &"0".repeat(code.len()));
    for link in links::find(&masked) {
        let touched = values.iter().filter(|value| value.touches(&link));
        if let Some(value) = touched.into_iter().find(|value| !is_allowed(value.name, link.kind)) {
            return Err(value.error(&link));
        }
    }
    // Compare with a text in which no value can be read. If a browser finds the same in both, the
    // values have no part in it.
    let marked = marked(text, values);
    let is_same = |a: &str, b: &str| {
        OriginBound::parse(a) == OriginBound::parse(b)
            && OriginBound::parse_apple(a) == OriginBound::parse_apple(b)
            && OriginBound::parse_chromium(a) == OriginBound::parse_chromium(b)
    };
    // Also after a gateway has converted the characters.
    if is_same(text, &marked) && is_same(&to_plain(text), &to_plain(&marked)) {
        Ok(())
    } else {
        Err(TextTemplateError::AutofillLine)
    }
}

impl ValueSpan<'_> {
    fn touches(&self, link: &FoundLink) -> bool {
        self.range.start < link.range.end && link.range.start < self.range.end
    }

    fn error(&self, link: &FoundLink) -> TextTemplateError {
        TextTemplateError::Link {
            name: self.name.to_owned(),
            kind: link.kind,
            position: link.range.start.saturating_sub(self.range.start),
        }
    }
}

/// Returns the text with a mark instead of each value.
fn marked(text: &str, values: &[ValueSpan<'_>]) -> Zeroizing<String> {
    let room = text.len().saturating_add(values.len());
    let mut marked = Zeroizing::new(String::with_capacity(room));
    let mut done = 0;
    for value in values {
        marked.push_str(text.get(done..value.range.start).unwrap_or_default());
        marked.push_str(MARK);
        done = value.range.end;
    }
    marked.push_str(text.get(done..).unwrap_or_default());
    marked
}
