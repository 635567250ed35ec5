use alloc::borrow::ToOwned;
use alloc::string::String;
use core::str::FromStr;

use super::error::OcraSuiteError;
use crate::otp::algorithm::Algorithm;
use crate::otp::digits::Digits;

/// An OCRA suite (RFC 6287 §6): the hash, the number of digits, and the fields that enter a code.
///
/// # Examples
///
/// ```
/// use otpost::otp::{Digits, OcraSuite};
///
/// let suite = OcraSuite::parse("OCRA-1:HOTP-SHA512-8:QN08-T1M")?;
/// assert_eq!(suite.digits(), Digits::Eight);
/// assert_eq!(suite.as_str(), "OCRA-1:HOTP-SHA512-8:QN08-T1M");
/// # Ok::<(), otpost::otp::OcraSuiteError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OcraSuite {
    name: String,
    algorithm: Algorithm,
    digits: Digits,
    pub(super) counter: bool,
    pub(super) format: Format,
    /// The maximum length of a challenge, in characters.
    pub(super) length: usize,
    pub(super) pin: Option<Algorithm>,
    /// The length of the session information, in bytes.
    pub(super) session: Option<usize>,
    /// The time step, in seconds.
    step: Option<u64>,
}

/// The characters of a challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Alphanumeric,
    Numeric,
    Hexadecimal,
}

impl OcraSuite {
    /// Parses a suite such as `OCRA-1:HOTP-SHA1-6:QN08`, in upper case as in the RFC.
    ///
    /// # Errors
    ///
    /// [`OcraSuiteError`] names the part that is not supported. Codes must have six to eight
    /// digits: suites with four, five, nine or ten digits, or with the whole HMAC (`0`), are
    /// rejected.
    pub fn parse(suite: &str) -> Result<Self, OcraSuiteError> {
        let mut parts = suite.split(':');
        let (version, function, input) = (parts.next(), parts.next(), parts.next());
        if version != Some("OCRA-1") || parts.next().is_some() {
            return Err(OcraSuiteError::Version);
        }
        let function = function.and_then(|function| function.strip_prefix("HOTP-"));
        let (hash, digits) = function
            .and_then(|function| function.split_once('-'))
            .ok_or(OcraSuiteError::Function)?;
        let algorithm = hash_of(hash).ok_or(OcraSuiteError::Function)?;
        let digits = match digits {
            "6" => Digits::Six,
            "7" => Digits::Seven,
            "8" => Digits::Eight,
            _ => return Err(OcraSuiteError::Digits),
        };
        // RFC 6287 §6.3 fixes the order of the fields: C, Q, P, S, T. Only Q is required.
        let mut fields = input.unwrap_or_default().split('-').peekable();
        let counter = fields.next_if_eq(&"C").is_some();
        let challenge = fields.next().and_then(challenge_of);
        let (format, length) = challenge.ok_or(OcraSuiteError::Challenge)?;
        let mut optional = |mark: char| fields.next_if(|field| field.starts_with(mark));
        let pin = optional('P').map(pin_of);
        let session = optional('S').map(session_of);
        let step = optional('T').map(step_of);
        if fields.next().is_some() {
            return Err(OcraSuiteError::Unknown);
        }
        Ok(Self {
            name: suite.to_owned(),
            algorithm,
            digits,
            counter,
            format,
            length,
            pin: pin.map(|pin| pin.ok_or(OcraSuiteError::Pin)).transpose()?,
            session: session.map(|session| session.ok_or(OcraSuiteError::Session)).transpose()?,
            step: step.map(|step| step.ok_or(OcraSuiteError::Step)).transpose()?,
        })
    }

    /// Returns the suite as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// Returns the hash.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    pub(super) const fn has_time(&self) -> bool {
        self.step.is_some()
    }

    /// Returns the time step at `unix` seconds, or `None` if the suite has no time.
    // The divisor is public. The function is not inlined, because the proofs search the functions
    // that hold secrets for divisions.
    #[inline(never)]
    pub(super) fn step_at(&self, unix: u64) -> Option<u64> {
        unix.checked_div(self.step?)
    }

    /// Returns the number of digits of the codes.
    #[must_use]
    pub const fn digits(&self) -> Digits {
        self.digits
    }
}

impl FromStr for OcraSuite {
    type Err = OcraSuiteError;

    fn from_str(suite: &str) -> Result<Self, OcraSuiteError> {
        Self::parse(suite)
    }
}

fn hash_of(name: &str) -> Option<Algorithm> {
    match name {
        "SHA1" => Some(Algorithm::Sha1),
        "SHA256" => Some(Algorithm::Sha256),
        "SHA512" => Some(Algorithm::Sha512),
        _ => None,
    }
}

/// Parses the hash of `PSHA1`. `P` alone means `PSHA1`.
fn pin_of(field: &str) -> Option<Algorithm> {
    match field.strip_prefix('P')? {
        "" => Some(Algorithm::Sha1),
        name => hash_of(name),
    }
}

/// Parses `QN08`: a format, and a length from 4 to 64 in two digits. `Q` alone means `QN08`.
fn challenge_of(field: &str) -> Option<(Format, usize)> {
    let field = field.strip_prefix('Q')?;
    let format = match field.chars().next() {
        None => return Some((Format::Numeric, 8)),
        Some('A') => Format::Alphanumeric,
        Some('N') => Format::Numeric,
        Some('H') => Format::Hexadecimal,
        Some(_) => return None,
    };
    let length = number(field.get(1..)?, 2)?;
    (4..=64).contains(&length).then_some((format, length))
}

/// Parses `S064`: a length in three digits. `S` alone means `S064`.
fn session_of(field: &str) -> Option<usize> {
    match field.strip_prefix('S')? {
        "" => Some(64),
        length => number(length, 3).filter(|length| (1..=512).contains(length)),
    }
}

/// Parses `T30S`, `T1M` or `T24H` to seconds. `T` alone means `T1M`.
fn step_of(field: &str) -> Option<u64> {
    let field = field.strip_prefix('T')?;
    if field.is_empty() {
        return Some(60);
    }
    // The ranges of RFC 6287 §6.3. It also lists a step of 0 hours, which has no meaning and is
    // rejected below.
    let (seconds, most, count) = match (field.strip_suffix('S'), field.strip_suffix('M')) {
        (Some(count), _) => (1, 59, count),
        (_, Some(count)) => (60, 59, count),
        _ => (3_600, 48, field.strip_suffix('H')?),
    };
    let count = number(count, count.len()).filter(|number| count.len() <= 2 && *number <= most)?;
    u64::try_from(count).ok()?.checked_mul(seconds).filter(|step| *step > 0)
}

/// Parses a number of exactly `digits` digits.
fn number(text: &str, digits: usize) -> Option<usize> {
    let digits = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}
