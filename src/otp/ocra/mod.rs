//! OCRA (RFC 6287): codes that respond to a challenge, and codes that sign.

mod error;
mod input;
mod mac;
mod suite;

use core::fmt;

pub use error::{OcraInputError, OcraSuiteError};
pub use input::OcraInput;
pub use suite::OcraSuite;

use super::code::Code;
use super::key::Key;
use super::secret::Secret;
use super::truncate::equal;

/// The OATH challenge-response algorithm (RFC 6287).
///
/// A secret, a challenge and the other fields of the suite give a code.
///
/// # Examples
///
/// ```
/// use otpost::otp::{Code, Ocra, OcraInput, OcraSuite, Secret};
///
/// let suite = OcraSuite::parse("OCRA-1:HOTP-SHA256-8:C-QN08-PSHA1")?;
/// let ocra = Ocra::new(&Secret::from_bytes(*b"12345678901234567890123456789012")?, suite);
///
/// // The server shows a challenge. The device asks for the PIN and shows the
/// // response (RFC 6287, appendix C.1).
/// let input = OcraInput::new("12345678").with_counter(0).with_pin("1234");
/// let code = ocra.generate(&input)?;
/// assert_eq!(code.expose(), "65347737");
/// assert!(ocra.verify(&input, &Code::parse("6534 7737")?)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Security
///
/// The application must draw a new challenge for each question, and must not accept a counter
/// twice. RFC 6287 §7 has the details.
#[doc(alias = "oath")]
#[doc(alias = "challenge-response")]
#[derive(Clone)]
pub struct Ocra {
    key: Key,
    suite: OcraSuite,
}

impl Ocra {
    /// Creates an OCRA generator and verifier from a secret and a suite.
    #[must_use]
    pub fn new(secret: &Secret, suite: OcraSuite) -> Self {
        Self { key: Key::new(secret, suite.algorithm()), suite }
    }

    /// Returns the code that responds to the input.
    ///
    /// # Errors
    ///
    /// [`OcraInputError`] if a field of the suite is missing or invalid, or if the suite does not
    /// use a given field.
    pub fn generate(&self, input: &OcraInput) -> Result<Code, OcraInputError> {
        let digits = self.suite.digits();
        Ok(Code::from_value(digits.remainder(self.value(input)?), digits))
    }

    /// Verifies a code: returns `true` if it is the response to the input. All digits are always
    /// compared.
    ///
    /// # Errors
    ///
    /// Those of [`generate`](Self::generate).
    #[must_use = "ignoring the result accepts every code"]
    pub fn verify(&self, input: &OcraInput, code: &Code) -> Result<bool, OcraInputError> {
        let digits = self.suite.digits();
        let same = equal(digits.remainder(self.value(input)?), code.value());
        // `same` is computed first, so a code of another length takes as long as a wrong one.
        Ok(code.digits() == digits && same != 0)
    }

    fn value(&self, input: &OcraInput) -> Result<u32, OcraInputError> {
        Ok(mac::value(&self.key, &input.message(&self.suite)?))
    }
}

impl fmt::Debug for Ocra {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ocra").field("suite", &self.suite).finish_non_exhaustive()
    }
}
