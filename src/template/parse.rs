use alloc::borrow::{Cow, ToOwned};
use alloc::string::String;
use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::filter::{Filter, FilterError, apply_all};
use crate::secret::push_wiped;

/// The maximum length of a template in bytes. No request for a text message comes near it.
const MAX_TEMPLATE: usize = 64 * 1_024;

/// A text with placeholders, parsed once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Template {
    pub(crate) parts: Vec<Part>,
}

/// A piece of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// Text that is copied unchanged.
    Literal(String),
    /// A variable with its filters.
    Placeholder(Placeholder),
}

/// A variable and the filters for its value: `{{name|filter}}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Placeholder {
    /// The name of the variable.
    pub(crate) name: String,
    /// The filters, applied from left to right.
    pub(crate) filters: Vec<Filter>,
}

impl Template {
    /// Parses a template. Single braces, and a `}}` without a `{{` before it, are literal text.
    ///
    /// # Errors
    ///
    /// [`TemplateError`] with the byte position of the invalid placeholder. A text above 64 KiB is
    /// also an error.
    pub(crate) fn parse(text: &str) -> Result<Self, TemplateError> {
        if text.len() > MAX_TEMPLATE {
            return Err(TemplateError { position: MAX_TEMPLATE, kind: TemplateErrorKind::TooLong });
        }
        let mut parts = Vec::new();
        let mut rest = text;
        let mut position = 0_usize;
        while let Some((literal, behind)) = split_at_two(rest, '{') {
            if !literal.is_empty() {
                parts.push(Part::Literal(literal.to_owned()));
            }
            position = position.saturating_add(literal.len());
            let error = |kind| TemplateError { position, kind };
            // A second `{{` before the `}}` belongs to the next placeholder, so this one has no
            // end.
            let (inside, after) = split_at_two(behind, '}')
                .filter(|(inside, _)| split_at_two(inside, '{').is_none())
                .ok_or_else(|| error(TemplateErrorKind::Unclosed))?;
            parts.push(Part::Placeholder(Placeholder::parse(inside).map_err(error)?));
            position = position.saturating_add(inside.len()).saturating_add(4);
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Part::Literal(rest.to_owned()));
        }
        Ok(Self { parts })
    }

    /// Returns the placeholders in order.
    pub(crate) fn placeholders(&self) -> impl Iterator<Item = &Placeholder> {
        self.parts.iter().filter_map(|part| match part {
            Part::Placeholder(placeholder) => Some(placeholder),
            Part::Literal(_) => None,
        })
    }

    /// Renders the template in one pass, with the values that `lookup` returns.
    ///
    /// # Errors
    ///
    /// [`TemplateError`] for a variable without a value, or a filter that does not accept the
    /// value. The error contains the name, never the value.
    pub(crate) fn render<'v>(
        &self,
        mut lookup: impl FnMut(&str) -> Option<Cow<'v, str>>,
    ) -> Result<String, TemplateError> {
        // The text may hold a code, so it is wiped when it has to grow and when it is not returned.
        let mut text = Zeroizing::new(String::new());
        for part in &self.parts {
            match part {
                Part::Literal(literal) => push_wiped(&mut text, literal),
                Part::Placeholder(placeholder) => {
                    let error = |kind| TemplateError { position: text.len(), kind };
                    let value = lookup(&placeholder.name).ok_or_else(|| {
                        error(TemplateErrorKind::Missing(placeholder.name.clone()))
                    })?;
                    let value = placeholder
                        .filter(value)
                        .map_err(|e| error(TemplateErrorKind::Filter(e.filter.to_owned())))?;
                    match value {
                        Cow::Borrowed(value) => push_wiped(&mut text, value),
                        // A filter made this copy of a value, perhaps of a code.
                        Cow::Owned(value) => push_wiped(&mut text, &Zeroizing::new(value)),
                    }
                }
            }
        }
        // Move the text out of its wrapper, which wipes what is left: an empty string.
        Ok(core::mem::take(&mut *text))
    }
}

/// Splits a text at the first two braces in a row. A search for a text of two characters takes
/// several times as long to begin.
fn split_at_two(text: &str, brace: char) -> Option<(&str, &str)> {
    let mut from = 0_usize;
    loop {
        let at = from.checked_add(text.get(from..)?.find(brace)?)?;
        let (before, behind) = text.split_at_checked(at)?;
        let behind = behind.strip_prefix(brace)?;
        if let Some(behind) = behind.strip_prefix(brace) {
            return Some((before, behind));
        }
        from = at.checked_add(brace.len_utf8())?;
    }
}

impl Placeholder {
    fn parse(inside: &str) -> Result<Self, TemplateErrorKind> {
        let mut pieces = inside.split('|').map(str::trim);
        let name = pieces.next().unwrap_or_default();
        if !is_name(name) {
            // If a `}}` is missing, the name can be as long as the template.
            return Err(TemplateErrorKind::Name(name.chars().take(40).collect()));
        }
        let filters = pieces
            .map(|text| {
                Filter::parse(text)
                    .ok_or_else(|| TemplateErrorKind::Filter(text.chars().take(40).collect()))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { name: name.to_owned(), filters })
    }

    /// Applies the filters to a value, from left to right.
    ///
    /// # Errors
    ///
    /// [`FilterError`] of the first filter that does not accept the value.
    pub(crate) fn filter<'v>(&self, value: Cow<'v, str>) -> Result<Cow<'v, str>, FilterError> {
        apply_all(&self.filters, value)
    }
}

/// Returns `true` for a lower-case letter followed by lower-case letters, digits, `_` and `.`, at
/// most 40 characters in all.
fn is_name(name: &str) -> bool {
    name.len() <= 40
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'.'))
}

/// An error in a template, with its position.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("at byte {position}: {kind}")]
pub struct TemplateError {
    position: usize,
    kind: TemplateErrorKind,
}

impl TemplateError {
    /// Returns the byte position of the error.
    ///
    /// An error from parsing has the position of the placeholder in the template, and an error from
    /// rendering the position in the rendered text.
    #[must_use]
    pub const fn position(&self) -> usize {
        self.position
    }

    /// Returns the kind of the error.
    #[must_use]
    pub const fn kind(&self) -> &TemplateErrorKind {
        &self.kind
    }
}

/// The kind of a [`TemplateError`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TemplateErrorKind {
    /// An unknown filter, an invalid argument, or a value that the filter does not accept.
    #[error("the filter `{0}` is unknown, or does not accept its argument or value")]
    Filter(String),
    /// A variable without a value.
    #[error("the variable `{0}` has no value")]
    Missing(String),
    /// An invalid name of a variable.
    #[error(
        "invalid variable name `{0}`: expected a lower-case letter, then at most 39 lower-case letters, digits, `_` and `.`"
    )]
    Name(String),
    /// A template above 64 KiB.
    #[error("the template is longer than 64 KiB")]
    TooLong,
    /// A `{{` without a `}}` after it, or with another `{{` before the `}}`.
    #[error("`{{{{` is not closed by `}}}}`")]
    Unclosed,
}
