use alloc::boxed::Box;
use core::time::Duration;

use super::MessageTemplates;
use crate::message::{
    Autofill, AutofillError, Locale, SegmentPolicy, TextTemplateError, TooManySegments,
};
use crate::otp::{Code, Digits};

impl MessageTemplates {
    /// Checks that the longest text of each template fits the limit on segments.
    ///
    /// Call it when the application starts, to find texts that would cost more than planned. If
    /// `autofill` is given, its last line is counted as well, and browsers have to find it in the
    /// whole text ([`Autofill::compose`]). A template with a variable that gets
    /// its value with each message is skipped.
    ///
    /// # Errors
    ///
    /// [`MessageTemplatesError`] for the first text that takes more segments than allowed, cannot
    /// be rendered, or cannot have the autofill line.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use otpost::Digits;
    /// use otpost::message::{
    ///     Autofill, Locale, MessageTemplates, SegmentPolicy, TextTemplate,
    /// };
    ///
    /// let (one, autofill) = (SegmentPolicy::at_most(1), Autofill::new("login.acme.test")?);
    /// let lifetime = Duration::from_secs(300);
    /// let texts = MessageTemplates::builtin("Acme")?;
    /// texts.check(one, Digits::Six, lifetime, Some(&autofill))?;
    ///
    /// let long = "Bună! {{code}} este codul dumneavoastră pentru plata la Acme, astăzi.";
    /// let long = TextTemplate::parse(long)?;
    /// let texts = texts.with_template("payment", Locale::parse("ro")?, long);
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
                // Its value comes with each message, so the longest text is not known here.
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

/// An error in one of the message templates of an application.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MessageTemplatesError {
    /// The autofill line does not fit below the text, or browsers would not read it there.
    #[error("the text of `{purpose}` in {locale} cannot have the autofill line")]
    #[non_exhaustive]
    Autofill {
        /// The purpose of the text.
        purpose: Box<str>,
        /// The language of the text.
        locale: Locale,
        /// The cause.
        #[source]
        error: AutofillError,
    },
    /// The template cannot be rendered.
    #[error("the text of `{purpose}` in {locale} cannot be rendered")]
    #[non_exhaustive]
    Template {
        /// The purpose of the text.
        purpose: Box<str>,
        /// The language of the text.
        locale: Locale,
        /// The cause.
        #[source]
        error: TextTemplateError,
    },
    /// The text takes more segments than allowed.
    #[error("the text of `{purpose}` in {locale} is too long")]
    #[non_exhaustive]
    TooLong {
        /// The purpose of the text.
        purpose: Box<str>,
        /// The language of the text.
        locale: Locale,
        /// The number of segments, and the limit.
        #[source]
        error: TooManySegments,
    },
}
