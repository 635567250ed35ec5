use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use core::fmt;
use core::str::FromStr;

/// ITU-T E.164 §6: at most 15 digits. The lower bound is otpost's own; no mobile number is shorter.
const MIN_DIGITS: usize = 7;
const MAX_DIGITS: usize = 15;

/// The longest text that [`PhoneNumber::normalize`] looks at.
const MAX_WRITTEN: usize = 64;

/// One phone number in E.164 form: `+`, then 7 to 15 digits of which the first is not zero.
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
/// assert!(PhoneNumber::parse("079 123 45 67").is_err()); // no country is ever guessed
/// # Ok::<(), otpost::phone::PhoneNumberError>(())
/// ```
///
/// # Security
///
/// `Debug` and `Display` show a masked form; only [`e164`](Self::e164), [`plain`](Self::plain) and
/// [`zeros`](Self::zeros) give the number away.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PhoneNumber {
    // With the plus.
    e164: Box<str>,
}

impl PhoneNumber {
    /// Takes a number that is in E.164 form already.
    ///
    /// # Errors
    ///
    /// [`PhoneNumberError`] for anything else: spaces, a second number, letters, a missing plus.
    pub fn parse(text: &str) -> Result<Self, PhoneNumberError> {
        let digits = text.strip_prefix('+').ok_or(PhoneNumberError::NoPlus)?;
        if digits.len() > MAX_DIGITS {
            // Length first: nobody needs to know where in a megabyte the first letter stands.
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

    /// Takes a number as people write it: with spaces, hyphens, dots and parentheses.
    ///
    /// It still needs its plus and its country: neither is guessed, since a wrong guess is a message to a stranger.
    ///
    /// # Errors
    ///
    /// [`PhoneNumberError`] when what is left is not in E.164 form.
    pub fn normalize(text: &str) -> Result<Self, PhoneNumberError> {
        if text.len() > MAX_WRITTEN {
            return Err(PhoneNumberError::Length);
        }
        // "+44 (0)20 …" is written for readers at home and abroad: with the zero it is another number.
        let dense: String = text.chars().filter(|c| *c != ' ').collect();
        if dense.contains("(0)") {
            return Err(PhoneNumberError::TrunkZero);
        }
        let kept: String =
            text.chars().filter(|c| !matches!(c, ' ' | '-' | '.' | '(' | ')')).collect();
        Self::parse(&kept)
    }

    /// `+41791234567`.
    #[must_use]
    pub fn e164(&self) -> &str {
        &self.e164
    }

    /// `41791234567`: without the plus, as many gateways want it.
    #[must_use]
    pub fn plain(&self) -> &str {
        self.e164.get(1..).unwrap_or_default()
    }

    /// `0041791234567`: with the international prefix of most of the world.
    #[must_use]
    pub fn zeros(&self) -> String {
        format!("00{}", self.plain())
    }

    /// The country calling code: `41`.
    ///
    /// Several countries can share one: `1` is not the United States.
    #[must_use]
    pub fn calling_code(&self) -> &str {
        self.plain().get(..calling_code_len(self.plain())).unwrap_or_default()
    }

    /// What follows the calling code: `791234567`.
    #[must_use]
    pub fn national_number(&self) -> &str {
        self.plain().get(calling_code_len(self.plain())..).unwrap_or_default()
    }
}

/// How many digits the calling code has (ITU-T list of country codes). Codes are free of prefixes of each
/// other, so the first two digits tell.
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
        _ => 3,
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.plain();
        // A short number keeps less: six of seven digits would not be a mask.
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

/// Why a text is not a phone number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PhoneNumberError {
    /// No country calling code begins with a zero.
    #[error("a country calling code does not begin with 0")]
    LeadingZero,
    /// Fewer than 7 or more than 15 digits.
    #[error("a phone number has 7 to 15 digits")]
    Length,
    /// It does not begin with a plus.
    #[error("a phone number begins with + and the country calling code")]
    NoPlus,
    /// A `(0)` that is dialled only within the country.
    #[error("leave out the (0): it is dialled only within the country")]
    TrunkZero,
    /// Something other than a digit behind the plus, such as a second number.
    #[error("a phone number has only digits behind the +, and is one number")]
    NotDigits,
    /// No numbering plan has it. Only what looks into them, with feature `phone`, says so.
    #[error("no region gives out such a number")]
    Unassigned,
}
