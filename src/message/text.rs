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

/// The text of a message with its placeholders: `{{code}}` exactly once, `{{minutes}}` if wanted, and variables of
/// the application's own.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use otpost::message::TextTemplate;
/// use otpost::Code;
///
/// let template = TextTemplate::parse("{{app}}: {{code}} is your code for {{minutes}} minutes.")?
///     .with_var("app", "Acme")?;
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
    /// Reads a template.
    ///
    /// # Errors
    ///
    /// [`TextTemplateError::Template`] when the placeholders are wrong, [`TextTemplateError::Code`] when
    /// `{{code}}` is not in it exactly once.
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
    /// Control characters, line breaks, marks of direction and characters without a glyph are not allowed in a value. With
    /// them, a name could begin a last line of its own, `@evil.example #000000`, from which browsers fill in codes, or change
    /// the order in which the text is read. Zero-width joiners are allowed behind characters outside of ASCII, where scripts
    /// and emoji need them.
    ///
    /// # Errors
    ///
    /// - [`TextTemplateError::Unused`] if the template has no such variable: most likely a typing error.
    /// - [`TextTemplateError::Value`] if the value holds such a character.
    pub fn with_var(
        mut self,
        name: &str,
        value: impl Into<String>,
    ) -> Result<Self, TextTemplateError> {
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

    /// Puts the code in. The minutes are rounded down, so that the text never promises more than holds.
    ///
    /// # Errors
    ///
    /// [`TextTemplateError::Template`] when a variable has no value, [`TextTemplateError::Minutes`] when the text says
    /// minutes and the lifetime is shorter than one.
    pub fn render(
        &self,
        code: &Code,
        lifetime: Duration,
    ) -> Result<SecretString, TextTemplateError> {
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
    /// The values of the variables.
    /// Returns the text with its placeholders, as it was parsed.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Returns the variables that have a value, in the order in which they were set.
    pub fn vars(&self) -> impl Iterator<Item = (&str, &str)> {
        self.vars.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    pub(super) fn values(&self) -> impl Iterator<Item = &str> {
        self.vars.iter().map(|(_, value)| value.as_str())
    }

    /// The longest text that the template makes of a code with so many digits, which lives so long: what to count before any
    /// code is there.
    ///
    /// # Errors
    ///
    /// As [`render`](Self::render).
    pub fn longest(
        &self,
        digits: Digits,
        lifetime: Duration,
    ) -> Result<SecretString, TextTemplateError> {
        // All digits take one unit, in either encoding.
        let code = Code::parse(&"0".repeat(digits.count())).map_err(|_| TextTemplateError::Code)?;
        self.render(&code, lifetime)
    }
}

impl fmt::Debug for TextTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Whom or what a text names is nobody's business.
        f.debug_struct("TextTemplate").finish_non_exhaustive()
    }
}

/// What is wrong with the template of a text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TextTemplateError {
    /// `{{code}}` is missing, or there more than once, or filtered.
    #[error("the text needs {{{{code}}}} exactly once, without a filter")]
    Code,
    /// `{{minutes}}` in the text of a code that lives less than one.
    #[error("the text says {{{{minutes}}}}, and the code lives less than one")]
    Minutes,
    /// The placeholders are wrong, or a variable has no value.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// A value for a variable that the template does not have.
    #[error("the template has no variable `{0}` of its own")]
    Unused(String),
    /// The value of a variable holds a line break, a control character, a mark of direction or an invisible character.
    #[error(
        "the value of `{name}` holds a control, direction or invisible character at byte {position}: write one line of visible text"
    )]
    #[non_exhaustive]
    Value {
        /// The variable.
        name: String,
        /// The byte position of the character in the value.
        position: usize,
    },
}

impl TextTemplateError {
    /// The variable that has no value, if that is what is wrong.
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
