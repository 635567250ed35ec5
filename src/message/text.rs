use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use super::invisible;
use crate::otp::{Code, Digits};
use crate::secret::SecretString;
use crate::template::{Template, TemplateError, TemplateErrorKind};

/// A template for the text of a message.
///
/// It contains `{{code}}` exactly once, `{{minutes}}` if wanted, and any variables of the
/// application, such as `{{app}}`.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use otpost::message::TextTemplate;
/// use otpost::Code;
///
/// let text = "{{app}}: {{code}} is your code for {{minutes}} minutes.";
/// let template = TextTemplate::parse(text)?.with_var("app", "Acme")?;
/// let text = template.render(&Code::parse("012345")?, Duration::from_secs(300))?;
/// assert_eq!(text.expose(), "Acme: 012345 is your code for 5 minutes.");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct TextTemplate {
    /// As it was parsed.
    source: Box<str>,
    template: Template,
    vars: Vec<(String, String)>,
}

impl TextTemplate {
    /// Parses a template.
    ///
    /// # Errors
    ///
    /// - [`TextTemplateError::Template`] if a placeholder is invalid.
    /// - [`TextTemplateError::Code`] if the text does not contain `{{code}}` exactly once, without
    ///   a filter.
    pub fn parse(text: &str) -> Result<Self, TextTemplateError> {
        let template = Template::parse(text)?;
        let mut codes = template.placeholders().filter(|p| p.name == "code");
        let once = codes.next().is_some_and(|p| p.filters.is_empty()) && codes.next().is_none();
        if !once {
            return Err(TextTemplateError::Code);
        }
        drop(codes);
        Ok(Self { source: text.into(), template, vars: Vec::new() })
    }

    /// Sets the value of a variable.
    ///
    /// A value is one line of visible text. Control characters, line breaks, direction marks and
    /// invisible characters are not allowed. With them, a name could start its own last line, such
    /// as `@evil.example #000000`, from which browsers fill in codes, or change the order in which
    /// the text is read. Zero-width joiners are allowed after characters outside ASCII, where
    /// scripts and emoji need them.
    ///
    /// # Errors
    ///
    /// - [`TextTemplateError::Unused`] if the template has no such variable, which is most likely a
    ///   typing error, or if the name is `code` or `minutes`.
    /// - [`TextTemplateError::Value`] if the value contains a character that is not allowed.
    pub fn with_var(
        mut self,
        name: &str,
        value: impl Into<String>,
    ) -> Result<Self, TextTemplateError> {
        // `render` sets these two, and would ignore the value.
        let own = !matches!(name, "code" | "minutes");
        if !own || !self.template.placeholders().any(|p| p.name == name) {
            return Err(TextTemplateError::Unused(name.to_owned()));
        }
        let value = value.into();
        if let Some(position) = invisible::find(&value) {
            return Err(TextTemplateError::Value { name: name.to_owned(), position });
        }
        self.vars.retain(|(known, _)| known != name);
        self.vars.push((name.to_owned(), value));
        Ok(self)
    }

    /// Renders the text with a code. `{{minutes}}` is the lifetime rounded down, so that the text
    /// never promises more time than there is.
    ///
    /// # Errors
    ///
    /// - [`TextTemplateError::Template`] if a variable has no value.
    /// - [`TextTemplateError::Minutes`] if the text contains `{{minutes}}` and the lifetime is
    ///   shorter than one minute.
    pub fn render(
        &self,
        code: &Code,
        lifetime: Duration,
    ) -> Result<SecretString, TextTemplateError> {
        // Rounded down. Zero minutes would tell the recipient that the code has already expired.
        let minutes = lifetime.as_secs() / 60;
        if minutes == 0 && self.template.placeholders().any(|p| p.name == "minutes") {
            return Err(TextTemplateError::Minutes);
        }
        let minutes = minutes.to_string();
        let text = self.template.render(|name| match name {
            "code" => Some(code.expose().into()),
            "minutes" => Some(minutes.as_str().into()),
            _ => self.vars.iter().find(|(known, _)| known == name).map(|(_, v)| v.as_str().into()),
        })?;
        Ok(SecretString::new(text))
    }
}

impl TextTemplate {
    /// Returns the text with its placeholders, as it was parsed.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Returns the variables that have a value, in the order in which they were set.
    pub fn vars(&self) -> impl Iterator<Item = (&str, &str)> {
        self.vars.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Returns the values of the variables.
    pub(super) fn values(&self) -> impl Iterator<Item = &str> {
        self.vars.iter().map(|(_, value)| value.as_str())
    }

    /// Renders the longest text of the template, for codes with this number of digits. Use it to
    /// count the segments before there is a code.
    ///
    /// # Errors
    ///
    /// The errors of [`render`](Self::render).
    pub fn longest(
        &self,
        digits: Digits,
        lifetime: Duration,
    ) -> Result<SecretString, TextTemplateError> {
        // Each digit takes one unit in both encodings, so a code of zeros is as long as any other.
        let code = Code::parse(&"0".repeat(digits.count())).map_err(|_| TextTemplateError::Code)?;
        self.render(&code, lifetime)
    }
}

impl fmt::Debug for TextTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The values can be personal data, such as a person's name.
        f.debug_struct("TextTemplate").finish_non_exhaustive()
    }
}

/// An error in a text template or in the value of a variable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TextTemplateError {
    /// The text does not contain `{{code}}` exactly once, or `{{code}}` has a filter.
    #[error("the text needs {{{{code}}}} exactly once, without a filter")]
    Code,
    /// The text contains `{{minutes}}`, but the code is valid for less than one minute.
    #[error("the text contains {{{{minutes}}}}, but the code is valid for less than one minute")]
    Minutes,
    /// A placeholder is invalid, or a variable has no value.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// The template has no variable of this name that can be set.
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
