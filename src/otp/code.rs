use core::fmt;
use core::str::FromStr;

use subtle::ConstantTimeEq;
use zeroize::Zeroize;

use super::ct_div::By;
use super::digits::Digits;
use super::random::{RandomError, fill_random};

/// The longest code there is, in digits.
const MAX_DIGITS: usize = 8;

/// The longest typed code that is looked at, with its spaces and hyphens. Whatever is longer is not
/// a code, and is refused before it costs anything.
const MAX_TYPED: usize = 32;

/// How often a draw may be refused before the generator is called broken. A sound one refuses eight
/// digits once in 45 draws, so 128 refusals in a row do not happen.
const MAX_DRAWS: usize = 128;

/// A one-time code: six to eight decimal digits, leading zeros kept.
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
/// // What a person types, with the blank that some phones show.
/// assert_eq!(Code::parse("012 345")?, Code::parse("012345")?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Security
///
/// `==` compares all digits whatever they are; the number of digits is not a secret. `Debug` shows
/// only how many digits there are, and there is no `Display`.
#[derive(Clone)]
pub struct Code {
    // ASCII digits; what lies behind `digits.count()` is zero.
    ascii: [u8; MAX_DIGITS],
    digits: Digits,
}

impl Code {
    /// Draws a code from the operating system's generator; every code is equally likely.
    ///
    /// # Errors
    ///
    /// [`RandomError`] when the generator fails. No code is made then.
    pub fn random(digits: Digits) -> Result<Self, RandomError> {
        Self::random_with(digits, fill_random)
    }

    /// Draws a code from a generator of the caller's: a hardware one, or one that fails on purpose in a test.
    ///
    /// # Errors
    ///
    /// What `fill` answers, and [`RandomError`] when 128 draws in a row were refused, which a sound
    /// generator does not do.
    ///
    /// # Security
    ///
    /// The codes are only as unguessable as `fill` is.
    pub fn random_with(
        digits: Digits,
        mut fill: impl FnMut(&mut [u8]) -> Result<(), RandomError>,
    ) -> Result<Self, RandomError> {
        for _ in 0..MAX_DRAWS {
            let mut draw = [0; 4];
            fill(&mut draw)?;
            let value = digits.reduce(u32::from_le_bytes(draw));
            draw.zeroize();
            if let Some(value) = value {
                return Ok(Self::from_value(value, digits));
            }
        }
        Err(RandomError)
    }

    /// Reads what a person typed or pasted: ASCII digits, with spaces and hyphens anywhere.
    ///
    /// # Errors
    ///
    /// [`CodeError`] when it is not six to eight ASCII digits. Digits of other scripts and full-width
    /// digits are refused, not mapped. An input of any length is refused at the cost of a short one.
    pub fn parse(typed: &str) -> Result<Self, CodeError> {
        if typed.len() > MAX_TYPED {
            return Err(CodeError::Length);
        }
        let mut ascii = [0; MAX_DIGITS];
        let mut count = 0_usize;
        for byte in typed.bytes() {
            match byte {
                b' ' | b'-' => {}
                b'0'..=b'9' => {
                    *ascii.get_mut(count).ok_or(CodeError::Length)? = byte;
                    count = count.saturating_add(1);
                }
                _ => return Err(CodeError::NotDigits),
            }
        }
        let digits = Digits::from_count(count).ok_or(CodeError::Length)?;
        Ok(Self { ascii, digits })
    }

    /// How many digits the code has.
    #[must_use]
    pub const fn digits(&self) -> Digits {
        self.digits
    }

    /// The digits as text, for the message that carries them.
    ///
    /// # Security
    ///
    /// Whoever reads them can log in: they belong into the message and nowhere else.
    #[must_use]
    pub fn expose(&self) -> &str {
        let shown = self.ascii.get(..self.digits.count()).unwrap_or_default();
        core::str::from_utf8(shown).unwrap_or_default()
    }

    /// The digits as a number.
    pub(super) fn value(&self) -> u32 {
        self.ascii.iter().take(self.digits.count()).fold(0, |value: u32, digit| {
            value.wrapping_mul(10).wrapping_add(u32::from(digit & 0x0f))
        })
    }

    /// A value below the modulus, as digits with leading zeros.
    pub(super) fn from_value(value: u32, digits: Digits) -> Self {
        // All from the value itself, so that none waits for another.
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
        // The filler behind shorter codes is zero, so codes of different lengths differ in the bytes too.
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

/// Why a typed text is not a code. It is no guess, so it need not count as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CodeError {
    /// Not six, seven or eight digits.
    #[error("a code has 6 to 8 digits")]
    Length,
    /// Something other than ASCII digits, spaces and hyphens.
    #[error("a code has only the digits 0 to 9")]
    NotDigits,
}
