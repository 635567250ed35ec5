use alloc::boxed::Box;
use core::fmt;
use core::str::FromStr;

/// A language tag such as `de-CH` (BCP 47), for gateways that speak or that choose a text.
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
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Locale(Box<str>);

impl Locale {
    /// Takes subtags of one to eight letters and digits joined by hyphens, the first of two to eight letters.
    ///
    /// # Errors
    ///
    /// [`LocaleError`] for anything else. Whether the language exists is not checked.
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

    /// The tag as it was given.
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

/// A text is not a language tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a language tag is letters and digits joined by hyphens, such as de-CH")]
#[non_exhaustive]
pub struct LocaleError;
