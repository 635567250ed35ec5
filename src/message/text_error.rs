use alloc::string::String;

use super::links::LinkKind;
use crate::template::{TemplateError, TemplateErrorKind};

/// An error in a text template or in the value of a variable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TextTemplateError {
    /// The values create an autofill line (`@host #code`) in the text, or change the one in it.
    #[error(
        "the values make or change an `@host #code`, from which browsers fill in codes: use `Autofill` for the host"
    )]
    AutofillLine,
    /// The text does not contain `{{code}}` exactly once, or `{{code}}` has a filter.
    #[error("the text needs {{{{code}}}} exactly once, without a filter")]
    Code,
    /// A digit stands directly before or after the code, so that a reader cannot tell where the
    /// code begins or ends.
    #[error("a digit stands directly before or after {{{{code}}}}: write a space between them")]
    Joined,
    /// The value of a variable contains a link, or a sign that can make one, of a kind that was not
    /// allowed for the variable. A filter, or the text around the value, can also make a link of
    /// it.
    #[error(
        "the value of `{name}` holds a link or a sign that can make one (`{kind}`) at byte {position}: remove it, write a space after each full stop, or allow it using `with_link_allowed`"
    )]
    #[non_exhaustive]
    Link {
        /// The name of the variable.
        name: String,
        /// The kind of the link.
        kind: LinkKind,
        /// The byte position of the link in the value, or 0 if it begins before the value.
        position: usize,
    },
    /// The text contains `{{minutes}}`, but the code is valid for less than one minute.
    #[error("the text contains {{{{minutes}}}}, but the code is valid for less than one minute")]
    Minutes,
    /// A placeholder is invalid, or a variable has no value.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// The template has no variable of this name, or it is `code` or `minutes`, which
    /// [`render`](super::TextTemplate::render) sets.
    #[error(
        "unknown variable `{0}`: expected a variable of the template other than `code` and `minutes`"
    )]
    Unused(String),
    /// The value of a variable contains a line break, a control character, a direction mark or an
    /// invisible character.
    #[error(
        "the value of `{name}` holds a control, direction or invisible character at byte {position}: write one line of visible text"
    )]
    #[non_exhaustive]
    Value {
        /// The name of the variable.
        name: String,
        /// The byte position of the character in the value.
        position: usize,
    },
}

impl TextTemplateError {
    /// Returns the name of the variable that has no value, or `None` for any other error.
    #[must_use]
    pub fn missing(&self) -> Option<&str> {
        match self {
            Self::Template(error) => match error.kind() {
                TemplateErrorKind::Missing(name) => Some(name),
                _ => None,
            },
            _ => None,
        }
    }
}
