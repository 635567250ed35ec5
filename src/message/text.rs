use alloc::borrow::{Cow, ToOwned};
use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use super::invisible;
use super::links::{self, LinkKind};
use super::rendered::{self, ValueSpan};
use super::text_error::TextTemplateError;
use crate::otp::{Code, Digits};
use crate::secret::SecretString;
use crate::template::{Part, Template};

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
///
/// # Security
///
/// Values often come from strangers, who would use them to send links in your name. So a value
/// contains no URL, domain name, e-mail or IP address, `@` or `#`, unless the template allows it
/// for its variable:
///
/// ```
/// use otpost::message::{LinkKind, TextTemplate};
///
/// let text = "{{code}} confirms order {{order}} at {{shop}}.";
/// let template = TextTemplate::parse(text)?
///     .with_link_allowed("order", LinkKind::NumberSign)?
///     .with_link_allowed("shop", LinkKind::Domain)?;
/// let template = template.with_var("order", "#2041")?.with_var("shop", "Booking.com")?;
///
/// let refused = template.with_var("order", "#2041: see evil.example/pay").unwrap_err();
/// assert!(refused.to_string().contains("`order` holds a link"));
/// # Ok::<(), otpost::message::TextTemplateError>(())
/// ```
///
/// The text of the template itself may contain links. No value becomes a part of an autofill line
/// (`@host #code`), whatever is allowed: set the host using [`Autofill`](super::Autofill).
#[derive(Clone)]
pub struct TextTemplate {
    /// As it was parsed.
    source: Box<str>,
    template: Template,
    vars: Vec<(String, String)>,
    /// The kinds of links that the values of a variable may contain.
    allowed: Vec<(String, LinkKind)>,
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
        let source = text.into();
        Ok(Self { source, template, vars: Vec::new(), allowed: Vec::new() })
    }

    /// Allows one kind of link in the values of a variable. None is allowed by default. Call it
    /// before [`with_var`](Self::with_var).
    ///
    /// # Errors
    ///
    /// [`TextTemplateError::Unused`] if the template has no such variable, or if the name is `code`
    /// or `minutes`.
    pub fn with_link_allowed(
        mut self,
        name: &str,
        kind: LinkKind,
    ) -> Result<Self, TextTemplateError> {
        self.check_name(name)?;
        if !self.is_allowed(name, kind) {
            self.allowed.push((name.to_owned(), kind));
        }
        Ok(self)
    }

    /// Sets the value of a variable.
    ///
    /// A value is one line of visible text. Control characters, line breaks, direction marks and
    /// invisible characters are not allowed. With them, a name could start its own last line, such
    /// as `@evil.example #000000`, from which browsers fill in codes, or change the order in which
    /// the text is read. Zero-width joiners are allowed after characters outside ASCII, where
    /// scripts and emoji need them. Links are not allowed, except the kinds that were set with
    /// [`with_link_allowed`](Self::with_link_allowed).
    ///
    /// # Errors
    ///
    /// - [`TextTemplateError::Unused`] if the template has no such variable, which is most likely a
    ///   typing error, or if the name is `code` or `minutes`.
    /// - [`TextTemplateError::Value`] if the value contains a character that is not allowed.
    /// - [`TextTemplateError::Link`] if the value contains a link that is not allowed.
    pub fn with_var(
        mut self,
        name: &str,
        value: impl Into<String>,
    ) -> Result<Self, TextTemplateError> {
        self.check_name(name)?;
        let value = value.into();
        let owner = || name.to_owned();
        if let Some(position) = invisible::find(&value) {
            return Err(TextTemplateError::Value { name: owner(), position });
        }
        let is_refused = |link: &links::FoundLink| !self.is_allowed(name, link.kind);
        if let Some(link) = links::find(&value).into_iter().find(is_refused) {
            let (kind, position) = (link.kind, link.range.start);
            return Err(TextTemplateError::Link { name: owner(), kind, position });
        }
        self.vars.retain(|(known, _)| known != name);
        self.vars.push((owner(), value));
        Ok(self)
    }

    fn check_name(&self, name: &str) -> Result<(), TextTemplateError> {
        // `render` sets these two, and would ignore the value.
        let own = !matches!(name, "code" | "minutes");
        if own && self.template.placeholders().any(|p| p.name == name) {
            return Ok(());
        }
        Err(TextTemplateError::Unused(name.to_owned()))
    }

    fn is_allowed(&self, name: &str, kind: LinkKind) -> bool {
        self.allowed.iter().any(|(known, allowed)| known == name && *allowed == kind)
    }

    /// Renders the text with a code. `{{minutes}}` is the lifetime rounded down, so that the text
    /// never promises more time than there is.
    ///
    /// # Errors
    ///
    /// - [`TextTemplateError::Template`] if a variable has no value.
    /// - [`TextTemplateError::Minutes`] if the text contains `{{minutes}}` and the lifetime is
    ///   shorter than one minute.
    /// - [`TextTemplateError::Joined`] if a digit stands directly before or after the code.
    /// - [`TextTemplateError::Link`] if a value and the text around it make a link, or if a filter
    ///   makes one of a value.
    /// - [`TextTemplateError::AutofillLine`] if the values make or change an `@host #code`.
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
        let lookup = |name: &str| match name {
            "code" => Some(code.expose().into()),
            "minutes" => Some(minutes.as_str().into()),
            _ => self.vars.iter().find(|(known, _)| known == name).map(|(_, v)| v.as_str().into()),
        };
        let text = SecretString::new(self.template.render(lookup)?);
        let values = self.value_spans(lookup);
        rendered::check(text.expose(), code.expose(), &values, |name, kind| {
            self.is_allowed(name, kind)
        })?;
        Ok(text)
    }

    /// Returns the places of the values in the rendered text.
    fn value_spans<'v>(&self, lookup: impl Fn(&str) -> Option<Cow<'v, str>>) -> Vec<ValueSpan<'_>> {
        let mut values = Vec::new();
        let mut start = 0_usize;
        for part in &self.template.parts {
            let length = match part {
                Part::Literal(literal) => literal.len(),
                // Cannot fail: the template was rendered with the same values.
                Part::Placeholder(placeholder) => lookup(&placeholder.name)
                    .and_then(|value| placeholder.filter(value).ok())
                    .map_or(0, |value| value.len()),
            };
            let end = start.saturating_add(length);
            if let Part::Placeholder(placeholder) = part
                && self.check_name(&placeholder.name).is_ok()
            {
                values.push(ValueSpan { name: &placeholder.name, range: start..end });
            }
            start = end;
        }
        values
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

    /// Returns the kinds of links that are allowed, with the name of their variable, in the order
    /// in which they were set.
    pub fn links_allowed(&self) -> impl Iterator<Item = (&str, LinkKind)> {
        self.allowed.iter().map(|(name, kind)| (name.as_str(), *kind))
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
