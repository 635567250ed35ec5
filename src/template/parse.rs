use alloc::borrow::{Cow, ToOwned};
use alloc::string::String;
use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::filter::{Filter, FilterError, apply_all};
use crate::secret::push_wiped;

/// No body of a text message is near this; what is larger is a mistake, and would only cost memory.
const MAX_TEMPLATE: usize = 64 * 1_024;

/// A text with placeholders, parsed once.
///
/// # Examples
///
/// ```
/// use otpost::template::Template;
///
/// let template = Template::parse("tel:{{to|plain}}")?;
/// let text = template.render(|name| (name == "to").then(|| "+41791234567".into()))?;
/// assert_eq!(text, "tel:41791234567");
///
/// let error = Template::parse("Hello {{nam").unwrap_err();
/// assert_eq!(error.position(), 6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    parts: Vec<Part>,
}

/// A piece of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the language is closed: there is no third thing")]
pub enum Part {
    /// Text that stands as it is.
    Literal(String),
    /// A variable.
    Placeholder(Placeholder),
}

/// `{{name|filter}}`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Placeholder {
    /// The variable's name.
    pub name: String,
    /// The filters, applied from left to right.
    pub filters: Vec<Filter>,
}

impl Template {
    /// Reads a template. Single braces, and `}}` without an opening, stand for themselves.
    ///
    /// # Errors
    ///
    /// [`TemplateError`] with the byte position of the placeholder that is wrong.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        if text.len() > MAX_TEMPLATE {
            return Err(TemplateError { position: MAX_TEMPLATE, kind: TemplateErrorKind::TooLong });
        }
        let mut parts = Vec::new();
        let mut rest = text;
        let mut position = 0_usize;
        while let Some((literal, behind)) = rest.split_once("{{") {
            if !literal.is_empty() {
                parts.push(Part::Literal(literal.to_owned()));
            }
            position = position.saturating_add(literal.len());
            let error = |kind| TemplateError { position, kind };
            let (inside, after) =
                behind.split_once("}}").ok_or_else(|| error(TemplateErrorKind::Unclosed))?;
            parts.push(Part::Placeholder(Placeholder::parse(inside).map_err(error)?));
            position = position.saturating_add(inside.len()).saturating_add(4);
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Part::Literal(rest.to_owned()));
        }
        Ok(Self { parts })
    }

    /// The pieces in order.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The placeholders in order.
    pub fn placeholders(&self) -> impl Iterator<Item = &Placeholder> {
        self.parts.iter().filter_map(|part| match part {
            Part::Placeholder(placeholder) => Some(placeholder),
            Part::Literal(_) => None,
        })
    }

    /// Puts the values in, in one pass.
    ///
    /// # Errors
    ///
    /// [`TemplateError`] for a variable without a value or a filter that does not fit; the name is
    /// told, the value is not.
    pub fn render<'v>(
        &self,
        mut lookup: impl FnMut(&str) -> Option<Cow<'v, str>>,
    ) -> Result<String, TemplateError> {
        // Wiped where it has to grow, and when it is not returned: it may hold a code.
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
                        Cow::Owned(value) => push_wiped(&mut text, &Zeroizing::new(value)),
                    }
                }
            }
        }
        Ok(core::mem::take(&mut *text))
    }
}

impl Placeholder {
    fn parse(inside: &str) -> Result<Self, TemplateErrorKind> {
        let mut pieces = inside.split('|').map(str::trim);
        let name = pieces.next().unwrap_or_default();
        if !is_name(name) {
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

    /// Sends a value through the filters.
    ///
    /// # Errors
    ///
    /// [`FilterError`] of the first that does not fit.
    pub fn filter<'v>(&self, value: Cow<'v, str>) -> Result<Cow<'v, str>, FilterError> {
        apply_all(&self.filters, value)
    }
}

/// Lower-case letters, digits, `_` and `.`, beginning with a letter; at most 40.
fn is_name(name: &str) -> bool {
    name.len() <= 40
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'.'))
}

/// What is wrong with a template, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("at byte {position}: {kind}")]
pub struct TemplateError {
    position: usize,
    kind: TemplateErrorKind,
}

impl TemplateError {
    /// The byte position of the placeholder that is wrong.
    #[must_use]
    pub const fn position(&self) -> usize {
        self.position
    }

    /// What is wrong with it.
    #[must_use]
    pub const fn kind(&self) -> &TemplateErrorKind {
        &self.kind
    }
}

/// What can be wrong with a template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TemplateErrorKind {
    /// No such filter, an argument that it does not take, or a value that it is not for.
    #[error("the filter `{0}` is unknown, or does not fit")]
    Filter(String),
    /// A variable has no value.
    #[error("the variable `{0}` has no value")]
    Missing(String),
    /// Not a variable's name.
    #[error("`{0}` is not a name: write lower-case letters, digits, `_` and `.`")]
    Name(String),
    /// Above 64 KiB.
    #[error("the template is longer than 64 KiB")]
    TooLong,
    /// `{{` without `}}`.
    #[error("`{{{{` is not closed by `}}}}`")]
    Unclosed,
}
