use alloc::vec::Vec;
use core::fmt;

use zeroize::Zeroizing;

use super::error::OcraInputError;
use super::suite::{Format, OcraSuite};
use crate::otp::algorithm::Algorithm;
use crate::otp::hmac::{Hash, Sha1, Sha256, Sha512};
use crate::secret::{SecretBytes, SecretString};

/// The length of the challenge field in the input of a code, in bytes (RFC 6287 §5.1).
const CHALLENGE: usize = 128;

/// The input of one OCRA code: a challenge, and the other fields that the suite requires.
///
/// # Examples
///
/// ```
/// use otpost::otp::OcraInput;
///
/// // A response to the challenge of a server, bound to the time.
/// let answer = OcraInput::new("11223344").with_time(1_700_000_000);
/// // Mutual authentication: the challenge of the other side comes first.
/// let mutual = OcraInput::mutual("SRV11110", "CLI22220");
/// # let _ = (answer, mutual);
/// ```
///
/// # Security
///
/// `Debug` shows none of the fields. Challenges, PIN and session information are wiped on drop.
#[derive(Clone)]
pub struct OcraInput {
    challenges: [SecretString; 2],
    counter: Option<u64>,
    pin: Option<SecretString>,
    session: Option<SecretBytes>,
    unix: Option<u64>,
}

impl OcraInput {
    /// Creates an input from one challenge: the question of the server, or the data to sign. Its
    /// form is checked when the code is generated or verified, because it depends on the suite.
    #[must_use]
    pub fn new(challenge: &str) -> Self {
        Self::mutual(challenge, "")
    }

    /// Creates an input from two challenges, for mutual authentication (RFC 6287 §7.2).
    ///
    /// Each side puts the challenge of the other side first. The client's response covers the
    /// server's challenge and then its own. The server's response covers the client's challenge and
    /// then its own.
    #[must_use]
    pub fn mutual(first: &str, second: &str) -> Self {
        let challenges = [SecretString::new(first), SecretString::new(second)];
        Self { challenges, counter: None, pin: None, session: None, unix: None }
    }

    /// Sets the counter, for suites with `C`.
    #[must_use]
    pub const fn with_counter(mut self, counter: u64) -> Self {
        self.counter = Some(counter);
        self
    }

    /// Sets the PIN, for suites with `P`. Only its hash enters the code.
    #[must_use]
    pub fn with_pin(mut self, pin: &str) -> Self {
        self.pin = Some(SecretString::new(pin));
        self
    }

    /// Sets the session information, for suites with `S`. Shorter information is filled up with
    /// zeros at the front.
    #[must_use]
    pub fn with_session(mut self, session: impl Into<Vec<u8>>) -> Self {
        self.session = Some(SecretBytes::new(session));
        self
    }

    /// Sets the time in seconds since 1970, for suites with `T`.
    #[must_use]
    pub const fn with_time(mut self, unix: u64) -> Self {
        self.unix = Some(unix);
        self
    }

    /// Returns the `DataInput` of RFC 6287 §5.1: the suite, a zero byte, and the fields that the
    /// suite uses, in its order.
    pub(super) fn message(&self, suite: &OcraSuite) -> Result<Zeroizing<Vec<u8>>, OcraInputError> {
        let session = suite.session.unwrap_or_default();
        // 96 bytes hold the zero byte, the counter, the digest of the PIN and the time. The buffer
        // must not grow: that would leave a part of the message in freed memory.
        let room = suite.as_str().len().saturating_add(session).saturating_add(CHALLENGE + 96);
        let mut message = Zeroizing::new(Vec::with_capacity(room));
        message.extend(suite.as_str().bytes());
        message.push(0);
        // A field that the suite does not use is an error too. Otherwise the caller believes that
        // the code depends on it.
        match (suite.counter, self.counter) {
            (true, Some(counter)) => message.extend(counter.to_be_bytes()),
            (false, None) => {}
            _ => return Err(OcraInputError::Counter),
        }
        message.extend(self.challenge(suite).ok_or(OcraInputError::Challenge)?);
        match (suite.pin, &self.pin) {
            (Some(algorithm), Some(pin)) => append_digest(pin.expose(), algorithm, &mut message),
            (None, None) => {}
            _ => return Err(OcraInputError::Pin),
        }
        match (suite.session, &self.session) {
            (Some(length), Some(session)) => {
                let session = session.expose();
                let fill = length.checked_sub(session.len()).ok_or(OcraInputError::Session)?;
                message.extend(core::iter::repeat_n(0, fill).chain(session.iter().copied()));
            }
            (None, None) => {}
            _ => return Err(OcraInputError::Session),
        }
        match (suite.has_time(), self.unix) {
            (true, Some(unix)) => {
                // The fallback is not reached: `has_time` means that there is a step.
                message.extend(suite.step_at(unix).unwrap_or_default().to_be_bytes());
            }
            (false, None) => {}
            _ => return Err(OcraInputError::Time),
        }
        Ok(message)
    }

