use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use super::MessageTemplates;
use crate::message::{Autofill, Locale, TextWarning};
use crate::otp::{Code, Digits};
use crate::phone::Region;
use crate::secret::SecretString;

impl MessageTemplates {
    /// Returns the rules of a region that the longest texts of the templates break, in the order of
    /// the templates.
    ///
    /// Call it when the application starts. If `autofill` is given, its last line is part of the
    /// text. Without `brand`, the rule that a text names the brand is not checked. A template
    /// that cannot be rendered here is skipped: [`check`](Self::check) reports it, unless it has
    /// a variable that gets its value with each message.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use otpost::Digits;
    /// use otpost::message::{Locale, MessageTemplates, TextTemplate};
    /// use otpost::phone::Region;
    ///
    /// let text = TextTemplate::parse("{{code}} is your code for acme.example.")?;
    /// let texts = MessageTemplates::new().with_template("login", Locale::parse("en")?, text);
    /// let lifetime = Duration::from_secs(300);
    /// let lint = |region| texts.lint(region, Digits::Six, lifetime, None, Some("Acme"));
    ///
    /// assert!(lint(Region::parse("CH")?).is_empty());
    /// let warnings = lint(Region::parse("AE")?);
    /// assert!(warnings[0].to_string().contains("expected no links"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn lint(
        &self,
        region: Region,
        digits: Digits,
        lifetime: Duration,
        autofill: Option<&Autofill>,
        brand: Option<&str>,
    ) -> Vec<TemplateWarning> {
        let mut found = Vec::new();
        for (purpose, locale, text) in self.longest(digits, lifetime, autofill) {
            let warnings = TextWarning::find(text.expose(), region, brand).into_iter();
            found.extend(warnings.map(|warning| TemplateWarning {
                purpose: purpose.clone(),
                locale: locale.clone(),
                warning,
            }));
        }
        found
    }

    /// Returns the longest text of each template that can be rendered here.
    pub(crate) fn longest(
        &self,
        digits: Digits,
        lifetime: Duration,
        autofill: Option<&Autofill>,
    ) -> impl Iterator<Item = (&Box<str>, &Locale, SecretString)> {
        let code = Code::parse(&"0".repeat(digits.count())).ok();
        self.texts.iter().filter_map(move |(purpose, locale, template)| {
            let text = template.longest(digits, lifetime).ok()?;
            let composed = match (autofill, &code) {
                (Some(autofill), Some(code)) => autofill.compose(text.expose(), code).ok(),
                _ => None,
            };
            Some((purpose, locale, composed.unwrap_or(text)))
        })
    }
}

/// A rule of a region that a message template breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TemplateWarning {
    /// The purpose of the template.
    pub purpose: Box<str>,
    /// The language of the template.
    pub locale: Locale,
    /// The region and its rule.
    pub warning: TextWarning,
}

impl fmt::Display for TemplateWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` in {}: {}", self.purpose, self.locale, self.warning)
    }
}
