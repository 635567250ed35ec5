//! Message templates by purpose and language.

mod builtin;
mod check;
mod lint;

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

pub use check::MessageTemplatesError;
pub use lint::TemplateWarning;

use super::links::LinkKind;
use super::locale::Locale;
use super::text::TextTemplate;
use super::text_error::TextTemplateError;

/// The message templates of an application, one for each purpose and language. [`find`](Self::find)
/// chooses the closest language.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use otpost::Code;
/// use otpost::message::{Locale, TextTemplate, MessageTemplates};
///
/// let payment = TextTemplate::parse("{{code}} confirms your payment.")?;
/// let texts = MessageTemplates::builtin("Acme")?
///     .with_template("payment", Locale::parse("en")?, payment);
///
/// let (code, lifetime) = (Code::parse("123456")?, Duration::from_secs(300));
/// let swiss = texts.find("login", Some(&Locale::parse("de-CH")?)).ok_or("none")?;
/// assert_eq!(
///     swiss.render(&code, lifetime)?.expose(),
///     "123456 ist Ihr Acme-Code. Er gilt 5 Minuten. Geben Sie ihn nicht weiter.",
/// );
/// // A language without a template gets the first template of the purpose.
/// let other = texts.find("payment", Some(&Locale::parse("eo")?)).ok_or("none")?;
/// assert_eq!(other.render(&code, lifetime)?.expose(), "123456 confirms your payment.");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "i18n")]
#[doc(alias = "localization")]
#[doc(alias = "translations")]
#[derive(Clone, Default)]
pub struct MessageTemplates {
    /// The templates, in the order in which they were added.
    texts: Vec<(Box<str>, Locale, TextTemplate)>,
}

impl MessageTemplates {
    /// The purpose of the built-in templates.
    pub const LOGIN: &'static str = "login";

    /// Creates an empty collection.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Creates the built-in templates for a login in 32 languages, with the name of the application
    /// in them. English is the first, and so the fallback.
    ///
    /// Each text takes one segment if the name has at most 9 characters, even with an autofill line
    /// for a host of 17 characters. The texts of other scripts, and those in Czech, Hungarian and
    /// Vietnamese, are UCS-2. They contain only the code and the name: 70 characters have no room
    /// for more beside the autofill line.
    ///
    /// # Errors
    ///
    /// [`TextTemplateError::Value`] if the name contains a line break, a control character, a
    /// direction mark or an invisible character. [`TextTemplateError::Link`] if it contains a link
    /// other than a domain name such as `acme.example`.
    pub fn builtin(app: &str) -> Result<Self, TextTemplateError> {
        let mut texts = Self::new();
        for (tag, text) in builtin::LOGIN {
            // Cannot fail: the tags are constants of this crate.
            let Ok(locale) = Locale::parse(tag) else { continue };
            // Many applications have the name of their domain, and it does not come from strangers.
            let template = TextTemplate::parse(text)?
                .with_link_allowed("app", LinkKind::Domain)?
                .with_var("app", app)?;
            texts = texts.with_template(Self::LOGIN, locale, template);
        }
        Ok(texts)
    }

    /// Sets the template for a purpose in a language. Replaces an earlier template for the same
    /// purpose and language.
    #[must_use]
    pub fn with_template(mut self, purpose: &str, locale: Locale, template: TextTemplate) -> Self {
        let is_same = |(known, tag, _): &&mut (Box<str>, Locale, TextTemplate)| {
            **known == *purpose && tag.as_str().eq_ignore_ascii_case(locale.as_str())
        };
        match self.texts.iter_mut().find(is_same) {
            // In its old place: the first template of a purpose is the fallback and has to stay the
            // first.
            Some((_, _, known)) => *known = template,
            None => self.texts.push((purpose.into(), locale, template)),
        }
        self
    }

    /// Returns the template for a purpose in the closest language (RFC 4647 §3.4, lookup).
    ///
    /// For `de-CH`, that is the template for `de-CH`, or else the one for `de`, or else the first
    /// one of the purpose. Returns `None` if the purpose has no template.
    #[must_use]
    pub fn find(&self, purpose: &str, locale: Option<&Locale>) -> Option<&TextTemplate> {
        let of_purpose = || self.texts.iter().filter(|(known, _, _)| **known == *purpose);
        let mut tag = locale.map_or("", Locale::as_str);
        while !tag.is_empty() {
            let mut found = of_purpose();
            if let Some((_, _, template)) =
                found.find(|(_, known, _)| known.as_str().eq_ignore_ascii_case(tag))
            {
                return Some(template);
            }
            tag = tag.rsplit_once('-').map_or("", |(shorter, _)| shorter);
            // A subtag of one letter introduces the next subtag, and means nothing without it.
            if let Some((shorter, last)) = tag.rsplit_once('-')
                && last.len() == 1
            {
                tag = shorter;
            }
        }
        of_purpose().next().map(|(_, _, template)| template)
    }

    /// Returns all texts with their purpose and language, in the order in which they were set.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Locale, &TextTemplate)> {
        self.texts.iter().map(|(purpose, locale, template)| (&**purpose, locale, template))
    }

    /// Returns the purpose and language of each template, in the order in which they were added.
    pub fn languages(&self) -> impl Iterator<Item = (&str, &Locale)> {
        self.texts.iter().map(|(purpose, locale, _)| (&**purpose, locale))
    }
}

impl fmt::Debug for MessageTemplates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessageTemplates").field("count", &self.texts.len()).finish_non_exhaustive()
    }
}
