use core::fmt;
use core::str::FromStr;

use subtle::ConstantTimeEq;
use zeroize::Zeroize;

use super::ct_div::By;
use super::digits::Digits;
use super::random::{RandomError, fill_random};
use crate::pasted::{CodePoint, Pasted, clean};

/// The maximum number of digits of a code.
const MAX_DIGITS: usize = 8;

/// The maximum length of a typed code in bytes, including spaces and hyphens. Longer input is
/// rejected before it is read.
const MAX_TYPED: usize = 128;

/// The number of rejected draws in a row after which the generator counts as broken. For eight
/// digits, the worst case, a sound generator rejects one draw in 45, so 128 rejections in a row do
/// not happen.
const MAX_DRAWS: usize = 128;

/// A one-time code of six to eight decimal digits. Leading zeros are kept.
///
/// # Examples
///
/// ```
/// use otpost::{Code, Digits};
///
/// let code = Code::random(Digits::Six)?;
/// assert_eq!(code.expose().len(), 6);
/// assert_eq!(format!("{code:?}"), "Code(******)");
///
/// // A typed code may contain blanks, as some phones show them.
/// assert_eq!(Code::parse("012 345")?, Code::parse("012345")?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Security
///
/// `==` always compares all digits. The number of digits is not a secret. `Debug` shows only the
/// number of digits, and there is no `Display`. The digits are wiped on drop, but moving a code
/// leaves copies on the stack until later calls overwrite them.
#[doc(alias = "otp")]
#[doc(alias = "2fa")]
#[doc(alias = "mfa")]
#[derive(Clone)]
pub struct Code {
    // ASCII digits. The bytes after `digits.count()` are zero.
    ascii: [u8; MAX_DIGITS],
    digits: Digits,
}

impl Code {
    /// Draws a random code from the operating system's generator. All codes are equally likely.
    ///
    /// # Errors
    ///
    /// [`RandomError`] if the generator fails.
    pub fn random(digits: Digits) -> Result<Self, RandomError> {
        Self::random_with(digits, fill_random)
    }

    /// Draws a random code from the given generator, such as a hardware generator, or one that
    /// fails in a test.
    ///
    /// # Errors
    ///
    /// The error of `fill`, and [`RandomError`] if 128 draws in a row are rejected. A sound
    /// generator does not reach that limit.
    ///
    /// # Security
    ///
    /// The codes are only as unpredictable as the bytes from `fill`.
    pub fn random_with(
        digits: Digits,
        mut fill: impl FnMut(&mut [u8]) -> Result<(), RandomError>,
    ) -> Result<Self, RandomError> {
        for _ in 0..MAX_DRAWS {
            let mut draw = [0; 4];
            fill(&mut draw)?;
            // A fixed byte order, so that the same bytes give the same code on every machine.
            let value = digits.reduce(u32::from_le_bytes(draw));
            draw.zeroize();
            if let Some(value) = value {
                return Ok(Self::from_value(value, digits));
            }
        }
        Err(RandomError)
    }

    /// Parses a typed or pasted code.
    ///
    /// White space, invisible characters and dashes are removed, wherever they are. Decimal digits
    /// of any script are read, because some keyboards type them.
    ///
    /// # Errors
    ///
    /// [`CodeError`] if another character is left, if there are not six to eight digits, or if the
    /// text has more than 128 bytes. Rejecting a long input costs no more than rejecting a short
    /// one.
    ///
    /// # Examples
    ///
    /// ```
    /// use otpost::Code;
    ///
    /// for typed in [" 012-345\r\n", "۰۱۲۳۴۵", "０１２\u{a0}３４５"] {
    ///     assert_eq!(Code::parse(typed)?.expose(), "012345");
    /// }
    /// // The fourth character is a Cyrillic letter.
    /// let error = Code::parse("012з45").unwrap_err();
    /// assert!(error.to_string().contains("U+0437 at position 4"));
    /// # Ok::<(), otpost::otp::CodeError>(())
    /// ```
    pub fn parse(typed: &str) -> Result<Self, CodeError> {
        if typed.len() > MAX_TYPED {
            return Err(CodeError::TooLong);
        }
        let mut ascii = [0; MAX_DIGITS];
        let mut count = 0_usize;
        for Pasted { position, character, plain } in clean(typed) {
            match plain {
                '-' => {}
                '0'..='9' => {
                    // Surplus digits are only counted: a wrong character after them is the cause.
                    if let Some(place) = ascii.get_mut(count) {
                        // A digit is ASCII, so the fallback is not reached.
                        *place = u8::try_from(plain).unwrap_or_default();
                    }
                    count = count.saturating_add(1);
                }
                _ => return Err(CodeError::Character { character, position }),
            }
        }
        let digits = Digits::from_count(count).ok_or(CodeError::Length)?;
        Ok(Self { ascii, digits })
    }

