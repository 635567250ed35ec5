use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use core::fmt;
use core::str::FromStr;

/// ITU-T E.164 §6 allows at most 15 digits. The minimum is otpost's own: no mobile number is
/// shorter.
const MIN_DIGITS: usize = 7;
const MAX_DIGITS: usize = 15;

/// The maximum length of a text for [`PhoneNumber::normalize`], in bytes.
const MAX_WRITTEN: usize = 64;

/// A phone number in E.164 form: `+`, then 7 to 15 digits of which the first is not zero.
///
/// # Examples
///
/// ```
/// use otpost::PhoneNumber;
///
/// let number = PhoneNumber::normalize("+41 (79) 123-45.67")?;
/// assert_eq!(number.e164(), "+41791234567");
/// assert_eq!(number.plain(), "41791234567");
/// assert_eq!(number.zeros(), "0041791234567");
/// assert_eq!(number.to_string(), "+41*****4567");     // Display and Debug are masked
///
/// assert!(PhoneNumber::parse("079 123 45 67").is_err()); // the country is never guessed
/// # Ok::<(), otpost::phone::PhoneNumberError>(())
/// ```
///
/// # Security
///
/// `Debug` and `Display` show a masked form. Only [`e164`](Self::e164), [`plain`](Self::plain) and
/// [`zeros`](Self::zeros) return the whole number, and [`national_number`](Self::national_number)
/// returns it without its calling code.
#[doc(alias = "msisdn")]
#[doc(alias = "e164")]
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PhoneNumber {
    // The number with its plus.
    e164: Box<str>,
}

impl PhoneNumber {
    /// Parses a number that is already in E.164 form.
    ///
    /// # Errors
    ///
    /// [`PhoneNumberError`] for anything else: spaces, a second number, letters, a missing plus.
    pub fn parse(text: &str) -> Result<Self, PhoneNumberError> {
        let digits = text.strip_prefix('+').ok_or(PhoneNumberError::NoPlus)?;
        if digits.len() > MAX_DIGITS {
            // Check the length first, so that only the beginning of a very long input is read.
            let foreign = digits.bytes().take(MAX_DIGITS).any(|b| !b.is_ascii_digit());
            return Err(if foreign {
                PhoneNumberError::NotDigits
            } else {
                PhoneNumberError::Length
            });
        }
        if !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(PhoneNumberError::NotDigits);
        }
        if digits.len() < MIN_DIGITS {
            return Err(PhoneNumberError::Length);
        }
        if digits.starts_with('0') {
            return Err(PhoneNumberError::LeadingZero);
        }
        Ok(Self { e164: text.into() })
    }

    /// Parses a number as people write it, with spaces, hyphens, dots and parentheses.
    ///
    /// The plus and the country calling code are required. They are never guessed, because a wrong
    /// guess sends the message to a stranger.
    ///
    /// # Errors
    ///
    /// [`PhoneNumberError`] if the remaining characters are not in E.164 form, if there is a `(0)`,
    /// or above 64 bytes.
    pub fn normalize(text: &str) -> Result<Self, PhoneNumberError> {
        if text.len() > MAX_WRITTEN {
            return Err(PhoneNumberError::Length);
        }
        // The zero of "+44 (0)20 …" is dialled only within the country. With the zero, it is
        // another number.
        let dense: String = text.chars().filter(|c| *c != ' ').collect();
        if dense.contains("(0)") {
            return Err(PhoneNumberError::TrunkZero);
        }
        // A second plus is kept, and `parse` rejects it. Dropping it would join two numbers.
        let kept: String =
            text.chars().filter(|c| !matches!(c, ' ' | '-' | '.' | '(' | ')')).collect();
        Self::parse(&kept)
    }

    /// Returns the number with its plus: `+41791234567`.
    #[must_use]
    pub fn e164(&self) -> &str {
        &self.e164
    }

    /// Returns the number without its plus: `41791234567`. Many gateways require this form.
    #[must_use]
    pub fn plain(&self) -> &str {
        // The first byte is always the plus, so the rest always exists.
        self.e164.get(1..).unwrap_or_default()
    }

    /// Returns the number with `00` in place of its plus: `0041791234567`. This is the
    /// international prefix of most countries.
    #[must_use]
    pub fn zeros(&self) -> String {
        format!("00{}", self.plain())
    }

    /// Returns the country calling code: `41`.
    ///
    /// Several countries can share a code: `1` is not only the United States.
    #[must_use]
    pub fn calling_code(&self) -> &str {
        self.plain().get(..calling_code_len(self.plain())).unwrap_or_default()
    }

    /// Returns the number after the calling code: `791234567`.
    #[must_use]
    pub fn national_number(&self) -> &str {
        self.plain().get(calling_code_len(self.plain())..).unwrap_or_default()
    }
}

/// Returns the number of digits of the calling code (ITU-T list of country codes). None of them is
/// a prefix of another, so the first two digits determine it.
pub(crate) fn calling_code_len(plain: &str) -> usize {
    match plain.as_bytes() {
        [b'1' | b'7', ..] => 1,
        [b'2', b'0' | b'7', ..]
        | [b'3', b'0'..=b'4' | b'6' | b'9', ..]
        | [b'4', b'0' | b'1' | b'3'..=b'9', ..]
        | [b'5', b'1'..=b'8', ..]
        | [b'6', b'0'..=b'6', ..]
        | [b'8', b'1' | b'2' | b'4' | b'6', ..]
        | [b'9', b'0'..=b'5' | b'8', ..] => 2,
        // All other assigned codes have three digits. Unassigned ones are treated like them.
        _ => 3,
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.plain();
        // A short number shows fewer digits: with six of seven digits shown, it would not be
        // masked.
        let (head, tail) = if digits.len() >= 11 { (2, 4) } else { (1, 2) };
        f.write_str("+")?;
        for (at, digit) in digits.chars().enumerate() {
            let left = digits.len().saturating_sub(at);
            let shown = at < head || left <= tail;
            fmt::Write::write_char(f, if shown { digit } else { '*' })?;
        }
        Ok(())
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PhoneNumber({self})")
    }
}

impl FromStr for PhoneNumber {
    type Err = PhoneNumberError;

    fn from_str(text: &str) -> Result<Self, PhoneNumberError> {
        Self::parse(text)
    }
}

/// The reason why a text is not a phone number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PhoneNumberError {
    /// The country calling code begins with a zero.
    #[error("invalid phone number: expected a country calling code that does not begin with 0")]
    LeadingZero,
    /// The number has fewer than 7 or more than 15 digits.
    #[error("invalid phone number: expected 7 to 15 digits (E.164)")]
    Length,
    /// The number does not begin with a plus.
    #[error("invalid phone number: expected \"+\" and the country calling code first (E.164)")]
    NoPlus,
    /// The number contains a `(0)`, which is dialled only within the country.
    #[error("invalid phone number: leave out the (0), which is dialled only within the country")]
    TrunkZero,
    /// A character other than a digit follows the plus, such as a second number.
    #[error("invalid phone number: expected only digits after \"+\", and a single number")]
    NotDigits,
    /// No numbering plan contains the number. Only functions with feature `phone` return this.
    #[error("unassigned phone number: no numbering plan contains it")]
    Unassigned,
}