    /// Returns the challenge, filled up with zeros at the end.
    ///
    /// Alphanumeric challenges are copied. Hexadecimal ones are packed into bytes. Numeric ones are
    /// one decimal number, which is converted to hexadecimal first. An odd last digit gets a zero
    /// after it.
    fn challenge(&self, suite: &OcraSuite) -> Option<[u8; CHALLENGE]> {
        let [first, second] = self.challenges.each_ref().map(SecretString::expose);
        let length = first.len().max(second.len());
        if first.is_empty() || length > suite.length {
            return None;
        }
        // A suite allows at most 64 characters, so two challenges fit and no `zip` below cuts one
        // off.
        let mut challenge = [0; CHALLENGE];
        let characters = first.bytes().chain(second.bytes());
        if suite.format == Format::Alphanumeric {
            for (place, byte) in challenge.iter_mut().zip(characters) {
                *place = Some(byte).filter(u8::is_ascii_alphanumeric)?;
            }
            return Some(challenge);
        }
        let mut digits = characters.map(|byte| {
            let radix = if suite.format == Format::Numeric { 10 } else { 16 };
            char::from(byte).to_digit(radix).and_then(|digit| u8::try_from(digit).ok())
        });
        let digits = if suite.format == Format::Numeric {
            to_base_16(digits)?
        } else {
            digits.try_fold(Vec::new(), |mut all, digit| {
                all.push(digit?);
                Some(all)
            })?
        };
        let (pairs, odd) = digits.as_chunks();
        let last = odd.first().map(|high| [*high, 0]);
        for (place, [high, low]) in challenge.iter_mut().zip(pairs.iter().copied().chain(last)) {
            *place = (high << 4) | low;
        }
        Some(challenge)
    }
}

/// Converts a decimal number to base 16, both with the most significant digit first. Zero has one
/// digit.
fn to_base_16(decimal: impl Iterator<Item = Option<u8>>) -> Option<Vec<u8>> {
    // The least significant digit comes first while digits are added.
    let mut digits: Vec<u8> = alloc::vec![0];
    for digit in decimal {
        // Multiplies by ten and adds the digit, as in written arithmetic. A place becomes at most
        // 15 · 10 + 9, which fits into a byte.
        let mut carry = digit?;
        for place in &mut digits {
            let sum = place.saturating_mul(10).saturating_add(carry);
            *place = sum & 0x0f;
            carry = sum >> 4;
        }
        if carry > 0 {
            digits.push(carry);
        }
    }
    digits.reverse();
    Some(digits)
}

/// Appends the digest of the PIN, which RFC 6287 uses in place of the PIN.
fn append_digest(text: &str, algorithm: Algorithm, message: &mut Vec<u8>) {
    let length = algorithm.digest_bytes();
    match algorithm {
        Algorithm::Sha1 => append::<Sha1>(text, length, message),
        Algorithm::Sha256 => append::<Sha256>(text, length, message),
        Algorithm::Sha512 => append::<Sha512>(text, length, message),
    }
}

fn append<H: Hash>(text: &str, length: usize, message: &mut Vec<u8>) {
    let mut block = Zeroizing::new(H::ZERO);
    H::shorten(text.as_bytes(), &mut block);
    message.extend((*block).as_ref().iter().take(length));
}

impl fmt::Debug for OcraInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OcraInput").finish_non_exhaustive()
    }
}
