use alloc::boxed::Box;
use core::fmt;
use core::str::FromStr;

/// A language tag such as `de-CH` (BCP 47), for gateways that read a code aloud or choose the text.
///
/// # Examples
///
/// ```
/// use otpost::message::Locale;
///
/// assert_eq!(Locale::parse("de-CH")?.as_str(), "de-CH");
/// assert!(Locale::parse("de_CH; DROP TABLE").is_err());
/// # Ok::<(), otpost::message::LocaleError>(())
/// ```
#[doc(alias = "language")]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Locale(Box<str>);

impl Locale {
    /// Parses a language tag of at most 35 characters.
    ///
    /// The subtags have 1 to 8 ASCII letters and digits, joined by hyphens. The first one has 2 to
    /// 8 letters. The tag is not checked against a registry, so the language need not exist.
    ///
    /// # Errors
    ///
    /// [`LocaleError`] if the tag does not have this form.
    pub fn parse(tag: &str) -> Result<Self, LocaleError> {
        let mut subtags = tag.split('-');
        let language = subtags.next().unwrap_or_default();
        let fits = tag.len() <= 35
            && (2..=8).contains(&language.len())
            && language.bytes().all(|b| b.is_ascii_alphabetic())
            && subtags.all(|subtag| {
                (1..=8).contains(&subtag.len()) && subtag.bytes().all(|b| b.is_ascii_alphanumeric())
            });
        if fits { Ok(Self(tag.into())) } else { Err(LocaleError) }
    }

    /// Returns the tag as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Locale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Locale {
    type Err = LocaleError;

    fn from_str(tag: &str) -> Result<Self, LocaleError> {
        Self::parse(tag)
    }
}

/// An error for an invalid language tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid language tag: expected letters and digits joined by hyphens, such as de-CH")]
#[non_exhaustive]
pub struct LocaleError;
