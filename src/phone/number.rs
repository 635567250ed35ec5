use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use super::error::PhoneNumberError;
use super::numbering::{calling_code_len, contains};
use super::written::{WrittenNumber, check_digits};

/// The number of characters of which [`PhoneNumber::parse`] reports an unexpected one.
const MAX_READ: usize = 16;

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
    /// It checks the form only. [`is_possible`](Self::is_possible) asks the numbering plans.
    ///
    /// # Errors
    ///
    /// [`PhoneNumberError`] for anything else: spaces, a second number, letters, a missing plus.
    pub fn parse(text: &str) -> Result<Self, PhoneNumberError> {
        let found = (1..).zip(text.chars()).find(|(position, c)| match c {
            '+' => *position != 1,
            // Only the beginning of a very long input is read.
            _ => *position > MAX_READ || !c.is_ascii_digit(),
        });
        match found {
            Some((position, character)) if position <= MAX_READ => {
                return Err(PhoneNumberError::Character { character, position });
            }
            _ => {}
        }
        let digits = text.strip_prefix('+').ok_or(PhoneNumberError::NoPlus)?;
        check_digits(digits)?;
        Ok(Self { e164: text.into() })
    }

    /// Parses a number as people write or paste it, with spaces, dashes, dots and parentheses.
    ///
    /// Invisible characters are removed, and decimal digits of any script are read. A trunk prefix
    /// after the calling code is removed, such as the zero in `+44 (0)20 …` or the 8 in `+7 8 …`,
    /// so that each spelling of a number gives the same number.
    ///
    /// The plus and the country calling code are required. They are never guessed, because a wrong
    /// guess sends the message to a stranger.
    ///
    /// # Errors
    ///
    /// [`PhoneNumberError`] for any other character, for a number that is not
    /// [possible](Self::is_possible), or above 256 bytes.
    ///
    /// # Examples
    ///
    /// ```
    /// use otpost::PhoneNumber;
    ///
    /// for text in ["+44 7400 123456", "+44 (0)7400\u{a0}123\u{2011}456", "+٤٤٧٤٠٠١٢٣٤٥٦"] {
    ///     assert_eq!(PhoneNumber::normalize(text)?.e164(), "+447400123456");
    /// }
    /// let error = PhoneNumber::normalize("+44 7400 12345б").unwrap_err();
    /// assert!(error.to_string().contains("U+0431 at position 15"));
    /// # Ok::<(), otpost::phone::PhoneNumberError>(())
    /// ```
    pub fn normalize(text: &str) -> Result<Self, PhoneNumberError> {
        Self::parse(&WrittenNumber::read(text, &[])?.into_e164()?)
    }

    /// Returns `true` if a numbering plan contains numbers with these leading digits and this
    /// length.
    ///
    /// It compares the first three digits after the calling code, so a possible number can still be
    /// in a range that is not assigned. The feature `phone` adds `is_valid`, which compares all
    /// digits.
    ///
    /// The plans are part of this version of the library. For a range that was opened later, use
    /// [`RegionPolicy::with_range`](super::RegionPolicy::with_range).
    ///
    /// # Examples
    ///
    /// ```
    /// use otpost::PhoneNumber;
    ///
    /// assert!(PhoneNumber::parse("+447400123456")?.is_possible());
    /// assert!(!PhoneNumber::parse("+4407400123456")?.is_possible()); // the zero is a trunk prefix
    /// # Ok::<(), otpost::phone::PhoneNumberError>(())
    /// ```
    #[must_use]
    pub fn is_possible(&self) -> bool {
        contains(self.plain())
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
    /// Several countries can share a code: `1` is not only the United States. A number without an
    /// assigned code has its first three digits here.
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
