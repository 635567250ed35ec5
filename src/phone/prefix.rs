use alloc::boxed::Box;
use core::fmt;
use core::str::FromStr;

use super::PhoneNumber;

/// The first digits of phone numbers: a calling code, or more of the number.
///
/// # Examples
///
/// ```
/// use otpost::PhoneNumber;
/// use otpost::phone::Prefix;
///
/// let bahamas = Prefix::parse("+1242")?;
/// assert!(bahamas.is_of(&PhoneNumber::parse("+12424567890")?));
/// assert!(!bahamas.is_of(&PhoneNumber::parse("+12025550123")?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Prefix(Box<str>);

impl Prefix {
    /// Parses a plus and 1 to 15 digits, of which the first is not zero.
    ///
    /// # Errors
    ///
    /// [`PrefixError`] for anything else.
    pub fn parse(text: &str) -> Result<Self, PrefixError> {
        let digits = text.strip_prefix('+').ok_or(PrefixError)?;
        // No number has more than 15 digits, so a longer prefix would match nothing.
        let is_prefix = (1..=15).contains(&digits.len())
            && digits.bytes().all(|b| b.is_ascii_digit())
            && !digits.starts_with('0');
        if is_prefix { Ok(Self(digits.into())) } else { Err(PrefixError) }
    }

    /// Returns the digits, without the plus.
    #[must_use]
    pub fn digits(&self) -> &str {
        &self.0
    }

    /// Returns `true` if the number begins with this prefix.
    #[must_use]
    pub fn is_of(&self, number: &PhoneNumber) -> bool {
        number.plain().starts_with(&*self.0)
    }
}

impl FromStr for Prefix {
    type Err = PrefixError;

    fn from_str(text: &str) -> Result<Self, PrefixError> {
        Self::parse(text)
    }
}

impl fmt::Debug for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A whole number is a valid prefix as well, so only its first digits are shown.
        let shown = self.0.get(..5).unwrap_or(&self.0);
        write!(f, "Prefix(+{shown}{})", if shown.len() < self.0.len() { "…" } else { "" })
    }
}

/// The text is not the prefix of a phone number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "invalid phone number prefix: expected \"+\" and 1 to 15 digits, of which the first is not 0"
)]
pub struct PrefixError;
