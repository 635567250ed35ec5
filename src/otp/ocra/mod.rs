//! OCRA (RFC 6287): codes that answer a challenge, and codes that sign.

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

/// The OATH challenge-response algorithm (RFC 6287): a secret, a challenge and what the suite adds give a code.
///
/// # Examples
///
/// ```
/// use otpost::otp::{Code, Ocra, OcraInput, OcraSuite, Secret};
///
/// let suite = OcraSuite::parse("OCRA-1:HOTP-SHA256-8:C-QN08-PSHA1")?;
/// let ocra = Ocra::new(&Secret::from_bytes(*b"12345678901234567890123456789012")?, suite);
///
/// // The server shows a challenge; the device asks for the PIN and shows the answer (RFC 6287, appendix C.1).
/// let input = OcraInput::new("12345678").with_counter(0).with_pin("1234");
/// let code = ocra.generate(&input)?;
/// assert_eq!(code.expose(), "65347737");
/// assert!(ocra.verify(&input, &Code::parse("6534 7737")?)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Security
///
/// A challenge is drawn anew for each question and a counter is never taken twice: both are for the application to keep. RFC 6287 §7
/// has the rest.
#[derive(Clone)]
pub struct Ocra {
    key: Key,
    suite: OcraSuite,
}

impl Ocra {
    /// Makes the key ready.
    #[must_use]
    pub fn new(secret: &Secret, suite: OcraSuite) -> Self {
        Self { key: Key::new(secret, suite.algorithm()), suite }
    }

    /// The answer.
    ///
    /// # Errors
    ///
    /// [`OcraInputError`] when the input lacks what the suite asks for, or has more.
    pub fn generate(&self, input: &OcraInput) -> Result<Code, OcraInputError> {
        let digits = self.suite.digits();
        Ok(Code::from_value(digits.remainder(self.value(input)?), digits))
    }

    /// Whether the code is the answer. All of it is compared, whatever it is.
    ///
    /// # Errors
    ///
    /// As of [`generate`](Self::generate).
    #[must_use = "a code that was not checked proves nothing"]
    pub fn verify(&self, input: &OcraInput, code: &Code) -> Result<bool, OcraInputError> {
        let digits = self.suite.digits();
        let same = equal(digits.remainder(self.value(input)?), code.value());
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