    /// Returns the number of digits.
    #[must_use]
    pub const fn digits(&self) -> Digits {
        self.digits
    }

    /// Returns the digits as text, for the message that carries them.
    ///
    /// # Security
    ///
    /// Anyone who reads the digits can log in. Put them into the message and nowhere else.
    #[must_use]
    pub fn expose(&self) -> &str {
        // The fallbacks are not reached: at least `count` ASCII digits are in the array.
        let shown = self.ascii.get(..self.digits.count()).unwrap_or_default();
        core::str::from_utf8(shown).unwrap_or_default()
    }

    /// Returns the digits as a number.
    pub(super) fn value(&self) -> u32 {
        // The low four bits of an ASCII digit are its value. Eight digits fit into 32 bits, so
        // nothing wraps.
        self.ascii.iter().take(self.digits.count()).fold(0, |value: u32, digit| {
            value.wrapping_mul(10).wrapping_add(u32::from(digit & 0x0f))
        })
    }

    /// Creates a code from a value below the modulus, with leading zeros.
    pub(super) fn from_value(value: u32, digits: Digits) -> Self {
        // All quotients are computed from the value itself, so that none waits for another.
        let places = [
            By::<10_000_000>::quotient(value),
            By::<1_000_000>::quotient(value),
            By::<100_000>::quotient(value),
            By::<10_000>::quotient(value),
            By::<1_000>::quotient(value),
            By::<100>::quotient(value),
            By::<10>::quotient(value),
            value,
        ];
        let [a, b, c, d, e, f, g, h] = places.map(|place| {
            let [.., digit] = By::<10>::remainder(place).to_be_bytes();
            b'0' | digit
        });
        // The number of digits is public, so it may select a branch.
        let ascii = match digits {
            Digits::Six => [c, d, e, f, g, h, 0, 0],
            Digits::Seven => [b, c, d, e, f, g, h, 0],
            Digits::Eight => [a, b, c, d, e, f, g, h],
        };
        Self { ascii, digits }
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Code({})", "*".repeat(self.digits.count()))
    }
}

impl Drop for Code {
    fn drop(&mut self) {
        self.ascii.as_mut_slice().zeroize();
    }
}

impl ConstantTimeEq for Code {
    fn ct_eq(&self, other: &Self) -> subtle::Choice {
        // Shorter codes are filled up with zero bytes, so codes of different lengths differ in the
        // bytes too.
        self.ascii.ct_eq(&other.ascii)
    }
}

impl PartialEq for Code {
    fn eq(&self, other: &Self) -> bool {
        self.ct_eq(other).into()
    }
}

impl Eq for Code {}

impl FromStr for Code {
    type Err = CodeError;

    fn from_str(typed: &str) -> Result<Self, CodeError> {
        Self::parse(typed)
    }
}

/// The reason why a typed text is not a code.
///
/// Such a text is not a guess, so it need not count as an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CodeError {
    /// The text contains a character other than digits, white space and dashes.
    #[error(
        "invalid code: unexpected character {} at position {position}: expected only digits, spaces and hyphens",
        CodePoint(*character)
    )]
    Character {
        /// The character.
        character: char,
        /// The position, which counts the characters of the text from 1.
        position: usize,
    },
    /// The text does not have six, seven or eight digits.
    #[error("invalid code: expected 6 to 8 digits")]
    Length,
    /// The text has more than 128 bytes.
    #[error("invalid code: expected a text of at most 128 bytes")]
    TooLong,
}
