use alloc::boxed::Box;
use core::time::Duration;

use super::MessageTemplates;
use crate::message::{
    Autofill, AutofillError, Locale, SegmentPolicy, TextTemplateError, TooManyParts,
};
use crate::otp::{Code, Digits};

impl MessageTemplates {
    /// Counts all texts as long as they can get, so that a bill says nothing that the start of the application did not. With
    /// `autofill`, its last line is counted as well. A text with a variable that gets its value with each message is left out.
    ///
    /// # Errors
    ///
    /// [`MessageTemplatesError`] for the first text that takes more parts than it may, or of which no text can be made.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use otpost::Digits;
    /// use otpost::message::{Autofill, Locale, SegmentPolicy, TextTemplate, MessageTemplates};
    ///
    /// let (one, autofill) = (SegmentPolicy::at_most(1), Autofill::new("login.acme.test")?);
    /// let lifetime = Duration::from_secs(300);
    /// let texts = MessageTemplates::builtin("Acme")?;
    /// texts.check(one, Digits::Six, lifetime, Some(&autofill))?;
    ///
    /// let long = TextTemplate::parse("Bună! {{code}} este codul dumneavoastră pentru plata la Acme, astăzi.")?;
    /// let texts = texts.with("payment", Locale::parse("ro")?, long);
    /// let refused = texts.check(one, Digits::Six, lifetime, Some(&autofill)).unwrap_err();
    /// assert_eq!(refused.to_string(), "the text of `payment` in ro is too long");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn check(
        &self,
        policy: SegmentPolicy,
        digits: Digits,
        lifetime: Duration,
        autofill: Option<&Autofill>,
    ) -> Result<(), MessageTemplatesError> {
        for (purpose, locale, template) in &self.texts {
            let place = || (purpose.clone(), locale.clone());
            let longest = match template.longest(digits, lifetime) {
                Ok(longest) => longest,
                Err(error) if error.missing().is_some() => continue,
                Err(error) => {
                    let (purpose, locale) = place();
                    return Err(MessageTemplatesError::Template { purpose, locale, error });
                }
            };
            let longest = match (autofill, Code::parse(&"0".repeat(digits.count()))) {
                (Some(autofill), Ok(code)) => {
                    autofill.compose(longest.expose(), &code).map_err(|error| {
                        let (purpose, locale) = place();
                        MessageTemplatesError::Autofill { purpose, locale, error }
                    })?
                }
                _ => longest,
            };
            policy.check(longest.expose()).map_err(|error| {
                let (purpose, locale) = place();
                MessageTemplatesError::TooLong { purpose, locale, error }
            })?;
        }
        Ok(())
    }
}

/// A text of an application's is not what it may send.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MessageTemplatesError {
    /// No last line fits below it.
    #[error("the text of `{purpose}` in {locale} has no room for the last line")]
    #[non_exhaustive]
    Autofill {
        /// What the text is for.
        purpose: Box<str>,
        /// Its language.
        locale: Locale,
        /// Why.
        #[source]
        error: AutofillError,
    },
    /// No text can be made of it.
    #[error("the text of `{purpose}` in {locale} cannot be made")]
    #[non_exhaustive]
    Template {
        /// What the text is for.
        purpose: Box<str>,
        /// Its language.
        locale: Locale,
        /// Why.
        #[source]
        error: TextTemplateError,
    },
    /// It takes more parts than it may.
    #[error("the text of `{purpose}` in {locale} is too long")]
    #[non_exhaustive]
    TooLong {
        /// What the text is for.
        purpose: Box<str>,
        /// Its language.
        locale: Locale,
        /// How long, and why.
        #[source]
        error: TooManyParts,
    },
}
