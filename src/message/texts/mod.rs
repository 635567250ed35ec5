//! MessageTemplates by purpose and language.

mod builtin;
mod check;

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

pub use check::MessageTemplatesError;

use super::locale::Locale;
use super::text::{TextTemplate, TextTemplateError};

/// The texts of an application: one for each purpose and language, found by the nearest language.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use otpost::Code;
/// use otpost::message::{Locale, TextTemplate, MessageTemplates};
///
/// let texts = MessageTemplates::builtin("Acme")?
///     .with("payment", Locale::parse("en")?, TextTemplate::parse("{{code}} confirms your payment.")?);
///
/// let (code, lifetime) = (Code::parse("123456")?, Duration::from_secs(300));
/// let swiss = texts.find("login", Some(&Locale::parse("de-CH")?)).ok_or("none")?;
/// assert_eq!(
///     swiss.render(&code, lifetime)?.expose(),
///     "123456 ist Ihr Acme-Code. Er gilt 5 Minuten. Geben Sie ihn nicht weiter.",
/// );
/// // For a language without a text there is the first one that was given.
/// let other = texts.find("payment", Some(&Locale::parse("eo")?)).ok_or("none")?;
/// assert_eq!(other.render(&code, lifetime)?.expose(), "123456 confirms your payment.");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
pub struct MessageTemplates {
    /// In the order in which they were given.
    texts: Vec<(Box<str>, Locale, TextTemplate)>,
}

impl MessageTemplates {
    /// The purpose of the texts that come with otpost.
    pub const LOGIN: &'static str = "login";

    /// Without a text.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// MessageTemplates for a login in 32 languages, with the application's name in them. Each takes one part, with a last line for a host of
    /// 17 characters, where the name has at most 9. English is the first.
    ///
    /// Those in scripts of their own, and in Czech, Hungarian and Vietnamese, are UCS-2 and say no more than that this is the code: a text
    /// of 70 characters has no room for more beside the last line.
    ///
    /// # Errors
    ///
    /// [`TextTemplateError::Value`] if the name holds a line break, a control character, a mark of direction or an invisible
    /// character.
    pub fn builtin(app: &str) -> Result<Self, TextTemplateError> {
        let mut texts = Self::new();
        for (tag, text) in builtin::LOGIN {
            let Ok(locale) = Locale::parse(tag) else { continue };
            texts =
                texts.with(Self::LOGIN, locale, TextTemplate::parse(text)?.with_var("app", app)?);
        }
        Ok(texts)
    }

    /// With a text for a purpose in a language; it takes the place of one that is there.
    #[must_use]
    pub fn with(mut self, purpose: &str, locale: Locale, template: TextTemplate) -> Self {
        let is_same = |(known, tag, _): &&mut (Box<str>, Locale, TextTemplate)| {
            **known == *purpose && tag.as_str().eq_ignore_ascii_case(locale.as_str())
        };
        match self.texts.iter_mut().find(is_same) {
            Some((_, _, known)) => *known = template,
            None => self.texts.push((purpose.into(), locale, template)),
        }
        self
    }

    /// The text for a purpose in the nearest language: that of `de-CH` itself, else that of `de`, else the first of the purpose
    /// (RFC 4647 §3.4, lookup). `None` when the purpose has no text.
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
            // A subtag of one letter begins an extension, and says nothing without what follows.
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

    /// The purposes and languages that have a text.
    pub fn languages(&self) -> impl Iterator<Item = (&str, &Locale)> {
        self.texts.iter().map(|(purpose, locale, _)| (&**purpose, locale))
    }
}

impl fmt::Debug for MessageTemplates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessageTemplates").field("count", &self.texts.len()).finish_non_exhaustive()
    }
}
